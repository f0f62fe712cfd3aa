//! What can go wrong with a person's module: each is an error that says so in one line.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use backend_tch::{Device, Error, Precision, TchModel, TchOptions};
use inference::OutputKind;
use model_folder::{ImageProcessor, ModelFolder};
use ndarray::Array3;
use protocols::{BoxError, Model};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

fn labels(count: usize) -> Vec<String> {
    (0..count).map(|class| format!("class {class}")).collect()
}

fn load(torchscript: &[u8], classes: usize) -> Result<TchModel, Error> {
    let processor = ImageProcessor::from_json(
        r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false, "do_normalize": false}"#,
    )
    .unwrap();
    TchModel::from_bytes(
        "mine",
        torchscript,
        labels(classes),
        processor,
        &TchOptions::new().scores(OutputKind::Logits),
    )
}

/// The model of a stored module of two classes.
fn model(name: &str) -> TchModel {
    load(&file(name), 2).unwrap()
}

fn grey(value: u8) -> Array3<u8> {
    Array3::from_elem((5, 4, 3), value)
}

fn refusal(model: &TchModel, images: &[Array3<u8>]) -> BoxError {
    let views: Vec<_> = images.iter().map(|image| image.view()).collect();
    model.predict(&views).unwrap_err()
}

/// An error and its causes, each of which must be one line without C++'s frames.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let lines: Vec<String> = causes.map(ToString::to_string).collect();
    for line in &lines {
        assert!(!line.is_empty() && !line.contains('\n') && !line.contains("frame #"), "{line}");
    }
    lines.join(": ")
}

#[test]
fn a_folder_without_the_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.json"), r#"{"id2label": {"0": "a", "1": "b"}}"#).unwrap();
    std::fs::write(
        folder.path().join("preprocessor_config.json"),
        r#"{"image_processor_type": "ViTImageProcessor"}"#,
    )
    .unwrap();
    let error = TchModel::load(&ModelFolder::open(folder.path()).unwrap(), &TchOptions::new()).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }));
    let name = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(told(&error), format!("the model folder {name} has no model.pt"));
}

#[test]
fn what_is_no_module_or_only_a_part_of_one_is_refused() {
    let whole = file("plain.pt");
    for bytes in [&b"not TorchScript"[..], &whole[..whole.len() / 2], &whole[..whole.len() - 1], &[]] {
        let error = load(bytes, 2).unwrap_err();
        assert!(matches!(error, Error::Load { .. }));
        let told = told(&error);
        assert!(told.starts_with("mine: not a TorchScript module that can be loaded: "), "{told}");
    }
}

#[test]
fn another_number_of_classes_is_refused() {
    let error = refusal(&load(&file("plain.pt"), 7).unwrap(), &[grey(1), grey(2)]);
    assert!(matches!(error.downcast_ref(), Some(Error::Output { expected: [2, 7], .. })), "{error}");
    assert!(told(&*error).contains("returned shape [2, 2], expected [2, 7]"), "{error}");
}

#[test]
fn a_network_for_other_channels_says_so() {
    let told = told(&*refusal(&model("four_channels.pt"), &[grey(1)]));
    assert!(told.starts_with("the network failed on a batch of shape [1, 3, 5, 4]: "), "{told}");
    assert!(told.contains("to have 4 channels, but got 3 channels"), "{told}");
}

#[test]
fn an_image_of_other_channels_is_named() {
    let error = refusal(&model("plain.pt"), &[grey(1), Array3::zeros((5, 4, 2))]);
    assert!(matches!(error.downcast_ref(), Some(Error::Image { position: 1, .. })), "{error}");
    let error = refusal(&model("plain.pt"), &[Array3::zeros((0, 0, 3))]);
    assert!(matches!(error.downcast_ref(), Some(Error::Image { position: 0, .. })), "{error}");
}

