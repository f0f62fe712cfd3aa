//! How severe a perturbation is, in numbers that people quote.

mod area_under_curve;
mod calibration;
mod first_loss;
mod mcnemar;

pub use area_under_curve::{AreaUnderCurve, areas_under_curves};
pub use calibration::{Calibration, calibrations};
pub use first_loss::{ClassLosses, FirstLoss, first_losses, losses_by_class};
pub use mcnemar::McNemar;
