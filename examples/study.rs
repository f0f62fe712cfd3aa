//! The tutorial's study as a library call: blur and salt on land cover tiles, accuracy and saliency.
//!
//! ```sh
//! cargo run --release --example study
//! ```

use std::error::Error;
use std::path::Path;

use stressmap::backend_rten::{RtenModel, RtenOptions};
use stressmap::datasets::LandCover;
use stressmap::model_folder::ModelFolder;
use stressmap::perturb::{Randomness, Registry};
use stressmap::protocols::{AlignedModel, Dataset};
use stressmap::results::write_markdown;
use stressmap::study::{Config, Study};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let config = Config::default();
    let tiles = LandCover::new(10, config.seed)?;
    let folder = ModelFolder::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/eurosat-convnext"))?;
    let model = AlignedModel::new(RtenModel::load(&folder, &RtenOptions::new())?, &tiles.metadata().labels)?;

    let explainer = Box::new(config.saliency.explainer(config.seed)?);
    let sweeps = config.sweeps(&Registry::builtin())?;
    let study = Study::new(sweeps, Randomness::new(config.rng, config.seed), explainer);
    let outcome = study.run(&tiles, &model, &mut ())?;
    write_markdown(&outcome.responses, std::io::stdout())?;
    Ok(())
}
