//! A study of a program's own perturber, metrics, dataset and model: composed, swept, interrupted, resumed and merged.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use ndarray::{Array2, Array3, ArrayView2, ArrayView3};
use perturb::{Compose, GaussianBlur, Perturber, Random, Registry, Sweep};
use protocols::{
    BoxError, Dataset as _, DatumMetadata, FnModel, MemoryDataset, Metric, MetricMetadata, MetricValue,
    Model, ModelMetadata, Observer, ScoreKind,
};
use report::Comparison;
use results::{ItemResponse, Robustness, SaliencyComparison, SaliencyDrift, StudyResults, read_csv};
use saliency::Rise;
use saliency_metrics::SaliencyMetric;
use serde::Deserialize;
use study::{OnError, Shard, StudyBuilder, StudyConfig, StudyObserver};
use study_store::{Error, FinishedRun, Shards, StudyFolder, write_comparison};

/// Mixes an image with grey, and keeps its left half only: the size changes.
#[derive(Debug, Deserialize)]
struct Fog {
    density: f64,
}

impl Perturber for Fog {
    fn name(&self) -> &'static str {
        "Fog"
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([("density".to_owned(), self.density.into())])
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, perturb::Error> {
        let width = image.dim().1.div_ceil(2);
        let grey = 180.0 + 20.0 * random.unit();
        let left = image.slice(ndarray::s![.., ..width, ..]);
        Ok(left.mapv(|value| (f64::from(value) * (1.0 - self.density) + grey * self.density) as u8))
    }
}

/// The largest value of the predicted class's map.
#[derive(Debug)]
struct Peak;

impl SaliencyMetric for Peak {
    fn name(&self) -> &'static str {
        "peak"
    }

    fn compute(
        &self,
        _map: ArrayView2<'_, f32>,
        reference: ArrayView2<'_, f32>,
    ) -> Result<f64, saliency_metrics::Error> {
        Ok(reference.iter().copied().fold(f32::MIN, f32::max).into())
    }
}

/// The mean score of the true class, which needs all scores of every image.
struct MeanTruthScore {
    metadata: MetricMetadata,
    sum: f64,
    count: usize,
}

impl Metric for MeanTruthScore {
    fn metadata(&self) -> &MetricMetadata {
        &self.metadata
    }

    fn reset(&mut self) {
        (self.sum, self.count) = (0.0, 0);
    }

    fn update(
        &mut self,
        scores: ArrayView2<'_, f32>,
        targets: &[usize],
        _: &[DatumMetadata],
    ) -> Result<(), BoxError> {
        let truths = scores.rows().into_iter().zip(targets).map(|(row, &target)| f64::from(row[target]));
        self.sum += truths.sum::<f64>();
        self.count += targets.len();
        Ok(())
    }

    fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError> {
        let mean = MetricValue::Scalar(self.sum / self.count as f64);
        Ok(BTreeMap::from([("mean_truth_score".to_owned(), mean)]))
    }
}

fn labels() -> Vec<String> {
    ["dark", "bright"].map(str::to_owned).into()
}

/// Images of two sizes.
fn dataset() -> MemoryDataset {
    let image = |i: usize| {
        let shape = if i.is_multiple_of(3) { (12, 20, 3) } else { (16, 16, 3) };
        Array3::from_shape_fn(shape, |(y, x, c)| (i * 31 + y * 7 + x * 5 + c * 3) as u8)
    };
    MemoryDataset::new("ramps", labels(), (0..7).map(|i| (image(i), usize::from(i > 3))).collect()).unwrap()
}

fn model() -> impl Model {
    FnModel::new(ModelMetadata::new("mean", labels(), ScoreKind::Probabilities), |images| {
        let bright = |i: usize| images[i].mapv(f32::from).mean().unwrap() / 255.0;
        Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - bright(i), bright(i)][class]))
    })
}

