use ndarray::{Array2, Axis};
use results::{Prediction, Setting};

use crate::chart::groups;
use crate::svg::{Anchor, FAINT, Style, Svg};
use crate::{Error, Figure, fonts, text};

/// The confusion matrix at one setting: how often each class was predicted as which.
///
/// ```
/// use report::confusions;
/// use results::{Prediction, Setting, Value};
///
/// let row = |image_id, predicted: &str| Prediction {
///     setting: Setting::new("SaltNoise", "amount", Value::from(0.1)),
///     image_id,
///     datum: image_id.to_string(),
///     truth: "Forest".into(),
///     predicted: predicted.into(),
///     truth_score: 0.3,
///     predicted_score: 0.7,
///     scores: Vec::new(),
/// };
/// let labels = ["Forest".to_owned(), "River".to_owned()];
/// let confusions = confusions(&[row(0, "River"), row(1, "Forest"), row(2, "River")], &labels);
/// assert_eq!(confusions[0].counts[[0, 1]], 2);
/// assert_eq!(confusions[0].share_right(0), Some(1.0 / 3.0));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Confusion {
    /// How the images were perturbed.
    pub setting: Setting,
    /// The classes of the rows and of the columns.
    pub labels: Vec<String>,
    /// The number of images, true classes down and predicted classes across.
    pub counts: Array2<u64>,
}

impl Confusion {
    /// Returns how many of a class's images were recognised, and how many there are.
    #[must_use]
    pub fn right(&self, class: usize) -> (u64, u64) {
        (self.counts[[class, class]], self.counts.row(class).sum())
    }

    /// Returns the share of a class's images that were recognised, 0 to 1; none if it has no images.
    #[must_use]
    pub fn share_right(&self, class: usize) -> Option<f64> {
        match self.right(class) {
            (_, 0) => None,
            (right, all) => Some(right as f64 / all as f64),
        }
    }

    /// The matrix of the classes `kept`, with all others combined into one last class.
    pub(crate) fn folded(&self, kept: &[usize]) -> Self {
        if kept.len() == self.labels.len() {
            return self.clone();
        }
        let mut place = vec![kept.len(); self.labels.len()];
        kept.iter().enumerate().for_each(|(i, &class)| place[class] = i);
        let mut counts = Array2::zeros((kept.len() + 1, kept.len() + 1));
        for ((truth, predicted), count) in self.counts.indexed_iter() {
            counts[[place[truth], place[predicted]]] += count;
        }
        let mut labels: Vec<String> = kept.iter().map(|&class| self.labels[class].clone()).collect();
        labels.push(format!("{} others", self.labels.len() - kept.len()));
        Self { setting: self.setting.clone(), labels, counts }
    }
}

/// Returns the confusion matrix of each setting, in the order of the predictions.
///
/// The classes are `labels`, followed by those that only occur in the predictions.
#[must_use]
pub fn confusions(predictions: &[Prediction], labels: &[String]) -> Vec<Confusion> {
    let mut labels = labels.to_vec();
    let mut class = std::collections::HashMap::new();
    for (i, label) in labels.iter().enumerate() {
        class.entry(label.clone()).or_insert(i);
    }
    for label in predictions.iter().flat_map(|row| [&row.truth, &row.predicted]) {
        if !class.contains_key(label) {
            class.insert(label.clone(), labels.len());
            labels.push(label.clone());
        }
    }
    let mut confusions: Vec<Confusion> = Vec::new();
    for row in predictions {
        // Rows are sorted by setting, so the last matrix is nearly always the right one.
        let found = confusions.iter().rposition(|confusion| confusion.setting == row.setting);
        let at = found.unwrap_or_else(|| {
            let counts = Array2::zeros((labels.len(), labels.len()));
            confusions.push(Confusion { setting: row.setting.clone(), labels: labels.clone(), counts });
            confusions.len() - 1
        });
        confusions[at].counts[[class[&row.truth], class[&row.predicted]]] += 1;
    }
    confusions
}

