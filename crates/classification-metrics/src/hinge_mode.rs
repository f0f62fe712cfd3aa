use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::name::parse;
use crate::score_table::ScoreTable;

/// How the hinge loss of several classes is defined.
///
/// ```
/// use classification_metrics::HingeMode;
///
/// assert_eq!(HingeMode::CrammerSinger.to_string(), "crammer_singer");
/// # Ok::<(), classification_metrics::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HingeMode {
    /// One loss per image: the margin is the true class's probability minus the largest other one.
    ///
    /// Source: K. Crammer and Y. Singer, "On the algorithmic implementation of multiclass kernel-based vector
    /// machines", 2001.
    CrammerSinger,
    /// One loss per image and class: the margin is the probability, negated for the other classes. The
    /// value is per class.
    OneVsAll,
}

impl HingeMode {
    /// All modes.
    pub const ALL: &[Self] = &[Self::CrammerSinger, Self::OneVsAll];
}

impl fmt::Display for HingeMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::CrammerSinger => "crammer_singer",
            Self::OneVsAll => "one_vs_all",
        })
    }
}

impl FromStr for HingeMode {
    type Err = Error;

    /// # Errors
    ///
    /// [`Error::UnknownName`], which lists the possible names.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse("hinge mode", text, Self::ALL)
    }
}

/// The mean hinge loss: one number for Crammer and Singer's, one per class for one-vs-all.
pub(crate) fn hinge_loss(table: &ScoreTable, mode: HingeMode, squared: bool) -> Vec<f64> {
    let loss = |margin: f32| {
        let loss = f64::from((1.0 - margin).max(0.0));
        if squared { loss * loss } else { loss }
    };
    let count = table.targets().len() as f64;
    match mode {
        HingeMode::CrammerSinger => {
            let margin = |(row, target): (&[f32], usize)| {
                let others = row.iter().enumerate().filter(|(class, _)| *class != target);
                row[target] - others.map(|(_, &probability)| probability).fold(f32::NEG_INFINITY, f32::max)
            };
            vec![table.rows().map(margin).map(loss).sum::<f64>() / count]
        }
        HingeMode::OneVsAll => {
            let of_class = |class| {
                let margins = table
                    .column(class)
                    .map(|(probability, own)| if own { probability } else { -probability });
                margins.map(loss).sum::<f64>() / count
            };
            (0..table.classes()).map(of_class).collect()
        }
    }
}
