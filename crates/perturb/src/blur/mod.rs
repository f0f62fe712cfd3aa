//! NRTK's blurs, with OpenCV's pixels.

/// Lets serde read a blur from its kernel's size, which may be left out: NRTK's default.
macro_rules! read_from_ksize {
    ($name:ident, $default:literal) => {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Unchecked {
            #[serde(default = "default_ksize")]
            ksize: usize,
        }

        fn default_ksize() -> usize {
            $default
        }

        impl TryFrom<Unchecked> for $name {
            type Error = Error;

            fn try_from(unchecked: Unchecked) -> Result<Self, Error> {
                Self::new(unchecked.ksize)
            }
        }
    };
}

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
pub(crate) use border::{mirrored, reflect_101};
pub use gaussian::GaussianBlur;
pub use median::MedianBlur;
