//! RISE's memory does not grow with its masks. Alone in its process, whose high-water mark it reads.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut3};
use protocols::{BoxError, Model, ModelMetadata, ScoreKind};
use saliency::{Classes, Explainer, Fill, Rise};

const CLASSES: usize = 10;

/// Draws one picture after the other into the same memory, and says what a few of its pixels are.
struct Pixels(ModelMetadata);

impl Model for Pixels {
    fn metadata(&self) -> &ModelMetadata {
        &self.0
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        Ok(Array2::from_shape_fn((images.len(), CLASSES), |(i, class)| {
            f32::from(images[i][[9 * class, 80, 0]])
        }))
    }

    fn predict_drawn(
        &self,
        shape: (usize, usize, usize),
        count: usize,
        draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        let (mut picture, mut scores) = (Array3::zeros(shape), Array2::zeros((count, CLASSES)));
        for (i, mut row) in scores.outer_iter_mut().enumerate() {
            draw(i, picture.view_mut());
            row.assign(&self.predict(&[picture.view()])?.row(0));
        }
        Ok(scores)
    }
}

/// The most memory that the process has had, in bytes.
fn high_water_mark() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    1024 * line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap()
}

#[test]
fn eight_thousand_masks_of_224x224_stay_within_64_megabytes() {
    let labels = (0..CLASSES).map(|class| class.to_string()).collect();
    let model = Pixels(ModelMetadata::new("pixels", labels, ScoreKind::Logits));
    let picture =
        Array3::from_shape_fn((224, 224, 3), |(y, x, channel)| (7 * y + 3 * x + 80 * channel) as u8);
    let rise = Rise::builder().masks(8000).fill(Fill::Color(vec![95, 96, 93])).build().unwrap();
    let before = high_water_mark();
    rise.explain(&model, picture.view(), Classes::All).unwrap();
    let taken = high_water_mark() - before;
    // The masks alone would be 1.6 GB, and their pictures 1.2 GB.
    assert!(taken <= 64_000_000, "{taken} bytes");
}
