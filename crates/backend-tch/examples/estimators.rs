//! What `examples/estimators.rs` of the repository does, on libtorch.
//!
//! ```sh
//! cargo run --release -p backend-tch --example estimators -- eurosat-test.parquet 50 5
//! ```

#[path = "../../../examples/support/estimators/mod.rs"]
mod estimators;

use backend_tch::{TchModel, TchOptions};

fn main() -> Result<(), estimators::Failure> {
    estimators::run(|folder| Ok(Box::new(TchModel::load(folder, &TchOptions::new().threads(1))?)))
}
