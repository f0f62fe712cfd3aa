//! NRTK's blurs, with OpenCV's pixels.

mod average;
mod binomial;
mod border;
mod box_sums;
mod gaussian;
mod kernel;
mod median;
mod median_histogram;
mod median_network;
mod separable;

pub use average::AverageBlur;
pub use gaussian::GaussianBlur;
pub use median::MedianBlur;
