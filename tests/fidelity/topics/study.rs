//! The whole study: perturb, score, explain, compare.

use std::fs::File;
use std::path::{Path, PathBuf};

use backend_rten::{RtenModel, RtenOptions};
use datasets::HuggingFaceParquet;
use model_folder::ModelFolder;
use perturb::{Randomness, Registry, Rng};
use protocols::{AlignedModel, Dataset, Subset};
use results::{ItemResponse, SaliencyComparison, read_csv};
use saliency::Rise;
use study::StudyConfig;

use super::Row;

/// Images that the original explained.
const EXPLAINED: usize = 4;

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn theirs<R: results::Row>(file: &str) -> Vec<R> {
    read_csv(File::open(at(&format!("tests/reference/study/{file}"))).unwrap()).unwrap()
}

pub fn rows() -> Vec<Row> {
    let config = StudyConfig::default();
    let tiles = HuggingFaceParquet::open(at("tests/reference/study/tiles.parquet")).unwrap();
    let folder = ModelFolder::open(at("models/eurosat-convnext")).unwrap();
    let model = RtenModel::load(&folder, &RtenOptions::new()).unwrap();
    let model = AlignedModel::new(model, &tiles.metadata().labels).unwrap();
    let run = |explainer: Rise, dataset: &dyn Dataset| {
        let study = config.builder(&Registry::builtin()).unwrap();
        let study = study.randomness(Randomness::new(Rng::Numpy, config.seed)).explainer(explainer);
        study.build().unwrap().run(dataset, &model, &mut ()).unwrap()
    };

    // Every image is scored, the first few are explained.
    let few = Rise::builder().masks(1).build().unwrap();
    let responses = run(few, &tiles).item_response;
    let accuracies = theirs::<ItemResponse>("item_response.csv");
    assert_eq!(responses.len(), accuracies.len());
    let accuracy = responses.iter().zip(&accuracies).fold(0.0_f64, |worst, (ours, theirs)| {
        assert_eq!((&ours.setting, ours.count), (&theirs.setting, theirs.count));
        let of = |a: f64, b: f64| (a - b).abs();
        worst
            .max(of(ours.accuracy_macro, theirs.accuracy_macro))
            .max(of(ours.accuracy_micro, theirs.accuracy_micro))
    });

    let first = Subset::take(&tiles, 0, EXPLAINED).unwrap();
    let comparisons = run(config.saliency.explainer(config.seed).unwrap(), &first).saliency_metrics;
    let originals = theirs::<SaliencyComparison>("saliency_metrics.csv");
    assert_eq!(comparisons.len(), originals.len());
    let mut predictions = 0;
    let mut differences: Vec<f64> = Vec::new();
    for (ours, theirs) in comparisons.iter().zip(&originals) {
        assert_eq!(
            (&ours.setting, ours.image_id, &ours.truth),
            (&theirs.setting, theirs.image_id, &theirs.truth)
        );
        predictions += usize::from(ours.predicted != theirs.predicted);
        let values = |row: &SaliencyComparison| -> Vec<f64> {
            let scores = [row.truth_score, row.predicted_score];
            scores
                .into_iter()
                .chain(["entropy", "ssd", "xcorr"].map(|name| row.metrics.get(name).unwrap()))
                .collect()
        };
        differences.extend(values(ours).iter().zip(values(theirs)).map(|(a, b)| (a - b).abs()));
    }
    differences.sort_by(f64::total_cmp);
    let cases = originals.len();
    let row = |what, goal, worst, bound, cases| Row {
        what,
        with: "NRTK, XAITK, MAITE, torchmetrics",
        goal,
        worst,
        bound,
        cases,
    };
    vec![
        row("whole study: accuracies", "equal", accuracy, 0.0, accuracies.len()),
        row("whole study: predictions that differ", "none", predictions as f64, 0.0, cases),
        row(
            "whole study: scores, entropy, SSD, cross-correlation",
            "1e-3 on every row",
            differences[differences.len() - 1],
            1e-3,
            cases,
        ),
        row("whole study: the same, median", "1e-4", differences[differences.len() / 2], 1e-4, cases),
    ]
}

#[test]
fn the_study_is_that_of_the_tutorial() {
    rows().iter().for_each(Row::check);
}
