use ndarray::ArrayView1;

use crate::name::named;

/// A distance between feature vectors, as in `scipy.spatial.distance`.
///
/// The names are the originals': `euclidean`, `sqeuclidean`, `cityblock`, `chebyshev`, `cosine`, `correlation`,
/// `hamming`.
///
/// # Examples
///
/// ```
/// use ndarray::array;
/// use saliency::ProximityMetric;
///
/// let (a, b) = (array![0.0, 3.0], array![4.0, 0.0]);
/// assert_eq!(ProximityMetric::Euclidean.distance(a.view(), b.view()), 5.0);
/// assert_eq!(ProximityMetric::Cosine.distance(a.view(), b.view()), 1.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum ProximityMetric {
    /// The root of the sum of squared differences.
    #[default]
    Euclidean,
    /// The sum of squared differences.
    SqEuclidean,
    /// The sum of absolute differences.
    CityBlock,
    /// The largest absolute difference.
    Chebyshev,
    /// One minus the cosine of the angle.
    Cosine,
    /// One minus Pearson's correlation.
    Correlation,
    /// The share of entries that differ.
    Hamming,
}

named!(
    ProximityMetric,
    "proximity metric",
    Euclidean = "euclidean",
    SqEuclidean = "sqeuclidean",
    CityBlock = "cityblock",
    Chebyshev = "chebyshev",
    Cosine = "cosine",
    Correlation = "correlation",
    Hamming = "hamming",
);

impl ProximityMetric {
    /// The distance between two vectors of the same length.
    ///
    /// The cosine distance of a zero vector and the correlation distance of a constant one are NaN.
    ///
    /// # Panics
    ///
    /// If the lengths differ.
    #[must_use]
    pub fn distance(self, a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
        assert_eq!(a.len(), b.len(), "two vectors must have one length");
        let differences = || a.iter().zip(b).map(|(a, b)| (a - b).abs());
        match self {
            Self::Euclidean => differences().map(|d| d * d).sum::<f64>().sqrt(),
            Self::SqEuclidean => differences().map(|d| d * d).sum(),
            Self::CityBlock => differences().sum(),
            Self::Chebyshev => differences().fold(0.0, f64::max),
            Self::Cosine => 1.0 - cosine(a, b),
            Self::Correlation => {
                let centred = |v: ArrayView1<'_, f64>| v.mapv(|value| value - v.sum() / v.len() as f64);
                1.0 - cosine(centred(a).view(), centred(b).view())
            }
            Self::Hamming => differences().filter(|&d| d != 0.0).count() as f64 / a.len() as f64,
        }
    }
}

fn cosine(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
    a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt()
}
