//! What is measured of one image.

use std::cell::Cell;

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, ArrayViewMut3, Axis, Slice};
use stressmap::numpy_rng::default_rng;
use stressmap::protocols::{BoxError, Model, ModelMetadata, ScoreKind, argmax};
use stressmap::saliency::{
    CausalMetric, CausalMode, Classes, Explainer, Fill, HadamardGrid, MaskGenerator, PairedGrid, Rise,
    RiseEstimator, RiseGrid, RiseSampling, RiseScoring, Scaling, Scorer, blurred_substrate,
};

use super::Failure;
use super::regression::Regression;

/// How many forward passes a map is given.
pub(crate) const PASSES: [usize; 5] = [100, 200, 400, 800, 1600];

/// The estimators, as the page calls them. The first is the original's; those from [`REGRESSIONS`] on are not offered.
pub(crate) const ESTIMATORS: [&str; 7] =
    ["debiased", "centred", "paired", "Hadamard, centred", "regression", "half adjusted", "adjusted"];

/// The position in [`ESTIMATORS`] of the best that is offered.
pub(crate) const BEST: usize = 3;

/// The position in [`ESTIMATORS`] of the first map by regression.
pub(crate) const REGRESSIONS: usize = 4;

/// What each regression adds back of what its fit leaves over.
const SHARES: [f64; ESTIMATORS.len() - REGRESSIONS] = [0.0, 0.5, 1.0];

/// How well a map should be known when RISE may stop; see `OcclusionBuilder::tolerance`.
pub(crate) const TOLERANCES: [f64; 3] = [0.5, 0.4, 0.3];

/// The ways of drawing masks that are stopped, as the page calls them; the scores are centred.
pub(crate) const STOPPED: [(&str, RiseSampling); 2] =
    [("independent", RiseSampling::Independent), ("Hadamard", RiseSampling::Hadamard)];

/// The tutorial's grid and fill.
const GRID: usize = 8;
const FILL: [u8; 3] = [95, 96, 93];

/// Masks of each half of the reference, and their seeds, which no estimator has.
const HALF: usize = 4000;
const REFERENCE_SEEDS: [u64; 2] = [1_000_001, 1_000_002];

/// Steps from nothing replaced to everything replaced.
const STEPS: usize = 28;

/// What is told of one map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quality {
    /// Pearson's correlation with the reference.
    pub(crate) correlation: f64,
    /// The mean squared error over the reference's mean square.
    pub(crate) error: f64,
    pub(crate) deletion: f64,
    pub(crate) insertion: f64,
}

/// How a tolerance fared with one seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    /// Masks used, at most the largest of [`PASSES`].
    pub(crate) masks: usize,
    pub(crate) correlation: f64,
}

