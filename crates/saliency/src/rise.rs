use ndarray::{Array2, Array3, ArrayView3};
use protocols::{Model, Observer};

use crate::{
    BlendRounding, Classes, Error, Explainer, Explanation, Fill, HadamardGrid, MaskGenerator, Occlusion,
    PairedGrid, RiseEstimator, RiseGrid, RiseQuality, RiseSampling, RiseScoring, Scaling,
};

/// RISE: randomized input sampling for explanation (Petsiuk et al. 2018).
///
/// Joins [`RiseGrid`] masks with [`RiseScoring`]; the maps are those of XAITK's `RISEStack` with `threads=0`.
///
/// # Examples
///
/// ```
/// use saliency::{Fill, Rise};
///
/// let rise = Rise::builder()
///     .masks(200)
///     .grid(8)
///     .p1(0.5)
///     .seed(123)
///     .fill(Fill::Color(vec![95, 96, 93]))
///     .build()?;
/// # let _: &dyn saliency::Explainer = &rise;
/// assert!(Rise::builder().masks(0).build().is_err());
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rise {
    occlusion: Occlusion,
}

impl Rise {
    /// The settings of XAITK's tutorial by default: 200 masks of 8 by 8 cells, half of them on, debiased, over black.
    pub fn builder() -> RiseBuilder {
        RiseBuilder {
            masks: 200,
            grid: 8,
            p1: 0.5,
            seed: 0,
            sampling: RiseSampling::default(),
            estimator: RiseEstimator::default(),
            quality: None,
            scaling: Scaling::default(),
            fill: Fill::default(),
            rounding: BlendRounding::default(),
            batch_size: None,
            tolerance: None,
        }
    }
}

impl Explainer for Rise {
    fn explain_observed(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: Classes<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Explanation, Error> {
        self.occlusion.explain_observed(model, image, classes, observer)
    }

    fn unscaled(&self, explanation: &Explanation, classes: &[usize]) -> Result<Option<Array3<f32>>, Error> {
        self.occlusion.unscaled(explanation, classes)
    }

    fn half_difference(&self, explanation: &Explanation, class: usize) -> Result<Option<Array2<f32>>, Error> {
        self.occlusion.half_difference(explanation, class)
    }
}

/// Settings of [`Rise`].
///
/// # Examples
///
/// ```
/// let settings = saliency::Rise::builder().seed(7);
/// assert_eq!(settings.clone().build().is_ok(), settings.build().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct RiseBuilder {
    masks: usize,
    grid: usize,
    p1: f64,
    seed: u64,
    sampling: RiseSampling,
    estimator: RiseEstimator,
    quality: Option<RiseQuality>,
    scaling: Scaling,
    fill: Fill,
    rounding: BlendRounding,
    batch_size: Option<usize>,
    tolerance: Option<f64>,
}

impl RiseBuilder {
    /// How many masks, the original's `n`: 200 by default.
    pub fn masks(mut self, masks: usize) -> Self {
        self.masks = masks;
        self
    }

    /// Cells along each axis, the original's `s`: 8 by default.
    pub fn grid(mut self, grid: usize) -> Self {
        self.grid = grid;
        self
    }

    /// The probability that a cell keeps the image, 0 to 1: 0.5 by default.
    pub fn p1(mut self, p1: f64) -> Self {
        self.p1 = p1;
        self
    }

    /// The seed of the masks: 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How the masks are drawn: independently by default.
    pub fn sampling(mut self, sampling: RiseSampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// What is subtracted before summing: debiased by default.
    pub fn estimator(mut self, estimator: RiseEstimator) -> Self {
        self.estimator = estimator;
        self
    }

    /// The sampling and the estimator by one name. It takes the place of both settings.
    pub fn quality(mut self, quality: RiseQuality) -> Self {
        self.quality = Some(quality);
        self
    }

    /// How the maps are scaled: to a largest magnitude of one by default.
    pub fn scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }

    /// What replaces the pixels that a mask hides: black by default.
    pub fn fill(mut self, fill: Fill) -> Self {
        self.fill = fill;
        self
    }

