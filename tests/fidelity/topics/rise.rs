//! RISE and sliding windows: grids, masks, occluded images, scoring, and whole maps of a linear model.

use ndarray::{Array1, Array2, Array3, Array4, ArrayView3, Axis, Ix1, Ix2, Ix3, Ix4};
use protocols::{BoxError, Model, ModelMetadata, ScoreKind};
use saliency::{
    BlendRounding, Classes, Explainer, Fill, MaskArray, MaskGenerator, Masks, Occluder, OcclusionScoring,
    Precision, Rise, RiseEstimator, RiseGrid, RiseScoring, Scaling, Scorer, SlidingWindow,
};
use serde_json::Value;

use super::Row;
use super::reference::Reference;

/// The scores of the stored cases are f64, which decides what XAITK takes for a map of zeros.
const SCALING: Scaling = Scaling::MaxAbs(Precision::Double);

/// `softmax(W x / 255 + b)` over the whole image, in f64.
struct LinearSoftmax {
    weight: Array2<f64>,
    bias: Array1<f64>,
    metadata: ModelMetadata,
}

impl LinearSoftmax {
    fn read(reference: &Reference, case: &Value) -> Self {
        let weight =
            reference.array::<f32>(case, "weight").into_dimensionality::<Ix2>().unwrap().mapv(f64::from);
        let bias = reference.array::<f64>(case, "bias").into_dimensionality::<Ix1>().unwrap();
        let labels = (0..bias.len()).map(|class| class.to_string()).collect();
        Self { weight, bias, metadata: ModelMetadata::new("linear", labels, ScoreKind::Probabilities) }
    }

    fn scores(&self, image: ArrayView3<'_, u8>) -> Array1<f64> {
        let values: Array1<f64> = image.iter().map(|&value| f64::from(value) / 255.0).collect();
        let logits = self.weight.dot(&values) + &self.bias;
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let exponentials = logits.mapv(|logit| (logit - largest).exp());
        &exponentials / exponentials.sum()
    }
}

impl Model for LinearSoftmax {
    fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        let mut scores = Array2::zeros((images.len(), self.bias.len()));
        for (image, mut scores) in images.iter().zip(scores.outer_iter_mut()) {
            scores.assign(&self.scores(*image).mapv(|score| score as f32));
        }
        Ok(scores)
    }
}

/// One stored case, and what is compared with it.
struct Case<'a> {
    reference: &'a Reference,
    value: &'a Value,
    image: Array3<u8>,
    fill: Vec<u8>,
}

impl<'a> Case<'a> {
    fn read(reference: &'a Reference, value: &'a Value) -> Self {
        let fill = serde_json::from_value(value["fill"].clone()).unwrap();
        Self { reference, value, image: reference.image(value, "image").0, fill }
    }

    fn number(&self, field: &str) -> u64 {
        self.value[field].as_u64().unwrap()
    }

    fn generator(&self) -> RiseGrid {
        let (n, s) = (self.number("n") as usize, self.number("s") as usize);
        RiseGrid::new(n, s, self.value["p1"].as_f64().unwrap(), self.number("seed")).unwrap()
    }

    fn masks(&self) -> Box<dyn Masks> {
        let (height, width, _) = self.image.dim();
        self.generator().masks(height, width).unwrap()
    }

    fn rise(&self, estimator: RiseEstimator) -> Array3<f32> {
        let generator = self.generator();
        let rise = Rise::builder()
            .masks(generator.n())
            .grid(generator.s())
            .p1(generator.p1())
            .seed(generator.seed());
        // Batches of seven leave a partial one in every case but those of fewer masks.
        let batch_size = 7;
        let fill = Fill::Color(self.fill.clone());
        let rise =
            rise.estimator(estimator).scaling(SCALING).fill(fill).batch_size(batch_size).build().unwrap();
        rise.explain(&LinearSoftmax::read(self.reference, self.value), self.image.view(), Classes::All)
            .unwrap()
    }

