//! Measures what RISE's estimators give for the same number of forward passes, and writes `docs/estimators.md`.
//!
//! ```sh
//! cargo run --release --example estimators                                  # 50 tiles of LandCover
//! cargo run --release --example estimators -- eurosat-test.parquet 50 5     # a dataset, its tiles, the seeds
//! ```
//!
//! Two million forward passes of the shipped model at these settings. `crates/backend-tch/examples/estimators.rs`
//! takes the same arguments and runs them on libtorch.

#[path = "support/estimators/mod.rs"]
mod estimators;

use convnext::{ConvNextModel, ConvNextOptions};

fn main() -> Result<(), estimators::Failure> {
    estimators::run(|folder| Ok(Box::new(ConvNextModel::load(folder, &ConvNextOptions::new().threads(1))?)))
}
