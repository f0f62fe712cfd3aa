use std::fmt;
use std::str::FromStr;

use ndarray::{Array2, ArrayView2, ArrayViewMut1};
use protocols::ScoreKind;

use crate::{Error, softmax_rows};

/// How far the sum of probabilities may be from 1.
const SUM_TOLERANCE: f32 = 1e-3;

/// What a network returns.
///
/// ```
/// use inference::OutputKind;
///
/// assert_eq!("probabilities".parse::<OutputKind>()?, OutputKind::Probabilities);
/// assert_eq!(OutputKind::default().to_string(), "auto");
/// # Ok::<(), inference::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum OutputKind {
    /// Found out by a trial: rows that are non-negative and sum to 1 are probabilities, others are logits.
    #[default]
    Auto,
    /// Logits.
    Logits,
    /// Probabilities: the network ends in a softmax, or in a sigmoid if it has one output for two classes.
    Probabilities,
}

impl OutputKind {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Auto, Self::Logits, Self::Probabilities];

    /// What the network returns, unless that is to be found out.
    ///
    /// ```
    /// use inference::OutputKind;
    /// use protocols::ScoreKind;
    ///
    /// assert_eq!(OutputKind::Logits.known(), Some(ScoreKind::Logits));
    /// assert_eq!(OutputKind::Auto.known(), None);
    /// ```
    #[must_use]
    pub fn known(self) -> Option<ScoreKind> {
        match self {
            Self::Auto => None,
            Self::Logits => Some(ScoreKind::Logits),
            Self::Probabilities => Some(ScoreKind::Probabilities),
        }
    }
}

impl fmt::Display for OutputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Logits => "logits",
            Self::Probabilities => "probabilities",
        })
    }
}

impl FromStr for OutputKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let kind = Self::ALL.iter().find(|kind| kind.to_string() == text);
        kind.copied().ok_or_else(|| Error::OutputKind { value: text.to_owned() })
    }
}

/// How a network's outputs become scores, one per class.
///
/// A network with a single output for two classes is that of the second class: its outputs are taken as the
/// probabilities `[1 - p, p]` or the logits `[0, z]`.
///
/// # Examples
///
/// ```
/// use inference::{OutputKind, Outputs};
/// use ndarray::array;
/// use protocols::ScoreKind;
///
/// // A trial shows that the network ends in a softmax.
/// let trial = array![[0.25_f32, 0.75], [0.9, 0.1]];
/// let outputs = Outputs::find_out(OutputKind::Auto, trial.view(), 2)?;
/// assert_eq!(outputs.network(), ScoreKind::Probabilities);
///
/// let mut scores = array![[0.25_f32, 0.75]];
/// outputs.finish(&mut scores, true);
/// assert_eq!(scores, array![[0.25, 0.75]]);
/// # Ok::<(), inference::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outputs {
    network: ScoreKind,
    note: Option<&'static str>,
}

impl Outputs {
    /// The outputs of a network that is known to return logits or probabilities.
    #[must_use]
    pub fn new(network: ScoreKind) -> Self {
        Self { network, note: None }
    }

    /// Decides by a trial, `(images, outputs)`, what a network returns for so many classes.
    ///
    /// # Errors
    ///
    /// [`Error::Ambiguous`] if the kind is `Auto` and a single output lies between 0 and 1, where a probability and a
    /// logit look the same.
    pub fn find_out(kind: OutputKind, trial: ArrayView2<'_, f32>, classes: usize) -> Result<Self, Error> {
        if let Some(network) = kind.known() {
            return Ok(Self::new(network));
        }
        let single = trial.ncols() == 1 && classes == 2;
        let unit = trial.iter().all(|value| (0.0..=1.0).contains(value));
        let sums_to_one = trial.rows().into_iter().all(|row| (row.sum() - 1.0).abs() <= SUM_TOLERANCE);
        let (network, note) = match (single, unit) {
            (true, true) => return Err(Error::Ambiguous),
            (true, false) => (
                ScoreKind::Logits,
                "the network has a single output, a logit: it is taken as that of the second class",
            ),
            (false, true) if sums_to_one => (
                ScoreKind::Probabilities,
                "the network's outputs are non-negative and sum to 1: they are taken as probabilities",
            ),
            // As of a sigmoid per class, but logits may lie there by chance.
            (false, true) => (
                ScoreKind::Logits,
                "the network's outputs lie between 0 and 1 but do not sum to 1: they are taken as logits, \
                 unless the option `scores` says otherwise",
            ),
            (false, false) => return Ok(Self::new(ScoreKind::Logits)),
        };
        Ok(Self { network, note: Some(note) })
    }

    /// What the network returns.
    #[must_use]
    pub fn network(&self) -> ScoreKind {
        self.network
    }

