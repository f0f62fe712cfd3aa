//! NRTK's blurs, with OpenCV's pixels.

mod average;
mod border;
mod gaussian;
mod kernel;
mod median;

pub use average::AverageBlur;
pub use gaussian::GaussianBlur;
pub use median::MedianBlur;
