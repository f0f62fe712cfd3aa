use std::num::NonZeroUsize;

use ndarray::{Array1, ArrayView2, ArrayView3, ArrayViewMut3};
use protocols::{BoxError, Model};

use crate::Error;
use crate::pixels::pixels;

/// Insertion and deletion: how a model's score moves as the pixels that a map holds most important come or go.
///
/// Deletion begins with the picture and replaces its pixels, the most salient first, by those of a substrate;
/// insertion begins with the substrate and puts the picture's pixels in. If the map says what the score rests
/// on, the score falls at once and rises at once: a good map has a small area under the deletion curve and a
/// large one under the insertion curve.
///
/// These are the causal metrics of Petsiuk et al. 2018 (RISE, section 4.2), with the curve and the area of
/// their `CausalMetric` and `auc`. The original deletes to black (which is the mean colour of its normalised
/// input), inserts into a picture blurred by [`blurred`](crate::blurred), and takes `8 * 224` of 224 x 224 pixels a step.
///
/// # Examples
///
/// A model whose score is how bright the left half is, and a map that knows it:
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use ndarray::{Array2, Array3, s};
/// use protocols::{FnModel, ModelMetadata, ScoreKind};
/// use saliency_metrics::CausalMetric;
///
/// let metadata = ModelMetadata::new("left", vec!["bright".to_owned()], ScoreKind::Logits);
/// let model = FnModel::new(metadata, |images| {
///     let left = |i: usize| images[i].slice(s![.., ..2, ..]).iter().map(|&v| f32::from(v)).sum::<f32>();
///     Ok(Array2::from_shape_fn((images.len(), 1), |(i, _)| left(i) / (255.0 * 4.0)))
/// });
/// let (white, black) = (Array3::from_elem((2, 4, 1), 255), Array3::zeros((2, 4, 1)));
/// let map = Array2::from_shape_fn((2, 4), |(_, x)| -(x as f32));
///
/// let step = NonZeroUsize::new(2).ok_or("not zero")?;
/// let deletion = CausalMetric::deletion(step).curve(&model, white.view(), black.view(), map.view(), 0)?;
/// assert_eq!(deletion.scores().to_vec(), [1.0, 0.5, 0.0, 0.0, 0.0]);
/// assert_eq!(deletion.area(), (0.5 + 0.5) / 4.0);
/// let insertion = CausalMetric::insertion(step).curve(&model, white.view(), black.view(), map.view(), 0)?;
/// assert_eq!(insertion.area(), 1.0 - deletion.area());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CausalMetric {
    direction: Direction,
    step: NonZeroUsize,
    batch_size: NonZeroUsize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Direction {
    Deletion,
    Insertion,
}

impl CausalMetric {
    /// Deletes `step` pixels at a time.
    #[must_use]
    pub fn deletion(step: NonZeroUsize) -> Self {
        Self::new(Direction::Deletion, step)
    }

    /// Inserts `step` pixels at a time.
    #[must_use]
    pub fn insertion(step: NonZeroUsize) -> Self {
        Self::new(Direction::Insertion, step)
    }

    fn new(direction: Direction, step: NonZeroUsize) -> Self {
        Self { direction, step, batch_size: const { NonZeroUsize::new(64).unwrap() } }
    }

    /// How many pictures the model is given at a time: 64 unless told. It does not change the curve.
    #[must_use]
    pub fn with_batch_size(self, batch_size: NonZeroUsize) -> Self {
        Self { batch_size, ..self }
    }

