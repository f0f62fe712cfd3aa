//! Hugging Face's `ConvNextImageProcessor`, over Pillow.

use model_folder::{ImageProcessor, Scratch};

use super::Row;
use super::reference::Reference;

/// The largest difference, and the share of values that differ by more than half a grey level.
#[derive(Default)]
struct Tally {
    worst: f64,
    off: usize,
    values: usize,
    cases: usize,
}

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("preprocess");
    let (mut native, mut resized) = (Tally::default(), Tally::default());
    for case in &reference.cases {
        let config = &case["preprocessor_config"];
        let processor = ImageProcessor::from_json(&config.to_string()).unwrap();
        let (image, _) = reference.picture(case, "image");
        let theirs = reference.array::<f32>(case, "out");
        let mut ours = vec![0.0; theirs.len()];
        let (height, width) = processor.output_size((image.dim().0, image.dim().1));
        assert_eq!(theirs.shape(), [3, height, width]);
        processor.write(image.view(), &mut ours, &mut Scratch::default()).unwrap();
        let tally = if config["do_resize"] == false { &mut native } else { &mut resized };
        let plane = theirs.len() / 3;
        for (i, (ours, theirs)) in ours.iter().zip(theirs.iter()).enumerate() {
            // In grey levels.
            let deviation = config["image_std"][i / plane].as_f64().unwrap();
            let difference = f64::from((ours - theirs).abs()) * deviation * 255.0;
            tally.worst = tally.worst.max(difference);
            tally.off += usize::from(difference > 0.5);
        }
        tally.values += theirs.len();
        tally.cases += 1;
    }
    let row = |what, goal, worst, bound, cases| Row {
        what,
        with: "ConvNextImageProcessor (PIL)",
        goal,
        worst,
        bound,
        cases,
    };
    vec![
        row("preprocessing without a resize", "1e-2 of a grey level", native.worst, 1e-2, native.cases),
        row("preprocessing with a resize", "one grey level", resized.worst, 1.01, resized.cases),
        row(
            "preprocessing with a resize: share of values that differ",
            "under 1 %",
            resized.off as f64 / resized.values as f64,
            0.01,
            resized.cases,
        ),
    ]
}

#[test]
fn preprocessing_is_hugging_faces() {
    rows().iter().for_each(Row::check);
}
