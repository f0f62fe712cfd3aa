//! The shipped TorchScript model, run by libtorch.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use backend_tch::{Device, Error, Options, TchModel};
use model_folder::{ImageProcessor, ModelFolder};
use ndarray::{Array3, ArrayView3};
use protocols::{Model, ScoreKind};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/eurosat-convnext")
}

fn model(options: Options) -> TchModel {
    TchModel::load(&ModelFolder::open(folder()).unwrap(), &options).unwrap()
}

fn pictures(count: usize) -> Vec<Array3<u8>> {
    (0..count)
        .map(|i| Array3::from_shape_fn((64, 64, 3), |(y, x, k)| ((y * (i + 3) + x * 5 + k * 40) % 256) as u8))
        .collect()
}

fn views(pictures: &[Array3<u8>]) -> Vec<ArrayView3<'_, u8>> {
    pictures.iter().map(|picture| picture.view()).collect()
}

#[test]
fn batches_of_any_size_give_the_same_scores() {
    let pictures = pictures(7);
    let whole = model(Options::new()).predict(&views(&pictures)).unwrap();
    let parts = model(Options::new().batch_size(3.try_into().unwrap())).predict(&views(&pictures)).unwrap();
    assert!((&whole - &parts).iter().all(|difference| difference.abs() < 1e-5));
    assert!(whole.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-5));
}

#[test]
fn drawn_pictures_score_as_given_ones() {
    let pictures = pictures(5);
    let model = model(Options::new());
    let drawn = model.predict_drawn((64, 64, 3), 5, &|i, mut to| to.assign(&pictures[i])).unwrap();
    assert_eq!(drawn, model.predict(&views(&pictures)).unwrap());
}

#[test]
fn logits_are_given_if_asked_for() {
    let scores = model(Options::new().scores(ScoreKind::Logits)).predict(&views(&pictures(1))).unwrap();
    assert!(scores.iter().any(|&logit| logit < 0.0));
}

#[test]
fn what_is_no_module_is_refused_in_one_line() {
    let whole = std::fs::read(folder().join("model.pt")).unwrap();
    let processor = || ImageProcessor::from_json(r#"{"do_resize": false}"#).unwrap();
    let labels = |count: usize| (0..count).map(|class| class.to_string()).collect::<Vec<_>>();
    for bytes in [&b"not TorchScript"[..], &whole[..whole.len() / 2], &[]] {
        let error = TchModel::from_bytes("m", bytes, labels(10), processor(), &Options::new()).unwrap_err();
        assert!(matches!(error, Error::Load { .. }));
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(!cause.contains('\n') && !cause.contains("frame #"), "{cause}");
    }
    let model = TchModel::from_bytes("m", &whole, labels(7), processor(), &Options::new()).unwrap();
    let error = model.predict(&views(&pictures(2))).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::Output { expected: [2, 7], .. })), "{error}");
    let grey_with_alpha = Array3::zeros((64, 64, 2));
    let error = model.predict(&[grey_with_alpha.view()]).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::Picture { position: 0, .. })), "{error}");
}

#[test]
fn a_device_that_is_not_there_is_an_error() {
    let beyond = tch::Cuda::device_count().max(0) as usize;
    let options = Options::new().device(Device::Cuda(beyond));
    let error = TchModel::load(&ModelFolder::open(folder()).unwrap(), &options).unwrap_err().to_string();
    assert!(error.contains(&format!("there is no cuda:{beyond}: libtorch was built with")), "{error}");
}
