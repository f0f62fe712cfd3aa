//! Hugging Face's image processors, over Pillow.

use model_folder::{ImageProcessor, Scratch};
use serde_json::Value;

use super::Row;
use super::reference::Reference;

pub fn rows() -> Vec<Row> {
    [("preprocess", "preprocessing by ConvNextImageProcessor: share of f32 values that differ", "ConvNextImageProcessor (PIL)"),
     ("processors", "preprocessing by ViT, DeiT, Bit, CLIP, EfficientNet, MobileNetV2, MobileViT, LeViT, PVT and PoolFormer: share of f32 values that differ", "transformers' image processors (PIL)")]
        .map(|(topic, what, with)| {
            let reference = Reference::open(topic);
            let (mut differ, mut values, mut cases) = (0, 0, 0);
            for case in &reference.cases {
                let Some((wrong, all)) = compare(&reference, case) else { continue };
                differ += wrong;
                values += all;
                cases += 1;
            }
            Row { what, with, goal: "every value equal", worst: f64::from(differ) / f64::from(values.max(1)), bound: 0.0, cases }
        })
        .into()
}

/// How many values of a case differ from the original's, and how many there are; none where the original refuses, or
/// makes other than three channels.
fn compare(reference: &Reference, case: &Value) -> Option<(u32, u32)> {
    if case.get("error").is_some_and(|error| !error.is_null()) {
        // Grey images are repeated where the original refuses them; alpha is refused in both.
        return None;
    }
    let mut config = case["preprocessor_config"].clone();
    if config.get("image_processor_type").is_none() {
        config["image_processor_type"] = "ConvNextImageProcessor".into();
    }
    let processor = ImageProcessor::from_json(&config.to_string()).unwrap();
    let (image, _) = reference.picture(case, "image");
    let theirs = reference.array::<f32>(case, "out");
    if theirs.shape()[0] != 3 {
        return None;
    }
    let (height, width) = processor.output_size((image.dim().0, image.dim().1)).unwrap();
    let mut ours = vec![0.0; 3 * height * width];
    processor.write(image.view(), &mut ours, &mut Scratch::default()).unwrap();
    let ours = ndarray::Array3::from_shape_vec((3, height, width), ours).unwrap();
    // Of large outputs every seventh row and column is stored.
    let step = if case.get("stored").is_some_and(Value::is_string) { 7 } else { 1 };
    let ours = ours.slice(ndarray::s![.., ..;step, ..;step]);
    assert_eq!(ours.shape(), theirs.shape(), "{case}");
    let differ = ours.iter().zip(theirs.iter()).filter(|(a, b)| a != b).count();
    Some((u32::try_from(differ).unwrap(), u32::try_from(theirs.len()).unwrap()))
}

#[test]
fn preprocessing_is_hugging_faces() {
    rows().iter().for_each(Row::check);
}
