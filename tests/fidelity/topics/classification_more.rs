//! The other multiclass metrics of torchmetrics, fed batch by batch.

use std::collections::BTreeMap;

use classification_metrics::{
    Average, CalibrationNorm, HingeMode, Multiclass, Normalization, Probabilistic, Score, Weighting,
};
use ndarray::{Array2, ArrayView2, Axis, Ix1, Ix2};
use protocols::{Metric, MetricValue, ScoreKind};
use serde_json::Value;

use super::Row;
use super::reference::Reference;

const BATCH: usize = 8;

const AVERAGES: [(Average, &str); 4] = [
    (Average::Micro, "micro"),
    (Average::Macro, "macro"),
    (Average::Weighted, "weighted"),
    (Average::PerClass, "none"),
];

const SCORES: [(Score, &str); 8] = [
    (Score::Accuracy, "Accuracy"),
    (Score::Precision, "Precision"),
    (Score::Recall, "Recall"),
    (Score::F1, "F1Score"),
    (Score::Specificity, "Specificity"),
    (Score::NegativePredictiveValue, "NegativePredictiveValue"),
    (Score::HammingDistance, "HammingDistance"),
    (Score::JaccardIndex, "JaccardIndex"),
];

/// The columns of torchmetrics' `StatScores`.
const STAT_SCORES: [&str; 5] =
    ["true_positives", "false_positives", "true_negatives", "false_negatives", "support"];

/// The largest difference, relative for values above 1, and how many values were compared.
#[derive(Default)]
struct Worst(f64, usize);

impl Worst {
    fn compare(&mut self, ours: f64, theirs: &Value) {
        let difference = match theirs.as_f64() {
            Some(theirs) => (ours - theirs).abs() / theirs.abs().max(1.0),
            None if ours.is_nan() => 0.0,
            None => f64::INFINITY,
        };
        // Not `max`, which ignores NaN.
        self.0 = if difference <= self.0 { self.0 } else { difference };
        self.1 += 1;
    }

