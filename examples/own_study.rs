//! A whole study of a program's own dataset, model, perturber and metric, which can be interrupted and resumed.
//!
//! ```sh
//! cargo run --release --example own_study
//! ```

use ndarray::{Array2, Array3};
use stressmap::perturb::{FnPerturber, Sweep};
use stressmap::protocols::{BoxError, FnModel, MemoryDataset, ModelMetadata, ScoreKind};
use stressmap::results::write_markdown;
use stressmap::saliency_metrics::FnMetric;
use stressmap::study::Study;
use stressmap::study_store::StudyFolder;

fn main() -> Result<(), BoxError> {
    let labels = vec!["dark".to_owned(), "bright".to_owned()];
    let image = |i: usize| Array3::from_shape_fn((32, 32, 3), |(y, x, _)| (9 * i + y + x) as u8);
    let dataset = MemoryDataset::new("ramps", labels.clone(), (0..20).map(|i| (image(i), i / 10)).collect())?;

    let model = FnModel::new(ModelMetadata::new("mean", labels, ScoreKind::Probabilities), |images| {
        let mean = |i: usize| images[i].mapv(f32::from).mean().unwrap_or(0.0) / 255.0;
        Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - mean(i), mean(i)][class]))
    });

    let fog = Sweep::new("Fog", "density", [0.0, 0.3, 0.6], |density: f64| {
        Ok::<_, BoxError>(FnPerturber::new("Fog", [("density", density)], move |image, _random| {
            Ok(image.mapv(|value| (f64::from(value) * (1.0 - density) + 200.0 * density).round() as u8))
        }))
    })?;
    let positive = FnMetric::new("positive", |map, _reference| {
        Ok(map.iter().filter(|&&value| value > 0.0).count() as f64 / map.len() as f64)
    });

    let study = Study::builder().sweep(fog).saliency_metric(positive).build()?;
    let results = StudyFolder::open("fog-report")?.resume(&study, &dataset, &model, &mut ())?;
    write_markdown(&results.item_response, std::io::stdout())?;
    Ok(())
}