#[test]
fn a_score_that_is_no_number_is_named() {
    let mut images = vec![grey(10); 40];
    images[37] = grey(250);
    let error = refusal(&model("not_a_number.pt"), &images);
    let Some(&Error::NotFinite { position, class, value }) = error.downcast_ref() else { panic!("{error}") };
    assert!((position, class) == (37, 1) && value.is_nan());
    assert_eq!(
        told(&*error),
        "image 37 of the batch has the score NaN for class 1, expected a finite number"
    );
}

#[test]
fn more_memory_than_there_is_is_an_error() {
    let told = told(&*refusal(&model("greedy.pt"), &[grey(1)]));
    assert!(told.contains("can't allocate memory"), "{told}");
}

#[test]
fn two_outputs_are_refused() {
    let told = told(&*refusal(&model("two_outputs.pt"), &[grey(1)]));
    assert!(told.starts_with("the network failed on a batch of shape [1, 3, 5, 4]: "), "{told}");
    assert!(told.ends_with("method did not return a tensor"), "{told}");
}

#[test]
fn what_the_module_itself_raises_is_told() {
    let told = told(&*refusal(&model("raising.pt"), &[grey(1)]));
    assert!(told.ends_with("builtins.ValueError: no batch is good enough"), "{told}");
}

#[test]
fn the_backtrace_is_kept_for_who_wants_it() {
    let error = refusal(&model("four_channels.pt"), &[grey(1)]);
    assert!(format!("{error:?}").contains("Traceback of TorchScript"), "{error:?}");
}

#[test]
fn a_failed_call_leaves_the_model_usable() {
    let model = model("not_a_number.pt");
    refusal(&model, &[grey(250)]);
    assert_eq!(model.predict(&[grey(10).view()]).unwrap().dim(), (1, 2));
}

#[test]
fn features_are_the_modules() {
    let model = model("features.pt");
    let images = [grey(9), Array3::from_elem((8, 8, 3), 200), grey(77)];
    let views: Vec<_> = images.iter().map(|image| image.view()).collect();
    let features = model.features(&views).unwrap();
    assert_eq!(features.dim(), (3, 4));
    // Images by themselves have the features that they have together.
    for (view, row) in views.iter().zip(features.rows()) {
        let alone = model.features(&[*view]).unwrap();
        assert!(alone.iter().zip(row).all(|(a, b)| (a - b).abs() < 1e-5));
    }
    assert_eq!(model.features(&[]).unwrap().dim(), (0, 0));

    let error = load(&file("plain.pt"), 2).unwrap().features(&views).unwrap_err();
    assert!(matches!(error, Error::Features { .. }));
    assert!(told(&error).contains("Method 'features' is not defined"), "{error:?}");
}

#[test]
fn a_device_that_is_not_there_is_an_error_that_says_what_is() {
    let beyond = tch::Cuda::device_count().max(0) as usize;
    let processor = ImageProcessor::from_json(r#"{"image_processor_type": "ViTImageProcessor"}"#).unwrap();
    let options = TchOptions::new().device(Device::Cuda(beyond));
    let error = TchModel::from_bytes("m", &file("plain.pt"), labels(2), processor, &options).unwrap_err();
    let told = told(&error);
    assert!(told.starts_with(&format!("there is no cuda:{beyond}: the libtorch in /")), "{told}");
    assert_eq!(told.contains("was built with CUDA"), tch::utils::has_cudart(), "{told}");
    assert!(told.ends_with(&format!("CUDA and finds {beyond} devices")), "{told}");
}

#[test]
fn names_of_devices_and_precisions_are_checked() {
    for (text, expected) in [("cpu", Device::Cpu), ("cuda", Device::Cuda(0)), ("cuda:3", Device::Cuda(3))] {
        assert_eq!(text.parse::<Device>().unwrap(), expected);
    }
    for text in ["gpu", "cuda:", "cuda:-1", "CPU", ""] {
        assert!(matches!(text.parse::<Device>(), Err(Error::Device { .. })), "{text}");
    }
    assert_eq!(
        told(&"half".parse::<Precision>().unwrap_err()),
        "`half` is not a precision, expected f32, f16 or bf16"
    );
}