/// The at most `most` classes to show where there are too many: those with the most mistakes over all settings, either
/// way, in the order of the classes.
pub(crate) fn most_confused(confusions: &[Confusion], most: usize) -> Vec<usize> {
    let classes = confusions.first().map_or(0, |confusion| confusion.labels.len());
    let mistakes = |class: usize| -> u64 {
        let of = |confusion: &Confusion| {
            let (right, all) = confusion.right(class);
            (all - right) + (confusion.counts.column(class).sum() - right)
        };
        confusions.iter().map(of).sum()
    };
    let mut kept: Vec<usize> = (0..classes).collect();
    if classes > most {
        kept.sort_by_cached_key(|&class| std::cmp::Reverse(mistakes(class)));
        kept.truncate(most);
        kept.sort_unstable();
    }
    kept
}

/// The most classes that a matrix shows; the others are combined.
const MOST_CLASSES: usize = 20;
const SIDE: f64 = 190.0;
const GAP: f64 = 14.0;

/// Draws the confusion matrix of every setting, one row of matrices per perturber. The larger a cell's share of the true
/// class's images, the darker the cell.
///
/// Of more than 20 classes, the 20 with the most mistakes are drawn and the others combined.
///
/// # Errors
///
/// [`Error::Empty`] without matrices.
///
/// # Examples
///
/// ```
/// use report::{confusion_matrices, confusions};
/// use results::{Prediction, Setting, Value};
///
/// let row = Prediction {
///     setting: Setting::new("SaltNoise", "amount", Value::from(0.1)),
///     image_id: 0,
///     datum: "a.png".into(),
///     truth: "Forest".into(),
///     predicted: "River".into(),
///     truth_score: 0.3,
///     predicted_score: 0.7,
///     scores: Vec::new(),
/// };
/// let figure = confusion_matrices(&confusions(&[row], &[]))?;
/// assert!(figure.svg().contains("Forest predicted as River: 1 of 1"));
/// # Ok::<(), report::Error>(())
/// ```
pub fn confusion_matrices(confusions: &[Confusion]) -> Result<Figure, Error> {
    let kept = most_confused(confusions, MOST_CLASSES);
    let folded: Vec<Confusion> = confusions.iter().map(|confusion| confusion.folded(&kept)).collect();
    let strips = groups(&folded, |confusion| &confusion.setting);
    let longest = strips.iter().map(Vec::len).max().ok_or(Error::Empty { what: "predictions" })?;
    let names = &folded[0].labels;
    let size = (SIDE / names.len() as f64).min(24.0);
    let side = size * names.len() as f64;
    let font = (size * 0.8).min(11.0);
    let longest_name =
        names.iter().map(|name| fonts::width(name, font, false)).fold(0.0, f64::max).min(130.0);
    let (left, height) = (GAP + longest_name + 26.0, side + 58.0 + longest_name + 30.0);
    let width = left + (side.max(110.0) + GAP) * longest as f64;
    let mut svg = Svg::new(width.max(470.0), height * strips.len() as f64 + 20.0);
    for (i, strip) in strips.iter().enumerate() {
        let top = i as f64 * height;
        let title = Style::new(14.0).bold().anchor(Anchor::Start);
        svg.text(GAP, top + 24.0, title, &strip[0].setting.perturber);
        let top = top + 58.0;
        svg.upward(GAP + 6.0, top + side / 2.0, Style::new(11.0).color(FAINT), "true class");
        for (k, name) in names.iter().enumerate() {
            let at = top + (k as f64 + 0.5) * size + font * 0.35;
            svg.fitted(left - 6.0, at, Style::new(font).anchor(Anchor::End), name, 130.0);
        }
        for (k, confusion) in strip.iter().enumerate() {
            let left = left + k as f64 * (side.max(110.0) + GAP);
            let label = format!("{} {}", confusion.setting.parameter, confusion.setting.value);
            svg.fitted(left + side / 2.0, top - 10.0, Style::new(12.0), &label, side.max(110.0));
            matrix(&mut svg, (left, top), size, confusion);
            for (k, name) in names.iter().enumerate() {
                let at = left + (k as f64 + 0.5) * size + font * 0.35;
                let style = Style::new(font).anchor(Anchor::End);
                let (name, size) = text::fit(name, font, false, 130.0);
                svg.upward(at, top + side + 6.0, Style { size, ..style }, &name);
            }
        }
    }
    let note = "across: predicted class; the darker a cell, the larger its share of the true class's images";
    svg.text(
        GAP,
        height * strips.len() as f64 + 6.0,
        Style::new(11.0).color(FAINT).anchor(Anchor::Start),
        note,
    );
    Ok(svg.finish("Confusion matrices at every setting"))
}

