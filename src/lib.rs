//! Measure how an image classifier breaks under perturbation, and where it looks while it does.

#[cfg(feature = "rten")]
pub use backend_rten;
#[cfg(feature = "classification-metrics")]
pub use classification_metrics;
#[cfg(feature = "datasets")]
pub use datasets;
#[cfg(feature = "rten")]
pub use model_folder;
pub use numpy_rng;
pub use perturb;
pub use protocols;
#[cfg(feature = "report")]
pub use report;
#[cfg(feature = "study")]
pub use results;
pub use saliency;
pub use saliency_metrics;
#[cfg(feature = "study")]
pub use study;
