//! Explains one's own model, a closure, with RISE, and saves the map as a heat-map overlay.
//!
//! ```sh
//! cargo run --example rise --no-default-features -- rise.png
//! ```

use std::error::Error;

use image::RgbImage;
use ndarray::{Array2, Array3, Axis, s};
use saliency::{
    Classes, Colormap, Explainer, Fill, FnModel, ModelMetadata, Rise, RiseEstimator, RiseSampling, ScoreKind,
    overlay,
};

fn main() -> Result<(), Box<dyn Error>> {
    let out = std::env::args().nth(1).unwrap_or_else(|| "rise.png".to_owned());

    // A grey image with an orange disc at its upper right.
    let image = Array3::from_shape_fn((96, 128, 3), |(y, x, channel)| {
        let inside = (y as f32 - 32.0).hypot(x as f32 - 90.0) < 18.0;
        if inside { [240, 140, 20][channel] } else { (90 + y / 2) as u8 }
    });

    // A model that scores how much redder than blue an image is on the whole.
    let metadata = ModelMetadata::new("warmth", vec!["warm".to_owned()], ScoreKind::Logits);
    let model = FnModel::new(metadata, |images| {
        let mean = |i: usize, channel: usize| images[i].slice(s![.., .., channel]).mapv(f32::from).mean();
        let scores =
            (0..images.len()).map(|i| mean(i, 0).zip(mean(i, 2)).map(|(red, blue)| (red - blue) / 255.0));
        let scores = scores.collect::<Option<Vec<_>>>().ok_or("an image has no pixels")?;
        Ok(Array2::from_shape_vec((images.len(), 1), scores)?)
    });

    let rise = Rise::builder()
        .masks(400)
        .sampling(RiseSampling::Hadamard)
        .estimator(RiseEstimator::Centred)
        .fill(Fill::Color(vec![115, 115, 115]))
        .build()?;
    let maps = rise.explain(&model, image.view(), Classes::All)?;
    let map = maps.index_axis(Axis(0), 0);

    let drawn = overlay(image.view(), map, Colormap::Jet)?;
    let (height, width, _) = drawn.dim();
    let pixels = drawn.into_iter().collect();
    RgbImage::from_raw(width as u32, height as u32, pixels)
        .ok_or("an overlay has three channels")?
        .save(&out)?;
    Ok(())
}