    /// What was found out by the trial and is not the ordinary case, to be shown to the user.
    #[must_use]
    pub fn note(&self) -> Option<&'static str> {
        self.note
    }

    /// What the scores are after [`finish`](Self::finish).
    #[must_use]
    pub fn scores(&self, softmax: bool) -> ScoreKind {
        if softmax { ScoreKind::Probabilities } else { self.network }
    }

    /// Writes the outputs for one image into its row of scores.
    ///
    /// # Panics
    ///
    /// Unless there is an output per score, or one output for two scores.
    pub fn write(&self, outputs: &[f32], mut row: ArrayViewMut1<'_, f32>) {
        match *outputs {
            [value] if row.len() == 2 => {
                row[0] = if self.network == ScoreKind::Probabilities { 1.0 - value } else { 0.0 };
                row[1] = value;
            }
            _ => {
                assert_eq!(outputs.len(), row.len(), "an output per score");
                row.iter_mut().zip(outputs).for_each(|(score, &value)| *score = value);
            }
        }
    }

    /// Turns the scores of all images into probabilities, if `softmax` is set and they are logits.
    pub fn finish(&self, scores: &mut Array2<f32>, softmax: bool) {
        if softmax && self.network == ScoreKind::Logits {
            softmax_rows(scores);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn found(kind: OutputKind, trial: &Array2<f32>) -> Result<ScoreKind, Error> {
        Outputs::find_out(kind, trial.view(), 2).map(|outputs| outputs.network())
    }

    #[test]
    fn rows_that_sum_to_one_are_probabilities() {
        let (sums, negative, small) =
            (array![[0.3, 0.7], [1.0, 0.0]], array![[-0.5, 1.5]], array![[0.3, 0.3]]);
        assert_eq!(found(OutputKind::Auto, &sums).unwrap(), ScoreKind::Probabilities);
        assert_eq!(found(OutputKind::Auto, &negative).unwrap(), ScoreKind::Logits);
        assert_eq!(found(OutputKind::Auto, &small).unwrap(), ScoreKind::Logits);
        assert_eq!(found(OutputKind::Logits, &sums).unwrap(), ScoreKind::Logits);
        assert_eq!(found(OutputKind::Probabilities, &small).unwrap(), ScoreKind::Probabilities);
    }

    #[test]
    fn what_is_found_out_is_said_unless_it_is_the_ordinary_case() {
        let note = |kind, trial: &Array2<f32>| Outputs::find_out(kind, trial.view(), 2).unwrap().note();
        let sigmoids = array![[0.3, 0.3], [0.9, 0.8]];
        let said = note(OutputKind::Auto, &sigmoids).unwrap();
        assert!(said.contains("do not sum to 1: they are taken as logits"), "{said}");
        assert!(said.ends_with("unless the option `scores` says otherwise"), "{said}");
        for kind in [OutputKind::Logits, OutputKind::Probabilities] {
            assert_eq!(note(kind, &sigmoids), None);
        }
        // One value beyond 0 to 1 is enough to know logits.
        assert_eq!(note(OutputKind::Auto, &array![[0.3, 0.3], [0.9, 1.2]]), None);
        assert_eq!(note(OutputKind::Auto, &array![[0.3, 0.3], [0.9, -0.1]]), None);
        assert!(note(OutputKind::Auto, &array![[0.3, 0.7]]).unwrap().ends_with("taken as probabilities"));
        assert!(note(OutputKind::Auto, &array![[0.3], [2.0]]).unwrap().contains("a single output, a logit"));
    }

    #[test]
    fn a_single_output_is_that_of_the_second_class() {
        assert_eq!(found(OutputKind::Auto, &array![[0.3], [2.0]]).unwrap(), ScoreKind::Logits);
        assert!(matches!(found(OutputKind::Auto, &array![[0.3], [0.4]]), Err(Error::Ambiguous)));
        let scores = |kind, output| {
            let outputs = Outputs::find_out(kind, array![[output]].view(), 2).unwrap();
            let mut scores = Array2::zeros((1, 2));
            outputs.write(&[output], scores.row_mut(0));
            outputs.finish(&mut scores, true);
            scores
        };
        assert_eq!(scores(OutputKind::Probabilities, 0.25), array![[0.75, 0.25]]);
        assert_eq!(scores(OutputKind::Logits, 0.0), array![[0.5, 0.5]]);
    }

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for &kind in OutputKind::ALL {
            assert_eq!(kind.to_string().parse::<OutputKind>().unwrap(), kind);
        }
        let error = "softmax".parse::<OutputKind>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`softmax` is not a kind of output, expected auto, logits or probabilities"
        );
    }
}
