use std::ops::ControlFlow;
use std::sync::Mutex;
use std::thread::{self, ThreadId};

use ndarray::{Array2, Array3, ArrayView2, ArrayView3};
use proptest::prelude::*;

use super::*;
use crate::{
    Augmentation, AugmentationMetadata, BoxError, DatasetMetadata, Datum, DatumMetadata, EvaluationObserver,
    FnModel, MetricMetadata, ModelMetadata, Observer, Pass, Place, ScoreKind,
};

const CLASSES: usize = 3;

/// Images of one value, their index; reading fails at some of them.
struct Numbers {
    metadata: DatasetMetadata,
    len: usize,
    unreadable: Vec<usize>,
    readers: Mutex<Vec<ThreadId>>,
}

impl Numbers {
    fn new(len: usize) -> Self {
        let metadata = DatasetMetadata::new("numbers", labels());
        Self { metadata, len, unreadable: vec![], readers: Mutex::default() }
    }
}

impl Dataset for Numbers {
    fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        self.readers.lock().unwrap().push(thread::current().id());
        if self.unreadable.contains(&index) {
            return Err("no such number".into());
        }
        let image = Array3::from_elem((1, 2, 1), index as u8);
        Ok(Datum { image, target: index % CLASSES, metadata: DatumMetadata::new(format!("n{index}"), index) })
    }
}

fn labels() -> Vec<String> {
    ["a", "b", "c"].map(str::to_owned).to_vec()
}

