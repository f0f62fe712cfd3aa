//! Compares the pixels of two JPEG decoders, and a model's scores of them: `libjpeg-pixels`, which has
//! libjpeg-turbo's, and `zune-jpeg`, which the `image` crate uses.
//!
//! ```sh
//! cargo run --release --example jpeg_decoders -- eurosat-test.parquet models/eurosat-convnext
//! ```
//!
//! The arguments are a Hugging Face parquet file of JPEG images in `image.bytes` and a model's folder. Writes
//! JSON.

use std::fs::File;

use image::ImageFormat;
use libjpeg_pixels::Limits;
use ndarray::{Array2, Array3, ArrayView3};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::json;
use stressmap::backend_rten::{RtenModel, RtenOptions};
use stressmap::model_folder::ModelFolder;
use stressmap::protocols::{BoxError, Model, argmax};

/// Images that the model scores at once.
const BATCH: usize = 64;

fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, folder] = arguments.as_slice() else {
        return Err("expected a parquet file and a model's folder".into());
    };
    let model = RtenModel::load(&ModelFolder::open(folder)?, &RtenOptions::new())?;
    let files = jpegs(path)?;
    let (mut values, mut differing, mut largest) = (0_usize, 0_usize, 0_u8);
    let (mut images_differing, mut rescored, mut reclassified, mut score) =
        (0_usize, 0_usize, 0_usize, 0_f32);
    for files in files.chunks(BATCH) {
        let ours: Vec<Array3<u8>> = files.iter().map(|file| libjpeg(file)).collect::<Result<_, _>>()?;
        let theirs: Vec<Array3<u8>> = files.iter().map(|file| zune(file)).collect::<Result<_, _>>()?;
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let differences = ours.iter().zip(theirs).map(|(a, b)| a.abs_diff(*b));
            let count = differences.clone().filter(|&difference| difference > 0).count();
            largest = largest.max(differences.max().unwrap_or(0));
            (values, differing) = (values + ours.len(), differing + count);
            images_differing += usize::from(count > 0);
        }
        let scores = |images: &[Array3<u8>]| -> Result<Array2<f32>, BoxError> {
            let views: Vec<ArrayView3<'_, u8>> = images.iter().map(|image| image.view()).collect();
            model.predict(&views)
        };
        for (ours, theirs) in scores(&ours)?.rows().into_iter().zip(scores(&theirs)?.rows()) {
            let difference = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            score = score.max(difference);
            rescored += usize::from(difference > 0.0);
            reclassified += usize::from(argmax(ours) != argmax(theirs));
        }
    }
    let found = json!({
        "images": files.len(),
        "images that differ": images_differing,
        "share of values that differ": differing as f64 / values as f64,
        "largest difference of a value": largest,
        "images with other scores": rescored,
        "images of another class": reclassified,
        "largest difference of a logit": score,
    });
    serde_json::to_writer_pretty(std::io::stdout(), &found)?;
    Ok(())
}

/// The column `image.bytes`.
fn jpegs(path: &str) -> Result<Vec<Vec<u8>>, BoxError> {
    let reader = SerializedFileReader::new(File::open(path)?)?;
    let schema = reader.metadata().file_metadata().schema();
    let image = schema.get_fields().iter().position(|field| field.name() == "image");
    let image = image.ok_or("the file has no column `image`")?;
    reader.get_row_iter(None)?.map(|row| Ok(row?.get_group(image)?.get_bytes(0)?.data().to_vec())).collect()
}

fn libjpeg(file: &[u8]) -> Result<Array3<u8>, BoxError> {
    let image = libjpeg_pixels::decode(file, Limits::default())?;
    Ok(Array3::from_shape_vec((image.height(), image.width(), 3), image.into_pixels())?)
}

fn zune(file: &[u8]) -> Result<Array3<u8>, BoxError> {
    let image = image::load_from_memory_with_format(file, ImageFormat::Jpeg)?.into_rgb8();
    Ok(Array3::from_shape_vec((image.height() as usize, image.width() as usize, 3), image.into_raw())?)
}
