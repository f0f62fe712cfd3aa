//! A study that is stopped, resumed, cut into parts or given bad data.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use ndarray::{Array2, Array3, ArrayView3};
use perturb::{AverageBlur, Brightness, Contrast, Randomness, Rng, SaltNoise, Sweep};
use proptest::prelude::*;
use protocols::{
    BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata, FnModel, Model, ModelMetadata, Observer, Pass,
    ScoreKind,
};
use results::{
    ExplainedImage, ItemResponse, Prediction, SaliencyComparison, Skipped, StudyResults, UnscaledMaps,
};
use saliency::{Fill, Rise};
use saliency_metrics::{centre_shift, noise_pearson, pearson, spearman, top_overlap, unscaled_ssd};
use study::{Error, ImageResults, OnError, Shard, Study, StudyBuilder, StudyObserver};

const LABELS: [&str; 3] = ["red", "green", "blue"];

/// Images of noise, some of which are bad in one way or another.
struct Noise {
    metadata: DatasetMetadata,
    len: usize,
    bad: Vec<(usize, Bad)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Bad {
    Unreadable,
    Channels,
    Empty,
    Label,
    Score(f32),
    /// Can be scored, not explained: the model fails on it under a mask.
    Explanation,
}

impl Noise {
    fn new(len: usize) -> Self {
        let labels = LABELS.map(str::to_owned).to_vec();
        Self { metadata: DatasetMetadata::new("noise", labels), len, bad: Vec::new() }
    }

    fn with(mut self, index: usize, bad: Bad) -> Self {
        self.bad.push((index, bad));
        self
    }
}

impl Dataset for Noise {
    fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        let bad = self.bad.iter().find(|(at, _)| *at == index).map(|(_, bad)| *bad);
        let shape = match bad {
            Some(Bad::Unreadable) => return Err("shard-1.parquet: row 7: cannot decode the image".into()),
            Some(Bad::Channels) => (6, 5, 2),
            Some(Bad::Empty) => (0, 0, 3),
            _ => (6, 5, 3),
        };
        let mut image =
            Array3::from_shape_fn(shape, |(y, x, c)| ((index * 37 + y * 59 + x * 101 + c * 83) % 200) as u8);
        match bad {
            Some(Bad::Score(value)) => image.fill(if value.is_nan() { 250 } else { 251 }),
            Some(Bad::Explanation) => image.fill(252),
            _ => {}
        }
        let target = if bad == Some(Bad::Label) { 3 } else { index % 3 };
        Ok(Datum { image, target, metadata: DatumMetadata::new(format!("n{index}"), index) })
    }
}

/// Scores how much of each colour there is.
fn model() -> impl Model {
    let labels = LABELS.map(str::to_owned).to_vec();
    FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Logits), |images| {
        let mut scores = Array2::zeros((images.len(), 3));
        for (i, image) in images.iter().enumerate() {
            if image.dim().2 != 3 || image.is_empty() {
                return Err(format!("an image of {:?}, expected 3 channels", image.dim()).into());
            }
            let all = |value: u8| image.iter().all(|&v| v == value);
            // Only an image of one grey is grey under a mask, and then not of one grey.
            let grey = image.rows().into_iter().all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
            if grey && !all(image[[0, 0, 0]]) {
                return Err("a grey image under a mask".into());
            }
            for channel in 0..3 {
                scores[[i, channel]] = match () {
                    () if all(250) => f32::NAN,
                    () if all(251) => f32::INFINITY,
                    () => mean(*image, channel),
                };
            }
        }
        Ok(scores)
    })
}

fn mean(image: ArrayView3<'_, u8>, channel: usize) -> f32 {
    let plane = image.index_axis(ndarray::Axis(2), channel);
    plane.iter().map(|&value| f32::from(value)).sum::<f32>() / plane.len() as f32
}

fn builder() -> StudyBuilder {
    Study::builder()
        .sweep(Sweep::new("AverageBlur", "ksize", [1, 3], AverageBlur::new).unwrap())
        .sweep(Sweep::new("SaltNoise", "amount", [0.0, 0.3], SaltNoise::new).unwrap())
        .randomness(Randomness::new(Rng::ChaCha, 5))
        .explainer(Rise::builder().masks(12).grid(3).batch_size(5).build().unwrap())
        .batch_size(3)
}

