//! Masks and scorers beside RISE and sliding windows, against values of XAITK-Saliency 0.15 in `tests/reference`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::fs::File;
use std::path::Path;

use ndarray::{Array1, Array2, Array3, ArrayD, ArrayView3, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, ReadableElement};
use saliency::{
    BlendRounding, Error, Fill, MaskArray, MaskGenerator, Masks, McRise, Occluder, OcclusionScoring,
    Precision, ProximityMetric, RandomGrid, RiseScoring, Scaling, Scorer, SimilarityScoring, SlidingRadial,
    SlidingWindow, SquaredDifferenceScoring,
};
use serde_json::Value;

/// The stored scores are f64, which decides what XAITK takes for a map of zeros.
const SCALING: Scaling = Scaling::MaxAbs(Precision::Double);

struct Reference {
    cases: Vec<Value>,
    arrays: RefCell<NpzReader<File>>,
}

impl Reference {
    fn open() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference");
        let open = |name: &str| File::open(folder.join(name)).unwrap();
        Self {
            cases: serde_json::from_reader(open("masks_more.json")).unwrap(),
            arrays: RefCell::new(NpzReader::new(open("masks_more.npz")).unwrap()),
        }
    }

    fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        let cases = self.cases.iter().filter(move |case| case["kind"] == kind);
        assert!(cases.clone().count() > 3, "{kind}");
        cases
    }

    fn array<A: ReadableElement>(&self, case: &Value, field: &str) -> Option<ArrayD<A>> {
        let key = case[field].as_str().unwrap();
        self.arrays.borrow_mut().by_name::<OwnedRepr<A>, IxDyn>(key).ok()
    }

    /// Numbers of whichever type they were stored as.
    fn numbers(&self, case: &Value, field: &str) -> ArrayD<f64> {
        let double = self.array::<f64>(case, field);
        let single = || self.array::<f32>(case, field).map(|array| array.mapv(f64::from));
        let bytes = || self.array::<u8>(case, field).map(|array| array.mapv(f64::from));
        let bits = || self.array::<bool>(case, field).map(|array| array.mapv(|bit| f64::from(u8::from(bit))));
        double.or_else(single).or_else(bytes).or_else(bits).unwrap()
    }

    fn masks(&self, case: &Value) -> MaskArray {
        let masks = self.numbers(case, "masks").mapv(|value| value as f32);
        MaskArray::new(masks.into_dimensionality().unwrap()).unwrap()
    }

    fn image(&self, case: &Value) -> Array3<u8> {
        self.array::<u8>(case, "image").unwrap().into_dimensionality().unwrap()
    }
}

fn pair(value: &Value) -> (f64, f64) {
    (value[0].as_f64().unwrap(), value[1].as_f64().unwrap())
}

fn sizes(value: &Value) -> (usize, usize) {
    let (a, b) = pair(value);
    (a as usize, b as usize)
}

fn random_grid(params: &Value) -> Result<RandomGrid, Error> {
    let (n, seed) = (params["n"].as_u64().unwrap() as usize, params["seed"].as_u64().unwrap());
    RandomGrid::new(n, sizes(&params["s"]), params["p1"].as_f64().unwrap(), seed)
}

fn sliding_radial(params: &Value) -> Result<SlidingRadial, Error> {
    let radial = SlidingRadial::new(pair(&params["radius"]), sizes(&params["stride"]))?;
    match &params["sigma"] {
        Value::Null => Ok(radial),
        sigma => radial.sigma(pair(sigma)),
    }
}

#[track_caller]
fn close(ours: impl IntoIterator<Item = f32>, theirs: &ArrayD<f64>, case: &Value) {
    let ours: Vec<f32> = ours.into_iter().collect();
    assert_eq!(ours.len(), theirs.len(), "{case}");
    for (ours, theirs) in ours.into_iter().zip(theirs) {
        assert!((f64::from(ours) - theirs).abs() <= 1e-6, "{ours} {theirs} {case}");
    }
}

fn check_masks(reference: &Reference, case: &Value, generator: Result<impl MaskGenerator, Error>) -> bool {
    let Ok(generator) = generator else { return false };
    let (height, width) = sizes(&case["shape"]);
    let masks = generator.masks(height, width).unwrap();
    let mut all = Array3::zeros((masks.len(), height, width));
    for (index, mask) in all.outer_iter_mut().enumerate() {
        masks.write(index, mask);
    }
    close(all, &reference.numbers(case, "masks"), case);
    true
}

#[test]
fn random_grids_are_xaitks() {
    let reference = Reference::open();
    for case in reference.of("RandomGrid") {
        let checked = check_masks(&reference, case, random_grid(&case["params"]));
        assert_eq!(checked, case.get("error").is_none(), "{case}");
    }
}

