use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::name::parse;
use crate::score_table::ScoreTable;

/// How the calibration errors of the bins become one number.
///
/// ```
/// use classification_metrics::CalibrationNorm;
///
/// assert_eq!("max".parse::<CalibrationNorm>()?, CalibrationNorm::Max);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CalibrationNorm {
    /// Their mean, weighted by the images of the bins: the expected calibration error (ECE).
    L1,
    /// The root of the weighted mean of their squares.
    L2,
    /// The largest: the maximum calibration error (MCE).
    Max,
}

impl CalibrationNorm {
    /// All norms.
    pub const ALL: &[Self] = &[Self::L1, Self::L2, Self::Max];
}

impl fmt::Display for CalibrationNorm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::L1 => "l1",
            Self::L2 => "l2",
            Self::Max => "max",
        })
    }
}

impl FromStr for CalibrationNorm {
    type Err = Error;

    /// # Errors
    ///
    /// [`Error::UnknownName`], which lists the possible names.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse("calibration norm", text, Self::ALL)
    }
}

/// The images whose confidence lies in one interval.
#[derive(Clone, Copy, Default)]
struct Bin {
    count: f64,
    correct: f64,
    confidence: f64,
}

/// The calibration error over `bins` intervals of equal width; a confidence of exactly 1 has a bin of its
/// own, as in torchmetrics.
pub(crate) fn calibration_error(table: &ScoreTable, bins: usize, norm: CalibrationNorm) -> f64 {
    let mut filled = vec![Bin::default(); bins + 1];
    let edges: Vec<f32> = (0..=bins).map(|i| edge(i, bins)).collect();
    for (row, target) in table.rows() {
        let (mut predicted, mut confidence) = (0, row[0]);
        for (class, &probability) in row.iter().enumerate().skip(1) {
            if probability > confidence {
                (predicted, confidence) = (class, probability);
            }
        }
        // A bin includes its lower edge. The first edge is 0, so there is one at or below.
        let bin = &mut filled[edges.partition_point(|&edge| edge <= confidence) - 1];
        bin.count += 1.0;
        bin.correct += f64::from(u8::from(predicted == target));
        bin.confidence += f64::from(confidence);
    }
    let total = table.targets().len() as f64;
    let errors = filled.iter().filter(|bin| bin.count > 0.0).map(|bin| {
        let error = (bin.correct / bin.count - bin.confidence / bin.count).abs();
        (error, bin.count / total)
    });
    match norm {
        CalibrationNorm::L1 => errors.map(|(error, share)| error * share).sum(),
        CalibrationNorm::L2 => errors.map(|(error, share)| error * error * share).sum::<f64>().sqrt(),
        CalibrationNorm::Max => errors.map(|(error, _)| error).fold(0.0, f64::max),
    }
}

/// The lower edge of a bin, in f32 as `torch.linspace` computes it, since confidences lie on edges.
fn edge(i: usize, bins: usize) -> f32 {
    let step = 1.0 / bins as f32;
    if i < bins.div_ceil(2) { step * i as f32 } else { 1.0 - step * (bins - i) as f32 }
}
