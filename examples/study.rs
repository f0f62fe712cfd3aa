//! The tutorial's study as a library call: blur and salt on land cover tiles, accuracy and saliency.
//!
//! ```sh
//! cargo run --release --example study
//! ```

use stressmap::datasets::LandCover;
use stressmap::models::ModelConfig;
use stressmap::perturb::Registry;
use stressmap::protocols::{AlignedModel, BoxError, Dataset};
use stressmap::results::write_markdown;
use stressmap::study::StudyConfig;

fn main() -> Result<(), BoxError> {
    let config = StudyConfig::default();
    let tiles = LandCover::new(10, config.seed)?;
    let model = AlignedModel::new(ModelConfig::default().open()?.model, &tiles.metadata().labels)?;
    let results = config.study(&Registry::builtin())?.run(&tiles, &model, &mut ())?;
    write_markdown(&results.item_response, std::io::stdout())?;
    Ok(())
}
