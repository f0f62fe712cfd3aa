//! Times RISE without a model on one thread: masks, occluded images, scoring.
//!
//! ```sh
//! cargo run --release --example time_saliency -- 224 1000 10 5
//! ```
//!
//! The arguments are the image's side in pixels, the number of masks, of classes and of rounds. Writes the
//! seconds of each part in each round as JSON. Byte i of the image is the highest of the four bytes of
//! `2654435761 i` modulo 2^32, so that any other program can time the same.

mod support;

use std::hint::black_box;

use ndarray::{Array2, Array3};
use serde_json::json;
use stressmap::saliency::{BlendRounding, Fill, MaskGenerator, Occluder, RiseGrid, RiseScoring, Scorer};
use support::Failure;
use support::clock::alternate;

fn main() -> Result<(), Failure> {
    let arguments: Vec<usize> =
        std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [side, count, classes, rounds] = arguments[..] else {
        return Err("expected a side, a number of masks, of classes and of rounds".into());
    };
    let byte = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 24) as u8;
    let mut bytes = (0..).map(byte);
    let image = Array3::from_shape_simple_fn((side, side, 3), || bytes.next().unwrap_or_default());
    let scores =
        Array2::from_shape_fn((count, classes), |(i, class)| f64::from(byte(i * classes + class)) / 255.0);
    let occluder = Occluder::new(image.view(), &Fill::Color(vec![95, 96, 93]), BlendRounding::Truncate)?;
    let scoring = RiseScoring::debiased(0.5)?;
    let masks = RiseGrid::new(count, 8, 0.5, 123)?.masks(side, side)?;

    let (mut mask, mut occluded) = (Array2::zeros((side, side)), image.clone());
    let seconds = alternate(
        rounds,
        &mut [
            &mut || {
                let masks = RiseGrid::new(black_box(count), 8, 0.5, 123)?.masks(side, side)?;
                (0..count).for_each(|index| masks.write(index, black_box(mask.view_mut())));
                Ok(())
            },
            // A mask's rows are computed as the image is occluded: this has the masks' time in it.
            &mut || {
                (0..count).try_for_each(|index| {
                    Ok(occluder.write(&*masks, index, black_box(occluded.view_mut()))?)
                })
            },
            &mut || {
                black_box(scoring.score(None, black_box(scores.view()), &masks)?);
                Ok(())
            },
        ],
    )?;
    let [ref masks, ref occlusion, ref scoring] = seconds[..] else {
        return Err("three parts were timed".into());
    };
    serde_json::to_writer(
        std::io::stdout(),
        &json!({ "masks_alone": masks, "masks_and_occlusion": occlusion, "scoring": scoring }),
    )?;
    Ok(())
}
