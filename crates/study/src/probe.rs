use std::sync::atomic::{AtomicBool, Ordering};

use perturb::Perturber as _;
use protocols::{Dataset, FnModel, Model};
use saliency::Classes;

use crate::{Error, Study};

/// Refuses an explainer that cannot take an image of the study, such as one whose fill has other channels.
///
/// The model is not asked: what an explainer refuses before it asks a model depends on its settings and the image.
pub(crate) fn check_explainer(
    study: &Study,
    dataset: &dyn Dataset,
    model: &dyn Model,
    image_id: usize,
) -> Result<(), Error> {
    // An image that cannot be read or perturbed is left to the accuracy pass, which says so.
    let (Some(setting), Ok(datum)) = (study.settings.first(), dataset.get(image_id)) else { return Ok(()) };
    let mut random = study.randomness.datum(datum.metadata.key);
    let perturbed = setting.perturber.perturb_datum(datum.image.view(), &datum.metadata.entries, &mut random);
    let Ok(image) = perturbed else { return Ok(()) };
    let asked = AtomicBool::new(false);
    let unasked = FnModel::new(model.metadata().clone(), |_| {
        asked.store(true, Ordering::Relaxed);
        Err("the model is not to be asked".into())
    });
    let explained = study.explainer.explain_observed(&unasked, image.view(), Classes::Chosen(&[0]), &mut ());
    match explained {
        Err(source) if !asked.load(Ordering::Relaxed) => Err(Error::Setting {
            what: format!("image {image_id} (`{}`) cannot be explained", datum.metadata.id),
            source: source.into(),
        }),
        _ => Ok(()),
    }
}
