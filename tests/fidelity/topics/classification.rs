//! Multiclass metrics, fed batch by batch.

use classification_metrics::{Average, Multiclass, Normalization, Score};
use ndarray::{Array2, Axis, Ix1, Ix2};
use protocols::{Metric, MetricValue};

use super::Row;
use super::reference::Reference;

const SCORES: [(Score, &str); 4] = [
    (Score::Accuracy, "accuracy"),
    (Score::Precision, "precision"),
    (Score::Recall, "recall"),
    (Score::F1, "f1"),
];
const AVERAGES: [(Average, &str); 3] =
    [(Average::Micro, "micro"), (Average::Macro, "macro"), (Average::Weighted, "weighted")];

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("classification");
    let (mut plain, mut top, mut confusion) = ((0.0_f64, 0), (0.0_f64, 0), (0.0_f64, 0));
    for case in &reference.cases {
        let classes = case["classes"].as_u64().unwrap() as usize;
        let scores: Array2<f32> = reference.array(case, "scores").into_dimensionality::<Ix2>().unwrap();
        let targets = reference.array::<i64>(case, "target").into_dimensionality::<Ix1>().unwrap();
        let targets: Vec<usize> = targets.iter().map(|&target| target as usize).collect();
        let feed = |metric: &mut Multiclass, batch: usize| {
            for (scores, targets) in scores.axis_chunks_iter(Axis(0), batch).zip(targets.chunks(batch)) {
                metric.update(scores, targets, &[]).unwrap();
            }
            metric.compute().unwrap()
        };
        let mut builder = Multiclass::builder(classes).confusion_matrix(Normalization::None);
        for (score, _) in SCORES {
            for (average, _) in AVERAGES {
                builder = builder.score(score, average);
            }
        }
        let values = feed(&mut builder.build().unwrap(), 8);
        for (_, score) in SCORES {
            for (_, average) in AVERAGES {
                let name = format!("{score}_{average}");
                let ours = values[&name].as_scalar().unwrap();
                plain = (plain.0.max((ours - case[&name].as_f64().unwrap()).abs()), plain.1 + 1);
            }
        }
        let matrix: Array2<f64> = reference
            .array::<i64>(case, "confusion")
            .into_dimensionality::<Ix2>()
            .unwrap()
            .mapv(|n| n as f64);
        let same = values["confusion_matrix"] == MetricValue::Matrix(matrix);
        confusion = (confusion.0.max(f64::from(u8::from(!same))), confusion.1 + 1);
        for k in [2, 3] {
            // Equal scores have no defined order in torch.topk.
            let name = format!("accuracy_macro_top{k}");
            let ties = scores.rows().into_iter().any(|row| row.iter().all(|&score| score == row[0]));
            if let (Some(theirs), false) = (case[&name].as_f64(), ties) {
                let metric = Multiclass::builder(classes).top_k(k).score(Score::Accuracy, Average::Macro);
                let ours = feed(&mut metric.build().unwrap(), 8)[&name].as_scalar().unwrap();
                top = (top.0.max((ours - theirs).abs()), top.1 + 1);
            }
        }
    }
    let row =
        |what, (worst, cases), goal, bound| Row { what, with: "torchmetrics", goal, worst, bound, cases };
    vec![
        row("accuracy, precision, recall, F1: micro, macro, weighted", plain, "1e-6", 1e-6),
        row("top-2 and top-3 accuracy, macro", top, "1e-6", 1e-6),
        row("confusion matrix", confusion, "every count", 0.0),
    ]
}

#[test]
fn multiclass_metrics_agree_with_torchmetrics() {
    rows().iter().for_each(Row::check);
}