    /// Returns the model's score of a class, an output column, from no pixel replaced to all of them.
    ///
    /// `image` and `substrate` are `(height, width, channels)`, `map` is `(height, width)`. Pixels of equal
    /// saliency are taken in row order, from the top left on.
    ///
    /// # Errors
    ///
    /// [`CausalError::Map`] for a map without pixels or with one that is not finite,
    /// [`CausalError::Shape`] if the substrate or the map has another size than the picture,
    /// [`CausalError::Class`] for a class that the model does not have, [`CausalError::Model`] if it fails,
    /// [`CausalError::Scores`] and [`CausalError::Score`] if it returns what is no score.
    pub fn curve(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        substrate: ArrayView3<'_, u8>,
        map: ArrayView2<'_, f32>,
        class: usize,
    ) -> Result<CausalCurve, CausalError> {
        let shape = image.dim();
        check_shapes(shape, substrate.dim(), map.dim())?;
        let classes = model.metadata().labels.len();
        if class >= classes {
            return Err(CausalError::Class { class, classes });
        }
        let (start, finish) = match self.direction {
            Direction::Deletion => (image, substrate),
            Direction::Insertion => (substrate, image),
        };
        let replaced_at = self.replaced_at(map)?;
        let pictures = replaced_at.len().div_ceil(self.step.get()) + 1;
        let mut scores = Array1::zeros(pictures);
        for first in (0..pictures).step_by(self.batch_size.get()) {
            let count = self.batch_size.get().min(pictures - first);
            let draw = |offset: usize, picture: ArrayViewMut3<'_, u8>| {
                replace(picture, start, finish, &replaced_at, first + offset);
            };
            let batch = model
                .predict_drawn(shape, count, &draw)
                .map_err(|source| CausalError::Model { picture: first, source })?;
            if batch.dim() != (count, classes) {
                return Err(CausalError::Scores { found: batch.dim(), expected: (count, classes) });
            }
            for (offset, &value) in batch.column(class).iter().enumerate() {
                if !value.is_finite() {
                    return Err(CausalError::Score { picture: first + offset, value });
                }
                scores[first + offset] = f64::from(value);
            }
        }
        Ok(CausalCurve { scores })
    }

    /// The number of the first picture of the curve in which each pixel is replaced, in row order.
    fn replaced_at(&self, map: ArrayView2<'_, f32>) -> Result<Vec<usize>, CausalError> {
        let saliency = pixels(&map).map_err(|source| CausalError::Map { source })?;
        let mut order: Vec<usize> = (0..saliency.len()).collect();
        // Stable, and by value: -0.0 and 0.0 are equal.
        order.sort_by(|&a, &b| saliency[b].partial_cmp(&saliency[a]).unwrap_or(std::cmp::Ordering::Equal));
        let mut replaced_at = vec![0; order.len()];
        for (rank, pixel) in order.into_iter().enumerate() {
            replaced_at[pixel] = rank / self.step.get() + 1;
        }
        Ok(replaced_at)
    }
}

/// The score after each step.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use ndarray::{Array2, Array3};
/// use protocols::{FnModel, ModelMetadata, ScoreKind};
/// use saliency_metrics::CausalMetric;
///
/// let metadata = ModelMetadata::new("indifferent", vec!["any".to_owned()], ScoreKind::Probabilities);
/// let model = FnModel::new(metadata, |images| Ok(Array2::from_elem((images.len(), 1), 0.25)));
/// let (image, map) = (Array3::zeros((5, 5, 3)), Array2::zeros((5, 5)));
/// let curve = CausalMetric::deletion(NonZeroUsize::MIN).curve(&model, image.view(), image.view(), map.view(), 0)?;
/// assert_eq!((curve.scores().len(), curve.area()), (26, 0.25));
/// # Ok::<(), saliency_metrics::CausalError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CausalCurve {
    /// At least two: the untouched start, and the end.
    scores: Array1<f64>,
}

impl CausalCurve {
    /// The scores, from nothing replaced to everything replaced.
    #[must_use]
    pub fn scores(&self) -> ndarray::ArrayView1<'_, f64> {
        self.scores.view()
    }

    /// The area under the curve over the share of steps taken, 0 to 1, by trapezoids.
    ///
    /// A last step of fewer pixels counts like any other, as in the original.
    #[must_use]
    pub fn area(&self) -> f64 {
        let last = self.scores.len() - 1;
        (self.scores.sum() - self.scores[0] / 2.0 - self.scores[last] / 2.0) / last as f64
    }
}

/// Writes `start` with the pixels that are replaced by picture `number` taken from `finish`.
fn replace(
    mut picture: ArrayViewMut3<'_, u8>,
    start: ArrayView3<'_, u8>,
    finish: ArrayView3<'_, u8>,
    replaced_at: &[usize],
    number: usize,
) {
    picture.assign(&start);
    let (_, width, _) = start.dim();
    for (pixel, _) in replaced_at.iter().enumerate().filter(|&(_, &at)| at <= number) {
        let (y, x) = (pixel / width, pixel % width);
        for channel in 0..finish.dim().2 {
            picture[[y, x, channel]] = finish[[y, x, channel]];
        }
    }
}

fn check_shapes(
    image: (usize, usize, usize),
    substrate: (usize, usize, usize),
    map: (usize, usize),
) -> Result<(), CausalError> {
    let (height, width, channels) = image;
    if substrate != image {
        let (actual, expected) = (vec![substrate.0, substrate.1, substrate.2], vec![height, width, channels]);
        return Err(CausalError::Shape { what: "substrate", actual, expected });
    }
    if map != (height, width) {
        let (actual, expected) = (vec![map.0, map.1], vec![height, width]);
        return Err(CausalError::Shape { what: "map", actual, expected });
    }
    Ok(())
}

