//! What an ONNX model answers, and what it refuses. `data/make.py` made the files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use backend_rten::{Error, RtenModel, RtenOptions};
use model_folder::{ImageProcessor, ModelFolder};
use ndarray::{Array2, Array3, ArrayView3, Axis};
use protocols::{BoxError, Model, ScoreKind};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

fn labels(count: usize) -> Vec<String> {
    (0..count).map(|class| format!("class {class}")).collect()
}

fn load(name: &str, classes: usize, processor: &str, options: &RtenOptions) -> Result<RtenModel, Error> {
    let processor = ImageProcessor::from_json(processor).unwrap();
    RtenModel::from_bytes(name, file(name), labels(classes), processor, options)
}

const AS_THEY_ARE: &str = r#"{"do_resize": false}"#;

fn tiny(options: &RtenOptions) -> RtenModel {
    load("tiny.onnx", 3, AS_THEY_ARE, options).unwrap()
}

fn logits() -> RtenOptions {
    RtenOptions::new().softmax(false)
}

fn batches_of(size: usize) -> RtenOptions {
    logits().batch_size(size)
}

fn threads(count: usize) -> RtenOptions {
    logits().threads(count)
}

/// As `data/make.py` draws them.
fn pictures(count: usize) -> Vec<Array3<u8>> {
    let picture = |i| {
        Array3::from_shape_fn((6, 10, 3), |(y, x, k)| {
            ((y * (37 + i) + x * (11 + 5 * i) + k * 83 + 29 * i) % 256) as u8
        })
    };
    (0..count).map(picture).collect()
}

fn views(pictures: &[Array3<u8>]) -> Vec<ArrayView3<'_, u8>> {
    pictures.iter().map(|picture| picture.view()).collect()
}

#[track_caller]
fn refusal(outcome: Result<Array2<f32>, BoxError>) -> Error {
    *outcome.unwrap_err().downcast::<Error>().unwrap()
}

#[test]
fn logits_are_pytorchs() {
    let expected: Vec<[f32; 3]> = serde_json::from_slice(&file("tiny.json")).unwrap();
    let ours = tiny(&logits()).predict(&views(&pictures(7))).unwrap();
    assert_eq!(ours.dim(), (7, 3));
    for (ours, expected) in ours.rows().into_iter().zip(expected) {
        // Single precision against double.
        assert!(ours.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{ours} {expected:?}");
    }
}

#[test]
fn probabilities_are_the_softmax_of_the_logits() {
    let pictures = pictures(4);
    let mut expected = tiny(&logits()).predict(&views(&pictures)).unwrap();
    inference::softmax_rows(&mut expected);
    let model = tiny(&RtenOptions::new());
    assert_eq!(model.metadata().scores, ScoreKind::Probabilities);
    assert_eq!(model.predict(&views(&pictures)).unwrap(), expected);
    assert!(expected.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-6));
}

#[test]
fn scores_depend_neither_on_the_batch_nor_on_threads() {
    let pictures = pictures(7);
    let whole = tiny(&batches_of(7)).predict(&views(&pictures)).unwrap();
    for options in [batches_of(1), batches_of(2), batches_of(3), batches_of(64), threads(1), threads(3)] {
        assert_eq!(tiny(&options).predict(&views(&pictures)).unwrap(), whole, "{options:?}");
    }
    let alone = tiny(&logits()).predict(&[pictures[4].view()]).unwrap();
    assert_eq!(alone.row(0), whole.row(4));
}

#[test]
fn a_network_of_a_fixed_batch_takes_any_number() {
    let fixed = load("tiny_batch_of_2.onnx", 3, AS_THEY_ARE, &logits()).unwrap();
    for count in [1, 2, 5] {
        let pictures = pictures(count);
        let expected = tiny(&logits()).predict(&views(&pictures)).unwrap();
        assert_eq!(fixed.predict(&views(&pictures)).unwrap(), expected, "{count} pictures");
    }
}

#[test]
fn no_pictures_have_no_scores() {
    assert_eq!(tiny(&RtenOptions::new()).predict(&[]).unwrap().dim(), (0, 3));
    assert_eq!(tiny(&RtenOptions::new()).predict_drawn((6, 10, 3), 0, &|_, _| {}).unwrap().dim(), (0, 3));
}

#[test]
fn drawn_pictures_score_as_given_ones() {
    let pictures = pictures(5);
    for processor in [AS_THEY_ARE, r#"{"size": {"shortest_edge": 8}}"#] {
        let model = load("tiny.onnx", 3, processor, &batches_of(2)).unwrap();
        let drawn = model.predict_drawn((6, 10, 3), 5, &|i, mut to| to.assign(&pictures[i])).unwrap();
        assert_eq!(drawn, model.predict(&views(&pictures)).unwrap(), "{processor}");
    }
}

