//! Tells how much memory a network takes beyond its weights, on a number of threads.
//!
//! ```sh
//! cargo run --release -p convnext --example network_memory -- models/eurosat-convnext 64 2
//! ```
//!
//! The arguments are the model's folder, the images' side in pixels and the number of threads. Writes the bytes that are
//! allocated when the model is loaded, and how many more there are at most while it scores images, as JSON.

use convnext::{ConvNextModel, ConvNextOptions};
use model_folder::ModelFolder;
use peak_alloc::PeakAlloc;
use protocols::Model;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Enough for every thread to run several full batches.
const IMAGES_PER_THREAD: usize = 128;

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, side, threads] = arguments.as_slice() else {
        return Err("expected a model's folder, a side and a number of threads".into());
    };
    let (side, threads): (usize, usize) = (side.parse()?, threads.parse()?);
    let model = ConvNextModel::load(&ModelFolder::open(folder)?, &ConvNextOptions::new().threads(threads))?;
    let loaded = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    model.predict_drawn((side, side, 3), threads * IMAGES_PER_THREAD, &|i, mut image| image.fill(i as u8))?;
    let more = ALLOCATED.peak_usage() - loaded;
    serde_json::to_writer(std::io::stdout(), &serde_json::json!({ "loaded": loaded, "more": more }))?;
    Ok(())
}