/// Why a curve cannot be drawn.
///
/// Apart from [`Error`](crate::Error), which can be compared and cloned: what a model reports can not.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CausalError {
    /// The map orders no pixels.
    #[error("the map cannot order the pixels")]
    Map {
        /// Why.
        source: Error,
    },
    /// The substrate or the map does not fit the picture.
    #[error("the {what} has shape {actual:?}, expected {expected:?} as the picture has")]
    Shape {
        /// What does not fit.
        what: &'static str,
        /// Its shape.
        actual: Vec<usize>,
        /// The shape it must have.
        expected: Vec<usize>,
    },
    /// The class does not exist.
    #[error("class {class} was asked for, expected one below {classes}")]
    Class {
        /// What was asked for.
        class: usize,
        /// How many classes the model has.
        classes: usize,
    },
    /// The model failed.
    #[error("the model failed on the batch from picture {picture} of the curve on")]
    Model {
        /// The first picture of the batch, counted in steps.
        picture: usize,
        /// What the model reports.
        source: BoxError,
    },
    /// The model returned another shape than one row a picture and one column a class.
    #[error("the model's scores have shape {found:?}, expected {expected:?}")]
    Scores {
        /// What it returned.
        found: (usize, usize),
        /// What was expected.
        expected: (usize, usize),
    },
    /// A score is NaN or infinite.
    #[error("the score of picture {picture} of the curve is {value}, expected a finite number")]
    Score {
        /// The picture, counted in steps.
        picture: usize,
        /// The score.
        value: f32,
    },
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3, array};
    use proptest::prelude::*;
    use protocols::{FnModel, ModelMetadata, ScoreKind};

    use super::*;

    fn metadata() -> ModelMetadata {
        ModelMetadata::new("weighing", vec!["grey".to_owned(), "weighed".to_owned()], ScoreKind::Logits)
    }

    /// Scores a picture of one channel by a weight a pixel; white everywhere scores the weights' sum.
    fn weighing(weights: Array2<f32>) -> impl Model {
        FnModel::new(metadata(), move |images| {
            let score = |i: usize| {
                images[i].iter().zip(&weights).map(|(&v, w)| f32::from(v) / 255.0 * w).sum::<f32>()
            };
            Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [0.0, score(i)][class]))
        })
    }

    fn white(shape: (usize, usize)) -> Array3<u8> {
        Array3::from_elem((shape.0, shape.1, 1), 255)
    }

    fn step(step: usize) -> NonZeroUsize {
        NonZeroUsize::new(step).unwrap()
    }

    #[test]
    fn curves_worked_by_hand() {
        // Weights 8, 4, 2, 1, 1 and a map that ranks them 3rd, 1st, 2nd, 5th, 4th; two pixels a step.
        let model = weighing(array![[8.0, 4.0, 2.0, 1.0, 1.0]]);
        let map = array![[0.5_f32, 0.9, 0.8, -2.0, 0.0]];
        let (image, black) = (white((1, 5)), Array3::zeros((1, 5, 1)));
        let curve =
            |metric: CausalMetric| metric.curve(&model, image.view(), black.view(), map.view(), 1).unwrap();
        let deletion = curve(CausalMetric::deletion(step(2)));
        assert_eq!(deletion.scores().to_vec(), [16.0, 10.0, 1.0, 0.0]);
        assert_eq!(deletion.area(), (8.0 + 10.0 + 1.0 + 0.0) / 3.0);
        let insertion = curve(CausalMetric::insertion(step(2)));
        assert_eq!(insertion.scores().to_vec(), [0.0, 6.0, 15.0, 16.0]);
    }

    #[test]
    fn equal_saliency_is_taken_in_row_order() {
        let model = weighing(array![[1.0, 2.0], [4.0, 8.0]]);
        let curve = CausalMetric::deletion(step(1)).curve(
            &model,
            white((2, 2)).view(),
            Array3::zeros((2, 2, 1)).view(),
            Array2::zeros((2, 2)).view(),
            1,
        );
        assert_eq!(curve.unwrap().scores().to_vec(), [15.0, 14.0, 12.0, 8.0, 0.0]);
    }

    #[test]
    fn a_map_that_knows_the_weights_beats_one_that_knows_nothing_and_that_beats_its_negative() {
        let mut random = (0_u32..).map(|i| f32::from((i.wrapping_mul(2_654_435_761) >> 20) as u16) / 4096.0);
        let weights = Array2::from_shape_simple_fn((16, 16), || random.next().unwrap());
        let noise = Array2::from_shape_simple_fn((16, 16), || random.next().unwrap());
        let model = weighing(&weights / weights.sum());
        let (image, black) = (white((16, 16)), Array3::zeros((16, 16, 1)));
        let area = |map: &Array2<f32>| {
            let metric = CausalMetric::deletion(step(8));
            metric.curve(&model, image.view(), black.view(), map.view(), 1).unwrap().area()
        };
        let (knowing, blind, wrong) = (area(&weights), area(&noise), area(&weights.mapv(|w| -w)));
        // Weights uniform over 0 to 1 fall as 1 - 2 t + t^2 in order, 1 - t without one.
        approx::assert_abs_diff_eq!(knowing, 1.0 / 3.0, epsilon = 0.02);
        approx::assert_abs_diff_eq!(blind, 0.5, epsilon = 0.03);
        approx::assert_abs_diff_eq!(wrong, 2.0 / 3.0, epsilon = 0.02);
        // Whatever the map, every pixel counts alike for a model that weighs them alike.
        let model = weighing(Array2::from_elem((16, 16), 1.0 / 256.0));
        for map in [&noise, &weights, &Array2::zeros((16, 16))] {
            let metric = CausalMetric::deletion(step(8));
            let curve = metric.curve(&model, image.view(), black.view(), map.view(), 1).unwrap();
            approx::assert_abs_diff_eq!(curve.area(), 0.5, epsilon = 1e-6);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let model = weighing(array![[1.0, 1.0]]);
        let (image, map) = (white((1, 2)), array![[0.0, 1.0]]);
        let metric = CausalMetric::deletion(step(1));
        let error = metric.curve(&model, image.view(), white((2, 1)).view(), map.view(), 1).unwrap_err();
        assert!(matches!(error, CausalError::Shape { what: "substrate", .. }));
        let error = metric.curve(&model, image.view(), image.view(), map.t(), 1).unwrap_err();
        assert!(matches!(error, CausalError::Shape { what: "map", .. }));
        let error = metric.curve(&model, image.view(), image.view(), map.view(), 2).unwrap_err();
        assert!(matches!(error, CausalError::Class { class: 2, classes: 2 }));
        let nan = array![[0.0, f32::NAN]];
        let error = metric.curve(&model, image.view(), image.view(), nan.view(), 1).unwrap_err();
        assert!(matches!(error, CausalError::Map { source: Error::NotFinite { column: 1, .. } }));
        let nothing = Array3::zeros((0, 2, 1));
        let map = Array2::zeros((0, 2));
        let error = metric.curve(&model, nothing.view(), nothing.view(), map.view(), 1).unwrap_err();
        assert!(matches!(error, CausalError::Map { source: Error::Empty { .. } }));
    }

    #[test]
    fn a_model_that_fails_or_returns_no_score_is_named_with_the_picture() {
        let fails_late = |value: f32| {
            FnModel::new(metadata(), move |images| {
                let dark = |i: usize| images[i].iter().all(|&v| v == 0);
                Ok(Array2::from_shape_fn((images.len(), 2), |(i, _)| if dark(i) { value } else { 0.0 }))
            })
        };
        let (image, map) = (white((1, 3)), array![[0.0, 1.0, 2.0]]);
        let metric = CausalMetric::deletion(step(1)).with_batch_size(step(2));
        let black = Array3::zeros((1, 3, 1));
        let error = metric.curve(&fails_late(f32::NAN), image.view(), black.view(), map.view(), 1);
        assert!(matches!(error, Err(CausalError::Score { picture: 3, .. })));
        let fails = FnModel::new(metadata(), |_| Err("out of memory".into()));
        let error = metric.curve(&fails, image.view(), black.view(), map.view(), 1);
        assert!(matches!(error, Err(CausalError::Model { picture: 0, .. })));
        let narrow = FnModel::new(metadata(), |images| Ok(Array2::zeros((images.len(), 1))));
        let error = metric.curve(&narrow, image.view(), black.view(), map.view(), 1);
        assert!(matches!(error, Err(CausalError::Scores { found: (2, 1), expected: (2, 2) })));
    }

    proptest! {
        #[test]
        fn insertion_is_deletion_with_picture_and_substrate_exchanged(
            height in 1_usize..7, width in 1_usize..7, pixels in 1_usize..60, batch in 1_usize..9, seed: u32,
        ) {
            let mut random = (seed..).map(|i| i.wrapping_mul(2_654_435_761) >> 24);
            let mut picture = || Array3::from_shape_simple_fn((height, width, 3), || random.next().unwrap() as u8);
            let (image, substrate) = (picture(), picture());
            let map = picture().map_axis(ndarray::Axis(2), |pixel| f32::from(pixel[0]));
            let model = FnModel::new(metadata(), |images| {
                let score = |i: usize| images[i].iter().map(|&v| f32::from(v).sqrt()).sum::<f32>();
                Ok(Array2::from_shape_fn((images.len(), 2), |(i, _)| score(i)))
            });
            let whole = CausalMetric::deletion(step(pixels));
            let deleted = whole.curve(&model, image.view(), substrate.view(), map.view(), 0).unwrap();
            let inserted = CausalMetric::insertion(step(pixels))
                .with_batch_size(step(batch))
                .curve(&model, substrate.view(), image.view(), map.view(), 0)
                .unwrap();
            prop_assert_eq!(&deleted, &inserted);
            prop_assert_eq!(deleted.scores().len(), (height * width).div_ceil(pixels) + 1);
        }
    }
}
