use ndarray::{Array1, ArrayView1, ArrayView2, ArrayView3, ArrayViewMut3};
use protocols::Model;

use crate::name::named;
use crate::scores::check_batch;
use crate::{Error, ScoredImage};

/// Insertion and deletion: how a model's score changes as the pixels that a map ranks highest are inserted or deleted.
///
/// Deletion starts with the image and replaces its pixels, the most salient first, with those of a substrate;
/// insertion starts with the substrate and puts the image's pixels in. If the map shows what the score rests on, the
/// score falls or rises at once: a good map has a small area under the deletion curve and a large one under the
/// insertion curve.
///
/// These are the causal metrics of Petsiuk et al. 2018 (RISE, section 4.2), with the curve and the area of their
/// `CausalMetric` and `auc`. The original deletes to black, which is the mean colour of its normalised input, inserts
/// into the image of [`blurred_substrate`](crate::blurred_substrate), and replaces `8 * 224` of 224 x 224 pixels per
/// step.
///
/// # Examples
///
/// A model whose score is the brightness of the left half, and a map that knows it:
///
/// ```
/// use ndarray::{Array2, Array3, s};
/// use saliency::{CausalMetric, CausalMode, FnModel, ModelMetadata, ScoreKind};
///
/// let metadata = ModelMetadata::new("left", vec!["bright".to_owned()], ScoreKind::Logits);
/// let model = FnModel::new(metadata, |images| {
///     let left = |i: usize| images[i].slice(s![.., ..2, ..]).iter().map(|&v| f32::from(v)).sum::<f32>();
///     Ok(Array2::from_shape_fn((images.len(), 1), |(i, _)| left(i) / (255.0 * 4.0)))
/// });
/// let (white, black) = (Array3::from_elem((2, 4, 1), 255), Array3::zeros((2, 4, 1)));
/// let map = Array2::from_shape_fn((2, 4), |(_, x)| -(x as f32));
///
/// let deletion = CausalMetric::builder(CausalMode::Deletion).step(2).build()?;
/// let deletion = deletion.curve(&model, white.view(), black.view(), map.view(), 0)?;
/// assert_eq!(deletion.scores().to_vec(), [1.0, 0.5, 0.0, 0.0, 0.0]);
/// assert_eq!(deletion.area(), (0.5 + 0.5) / 4.0);
///
/// let insertion = CausalMetric::builder(CausalMode::Insertion).step(2).build()?;
/// let insertion = insertion.curve(&model, white.view(), black.view(), map.view(), 0)?;
/// assert_eq!(insertion.area(), 1.0 - deletion.area());
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CausalMetric {
    mode: CausalMode,
    step: usize,
    batch_size: usize,
}

/// Whether a [`CausalMetric`] deletes an image's pixels or inserts them.
///
/// The names are `deletion` and `insertion`.
///
/// # Examples
///
/// ```
/// use saliency::CausalMode;
///
/// assert_eq!("insertion".parse::<CausalMode>()?, CausalMode::Insertion);
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[expect(clippy::exhaustive_enums, reason = "pixels are either taken away or put in")]
pub enum CausalMode {
    /// From the image to the substrate: a small area is good.
    Deletion,
    /// From the substrate to the image: a large area is good.
    Insertion,
}

named!(CausalMode, "mode", Deletion = "deletion", Insertion = "insertion");

/// Settings of [`CausalMetric`].
///
/// # Examples
///
/// ```
/// use saliency::{CausalMetric, CausalMode};
///
/// assert!(CausalMetric::builder(CausalMode::Deletion).step(0).build().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct CausalMetricBuilder {
    metric: CausalMetric,
}

impl CausalMetricBuilder {
    /// Pixels per step: 1 by default, one forward pass for each pixel of the image.
    pub fn step(mut self, step: usize) -> Self {
        self.metric.step = step;
        self
    }

    /// Images per forward pass: 64 by default. It does not change the curve.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.metric.batch_size = batch_size;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `step` and `batch_size` are at least 1.
    pub fn build(self) -> Result<CausalMetric, Error> {
        let CausalMetric { step, batch_size, .. } = self.metric;
        for (parameter, value, expected) in [
            ("step", step, "at least one pixel per step"),
            ("batch_size", batch_size, "at least one image per forward pass"),
        ] {
            if value == 0 {
                return Err(Error::Parameter { component: "CausalMetric", parameter, value: 0.0, expected });
            }
        }
        Ok(self.metric)
    }
}

