use std::ops::ControlFlow;

use ndarray::{Array2, Array3, Axis};
use perturb::Perturber as _;
use protocols::{BoxError, Dataset, Datum, Model, Observer};
use results::{ExplainedImage, Setting};
use saliency::{Classes, Explanation};

use crate::study::StudySetting;
use crate::{Error, Study};

/// A perturbed image with the explanation of two classes: the true and the predicted one.
pub(crate) struct Explained {
    pub(crate) image: Array3<u8>,
    pub(crate) explanation: Explanation,
    /// The columns of the model's scores of the true and of the predicted class.
    pub(crate) classes: [usize; 2],
    /// How many columns the model's scores have.
    columns: usize,
}

impl Explained {
    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        let (maps, scores) = (self.explanation.maps.len(), self.explanation.scores.nrows());
        self.image.len() + (maps + scores * self.columns) * size_of::<f32>()
    }

    /// The image with the maps of its true and its predicted class.
    pub(crate) fn at(&self, setting: &Setting, image_id: usize) -> ExplainedImage {
        let map = |at| -> Array2<f32> { self.explanation.maps.index_axis(Axis(0), at).to_owned() };
        let (setting, image) = (setting.clone(), self.image.clone());
        ExplainedImage { setting, image_id, truth: map(0), predicted: map(1), image }
    }
}

/// Reads an image.
pub(crate) fn datum(dataset: &dyn Dataset, setting: &Setting, image_id: usize) -> Result<Datum, Error> {
    dataset.get(image_id).map_err(|source| failed(setting, image_id, "", source))
}

/// Perturbs an image.
pub(crate) fn perturbed(
    study: &Study,
    StudySetting { name, perturber, .. }: &StudySetting,
    image_id: usize,
    datum: &Datum,
) -> Result<Array3<u8>, Error> {
    let mut random = study.randomness.datum(datum.metadata.key);
    perturber
        .perturb_datum(datum.image.view(), &datum.metadata.entries, &mut random)
        .map_err(|e| failed(name, image_id, &datum.metadata.id, e.into()))
}

/// Explains the true and the predicted class of a perturbed image, the columns of the model's scores.
pub(crate) fn explained(
    study: &Study,
    (name, image_id, datum): (&Setting, usize, &str),
    image: Array3<u8>,
    classes: [usize; 2],
    model: &dyn Model,
    observer: &mut dyn Observer,
) -> Result<Explained, Error> {
    let failed = |source| failed(name, image_id, datum, source);
    let chosen = Classes::Chosen(&classes);
    let explained = study.explainer.explain_observed(model, image.view(), chosen, &mut StopOnly(observer));
    let explanation = match explained {
        Ok(explanation) => explanation,
        Err(saliency::Error::Stopped { .. }) => return Err(Error::Stopped),
        Err(error) => return Err(failed(error.into())),
    };
    if explanation.maps.dim().0 != 2 {
        let (found, name) = (explanation.maps.dim().0, "an explanation of two classes");
        return Err(failed(format!("{name} has {found} maps, expected 2").into()));
    }
    Ok(Explained { image, explanation, classes, columns: model.metadata().labels.len() })
}

/// An image that could not be explained.
pub(crate) fn failed(setting: &Setting, image_id: usize, datum: &str, source: BoxError) -> Error {
    Error::Saliency { setting: setting.to_string(), image_id, datum: datum.to_owned(), source }
}

/// Asks whether to stop while an image is being explained. The masks are not items of the study's pass.
struct StopOnly<'a>(&'a mut dyn Observer);

impl Observer for StopOnly<'_> {
    fn advanced(&mut self, _masks: usize) -> ControlFlow<()> {
        self.0.advanced(0)
    }
}
