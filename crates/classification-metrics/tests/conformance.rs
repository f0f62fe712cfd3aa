//! The metrics keep the promises of their traits.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use classification_metrics::{Average, Multiclass, Score};
use ndarray::Array2;
use protocols::conformance::check_mergeable_metric;
use protocols::{DatumMetadata, Predictions};

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
        let mut metric = Multiclass::top_k(CLASSES, top_k).unwrap().with_confusion_matrix();
        for average in [Average::Micro, Average::Macro, Average::Weighted, Average::PerClass] {
            for score in [Score::Accuracy, Score::Precision, Score::Recall, Score::F1] {
                metric = metric.with(score, average);
            }
        }
        let violations = check_mergeable_metric(&mut metric, &predictions());
        assert!(violations.is_empty(), "{violations}");
    }
}
