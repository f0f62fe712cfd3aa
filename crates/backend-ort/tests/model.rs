//! What a model on ONNX Runtime promises, on small networks and on the shipped one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use backend_ort::{Device, Error, OrtModel, OrtOptions, Runtime};
use model_folder::{ImageProcessor, ModelFolder};
use ndarray::{Array2, Array3, Axis};
use protocols::{BoxError, Model, ScoreKind};
use support::{images, labels, root, runtime, views};

const AS_THEY_ARE: &str = r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#;
const TO_8_PIXELS: &str =
    r#"{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 8}}"#;

fn load(name: &str, classes: usize, processor: &str, options: &OrtOptions) -> Result<OrtModel, Error> {
    let onnx = std::fs::read(root().join("crates/backend-rten/tests/data").join(name)).unwrap();
    let processor = ImageProcessor::from_json(processor).unwrap();
    OrtModel::from_bytes(&runtime(), name, &onnx, labels(classes), processor, options)
}

fn tiny(options: &OrtOptions) -> OrtModel {
    load("tiny.onnx", 3, AS_THEY_ARE, options).unwrap()
}

fn logits() -> OrtOptions {
    OrtOptions::new().softmax(false)
}

#[track_caller]
fn refusal(outcome: Result<Array2<f32>, BoxError>) -> Error {
    *outcome.unwrap_err().downcast::<Error>().unwrap()
}

#[track_caller]
fn assert_within(found: &Array2<f32>, expected: &Array2<f32>, bound: f32) {
    let worst = (found - expected).iter().fold(0.0, |worst: f32, difference| worst.max(difference.abs()));
    assert!(worst <= bound, "{worst}");
}

#[test]
fn logits_are_pytorchs() {
    let file = root().join("crates/backend-rten/tests/data/tiny.json");
    let expected: Vec<[f32; 3]> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let expected = Array2::from_shape_vec((7, 3), expected.concat()).unwrap();
    // Single precision against double.
    assert_within(&tiny(&logits()).predict(&views(&images(7))).unwrap(), &expected, 1e-5);
}

#[test]
fn probabilities_are_the_softmax_of_the_logits() {
    let images = images(4);
    let mut expected = tiny(&logits()).predict(&views(&images)).unwrap();
    inference::softmax_rows(&mut expected);
    let model = tiny(&OrtOptions::new());
    assert_eq!(model.metadata().scores, ScoreKind::Probabilities);
    assert_eq!(model.predict(&views(&images)).unwrap(), expected);
}

#[test]
fn scores_do_not_depend_on_the_number_of_threads() {
    let images = images(7);
    let whole = tiny(&logits()).predict(&views(&images)).unwrap();
    for threads in [1, 2, 3, 8] {
        assert_eq!(tiny(&logits().threads(threads)).predict(&views(&images)).unwrap(), whole, "{threads}");
    }
    let alone = tiny(&logits()).predict(&[images[4].view()]).unwrap();
    assert_eq!(alone.row(0), whole.row(4));
}

#[test]
fn larger_passes_change_last_bits_at_most() {
    let images = images(7);
    let single = tiny(&logits()).predict(&views(&images)).unwrap();
    for batch_size in [2, 3, 7, 64] {
        let scores = tiny(&logits().batch_size(batch_size)).predict(&views(&images)).unwrap();
        assert_within(&scores, &single, 1e-5);
    }
}

#[test]
fn a_network_of_a_fixed_batch_takes_any_number() {
    let fixed = load("tiny_batch_of_2.onnx", 3, AS_THEY_ARE, &logits()).unwrap();
    for count in [1, 2, 5] {
        let images = images(count);
        let expected = tiny(&logits()).predict(&views(&images)).unwrap();
        assert_within(&fixed.predict(&views(&images)).unwrap(), &expected, 1e-5);
    }
}

#[test]
fn no_images_have_no_scores() {
    assert_eq!(tiny(&OrtOptions::new()).predict(&[]).unwrap().dim(), (0, 3));
    assert_eq!(tiny(&OrtOptions::new()).predict_drawn((6, 10, 3), 0, &|_, _| {}).unwrap().dim(), (0, 3));
}

#[test]
fn drawn_images_score_as_given_ones() {
    let images = images(5);
    for (processor, batch_size) in [(AS_THEY_ARE, 1), (AS_THEY_ARE, 2), (TO_8_PIXELS, 2)] {
        let model = load("tiny.onnx", 3, processor, &logits().batch_size(batch_size)).unwrap();
        let drawn = model.predict_drawn((6, 10, 3), 5, &|i, mut to| to.assign(&images[i])).unwrap();
        assert_eq!(drawn, model.predict(&views(&images)).unwrap(), "{processor}");
    }
}

#[test]
fn images_of_any_sizes_may_share_a_batch() {
    let images = images(3);
    let shorter = images[1].slice_axis(Axis(0), (..4).into());
    let batch = [images[0].view(), shorter, images[2].view()];
    for batch_size in [1, 2, 3] {
        let model = tiny(&logits().batch_size(batch_size));
        let together = model.predict(&batch).unwrap();
        for (i, image) in batch.iter().enumerate() {
            let alone = model.predict(&[*image]).unwrap();
            assert_within(&together.row(i).insert_axis(Axis(0)).to_owned(), &alone, 1e-5);
        }
    }
}

