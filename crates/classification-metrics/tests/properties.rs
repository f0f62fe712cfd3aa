//! However data are split and merged, the state is that of the whole.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use classification_metrics::{Average, Counts, Multiclass, Score};
use ndarray::Array2;
use proptest::prelude::*;
use protocols::{MergeableMetric, Metric};

const CLASSES: usize = 4;

type Data = Vec<([f32; CLASSES], usize)>;

fn data() -> impl Strategy<Value = Data> {
    prop::collection::vec((prop::array::uniform4(0.0_f32..1.0), 0..CLASSES), 0..30)
}

fn fed(batches: &[Data]) -> Multiclass {
    let mut metric = Multiclass::builder(CLASSES).score(Score::Accuracy, Average::Macro).build().unwrap();
    for batch in batches {
        let scores = batch.iter().flat_map(|(scores, _)| *scores).collect();
        let scores = Array2::from_shape_vec((batch.len(), CLASSES), scores).unwrap();
        let targets: Vec<usize> = batch.iter().map(|(_, target)| *target).collect();
        metric.update(scores.view(), &targets, &[]).unwrap();
    }
    metric
}

/// The first with the others merged into it, by way of their states as text.
fn merged(metrics: &[&Multiclass]) -> Multiclass {
    let mut sum = metrics[0].clone();
    for metric in &metrics[1..] {
        MergeableMetric::merge(&mut sum, &serde_json::from_str(&metric.state().to_string()).unwrap())
            .unwrap();
    }
    sum
}

proptest! {
    #[test]
    fn merging_is_associative_and_commutative(a in data(), b in data(), c in data()) {
        let whole = fed(&[[&a[..], &b, &c].concat()]);
        let [a, b, c] = [a, b, c].map(|part| fed(&[part]));
        for order in [[&a, &b, &c], [&c, &a, &b], [&b, &c, &a], [&c, &b, &a]] {
            prop_assert_eq!(merged(&order).state(), whole.state());
            let right = merged(&[order[1], order[2]]);
            prop_assert_eq!(merged(&[order[0], &right]).state(), whole.state());
        }
    }

    #[test]
    fn any_split_into_batches_gives_the_same_state(data in data(), cuts in prop::collection::vec(0_usize..30, 0..6)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(data.len())).collect();
        cuts.extend([0, data.len()]);
        cuts.sort_unstable();
        let batches: Vec<Data> = cuts.windows(2).map(|cut| data[cut[0]..cut[1]].to_vec()).collect();
        prop_assert_eq!(fed(&batches).state(), fed(&[data]).state());
    }

    #[test]
    fn counting_classes_is_counting_scores(data in data()) {
        let mut counts = Counts::new(CLASSES, 1).unwrap();
        for (scores, target) in &data {
            let predicted = protocols::argmax(ndarray::ArrayView1::from(scores)).unwrap();
            counts.count(*target, predicted).unwrap();
        }
        let fed = fed(&[data]);
        prop_assert_eq!(&counts, fed.counts());
    }
}
