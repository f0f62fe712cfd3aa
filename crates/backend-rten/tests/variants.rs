//! One small classifier in the many forms in which networks come. `data/make_variants.py` made the files and ran them
//! on ONNX Runtime.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use backend_rten::{Error, RtenModel, RtenOptions, external_data};
use inference::OutputKind;
use model_folder::{ImageProcessor, ModelFolder};
use ndarray::{Array2, Array3};
use protocols::{Model, ScoreKind};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/variants")
}

/// ONNX Runtime's outputs, one row per image.
fn expected(name: &str) -> Array2<f32> {
    let text = std::fs::read_to_string(folder().join("variants.json")).unwrap();
    let all: HashMap<String, Vec<Vec<f32>>> = serde_json::from_str(&text).unwrap();
    let rows = &all[name];
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

fn load(name: &str, classes: usize, options: &RtenOptions) -> Result<RtenModel, Error> {
    let json = r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#;
    load_with(json, name, classes, options)
}

fn load_with(json: &str, name: &str, classes: usize, options: &RtenOptions) -> Result<RtenModel, Error> {
    let labels = (0..classes).map(|class| format!("class {class}")).collect();
    let onnx = std::fs::read(folder().join(name).with_extension("onnx")).unwrap();
    RtenModel::from_bytes(name, &onnx, labels, ImageProcessor::from_json(json).unwrap(), options)
}

fn scores(model: &RtenModel) -> Array2<f32> {
    let image = |i: usize| {
        Array3::from_shape_fn((6, 10, 3), |(y, x, k)| {
            ((y * (37 + i) + x * (11 + 5 * i) + k * 83 + 29 * i) % 256) as u8
        })
    };
    let images: Vec<Array3<u8>> = (0..2).map(image).collect();
    model.predict(&images.iter().map(|image| image.view()).collect::<Vec<_>>()).unwrap()
}

#[track_caller]
fn assert_close(found: &Array2<f32>, expected: &Array2<f32>) {
    assert_eq!(found.dim(), expected.dim());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "{found} {expected}");
}

#[test]
fn networks_in_every_form_give_onnx_runtimes_logits() {
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
        "fixed_size",
    ] {
        let model =
            load(name, 3, &RtenOptions::new().softmax(false)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(model.metadata().scores, ScoreKind::Logits, "{name}");
        assert_close(&scores(&model), &expected(name));
    }
}

#[test]
fn probabilities_are_taken_as_they_are_and_that_is_said() {
    let model = load("softmax", 3, &RtenOptions::new()).unwrap();
    assert_close(&scores(&model), &expected("softmax"));
    assert!(model.notes()[0].contains("taken as probabilities"), "{:?}", model.notes());
    // As logits, if that is what the user says.
    let model = load("softmax", 3, &RtenOptions::new().scores(OutputKind::Logits)).unwrap();
    let mut twice = expected("softmax");
    inference::softmax_rows(&mut twice);
    assert_close(&scores(&model), &twice);
}

#[test]
fn a_single_output_is_the_second_of_two_classes() {
    let model = load("sigmoid", 2, &RtenOptions::new()).unwrap();
    let second = expected("sigmoid");
    let found = scores(&model);
    assert_close(&found.slice(ndarray::s![.., 1..]).to_owned(), &second);
    assert!(found.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-6));
    assert!(model.notes()[0].ends_with("as the probability of class 1"), "{:?}", model.notes());
    let logit = load("one_logit", 2, &RtenOptions::new()).unwrap();
    let sigmoid = expected("one_logit").mapv(|logit| 1.0 / (1.0 + (-logit).exp()));
    assert_close(&scores(&logit).slice(ndarray::s![.., 1..]).to_owned(), &sigmoid);
}

#[test]
fn a_single_output_of_another_operator_is_found_out_by_the_trial() {
    let scaled = load("one_scaled", 2, &RtenOptions::new().softmax(false)).unwrap();
    let found = scores(&scaled);
    assert_close(&found.slice(ndarray::s![.., 1..]).to_owned(), &expected("one_scaled"));
    assert!(found.column(0).iter().all(|&logit| logit == 0.0), "{found}");
    assert!(scaled.notes()[0].contains("a single output, a logit"), "{:?}", scaled.notes());
    // Values between 0 and 1 may be either.
    let error = load("one_clipped", 2, &RtenOptions::new()).unwrap_err();
    assert!(matches!(error, Error::Inference(inference::Error::Ambiguous)), "{error}");
    let said = load("one_clipped", 2, &RtenOptions::new().scores(OutputKind::Probabilities)).unwrap();
    assert_close(&scores(&said).slice(ndarray::s![.., 1..]).to_owned(), &expected("one_clipped"));
}