#[test]
fn images_that_a_network_of_a_fixed_size_cannot_take_are_refused() {
    let fixed = load("tiny_batch_of_2.onnx", 3, AS_THEY_ARE, &logits()).unwrap();
    let error = refusal(fixed.predict(&[Array3::zeros((4, 10, 3)).view()]));
    assert!(matches!(error, Error::Run { shape: [2, 3, 4, 10], .. }), "{error}");
    let error = load("tiny_batch_of_2.onnx", 3, TO_8_PIXELS, &logits()).unwrap_err().to_string();
    assert!(error.contains("prepares images of 8x8, the network takes 6x10"), "{error}");
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
fn an_infinite_score_names_the_image_and_the_class() {
    let pixels =
        r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false, "do_normalize": false}"#;
    let model = load("reciprocal.onnx", 2, pixels, &logits().batch_size(2)).unwrap();
    let (bright, black) = (Array3::from_elem((6, 10, 3), 255), Array3::zeros((6, 10, 3)));
    assert!(model.predict(&[bright.view()]).is_ok());
    let error = refusal(model.predict(&[bright.view(), bright.view(), bright.view(), black.view()]));
    assert!(matches!(error, Error::NotFinite { position: 3, class: 0, value: f32::INFINITY }), "{error}");
    // What failed leaves nothing behind.
    assert!(model.predict(&[bright.view()]).is_ok());
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
fn a_process_has_one_library() {
    let library = runtime().library().to_path_buf();
    assert_eq!(Runtime::load(&library).unwrap().library(), library);
    let error = Runtime::load("libc.so.6").unwrap_err();
    assert!(matches!(error, Error::Loaded { ref loaded, .. } if *loaded == library), "{error}");
    assert!(runtime().version().starts_with(char::is_alphanumeric));
}

/// What a device gives, or why it cannot be had: never the CPU's scores under its name.
#[test]
fn a_gpu_computes_the_same_or_is_refused_by_name() {
    for (device, provider) in [("cuda", "CUDAExecutionProvider"), ("tensorrt", "TensorrtExecutionProvider")] {
        let device: Device = device.parse().unwrap();
        match load("tiny.onnx", 3, AS_THEY_ARE, &logits().device(device)) {
            Ok(model) => {
                let images = images(7);
                let expected = tiny(&logits()).predict(&views(&images)).unwrap();
                assert_within(&model.predict(&views(&images)).unwrap(), &expected, 1e-3);
            }
            Err(error @ Error::Provider { .. }) => {
                let expected = format!("was built without {provider}, which the device {device} needs");
                assert!(error.to_string().ends_with(&expected), "{error}");
            }
            Err(error) => assert!(matches!(error, Error::NoDevice { .. }), "{error}"),
        }
    }
}

fn shipped() -> ModelFolder {
    ModelFolder::open(root().join("models/eurosat-convnext")).unwrap()
}

fn tiles(count: usize) -> Vec<Array3<u8>> {
    let tile = |i: usize| {
        Array3::from_shape_fn((64, 64, 3), |(y, x, k)| {
            ((y * (i + 3) + x * y / (i + 2) + x * 5 + k * 40) % 256) as u8
        })
    };
    (0..count).map(tile).collect()
}

#[test]
fn the_shipped_models_scores_are_those_of_the_other_backends() {
    let tiles = tiles(19);
    let ours = OrtModel::load(&runtime(), &shipped(), &OrtOptions::new()).unwrap().predict(&views(&tiles));
    let rten = backend_rten::RtenModel::load(&shipped(), &backend_rten::RtenOptions::new()).unwrap();
    let native = convnext::ConvNextModel::load(&shipped(), &convnext::ConvNextOptions::new()).unwrap();
    let ours = ours.unwrap();
    assert_within(&ours, &rten.predict(&views(&tiles)).unwrap(), 1e-4);
    assert_within(&ours, &native.predict(&views(&tiles)).unwrap(), 1e-4);
}

#[test]
fn the_shipped_models_scores_do_not_depend_on_threads() {
    let tiles = tiles(19);
    let scores = |options: &OrtOptions| {
        OrtModel::load(&runtime(), &shipped(), options).unwrap().predict(&views(&tiles)).unwrap()
    };
    let whole = scores(&OrtOptions::new());
    for threads in [1, 2, 5] {
        assert_eq!(scores(&OrtOptions::new().threads(threads)), whole, "{threads}");
    }
}

#[test]
fn the_shipped_model_keeps_the_promises_of_a_model() {
    let model = OrtModel::load(&runtime(), &shipped(), &OrtOptions::new()).unwrap();
    let violations = protocols::conformance::check_model(&model, &tiles(4));
    assert!(violations.is_empty(), "{violations}");
}
