use std::fmt;
use std::str::FromStr;

use ndarray::{Array2, Axis};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::name::parse;

/// What the cells of a confusion matrix are divided by; 0/0 is 0.
///
/// ```
/// use classification_metrics::Normalization;
///
/// assert_eq!("truth".parse::<Normalization>()?, Normalization::Truth);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Normalization {
    /// Nothing: cells are counts.
    #[default]
    None,
    /// The images of the true class: a row sums to 1. It is torchmetrics' `true`.
    Truth,
    /// The predictions of the class: a column sums to 1. It is torchmetrics' `pred`.
    Prediction,
    /// All images.
    All,
}

impl Normalization {
    /// All normalisations.
    pub const ALL: &[Self] = &[Self::None, Self::Truth, Self::Prediction, Self::All];

    pub(crate) fn apply(self, counts: &Array2<u64>) -> Array2<f64> {
        let matrix = counts.mapv(|count| count as f64);
        let share = |part: f64, whole: f64| if whole == 0.0 { 0.0 } else { part / whole };
        let divided_by_sums = |sums: Axis| {
            let wholes = matrix.sum_axis(sums).insert_axis(sums);
            let mut shares = matrix.clone();
            ndarray::Zip::from(&mut shares)
                .and_broadcast(&wholes)
                .for_each(|cell, &sum| *cell = share(*cell, sum));
            shares
        };
        match self {
            Self::None => matrix,
            Self::Truth => divided_by_sums(Axis(1)),
            Self::Prediction => divided_by_sums(Axis(0)),
            Self::All => {
                let sum = matrix.sum();
                matrix.mapv(|cell| share(cell, sum))
            }
        }
    }
}

impl fmt::Display for Normalization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Truth => "truth",
            Self::Prediction => "prediction",
            Self::All => "all",
        })
    }
}

impl FromStr for Normalization {
    type Err = Error;

    /// # Errors
    ///
    /// [`Error::UnknownName`], which lists the possible names.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse("normalization", text, Self::ALL)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn rows_columns_or_all_cells_sum_to_one() {
        let counts = array![[1, 3], [0, 0]];
        assert_eq!(Normalization::None.apply(&counts), array![[1.0, 3.0], [0.0, 0.0]]);
        assert_eq!(Normalization::Truth.apply(&counts), array![[0.25, 0.75], [0.0, 0.0]]);
        assert_eq!(Normalization::Prediction.apply(&counts), array![[1.0, 1.0], [0.0, 0.0]]);
        assert_eq!(Normalization::All.apply(&counts), array![[0.25, 0.75], [0.0, 0.0]]);
    }
}
