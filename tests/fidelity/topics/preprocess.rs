//! Hugging Face's image processors, over Pillow.

use model_folder::{ImageProcessor, Scratch};
use serde_json::Value;

use super::Row;
use super::reference::Reference;

pub fn rows() -> Vec<Row> {
    let topics = [
        ("preprocess", "preprocessing: share of f32 that differ", "ConvNextImageProcessor (PIL)"),
        ("processors", "preprocessing: share of f32 that differ", "15 image processors (PIL), and timm's"),
    ];
    topics
        .map(|(topic, what, with)| {
            let reference = Reference::open(topic);
            let (mut differing, mut values) = (0, 0);
            for case in &reference.cases {
                let (wrong, all) = compare(&reference, case);
                differing += wrong;
                values += all;
            }
            let worst = differing as f64 / values as f64;
            Row { what, with, goal: "every value equal", worst, bound: 0.0, cases: reference.cases.len() }
        })
        .into()
}

/// How many values of a case differ from the original's, and how many there are.
fn compare(reference: &Reference, case: &Value) -> (usize, usize) {
    let text = |field: &str| case.get(field).filter(|value| value.is_object()).map(Value::to_string);
    let preprocessor = text("preprocessor_config");
    // The cases of ConvNextImageProcessor do not name it, as the older files of such models.
    let config = text("config").unwrap_or_else(|| r#"{"model_type": "convnext"}"#.to_owned());
    let processor = ImageProcessor::from_configs(preprocessor.as_deref(), &config).unwrap();
    let (image, _) = reference.image(case, "image");
    let theirs = reference.array::<f32>(case, "out");
    let (height, width) = processor.output_size((image.dim().0, image.dim().1)).unwrap();
    let mut ours = vec![0.0; 3 * height * width];
    processor.write(image.view(), &mut ours, &mut Scratch::default()).unwrap();
    let ours = ndarray::Array3::from_shape_vec((3, height, width), ours).unwrap();
    // Of large tensors some rows and columns are stored.
    let step = case.get("step").and_then(Value::as_i64).unwrap_or(1) as isize;
    let ours = ours.slice(ndarray::s![.., ..;step, ..;step]);
    assert_eq!(ours.shape(), theirs.shape(), "{case}");
    (ours.iter().zip(theirs.iter()).filter(|(a, b)| a != b).count(), theirs.len())
}

#[test]
fn preprocessing_is_hugging_faces() {
    rows().iter().for_each(Row::check);
}
