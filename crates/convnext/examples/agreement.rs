//! Compares a model folder's scores with those that `tests/backends/convnext_cases.py` stored beside its weights.
//!
//! ```sh
//! cargo run --release -p convnext --example agreement -- FOLDER...
//! ```
//!
//! Fails if a probability differs by more than 1e-5.

use std::fs;
use std::io::Write;

use convnext::{ConvNextModel, ConvNextOptions};
use model_folder::ModelFolder;
use ndarray::{Array2, ArrayView4, Axis};
use protocols::Model;
use safetensors::SafeTensors;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    for folder in std::env::args().skip(1) {
        let folder = ModelFolder::open(folder)?;
        let model = ConvNextModel::load(&folder, &ConvNextOptions::new())?;
        let bytes = fs::read(folder.path().join("reference.safetensors"))?;
        let stored = SafeTensors::deserialize(&bytes)?;
        let (images, logits) = (stored.tensor("images")?, stored.tensor("logits")?);
        let shape: [usize; 4] = images.shape().try_into()?;
        let images = ArrayView4::from_shape(shape, images.data())?;
        let shape: [usize; 2] = logits.shape().try_into()?;
        let values = logits.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        let mut expected = Array2::from_shape_vec(shape, values)?;
        inference::softmax_rows(&mut expected);
        let scores = model.predict(&images.axis_iter(Axis(0)).collect::<Vec<_>>())?;
        let largest = (scores - expected).iter().fold(0.0, |largest: f32, d| largest.max(d.abs()));
        let name = folder.name();
        writeln!(std::io::stdout(), "{name}: largest difference of probability {largest:.1e}")?;
        if largest > 1e-5 {
            return Err("more than 1e-5".into());
        }
    }
    Ok(())
}
