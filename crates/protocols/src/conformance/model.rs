use std::collections::BTreeMap;

use ndarray::{Array2, Array3, ArrayView1, ArrayView3, ArrayViewMut3};

use super::attempt::{Failure, attempt};
use super::labels::{LABELS, repeated};
use super::{Violation, Violations};
use crate::{Model, ScoreKind, check_scores};

/// Two scores of one image may differ by this share of the larger of 1 and the score: half-precision and
/// parallel sums are not exact.
const TOLERANCE: f32 = 1e-3;

const CLASSES: &str = "a model has at least one class";
const PREDICT: &str = "the images can be scored";
const SCORES: &str = "`predict` returns one row of finite scores per image and one column per class";
const EMPTY: &str = "`predict` of no images returns no rows";
const PROBABILITIES: &str = "probabilities are non-negative and sum to 1";
const SAME: &str = "`predict` returns the same scores whenever it is called";
const BATCH: &str = "an image's scores do not depend on the other images of its batch";
const DRAWN: &str = "`predict_drawn` returns the scores of `predict`";

/// Returns the promises of [`Model`] that a model breaks on these images.
///
/// The images should be ones that the model is meant for, at least two that it scores differently, and
/// preferably of more than one size. They are scored together, in reverse order, one by one, and drawn.
/// Scores of the same image may differ by 0.001 times the larger of 1 and the score.
///
/// ```
/// use ndarray::{Array2, Array3};
/// use protocols::conformance::check_model;
/// use protocols::{FnModel, ModelMetadata, ScoreKind};
///
/// // Normalising by the batch's mean is a common mistake.
/// let metadata = ModelMetadata::new("m", vec!["bright".to_owned()], ScoreKind::Logits);
/// let model = FnModel::new(metadata, |images| {
///     let brightness: Vec<_> = images.iter().map(|image| f32::from(image[[0, 0, 0]])).collect();
///     let mean = brightness.iter().sum::<f32>() / images.len().max(1) as f32;
///     Ok(Array2::from_shape_fn((images.len(), 1), |(i, _)| brightness[i] - mean))
/// });
/// let violations = check_model(&model, &[Array3::zeros((2, 2, 3)), Array3::from_elem((2, 2, 3), 9)]);
/// assert_eq!(
///     violations.to_string(),
///     "an image's scores do not depend on the other images of its batch: \
///      class 0 of image 0 has the score -4.5 in a batch and 0 alone\n"
/// );
/// ```
pub fn check_model(model: &dyn Model, images: &[Array3<u8>]) -> Violations {
    let mut violations = Violations::default();
    let metadata = model.metadata();
    if let Some(label) = repeated(&metadata.labels) {
        violations.push(Violation::new(LABELS, format!("`{label}` occurs twice")));
    }
    let classes = metadata.labels.len();
    if classes == 0 {
        violations.push(Violation::new(CLASSES, "there are none"));
    }
    match attempt(|| model.predict(&[])) {
        Ok(scores) if scores.nrows() == 0 => {}
        Ok(scores) => violations.push(Violation::new(EMPTY, format!("there are {} rows", scores.nrows()))),
        Err(failure) => violations.push(Violation::new(EMPTY, format!("it {failure}"))),
    }
    let views: Vec<_> = images.iter().map(|image| image.view()).collect();
    let scores = match attempt(|| model.predict(&views)) {
        Ok(scores) => scores,
        Err(failure) => {
            let found = format!("a batch of {} {failure}", views.len());
            violations.push(Violation::new(PREDICT, found));
            return violations;
        }
    };
    if let Err(fault) = check_scores(scores.view(), views.len(), classes) {
        violations.push(Violation::new(SCORES, fault.to_string()));
        return violations;
    }
    if metadata.scores == ScoreKind::Probabilities {
        violations.extend(scores.rows().into_iter().enumerate().find_map(not_probabilities));
    }

    let expected: Vec<_> = views.iter().zip(scores.rows()).enumerate().collect();
    let mut compare = |promise, images: &[Expected<'_>], how, again: Result<Array2<f32>, Failure>| {
        violations.extend(difference(images, how, again).map(|found| Violation::new(promise, found)));
    };
    compare(SAME, &expected, "when scored again", attempt(|| model.predict(&views)));
    for image in &expected {
        compare(BATCH, &[*image], "alone", attempt(|| model.predict(&[*image.1.0])));
    }
    let backwards: Vec<_> = expected.iter().rev().copied().collect();
    let reversed: Vec<_> = views.iter().rev().copied().collect();
    compare(BATCH, &backwards, "in a batch in reverse order", attempt(|| model.predict(&reversed)));
    for (shape, positions) in by_shape(&views) {
        let images: Vec<_> = positions.iter().filter_map(|&i| views.get(i).copied()).collect();
        let Ok(scores) = attempt(|| model.predict(&images)) else { continue };
        let expected: Vec<_> = positions.into_iter().zip(images.iter().zip(scores.rows())).collect();
        #[expect(
            clippy::indexing_slicing,
            reason = "to draw an image that does not exist is a panic, which is caught"
        )]
        let draw = |i: usize, mut image: ArrayViewMut3<'_, u8>| image.assign(&images[i]);
        let drawn = attempt(|| model.predict_drawn(shape, images.len(), &draw));
        violations
            .extend(difference(&expected, "when drawn", drawn).map(|found| Violation::new(DRAWN, found)));
    }
    violations
}