impl CausalMetric {
    /// Settings of a metric that deletes or inserts; the rest keeps its defaults.
    pub fn builder(mode: CausalMode) -> CausalMetricBuilder {
        CausalMetricBuilder { metric: Self { mode, step: 1, batch_size: 64 } }
    }

    /// Returns the model's score of a class, an output column, from no pixel replaced to all of them.
    ///
    /// `image` and `substrate` are `(height, width, channels)`, `map` is `(height, width)`. Pixels of equal saliency
    /// are replaced in row order, starting at the top left.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyImage`] for an image without values, [`Error::Shape`] if the substrate or the map does not match
    /// it, [`Error::MapValue`] for a map that holds a value that is not finite, [`Error::Class`] for a class that the
    /// model does not have, [`Error::Model`] if the model fails, and [`Error::Scores`] or [`Error::Score`] if it
    /// returns invalid scores.
    pub fn curve(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        substrate: ArrayView3<'_, u8>,
        map: ArrayView2<'_, f32>,
        class: usize,
    ) -> Result<CausalCurve, Error> {
        let shape = image.dim();
        check_shapes(shape, substrate.dim(), map.dim())?;
        let classes = model.metadata().labels.len();
        if class >= classes {
            return Err(Error::Class { class, classes });
        }
        let (start, finish) = match self.mode {
            CausalMode::Deletion => (image, substrate),
            CausalMode::Insertion => (substrate, image),
        };
        let replaced_at = self.replaced_at(map)?;
        let images = replaced_at.len().div_ceil(self.step) + 1;
        let mut scores = Array1::zeros(images);
        for first in (0..images).step_by(self.batch_size) {
            let count = self.batch_size.min(images - first);
            let draw = |offset: usize, buffer: ArrayViewMut3<'_, u8>| {
                replace(buffer, start, finish, &replaced_at, first + offset);
            };
            let batch = model
                .predict_drawn(shape, count, &draw)
                .map_err(|source| Error::Model { image: ScoredImage::Step(first), source })?;
            check_batch(model, batch.view(), count, |row| ScoredImage::Step(first + row))?;
            for (score, &value) in scores.iter_mut().skip(first).zip(batch.column(class)) {
                *score = f64::from(value);
            }
        }
        Ok(CausalCurve { scores })
    }

    /// The number of the step at which each pixel is replaced, counted from 1, in row order.
    fn replaced_at(&self, map: ArrayView2<'_, f32>) -> Result<Vec<usize>, Error> {
        if let Some(((row, column), &value)) = map.indexed_iter().find(|(_, value)| !value.is_finite()) {
            return Err(Error::MapValue { row, column, value });
        }
        // Adding zero makes -0.0 and 0.0 equal in the total order, which is the usual one of finite numbers.
        let saliency: Vec<f32> = map.iter().map(|value| value + 0.0).collect();
        let mut order: Vec<usize> = (0..saliency.len()).collect();
        order.sort_by(|&a, &b| saliency[b].total_cmp(&saliency[a]));
        let mut replaced_at = vec![0; order.len()];
        for (rank, pixel) in order.into_iter().enumerate() {
            replaced_at[pixel] = rank / self.step + 1;
        }
        Ok(replaced_at)
    }
}

/// A model's scores along the steps of a [`CausalMetric`].
///
/// # Examples
///
/// ```
/// use ndarray::{Array2, Array3};
/// use saliency::{CausalMetric, CausalMode, FnModel, ModelMetadata, ScoreKind};
///
/// let metadata = ModelMetadata::new("constant", vec!["any".to_owned()], ScoreKind::Probabilities);
/// let model = FnModel::new(metadata, |images| Ok(Array2::from_elem((images.len(), 1), 0.25)));
/// let (image, map) = (Array3::zeros((5, 5, 3)), Array2::zeros((5, 5)));
/// let deletion = CausalMetric::builder(CausalMode::Deletion).build()?;
/// let curve = deletion.curve(&model, image.view(), image.view(), map.view(), 0)?;
/// assert_eq!((curve.scores().len(), curve.area()), (26, 0.25));
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CausalCurve {
    /// At least two: the unchanged start, and the end.
    scores: Array1<f64>,
}