fn matrix(svg: &mut Svg, (left, top): (f64, f64), size: f64, confusion: &Confusion) {
    for (truth, row) in confusion.counts.axis_iter(Axis(0)).enumerate() {
        let all = row.sum();
        for (predicted, &count) in row.iter().enumerate() {
            let share = if all == 0 { 0.0 } else { count as f64 / all as f64 };
            let tooltip = format!(
                "{} predicted as {}: {count} of {all}",
                confusion.labels[truth], confusion.labels[predicted]
            );
            let corner = (left + predicted as f64 * size, top + truth as f64 * size);
            svg.cell(corner, (size - 1.0, size - 1.0), &shade(share), &tooltip);
        }
    }
}

/// From near white to blue, linearly in each channel.
fn shade(share: f64) -> String {
    let [r, g, b] = [(240.0, 0.0), (243.0, 90.0), (246.0, 160.0)]
        .map(|(none, all): (f64, f64)| (none + (all - none) * share.clamp(0.0, 1.0)).round() as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use results::Value;

    fn confusion(counts: Array2<u64>) -> Confusion {
        Confusion {
            setting: Setting::new("Blur", "ksize", Value::from(3.0)),
            labels: (0..counts.nrows()).map(|i| format!("class <{i}>")).collect(),
            counts,
        }
    }

    #[test]
    fn classes_with_few_mistakes_are_combined_and_nothing_is_lost() {
        let whole = confusion(array![[5, 0, 1, 0], [0, 9, 0, 0], [3, 0, 2, 1], [0, 1, 0, 7]]);
        let kept = most_confused(std::slice::from_ref(&whole), 2);
        assert_eq!(kept, [0, 2]);
        let folded = whole.folded(&kept);
        assert_eq!(folded.counts, array![[5, 1, 0], [3, 2, 1], [0, 0, 17]]);
        assert_eq!(folded.labels[2], "2 others");
        assert_eq!(whole.folded(&[0, 1, 2, 3]), whole);
    }

    #[test]
    fn a_class_without_images_has_no_share() {
        let confusion = confusion(array![[1, 1], [0, 0]]);
        assert_eq!((confusion.share_right(0), confusion.share_right(1)), (Some(0.5), None));
        assert!(confusion_matrices(&[confusion]).unwrap().svg().contains("class &lt;0&gt; predicted as"));
    }

    #[test]
    fn classes_that_only_predictions_know_come_last() {
        let row = Prediction {
            setting: Setting::new("Blur", "ksize", Value::from(3.0)),
            image_id: 0,
            datum: "0".into(),
            truth: "b".into(),
            predicted: "c".into(),
            truth_score: 0.1,
            predicted_score: 0.9,
            scores: Vec::new(),
        };
        let made = confusions(&[row], &["a".to_owned(), "b".to_owned()]);
        assert_eq!(made[0].labels, ["a", "b", "c"]);
        assert_eq!(made[0].counts[[1, 2]], 1);
    }
}
