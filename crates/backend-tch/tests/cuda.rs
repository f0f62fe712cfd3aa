//! What a model promises on the CPU holds on a GPU. Where there is none, these tests do nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;

use backend_tch::{Device, Error, Precision, TchModel, TchOptions};
use inference::OutputKind;
use model_folder::ImageProcessor;
use ndarray::{Array2, Array3};
use protocols::Model;
use protocols::conformance::check_model;
use support::{folder, images, shipped, views};

const AS_THEY_ARE: &str = r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#;

/// How a model runs on the GPU, if there is one.
fn cuda() -> Option<TchOptions> {
    tch::Cuda::is_available().then(|| TchOptions::new().device(Device::Cuda(0)))
}

/// The shipped network without its resizing: it takes images of any size.
fn of_any_size(options: &TchOptions) -> TchModel {
    let bytes = std::fs::read(folder().join("model.pt")).unwrap();
    let labels = (0..10).map(|class| class.to_string()).collect();
    TchModel::from_bytes("m", &bytes, labels, ImageProcessor::from_json(AS_THEY_ARE).unwrap(), options)
        .unwrap()
}

/// A stored module of two classes.
fn tiny(name: &str, options: TchOptions) -> TchModel {
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap();
    let labels = vec!["a".to_owned(), "b".to_owned()];
    let processor = ImageProcessor::from_json(AS_THEY_ARE).unwrap();
    TchModel::from_bytes(name, &bytes, labels, processor, &options.scores(OutputKind::Logits)).unwrap()
}

#[track_caller]
fn assert_within(found: &Array2<f32>, expected: &Array2<f32>, bound: f32) {
    assert_eq!(found.dim(), expected.dim());
    let worst = (found - expected).iter().fold(0.0, |worst: f32, difference| worst.max(difference.abs()));
    assert!(worst <= bound, "{worst}");
}

#[test]
fn the_model_conforms() {
    let Some(options) = cuda() else { return };
    let violations = check_model(&shipped(&options), &images(5));
    assert!(violations.is_empty(), "{violations}");
}

#[test]
fn tensor_float_is_noted_where_the_module_allows_it() {
    let Some(options) = cuda() else { return };
    let noted = |model: TchModel| model.notes().iter().any(|note| note.contains("TensorFloat-32"));
    assert!(noted(tiny("plain.pt", options.clone())) && !noted(shipped(&options)));
    assert!(!noted(tiny("plain.pt", options.precision(Precision::F16))));
    assert!(!noted(tiny("plain.pt", TchOptions::new())));
}

#[test]
fn batches_of_any_size_give_the_same_scores() {
    let Some(options) = cuda() else { return };
    let images = images(70);
    let whole = shipped(&options).predict(&views(&images)).unwrap();
    for batch_size in [1, 3, 64] {
        let parts = shipped(&options.clone().batch_size(batch_size)).predict(&views(&images)).unwrap();
        assert_within(&parts, &whole, 1e-3);
    }
}

#[test]
fn drawn_images_score_as_given_ones() {
    let Some(options) = cuda() else { return };
    let images = images(300);
    let model = shipped(&options.batch_size(64));
    let drawn = model.predict_drawn((64, 64, 3), 300, &|i, mut to| to.assign(&images[i])).unwrap();
    assert_eq!(drawn, model.predict(&views(&images)).unwrap());
}

#[test]
fn scores_are_repeated_to_the_bit_on_any_number_of_threads() {
    let Some(options) = cuda() else { return };
    let images = images(300);
    let model = |threads: usize| shipped(&options.clone().threads(threads).batch_size(32));
    let alone = model(1).predict(&views(&images)).unwrap();
    assert_eq!(model(4).predict(&views(&images)).unwrap(), alone);
    let shared = model(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(shared.predict(&views(&images)).unwrap(), alone));
        }
    });
}

#[test]
fn images_of_different_sizes_share_a_batch() {
    let Some(options) = cuda() else { return };
    let model = of_any_size(&options);
    let sides = [(64, 64), (64, 64), (96, 64), (64, 96), (64, 64)];
    let images: Vec<_> = sides
        .iter()
        .map(|&(height, width)| {
            Array3::from_shape_fn((height, width, 3), |(y, x, k)| (y + 2 * x + 60 * k) as u8)
        })
        .collect();
    let together = model.predict(&views(&images)).unwrap();
    assert_within(&together, &of_any_size(&TchOptions::new()).predict(&views(&images)).unwrap(), 1e-3);
}

#[test]
fn features_are_those_of_the_cpu() {
    let Some(options) = cuda() else { return };
    let images = images(20);
    let cpu = shipped(&TchOptions::new()).features(&views(&images)).unwrap();
    let largest = cpu.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    assert_within(&shipped(&options).features(&views(&images)).unwrap(), &cpu, 1e-3 * largest);
}

#[test]
fn a_failed_call_leaves_the_model_usable() {
    let Some(options) = cuda() else { return };
    let model = tiny("not_a_number.pt", options);
    let (bright, dark) = (Array3::from_elem((5, 4, 3), 250), Array3::from_elem((5, 4, 3), 10));
    let scores = model.predict(&[dark.view()]).unwrap();
    assert!(model.predict(&[dark.view(), bright.view()]).is_err());
    assert_eq!(model.predict(&[dark.view()]).unwrap(), scores);
}

#[test]
fn more_memory_than_the_gpu_has_is_an_error_in_one_line() {
    let Some(options) = cuda() else { return };
    let error = tiny("greedy.pt", options).predict(&[images(1)[0].view()]).unwrap_err();
    let Some(Error::Run { source, .. }) = error.downcast_ref() else { panic!("{error}") };
    let line = source.to_string();
    assert!(line.contains("CUDA out of memory") && !line.contains('\n'), "{line}");
}
