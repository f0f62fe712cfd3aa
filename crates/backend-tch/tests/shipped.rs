//! The shipped TorchScript model, run by libtorch.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use backend_tch::{Device, Precision, TchModel, TchOptions};
use model_folder::ImageProcessor;
use ndarray::Array3;
use protocols::Model;
use protocols::conformance::check_model;
use support::{folder, images, shipped, views};

#[test]
fn the_model_conforms() {
    let violations = check_model(&shipped(&TchOptions::new()), &images(5));
    assert!(violations.is_empty(), "{violations}");
}

#[test]
fn batches_of_any_size_give_the_same_scores() {
    let images = images(7);
    let whole = shipped(&TchOptions::new()).predict(&views(&images)).unwrap();
    let parts = shipped(&TchOptions::new().batch_size(3)).predict(&views(&images)).unwrap();
    assert!((&whole - &parts).iter().all(|difference| difference.abs() < 1e-5));
    assert!(whole.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-5));
}

#[test]
fn drawn_images_score_as_given_ones() {
    let images = images(5);
    let model = shipped(&TchOptions::new());
    let drawn = model.predict_drawn((64, 64, 3), 5, &|i, mut to| to.assign(&images[i])).unwrap();
    assert_eq!(drawn, model.predict(&views(&images)).unwrap());
}

#[test]
fn logits_are_given_if_asked_for() {
    let scores = shipped(&TchOptions::new().softmax(false)).predict(&views(&images(1))).unwrap();
    assert!(scores.iter().any(|&logit| logit < 0.0));
}

#[test]
fn several_threads_share_a_model() {
    fn shareable<T: Send + Sync>(model: T) -> T {
        model
    }
    let (model, images) = (shareable(shipped(&TchOptions::new())), images(40));
    let alone = model.predict(&views(&images)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(model.predict(&views(&images)).unwrap(), alone));
        }
    });
}

#[test]
fn the_number_of_threads_does_not_change_the_scores() {
    let images = images(40);
    let with =
        |threads: usize| shipped(&TchOptions::new().threads(threads)).predict(&views(&images)).unwrap();
    // One thread has all passes, three have one each.
    assert_eq!(with(1), with(3));
}

#[test]
fn images_of_different_sizes_share_a_batch() {
    // The network takes any size where nothing resizes for it.
    let bytes = std::fs::read(folder().join("model.pt")).unwrap();
    let processor = || {
        ImageProcessor::from_json(r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#)
            .unwrap()
    };
    let labels: Vec<String> = (0..10).map(|class| class.to_string()).collect();
    let model = TchModel::from_bytes("m", &bytes, labels, processor(), &TchOptions::new()).unwrap();
    let sides = [(64, 64), (64, 64), (96, 64), (64, 96), (64, 64)];
    let images: Vec<_> = sides
        .iter()
        .map(|&(height, width)| {
            Array3::from_shape_fn((height, width, 3), |(y, x, k)| (y + 2 * x + 60 * k) as u8)
        })
        .collect();
    let together = model.predict(&views(&images)).unwrap();
    for (image, row) in images.iter().zip(together.rows()) {
        let alone = model.predict(&[image.view()]).unwrap();
        assert!(alone.iter().zip(row).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}

#[test]
fn the_shipped_module_offers_its_features() {
    let images = images(20);
    assert_eq!(shipped(&TchOptions::new()).features(&views(&images)).unwrap().dim(), (20, 192));
}

/// The largest difference of half precision's probabilities from full precision's.
fn half_differs_by(device: Device, precision: Precision) -> f32 {
    let images = images(24);
    let full = shipped(&TchOptions::new()).predict(&views(&images)).unwrap();
    let half =
        shipped(&TchOptions::new().device(device).precision(precision)).predict(&views(&images)).unwrap();
    assert_ne!(half, full, "{precision} on {device} computed with more than half precision");
    (half - full).iter().fold(0.0_f32, |worst, difference| worst.max(difference.abs()))
}

#[test]
fn half_precision_is_near_full_precision() {
    let worst = half_differs_by(Device::Cpu, Precision::Bf16);
    assert!(worst < 0.05, "{worst}");
}

/// Where there is a GPU, the same images have the same scores there.
#[test]
fn cuda_agrees_with_the_cpu() {
    if !tch::Cuda::is_available() {
        return;
    }
    let images = images(300);
    let cpu = shipped(&TchOptions::new()).predict(&views(&images)).unwrap();
    let cuda = shipped(&TchOptions::new().device(Device::Cuda(0))).predict(&views(&images)).unwrap();
    assert!((cuda - &cpu).iter().all(|difference| difference.abs() < 1e-3));
    for (precision, bound) in [(Precision::F16, 0.02), (Precision::Bf16, 0.05)] {
        let worst = half_differs_by(Device::Cuda(0), precision);
        assert!(worst < bound, "{precision}: {worst}");
    }
    let drawn = shipped(&TchOptions::new().device(Device::Cuda(0)))
        .predict_drawn((64, 64, 3), 300, &|i, mut to| to.assign(&images[i]))
        .unwrap();
    assert!((drawn - cpu).iter().all(|difference| difference.abs() < 1e-3));
}