/// All that is told of one image.
#[derive(Debug)]
pub(crate) struct Tile {
    /// By seed, estimator and number of passes.
    pub(crate) runs: Vec<[[Quality; PASSES.len()]; ESTIMATORS.len()]>,
    /// By seed, centred estimator and tolerance.
    pub(crate) stops: Vec<[[Stop; TOLERANCES.len()]; STOPPED.len()]>,
    /// The correlation of the reference's two halves.
    pub(crate) halves: f64,
    /// The reference's own areas, and those of maps that know nothing: by name.
    pub(crate) controls: [(&'static str, [f64; 2]); 5],
}

/// The regressions of images of one size, by seed and number of passes.
pub(crate) struct Regressions {
    size: (usize, usize),
    by_seed: Vec<Vec<Regression>>,
}

impl Regressions {
    pub(crate) fn new(seeds: u64, size: (usize, usize)) -> Result<Self, Failure> {
        let of = |seed| {
            PASSES
                .iter()
                .map(|&passes| Regression::new(&HadamardGrid::new(passes, GRID, seed)?, GRID, size))
                .collect()
        };
        Ok(Self { size, by_seed: (0..seeds).map(of).collect::<Result<_, _>>()? })
    }
}

/// Measures an image's maps of the class that the model names.
pub(crate) fn tile(
    model: &dyn Model,
    image: ArrayView3<'_, u8>,
    regressions: &Regressions,
) -> Result<Tile, Failure> {
    let (height, width, _) = image.dim();
    if (height, width) != regressions.size {
        return Err("the images have several sizes, expected one".into());
    }
    let class = argmax(model.predict(&[image])?.row(0)).ok_or("the model has no classes")?;
    let subject = Subject { model, image, class, substrate: blurred_substrate(image, &FILL.map(f64::from))? };

    let halves = REFERENCE_SEEDS.map(|seed| -> Result<Array2<f32>, Failure> {
        let scores = subject.scores(RiseSampling::Independent, HALF, seed)?;
        map(&RiseScoring::centred(), scores.view(), &RiseGrid::new(HALF, GRID, 0.5, seed)?, image)
    });
    let [first, second] = halves;
    let (first, second) = (first?, second?);
    let reference = (&first + &second) / 2.0;

    let most = PASSES[PASSES.len() - 1];
    let (mut runs, mut stops) = (Vec::new(), Vec::new());
    for (seed, regressions) in (0..).zip(&regressions.by_seed) {
        let independent = subject.scores(RiseSampling::Independent, most, seed)?;
        let paired = subject.scores(RiseSampling::Paired, most, seed)?;
        let mut hadamard = Array2::zeros((0, 1));
        let mut run = [[Quality { correlation: 0.0, error: 0.0, deletion: 0.0, insertion: 0.0 };
            PASSES.len()]; ESTIMATORS.len()];
        for (at, &passes) in PASSES.iter().enumerate() {
            // Independent masks and pairs are drawn one after the other: the first of many are those of few. The
            // rows and shifts of Hadamard masks are balanced over all of them.
            let grid = RiseGrid::new(passes, GRID, 0.5, seed)?;
            let pairs = PairedGrid::new(passes, GRID, seed)?;
            let balanced = HadamardGrid::new(passes, GRID, seed)?;
            hadamard = subject.scores(RiseSampling::Hadamard, passes, seed)?;
            let (debiased, centred) = (RiseScoring::debiased(0.5)?, RiseScoring::centred());
            let [plain, half, adjusted] = regressions[at].maps(hadamard.column(0), SHARES);
            let maps = [
                map(&debiased, first_rows(&independent, passes), &grid, image)?,
                map(&centred, first_rows(&independent, passes), &grid, image)?,
                map(&debiased, first_rows(&paired, passes), &pairs, image)?,
                map(&centred, hadamard.view(), &balanced, image)?,
                plain,
                half,
                adjusted,
            ];
            for (estimator, map) in maps.iter().enumerate() {
                run[estimator][at] = subject.quality(map, &reference)?;
            }
        }
        runs.push(run);
        // The last number of passes is the most.
        let [first, second] = STOPPED.map(|(_, sampling)| {
            let scores = if sampling == RiseSampling::Hadamard { &hadamard } else { &independent };
            stop(scores, sampling, image, seed, &reference)
        });
        stops.push([first?, second?]);
    }

    let mut random = default_rng(2_000_001_u64);
    let noise = Array2::from_shape_simple_fn((height, width), || random.random() as f32);
    let smooth = Array2::from_shape_simple_fn((most, 1), || random.random() as f32);
    let smooth = map(&RiseScoring::centred(), smooth.view(), &RiseGrid::new(most, GRID, 0.5, 0)?, image)?;
    let controls = [
        ("the reference", &reference),
        ("its negative", &-&reference),
        ("a constant", &Array2::zeros((height, width))),
        ("noise, pixel by pixel", &noise),
        ("noise, as smooth as RISE", &smooth),
    ];
    let [a, b, c, d, e] = controls.map(|(name, map)| Ok::<_, Failure>((name, subject.areas(map.view())?)));
    Ok(Tile { runs, stops, halves: correlation(&first, &second), controls: [a?, b?, c?, d?, e?] })
}

/// An image that is explained.
struct Subject<'a> {
    model: &'a dyn Model,
    image: ArrayView3<'a, u8>,
    class: usize,
    /// What insertion begins with.
    substrate: Array3<u8>,
}

impl Subject<'_> {
    /// The class's scores under each mask.
    fn scores(&self, sampling: RiseSampling, masks: usize, seed: u64) -> Result<Array2<f32>, Failure> {
        let rise = Rise::builder().masks(masks).grid(GRID).seed(seed).sampling(sampling);
        let rise = rise.fill(Fill::Color(FILL.to_vec())).build()?;
        let classes = [self.class];
        Ok(rise.explain_observed(self.model, self.image, Classes::Chosen(&classes), &mut ())?.scores)
    }