#[test]
fn pictures_of_different_sizes_share_a_batch_if_they_come_out_alike() {
    let model = load("tiny.onnx", 3, r#"{"size": {"shortest_edge": 8}}"#, &logits()).unwrap();
    let large = pictures(2);
    let small = large[1].slice_axis(Axis(1), (2..9).into());
    let together = model.predict(&[large[0].view(), small]).unwrap();
    assert_eq!(together.row(1), model.predict(&[small]).unwrap().row(0));
}

#[test]
fn pictures_of_any_sizes_score_as_they_do_alone() {
    let (model, pictures) = (tiny(&logits()), pictures(2));
    let shorter = pictures[1].slice_axis(Axis(0), (..4).into());
    let together = model.predict(&[pictures[0].view(), shorter]).unwrap();
    assert_eq!(together.row(0), model.predict(&[pictures[0].view()]).unwrap().row(0));
    assert_eq!(together.row(1), model.predict(&[shorter]).unwrap().row(0));
}

#[test]
fn pictures_that_come_out_differently_cannot_share_a_fixed_batch() {
    let pictures = pictures(2);
    let fixed = load("tiny_batch_of_2.onnx", 3, AS_THEY_ARE, &logits()).unwrap();
    let error = refusal(fixed.predict(&[pictures[0].view(), pictures[1].slice_axis(Axis(0), (..4).into())]));
    let Error::Picture { position: 1, source } = error else { panic!("{error}") };
    assert!(
        matches!(source, model_folder::Error::BatchSize { size: (4, 10), expected: (6, 10), .. }),
        "{source}"
    );
}

#[test]
fn grey_pictures_are_taken_and_other_channels_refused() {
    let model = tiny(&logits());
    let grey = pictures(1)[0].slice_axis(Axis(2), (..1).into()).to_owned();
    let repeated = grey.broadcast((6, 10, 3)).unwrap();
    assert_eq!(model.predict(&[grey.view()]).unwrap(), model.predict(&[repeated]).unwrap());
    let error = refusal(model.predict(&[grey.view(), Array3::zeros((6, 10, 4)).view()]));
    assert!(matches!(error, Error::Picture { position: 1, .. }), "{error}");
}

#[test]
fn another_number_of_classes_than_of_names_is_an_error() {
    let model = load("tiny.onnx", 4, AS_THEY_ARE, &logits()).unwrap();
    let error = refusal(model.predict(&views(&pictures(2))));
    let Error::Output { found, expected } = error else { panic!("{error}") };
    assert_eq!((found, expected), (vec![1, 3], [1, 4]));
}

#[test]
fn an_infinite_score_names_the_picture_and_the_class() {
    let pixels = r#"{"do_resize": false, "do_normalize": false}"#;
    let model = load("reciprocal.onnx", 2, pixels, &batches_of(2)).unwrap();
    let (bright, black) = (Array3::from_elem((6, 10, 3), 255), Array3::zeros((6, 10, 3)));
    assert!(model.predict(&[bright.view()]).is_ok());
    let error = refusal(model.predict(&[bright.view(), bright.view(), bright.view(), black.view()]));
    assert!(matches!(error, Error::NotFinite { position: 3, class: 0, value: f32::INFINITY }), "{error}");
    // What failed leaves nothing behind.
    assert!(model.predict(&[bright.view()]).is_ok());
}

#[test]
fn what_is_no_network_is_refused() {
    let whole = file("tiny.onnx");
    let processor = || ImageProcessor::from_json(AS_THEY_ARE).unwrap();
    for bytes in [&b""[..], b"not a network", &whole[..whole.len() / 2], &whole[..whole.len() - 1]] {
        let outcome = RtenModel::from_bytes("m", bytes.to_vec(), labels(3), processor(), &RtenOptions::new());
        assert!(matches!(outcome, Err(Error::Load { .. })), "{} bytes: {outcome:?}", bytes.len());
    }
}

#[test]
fn a_network_of_two_outputs_is_refused() {
    let outcome = load("pair.onnx", 3, AS_THEY_ARE, &RtenOptions::new());
    assert!(matches!(outcome, Err(Error::Signature { inputs: 1, outputs: 2, .. })), "{outcome:?}");
}

#[test]
fn a_folder_is_loaded_and_one_without_weights_named() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("config.json", br#"{"id2label": {"0": "a", "1": "b", "2": "c"}}"#);
    write("preprocessor_config.json", AS_THEY_ARE.as_bytes());
    let opened = ModelFolder::open(folder.path()).unwrap();
    let outcome = RtenModel::load(&opened, &RtenOptions::new());
    assert!(matches!(outcome, Err(Error::Missing { ref name }) if *name == opened.name()), "{outcome:?}");
    write("model.onnx", &file("tiny.onnx"));
    let model = RtenModel::load(&opened, &RtenOptions::new()).unwrap();
    assert_eq!(model.metadata().labels, ["a", "b", "c"]);
    assert_eq!(model.predict(&views(&pictures(1))).unwrap().dim(), (1, 3));
}

#[test]
fn threads_share_a_model() {
    let (model, pictures) = (tiny(&logits()), pictures(6));
    let expected = model.predict(&views(&pictures)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(model.predict(&views(&pictures)).unwrap(), expected));
        }
    });
}

#[test]
fn the_shipped_models_scores_depend_neither_on_the_batch_nor_on_threads() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/eurosat-convnext");
    let folder = ModelFolder::open(folder).unwrap();
    let picture = |i: usize| {
        Array3::from_shape_fn((64, 64, 3), |(y, x, k)| {
            ((y * (i + 3) + x * y / (i + 2) + x * 5 + k * 40) % 256) as u8
        })
    };
    let pictures: Vec<_> = (0..19).map(picture).collect();
    let scores = |options: &RtenOptions| {
        RtenModel::load(&folder, options).unwrap().predict(&views(&pictures)).unwrap()
    };
    let whole = scores(&batches_of(19));
    for options in [batches_of(1), batches_of(4), batches_of(16), threads(1), threads(2), threads(5)] {
        assert_eq!(scores(&options), whole, "{options:?}");
    }
}
