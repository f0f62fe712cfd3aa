//! Small classifiers in the many forms in which networks come, as ONNX Runtime answers in Python. `data/make.py` and
//! `make_variants.py` of backend-rten made the files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use backend_ort::{Error, OrtModel, OrtOptions};
use inference::OutputKind;
use model_folder::{ImageProcessor, ModelFolder};
use ndarray::{Array2, Array3};
use protocols::{Model, ScoreKind};
use support::{images, labels, root, runtime, views};

const AS_THEY_ARE: &str = r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#;

fn ours() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn variants() -> PathBuf {
    root().join("crates/backend-rten/tests/data/variants")
}

/// ONNX Runtime's outputs in Python, one row per image.
fn expected(file: &Path, name: &str) -> Array2<f32> {
    let text = std::fs::read_to_string(file).unwrap();
    let all: HashMap<String, Vec<Vec<f32>>> = serde_json::from_str(&text).unwrap();
    let rows = &all[name];
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

fn variant(name: &str) -> Array2<f32> {
    expected(&variants().join("variants.json"), name)
}

fn load(folder: &Path, name: &str, classes: usize, options: &OrtOptions) -> Result<OrtModel, Error> {
    let onnx = std::fs::read(folder.join(name).with_extension("onnx")).unwrap();
    let processor = ImageProcessor::from_json(AS_THEY_ARE).unwrap();
    OrtModel::from_bytes(&runtime(), name, &onnx, labels(classes), processor, options)
}

fn logits() -> OrtOptions {
    OrtOptions::new().softmax(false)
}

fn scores(model: &OrtModel) -> Array2<f32> {
    model.predict(&views(&images(2))).unwrap()
}

#[track_caller]
fn assert_within(found: &Array2<f32>, expected: &Array2<f32>, bound: f32) {
    assert_eq!(found.dim(), expected.dim());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= bound), "{found} {expected}");
}

