use crate::name::named;

/// How the blend of an image and a fill is rounded to a whole number.
///
/// The names are `truncate` and `nearest`.
///
/// # Examples
///
/// ```
/// use saliency::{BlendRounding, Rise};
///
/// let rise = Rise::builder().rounding(BlendRounding::Nearest).build()?;
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum BlendRounding {
    /// Drops the fraction, as XAITK does: values are 0.44 too low on average, and an image that is blended with its
    /// own colour loses one grey level here and there.
    #[default]
    Truncate,
    /// Rounds to the nearest whole number, halves up.
    Nearest,
}

named!(BlendRounding, "rounding", Truncate = "truncate", Nearest = "nearest");
