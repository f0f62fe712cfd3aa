use std::ops::ControlFlow;

use ndarray::{Array2, Axis};
use perturb::Perturber as _;
use protocols::{BoxError, Dataset, Model, Observer};
use results::ExplainedImage;
use saliency::Classes;

use crate::study::StudySetting;
use crate::{Error, Study};

/// Perturbs an image and explains its true and its predicted class, the columns of the model's scores.
pub(crate) fn explained(
    study: &Study,
    StudySetting { name, perturber }: &StudySetting,
    image_id: usize,
    [truth, predicted]: [usize; 2],
    dataset: &dyn Dataset,
    model: &dyn Model,
    observer: &mut dyn Observer,
) -> Result<ExplainedImage, Error> {
    let failed = |datum: &str, source: BoxError| Error::Saliency {
        setting: name.to_string(),
        image_id,
        datum: datum.to_owned(),
        source,
    };
    let datum = dataset.get(image_id).map_err(|e| failed("", e))?;
    let failed = |source| failed(&datum.metadata.id, source);
    let mut random = study.randomness.datum(datum.metadata.key);
    let image = perturber
        .perturb_datum(datum.image.view(), &datum.metadata.entries, &mut random)
        .map_err(|e| failed(e.into()))?;
    let classes = Classes::Chosen(&[truth, predicted]);
    let explained = study.explainer.explain_observed(model, image.view(), classes, &mut StopOnly(observer));
    let maps = match explained {
        Ok(explanation) => explanation.maps,
        Err(saliency::Error::Stopped { .. }) => return Err(Error::Stopped),
        Err(error) => return Err(failed(error.into())),
    };
    let map = |at| -> Array2<f32> { maps.index_axis(Axis(0), at).to_owned() };
    if maps.dim().0 != 2 {
        let (found, name) = (maps.dim().0, "an explanation of two classes");
        return Err(failed(format!("{name} has {found} maps, expected 2").into()));
    }
    Ok(ExplainedImage { setting: name.clone(), image_id, truth: map(0), predicted: map(1), image })
}

/// Asks whether to stop while an image is being explained. The masks are not items of the study's pass.
struct StopOnly<'a>(&'a mut dyn Observer);

impl Observer for StopOnly<'_> {
    fn advanced(&mut self, _masks: usize) -> ControlFlow<()> {
        self.0.advanced(0)
    }
}
