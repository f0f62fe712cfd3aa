use std::panic::{AssertUnwindSafe, catch_unwind};

use tch::{CModule, Device, Kind, TchError, Tensor};

use crate::Precision;
use crate::staging::Output;

/// A TorchScript module on its device, ready for inference.
///
/// `CModule` is `Send` and `Sync`: TorchScript's interpreter keeps its state in each call.
pub(crate) struct Network {
    module: CModule,
    pub(crate) device: Device,
    pub(crate) precision: Precision,
}

impl Network {
    /// Loads a module onto a device, converts its weights, and lays out those of convolutions with the channels last,
    /// like the input.
    pub(crate) fn load(torchscript: &[u8], device: Device, precision: Precision) -> Result<Self, TchError> {
        let _inference = tch::no_grad_guard();
        let mut module = CModule::load_data_on_device(&mut std::io::Cursor::new(torchscript), device)?;
        module.f_set_eval()?;
        if precision != Precision::F32 {
            // tch panics where libtorch fails, for lack of memory for instance.
            catch_unwind(AssertUnwindSafe(|| module.to(device, precision.kind(), false)))
                .map_err(|_| TchError::Torch(format!("the weights cannot be converted to {precision}")))?;
        }
        for (_, mut weights) in module.named_parameters()? {
            if let [_, channels, height, width] = weights.size()[..]
                && channels > 1
                && height * width > 1
            {
                let channels_last =
                    weights.f_permute([0, 2, 3, 1])?.f_contiguous()?.f_permute([0, 3, 1, 2])?;
                weights.f_set_data(&channels_last)?;
            }
        }
        Ok(Self { module, device, precision })
    }

    /// What a method of the module returns for an input: shape and values.
    pub(crate) fn run(&self, method: &str, input: Tensor) -> Result<Output, TchError> {
        let output = self
            .module
            .method_ts(method, &[input])?
            .f_to_device(Device::Cpu)?
            .f_to_kind(Kind::Float)?
            .f_contiguous()?;
        let mut values = vec![0.0; output.numel()];
        let count = values.len();
        output.f_copy_data(&mut values, count)?;
        // libtorch's sizes are not negative.
        Ok((output.size().into_iter().map(|side| side.max(0) as usize).collect(), values))
    }
}
