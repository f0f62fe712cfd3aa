//! Tells how much memory a network takes on a number of threads.
//!
//! ```sh
//! cargo run --release -p convnext --example network_memory -- models/eurosat-convnext 64 2
//! ```
//!
//! The arguments are the model's folder, the images' side in pixels and the number of threads. What a thread takes is
//! the difference between two runs. Writes JSON: the process's high-water mark, in bytes, as Linux tells it.

#[path = "../../../examples/support/memory.rs"]
mod memory;

use convnext::{ConvNextModel, ConvNextOptions};
use model_folder::ModelFolder;
use protocols::Model;

/// Enough for every thread to run several full batches.
const IMAGES_PER_THREAD: usize = 128;

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, side, threads] = arguments.as_slice() else {
        return Err("expected a model's folder, a side and a number of threads".into());
    };
    let (side, threads): (usize, usize) = (side.parse()?, threads.parse()?);
    let model = ConvNextModel::load(&ModelFolder::open(folder)?, &ConvNextOptions::new().threads(threads))?;
    model.predict_drawn((side, side, 3), threads * IMAGES_PER_THREAD, &|i, mut image| image.fill(i as u8))?;
    serde_json::to_writer(std::io::stdout(), &memory::high_water_mark()?)?;
    Ok(())
}
