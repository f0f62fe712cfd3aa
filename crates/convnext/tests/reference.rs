//! The logits of transformers and timm, which `tests/backends/convnext_cases.py` stored beside random weights.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use convnext::{ConvNextModel, ConvNextOptions};
use model_folder::ModelFolder;
use ndarray::{Array2, Array4, Axis};
use protocols::Model;
use safetensors::SafeTensors;

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// The stored images, `(n, height, width, 3)`, and logits.
fn reference(folder: &Path) -> (Array4<u8>, Array2<f32>) {
    let bytes = fs::read(folder.join("reference.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (images, logits) = (file.tensor("images").unwrap(), file.tensor("logits").unwrap());
    let shape: [usize; 4] = images.shape().try_into().unwrap();
    let images = Array4::from_shape_vec(shape, images.data().to_vec()).unwrap();
    let values = logits.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    let shape: [usize; 2] = logits.shape().try_into().unwrap();
    (images, Array2::from_shape_vec(shape, values).unwrap())
}

/// The largest differences of logits and of probabilities.
fn differences(name: &str) -> (f32, f32) {
    let folder = ModelFolder::open(case(name)).unwrap();
    let (images, mut expected) = reference(folder.path());
    let views: Vec<_> = images.axis_iter(Axis(0)).collect();
    let largest = |softmax: bool, expected: &Array2<f32>| {
        let options = ConvNextOptions::new().softmax(softmax);
        let scores = ConvNextModel::load(&folder, &options).unwrap().predict(&views).unwrap();
        assert_eq!(scores.dim(), expected.dim());
        (scores - expected).iter().fold(0.0, |largest: f32, difference| largest.max(difference.abs()))
    };
    let logits = largest(false, &expected);
    inference::softmax_rows(&mut expected);
    (logits, largest(true, &expected))
}

macro_rules! agrees {
    ($($test:ident: $case:literal)*) => {
        $(#[test]
        fn $test() {
            let (logits, probabilities) = differences($case);
            assert!(logits < 1e-5, "{logits}");
            assert!(probabilities < 2e-6, "{probabilities}");
        })*
    };
}

agrees! {
    transformers_convnext_is_met: "convnext"
    transformers_convnext_v2_in_several_files_is_met: "convnextv2-sharded"
    weights_in_bf16_are_met: "convnext-bf16"
    weights_that_torch_saved_are_met: "convnext-pytorch"
    timm_overlapping_stem_is_met: "timm-overlap-tiered"
    timm_overlapping_stem_with_an_activation_is_met: "timm-overlap-act"
    timm_stem_of_stride_two_is_met: "timm-stride-2"
}
