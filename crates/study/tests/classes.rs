//! A model may know classes that the dataset does not have.

use ndarray::{Array2, Array3};
use perturb::{SaltNoise, Sweep};
use protocols::{AlignedModel, FnModel, MemoryDataset, ModelMetadata, ScoreKind};
use saliency::Rise;
use study::Study;

#[test]
fn a_class_that_the_dataset_lacks_can_be_predicted() {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    // Dark images are lakes.
    let metadata = ModelMetadata::new("m", names(&["Forest", "Lake", "River"]), ScoreKind::Logits);
    let model = FnModel::new(metadata, |images| {
        Ok(Array2::from_shape_fn((images.len(), 3), |(i, class)| match class {
            1 => f32::from(255 - images[i][[0, 0, 0]]),
            _ => f32::from(images[i][[0, 0, 0]]) / (class + 1) as f32,
        }))
    });
    let images = [0, 255, 0, 255].map(|value| (Array3::from_elem((8, 8, 3), value), 1)).to_vec();
    let dataset = MemoryDataset::new("d", names(&["River", "Forest"]), images).unwrap();
    let model = AlignedModel::new(model, &["River", "Forest"]).unwrap();

    let salt = Sweep::new("SaltNoise", "amount", [0.0], SaltNoise::new).unwrap();
    let rise = Rise::builder().masks(10).build().unwrap();
    let study = Study::builder().sweep(salt).explainer(rise).build().unwrap();
    let results = study.run(&dataset, &model, &mut ()).unwrap();
    let predicted: Vec<_> = results.predictions.iter().map(|row| row.predicted.as_str()).collect();
    assert_eq!(predicted, ["Lake", "Forest", "Lake", "Forest"]);
    assert_eq!(results.item_response[0].accuracy_micro, 0.5);
    assert_eq!(results.saliency_metrics[0].predicted, "Lake");
    // As a report does that shows an image of an earlier run.
    let again = study.explain(&results.saliency_metrics[0], &dataset, &model).unwrap();
    assert_eq!(again.predicted.dim(), (8, 8));
}