    /// The parts of a sliding-window explainer with the model's scores in f64, as the original has them:
    /// scores of 0.9999 whose differences count are not f32's to tell apart.
    fn sliding_window(&self) -> Array3<f32> {
        let model = LinearSoftmax::read(self.reference, self.value);
        let (height, width, _) = self.image.dim();
        let masks = SlidingWindow::new((9, 7), (6, 5)).unwrap().masks(height, width).unwrap();
        let occluder =
            Occluder::new(self.image.view(), &Fill::Color(self.fill.clone()), BlendRounding::Truncate)
                .unwrap();
        let mut scores = Array2::zeros((masks.len(), model.bias.len()));
        for (index, mut row) in scores.outer_iter_mut().enumerate() {
            row.assign(&model.scores(occluder.occlude(&masks, index).unwrap().view()));
        }
        let reference = model.scores(self.image.view());
        let scorer = OcclusionScoring::new().scaling(SCALING);
        scorer.score(Some(reference.view()), scores.view(), &masks).unwrap()
    }

    fn scores(&self) -> Array2<f64> {
        let scores = self.reference.array::<f64>(self.value, "occluded_confidence");
        scores.into_dimensionality::<Ix2>().unwrap()
    }

    fn reference_scores(&self) -> Array1<f64> {
        let scores = self.reference.array::<f64>(self.value, "reference_confidence");
        scores.into_dimensionality::<Ix1>().unwrap()
    }

    /// The largest difference between maps and the stored ones.
    fn map_difference(&self, field: &str, maps: &Array3<f32>) -> f64 {
        let stored = self.reference.array::<f64>(self.value, field).into_dimensionality::<Ix3>().unwrap();
        assert_eq!(stored.dim(), maps.dim());
        largest(stored.iter().zip(maps).map(|(a, &b)| (a - f64::from(b)).abs()))
    }

    fn wrong_cells(&self) -> f64 {
        let grid = self.reference.array::<f32>(self.value, "grid").into_dimensionality::<Ix3>().unwrap();
        let generator = self.generator();
        assert_eq!(grid.dim(), (generator.n(), generator.s(), generator.s()));
        let on = |(mask, row, column)| f32::from(u8::from(generator.is_on(mask, row, column)));
        grid.indexed_iter().filter(|&(at, &cell)| on(at) != cell).count() as f64
    }

    fn mask_difference(&self) -> f64 {
        let stored = self.reference.array::<f32>(self.value, "masks").into_dimensionality::<Ix3>().unwrap();
        let masks = self.masks();
        assert_eq!(stored.dim(), (masks.len(), masks.shape().0, masks.shape().1));
        let mut mask = Array2::zeros(masks.shape());
        largest(stored.outer_iter().enumerate().map(|(index, stored)| {
            masks.write(index, mask.view_mut());
            largest(stored.iter().zip(&mask).map(|(a, b)| f64::from((a - b).abs())))
        }))
    }

    /// How many of how many values differ, and by how many grey levels at most.
    fn occlusion_difference(&self, field: &str, fill: &Fill) -> (usize, usize, u8) {
        let axes = self.reference.array::<u8>(self.value, field);
        let (height, width, channels) = self.image.dim();
        let count = axes.shape()[0];
        let stored: Array4<u8> = axes
            .into_shape_with_order((count, height, width, channels))
            .unwrap()
            .into_dimensionality::<Ix4>()
            .unwrap();
        let occluder = Occluder::new(self.image.view(), fill, BlendRounding::Truncate).unwrap();
        let masks = self.masks();
        let (mut differ, mut levels) = (0, 0);
        for (index, stored) in stored.axis_iter(Axis(0)).enumerate() {
            let occluded = occluder.occlude(&masks, index).unwrap();
            for (a, b) in stored.iter().zip(&occluded) {
                differ += usize::from(a != b);
                levels = levels.max(a.abs_diff(*b));
            }
        }
        (differ, stored.len(), levels)
    }

    fn binary_masks(&self) -> MaskArray {
        let stored = self.reference.array::<f32>(self.value, "masks").into_dimensionality::<Ix3>().unwrap();
        MaskArray::new(stored.mapv(|value| f32::from(u8::from(value > 0.5)))).unwrap()
    }
}

