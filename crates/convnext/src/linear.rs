//! Linear layers as matrix products with packed weights.

use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

/// The product of rows with a matrix of weights, which are packed once for the processor's kernel.
///
/// Each element of the product is summed in the same order however many rows there are.
pub(crate) struct Linear {
    kernel: GemmExecutor,
    packed: PackedBMatrix<f32>,
    inputs: usize,
    outputs: usize,
}

impl Linear {
    /// Packs `weights`, which are `(inputs, outputs)`.
    pub(crate) fn new(weights: &[f32], inputs: usize, outputs: usize) -> Self {
        let kernel = GemmExecutor::new();
        let packed = kernel.prepack_b(NdTensorView::from_data([inputs, outputs], weights));
        Self { kernel, packed, inputs, outputs }
    }

    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Writes the product of `rows`, which are `(n, inputs)`, to `out`, which is `(n, outputs)`.
    pub(crate) fn apply(&self, rows: &[f32], out: &mut [f32]) {
        self.multiply(rows, out, 0.0);
    }

    /// Adds the product to what is in `out`.
    pub(crate) fn accumulate(&self, rows: &[f32], out: &mut [f32]) {
        self.multiply(rows, out, 1.0);
    }

    #[expect(clippy::expect_used, reason = "the callers' buffers have the layer's shape")]
    fn multiply(&self, rows: &[f32], out: &mut [f32], beta: f32) {
        let rows = NdTensorView::from_data([rows.len() / self.inputs, self.inputs], rows);
        let options = GemmOptions { beta, ..GemmOptions::default() };
        self.kernel
            .gemm(out, GemmInputA::Unpacked(rows), GemmInputB::Packed(&self.packed), options)
            .expect("the shapes match");
    }
}