#[test]
fn networks_in_every_form_give_their_logits_to_the_bit() {
    for name in [
        "plain",
        "dropout",
        "features_too",
        "four_axes",
        "channels_last",
        "bytes",
        "bytes_channels_last",
        "no_strides",
        "same_lower",
        "batch_normalisation",
        "old_softmax",
        "conv_integer",
    ] {
        let model = load(&variants(), name, 3, &logits()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(model.metadata().scores, ScoreKind::Logits, "{name}");
        assert_eq!(scores(&model), variant(name), "{name}");
    }
}

#[test]
fn half_and_double_precision_quantised_and_old_networks_give_their_logits_to_the_bit() {
    for name in ["half", "double", "opset_7", "static_int8", "cubic_resize"] {
        let model = load(&ours(), name, 3, &logits()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(scores(&model), expected(&ours().join("expected.json"), name), "{name}");
    }
}

#[test]
fn other_backends_agree() {
    use backend_rten::{RtenModel, RtenOptions};

    for name in ["plain", "channels_last", "bytes", "conv_integer", "old_softmax", "softmax"] {
        let onnx = std::fs::read(variants().join(name).with_extension("onnx")).unwrap();
        let processor = ImageProcessor::from_json(AS_THEY_ARE).unwrap();
        let rten = RtenModel::from_bytes(name, &onnx, labels(3), processor, &RtenOptions::new()).unwrap();
        let model = load(&variants(), name, 3, &OrtOptions::new()).unwrap();
        assert_eq!(model.notes(), rten.notes(), "{name}");
        assert_within(&scores(&model), &rten.predict(&views(&images(2))).unwrap(), 1e-5);
    }
}

#[test]
fn probabilities_are_taken_as_they_are_and_that_is_said() {
    let model = load(&variants(), "softmax", 3, &OrtOptions::new()).unwrap();
    assert_eq!(scores(&model), variant("softmax"));
    assert!(model.notes()[0].contains("taken as probabilities"), "{:?}", model.notes());
    // As logits, if that is what the user says.
    let model = load(&variants(), "softmax", 3, &OrtOptions::new().scores(OutputKind::Logits)).unwrap();
    let mut twice = variant("softmax");
    inference::softmax_rows(&mut twice);
    assert_eq!(scores(&model), twice);
}

#[test]
fn a_single_output_is_the_second_of_two_classes() {
    let model = load(&variants(), "sigmoid", 2, &OrtOptions::new()).unwrap();
    let second = variant("sigmoid");
    let found = scores(&model);
    assert_within(&found.slice(ndarray::s![.., 1..]).to_owned(), &second, 0.0);
    assert!(found.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-6));
    assert!(model.notes()[0].ends_with("as the probability of class 1"), "{:?}", model.notes());
    let logit = load(&variants(), "one_logit", 2, &OrtOptions::new()).unwrap();
    let sigmoid = variant("one_logit").mapv(|logit| 1.0 / (1.0 + (-logit).exp()));
    assert_within(&scores(&logit).slice(ndarray::s![.., 1..]).to_owned(), &sigmoid, 1e-6);
}

#[test]
fn outputs_that_are_no_scores_are_refused() {
    let refused = |folder: &Path, name: &str, classes| {
        load(folder, name, classes, &OrtOptions::new()).unwrap_err().to_string()
    };
    let sigmoids = refused(&variants(), "sigmoids", 3);
    assert!(sigmoids.starts_with("sigmoids: the network ends in a sigmoid per class"), "{sigmoids}");
    let two = refused(&variants(), "two_outputs", 3);
    assert!(two.starts_with("two_outputs: the network has the outputs f, scores, expected"), "{two}");
    let class = refused(&ours(), "class_only", 3);
    assert!(class.contains("i64") && class.ends_with("expected float32, float16 or float64"), "{class}");
    let four = load(&variants(), "plain", 4, &OrtOptions::new()).unwrap_err();
    let Error::Output { found, expected } = four else { panic!("{four}") };
    assert_eq!((found, expected), (vec![1, 3], [1, 4]));
}

#[test]
fn of_several_outputs_logits_or_the_named_one_is_taken() {
    let named = load(&variants(), "two_outputs", 3, &logits().output("scores")).unwrap();
    assert_eq!(scores(&named), variant("two_outputs"));
    assert_eq!(named.notes(), ["the network has several outputs: scores is taken, f ignored"]);
    let error = load(&variants(), "two_outputs", 3, &logits().output("other")).unwrap_err().to_string();
    assert_eq!(error, "two_outputs: the network has the outputs f, scores, expected one named other");
}

#[test]
fn inputs_that_are_no_colour_images_are_refused() {
    let error = load(&variants(), "grey", 1, &OrtOptions::new()).unwrap_err().to_string();
    assert!(error.starts_with("grey: the network's input image has 1 channels, expected"), "{error}");
}

#[test]
fn what_is_no_network_is_refused_in_one_line() {
    let whole = std::fs::read(variants().join("plain.onnx")).unwrap();
    for bytes in [&b""[..], b"not a network", &whole[..whole.len() / 2], &whole[..whole.len() - 1]] {
        let processor = ImageProcessor::from_json(AS_THEY_ARE).unwrap();
        let outcome = OrtModel::from_bytes(&runtime(), "m", bytes, labels(3), processor, &OrtOptions::new());
        let Err(Error::Load { source, .. }) = outcome else { panic!("{} bytes: {outcome:?}", bytes.len()) };
        assert!(!source.to_string().contains('\n'), "{source}");
    }
}

/// A model folder with these of the variants' files, under other names.
fn model_folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let made = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(made.path().join(name), bytes).unwrap();
    write("config.json", br#"{"num_labels": 3}"#);
    write("preprocessor_config.json", AS_THEY_ARE.as_bytes());
    for (from, to) in files {
        write(to, &std::fs::read(variants().join(from)).unwrap());
    }
    made
}

#[test]
fn external_data_lies_beside_the_network() {
    let whole =
        model_folder(&[("external.onnx", "model.onnx"), ("external.onnx.data", "external.onnx.data")]);
    let opened = ModelFolder::open(whole.path()).unwrap();
    let model = OrtModel::load(&runtime(), &opened, &logits()).unwrap();
    assert_eq!(scores(&model), variant("plain"));

    let data = whole.path().join("external.onnx.data");
    let bytes = std::fs::read(&data).unwrap();
    std::fs::write(&data, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(OrtModel::load(&runtime(), &opened, &logits()), Err(Error::Load { .. })));
    std::fs::remove_file(&data).unwrap();
    let Err(Error::Load { source, .. }) = OrtModel::load(&runtime(), &opened, &logits()) else { panic!() };
    assert!(source.to_string().contains("external.onnx.data"), "{source}");
}

#[test]
fn a_folder_without_a_network_and_a_pointer_to_one_are_named() {
    let made = model_folder(&[]);
    let open = || OrtModel::load(&runtime(), &ModelFolder::open(made.path()).unwrap(), &logits());
    assert!(matches!(open(), Err(Error::Missing { .. })));
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
    std::fs::write(made.path().join("model.onnx"), pointer).unwrap();
    assert!(open().unwrap_err().to_string().ends_with("is a Git LFS pointer, run `git lfs pull`"));
}

#[test]
fn a_network_that_does_not_pass_the_folders_check_is_refused() {
    let made = model_folder(&[("plain.onnx", "model.onnx")]);
    let image: Vec<u8> = (0..60).flat_map(|i| [i * 3, 255 - i, i]).collect();
    let file = std::fs::File::create(made.path().join("check.png")).unwrap();
    let mut encoder = png::Encoder::new(file, 10, 6);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&image).unwrap();
    let model = load(&variants(), "plain", 3, &logits()).unwrap();
    let shown = Array3::from_shape_vec((6, 10, 3), image).unwrap();
    let outputs = model.predict(&[shown.view()]).unwrap();
    let opened = |change: f32| {
        let outputs: Vec<f32> = outputs.iter().map(|output| output + change).collect();
        let json = serde_json::json!({ "outputs": outputs }).to_string();
        std::fs::write(made.path().join("check.json"), json).unwrap();
        OrtModel::load(&runtime(), &ModelFolder::open(made.path()).unwrap(), &OrtOptions::new())
    };
    assert!(opened(0.0).is_ok());
    let error = opened(0.1).unwrap_err().to_string();
    assert!(error.contains("of check.png, expected"), "{error}");
}

#[test]
fn options_out_of_range_are_refused_by_name() {
    for (options, name) in
        [(OrtOptions::new().threads(0), "threads"), (OrtOptions::new().batch_size(0), "batch_size")]
    {
        let error = load(&variants(), "plain", 3, &options).unwrap_err().to_string();
        assert_eq!(error, format!("{name} is 0, expected at least 1"));
    }
}