    /// How blends of image and fill are rounded: truncated by default.
    pub fn rounding(mut self, rounding: BlendRounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// Occluded images per forward pass: by default 64, or up to 256 small images; see
    /// [`OcclusionBuilder::batch_size`](crate::OcclusionBuilder::batch_size).
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.batch_size = Some(batch_size);
        self
    }

    /// Stops before all masks are used, as soon as the maps are known this well: never by default.
    ///
    /// See [`OcclusionBuilder::tolerance`](crate::OcclusionBuilder::tolerance).
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// Checks the settings and draws the grids.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `masks`, `grid` and `batch_size` are at least 1, `p1` is from 0 to 1, and
    /// `tolerance` is above 0 and at most 0.5; for masks in pairs also unless `masks` is even and `p1` is 0.5.
    pub fn build(self) -> Result<Rise, Error> {
        self.joined().map_err(named_as_here)
    }

    fn joined(mut self) -> Result<Rise, Error> {
        if let Some(quality) = self.quality {
            (self.estimator, self.sampling) = (quality.estimator(), quality.sampling(self.p1));
        }
        let scoring = match self.estimator {
            RiseEstimator::Debiased => RiseScoring::debiased(self.p1)?,
            RiseEstimator::Plain => RiseScoring::plain(),
            RiseEstimator::Centred => RiseScoring::centred(),
        };
        let mut occlusion = Occlusion::builder(self.generator()?, scoring.scaling(self.scaling))
            .fill(self.fill.clone())
            .rounding(self.rounding);
        if let Some(batch_size) = self.batch_size {
            occlusion = occlusion.batch_size(batch_size);
        }
        if let Some(tolerance) = self.tolerance {
            occlusion = occlusion.tolerance(tolerance);
        }
        Ok(Rise { occlusion: occlusion.build()? })
    }

    fn generator(&self) -> Result<Box<dyn MaskGenerator>, Error> {
        if self.sampling != RiseSampling::Independent && self.p1 != 0.5 {
            let expected = "0.5, since each mask comes with its complement";
            return Err(Error::Parameter { component: "Rise", parameter: "p1", value: self.p1, expected });
        }
        Ok(match self.sampling {
            RiseSampling::Independent => Box::new(RiseGrid::new(self.masks, self.grid, self.p1, self.seed)?),
            RiseSampling::Paired => Box::new(PairedGrid::new(self.masks, self.grid, self.seed)?),
            RiseSampling::Hadamard => Box::new(HadamardGrid::new(self.masks, self.grid, self.seed)?),
        })
    }
}