/// An image's position, the image, and its scores.
type Expected<'a> = (usize, (&'a ArrayView3<'a, u8>, ArrayView1<'a, f32>));

/// The positions of the images of each shape, since only images of one shape are drawn together.
fn by_shape(images: &[ArrayView3<'_, u8>]) -> BTreeMap<(usize, usize, usize), Vec<usize>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (i, image) in images.iter().enumerate() {
        groups.entry(image.dim()).or_default().push(i);
    }
    groups
}

fn not_probabilities((i, row): (usize, ArrayView1<'_, f32>)) -> Option<Violation> {
    let sum = row.sum();
    if row.iter().all(|&score| score >= 0.0) && (sum - 1.0).abs() <= TOLERANCE {
        return None;
    }
    let least = row.iter().copied().fold(f32::INFINITY, f32::min);
    Some(Violation::new(PROBABILITIES, format!("those of image {i} sum to {sum}, the least is {least}")))
}

/// What differs when images are scored in another way.
fn difference(images: &[Expected<'_>], how: &str, again: Result<Array2<f32>, Failure>) -> Option<String> {
    let again = match again {
        Ok(again) => again,
        Err(failure) => return Some(format!("scoring {} images {how} {failure}", images.len())),
    };
    let classes = images.first().map_or(again.ncols(), |(_, (_, scores))| scores.len());
    if let Err(fault) = check_scores(again.view(), images.len(), classes) {
        return Some(format!("{how}, {fault}"));
    }
    images.iter().zip(again.rows()).find_map(|((i, (_, scores)), again)| {
        let mut pairs = scores.iter().zip(again).enumerate();
        let differ = |(_, (a, b)): &(usize, (&f32, &f32))| {
            (**a - **b).abs() > TOLERANCE * a.abs().max(b.abs()).max(1.0)
        };
        pairs.find(differ).map(|(class, (before, after))| {
            format!("class {class} of image {i} has the score {before} in a batch and {after} {how}")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BoxError, FnModel, ModelMetadata};

    fn images() -> Vec<Array3<u8>> {
        [((2, 3, 1), 10), ((4, 4, 1), 60), ((2, 3, 1), 200)]
            .map(|(shape, value)| Array3::from_elem(shape, value))
            .to_vec()
    }

    fn metadata(scores: ScoreKind) -> ModelMetadata {
        ModelMetadata::new("m", ["dark", "bright"].map(str::to_owned).to_vec(), scores)
    }

    fn scores(images: &[ArrayView3<'_, u8>]) -> Array2<f32> {
        Array2::from_shape_fn((images.len(), 2), |(i, class)| {
            let bright = f32::from(images[i][[0, 0, 0]]) / 255.0;
            [1.0 - bright, bright][class]
        })
    }

    fn promises(model: &dyn Model) -> Vec<&'static str> {
        check_model(model, &images()).iter().map(|violation| violation.promise).collect()
    }

    /// The promises that a model of probabilities breaks.
    fn broken(predict: impl Fn(&[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError>) -> Vec<&'static str> {
        promises(&FnModel::new(metadata(ScoreKind::Probabilities), predict))
    }

    #[test]
    fn a_conforming_model_breaks_no_promise() {
        assert!(broken(|images| Ok(scores(images))).is_empty());
    }

    #[test]
    fn scores_that_are_wrong_are_found() {
        assert_eq!(broken(|images| Ok(scores(images) - 0.6)), [PROBABILITIES]);
        assert_eq!(broken(|images| Ok(scores(images) * 2.0)), [PROBABILITIES]);
        assert_eq!(broken(|images| Ok(scores(images) * f32::NAN)), [SCORES]);
        assert_eq!(broken(|images| Ok(Array2::zeros((images.len(), 3)))), [SCORES]);
        assert_eq!(broken(|_| Ok(Array2::from_elem((1, 2), 0.5))), [EMPTY, SCORES]);
        assert_eq!(broken(|_| Err("out of memory".into())), [EMPTY, PREDICT]);
        assert_eq!(broken(|images| Ok(scores(&images[..1]))), [EMPTY, SCORES]);
    }

    #[test]
    fn scores_that_depend_on_the_batch_are_found() {
        let first = |images: &[ArrayView3<'_, u8>]| {
            let count = images.len();
            Ok(scores(&images[..count.min(1)])
                .broadcast((count, 2))
                .map_or(Array2::zeros((0, 2)), |s| s.to_owned()))
        };
        assert_eq!(broken(first), [BATCH]);
        let alone = |images: &[ArrayView3<'_, u8>]| {
            if images.len() == 1 { Err("expected two images".into()) } else { Ok(scores(images)) }
        };
        assert_eq!(broken(alone), [BATCH]);
    }

    #[test]
    fn scores_that_change_are_found() {
        let calls = std::cell::Cell::new(0.0);
        let drifting = |images: &[ArrayView3<'_, u8>]| {
            calls.set(calls.get() + 1.0);
            Ok(scores(images) + calls.get())
        };
        assert_eq!(promises(&FnModel::new(metadata(ScoreKind::Logits), drifting)), [SAME, BATCH, DRAWN]);
    }

    #[test]
    fn classes_without_a_name_of_their_own_are_found() {
        let none = ModelMetadata::new("m", vec![], ScoreKind::Logits);
        assert_eq!(promises(&FnModel::new(none, |images| Ok(Array2::zeros((images.len(), 0))))), [CLASSES]);
        let twice = ModelMetadata::new("m", vec!["a".to_owned(); 2], ScoreKind::Logits);
        assert_eq!(promises(&FnModel::new(twice, |images| Ok(scores(images)))), [LABELS]);
    }

    #[test]
    fn images_that_are_drawn_otherwise_are_found() {
        /// Draws the first image only.
        struct Forgetful(ModelMetadata);

        impl Model for Forgetful {
            fn metadata(&self) -> &ModelMetadata {
                &self.0
            }

            fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
                Ok(scores(images))
            }

            fn predict_drawn(
                &self,
                shape: (usize, usize, usize),
                count: usize,
                draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
            ) -> Result<Array2<f32>, BoxError> {
                let mut image = Array3::zeros(shape);
                draw(0, image.view_mut());
                self.predict(&vec![image.view(); count])
            }
        }

        assert_eq!(promises(&Forgetful(metadata(ScoreKind::Probabilities))), [DRAWN]);
    }
}