fn largest(differences: impl Iterator<Item = f64>) -> f64 {
    differences.fold(
        0.0,
        |largest, difference| if difference > largest || difference.is_nan() { difference } else { largest },
    )
}

/// Measures every row of this topic.
pub fn rows() -> Vec<Row> {
    let reference = Reference::open("saliency");
    let cases: Vec<Case<'_>> = reference.cases.iter().map(|case| Case::read(&reference, case)).collect();
    let over = |measure: &dyn Fn(&Case<'_>) -> f64| (largest(cases.iter().map(measure)), cases.len());
    let mut rows = Vec::new();
    let mut row =
        |what, with, goal, bound, (worst, cases)| rows.push(Row { what, with, goal, worst, bound, cases });

    row("RISE grids", "XAITK RISEGrid(threads=0)", "every cell", 0.0, over(&|case| case.wrong_cells()));
    row("RISE masks", "XAITK RISEGrid(threads=0)", "1e-6", 1e-6, over(&|case| case.mask_difference()));

    let mut occluded = |what, field: &str, fill: &dyn Fn(&Case<'_>) -> Fill| {
        let found: Vec<_> = cases.iter().map(|case| case.occlusion_difference(field, &fill(case))).collect();
        let (differ, values) = found.iter().fold((0, 0), |sum, case| (sum.0 + case.0, sum.1 + case.1));
        // A difference of more than one grey level fails the row whatever its share.
        let far = found.iter().any(|case| case.2 > 1);
        let share = if far { f64::INFINITY } else { differ as f64 / values as f64 };
        let goal = "one grey level, in fewer than 0.1 % of the values";
        row(what, "XAITK occlude_image_streaming", goal, 0.001, (share, cases.len()));
    };
    occluded("occluded images over black", "occluded_black_first", &|_| Fill::Black);
    occluded("occluded images over a fill", "occluded_filled_first", &|case| Fill::Color(case.fill.clone()));

    let scored = |scorer: &dyn Scorer, case: &Case<'_>, masks: &dyn Masks| {
        scorer.score(Some(case.reference_scores().view()), case.scores().view(), masks).unwrap()
    };
    let debiased = over(&|case| {
        let scorer = RiseScoring::debiased(case.generator().p1()).unwrap().scaling(SCALING);
        case.map_difference("rise_score_debiased", &scored(&scorer, case, &case.masks()))
    });
    row("RISE scoring, debiased", "XAITK RISEScoring", "1e-5", 1e-5, debiased);
    let plain = over(&|case| {
        let scorer = RiseScoring::plain().scaling(SCALING);
        case.map_difference("rise_score_plain", &scored(&scorer, case, &case.masks()))
    });
    row("RISE scoring, plain", "XAITK RISEScoring", "1e-5", 1e-5, plain);
    let occlusion = over(&|case| {
        let scorer = OcclusionScoring::new().scaling(SCALING);
        case.map_difference("occlusion_score_on_binary_masks", &scored(&scorer, case, &case.binary_masks()))
    });
    row("occlusion scoring", "XAITK OcclusionScoring", "1e-5", 1e-5, occlusion);

    let debiased =
        over(&|case| case.map_difference("rise_stack_debiased", &case.rise(RiseEstimator::Debiased)));
    row("RISE maps, debiased", "XAITK RISEStack", "1e-5", 1e-5, debiased);
    let plain = over(&|case| case.map_difference("rise_stack_plain", &case.rise(RiseEstimator::Plain)));
    row("RISE maps, plain", "XAITK RISEStack", "1e-5", 1e-5, plain);
    let field = "sliding_window_9x7_stride_6x5";
    let windows: Vec<_> = cases.iter().filter(|case| case.value.get(field).is_some()).collect();
    let worst = largest(windows.iter().map(|case| case.map_difference(field, &case.sliding_window())));
    row("sliding-window maps", "XAITK SlidingWindowStack", "1e-5", 1e-5, (worst, windows.len()));
    rows
}

#[test]
fn rise_is_that_of_xaitk() {
    for row in rows() {
        row.check();
    }
}
