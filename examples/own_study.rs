//! A whole study with a program's own dataset, model, perturber and metric, resumable, with a report.
//!
//! ```sh
//! cargo run --release --example own_study
//! ```

use std::collections::BTreeMap;

use ndarray::{Array2, Array3, ArrayView2, ArrayView3};
use stressmap::perturb::{self, Perturber, Random, Sweep};
use stressmap::protocols::{BoxError, FnModel, MemoryDataset, ModelMetadata, ScoreKind};
use stressmap::saliency_metrics::{self, SaliencyMetric};
use stressmap::study::Study;
use stressmap::study_store::StudyFolder;

/// Mixes every image with grey fog.
#[derive(Debug)]
struct Fog(f64);

impl Perturber for Fog {
    fn name(&self) -> &str {
        "Fog"
    }
    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([("density".to_owned(), self.0.into())])
    }
    fn perturb(&self, image: ArrayView3<'_, u8>, _: &mut Random) -> Result<Array3<u8>, perturb::Error> {
        Ok(image.mapv(|value| (f64::from(value) * (1.0 - self.0) + 200.0 * self.0).round() as u8))
    }
}

/// The share of a map that is positive.
#[derive(Debug)]
struct Positive;

impl SaliencyMetric for Positive {
    fn name(&self) -> &str {
        "positive"
    }
    fn compute(
        &self,
        map: ArrayView2<'_, f32>,
        _: ArrayView2<'_, f32>,
    ) -> Result<f64, saliency_metrics::Error> {
        Ok(map.iter().filter(|&&value| value > 0.0).count() as f64 / map.len() as f64)
    }
}

fn main() -> Result<(), BoxError> {
    let labels = vec!["dark".to_owned(), "bright".to_owned()];
    let image = |i: usize| Array3::from_shape_fn((32, 32, 3), |(y, x, _)| (9 * i + 2 * y + x) as u8);
    let dataset = MemoryDataset::new("ramps", labels.clone(), (0..20).map(|i| (image(i), i / 10)).collect())?;
    let model = FnModel::new(ModelMetadata::new("mean", labels, ScoreKind::Probabilities), |images| {
        let bright = |i: usize| {
            images[i].iter().map(|&v| f32::from(v)).sum::<f32>() / (255.0 * images[i].len() as f32)
        };
        Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - bright(i), bright(i)][class]))
    });
    let study = Study::builder()
        .sweep(Sweep::new("Fog", "density", [0.0, 0.3, 0.6], |density| Ok::<_, BoxError>(Fog(density)))?)
        .saliency_metric(Positive)
        .build()?;
    let results = StudyFolder::open("fog-report")?.resume(&study, &dataset, &model, &mut ())?;
    for row in &results.item_response {
        println!("{}: accuracy {:.2}", row.setting, row.accuracy_micro);
    }
    Ok(())
}
