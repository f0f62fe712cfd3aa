//! Checks that an implementation keeps the promises of its trait.
//!
//! Each check calls an implementation and returns the promises that it breaks. An implementation that breaks
//! none may still be wrong in ways that no general check can see, but the evaluation loop can rely on it.
//! They are meant for the tests of whoever implements a trait:
//!
//! ```
//! use ndarray::Array3;
//! use protocols::MemoryDataset;
//! use protocols::conformance::check_dataset;
//!
//! let images = vec![(Array3::zeros((2, 3, 1)), 0), (Array3::zeros((4, 1, 1)), 1)];
//! let dataset = MemoryDataset::new("two", ["a", "b"].map(str::to_owned).to_vec(), images)?;
//! let violations = check_dataset(&dataset);
//! assert!(violations.is_empty(), "{violations}");
//! # Ok::<(), protocols::Error>(())
//! ```
//!
//! MAITE's `spotcheck` is the model for this. It checks types, which the compiler does here; these checks
//! are about values.

mod attempt;
mod augmentation;
mod dataset;
mod labels;
mod metric;
mod model;
mod violation;

pub use augmentation::check_augmentation;
pub use dataset::check_dataset;
pub use metric::{check_mergeable_metric, check_metric};
pub use model::check_model;
pub use violation::{Violation, Violations};