#[test]
fn sliding_radials_are_xaitks() {
    let reference = Reference::open();
    for case in reference.of("SlidingRadial") {
        let checked = check_masks(&reference, case, sliding_radial(&case["params"]));
        // A radius of 0 hides nothing there, or makes masks of NaN.
        let nothing = case["params"]["radius"][0] == 0;
        assert_eq!(checked, case.get("error").is_none() && !nothing, "{case}");
    }
}

#[test]
fn squared_difference_scoring_is_xaitks_where_that_is_a_number() {
    let reference = Reference::open();
    for case in reference.of("SquaredDifferenceScoring") {
        let before: Array1<f64> = reference.numbers(case, "reference").into_dimensionality().unwrap();
        let scores: Array2<f64> = reference.numbers(case, "perturbed").into_dimensionality().unwrap();
        let maps = SquaredDifferenceScoring::new()
            .score(Some(before.view()), scores.view(), &reference.masks(case))
            .unwrap();
        let theirs = reference.numbers(case, "map").mapv(|value| if value.is_nan() { 0.0 } else { value });
        for map in maps.outer_iter() {
            close(map.iter().copied(), &theirs, case);
        }
    }
}

#[test]
fn similarity_scoring_is_xaitks() {
    let reference = Reference::open();
    for case in reference.of("SimilarityScoring") {
        let metric: ProximityMetric = case["params"]["proximity_metric"].as_str().unwrap().parse().unwrap();
        let features = |field| -> Array2<f64> {
            let features = reference.numbers(case, field);
            let columns = features.shape()[features.ndim() - 1];
            features.to_shape((features.len() / columns, columns)).unwrap().into_owned()
        };
        let (before, queries, after) = (features("reference"), features("queries"), features("perturbed"));
        let distances = |from: &Array2<f64>| {
            Array2::from_shape_fn((from.nrows(), queries.nrows()), |(i, q)| {
                metric.distance(from.row(i), queries.row(q))
            })
        };
        let scorer = SimilarityScoring::new().scaling(SCALING);
        let maps = scorer
            .score(Some(distances(&before).row(0)), distances(&after).view(), &reference.masks(case))
            .unwrap();
        close(maps, &reference.numbers(case, "map"), case);
    }
}

/// The weighted sums over an image, in f64 as the original has them.
fn linear(reference: &Reference, case: &Value, image: ArrayView3<'_, u8>) -> Array1<f64> {
    let weight: Array2<f64> = reference.numbers(case, "weight").into_dimensionality().unwrap();
    weight.dot(&image.iter().map(|&value| f64::from(value) / 255.0).collect::<Array1<f64>>())
}

/// The map of masks, a fill and a scorer, with scores in f64.
fn stack(
    image: &Array3<u8>,
    masks: &dyn Masks,
    fill: &Fill,
    scorer: &dyn Scorer,
    score: impl Fn(ArrayView3<'_, u8>) -> Array1<f64>,
) -> Array3<f32> {
    let occluder = Occluder::new(image.view(), fill, BlendRounding::Truncate).unwrap();
    let before = score(image.view());
    let mut scores = Array2::zeros((masks.len(), before.len()));
    for (index, mut row) in scores.outer_iter_mut().enumerate() {
        row.assign(&score(occluder.occlude(masks, index).unwrap().view()));
    }
    scorer.score(Some(before.view()), scores.view(), masks).unwrap()
}

fn fill(case: &Value) -> Fill {
    match case {
        Value::Null => Fill::Black,
        color => Fill::Color(serde_json::from_value(color.clone()).unwrap()),
    }
}

#[test]
fn stacks_of_masks_and_scorers_are_xaitks() {
    let reference = Reference::open();
    for case in reference.of("PerturbationOcclusion") {
        let image = reference.image(case);
        let (height, width, _) = image.dim();
        let bias: Array1<f64> = reference.numbers(case, "bias").into_dimensionality().unwrap();
        let softmax = |image: ArrayView3<'_, u8>| {
            let logits = linear(&reference, case, image) + &bias;
            let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let exponentials = logits.mapv(|logit| (logit - largest).exp());
            &exponentials / exponentials.sum()
        };
        let params = &case["params"];
        let (masks, scorer): (_, Box<dyn Scorer>) = match case["pair"].as_str().unwrap() {
            "RandomGrid+RISEScoring" => (
                random_grid(params).unwrap().masks(height, width),
                Box::new(RiseScoring::debiased(0.5).unwrap().scaling(SCALING)),
            ),
            "SlidingRadial+OcclusionScoring" => (
                sliding_radial(params).unwrap().masks(height, width),
                Box::new(OcclusionScoring::new().scaling(SCALING)),
            ),
            "SlidingRadial+SquaredDifferenceScoring" => (
                sliding_radial(params).unwrap().masks(height, width),
                Box::new(SquaredDifferenceScoring::new()),
            ),
            other => panic!("{other}"),
        };
        let maps = stack(&image, &masks.unwrap(), &fill(&case["fill"]), &scorer, softmax);
        let theirs = reference.numbers(case, "map");
        if theirs.ndim() == 2 {
            close(maps.index_axis(ndarray::Axis(0), 0).iter().copied(), &theirs, case);
        } else {
            close(maps, &theirs, case);
        }
    }
}