/// Names a part's parameter as the builder does.
fn named_as_here(error: Error) -> Error {
    match error {
        Error::Parameter { parameter, value, expected, .. } => {
            let parameter = match parameter {
                "n" => "masks",
                "s" => "grid",
                same => same,
            };
            Error::Parameter { component: "Rise", parameter, value, expected }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use ndarray::{Array2, Array3};
    use proptest::prelude::*;
    use protocols::{BoxError, FnModel, ModelMetadata, Pass, ScoreKind};

    use super::*;
    use crate::ScoredImage;

    /// Scores each channel's mean over a corner of the image, or returns what `answer` does.
    struct Corner {
        metadata: ModelMetadata,
        answer: fn(usize) -> Result<Option<f32>, BoxError>,
    }

    fn corner(answer: fn(usize) -> Result<Option<f32>, BoxError>) -> Corner {
        let labels = ["red", "green", "blue"].map(str::to_owned).to_vec();
        Corner { metadata: ModelMetadata::new("corner", labels, ScoreKind::Logits), answer }
    }

    impl Model for Corner {
        fn metadata(&self) -> &ModelMetadata {
            &self.metadata
        }

        fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
            let answer = (self.answer)(images.len())?;
            Ok(Array2::from_shape_fn((images.len(), 3), |(image, channel)| {
                let pixels = (0..6).map(|at| f32::from(images[image][[at / 3, at % 3, channel]]));
                answer.unwrap_or_else(|| pixels.sum::<f32>() / 6.0 / 255.0)
            }))
        }
    }

    /// Notes what it is told, and stops when so many masks are done.
    #[derive(Default)]
    struct Counter {
        pass: Option<Pass>,
        counts: Vec<usize>,
        stop_at: Option<usize>,
    }

    impl Observer for Counter {
        fn started(&mut self, pass: Pass) {
            self.pass = Some(pass);
        }

        fn advanced(&mut self, count: usize) -> ControlFlow<()> {
            self.counts.push(count);
            let done: usize = self.counts.iter().sum();
            if self.stop_at == Some(done) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }

    fn image() -> Array3<u8> {
        Array3::from_shape_fn((9, 14, 3), |(y, x, c)| (y * 23 + x * 7 + c * 80) as u8)
    }

    #[test]
    fn the_pixels_that_the_score_rests_on_stand_out() {
        let rise = Rise::builder().masks(500).grid(4).build().unwrap();
        let maps =
            rise.explain(&corner(|_| Ok(None)), Array3::from_elem((12, 16, 3), 255).view(), Classes::All);
        let map = maps.unwrap().index_axis_move(ndarray::Axis(0), 1);
        let largest = map.indexed_iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        assert!(largest.0 < 4 && largest.1 < 5, "{largest:?}");
    }

    #[test]
    fn chosen_classes_are_slices_of_all() {
        let rise = Rise::builder().masks(30).build().unwrap();
        let all = rise.explain(&corner(|_| Ok(None)), image().view(), Classes::All).unwrap();
        let chosen =
            rise.explain(&corner(|_| Ok(None)), image().view(), Classes::Chosen(&[2, 0, 2])).unwrap();
        assert_eq!(chosen, all.select(ndarray::Axis(0), &[2, 0, 2]));
    }

    #[test]
    fn unscaled_maps_are_those_of_any_class_over_the_number_of_masks() {
        let model = corner(|_| Ok(None));
        for estimator in [RiseEstimator::Debiased, RiseEstimator::Plain, RiseEstimator::Centred] {
            let rise = Rise::builder().masks(30).estimator(estimator);
            let sums = rise.clone().scaling(Scaling::None).build().unwrap();
            let sums = sums.explain(&model, image().view(), Classes::All).unwrap();
            let rise = rise.build().unwrap();
            let explained =
                rise.explain_observed(&model, image().view(), Classes::Chosen(&[1]), &mut ()).unwrap();
            assert_eq!(explained.maps.dim().0, 1);
            let maps = rise.unscaled(&explained, &[2, 0]).unwrap().unwrap();
            let means = sums.select(ndarray::Axis(0), &[2, 0]) / 30.0;
            assert!(maps.iter().zip(&means).all(|(a, b)| (a - b).abs() < 1e-6), "{estimator:?}");
            assert!(matches!(rise.unscaled(&explained, &[3]), Err(Error::Class { class: 3, classes: 3 })));
        }
    }

    #[test]
    fn halves_of_the_masks_differ_by_what_one_of_them_lacks() {
        use crate::MaskArray;

        // One channel of two pixels; the score is the left one, where it is kept.
        let masks = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [1.0, 0.0]];
        let masks = Array3::from_shape_fn((5, 1, 2), |(i, _, x)| masks[i][x]);
        let metadata = ModelMetadata::new("left", vec!["left".into()], ScoreKind::Logits);
        let model = FnModel::new(metadata, |images| {
            Ok(Array2::from_shape_fn((images.len(), 1), |(i, _)| f32::from(images[i][[0, 0, 0]])))
        });
        let image = Array3::from_elem((1, 2, 1), 4);
        let occlusion =
            Occlusion::builder(MaskArray::new(masks).unwrap(), RiseScoring::plain()).build().unwrap();
        let explained = occlusion.explain_observed(&model, image.view(), Classes::All, &mut ()).unwrap();
        // Masks 0, 1 and 4 score 4, 0 and 4, masks 2 and 3 score 4 and 0.
        let (first, second) = ([8.0 / 3.0, 0.0], [4.0 / 2.0, 4.0 / 2.0]);
        let half = occlusion.half_difference(&explained, 0).unwrap().unwrap();
        for (value, (a, b)) in half.iter().zip(first.into_iter().zip(second)) {
            assert!((value - (a - b) / 2.0_f32).abs() < 1e-6, "{half}");
        }
        let few = Rise::builder().masks(3).build().unwrap();
        let explained = few.explain_observed(&model, image.view(), Classes::All, &mut ()).unwrap();
        assert_eq!(few.half_difference(&explained, 0).unwrap(), None);
    }

    #[test]
    fn a_constant_model_gives_numbers() {
        for estimator in [RiseEstimator::Debiased, RiseEstimator::Plain, RiseEstimator::Centred] {
            let rise = Rise::builder().masks(30).estimator(estimator).build().unwrap();
            let maps = rise.explain(&corner(|_| Ok(Some(0.3))), image().view(), Classes::All).unwrap();
            assert!(maps.iter().all(|value| value.abs() <= 1.0), "{estimator:?}");
            assert_eq!(maps.iter().all(|&value| value == 0.0), estimator == RiseEstimator::Centred);
        }
    }

    #[test]
    fn balanced_masks_and_centred_scores_come_closer_to_the_converged_map() {
        let model = corner(|_| Ok(None));
        let image = Array3::from_elem((12, 16, 3), 255);
        let maps = |builder: RiseBuilder| {
            builder.build().unwrap().explain(&model, image.view(), Classes::Chosen(&[0])).unwrap()
        };
        let converged = maps(Rise::builder().grid(4).masks(20_000).estimator(RiseEstimator::Centred));
        // The mean squared error over a few seeds.
        let error = |sampling, estimator| {
            let of = |seed| {
                let builder = Rise::builder().grid(4).masks(64).seed(seed);
                (maps(builder.sampling(sampling).estimator(estimator)) - &converged)
                    .mapv(|d| d * d)
                    .mean()
                    .unwrap()
            };
            (1..9).map(of).sum::<f32>() / 8.0
        };
        let plain = error(RiseSampling::Independent, RiseEstimator::Debiased);
        let centred = error(RiseSampling::Independent, RiseEstimator::Centred);
        let paired = error(RiseSampling::Paired, RiseEstimator::Debiased);
        let hadamard = error(RiseSampling::Hadamard, RiseEstimator::Centred);
        assert!(hadamard < centred && hadamard < paired, "{hadamard} {centred} {paired}");
        assert!(centred < plain && paired < plain, "{centred} {paired} {plain}");
    }

    #[test]
    fn a_tolerance_stops_at_the_same_mask_whatever_the_batches_and_scores_no_more() {
        let model = corner(|_| Ok(None));
        let explain = |batch| {
            let rise = Rise::builder().masks(4000).grid(4).sampling(RiseSampling::Hadamard).tolerance(0.25);
            let rise = rise.batch_size(batch).build().unwrap();
            let mut counter = Counter::default();
            let explanation = rise
                .explain_observed(&model, image().view(), Classes::Chosen(&[0, 1]), &mut counter)
                .unwrap();
            assert_eq!(counter.counts.iter().sum::<usize>(), explanation.scores.nrows());
            explanation
        };
        let explanation = explain(64);
        assert!((40..4000).contains(&explanation.scores.nrows()), "{}", explanation.scores.nrows());
        assert!(explanation.noise_share.as_ref().unwrap().iter().all(|&share| share <= 0.25));
        assert_eq!(explanation, explain(7));
    }

    #[test]
    fn noise_meets_no_tolerance_whatever_the_estimator() {
        // A hash of the whole image: the score rests on no pixel.
        let labels = vec!["noise".to_owned()];
        let noise = FnModel::new(ModelMetadata::new("noise", labels, ScoreKind::Logits), |images| {
            let hash = |bytes: ArrayView3<'_, u8>| {
                bytes.iter().fold(7_u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
            };
            // Above zero on average: the plain map then has a large constant part.
            let score = |i: usize| 0.5 + (hash(images[i]) >> 8) as f32 / 16_777_216.0;
            Ok(Array2::from_shape_fn((images.len(), 1), |(i, _)| score(i)))
        });
        for &estimator in RiseEstimator::ALL {
            for &sampling in RiseSampling::ALL {
                for seed in 0..10 {
                    let rise = Rise::builder().masks(400).seed(seed).estimator(estimator).sampling(sampling);
                    let rise = rise.tolerance(0.5).build().unwrap();
                    let explained = rise.explain_observed(&noise, image().view(), Classes::All, &mut ());
                    assert_eq!(explained.unwrap().scores.nrows(), 400, "{estimator} {sampling} {seed}");
                }
            }
        }
    }

    #[test]
    fn a_class_that_is_not_known_keeps_the_others_going() {
        // The first class rests on a corner, the second on nothing.
        let model = FnModel::new(
            ModelMetadata::new("both", vec!["corner".to_owned(), "noise".to_owned()], ScoreKind::Logits),
            |images| {
                let hash = |bytes: ArrayView3<'_, u8>| {
                    bytes.iter().fold(7_u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
                };
                let score = |i: usize, class| match class {
                    0 => f32::from(images[i][[0, 0, 0]]) / 255.0,
                    _ => (hash(images[i]) >> 8) as f32 / 16_777_216.0,
                };
                Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| score(i, class)))
            },
        );
        let image = Array3::from_elem((9, 14, 3), 255);
        let rise = Rise::builder().masks(600).grid(4).estimator(RiseEstimator::Centred).tolerance(0.4);
        let rise = rise.build().unwrap();
        let used = |classes: &[usize]| {
            let explained = rise.explain_observed(&model, image.view(), Classes::Chosen(classes), &mut ());
            explained.unwrap().scores.nrows()
        };
        assert!(used(&[0]) < 600);
        assert_eq!((used(&[1]), used(&[0, 1]), used(&[1, 0])), (600, 600, 600));
    }

    #[test]
    fn the_observer_follows_every_batch_and_may_stop() {
        let rise = Rise::builder().masks(10).batch_size(4).build().unwrap();
        let mut counter = Counter { stop_at: Some(8), ..Counter::default() };
        let error = rise
            .explain_observed(&corner(|_| Ok(None)), image().view(), Classes::All, &mut counter)
            .unwrap_err();
        assert!(matches!(error, Error::Stopped { done: 8, total: 10 }));
        let pass = counter.pass.unwrap();
        assert_eq!((pass.name, pass.unit, pass.done, pass.total), ("explain", "masks", 0, Some(10)));
        assert_eq!(counter.counts, [4, 4]);
    }

    #[test]
    fn a_model_that_fails_is_reported_with_the_image() {
        let fails_on_the_rest = |count| if count < 4 { Err("out of memory".into()) } else { Ok(None) };
        let rise = Rise::builder().masks(10).batch_size(4).build().unwrap();
        let error = rise.explain(&corner(fails_on_the_rest), image().view(), Classes::All).unwrap_err();
        assert!(matches!(error, Error::Model { image: ScoredImage::Occluded(8), .. }));
    }

    #[test]
    fn parameters_are_refused_by_the_names_of_the_builder() {
        for (builder, name) in [
            (Rise::builder().masks(0), "masks"),
            (Rise::builder().grid(0), "grid"),
            (Rise::builder().p1(1.5), "p1"),
            (Rise::builder().batch_size(0), "batch_size"),
            (Rise::builder().tolerance(0.0), "tolerance"),
            (Rise::builder().tolerance(0.51), "tolerance"),
            (Rise::builder().tolerance(f64::NAN), "tolerance"),
            (Rise::builder().sampling(RiseSampling::Paired).masks(3), "masks"),
            (Rise::builder().sampling(RiseSampling::Paired).p1(0.3), "p1"),
        ] {
            let error = builder.build().unwrap_err();
            assert!(
                matches!(error, Error::Parameter { component: "Rise", parameter, .. } if parameter == name),
                "{error}"
            );
        }
    }

    #[test]
    fn scores_that_are_not_finite_are_refused() {
        let rise = Rise::builder().masks(10).build().unwrap();
        let error = rise.explain(&corner(|_| Ok(Some(f32::NAN))), image().view(), Classes::All).unwrap_err();
        assert!(matches!(error, Error::Score { image: ScoredImage::Occluded(0), class: 0, .. }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn maps_do_not_depend_on_batches(batch in 1_usize..40, seed in 0_u64..1000) {
            let builder = Rise::builder().masks(31).grid(5).seed(seed).fill(Fill::Color(vec![9, 99, 199]));
            let whole = builder.clone().batch_size(31).build().unwrap();
            let parts = builder.batch_size(batch).build().unwrap();
            let model = corner(|_| Ok(None));
            let classes = Classes::All;
            prop_assert_eq!(
                whole.explain(&model, image().view(), classes).unwrap(),
                parts.explain(&model, image().view(), classes).unwrap()
            );
        }
    }
}