    fn quality(&self, map: &Array2<f32>, reference: &Array2<f32>) -> Result<Quality, Failure> {
        let square = |map: &Array2<f32>| map.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>();
        let [deletion, insertion] = self.areas(map.view())?;
        Ok(Quality {
            correlation: correlation(map, reference),
            error: square(&(map - reference)) / square(reference),
            deletion,
            insertion,
        })
    }

    /// The areas under the deletion curve, to the mean colour, and the insertion curve, from the blurred image.
    fn areas(&self, map: ArrayView2<'_, f32>) -> Result<[f64; 2], Failure> {
        let step = map.len().div_ceil(STEPS);
        let mean = Array3::from_shape_fn(self.image.dim(), |(_, _, channel)| FILL[channel]);
        let area = |mode, substrate: &Array3<u8>| {
            let metric = CausalMetric::builder(mode).step(step).build()?;
            metric.curve(self.model, self.image, substrate.view(), map, self.class).map(|curve| curve.area())
        };
        Ok([area(CausalMode::Deletion, &mean)?, area(CausalMode::Insertion, &self.substrate)?])
    }
}

fn first_rows(scores: &Array2<f32>, count: usize) -> ArrayView2<'_, f32> {
    scores.slice_axis(Axis(0), Slice::from(..count))
}

/// The map of one class's scores, a mask's share of it: not scaled, so that it tends to the same as masks grow many.
fn map(
    scoring: &RiseScoring,
    scores: ArrayView2<'_, f32>,
    masks: &dyn MaskGenerator,
    image: ArrayView3<'_, u8>,
) -> Result<Array2<f32>, Failure> {
    let (height, width, _) = image.dim();
    let scoring = scoring.scaling(Scaling::None);
    let maps = scoring.score(None, scores.mapv(f64::from).view(), &masks.masks(height, width)?)?;
    Ok(maps.index_axis(Axis(0), 0).mapv(|value| value / scores.nrows() as f32))
}

/// Where RISE stops at each tolerance, given the scores that it would get.
fn stop(
    scores: &Array2<f32>,
    sampling: RiseSampling,
    image: ArrayView3<'_, u8>,
    seed: u64,
    reference: &Array2<f32>,
) -> Result<[Stop; TOLERANCES.len()], Failure> {
    let stops = TOLERANCES.map(|tolerance| -> Result<Stop, Failure> {
        let rise = Rise::builder().masks(scores.nrows()).grid(GRID).seed(seed).sampling(sampling);
        let rise = rise.estimator(RiseEstimator::Centred).tolerance(tolerance).build()?;
        let explained = rise.explain_observed(&Replay::new(scores), image, Classes::All, &mut ())?;
        let map = explained.maps.index_axis(Axis(0), 0).to_owned();
        Ok(Stop { masks: explained.scores.nrows(), correlation: correlation(&map, reference) })
    });
    let [a, b, c] = stops;
    Ok([a?, b?, c?])
}

/// A model that has said everything before: the scores of one mask after the other.
struct Replay<'a> {
    metadata: ModelMetadata,
    scores: &'a Array2<f32>,
    said: Cell<usize>,
}

impl<'a> Replay<'a> {
    fn new(scores: &'a Array2<f32>) -> Self {
        let labels = vec!["explained".to_owned()];
        let metadata = ModelMetadata::new("replay", labels, ScoreKind::Probabilities);
        Self { metadata, scores, said: Cell::new(0) }
    }
}

impl Model for Replay<'_> {
    fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        self.predict_drawn((0, 0, 0), images.len(), &|_, _| {})
    }

    fn predict_drawn(
        &self,
        _: (usize, usize, usize),
        count: usize,
        _: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        let first = self.said.replace(self.said.get() + count);
        Ok(self.scores.slice_axis(Axis(0), Slice::from(first..first + count)).to_owned())
    }
}

/// Pearson's correlation; none where a map is flat.
fn correlation(map: &Array2<f32>, reference: &Array2<f32>) -> f64 {
    let centred = |map: &Array2<f32>| {
        let map = map.mapv(f64::from);
        let mean = map.mean().unwrap_or_default();
        map.mapv(|value| value - mean)
    };
    let (a, b) = (centred(map), centred(reference));
    let norm = ((&a * &a).sum() * (&b * &b).sum()).sqrt();
    if norm > 0.0 { (a * b).sum() / norm } else { 0.0 }
}