/// MC-RISE with settings of XAITK's, of which the grid alone needs no colours.
fn mc_rise(params: &Value, colors: Vec<Vec<u8>>) -> Result<McRise, Error> {
    McRise::builder(colors)
        .masks(params["n"].as_u64().unwrap() as usize)
        .grid(params["s"].as_u64().unwrap() as usize)
        .p1(params["p1"].as_f64().unwrap())
        .seed(params["seed"].as_u64().unwrap())
        .build()
}

#[test]
fn mc_rise_masks_have_xaitks_bits() {
    let reference = Reference::open();
    for case in reference.of("MCRISEGrid").filter(|case| case["params"]["p1"].is_number()) {
        let colors = vec![vec![0]; case["params"]["k"].as_i64().unwrap_or(1).max(0) as usize];
        let built = mc_rise(&case["params"], colors);
        assert_eq!(built.is_err(), case.get("error").is_some(), "{case}");
        let Ok(built) = built else { continue };
        let (height, width) = sizes(&case["shape"]);
        let masks = built.masks(height, width).unwrap();
        let theirs = reference.numbers(case, "masks");
        for index in 0..theirs.shape()[1] {
            let theirs = theirs.index_axis(ndarray::Axis(1), index);
            let ours = masks.mask(index).into_dyn();
            assert!(ours.iter().zip(&theirs).all(|(a, b)| a.to_bits() == b.to_bits()), "{index} {case}");
        }
    }
}

#[test]
fn mc_rise_maps_are_xaitks() {
    let reference = Reference::open();
    let stacks = reference.cases.iter().filter(|case| case["kind"] == "MCRISEStack");
    let mut count = 0;
    for case in stacks {
        let image = reference.image(case);
        let (height, width, _) = image.dim();
        let bias: Array1<f64> = reference.numbers(case, "bias").into_dimensionality().unwrap();
        let colors = serde_json::from_value(case["params"]["fill_colors"].clone()).unwrap();
        let masks = mc_rise(&case["params"], colors).unwrap().masks(height, width).unwrap();
        let mut scores = Array2::zeros((case["params"]["n"].as_u64().unwrap() as usize, bias.len()));
        for (index, mut row) in scores.outer_iter_mut().enumerate() {
            let logits = linear(&reference, case, masks.occlude(image.view(), index).unwrap().view()) + &bias;
            let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let exponentials = logits.mapv(|logit| (logit - largest).exp());
            row.assign(&(&exponentials / exponentials.sum()));
        }
        close(masks.score(scores.view(), SCALING).unwrap(), &reference.numbers(case, "map"), case);
        count += 1;
    }
    assert_eq!(count, 4);
}

#[test]
fn similarity_maps_of_sliding_windows_are_xaitks() {
    let reference = Reference::open();
    for case in reference.of("SBSMStack") {
        let image = reference.image(case);
        let (height, width, _) = image.dim();
        let params = &case["params"];
        let metric: ProximityMetric = params["proximity_metric"].as_str().unwrap().parse().unwrap();
        let queries = reference.array::<u8>(case, "queries").unwrap();
        let queries: Vec<Array1<f64>> = queries
            .outer_iter()
            .map(|query| linear(&reference, case, query.into_dimensionality().unwrap()))
            .collect();
        let distances = |image: ArrayView3<'_, u8>| {
            let features = linear(&reference, case, image);
            queries.iter().map(|query| metric.distance(features.view(), query.view())).collect()
        };
        let windows = SlidingWindow::new(sizes(&params["window_size"]), sizes(&params["stride"])).unwrap();
        let masks = windows.masks(height, width).unwrap();
        let scorer = SimilarityScoring::new().scaling(SCALING);
        let maps = stack(&image, &masks, &fill(&params["fill"]), &scorer, distances);
        close(maps, &reference.numbers(case, "map"), case);
    }
}