/// The sweep of the program's own perturber comes from a study file, that of a composition from code.
fn study() -> StudyBuilder {
    let mut registry = Registry::builtin();
    registry.register::<Fog>("Fog").unwrap();
    let text = "[saliency]\nmasks = 12\ngrid = 3\nfill = [9, 9, 9]\n\n\
                [[perturbers]]\nname = \"Fog\"\nparameter = \"density\"\nvalues = [0.1, 0.7]\n";
    let blurred_fog =
        |density| Ok::<_, perturb::Error>(Compose::new().then(Fog { density }).then(GaussianBlur::new(3)?));
    StudyConfig::from_toml(text)
        .unwrap()
        .builder(&registry)
        .unwrap()
        .sweep(Sweep::new("BlurredFog", "density", [0.4], blurred_fog).unwrap())
        .saliency_metric(Peak)
        .metric(|_labels| {
            let metadata = MetricMetadata::new("mean_truth_score");
            Ok(MeanTruthScore { metadata, sum: 0.0, count: 0 })
        })
        .batch_size(2)
}

fn run(
    folder: &Path,
    builder: StudyBuilder,
    observer: &mut dyn StudyObserver,
) -> Result<StudyResults, Error> {
    let folder = StudyFolder::open(folder)?.save_maps(true).attachment("note.txt", "by the test");
    folder.resume(&builder.build().unwrap(), &dataset(), &model(), observer)
}

/// Every file of a folder but the journal, whose lines may be split differently.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.path().is_file() && entry.file_name() != "study.journal");
    files
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect()
}

fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (files(one), files(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(other[name] == *bytes, "{name} differs");
    }
}

/// Stops after a number of calls.
struct StopAfter(usize);