    fn compare_value(&mut self, ours: &MetricValue, theirs: &Value) {
        match ours {
            MetricValue::Scalar(ours) => self.compare(*ours, theirs),
            MetricValue::PerClass(ours) => {
                let theirs = theirs.as_array().unwrap();
                assert_eq!(ours.len(), theirs.len());
                ours.iter().zip(theirs).for_each(|(ours, theirs)| self.compare(*ours, theirs));
            }
            MetricValue::Matrix(ours) => {
                let theirs = theirs.as_array().unwrap();
                for (ours, theirs) in ours.rows().into_iter().zip(theirs) {
                    self.compare_value(&MetricValue::PerClass(ours.to_vec()), theirs);
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

fn fed(
    metric: &mut dyn Metric,
    scores: ArrayView2<'_, f32>,
    targets: &[usize],
) -> BTreeMap<String, MetricValue> {
    for (scores, targets) in scores.axis_chunks_iter(Axis(0), BATCH).zip(targets.chunks(BATCH)) {
        metric.update(scores, targets, &[]).unwrap();
    }
    metric.compute().unwrap()
}

/// Whether `torch.topk` has to choose between equal scores.
fn ties(scores: &Array2<f32>, k: usize) -> bool {
    scores.rows().into_iter().any(|row| {
        let mut row = row.to_vec();
        row.sort_by(|a, b| b.total_cmp(a));
        row[k - 1] == row[k]
    })
}

/// Compares the curves over 20 thresholds. torchmetrics leaves the corner before the highest threshold out, which
/// matters unless it `is_empty`; and it gives a class without positives an average precision of 0.
fn compare_binned(
    curves: &mut Worst,
    ours: &BTreeMap<String, MetricValue>,
    theirs: &Value,
    defined: &[usize],
    is_empty: impl Fn(usize) -> bool,
) {
    for (ours_name, name) in [("auroc", "AUROC"), ("average_precision", "AveragePrecision")] {
        let per_class = ours[&format!("{ours_name}_per_class")].as_per_class().unwrap();
        for &class in defined.iter().filter(|&&class| ours_name != "auroc" || is_empty(class)) {
            curves.compare(per_class[class], &theirs[format!("{name}_none_20")][class]);
        }
        if defined.len() == per_class.len() && (0..per_class.len()).all(&is_empty) {
            for average in ["macro", "weighted"] {
                let ours = &ours[&format!("{ours_name}_{average}")];
                curves.compare_value(ours, &theirs[format!("{name}_{average}_20")]);
            }
        }
    }
}

#[expect(clippy::too_many_lines, reason = "each metric is compared in the same loop over the cases")]
pub fn rows() -> Vec<Row> {
    let reference = Reference::open("classification_more");
    let [mut by_class, mut overall, mut curves, mut losses] = std::array::from_fn(|_| Worst::default());
    for case in &reference.cases {
        let classes = case["classes"].as_u64().unwrap() as usize;
        let scores: Array2<f32> = reference.array(case, "scores").into_dimensionality::<Ix2>().unwrap();
        let targets = reference.array::<i64>(case, "target").into_dimensionality::<Ix1>().unwrap();
        let targets: Vec<usize> = targets.iter().map(|&target| target as usize).collect();
        let theirs = &case["values"];

        let mut builder = Multiclass::builder(classes).matthews_correlation();
        for (average, _) in AVERAGES {
            builder = SCORES.iter().fold(builder, |builder, (score, _)| builder.score(*score, average));
            builder = builder.f_beta(0.5, average).f_beta(2.0, average).stat_scores(average);
        }
        builder = Weighting::ALL.iter().fold(builder, |builder, &weighting| builder.cohen_kappa(weighting));
        builder = Normalization::ALL.iter().fold(builder, |builder, &by| builder.confusion_matrix(by));
        let ours = fed(&mut builder.build().unwrap(), scores.view(), &targets);
        for (average, original) in AVERAGES {
            for (score, name) in SCORES {
                by_class.compare_value(
                    &ours[&format!("{score}_{average}")],
                    &theirs[format!("{name}_{original}")],
                );
            }
            for (ours_name, name) in [("f0.5", "FBetaScore_0.5"), ("f2", "FBetaScore_2.0")] {
                by_class.compare_value(
                    &ours[&format!("{ours_name}_{average}")],
                    &theirs[format!("{name}_{original}")],
                );
            }
            let theirs = &theirs[format!("StatScores_{original}")];
            for (column, name) in STAT_SCORES.into_iter().enumerate() {
                let theirs = match average {
                    Average::PerClass => {
                        theirs.as_array().unwrap().iter().map(|row| row[column].clone()).collect()
                    }
                    _ => theirs[column].clone(),
                };
                by_class.compare_value(&ours[&format!("{name}_{average}")], &theirs);
            }
        }
        if classes > 2 && !ties(&scores, 2) {
            let mut builder = Multiclass::builder(classes).top_k(2).stat_scores(Average::Macro);
            builder =
                SCORES.iter().fold(builder, |builder, (score, _)| builder.score(*score, Average::Macro));
            let ours = fed(&mut builder.build().unwrap(), scores.view(), &targets);
            for (score, name) in SCORES {
                if let Some(theirs) = theirs.get(format!("{name}_macro_top2")) {
                    by_class.compare_value(&ours[&format!("{score}_macro_top2")], theirs);
                }
            }
            for (column, name) in STAT_SCORES.into_iter().enumerate() {
                by_class.compare_value(
                    &ours[&format!("{name}_macro_top2")],
                    &theirs["StatScores_macro_top2"][column],
                );
            }
        }
        for (ours_name, name) in [
            ("cohen_kappa", "CohenKappa_None"),
            ("cohen_kappa_linear", "CohenKappa_linear"),
            ("cohen_kappa_quadratic", "CohenKappa_quadratic"),
            ("matthews_correlation", "MatthewsCorrCoef"),
            ("accuracy_micro", "ExactMatch"),
            ("confusion_matrix_truth", "ConfusionMatrix_true"),
            ("confusion_matrix_prediction", "ConfusionMatrix_pred"),
            ("confusion_matrix_all", "ConfusionMatrix_all"),
        ] {
            overall.compare_value(&ours[ours_name], &theirs[name]);
        }

        let logits = scores.iter().any(|score| !(0.0..=1.0).contains(score));
        let kind = if logits { ScoreKind::Logits } else { ScoreKind::Probabilities };
        let mut builder = Probabilistic::builder(classes, kind);
        for (average, _) in &AVERAGES[1..] {
            builder = builder.auroc(*average).average_precision(*average);
        }
        builder =
            CalibrationNorm::ALL.iter().fold(builder, |builder, &norm| builder.calibration_error(15, norm));
        builder = builder.calibration_error(4, CalibrationNorm::L1);
        for &mode in HingeMode::ALL {
            builder = builder.hinge_loss(mode).squared_hinge_loss(mode);
        }
        let binned = fed(&mut builder.clone().thresholds(20).build().unwrap(), scores.view(), &targets);
        let ours = fed(&mut builder.build().unwrap(), scores.view(), &targets);
        for (average, original) in &AVERAGES[1..] {
            let name = format!("average_precision_{average}");
            curves.compare_value(&ours[&name], &theirs[format!("AveragePrecision_{original}")]);
        }
        // torchmetrics gives a class without positives or without negatives 0, and includes it.
        let occurs =
            |class: &usize| (1..targets.len()).contains(&targets.iter().filter(|t| *t == class).count());
        let defined: Vec<usize> = (0..classes).filter(occurs).collect();
        assert_eq!(ours["auroc_undefined"].as_scalar(), Some((classes - defined.len()) as f64));
        let per_class = ours["auroc_per_class"].as_per_class().unwrap();
        for &class in &defined {
            curves.compare(per_class[class], &theirs["AUROC_none"][class]);
        }
        compare_binned(&mut curves, &binned, theirs, &defined, |class| {
            scores.column(class).iter().zip(&targets).all(|(&score, &target)| score < 1.0 || target == class)
        });
        if defined.len() == classes {
            curves.compare_value(&ours["auroc_macro"], &theirs["AUROC_macro"]);
            curves.compare_value(&ours["auroc_weighted"], &theirs["AUROC_weighted"]);
        }
        for (ours_name, name) in [
            ("calibration_error_l1_15", "CalibrationError_l1_15"),
            ("calibration_error_l2_15", "CalibrationError_l2_15"),
            ("calibration_error_max_15", "CalibrationError_max_15"),
            ("calibration_error_l1_4", "CalibrationError_l1_4"),
            ("hinge_loss_crammer_singer", "HingeLoss_crammer-singer_plain"),
            ("squared_hinge_loss_crammer_singer", "HingeLoss_crammer-singer_squared"),
            ("hinge_loss_one_vs_all", "HingeLoss_one-vs-all_plain"),
            ("squared_hinge_loss_one_vs_all", "HingeLoss_one-vs-all_squared"),
        ] {
            losses.compare_value(&ours[ours_name], &theirs[name]);
        }
    }
    let row = |what, Worst(worst, cases)| Row {
        what,
        with: "torchmetrics",
        goal: "1e-6",
        worst,
        bound: 1e-6,
        cases,
    };
    vec![
        row(
            "F-beta, specificity, NPV, Hamming, Jaccard, stat scores: micro, macro, weighted, per class",
            by_class,
        ),
        row("Cohen's kappa, Matthews, exact match, normalised confusion matrices", overall),
        row("AUROC and average precision, also over thresholds: macro, weighted, per class", curves),
        row("calibration errors (ECE, RMS, MCE) and hinge losses", losses),
    ]
}

#[test]
fn the_other_multiclass_metrics_agree_with_torchmetrics() {
    rows().iter().for_each(Row::check);
}
