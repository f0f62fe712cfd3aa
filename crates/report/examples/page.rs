//! A page from another program's results: nothing here knows of a study, a model or a file.
//!
//! `cargo run -p report --example page -- 200 Forest River > page.html` makes up results of 200 images of two classes.

use std::io::Write;

use ndarray::{Array2, Array3};
use report::{Page, SampleChoice};
use results::{
    ExplainedImage, ItemResponse, Prediction, RunInfo, SaliencyComparison, Setting, StudyResults, Value,
    Values,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: usize = arguments.next().as_deref().unwrap_or("12").parse()?;
    let mut labels: Vec<String> = arguments.collect();
    if labels.is_empty() {
        labels = ["Forest", "River"].map(str::to_owned).into();
    }

    let mut results = StudyResults {
        run: RunInfo {
            program: "an example".into(),
            dataset: "stripes".into(),
            model: "a made-up model".into(),
            images: count,
            labels: labels.clone(),
            ..RunInfo::default()
        },
        ..StudyResults::default()
    };
    for ksize in [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0] {
        let setting = Setting::new("AverageBlur", "ksize", Value::from(ksize));
        // The stronger the blur, the more images are predicted as the next class.
        let is_right = |image: usize| ((image * 7) % 20) as f64 >= ksize - 1.0;
        let right = (0..count).filter(|&image| is_right(image)).count() as f64 / count as f64;
        results.item_response.push(ItemResponse {
            setting: setting.clone(),
            accuracy_macro: right,
            accuracy_micro: right,
            count,
            metrics: Values::default(),
        });
        for image_id in 0..count {
            let truth = image_id % labels.len();
            let predicted = if is_right(image_id) { truth } else { (truth + 1) % labels.len() };
            let (truth_score, xcorr) = if predicted == truth {
                (0.9, 1.0)
            } else {
                (0.2, 1.0 - ksize * (image_id % 9) as f64 / 90.0)
            };
            results.predictions.push(Prediction {
                setting: setting.clone(),
                image_id,
                datum: format!("stripes {image_id}"),
                truth: labels[truth].clone(),
                predicted: labels[predicted].clone(),
                truth_score,
                predicted_score: 0.9,
                scores: Vec::new(),
            });
            results.saliency_metrics.push(SaliencyComparison {
                setting: setting.clone(),
                image_id,
                truth: labels[truth].clone(),
                predicted: labels[predicted].clone(),
                truth_score,
                predicted_score: 0.9,
                metrics: Values::from_iter([
                    ("entropy", 11.0 + ksize / 100.0),
                    ("ssd", 1.0 - xcorr),
                    ("xcorr", xcorr),
                ]),
            });
        }
    }

    let shown = SampleChoice::new().choose(&results.saliency_metrics, &results.saliency_drift);
    let images: Vec<ExplainedImage> = results
        .saliency_metrics
        .iter()
        .filter(|row| shown.contains(&row.image_id))
        .map(|row| {
            let period = 2 + row.image_id % 7;
            let wave = |x: usize| ((x as f32 / period as f32).sin(), (x as f32 / 9.0).cos());
            ExplainedImage {
                setting: row.setting.clone(),
                image_id: row.image_id,
                image: Array3::from_shape_fn((48, 64, 3), |(y, x, k)| {
                    (128.0 + 90.0 * wave(x + k * y / 9).0) as u8
                }),
                truth: Array2::from_shape_fn((48, 64), |(y, x)| wave(x).0 * wave(y).1),
                predicted: Array2::from_shape_fn((48, 64), |(y, x)| wave(y).0 * wave(x).1),
            }
        })
        .collect();
    let html = Page::new(&results).images(&images).html()?;
    std::io::stdout().write_all(html.as_bytes())?;
    Ok(())
}
