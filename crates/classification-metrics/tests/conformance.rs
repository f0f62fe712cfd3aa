//! The metrics keep the promises of their traits.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use classification_metrics::{
    Average, CalibrationNorm, HingeMode, Multiclass, Normalization, Probabilistic, Score, Weighting,
};
use ndarray::Array2;
use protocols::conformance::check_mergeable_metric;
use protocols::{DatumMetadata, Predictions, ScoreKind};

const CLASSES: usize = 4;

/// Scores that are neither equal nor in order.
fn predictions() -> Predictions {
    let scores = Array2::from_shape_fn((30, CLASSES), |(i, class)| ((7 * i + 3 * class) % 11) as f32 / 11.0);
    let targets = (0..30).map(|i| (i * i) % CLASSES).collect();
    let metadata = (0..30).map(|i| DatumMetadata::new(i.to_string(), i)).collect();
    Predictions::new(scores, targets, metadata).unwrap()
}

#[test]
fn multiclass_conforms() {
    for top_k in [1, 2] {
        let mut builder = Multiclass::builder(CLASSES).top_k(top_k).matthews_correlation();
        for &average in Average::ALL {
            builder = builder.f_beta(0.5, average).stat_scores(average);
            builder = Score::ALL.iter().fold(builder, |builder, &score| builder.score(score, average));
        }
        builder = Weighting::ALL.iter().fold(builder, |builder, &weighting| builder.cohen_kappa(weighting));
        builder = Normalization::ALL.iter().fold(builder, |builder, &by| builder.confusion_matrix(by));
        let mut metric = builder.build().unwrap();
        let violations = check_mergeable_metric(&mut metric, &predictions());
        assert!(violations.is_empty(), "{violations}");
    }
}

#[test]
fn probabilistic_conforms() {
    for kind in ScoreKind::ALL {
        let mut builder = Probabilistic::builder(CLASSES, *kind);
        for average in [Average::Macro, Average::Weighted, Average::PerClass] {
            builder = builder.auroc(average).average_precision(average);
        }
        for &norm in CalibrationNorm::ALL {
            builder = builder.calibration_error(15, norm);
        }
        for &mode in HingeMode::ALL {
            builder = builder.hinge_loss(mode).squared_hinge_loss(mode);
        }
        let violations = check_mergeable_metric(&mut builder.build().unwrap(), &predictions());
        assert!(violations.is_empty(), "{violations}");
    }
}
