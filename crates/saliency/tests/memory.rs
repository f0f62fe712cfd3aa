//! RISE's memory does not grow with its masks. The test is alone in its process, whose high-water mark it reads.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use ndarray::{Array2, Array3};
use saliency::{Classes, Explainer, Fill, FnModel, ModelMetadata, Rise, ScoreKind};

const CLASSES: usize = 10;

/// The process's peak memory, in bytes.
fn high_water_mark() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    1024 * line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap()
}

#[test]
fn eight_thousand_masks_of_224x224_stay_within_64_megabytes() {
    let labels = (0..CLASSES).map(|class| class.to_string()).collect();
    // Scores a few pixels of an image. It holds a batch of them, 10 MB.
    let model = FnModel::new(ModelMetadata::new("pixels", labels, ScoreKind::Logits), |images| {
        let pixel = |(i, class): (usize, usize)| f32::from(images[i][[9 * class, 80, 0]]);
        Ok(Array2::from_shape_fn((images.len(), CLASSES), pixel))
    });
    let image = Array3::from_shape_fn((224, 224, 3), |(y, x, channel)| (7 * y + 3 * x + 80 * channel) as u8);
    let rise = Rise::builder().masks(8000).fill(Fill::Color(vec![95, 96, 93])).build().unwrap();
    let before = high_water_mark();
    rise.explain(&model, image.view(), Classes::All).unwrap();
    let taken = high_water_mark() - before;
    // The masks alone would be 1.6 GB, and their images 1.2 GB.
    assert!(taken <= 64_000_000, "{taken} bytes");
}