impl Observer for StopAfter {
    fn advanced(&mut self, _count: usize) -> ControlFlow<()> {
        self.0 = self.0.saturating_sub(1);
        if self.0 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl StudyObserver for StopAfter {}

#[test]
fn the_tables_have_a_column_for_every_metric() {
    let temporary = tempfile::tempdir().unwrap();
    let results = run(temporary.path(), study(), &mut ()).unwrap();
    let settings: Vec<String> = results.item_response.iter().map(|row| row.setting.to_string()).collect();
    assert_eq!(settings, ["Fog density 0.1", "Fog density 0.7", "BlurredFog density 0.4"]);
    let file = |name: &str| std::fs::File::open(temporary.path().join(name)).unwrap();
    let responses: Vec<ItemResponse> = read_csv(file("item_response.csv")).unwrap();
    for row in &responses {
        assert_eq!(row.metrics.names().collect::<Vec<_>>(), ["mean_truth_score"]);
        let rows = results.predictions.iter().filter(|prediction| prediction.setting == row.setting);
        let mean = rows.map(|row| row.truth_score).sum::<f64>() / 7.0;
        assert!((row.metrics.get("mean_truth_score").unwrap() - mean).abs() < 1e-12);
    }
    let comparisons: Vec<SaliencyComparison> = read_csv(file("saliency_metrics.csv")).unwrap();
    assert_eq!(comparisons.len(), 3 * 7);
    assert!(comparisons.iter().all(|row| row.metrics.names().eq(["entropy", "ssd", "xcorr", "peak"])));
    let read = StudyResults::read_json(file("results.json")).unwrap();
    assert_eq!(format!("{read:?}"), format!("{results:?}"));
    let drifts: Vec<SaliencyDrift> = read_csv(file("saliency_drift.csv")).unwrap();
    assert_eq!(drifts, results.saliency_drift);
    for (drift, row) in drifts.iter().zip(&comparisons) {
        assert_eq!((&drift.setting, drift.image_id, &drift.truth), (&row.setting, row.image_id, &row.truth));
    }
    let reference: Vec<f64> = drifts.iter().take(7).map(|row| row.truth_ssd).collect();
    assert_eq!((drifts.len(), reference), (3 * 7, vec![0.0; 7]));
    assert!(drifts.iter().skip(7).take(7).all(|row| row.truth_ssd > 0.0 && row.noise_pearson < 1.0));
    let robustness: Vec<Robustness> = read_csv(file("robustness.csv")).unwrap();
    // Numbers that are undefined are not equal to themselves.
    assert_eq!(format!("{robustness:?}"), format!("{:?}", results.robustness));
    let area = robustness.iter().find(|row| row.measure == "area_micro").unwrap();
    let [first, second, ..] = &responses[..] else { panic!("{responses:?}") };
    assert_eq!(area.number, f64::midpoint(first.accuracy_micro, second.accuracy_micro));
    assert_eq!(robustness.iter().filter(|row| row.measure == "image_lost").count(), 2 * 7);
    // The maps have the sizes of the perturbed images.
    let sizes = ["truth-12x10.npy", "reference_unscaled-16x8.npy"].map(|name| {
        let maps: Array3<f32> = ndarray_npy::read_npy(temporary.path().join(name)).unwrap();
        maps.dim()
    });
    assert_eq!(sizes, [(3 * 3, 12, 10), (3 * 4, 16, 8)]);
    let page = std::fs::read_to_string(temporary.path().join("report.html")).unwrap();
    assert!(page.contains("BlurredFog") && page.contains("peak"));
    assert_eq!(std::fs::read(temporary.path().join("note.txt")).unwrap(), b"by the test");
}

#[test]
fn an_interrupted_study_resumes_to_the_same_files() {
    let temporary = tempfile::tempdir().unwrap();
    let [whole, resumed] = ["whole", "resumed"].map(|name| temporary.path().join(name));
    let expected = run(&whole, study(), &mut ()).unwrap();
    for stop in [1, 3, 9, 14, 20] {
        match run(&resumed, study(), &mut StopAfter(stop)) {
            Err(Error::Study(study::Error::Stopped)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(format!("{:?}", run(&resumed, study(), &mut ()).unwrap()), format!("{expected:?}"));
    assert_same(&whole, &resumed);
    // A finished study is resumed to itself; only the sample images of the report are explained again.
    assert_eq!(format!("{:?}", run(&resumed, study(), &mut ()).unwrap()), format!("{expected:?}"));
    assert_same(&whole, &resumed);
}

#[test]
fn finished_runs_are_compared() {
    let temporary = tempfile::tempdir().unwrap();
    let path = |name: &str| temporary.path().join(name);
    let dark = FnModel::new(ModelMetadata::new("dark", labels(), ScoreKind::Probabilities), |images| {
        Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| {
            let left = f32::from(images[i][[0, 0, 0]]) / 255.0;
            [1.0 - left, left][class]
        }))
    });
    run(&path("a"), study(), &mut ()).unwrap();
    let folder = StudyFolder::open(path("b")).unwrap();
    folder.run(&study().build().unwrap(), &dataset(), &dark, &mut ()).unwrap();
    let [a, b] = ["a", "b"].map(|name| FinishedRun::open(path(name)).unwrap());
    let studies = [a.results().clone(), b.results().clone()];
    let comparison = Comparison::new(&studies).unwrap();
    assert_eq!(comparison.models(), ["mean", "dark"]);
    let shown = comparison.shown();
    assert!(!shown.is_empty(), "each model loses an image alone");
    // Each run explains its images again, with its own model only.
    let study = study().build().unwrap();
    let images = [
        a.explain(&shown, &folder, &study, &dataset(), &model()).unwrap(),
        b.explain(&shown, &folder, &study, &dataset(), &dark).unwrap(),
    ];
    assert!(images.iter().all(|images| images.len() == shown.len()));
    let error = a.explain(&shown, &folder, &study, &dataset(), &dark).unwrap_err();
    assert!(error.to_string().contains("model.id was \"mean\" and is \"dark\""), "{error}");
    write_comparison(path("both"), &comparison.images(&images)).unwrap();
    let names = files(&path("both")).into_keys().collect::<Vec<_>>();
    assert_eq!(names, ["comparison.html", "comparison.md", "curves.png", "curves.svg"]);
    let page = std::fs::read_to_string(path("both").join("comparison.html")).unwrap();
    assert!(page.contains("Where each model looks"));

    assert!(matches!(FinishedRun::open(path("both")), Err(Error::NoRun { .. })));
    run(&path("stopped"), self::study(), &mut StopAfter(9)).unwrap_err();
    assert!(matches!(FinishedRun::open(path("stopped")), Err(Error::UnfinishedRun { .. })));
    let shard = self::study().shard(Shard::new(1, 2).unwrap());
    run(&path("shard"), shard, &mut ()).unwrap();
    let error = FinishedRun::open(path("shard")).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "it holds the shard 1/2, expected a whole study");
}

#[test]
fn shards_merge_to_the_files_of_one_run() {
    let temporary = tempfile::tempdir().unwrap();
    let whole = temporary.path().join("whole");
    let expected = run(&whole, study(), &mut ()).unwrap();
    let parts = temporary.path().join("parts");
    for number in [3, 1, 2] {
        let shard = study().shard(Shard::new(number, 3).unwrap());
        run(&parts.join(format!("shard-{number}-of-3")), shard, &mut ()).unwrap();
    }
    let shards = Shards::open(&[&parts]).unwrap();
    let folder = StudyFolder::open(&parts).unwrap().attachment("note.txt", "by the test");
    let merged = shards.merge(&folder, &study().build().unwrap(), &dataset(), &model(), &mut ()).unwrap();
    assert_eq!(format!("{merged:?}"), format!("{expected:?}"));
    assert_same(&whole, &parts);
    // Another study is not that of the shards.
    let other = study().explainer(Rise::builder().masks(3).build().unwrap()).build().unwrap();
    let error = shards.merge(&folder, &other, &dataset(), &model(), &mut ()).unwrap_err();
    assert!(
        matches!(&error, Error::Different { .. }) && error.to_string().contains("explainer was"),
        "{error}"
    );
}

#[test]
fn only_the_same_study_of_the_same_images_resumes() {
    let temporary = tempfile::tempdir().unwrap();
    run(temporary.path(), study(), &mut StopAfter(9)).unwrap_err();
    let refused = |folder: StudyFolder, builder: StudyBuilder, dataset: &MemoryDataset, part: &str| {
        let error = folder.resume(&builder.build().unwrap(), dataset, &model(), &mut ()).unwrap_err();
        let said = error.to_string();
        assert!(matches!(error, Error::Different { .. }) && said.contains(part), "{said}");
    };
    let folder = || StudyFolder::open(temporary.path()).unwrap().save_maps(true);
    let blur = Sweep::new("GaussianBlur", "ksize", [3], GaussianBlur::new).unwrap();
    refused(folder(), study().sweep(blur), &dataset(), "settings was");
    let half = saliency_metrics::FnMetric::new("half", |_, _| Ok(0.5));
    refused(folder(), study().saliency_metric(half), &dataset(), "saliency_metrics was");
    refused(folder().identity(&"mine").unwrap(), study(), &dataset(), "was not set and is \"mine\"");
    // The same images under other names.
    let data = (0..7).map(|i| {
        let mut datum = dataset().get(i).unwrap();
        datum.metadata.id = format!("renamed {i}");
        datum
    });
    let renamed = MemoryDataset::from_data(dataset().metadata().clone(), data.collect()).unwrap();
    refused(folder(), study(), &renamed, "dataset.checksum was");
    // An unfinished run is not overwritten; how it runs may change.
    let again = folder().run(&study().build().unwrap(), &dataset(), &model(), &mut ());
    assert!(matches!(again, Err(Error::Unfinished { .. })), "{again:?}");
    let skipping = study().on_error(OnError::Skip).batch_size(5).build().unwrap();
    assert!(folder().save_maps(false).resume(&skipping, &dataset(), &model(), &mut ()).is_ok());
}
