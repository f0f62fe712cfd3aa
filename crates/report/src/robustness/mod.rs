//! How severe a perturbation is, in numbers that people quote.

mod against_first;
mod area_under_curve;
mod calibration;
mod corruption_errors;
mod first_loss;
mod mcnemar;
mod measures;

pub use against_first::{AgainstFirst, against_first};
pub use area_under_curve::{AreaUnderCurve, areas_under_curves};
pub use calibration::{Calibration, calibrations};
pub use corruption_errors::{CorruptionErrors, corruption_errors};
pub use first_loss::{ClassLosses, FirstLoss, first_losses, losses_by_class};
pub use mcnemar::McNemar;
pub use measures::robustness;