impl CausalCurve {
    /// The scores, from no pixel replaced to all of them.
    #[must_use]
    pub fn scores(&self) -> ArrayView1<'_, f64> {
        self.scores.view()
    }

    /// The area under the curve over the share of steps taken, 0 to 1, by the trapezoidal rule.
    ///
    /// A last step of fewer pixels counts like any other, as in the original.
    #[must_use]
    pub fn area(&self) -> f64 {
        let last = self.scores.len() - 1;
        (self.scores.sum() - self.scores[0] / 2.0 - self.scores[last] / 2.0) / last as f64
    }
}

/// Writes `start` with the pixels that are replaced by step `number` taken from `finish`.
fn replace(
    mut buffer: ArrayViewMut3<'_, u8>,
    start: ArrayView3<'_, u8>,
    finish: ArrayView3<'_, u8>,
    replaced_at: &[usize],
    number: usize,
) {
    buffer.assign(&start);
    let (_, width, channels) = start.dim();
    for (pixel, _) in replaced_at.iter().enumerate().filter(|&(_, &at)| at <= number) {
        let (y, x) = (pixel / width, pixel % width);
        for channel in 0..channels {
            buffer[[y, x, channel]] = finish[[y, x, channel]];
        }
    }
}

fn check_shapes(
    image: (usize, usize, usize),
    substrate: (usize, usize, usize),
    map: (usize, usize),
) -> Result<(), Error> {
    let (height, width, channels) = image;
    if height == 0 || width == 0 || channels == 0 {
        return Err(Error::EmptyImage { height, width, channels });
    }
    if substrate != image {
        let (actual, expected) = (vec![substrate.0, substrate.1, substrate.2], vec![height, width, channels]);
        return Err(Error::Shape { what: "the substrate", actual, expected });
    }
    if map != (height, width) {
        let (actual, expected) = (vec![map.0, map.1], vec![height, width]);
        return Err(Error::Shape { what: "the map", actual, expected });
    }
    Ok(())
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

    /// Scores an image of one channel by a weight per pixel; a white image scores the sum of the weights.
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

    fn deletion(step: usize) -> CausalMetric {
        CausalMetric::builder(CausalMode::Deletion).step(step).build().unwrap()
    }

    fn insertion(step: usize) -> CausalMetric {
        CausalMetric::builder(CausalMode::Insertion).step(step).build().unwrap()
    }

    #[test]
    fn curves_worked_by_hand() {
        // Weights 8, 4, 2, 1, 1 and a map that ranks them 3rd, 1st, 2nd, 5th, 4th; two pixels per step.
        let model = weighing(array![[8.0, 4.0, 2.0, 1.0, 1.0]]);
        let map = array![[0.5_f32, 0.9, 0.8, -2.0, 0.0]];
        let (image, black) = (white((1, 5)), Array3::zeros((1, 5, 1)));
        let curve =
            |metric: CausalMetric| metric.curve(&model, image.view(), black.view(), map.view(), 1).unwrap();
        let deleted = curve(deletion(2));
        assert_eq!(deleted.scores().to_vec(), [16.0, 10.0, 1.0, 0.0]);
        assert_eq!(deleted.area(), (8.0 + 10.0 + 1.0 + 0.0) / 3.0);
        let inserted = curve(insertion(2));
        assert_eq!(inserted.scores().to_vec(), [0.0, 6.0, 15.0, 16.0]);
    }

    #[test]
    fn equal_saliency_is_replaced_in_row_order() {
        let model = weighing(array![[1.0, 2.0], [4.0, 8.0]]);
        let curve = deletion(1).curve(
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
            let metric = deletion(8);
            metric.curve(&model, image.view(), black.view(), map.view(), 1).unwrap().area()
        };
        let (knowing, blind, wrong) = (area(&weights), area(&noise), area(&weights.mapv(|w| -w)));
        // Weights uniform over 0 to 1 fall as 1 - 2 t + t^2 in order, 1 - t without one.
        approx::assert_abs_diff_eq!(knowing, 1.0 / 3.0, epsilon = 0.02);
        approx::assert_abs_diff_eq!(blind, 0.5, epsilon = 0.03);
        approx::assert_abs_diff_eq!(wrong, 2.0 / 3.0, epsilon = 0.02);
        // For a model that weighs all pixels alike, every map has the same area.
        let model = weighing(Array2::from_elem((16, 16), 1.0 / 256.0));
        for map in [&noise, &weights, &Array2::zeros((16, 16))] {
            let metric = deletion(8);
            let curve = metric.curve(&model, image.view(), black.view(), map.view(), 1).unwrap();
            approx::assert_abs_diff_eq!(curve.area(), 0.5, epsilon = 1e-6);
        }
    }

    #[test]
    fn inputs_that_do_not_match_are_refused() {
        let model = weighing(array![[1.0, 1.0]]);
        let (image, map) = (white((1, 2)), array![[0.0, 1.0]]);
        let metric = deletion(1);
        let error = metric.curve(&model, image.view(), white((2, 1)).view(), map.view(), 1).unwrap_err();
        assert!(matches!(error, Error::Shape { what: "the substrate", .. }));
        let error = metric.curve(&model, image.view(), image.view(), map.t(), 1).unwrap_err();
        assert!(matches!(error, Error::Shape { what: "the map", .. }));
        let error = metric.curve(&model, image.view(), image.view(), map.view(), 2).unwrap_err();
        assert!(matches!(error, Error::Class { class: 2, classes: 2 }));
        let nan = array![[0.0, f32::NAN]];
        let error = metric.curve(&model, image.view(), image.view(), nan.view(), 1).unwrap_err();
        assert!(matches!(error, Error::MapValue { row: 0, column: 1, .. }));
        let nothing = Array3::zeros((0, 2, 1));
        let map = Array2::zeros((0, 2));
        let error = metric.curve(&model, nothing.view(), nothing.view(), map.view(), 1).unwrap_err();
        assert!(matches!(error, Error::EmptyImage { height: 0, .. }));
    }

    #[test]
    fn a_model_that_fails_or_returns_no_score_is_reported_with_the_step() {
        let fails_late = |value: f32| {
            FnModel::new(metadata(), move |images| {
                let dark = |i: usize| images[i].iter().all(|&v| v == 0);
                Ok(Array2::from_shape_fn((images.len(), 2), |(i, _)| if dark(i) { value } else { 0.0 }))
            })
        };
        let (image, map) = (white((1, 3)), array![[0.0, 1.0, 2.0]]);
        let metric = CausalMetric::builder(CausalMode::Deletion).batch_size(2).build().unwrap();
        let black = Array3::zeros((1, 3, 1));
        let error = metric.curve(&fails_late(f32::NAN), image.view(), black.view(), map.view(), 1);
        assert!(matches!(error, Err(Error::Score { image: ScoredImage::Step(3), class: 0, .. })));
        let fails = FnModel::new(metadata(), |_| Err("out of memory".into()));
        let error = metric.curve(&fails, image.view(), black.view(), map.view(), 1);
        assert!(matches!(error, Err(Error::Model { image: ScoredImage::Step(0), .. })));
        let narrow = FnModel::new(metadata(), |images| Ok(Array2::zeros((images.len(), 1))));
        let error = metric.curve(&narrow, image.view(), black.view(), map.view(), 1);
        assert!(matches!(error, Err(Error::Scores { .. })));
    }

    proptest! {
        #[test]
        fn insertion_is_deletion_with_image_and_substrate_exchanged(
            height in 1_usize..7, width in 1_usize..7, pixels in 1_usize..60, batch in 1_usize..9, seed: u32,
        ) {
            let mut random = (seed..).map(|i| i.wrapping_mul(2_654_435_761) >> 24);
            let mut drawn = || Array3::from_shape_simple_fn((height, width, 3), || random.next().unwrap() as u8);
            let (image, substrate) = (drawn(), drawn());
            let map = drawn().map_axis(ndarray::Axis(2), |pixel| f32::from(pixel[0]));
            let model = FnModel::new(metadata(), |images| {
                let score = |i: usize| images[i].iter().map(|&v| f32::from(v).sqrt()).sum::<f32>();
                Ok(Array2::from_shape_fn((images.len(), 2), |(i, _)| score(i)))
            });
            let whole = deletion(pixels);
            let deleted = whole.curve(&model, image.view(), substrate.view(), map.view(), 0).unwrap();
            let inserted = CausalMetric::builder(CausalMode::Insertion)
                .step(pixels)
                .batch_size(batch)
                .build()
                .unwrap()
                .curve(&model, substrate.view(), image.view(), map.view(), 0)
                .unwrap();
            prop_assert_eq!(&deleted, &inserted);
            prop_assert_eq!(deleted.scores().len(), (height * width).div_ceil(pixels) + 1);
        }
    }
}
