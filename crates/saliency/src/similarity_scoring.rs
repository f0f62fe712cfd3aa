use ndarray::{Array2, Array3, ArrayView1, ArrayView2, ArrayView3, ArrayViewMut1};
use protocols::{BoxError, Model, ModelMetadata, ScoreKind};

use crate::occlusion_scoring::{average, check_reference};
use crate::scorer::check_scores;
use crate::{Error, Masks, ProximityMetric, Scaling, Scorer};

/// Similarity scoring: by how much hiding a pixel takes an image away from a query image.
///
/// ```text
/// S_q = sum over i of max(0, d_iq - reference_q) (1 - m_i)  /  sum over i of (1 - m_i)
/// ```
///
/// `d_iq` is the distance of the image under mask i from query q, and `reference_q` that of the unperturbed image. So
/// the scores are distances, one column per query, as a [`SimilarityModel`] returns them. With [`SlidingWindow`] masks
/// this is XAITK's `SBSMStack` (Dong et al. 2019), and by itself its `SimilarityScoring`. A pixel that no mask hides
/// gets 0.
///
/// [`SlidingWindow`]: crate::SlidingWindow
///
/// # Examples
///
/// Which pixels make an image similar to a query? The features are the means of the image's quarters.
///
/// ```
/// use ndarray::{Array2, Array3, ArrayView3, s};
/// use saliency::{
///     Classes, Explainer, Occlusion, ProximityMetric, SimilarityModel, SimilarityScoring, SlidingWindow,
/// };
///
/// let quarters = |images: &[ArrayView3<'_, u8>]| {
///     Ok(Array2::from_shape_fn((images.len(), 4), |(i, quarter)| {
///         let (y, x) = (4 * (quarter / 2), 4 * (quarter % 2));
///         images[i].slice(s![y..y + 4, x..x + 4, ..]).iter().map(|&value| f64::from(value)).sum::<f64>() / 16.0
///     }))
/// };
/// let image = Array3::from_elem((8, 8, 1), 200);
/// let query = Array3::from_shape_fn((8, 8, 1), |(y, x, _)| if y < 4 && x < 4 { 200 } else { 0 });
///
/// let model = SimilarityModel::new(ProximityMetric::Euclidean, &[query.view()], quarters)?;
/// let windows = SlidingWindow::new((4, 4), (4, 4))?;
/// let maps = Occlusion::builder(windows, SimilarityScoring::new()).build()?.explain(
///     &model,
///     image.view(),
///     Classes::All,
/// )?;
/// assert_eq!(maps.dim(), (1, 8, 8));
/// assert!(maps[[0, 0, 0]] > maps[[0, 7, 7]]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SimilarityScoring {
    scaling: Scaling,
}

impl SimilarityScoring {
    /// Maps scaled to a largest magnitude of one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How the maps are scaled: [`Scaling::MaxAbs`] by default.
    #[must_use]
    pub fn scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }
}

impl Scorer for SimilarityScoring {
    fn needs_reference(&self) -> bool {
        true
    }

    fn score(
        &self,
        reference: Option<ArrayView1<'_, f64>>,
        scores: ArrayView2<'_, f64>,
        masks: &dyn Masks,
    ) -> Result<Array3<f32>, Error> {
        let reference = check_reference("SimilarityScoring", reference, scores)?;
        check_scores(scores, masks)?;
        let moved_away = |query: usize, mut distances: ArrayViewMut1<'_, f64>| {
            distances.mapv_inplace(|distance| (distance - reference[query]).max(0.0));
        };
        Ok(average(masks, scores, self.scaling, moved_away))
    }

    fn unscaled(
        &self,
        reference: Option<ArrayView1<'_, f64>>,
        scores: ArrayView2<'_, f64>,
        masks: &dyn Masks,
    ) -> Result<Option<Array3<f32>>, Error> {
        self.scaling(Scaling::None).score(reference, scores, masks).map(Some)
    }
}

/// Distances of an image's features from those of query images, as the scores of a [`Model`].
///
/// The features come from a function of your own, such as a network's last hidden layer; it takes
/// `(height, width, channels)` u8 images and returns (images, features) f64. For the maps of [`SimilarityScoring`].
#[derive(Debug)]
pub struct SimilarityModel<F> {
    metadata: ModelMetadata,
    metric: ProximityMetric,
    queries: Array2<f64>,
    features: F,
}

impl<F> SimilarityModel<F>
where
    F: Fn(&[ArrayView3<'_, u8>]) -> Result<Array2<f64>, BoxError>,
{
    /// Computes the features of the query images, each of which becomes a class.
    ///
    /// # Errors
    ///
    /// What `features` reports, and an error unless it returns one row per query.
    pub fn new(
        metric: ProximityMetric,
        queries: &[ArrayView3<'_, u8>],
        features: F,
    ) -> Result<Self, BoxError> {
        let found = features(queries)?;
        if found.nrows() != queries.len() {
            return Err(
                format!("the features have {} rows, expected {}", found.nrows(), queries.len()).into()
            );
        }
        let labels = (0..queries.len()).map(|query| format!("query {query}")).collect();
        let metadata = ModelMetadata::new("similarity", labels, ScoreKind::Logits);
        Ok(Self { metadata, metric, queries: found, features })
    }
}

impl<F> Model for SimilarityModel<F>
where
    F: Fn(&[ArrayView3<'_, u8>]) -> Result<Array2<f64>, BoxError>,
{
    fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        let found = (self.features)(images)?;
        let expected = (images.len(), self.queries.ncols());
        if found.dim() != expected {
            return Err(format!("the features have shape {:?}, expected {expected:?}", found.dim()).into());
        }
        Ok(Array2::from_shape_fn((images.len(), self.queries.nrows()), |(image, query)| {
            self.metric.distance(found.row(image), self.queries.row(query)) as f32
        }))
    }
}
