//! NRTK's optical perturbers over pyBSM: an optical transfer function, its point spread function, a convolution.

mod atmosphere;
mod camera;
mod circular_aperture;
mod correlation;
mod defocus;
mod detector;
mod jitter;
mod otf;
mod pixel_conversion;
mod point_spread;
mod pybsm;
mod radiometry;
mod resampling;
mod turbulence_aperture;

pub use atmosphere::AtmosphereRow;
pub use circular_aperture::{CircularAperture, CircularApertureBuilder};
pub use defocus::{Defocus, DefocusBuilder};
pub use detector::{Detector, DetectorBuilder};
pub use jitter::{Jitter, JitterBuilder};
pub use pixel_conversion::PixelConversion;
pub use pybsm::{Pybsm, PybsmBuilder};
pub use turbulence_aperture::{TurbulenceAperture, TurbulenceApertureBuilder};
