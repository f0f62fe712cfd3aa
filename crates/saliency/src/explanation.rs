use ndarray::{Array1, Array2, Array3};

/// Saliency maps, with the scores that they were computed from.
///
/// # Examples
///
/// ```
/// use ndarray::{Array2, Array3};
/// use saliency::{Classes, Explainer, FnModel, ModelMetadata, Rise, ScoreKind};
///
/// let labels = vec!["a".to_owned(), "b".to_owned()];
/// let model = FnModel::new(ModelMetadata::new("constant", labels, ScoreKind::Logits), |images| {
///     Ok(Array2::ones((images.len(), 2)))
/// });
/// let rise = Rise::builder().masks(20).build()?;
/// let image = Array3::zeros((8, 8, 3));
/// let explanation = rise.explain_observed(&model, image.view(), Classes::Chosen(&[1]), &mut ())?;
/// assert_eq!((explanation.maps.dim(), explanation.scores.dim()), ((1, 8, 8), (20, 1)));
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// One map per class of `classes`: (classes, height, width).
    pub maps: Array3<f32>,
    /// The classes explained, as columns of the model's scores.
    pub classes: Vec<usize>,
    /// The occluded images' scores of these classes: (masks, classes).
    pub scores: Array2<f32>,
    /// The unperturbed image's scores of these classes, if the scorer needed them.
    pub reference: Option<Array1<f32>>,
    /// The share of each class's map that is noise, if a tolerance was set and the scorer estimates it; see
    /// [`Scorer::noise_share`](crate::Scorer::noise_share).
    pub noise_share: Option<Array1<f64>>,
    /// The occluded images' scores of all classes of the model: (masks, classes).
    pub(crate) all_scores: Array2<f32>,
    /// The unperturbed image's scores of all classes, if the scorer needed them.
    pub(crate) all_reference: Option<Array1<f32>>,
}
