use ndarray::{Array2, Array3, ArrayView2, Axis};
use protocols::BoxError;
use results::UnscaledMaps;
use saliency::Explainer;
use saliency_metrics::{centre_shift, noise_pearson, pearson, spearman, top_overlap, unscaled_ssd};

use crate::explain::Explained;

/// The share of an image's area that counts as its most salient part.
const TOP: f64 = 0.2;

/// How two maps of one class compare.
#[derive(Clone, Copy)]
pub(crate) struct Measures {
    pub(crate) pearson: f64,
    pub(crate) spearman: f64,
    pub(crate) ssd: f64,
    pub(crate) iou: f64,
    pub(crate) shift: f64,
}

impl Measures {
    const UNDEFINED: Self =
        Self { pearson: f64::NAN, spearman: f64::NAN, ssd: f64::NAN, iou: f64::NAN, shift: f64::NAN };

    fn new(map: ArrayView2<'_, f32>, reference: ArrayView2<'_, f32>) -> Result<Self, BoxError> {
        Ok(Self {
            pearson: pearson(map, reference)?,
            spearman: spearman(map, reference)?,
            ssd: unscaled_ssd(map, reference)?,
            iou: top_overlap(map, reference, TOP)?,
            shift: centre_shift(map, reference)?,
        })
    }
}

/// How an image's maps have moved from those of the reference.
pub(crate) struct Drift {
    pub(crate) truth: Measures,
    pub(crate) predicted: Measures,
    pub(crate) noise_pearson: f64,
}

/// The unscaled maps of an explained image, with the reference's map of the class that is predicted here, and how they
/// have moved from the reference.
pub(crate) fn drift(
    explainer: &dyn Explainer,
    here: &Explained,
    reference: Option<&Explained>,
) -> Result<(UnscaledMaps, Drift), BoxError> {
    let [truth_class, predicted_class] = here.classes;
    let [truth, predicted] = maps(explainer, here, here.classes)?;
    let half_difference = half_difference(explainer, here, truth_class)?;
    let undefined = undefined(here);
    let mut drift =
        Drift { truth: Measures::UNDEFINED, predicted: Measures::UNDEFINED, noise_pearson: f64::NAN };
    // Maps of different sizes have no pixels in common.
    let reference =
        reference.filter(|reference| reference.explanation.maps.dim() == here.explanation.maps.dim());
    let Some(reference) = reference else {
        let maps = UnscaledMaps { truth, predicted, reference: undefined, half_difference };
        return Ok((maps, drift));
    };
    let [reference_truth, reference_predicted] = maps(explainer, reference, [truth_class, predicted_class])?;
    // Without unscaled maps nothing can be compared.
    if is_defined(&truth) && is_defined(&reference_truth) {
        drift.truth = Measures::new(truth.view(), reference_truth.view())?;
        drift.predicted = Measures::new(predicted.view(), reference_predicted.view())?;
        let reference_half = self::half_difference(explainer, reference, truth_class)?;
        if is_defined(&half_difference) && is_defined(&reference_half) {
            drift.noise_pearson = noise_pearson(
                truth.view(),
                half_difference.view(),
                reference_truth.view(),
                reference_half.view(),
            )?;
        }
    }
    Ok((UnscaledMaps { truth, predicted, reference: reference_predicted, half_difference }, drift))
}

fn maps(
    explainer: &dyn Explainer,
    explained: &Explained,
    classes: [usize; 2],
) -> Result<[Array2<f32>; 2], BoxError> {
    let found: Option<Array3<f32>> = explainer.unscaled(&explained.explanation, &classes)?;
    let Some(found) = found else { return Ok([undefined(explained), undefined(explained)]) };
    let (_, height, width) = explained.explanation.maps.dim();
    if found.dim() != (2, height, width) {
        let dim = found.dim();
        return Err(format!("unscaled maps have shape {dim:?}, expected {:?}", (2, height, width)).into());
    }
    Ok([0, 1].map(|at| found.index_axis(Axis(0), at).to_owned()))
}

fn half_difference(
    explainer: &dyn Explainer,
    explained: &Explained,
    class: usize,
) -> Result<Array2<f32>, BoxError> {
    let found = explainer.half_difference(&explained.explanation, class)?;
    Ok(found.unwrap_or_else(|| undefined(explained)))
}

/// A map that does not exist.
fn undefined(explained: &Explained) -> Array2<f32> {
    let (_, height, width) = explained.explanation.maps.dim();
    Array2::from_elem((height, width), f32::NAN)
}

fn is_defined(map: &Array2<f32>) -> bool {
    map.first().is_some_and(|value| !value.is_nan())
}
