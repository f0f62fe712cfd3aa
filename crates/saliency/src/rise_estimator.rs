use crate::name::named;

/// What RISE subtracts before it sums; see [`RiseScoring`](crate::RiseScoring).
///
/// The names are `debiased`, `plain` and `centred`.
///
/// # Examples
///
/// ```
/// use saliency::{Rise, RiseEstimator};
///
/// let rise = Rise::builder().estimator(RiseEstimator::Centred).build()?;
/// assert_eq!("centred".parse::<RiseEstimator>()?, RiseEstimator::Centred);
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum RiseEstimator {
    /// Subtracts the masks' mean `p1` from the masks: the original's default.
    #[default]
    Debiased,
    /// Subtracts nothing.
    Plain,
    /// Subtracts the scores' mean from the scores: far less noise for the same number of masks.
    Centred,
}

named!(RiseEstimator, "estimator", Debiased = "debiased", Plain = "plain", Centred = "centred");
