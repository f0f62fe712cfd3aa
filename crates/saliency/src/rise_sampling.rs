use crate::name::named;

/// How RISE's masks are drawn.
///
/// The names are `independent`, `paired` and `hadamard`.
///
/// # Examples
///
/// ```
/// use saliency::{Rise, RiseSampling};
///
/// assert!(Rise::builder().sampling(RiseSampling::Hadamard).build().is_ok());
/// assert!(Rise::builder().sampling(RiseSampling::Hadamard).p1(0.3).build().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum RiseSampling {
    /// Every cell by itself: [`RiseGrid`](crate::RiseGrid), the original's masks.
    #[default]
    Independent,
    /// Each mask with its complement: [`PairedGrid`](crate::PairedGrid). Needs a `p1` of 0.5 and an even number of
    /// masks.
    Paired,
    /// Balanced cells and stratified shifts: [`HadamardGrid`](crate::HadamardGrid). Needs a `p1` of 0.5 and an even
    /// number of masks.
    Hadamard,
}

named!(RiseSampling, "sampling", Independent = "independent", Paired = "paired", Hadamard = "hadamard");
