//! Tells how much memory RISE takes beside its model, at its highest.
//!
//! ```sh
//! cargo run --release --example rise_memory -- models/eurosat-convnext 224 8000
//! ```
//!
//! The arguments are the model's folder, the images' side in pixels and the number of masks.
//! Writes JSON. It asks Linux for the process's high-water mark, first when the model has scored as many images as
//! RISE gives it at a time, then when RISE is done.

use std::error::Error;

use convnext::{ConvNextModel, ConvNextOptions};
use ndarray::Array3;
use stressmap::model_folder::ModelFolder;
use stressmap::protocols::Model;
use stressmap::saliency::{Classes, Explainer, Fill, Rise};

/// As many images as RISE gives the model at a time.
const BATCH: usize = 64;

/// The most memory that the process has had, in bytes.
fn high_water_mark() -> Result<u64, Box<dyn Error + Send + Sync>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("/proc/self/status has no VmHWM")?;
    Ok(1024 * kilobytes.parse::<u64>()?)
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, side, masks] = arguments.as_slice() else {
        return Err("expected a model's folder, a side and a number of masks".into());
    };
    let (side, masks): (usize, usize) = (side.parse()?, masks.parse()?);
    let folder = ModelFolder::open(folder)?;
    let model = ConvNextModel::load(&folder, &ConvNextOptions::new())?;
    let noise =
        Array3::from_shape_fn((side, side, 3), |(y, x, channel)| (7 * y + 3 * x + 80 * channel) as u8);
    for _ in 0..3 {
        model.predict_drawn((side, side, 3), BATCH, &|_, mut to| to.assign(&noise))?;
    }
    let of_model = high_water_mark()?;
    let rise = Rise::builder().masks(masks).seed(123).fill(Fill::Color(vec![95, 96, 93])).build()?;
    rise.explain(&model, noise.view(), Classes::All)?;
    let with_rise = high_water_mark()?;
    serde_json::to_writer(
        std::io::stdout(),
        &serde_json::json!({ "masks": masks, "model_bytes": of_model, "rise_bytes": with_rise - of_model }),
    )?;
    Ok(())
}
