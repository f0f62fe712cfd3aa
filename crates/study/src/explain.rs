use std::ops::ControlFlow;

use ndarray::{Array2, Array3, Axis};
use perturb::Perturber as _;
use protocols::{BoxError, Dataset, Model, Observer};
use results::{ExplainedImage, Setting};
use saliency::Classes;

use crate::study::StudySetting;
use crate::{Error, Study};

/// An image at a setting, perturbed.
pub(crate) struct PerturbedImage<'a> {
    setting: &'a Setting,
    image_id: usize,
    datum: String,
    pub(crate) image: Array3<u8>,
}

/// Reads and perturbs an image.
pub(crate) fn perturbed<'a>(
    study: &Study,
    StudySetting { name, perturber }: &'a StudySetting,
    image_id: usize,
    dataset: &dyn Dataset,
) -> Result<PerturbedImage<'a>, Error> {
    let failed = |datum: &str, source: BoxError| Error::Saliency {
        setting: name.to_string(),
        image_id,
        datum: datum.to_owned(),
        source,
    };
    let datum = dataset.get(image_id).map_err(|e| failed("", e))?;
    let mut random = study.randomness.datum(datum.metadata.key);
    let image = perturber
        .perturb_datum(datum.image.view(), &datum.metadata.entries, &mut random)
        .map_err(|e| failed(&datum.metadata.id, e.into()))?;
    Ok(PerturbedImage { setting: name, image_id, datum: datum.metadata.id, image })
}

impl PerturbedImage<'_> {
    /// The maps of the image's true and its predicted class, the columns of the model's scores.
    pub(crate) fn maps(
        &self,
        study: &Study,
        [truth, predicted]: [usize; 2],
        model: &dyn Model,
        observer: &mut dyn Observer,
    ) -> Result<[Array2<f32>; 2], Error> {
        let failed = |source: BoxError| Error::Saliency {
            setting: self.setting.to_string(),
            image_id: self.image_id,
            datum: self.datum.clone(),
            source,
        };
        let (classes, image) = (Classes::Chosen(&[truth, predicted]), self.image.view());
        let explained = study.explainer.explain_observed(model, image, classes, &mut StopOnly(observer));
        let maps = match explained {
            Ok(explanation) => explanation.maps,
            Err(saliency::Error::Stopped { .. }) => return Err(Error::Stopped),
            Err(error) => return Err(failed(error.into())),
        };
        if maps.dim().0 != 2 {
            let (found, name) = (maps.dim().0, "an explanation of two classes");
            return Err(failed(format!("{name} has {found} maps, expected 2").into()));
        }
        Ok([0, 1].map(|at| maps.index_axis(Axis(0), at).to_owned()))
    }
}

/// Perturbs an image and explains its true and its predicted class, the columns of the model's scores.
pub(crate) fn explained(
    study: &Study,
    setting: &StudySetting,
    image_id: usize,
    columns: [usize; 2],
    dataset: &dyn Dataset,
    model: &dyn Model,
) -> Result<ExplainedImage, Error> {
    let image = perturbed(study, setting, image_id, dataset)?;
    let [truth, predicted] = image.maps(study, columns, model, &mut ())?;
    Ok(ExplainedImage { setting: setting.name.clone(), image_id, truth, predicted, image: image.image })
}

/// Asks whether to stop while an image is being explained. The masks are not items of the study's pass.
struct StopOnly<'a>(&'a mut dyn Observer);

impl Observer for StopOnly<'_> {
    fn advanced(&mut self, _masks: usize) -> ControlFlow<()> {
        self.0.advanced(0)
    }
}