fn study() -> Study {
    builder().build().unwrap()
}

fn skipping() -> StudyBuilder {
    builder().on_error(OnError::Skip)
}

/// Keeps the results, as a journal does, and stops or fails after a number of calls.
#[derive(Default)]
struct Keeper {
    kept: StudyResults,
    images: Vec<(SaliencyComparison, ExplainedImage)>,
    unscaled: Vec<UnscaledMaps>,
    started: Vec<Pass>,
    advanced: usize,
    within: usize,
    stop_after: Option<usize>,
    fail_after: Option<usize>,
}

impl Keeper {
    fn keep(&mut self) -> Result<(), BoxError> {
        match &mut self.fail_after {
            Some(0) => Err("no space left".into()),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Observer for Keeper {
    fn started(&mut self, pass: Pass) {
        self.started.push(pass);
    }

    fn advanced(&mut self, count: usize) -> ControlFlow<()> {
        self.advanced += count;
        self.within += usize::from(count == 0);
        match &mut self.stop_after {
            Some(0) => return ControlFlow::Break(()),
            Some(left) => *left -= 1,
            None => {}
        }
        ControlFlow::Continue(())
    }
}

impl StudyObserver for Keeper {
    fn predictions(&mut self, rows: &[Prediction]) -> Result<(), BoxError> {
        self.keep()?;
        self.kept.predictions.extend_from_slice(rows);
        Ok(())
    }

    fn item_response(&mut self, row: &ItemResponse) -> Result<(), BoxError> {
        self.kept.item_response.push(row.clone());
        Ok(())
    }

    fn explained(&mut self, results: ImageResults<'_>) -> Result<(), BoxError> {
        self.keep()?;
        self.kept.saliency_metrics.push(results.comparison.clone());
        self.kept.saliency_drift.extend(results.drift.cloned());
        self.images.push((results.comparison.clone(), results.image.clone()));
        self.unscaled.push(results.unscaled.clone());
        Ok(())
    }

    fn skipped(&mut self, row: &Skipped) -> Result<(), BoxError> {
        self.keep()?;
        self.kept.skipped.push(row.clone());
        Ok(())
    }
}

fn sorted(mut rows: Vec<Skipped>) -> Vec<String> {
    rows.sort_by_key(|row| (row.setting.to_string(), row.image_id));
    rows.iter().map(|row| format!("{row:?}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_study_that_is_stopped_again_and_again_gives_the_results_of_one_run(
        len in 1_usize..11,
        stops in prop::collection::vec(0_usize..40, 0..6),
        failing in any::<bool>(),
        bad in prop::collection::vec((0_usize..11, 0_usize..6), 0..3),
    ) {
        let kinds = [Bad::Unreadable, Bad::Channels, Bad::Label, Bad::Score(f32::NAN), Bad::Explanation, Bad::Empty];
        let dataset = bad.iter().fold(Noise::new(len), |dataset, &(at, kind)| dataset.with(at, kinds[kind]));
        let (study, model) = (skipping().build().unwrap(), model());
        let whole = study.run(&dataset, &model, &mut ()).unwrap();
        let mut kept = StudyResults::default();
        for stop in stops {
            let mut keeper = Keeper::default();
            if failing { keeper.fail_after = Some(stop) } else { keeper.stop_after = Some(stop) }
            match study.resume(kept.clone(), &dataset, &model, &mut keeper) {
                Ok(results) => {
                    prop_assert_eq!(&results.saliency_metrics, &whole.saliency_metrics);
                    prop_assert_eq!(format!("{:?}", results.saliency_drift), format!("{:?}", whole.saliency_drift));
                }
                Err(Error::Stopped) => prop_assert!(!failing),
                Err(Error::Observer { .. }) => prop_assert!(failing),
                Err(error) => prop_assert!(false, "{:?}", error),
            }
            kept.predictions.extend(keeper.kept.predictions);
            kept.saliency_metrics.extend(keeper.kept.saliency_metrics);
            kept.saliency_drift.extend(keeper.kept.saliency_drift);
            kept.skipped.extend(keeper.kept.skipped);
        }
        let mut keeper = Keeper::default();
        let results = study.resume(kept.clone(), &dataset, &model, &mut keeper).unwrap();
        // Accuracies of settings without an image are NaN.
        prop_assert_eq!(format!("{:?}", results), format!("{:?}", whole));
        // The last run did nothing but the rest, and every image once.
        for pass in &keeper.started {
            prop_assert!(Some(pass.done) <= pass.total, "{:?}", pass);
        }
        let missing: usize = keeper.started.iter().map(|pass| pass.total.unwrap() - pass.done).sum();
        prop_assert_eq!(keeper.advanced, missing);
        kept.skipped.extend(keeper.kept.skipped);
        prop_assert_eq!(sorted(kept.skipped), sorted(whole.skipped));
    }

    #[test]
    fn parts_merge_to_the_whole(len in 1_usize..12, parts in 1_usize..6) {
        let (dataset, model) = (Noise::new(len).with(3, Bad::Unreadable), model());
        let whole = skipping().build().unwrap().run(&dataset, &model, &mut ()).unwrap();
        let mut joined = StudyResults::default();
        for number in 1..=parts {
            let shard = skipping().shard(Shard::new(number, parts).unwrap()).build().unwrap();
            let part = shard.run(&dataset, &model, &mut ()).unwrap();
            joined.predictions.extend(part.predictions);
            joined.saliency_metrics.extend(part.saliency_metrics);
            joined.saliency_drift.extend(part.saliency_drift);
            joined.skipped.extend(part.skipped);
        }
        let joined = skipping().build().unwrap().resume(joined, &dataset, &fails(), &mut ()).unwrap();
        prop_assert_eq!(format!("{:?}", joined), format!("{:?}", whole));
    }
}

#[test]
fn settings_that_leave_images_as_they_are_are_computed_once() {
    let images = AtomicUsize::new(0);
    let counting = FnModel::new(model().metadata().clone(), |batch| {
        images.fetch_add(batch.len(), Ordering::Relaxed);
        model().predict(batch)
    });
    let mut keeper = Keeper::default();
    let results = study().run(&Noise::new(4), &counting, &mut keeper).unwrap();
    // Three of four settings are scored and explained, each image with 12 masks.
    assert_eq!(images.into_inner(), 3 * 4 * (1 + 12));
    // The rows and the maps are there all the same.
    assert_eq!((results.predictions.len(), keeper.images.len()), (16, 16));
    let of = |setting: usize| {
        let name = &results.item_response[setting].setting;
        let images = keeper.images.iter().filter(move |(row, _)| row.setting == *name);
        images.map(|(row, image)| (row.metrics.clone(), image.truth.clone())).collect::<Vec<_>>()
    };
    assert_eq!(of(0), of(2));
    assert_eq!(results.item_response[0].accuracy_micro, results.item_response[2].accuracy_micro);
}

#[test]
fn equal_images_are_scored_and_explained_once_whatever_made_them_equal() {
    let images = AtomicUsize::new(0);
    let counting = FnModel::new(model().metadata().clone(), |batch| {
        images.fetch_add(batch.len(), Ordering::Relaxed);
        model().predict(batch)
    });
    let study = Study::builder()
        .sweep(Sweep::new("Brightness", "factor", [1.0, 0.5], Brightness::new).unwrap())
        // Neither says of itself that it leaves images as they are.
        .sweep(Sweep::new("Contrast", "factor", [1.0], Contrast::new).unwrap())
        // Both saturate.
        .sweep(Sweep::new("Darkness", "factor", [0.0, 1e-5], Brightness::new).unwrap())
        .explainer(Rise::builder().masks(12).build().unwrap())
        .randomness(Randomness::new(Rng::ChaCha, 7))
        .build()
        .unwrap();
    let dataset = Noise::new(4);
    let results = study.run(&dataset, &counting, &mut ()).unwrap();
    // Of black images all four are the same; each is explained with masks.
    assert_eq!(images.into_inner(), 4 + 4 + 1 + 3 * 4 * 12);
    let alone = Study::builder()
        .sweep(Sweep::new("Contrast", "factor", [1.0], Contrast::new).unwrap())
        .explainer(Rise::builder().masks(12).build().unwrap())
        .randomness(Randomness::new(Rng::ChaCha, 7))
        .build()
        .unwrap()
        .run(&dataset, &model(), &mut ())
        .unwrap();
    assert_eq!(results.saliency_metrics[8..12], alone.saliency_metrics);
    assert_eq!(results.predictions[8..12], alone.predictions);
}

/// A model that must not be asked.
fn fails() -> impl Model {
    let labels = LABELS.map(str::to_owned).to_vec();
    FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Logits), |_| Err("asked".into()))
}

#[test]
fn drift_is_that_of_the_maps_of_one_class_at_two_settings() {
    let mut keeper = Keeper::default();
    let dataset = Noise::new(6);
    let results = study().run(&dataset, &model(), &mut keeper).unwrap();
    assert_eq!(results.saliency_drift.len(), 24);
    let mut moved = 0;
    for (row, prediction) in results.saliency_drift.iter().zip(&results.predictions) {
        assert_eq!((&row.setting, row.image_id), (&prediction.setting, prediction.image_id));
        let first = if row.setting.perturber == "AverageBlur" { 1.0 } else { 0.0 };
        let at = |value: f64| {
            let found = |(image, _): &(SaliencyComparison, ExplainedImage)| {
                (image.image_id, &image.setting.perturber) == (row.image_id, &row.setting.perturber)
                    && image.setting.value.number() == Some(value)
            };
            let at = keeper.images.iter().position(found).unwrap();
            (&keeper.images[at].0, &keeper.unscaled[at])
        };
        let ((reference, clean), (here, maps)) = (at(first), at(row.setting.value.number().unwrap()));
        assert_eq!(row.reference_predicted, reference.predicted);
        assert_eq!((&row.predicted, row.kept), (&here.predicted, here.predicted == reference.predicted));
        let truth = (maps.truth.view(), clean.truth.view());
        let predicted = (maps.predicted.view(), maps.reference.view());
        assert_eq!(row.truth_pearson, pearson(truth.0, truth.1).unwrap());
        assert_eq!(row.truth_spearman, spearman(truth.0, truth.1).unwrap());
        assert_eq!(row.truth_ssd, unscaled_ssd(truth.0, truth.1).unwrap());
        assert_eq!(row.truth_iou, top_overlap(truth.0, truth.1, 0.2).unwrap());
        assert_eq!(row.truth_shift, centre_shift(truth.0, truth.1).unwrap());
        assert_eq!(row.predicted_pearson, pearson(predicted.0, predicted.1).unwrap());
        assert_eq!(row.predicted_ssd, unscaled_ssd(predicted.0, predicted.1).unwrap());
        let noise =
            noise_pearson(truth.0, maps.half_difference.view(), truth.1, clean.half_difference.view());
        assert_eq!(row.noise_pearson, noise.unwrap());
        if row.setting.value.number() == Some(first) {
            assert_eq!((row.truth_ssd, row.noise_pearson, row.kept), (0.0, 1.0, true));
            assert!(row.truth_pearson > 1.0 - 1e-6);
        } else {
            moved += usize::from(row.truth_pearson < 1.0 && row.noise_pearson < 1.0);
        }
        // The reference's map of a class is its map of the true class, where that is predicted.
        if row.predicted == row.truth {
            assert_eq!((&maps.truth, &clean.truth), (&maps.predicted, &maps.reference));
        }
    }
    assert_eq!(moved, 12);
}

#[test]
fn maps_of_another_size_are_not_compared() {
    use perturb::RandomCrop;

    let study = Study::builder()
        .sweep(Sweep::new("RandomCrop", "height", [6, 4], |height| RandomCrop::new([height, 4])).unwrap())
        .explainer(Rise::builder().masks(12).grid(3).build().unwrap())
        .build()
        .unwrap();
    let results = study.run(&Noise::new(2), &model(), &mut ()).unwrap();
    let measures: Vec<_> = results
        .saliency_drift
        .iter()
        .map(|row| [row.truth_ssd, row.predicted_iou, row.noise_pearson])
        .collect();
    assert!(measures[..2].iter().all(|row| *row == [0.0, 1.0, 1.0]), "{measures:?}");
    assert!(measures[2..].iter().flatten().all(|value| value.is_nan()), "{measures:?}");
}

#[test]
fn an_image_that_is_skipped_at_the_first_setting_has_no_drift() {
    let dataset = Noise::new(3).with(1, Bad::Explanation);
    let results = skipping().build().unwrap().run(&dataset, &model(), &mut ()).unwrap();
    let salt = |rows: usize| (results.saliency_metrics.len(), results.saliency_drift.len(), rows);
    let explained: Vec<_> = results.saliency_metrics.iter().filter(|row| row.image_id == 1).collect();
    // Salt gives the grey image colours, so that it is explained there.
    assert_eq!(explained.len(), 1, "{:?}", salt(0));
    assert!(results.saliency_drift.iter().all(|row| row.image_id != 1));
    assert_eq!(results.saliency_drift.len(), 2 * 4);
}

#[test]
fn it_stops_within_an_image_too() {
    let mut keeper = Keeper::default();
    study().run(&Noise::new(2), &model(), &mut keeper).unwrap();
    // 12 masks in batches of 5 ask three times per image. Two of the four settings leave images as they are.
    assert_eq!(keeper.within, 3 * 2 * 3);
    // Four settings of one batch each, then the first batch of masks.
    let mut keeper = Keeper { stop_after: Some(4), ..Keeper::default() };
    assert!(matches!(study().run(&Noise::new(2), &model(), &mut keeper), Err(Error::Stopped)));
    assert_eq!((keeper.kept.predictions.len(), keeper.kept.saliency_metrics.len()), (8, 0));
}

#[test]
fn an_image_is_explained_again_to_the_same_maps() {
    let mut keeper = Keeper::default();
    let dataset = Noise::new(3);
    study().run(&dataset, &model(), &mut keeper).unwrap();
    for (row, image) in keeper.images {
        assert_eq!(study().explain(&row, &dataset, &model()).unwrap(), image);
        let other = SaliencyComparison { image_id: 3, ..row.clone() };
        assert!(matches!(study().explain(&other, &dataset, &model()), Err(Error::Foreign { .. })));
        let other = SaliencyComparison { truth: "grey".into(), ..row };
        assert!(matches!(study().explain(&other, &dataset, &model()), Err(Error::Foreign { .. })));
    }
}

#[test]
fn bad_data_stop_the_study_by_name_or_are_skipped_and_listed() {
    for (bad, said) in [
        (Bad::Unreadable, "row 7: cannot decode"),
        (Bad::Channels, "(6, 5, 2)"),
        (Bad::Empty, "(0, 0, 3)"),
        (Bad::Label, "class 3"),
        (Bad::Score(f32::NAN), "NaN"),
        (Bad::Score(f32::INFINITY), "inf"),
        (Bad::Explanation, "grey image"),
    ] {
        let dataset = Noise::new(5).with(2, bad);
        let error = study().run(&dataset, &model(), &mut ()).unwrap_err();
        let chain = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
        let chain = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        assert!(chain.contains(said) && (chain.contains("datum 2") || chain.contains("image 2")), "{chain}");

        let mut keeper = Keeper::default();
        let results = skipping().build().unwrap().run(&dataset, &model(), &mut keeper).unwrap();
        let scored = bad == Bad::Explanation;
        // Salt and blur change the images of some that could not be explained or scored.
        let untouched: Vec<_> = results
            .skipped
            .iter()
            .filter(|row| row.setting.value.number() < Some(0.1) || row.setting.value.number() == Some(1.0))
            .collect();
        assert_eq!(untouched.len(), 2, "{bad:?} {:?}", results.skipped);
        assert!(untouched.iter().all(|row| row.image_id == 2 && row.error.contains(said)), "{untouched:?}");
        assert_eq!(results.item_response[0].count, if scored { 5 } else { 4 });
        assert_eq!(
            results
                .saliency_metrics
                .iter()
                .filter(|row| row.setting == results.item_response[0].setting)
                .count(),
            4
        );
        assert_eq!(sorted(keeper.kept.skipped), sorted(results.skipped));
    }
}

#[test]
fn a_study_that_skips_everything_has_no_accuracy() {
    let dataset = Noise::new(1).with(0, Bad::Unreadable);
    let results = skipping().build().unwrap().run(&dataset, &model(), &mut ()).unwrap();
    assert_eq!((results.skipped.len(), results.saliency_metrics.len()), (4, 0));
    assert!(results.item_response.iter().all(|row| row.count == 0 && row.accuracy_micro.is_nan()));
}

#[test]
fn results_of_another_study_are_refused() {
    let dataset = Noise::new(4);
    let whole = study().run(&dataset, &model(), &mut ()).unwrap();
    let refused = |change: &dyn Fn(&mut StudyResults), said: &str| {
        let mut finished = whole.clone();
        change(&mut finished);
        let error = study().resume(finished, &dataset, &model(), &mut ()).unwrap_err();
        assert!(matches!(error, Error::Foreign { .. }) && error.to_string().contains(said), "{error}");
    };
    refused(&|o| o.predictions[0].setting.perturber = "Fog".into(), "Fog ksize 1: image 0 has a setting");
    refused(&|o| o.predictions[3].image_id = 4, "image 4 is not among");
    refused(&|o| o.predictions.push(o.predictions[0].clone()), "image 0 occurs twice");
    refused(&|o| drop(o.predictions.remove(0)), "image 0 is explained, but has no scores");
    refused(&|o| drop(o.saliency_drift.remove(5)), "image 1 is explained, but its drift is missing");
    refused(&|o| drop(o.saliency_metrics.remove(5)), "image 1 has drifted, but is not explained");
}

#[test]
fn settings_and_columns_have_names_of_their_own() {
    let blur = || Sweep::new("AverageBlur", "ksize", [3], AverageBlur::new).unwrap();
    let error = Study::builder().sweep(blur()).sweep(blur()).build().unwrap_err();
    assert!(matches!(error, Error::Duplicate { what: "setting", .. }), "{error}");
    let error = Study::builder().sweep(blur()).saliency_metric(saliency_metrics::Ssd).build().unwrap_err();
    assert!(matches!(error, Error::Duplicate { what: "column", .. }), "{error}");
    assert!(matches!(Study::builder().build(), Err(Error::Parameter { value: 0, .. })));
    assert!(matches!(Study::builder().sweep(blur()).batch_size(0).build(), Err(Error::Parameter { .. })));
}

#[test]
fn an_explainer_that_cannot_take_the_images_is_refused_before_anything_is_scored() {
    let grey = Rise::builder().masks(12).fill(Fill::Color(vec![0])).build().unwrap();
    let study = builder().explainer(grey).build().unwrap();
    let error = study.run(&Noise::new(2), &fails(), &mut ()).unwrap_err();
    assert!(matches!(error, Error::Setting { .. }), "{error:?}");
    let said = "image 0 (`n0`) cannot be explained: the fill has 1 channels, expected 3 like the image";
    assert_eq!(protocols::with_causes(&error), said);
}

#[test]
fn a_study_of_one_class_is_refused_before_anything_is_scored() {
    let labels = vec!["red".to_owned()];
    let image = (Array3::zeros((4, 4, 3)), 0);
    let dataset = protocols::MemoryDataset::new("d", labels.clone(), vec![image]).unwrap();
    let metadata = ModelMetadata::new("m", labels, ScoreKind::Logits);
    let model = FnModel::new(metadata, |_: &[ArrayView3<'_, u8>]| Err("asked".into()));
    let error = study().run(&dataset, &model, &mut ()).unwrap_err();
    assert_eq!(error.to_string(), "number of classes is 1, expected at least 2");
}
