use ndarray::{Array2, ArrayView2};

use crate::name::named;

/// How a class's map is scaled.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency::{Precision, Scaling};
///
/// let map = array![[-4.0, 1.0]];
/// assert_eq!(Scaling::MaxAbs(Precision::Single).apply(map.view()), array![[-1.0, 0.25]]);
/// assert_eq!(Scaling::None.apply(map.view()), array![[-4.0, 1.0]]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scaling {
    /// Divided by the largest magnitude and clipped to [-1, 1], as XAITK's scorers do.
    ///
    /// The magnitudes of different images and classes cannot be compared afterwards.
    MaxAbs(Precision),
    /// Not scaled, so that magnitudes can be compared.
    None,
}

impl Default for Scaling {
    /// Largest magnitude one, for single-precision scores.
    fn default() -> Self {
        Self::MaxAbs(Precision::Single)
    }
}

/// The precision of the scores, which decides when a map counts as zero and is not scaled.
///
/// scikit-learn's `maxabs_scale` does not scale a map whose largest magnitude is below ten machine epsilons of its
/// type, which is that of the classifier's scores.
///
/// The names are `single` and `double`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Precision {
    /// Scores are f32, as `Model` returns them: maps below 1.2e-6 are not scaled.
    #[default]
    Single,
    /// Scores are f64, as a classifier in plain Python returns them: maps below 2.2e-15 are not scaled.
    Double,
}

named!(Precision, "precision", Single = "single", Double = "double");

impl Precision {
    /// The smallest largest magnitude of a map that is scaled.
    ///
    /// # Examples
    ///
    /// ```
    /// use saliency::Precision;
    ///
    /// assert_eq!(Precision::Double.floor(), 10.0 * f64::EPSILON);
    /// ```
    #[must_use]
    pub fn floor(self) -> f64 {
        match self {
            Self::Single => f64::from(10.0 * f32::EPSILON),
            Self::Double => 10.0 * f64::EPSILON,
        }
    }
}

impl Scaling {
    /// Returns the scaled map.
    ///
    /// # Degenerate inputs
    ///
    /// A map whose largest magnitude is below [`Precision::floor`], such as one of zeros, is returned as it is.
    #[must_use]
    pub fn apply(self, map: ArrayView2<'_, f64>) -> Array2<f32> {
        let divisor = self.divisor(map);
        match self {
            Self::None => map.mapv(|value| value as f32),
            Self::MaxAbs(_) => map.mapv(|value| (value / divisor).clamp(-1.0, 1.0) as f32),
        }
    }

    /// The number that a map is divided by.
    pub(crate) fn divisor(self, map: ArrayView2<'_, f64>) -> f64 {
        match self {
            Self::None => 1.0,
            Self::MaxAbs(precision) => {
                let largest = map.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
                if largest < precision.floor() { 1.0 } else { largest }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_map_of_zeros_stays_zero() {
        let map = Array2::zeros((2, 3));
        assert_eq!(Scaling::default().apply(map.view()), Array2::<f32>::zeros((2, 3)));
    }

    #[test]
    fn rounding_errors_of_single_precision_are_not_scaled_up() {
        let map = array![[1e-7, -1e-7]];
        assert_eq!(Scaling::MaxAbs(Precision::Single).apply(map.view()), array![[1e-7_f32, -1e-7]]);
        assert_eq!(Scaling::MaxAbs(Precision::Double).apply(map.view()), array![[1.0_f32, -1.0]]);
    }
}