#[test]
fn images_of_another_size_than_the_networks_are_refused_whatever_it_is_said_to_return() {
    let resized = r#"{"image_processor_type": "ViTImageProcessor", "size": {"height": 8, "width": 10}}"#;
    for kind in OutputKind::ALL {
        let error = load_with(resized, "fixed_size", 3, &RtenOptions::new().scores(*kind)).unwrap_err();
        let expected = "fixed_size: the image processor prepares images of 8x10, the network takes 6x10";
        assert_eq!(error.to_string(), expected, "{kind}");
    }
}

#[test]
fn a_network_exported_in_training_mode_is_computed_in_inference_mode_and_that_is_said() {
    let model = load("training_mode", 3, &RtenOptions::new().softmax(false)).unwrap();
    assert_close(&scores(&model), &expected("batch_normalisation"));
    assert!(model.notes()[0].contains("training mode"), "{:?}", model.notes());
}

#[test]
fn what_rten_would_compute_wrongly_is_refused_by_the_operators_name() {
    let error = load("cubic_resize", 3, &RtenOptions::new()).unwrap_err().to_string();
    assert!(error.contains("the operator Resize") && error.contains("cubic"), "{error}");
}

#[test]
fn what_is_not_understood_is_refused_with_the_way_out() {
    for (name, part) in [
        ("sigmoids", "say which to take them for by the option `scores`"),
        ("two_outputs", "the outputs f, scores, expected a single one or one named logits"),
        ("grey", "input image has 1 channels"),
        ("external", "lies in external.onnx.data: load the network from its file"),
    ] {
        let mut error: &dyn std::error::Error = &load(name, 3, &RtenOptions::new()).unwrap_err();
        let mut text = error.to_string();
        while let Some(source) = error.source() {
            text = format!("{text}: {source}");
            error = source;
        }
        assert!(text.contains(part), "{name}: {text}");
    }
    let model = load("two_outputs", 3, &RtenOptions::new().softmax(false).output("scores")).unwrap();
    assert_close(&scores(&model), &expected("two_outputs"));
}

/// A model folder with files of the variants' under other names.
fn model_folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let made = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(made.path().join(name), bytes).unwrap();
    write("config.json", br#"{"num_labels": 3}"#);
    let processor = br#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#;
    write("preprocessor_config.json", processor);
    for (from, to) in files {
        write(to, &std::fs::read(folder().join(from)).unwrap());
    }
    made
}

#[test]
fn external_data_lies_beside_the_network() {
    let whole =
        model_folder(&[("external.onnx", "model.onnx"), ("external.onnx.data", "external.onnx.data")]);
    let opened = ModelFolder::open(whole.path()).unwrap();
    let model = RtenModel::load(&opened, &RtenOptions::new().softmax(false)).unwrap();
    assert_close(&scores(&model), &expected("plain"));
    assert_eq!(model.files().last(), Some(&whole.path().join("external.onnx.data")));

    let data = whole.path().join("external.onnx.data");
    let bytes = std::fs::read(&data).unwrap();
    std::fs::write(&data, &bytes[..bytes.len() - 1]).unwrap();
    assert!(matches!(RtenModel::load(&opened, &RtenOptions::new()), Err(Error::Load { .. })));
    std::fs::remove_file(&data).unwrap();
    // Its name is known without it.
    assert_eq!(external_data(opened.onnx().unwrap()).unwrap(), [data]);
    let error = RtenModel::load(&opened, &RtenOptions::new()).unwrap_err().to_string();
    assert!(error.contains("external.onnx.data"), "{error}");
}

#[test]
fn a_network_that_does_not_pass_the_folders_check_is_refused() {
    let made = model_folder(&[("plain.onnx", "model.onnx")]);
    let image: Vec<u8> = (0..60).flat_map(|i| [i * 3, 255 - i, i]).collect();
    let file = std::fs::File::create(made.path().join("check.png")).unwrap();
    let mut encoder = png::Encoder::new(file, 10, 6);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(&image).unwrap();
    let model = load("plain", 3, &RtenOptions::new().softmax(false)).unwrap();
    let shown = Array3::from_shape_vec((6, 10, 3), image).unwrap();
    let outputs = model.predict(&[shown.view()]).unwrap();
    let opened = |change: f32| {
        let outputs: Vec<f32> = outputs.iter().map(|output| output + change).collect();
        let json = serde_json::json!({ "outputs": outputs }).to_string();
        std::fs::write(made.path().join("check.json"), json).unwrap();
        RtenModel::load(&ModelFolder::open(made.path()).unwrap(), &RtenOptions::new())
    };
    assert!(opened(0.0).is_ok());
    let error = opened(0.1).unwrap_err().to_string();
    assert!(error.contains("of check.png, expected"), "{error}");
}

#[test]
fn options_out_of_range_are_refused_by_name() {
    for (options, name) in
        [(RtenOptions::new().threads(0), "threads"), (RtenOptions::new().batch_size(0), "batch_size")]
    {
        let error = load("plain", 3, &options).unwrap_err().to_string();
        assert_eq!(error, format!("{name} is 0, expected at least 1"));
    }
}
