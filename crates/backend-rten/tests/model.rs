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
    RtenModel::from_bytes(name, &file(name), labels(classes), processor, options)
}

const AS_THEY_ARE: &str = r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#;

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
fn images(count: usize) -> Vec<Array3<u8>> {
    let image = |i| {
        Array3::from_shape_fn((6, 10, 3), |(y, x, k)| {
            ((y * (37 + i) + x * (11 + 5 * i) + k * 83 + 29 * i) % 256) as u8
        })
    };
    (0..count).map(image).collect()
}

fn views(images: &[Array3<u8>]) -> Vec<ArrayView3<'_, u8>> {
    images.iter().map(|image| image.view()).collect()
}

#[track_caller]
fn refusal(outcome: Result<Array2<f32>, BoxError>) -> Error {
    *outcome.unwrap_err().downcast::<Error>().unwrap()
}

#[test]
fn logits_are_pytorchs() {
    let expected: Vec<[f32; 3]> = serde_json::from_slice(&file("tiny.json")).unwrap();
    let ours = tiny(&logits()).predict(&views(&images(7))).unwrap();
    assert_eq!(ours.dim(), (7, 3));
    for (ours, expected) in ours.rows().into_iter().zip(expected) {
        // Single precision against double.
        assert!(ours.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{ours} {expected:?}");
    }
}

#[test]
fn probabilities_are_the_softmax_of_the_logits() {
    let images = images(4);
    let mut expected = tiny(&logits()).predict(&views(&images)).unwrap();
    inference::softmax_rows(&mut expected);
    let model = tiny(&RtenOptions::new());
    assert_eq!(model.metadata().scores, ScoreKind::Probabilities);
    assert_eq!(model.predict(&views(&images)).unwrap(), expected);
    assert!(expected.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-6));
}

#[test]
fn scores_depend_neither_on_the_batch_nor_on_threads() {
    let images = images(7);
    let whole = tiny(&batches_of(7)).predict(&views(&images)).unwrap();
    for options in [batches_of(1), batches_of(2), batches_of(3), batches_of(64), threads(1), threads(3)] {
        assert_eq!(tiny(&options).predict(&views(&images)).unwrap(), whole, "{options:?}");
    }
    let alone = tiny(&logits()).predict(&[images[4].view()]).unwrap();
    assert_eq!(alone.row(0), whole.row(4));
}

#[test]
fn a_network_of_a_fixed_batch_takes_any_number() {
    let fixed = load("tiny_batch_of_2.onnx", 3, AS_THEY_ARE, &logits()).unwrap();
    for count in [1, 2, 5] {
        let images = images(count);
        let expected = tiny(&logits()).predict(&views(&images)).unwrap();
        assert_eq!(fixed.predict(&views(&images)).unwrap(), expected, "{count} images");
    }
}

#[test]
fn no_images_have_no_scores() {
    assert_eq!(tiny(&RtenOptions::new()).predict(&[]).unwrap().dim(), (0, 3));
    assert_eq!(tiny(&RtenOptions::new()).predict_drawn((6, 10, 3), 0, &|_, _| {}).unwrap().dim(), (0, 3));
}

#[test]
fn drawn_images_score_as_given_ones() {
    let images = images(5);
    for processor in
        [AS_THEY_ARE, r#"{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 8}}"#]
    {
        let model = load("tiny.onnx", 3, processor, &batches_of(2)).unwrap();
        let drawn = model.predict_drawn((6, 10, 3), 5, &|i, mut to| to.assign(&images[i])).unwrap();
        assert_eq!(drawn, model.predict(&views(&images)).unwrap(), "{processor}");
    }
}

#[test]
fn images_of_different_sizes_share_a_batch_if_they_come_out_alike() {
    let model = load(
        "tiny.onnx",
        3,
        r#"{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 8}}"#,
        &logits(),
    )
    .unwrap();
    let large = images(2);
    let small = large[1].slice_axis(Axis(1), (2..9).into());
    let together = model.predict(&[large[0].view(), small]).unwrap();
    assert_eq!(together.row(1), model.predict(&[small]).unwrap().row(0));
}

#[test]
fn images_of_any_sizes_score_as_they_do_alone() {
    let (model, images) = (tiny(&logits()), images(2));
    let shorter = images[1].slice_axis(Axis(0), (..4).into());
    let together = model.predict(&[images[0].view(), shorter]).unwrap();
    assert_eq!(together.row(0), model.predict(&[images[0].view()]).unwrap().row(0));
    assert_eq!(together.row(1), model.predict(&[shorter]).unwrap().row(0));
}

#[test]
fn images_that_come_out_differently_cannot_share_a_fixed_batch() {
    let images = images(2);
    let fixed = load("tiny_batch_of_2.onnx", 3, AS_THEY_ARE, &logits()).unwrap();
    let error = refusal(fixed.predict(&[images[0].view(), images[1].slice_axis(Axis(0), (..4).into())]));
    let Error::Image { position: 1, source } = error else { panic!("{error}") };
    assert!(
        matches!(source, model_folder::Error::BatchSize { size: (4, 10), expected: (6, 10), .. }),
        "{source}"
    );
}

#[test]
fn grey_images_are_taken_and_other_channels_refused() {
    let model = tiny(&logits());
    let grey = images(1)[0].slice_axis(Axis(2), (..1).into()).to_owned();
    let repeated = grey.broadcast((6, 10, 3)).unwrap();
    assert_eq!(model.predict(&[grey.view()]).unwrap(), model.predict(&[repeated]).unwrap());
    let error = refusal(model.predict(&[grey.view(), Array3::zeros((6, 10, 4)).view()]));
    assert!(matches!(error, Error::Image { position: 1, .. }), "{error}");
}

#[test]
fn another_number_of_classes_than_of_names_is_an_error() {
    let error = load("tiny.onnx", 4, AS_THEY_ARE, &logits()).unwrap_err();
    let Error::Inference(inference::Error::Shape { found, expected }) = error else { panic!("{error}") };
    assert_eq!((found, expected), (vec![1, 3], [1, 4]));
}

#[test]
fn an_infinite_score_names_the_image_and_the_class() {
    let pixels =
        r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false, "do_normalize": false}"#;
    let model = load("reciprocal.onnx", 2, pixels, &batches_of(2)).unwrap();
    let (bright, black) = (Array3::from_elem((6, 10, 3), 255), Array3::zeros((6, 10, 3)));
    assert!(model.predict(&[bright.view()]).is_ok());
    let error = refusal(model.predict(&[bright.view(), bright.view(), bright.view(), black.view()]));
    let expected = "image 3 of the batch has the score inf for class 0, expected a finite number";
    assert_eq!(error.to_string(), expected);
    // What failed leaves nothing behind.
    assert!(model.predict(&[bright.view()]).is_ok());
}