fn model_of(f: impl Fn(&[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError>) -> impl Model {
    FnModel::new(ModelMetadata::new("m", labels(), ScoreKind::Logits), f)
}

fn scores_of(images: &[ArrayView3<'_, u8>]) -> Array2<f32> {
    Array2::from_shape_fn((images.len(), CLASSES), |(i, class)| {
        f32::from(images[i][[0, 1, 0]]) + class as f32
    })
}

fn model() -> impl Model {
    model_of(|images| Ok(scores_of(images)))
}

struct AddOne(AugmentationMetadata);

impl Augmentation for AddOne {
    fn metadata(&self) -> &AugmentationMetadata {
        &self.0
    }

    fn augment(&self, mut datum: Datum) -> Result<Datum, BoxError> {
        datum.image += 1;
        Ok(datum)
    }
}

fn add_one() -> AddOne {
    AddOne(AugmentationMetadata::new("add one"))
}

/// Sums of scores and targets; refuses one target.
struct Sums(MetricMetadata, f64, usize, Option<usize>);

impl Metric for Sums {
    fn metadata(&self) -> &MetricMetadata {
        &self.0
    }

    fn reset(&mut self) {
        (self.1, self.2) = (0.0, 0);
    }

    fn update(&mut self, s: ArrayView2<'_, f32>, t: &[usize], m: &[DatumMetadata]) -> Result<(), BoxError> {
        assert_eq!((s.nrows(), s.nrows()), (t.len(), m.len()));
        if self.3.is_some_and(|refused| t.contains(&refused)) {
            return Err("refused".into());
        }
        self.1 += f64::from(s.sum());
        self.2 += t.iter().sum::<usize>();
        Ok(())
    }

    fn compute(&self) -> Result<BTreeMap<String, MetricValue>, BoxError> {
        let values = [("scores", self.1), ("targets", self.2 as f64)];
        Ok(values.into_iter().map(|(name, value)| (name.to_owned(), MetricValue::Scalar(value))).collect())
    }
}

fn sums() -> Sums {
    Sums(MetricMetadata::new("sums"), 1e9, 7, None)
}

fn pairs<'a>() -> EvaluateOptions<'a> {
    EvaluateOptions::new().batch_size(2)
}

#[test]
fn metrics_start_from_nothing_and_see_every_datum_once() {
    let mut metric = sums();
    let evaluation = evaluate(&model(), &Numbers::new(5), &mut [&mut metric], pairs()).unwrap();
    // The scores of image i sum to 3 i + 0 + 1 + 2; the targets are 0, 1, 2, 0, 1.
    assert_eq!(evaluation.scalar("scores"), Some(45.0));
    assert_eq!(evaluation.scalar("targets"), Some(4.0));
    assert_eq!(evaluation.count, 5);
    assert!(evaluation.predictions.is_none());
}

#[test]
fn augmented_images_are_scored_and_returned() {
    let augmentation = add_one();
    let options = pairs().augmentation(&augmentation).keep_images();
    let predictions = predict(&model(), &Numbers::new(3), options).unwrap();
    assert_eq!(predictions.images().unwrap()[2], Array3::from_elem((1, 2, 1), 3));
    assert_eq!(predictions.scores().column(0).to_vec(), [1.0, 2.0, 3.0]);
    assert_eq!(predictions.metadata()[1].id, "n1");
    assert!(predict(&model(), &Numbers::new(3), pairs()).unwrap().images().is_none());
}

#[test]
fn data_are_read_on_other_threads_unless_there_are_none() {
    let here = thread::current().id();
    for (threads, elsewhere) in [(0, false), (1, true), (3, true)] {
        let dataset = Numbers::new(9);
        let model = model_of(|images| {
            assert_eq!(thread::current().id(), here);
            Ok(scores_of(images))
        });
        predict(&model, &dataset, pairs().loader_threads(threads)).unwrap();
        let readers = dataset.readers.into_inner().unwrap();
        assert_eq!(readers.len(), 9);
        assert!(readers.iter().all(|&reader| (reader != here) == elsewhere));
    }
}

#[test]
fn a_batch_size_of_zero_is_refused_by_name() {
    let error = predict(&model(), &Numbers::new(3), EvaluateOptions::new().batch_size(0)).unwrap_err();
    assert_eq!(error.to_string(), "batch_size is 0, expected at least 1");
}

#[test]
fn a_batch_ends_when_its_images_reach_the_memory_limit() {
    // An image has 2 bytes.
    for (limit, batches) in [(5, [3, 1, 3, 1, 1].as_slice()), (2, &[1; 9]), (0, &[1; 9]), (8, &[4, 4, 1])] {
        for threads in [0, 2] {
            let seen = std::cell::RefCell::new(vec![]);
            let model = model_of(|images| {
                seen.borrow_mut().push(images.len());
                Ok(scores_of(images))
            });
            let options = EvaluateOptions::new().batch_size(4).memory_limit(limit).loader_threads(threads);
            predict(&model, &Numbers::new(9), options).unwrap();
            assert_eq!(*seen.borrow(), batches, "{limit} bytes");
        }
    }
}

#[test]
fn a_datum_that_cannot_be_read_is_named() {
    let dataset = Numbers { unreadable: vec![3, 4], ..Numbers::new(6) };
    for threads in 0..3 {
        let error = predict(&model(), &dataset, pairs().loader_threads(threads)).unwrap_err();
        assert_eq!(error.to_string(), "cannot read datum 3 of dataset `numbers`");
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no such number");
    }
}

#[test]
fn a_model_that_fails_is_named_with_the_image_or_its_batch_and_leaves_no_thread_waiting() {
    // It fails on image 5, or on batches of several that contain it.
    for alone in [true, false] {
        for threads in [0, 1, 4] {
            let failing = model_of(|images| {
                let bad = images.iter().any(|image| image[[0, 0, 0]] == 5);
                if bad && (alone || images.len() > 1) {
                    Err("out of memory".into())
                } else {
                    Ok(scores_of(images))
                }
            });
            let error = predict(&failing, &Numbers::new(200), pairs().loader_threads(threads)).unwrap_err();
            let Error::Predict { model, place, .. } = error else { panic!("{error:?}") };
            assert_eq!((model.as_str(), place.first, place.last), ("m", if alone { 5 } else { 4 }, 5));
        }
    }
}

#[test]
fn one_row_for_several_images_is_refused() {
    let broadcasting = model_of(|images| Ok(scores_of(&images[..1])));
    let error = predict(&broadcasting, &Numbers::new(3), pairs()).unwrap_err();
    assert!(matches!(error, Error::ScoreShape { rows: 1, expected_rows: 2, .. }), "{error:?}");
    let narrow = model_of(|images| Ok(Array2::zeros((images.len(), CLASSES - 1))));
    let error = predict(&narrow, &Numbers::new(3), pairs()).unwrap_err();
    assert!(matches!(error, Error::ScoreShape { columns: 2, expected_columns: 3, .. }), "{error:?}");
}

#[test]
fn a_score_that_is_not_finite_is_named_with_its_datum() {
    let model = model_of(|images| {
        let mut scores = scores_of(images);
        scores.mapv_inplace(|score| if score == 5.0 { f32::NAN } else { score });
        Ok(scores)
    });
    // 5 is class 2 of image 3.
    let error = predict(&model, &Numbers::new(6), pairs()).unwrap_err();
    let Error::ScoreNotFinite { place, class: 2, .. } = error else { panic!("{error:?}") };
    assert_eq!(place.to_string(), "datum 3 (`n3`) of dataset `numbers`");
}

#[test]
fn nothing_to_evaluate_is_an_error() {
    let error = predict(&model(), &Numbers::new(0), pairs()).unwrap_err();
    assert_eq!(error.to_string(), "dataset `numbers` holds no data, expected at least one datum");
    let error = predict(&model(), &Numbers::new(3), pairs().only(&[])).unwrap_err();
    let expected = "the selection from dataset `numbers` holds no data, expected at least one datum";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn classes_in_another_order_are_refused_unless_trusted() {
    let mut dataset = Numbers::new(2);
    dataset.metadata.labels.swap(1, 2);
    let error = predict(&model(), &dataset, pairs()).unwrap_err();
    assert!(matches!(error, Error::LabelOrder { class: 1, .. }), "{error:?}");
    assert!(predict(&model(), &dataset, pairs().trust_label_order()).is_ok());
}

#[test]
fn a_class_that_the_model_does_not_have_is_refused() {
    let dataset = Numbers::new(3);
    let metadata = ModelMetadata::new("m", labels()[..2].to_vec(), ScoreKind::Logits);
    let narrow = FnModel::new(metadata, |images| Ok(Array2::zeros((images.len(), 2))));
    let error = predict(&narrow, &dataset, pairs().trust_label_order()).unwrap_err();
    let Error::Target { place, target: 2, classes: 2 } = error else { panic!("{error:?}") };
    assert_eq!(place, Place::of_datum(2).named("n2").in_dataset("numbers"));
}

#[test]
fn a_metric_that_fails_is_named() {
    let mut metric = Sums(MetricMetadata::new("picky"), 0.0, 0, Some(2));
    let error = evaluate(&model(), &Numbers::new(5), &mut [&mut metric], pairs()).unwrap_err();
    let Error::Update { metric, place, .. } = error else { panic!("{error:?}") };
    assert_eq!((metric.as_str(), (place.first, place.last)), ("picky", (2, 3)));
}

#[test]
fn failures_are_skipped_and_listed_on_request() {
    let dataset = Numbers { unreadable: vec![1], ..Numbers::new(8) };
    let model = model_of(|images| {
        if images.iter().any(|image| image[[0, 0, 0]] == 4) {
            return Err("four".into());
        }
        let mut scores = scores_of(images);
        scores.rows_mut().into_iter().filter(|row| row[0] == 6.0).for_each(|mut row| row.fill(f32::INFINITY));
        Ok(scores)
    });
    for (threads, batch_size) in [(0, 1), (1, 3), (3, 8)] {
        let options = pairs().batch_size(batch_size).loader_threads(threads).skip_failures();
        let mut metric = sums();
        let evaluation = evaluate(&model, &dataset, &mut [&mut metric], options.keep_predictions()).unwrap();
        let predictions = evaluation.predictions.unwrap();
        let kept: Vec<_> = predictions.metadata().iter().map(|datum| datum.index).collect();
        assert_eq!(kept, [0, 2, 3, 5, 7]);
        assert_eq!(predictions.scores().column(0).to_vec(), [0.0, 2.0, 3.0, 5.0, 7.0]);
        assert_eq!(evaluation.count, 5);
        let mut skipped: Vec<_> = evaluation
            .skipped
            .iter()
            .map(|error| match error {
                Error::Read { place, .. } => ("read", place.first),
                Error::Predict { place, .. } => ("predict", place.first),
                Error::ScoreNotFinite { place, .. } => ("score", place.first),
                other => panic!("{other:?}"),
            })
            .collect();
        skipped.sort_unstable();
        assert_eq!(skipped, [("predict", 4), ("read", 1), ("score", 6)]);
    }
}

#[test]
fn progress_counts_every_datum() {
    #[derive(Default)]
    struct Log(Vec<String>);
    impl Observer for Log {
        fn started(&mut self, pass: Pass) {
            assert_eq!(pass, Pass::new("evaluate", "images", pass.total));
            self.0.push(format!("of {:?}", pass.total));
        }
        fn advanced(&mut self, count: usize) -> ControlFlow<()> {
            self.0.push(count.to_string());
            ControlFlow::Continue(())
        }
    }
    impl EvaluationObserver for Log {
        fn scored(&mut self, scores: ArrayView2<'_, f32>, targets: &[usize], metadata: &[DatumMetadata]) {
            assert_eq!((scores.nrows(), targets.len()), (metadata.len(), metadata.len()));
            let indices: Vec<_> = metadata.iter().map(|datum| datum.index).collect();
            self.0.push(format!("{indices:?}"));
        }
        fn skipped(&mut self, error: &Error) {
            self.0.push(format!("not {:?}", error.place().map(|place| place.first)));
        }
    }
    let mut log = Log::default();
    predict(&model(), &Numbers::new(5), pairs().observer(&mut log)).unwrap();
    assert_eq!(log.0, ["of Some(5)", "[0, 1]", "2", "[2, 3]", "2", "[4]", "1"]);

    log.0.clear();
    let dataset = Numbers { unreadable: vec![2], ..Numbers::new(9) };
    predict(&model(), &dataset, pairs().observer(&mut log).skip_failures().only(&[1, 2, 3, 6])).unwrap();
    // Batches end where those of the whole dataset do.
    assert_eq!(log.0, ["of Some(4)", "[1]", "1", "not Some(2)", "[3]", "2", "[6]", "1"]);
}

#[test]
fn an_observer_stops_the_evaluation_and_leaves_no_thread_waiting() {
    struct After(usize);
    impl Observer for After {
        fn advanced(&mut self, count: usize) -> ControlFlow<()> {
            self.0 += count;
            if self.0 < 4 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }
    }
    impl EvaluationObserver for After {}
    for threads in [0, 1, 3] {
        let mut after = After(0);
        let options = pairs().observer(&mut after).loader_threads(threads);
        let error = predict(&model(), &Numbers::new(1000), options).unwrap_err();
        assert!(matches!(error, Error::Stopped { done: 4, total: 1000 }), "{error:?}");
    }
}

#[test]
fn selected_data_keep_their_indices() {
    let (dataset, augmentation) = (Numbers::new(9), add_one());
    for threads in [0, 1, 3] {
        let options = || pairs().loader_threads(threads).augmentation(&augmentation);
        let predictions = predict(&model(), &dataset, options().only(&[7, 0, 8])).unwrap();
        let kept: Vec<_> = predictions.metadata().iter().map(|datum| datum.index).collect();
        assert_eq!(kept, [7, 0, 8]);
        assert_eq!(predictions.scores().column(0).to_vec(), [8.0, 1.0, 9.0]);
        let outside = predict(&model(), &dataset, options().only(&[9]));
        assert!(matches!(outside, Err(Error::OutOfRange { index: 9, len: 9, .. })));
    }
}

#[test]
fn kept_predictions_give_the_same_values() {
    let (mut first, mut second) = (sums(), sums());
    let options = pairs().keep_predictions();
    let evaluation = evaluate(&model(), &Numbers::new(7), &mut [&mut first], options).unwrap();
    let kept = evaluation.predictions.unwrap();
    assert_eq!(kept.evaluate(&mut [&mut second]).unwrap(), evaluation.values);
    let none = Predictions::new(Array2::zeros((0, 3)), vec![], vec![]).unwrap();
    assert!(matches!(none.evaluate(&mut [&mut second]), Err(Error::Empty { .. })));
}

proptest! {
    #[test]
    fn threads_batches_and_memory_do_not_matter(
        len in 1_usize..40, threads in 0_usize..5, batch_size in 1_usize..12, limit in 0_usize..30,
    ) {
        let (dataset, augmentation) = (Numbers::new(len), add_one());
        let options = || EvaluateOptions::new().augmentation(&augmentation).keep_images();
        let plain = predict(&model(), &dataset, options().batch_size(1).loader_threads(0)).unwrap();
        let options = options().batch_size(batch_size).loader_threads(threads).memory_limit(limit);
        prop_assert_eq!(plain, predict(&model(), &dataset, options).unwrap());
    }
}