#[test]
fn what_is_no_network_is_refused() {
    let whole = file("tiny.onnx");
    let processor = || ImageProcessor::from_json(AS_THEY_ARE).unwrap();
    for bytes in [&b""[..], b"not a network", &whole[..whole.len() / 2], &whole[..whole.len() - 1]] {
        let outcome = RtenModel::from_bytes("m", bytes, labels(3), processor(), &RtenOptions::new());
        assert!(matches!(outcome, Err(Error::Load { .. })), "{} bytes: {outcome:?}", bytes.len());
    }
}

#[test]
fn of_several_outputs_logits_or_the_named_one_is_taken() {
    let scores = |options: &RtenOptions| {
        let model = load("pair.onnx", 3, AS_THEY_ARE, options).unwrap();
        assert!(model.notes()[0].starts_with("the network has several outputs: "), "{:?}", model.notes());
        model.predict(&views(&images(1))).unwrap()
    };
    let (taken, named) = (scores(&logits()), scores(&logits().output("logits")));
    assert_eq!(taken, named);
    assert_ne!(taken, scores(&logits().output("largest")));
    let error = load("pair.onnx", 3, AS_THEY_ARE, &logits().output("other")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "pair.onnx: the network has the outputs logits, largest, expected one named other"
    );
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
    let opened = ModelFolder::open(folder.path()).unwrap();
    let model = RtenModel::load(&opened, &RtenOptions::new()).unwrap();
    assert_eq!(model.files().len(), 3);
    assert!(model.notes().is_empty(), "{:?}", model.notes());
    assert_eq!(model.metadata().labels, ["a", "b", "c"]);
    assert_eq!(model.predict(&views(&images(1))).unwrap().dim(), (1, 3));
}

#[test]
fn threads_share_a_model() {
    let (model, images) = (tiny(&logits()), images(6));
    let expected = model.predict(&views(&images)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(model.predict(&views(&images)).unwrap(), expected));
        }
    });
}

#[test]
fn the_shipped_models_scores_depend_neither_on_the_batch_nor_on_threads() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/eurosat-convnext");
    let folder = ModelFolder::open(folder).unwrap();
    let image = |i: usize| {
        Array3::from_shape_fn((64, 64, 3), |(y, x, k)| {
            ((y * (i + 3) + x * y / (i + 2) + x * 5 + k * 40) % 256) as u8
        })
    };
    let images: Vec<_> = (0..19).map(image).collect();
    let scores =
        |options: &RtenOptions| RtenModel::load(&folder, options).unwrap().predict(&views(&images)).unwrap();
    let whole = scores(&batches_of(19));
    for options in [batches_of(1), batches_of(4), batches_of(16), threads(1), threads(2), threads(5)] {
        assert_eq!(scores(&options), whole, "{options:?}");
    }
}

#[test]
fn the_shipped_model_keeps_the_promises_of_a_model() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../models/eurosat-convnext");
    let model = RtenModel::load(&ModelFolder::open(folder).unwrap(), &RtenOptions::new()).unwrap();
    let image = |i: usize| {
        Array3::from_shape_fn((64, 64, 3), |(y, x, k)| ((y * (i + 3) + x * 5 + k * 40) % 256) as u8)
    };
    let violations = protocols::conformance::check_model(&model, &(0..4).map(image).collect::<Vec<_>>());
    assert!(violations.is_empty(), "{violations}");
}
