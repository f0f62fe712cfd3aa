use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use perturb::{Perturber, Randomness, Rng, Sweep};
use protocols::{BoxError, Dataset, Metric, Model};
use results::{
    ExplainedImage, ItemResponse, Prediction, Row, SaliencyComparison, Setting, StudyResults, Value,
};
use saliency::Explainer;
use saliency_metrics::{Entropy, SaliencyMetric, Ssd, Xcorr};
use serde_json::json;

use crate::run::Run;
use crate::{Error, OnError, Shard, StudyObserver, accuracy, explain};

/// Makes a classification metric for a dataset's class names.
pub(crate) type MetricFactory = Arc<dyn Fn(&[String]) -> Result<Box<dyn Metric>, BoxError> + Send + Sync>;

/// A study that is ready to run: the settings, how images are explained, and what is measured.
///
/// ```
/// use ndarray::{Array2, Array3};
/// use perturb::{SaltNoise, Sweep};
/// use protocols::{FnModel, MemoryDataset, ModelMetadata, ScoreKind};
/// use saliency::Rise;
/// use study::Study;
///
/// let labels = vec!["dark".to_owned(), "bright".to_owned()];
/// let images = (0..4).map(|i| (Array3::from_elem((8, 8, 3), 60 * i), usize::from(i > 1))).collect();
/// let dataset = MemoryDataset::new("greys", labels.clone(), images)?;
/// let model = FnModel::new(ModelMetadata::new("mean", labels, ScoreKind::Probabilities), |images| {
///     let bright = |i: usize| images[i].iter().map(|&v| f32::from(v)).sum::<f32>() / (255.0 * 192.0);
///     Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - bright(i), bright(i)][class]))
/// });
///
/// let study = Study::builder()
///     .sweep(Sweep::new("SaltNoise", "amount", [0.0, 0.9], SaltNoise::new)?)
///     .explainer(Rise::builder().masks(20).build()?)
///     .build()?;
/// let results = study.run(&dataset, &model, &mut ())?;
/// assert_eq!((results.item_response.len(), results.saliency_metrics.len()), (2, 8));
/// // Under so much salt every image is bright.
/// let accuracy: Vec<f64> = results.item_response.iter().map(|row| row.accuracy_micro).collect();
/// assert_eq!(accuracy, [0.75, 0.5]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone)]
pub struct Study {
    pub(crate) settings: Vec<StudySetting>,
    pub(crate) randomness: Randomness,
    pub(crate) explainer: Arc<dyn Explainer>,
    pub(crate) saliency_metrics: Vec<Arc<dyn SaliencyMetric>>,
    pub(crate) metrics: Vec<MetricFactory>,
    pub(crate) batch_size: usize,
    pub(crate) shard: Option<Shard>,
    pub(crate) on_error: OnError,
}

/// A setting's name in the tables, and its perturber.
#[derive(Clone, Debug)]
pub(crate) struct StudySetting {
    pub(crate) name: Setting,
    pub(crate) perturber: Arc<dyn Perturber>,
    /// The number of its sweep's first setting, which maps are compared with.
    pub(crate) reference: usize,
}

impl Study {
    /// The most settings that a study may have.
    const MOST: usize = 100_000;

    /// Starts from the defaults of [`StudyBuilder`]; only sweeps are missing.
    pub fn builder() -> StudyBuilder {
        StudyBuilder::default()
    }

    /// The names of the settings, in the order in which they run.
    #[must_use]
    pub fn settings(&self) -> impl ExactSizeIterator<Item = &Setting> {
        self.settings.iter().map(|setting| &setting.name)
    }

    /// The part of the dataset that is studied, if it is a part.
    #[must_use]
    pub fn shard(&self) -> Option<Shard> {
        self.shard
    }

    /// What happens when an image fails.
    #[must_use]
    pub fn on_error(&self) -> OnError {
        self.on_error
    }

    /// The positions of the images that are studied: all of the dataset's, or those of the shard.
    #[must_use]
    pub fn images(&self, dataset: &dyn Dataset) -> Range<usize> {
        self.shard.map_or(0..dataset.len(), |shard| shard.range(dataset.len()))
    }

    /// Everything that decides the results, as data: settings, random streams, the explainer and the metrics.
    ///
    /// Two studies with different fingerprints give different results; an interrupted study is only resumed by a study
    /// of the same fingerprint. Batch size, shard and error policy are not part of it. Explainers are described by
    /// their `Debug` output, saliency metrics by their names, and other metrics by their number.
    ///
    /// ```
    /// use perturb::{SaltNoise, Sweep};
    /// use study::Study;
    ///
    /// let study = Study::builder().sweep(Sweep::new("SaltNoise", "amount", [0.1], SaltNoise::new)?).build()?;
    /// assert_eq!(study.fingerprint()["settings"][0]["setting"], "SaltNoise amount 0.1");
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    #[must_use]
    pub fn fingerprint(&self) -> serde_json::Value {
        let setting = |setting: &StudySetting| {
            json!({
                "setting": setting.name.to_string(),
                "perturber": setting.perturber.name(),
                "parameters": setting.perturber.parameters(),
            })
        };
        json!({
            "settings": self.settings.iter().map(setting).collect::<Vec<_>>(),
            "randomness": format!("{:?}", self.randomness),
            "explainer": format!("{:?}", self.explainer),
            "saliency_metrics": self.saliency_metrics.iter().map(SaliencyMetric::name).collect::<Vec<_>>(),
            "metrics": self.metrics.len(),
        })
    }

    /// Runs the study: first the accuracy at every setting, then the maps of every image at every setting, image by image.
    ///
    /// The model's classes must be the dataset's, in the same order; `protocols::AlignedModel` reorders them.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if the explainer cannot take the first image, before anything is computed;
    /// [`Error::Accuracy`] and [`Error::Saliency`] name the setting and the image; [`Error::Observer`] and
    /// [`Error::Stopped`] come from the observer, which has received every result up to there.
    pub fn run(
        &self,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn StudyObserver,
    ) -> Result<StudyResults, Error> {
        self.resume(StudyResults::default(), dataset, model, observer)
    }

    /// Resumes an interrupted study, and returns what an uninterrupted run returns.
    ///
    /// `finished` holds the predictions, comparisons, drifts and skipped images that the observer of the earlier run
    /// received; none of them is computed again. An image that was explained at some settings only is explained once more
    /// at the first of its sweep, which the others are compared with.
    ///
    /// ```
    /// # use ndarray::{Array2, Array3};
    /// # use perturb::{SaltNoise, Sweep};
    /// # use protocols::{FnModel, MemoryDataset, ModelMetadata, ScoreKind};
    /// # use saliency::Rise;
    /// use results::StudyResults;
    /// use study::Study;
    ///
    /// # let labels = vec!["dark".to_owned(), "bright".to_owned()];
    /// # let images = (0..4).map(|i| (Array3::from_elem((8, 8, 3), 60 * i + 9), usize::from(i > 1))).collect();
    /// # let dataset = MemoryDataset::new("greys", labels.clone(), images)?;
    /// # let model = FnModel::new(ModelMetadata::new("mean", labels, ScoreKind::Probabilities), |images| {
    /// #     let bright = |i: usize| images[i].iter().map(|&v| f32::from(v)).sum::<f32>() / (255.0 * 192.0);
    /// #     Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - bright(i), bright(i)][class]))
    /// # });
    /// # let study = Study::builder()
    /// #     .sweep(Sweep::new("SaltNoise", "amount", [0.0, 0.9], SaltNoise::new)?)
    /// #     .explainer(Rise::builder().masks(20).build()?)
    /// #     .build()?;
    /// let whole = study.run(&dataset, &model, &mut ())?;
    /// let finished = StudyResults { predictions: whole.predictions[..3].to_vec(), ..StudyResults::default() };
    /// assert_eq!(study.resume(finished, &dataset, &model, &mut ())?, whole);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Foreign`] if something in `finished` does not belong to this study, and as [`run`](Self::run).
    pub fn resume(
        &self,
        finished: StudyResults,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn StudyObserver,
    ) -> Result<StudyResults, Error> {
        Run::new(self, finished, dataset, model, observer)?.run()
    }

    /// Explains the image of a row again: the same image and the same maps as when the row was computed.
    ///
    /// # Errors
    ///
    /// [`Error::Foreign`] if the row's setting, image or classes are not of this study, [`Error::Saliency`]
    /// if the image cannot be explained.
    pub fn explain(
        &self,
        row: &SaliencyComparison,
        dataset: &dyn Dataset,
        model: &dyn Model,
    ) -> Result<ExplainedImage, Error> {
        let foreign = |what| Error::Foreign { what };
        let setting = self.settings.iter().find(|setting| setting.name == row.setting);
        let setting = setting
            .ok_or_else(|| foreign(format!("the study does not have the setting `{}`", row.setting)))?;
        let labels = class_names(dataset, model);
        let class = |name: &String| {
            let class = labels.iter().position(|label| label == name);
            class.ok_or_else(|| foreign(format!("neither the dataset nor the model has the class `{name}`")))
        };
        let classes = [class(&row.truth)?, class(&row.predicted)?];
        if row.image_id >= dataset.len() {
            return Err(foreign(format!("the dataset does not have the image {}", row.image_id)));
        }
        let datum = explain::datum(dataset, &setting.name, row.image_id)?;
        let image = explain::perturbed(self, setting, row.image_id, &datum)?;
        let named = (&setting.name, row.image_id, datum.metadata.id.as_str());
        let explained = explain::explained(self, named, image, classes, model, &mut ())?;
        Ok(explained.at(&setting.name, row.image_id))
    }

    /// The accuracy at a setting, and the study's further metrics, from the predictions for all of its images.
    ///
    /// Predictions of the parts of a dataset, taken together, give the accuracy of the whole. Without a prediction every
    /// value is NaN.
    ///
    /// ```
    /// use perturb::{SaltNoise, Sweep};
    /// use results::Prediction;
    /// use study::Study;
    ///
    /// let study = Study::builder().sweep(Sweep::new("SaltNoise", "amount", [0.1], SaltNoise::new)?).build()?;
    /// let setting = study.settings().next().ok_or("there is one")?.clone();
    /// let row = |image_id, truth: &str, predicted: &str| Prediction {
    ///     setting: setting.clone(),
    ///     image_id,
    ///     datum: image_id.to_string(),
    ///     truth: truth.to_owned(),
    ///     predicted: predicted.to_owned(),
    ///     truth_score: 0.25,
    ///     predicted_score: 0.75,
    ///     scores: Vec::new(),
    /// };
    /// let rows = [row(0, "Forest", "Forest"), row(1, "Forest", "River")];
    /// let labels = ["Forest".to_owned(), "River".to_owned()];
    /// let response = study.item_response(&setting, &labels, &rows)?;
    /// assert_eq!((response.accuracy_micro, response.count), (0.5, 2));
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Accuracy`] for a class that is not among `labels`, unless there are at least two labels, and for a
    /// metric that fails.
    pub fn item_response(
        &self,
        setting: &Setting,
        labels: &[String],
        rows: &[Prediction],
    ) -> Result<ItemResponse, Error> {
        accuracy::item_response(setting, labels, rows, &self.metrics)
            .map_err(|source| Error::Accuracy { setting: setting.to_string(), source })
    }
}

impl fmt::Debug for Study {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Study")
            .field("settings", &self.settings)
            .field("randomness", &self.randomness)
            .field("explainer", &self.explainer)
            .field("saliency_metrics", &self.saliency_metrics)
            .field("metrics", &self.metrics.len())
            .field("batch_size", &self.batch_size)
            .field("shard", &self.shard)
            .field("on_error", &self.on_error)
            .finish()
    }
}

/// Builds a [`Study`].
///
/// By default: no sweeps, the seed 0 with fast random streams, RISE as in the tutorial, the saliency metrics entropy, SSD
/// and cross-correlation, accuracy as the only classification metric, and the first failure ends the study.
///
/// ```
/// use perturb::{GaussianBlur, Sweep};
/// use study::Study;
///
/// let sweep = Sweep::new("GaussianBlur", "ksize", [1, 5, 11], GaussianBlur::new)?;
/// let study = Study::builder().sweep(sweep).batch_size(16).build()?;
/// assert_eq!(study.settings().len(), 3);
/// assert!(Study::builder().build().is_err());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[must_use]
pub struct StudyBuilder {
    /// Sweeps, and their names in the tables.
    sweeps: Vec<(String, Sweep)>,
    randomness: Randomness,
    explainer: Option<Arc<dyn Explainer>>,
    saliency_metrics: Vec<Arc<dyn SaliencyMetric>>,
    metrics: Vec<MetricFactory>,
    batch_size: usize,
    shard: Option<Shard>,
    on_error: OnError,
}

impl Default for StudyBuilder {
    fn default() -> Self {
        Self {
            sweeps: Vec::new(),
            randomness: Randomness::new(Rng::default(), 0),
            explainer: None,
            saliency_metrics: vec![Arc::new(Entropy::default()), Arc::new(Ssd), Arc::new(Xcorr)],
            metrics: Vec::new(),
            batch_size: 64,
            shard: None,
            on_error: OnError::default(),
        }
    }
}

impl StudyBuilder {
    /// Adds a sweep.
    pub fn sweep(self, sweep: Sweep) -> Self {
        self.named_sweep(sweep.name().to_owned(), sweep)
    }

    /// Adds several sweeps.
    pub fn sweeps(self, sweeps: impl IntoIterator<Item = Sweep>) -> Self {
        sweeps.into_iter().fold(self, Self::sweep)
    }

    pub(crate) fn named_sweep(mut self, name: String, sweep: Sweep) -> Self {
        self.sweeps.push((name, sweep));
        self
    }

    /// Where each image's random numbers come from.
    pub fn randomness(self, randomness: Randomness) -> Self {
        Self { randomness, ..self }
    }

    /// What explains the images; by default RISE with the tutorial's settings.
    pub fn explainer(self, explainer: impl Explainer + 'static) -> Self {
        Self { explainer: Some(Arc::new(explainer)), ..self }
    }

    /// Replaces the saliency metrics; each is a column of its own. `map` is the true class's map, `reference` that of
    /// the predicted class.
    pub fn saliency_metrics(self, metrics: impl IntoIterator<Item = Arc<dyn SaliencyMetric>>) -> Self {
        Self { saliency_metrics: metrics.into_iter().collect(), ..self }
    }

    /// Adds a saliency metric to the others.
    pub fn saliency_metric(mut self, metric: impl SaliencyMetric + 'static) -> Self {
        self.saliency_metrics.push(Arc::new(metric));
        self
    }

    /// Adds a classification metric: each of its numbers is a column beside the accuracies, and for each number per
    /// class one column per class.
    ///
    /// `metric` makes it for the dataset's class names. With such a metric each [`Prediction`] keeps the scores of all
    /// classes, so that an interrupted study can be resumed and parts can be merged.
    pub fn metric<M: Metric + 'static>(
        mut self,
        metric: impl Fn(&[String]) -> Result<M, BoxError> + Send + Sync + 'static,
    ) -> Self {
        self.metrics.push(Arc::new(move |labels| Ok(Box::new(metric(labels)?))));
        self
    }

    /// Images per batch in the accuracy pass, at least 1; by default 64. It does not change the results.
    pub fn batch_size(self, batch_size: usize) -> Self {
        Self { batch_size, ..self }
    }

    /// Studies one part of the dataset at every setting.
    ///
    /// Each row is that of the whole study. The accuracies are those of the part; [`Study::item_response`] computes
    /// those of the whole from the rows of all parts.
    pub fn shard(self, shard: Shard) -> Self {
        Self { shard: Some(shard), ..self }
    }

    /// What happens when an image cannot be read, perturbed, scored or explained.
    pub fn on_error(self, on_error: OnError) -> Self {
        Self { on_error, ..self }
    }

    /// Builds the study.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] without a sweep, with more than 100,000 settings, or if the batch size is 0;
    /// [`Error::Duplicate`] if two settings or two columns have the same name.
    pub fn build(self) -> Result<Study, Error> {
        let Self { sweeps, randomness, explainer, saliency_metrics, metrics, batch_size, shard, on_error } =
            self;
        let parameter = |parameter, value: usize, expected| Error::Parameter { parameter, value, expected };
        let mut settings: Vec<StudySetting> = sweeps.iter().flat_map(settings_of).collect();
        if settings.is_empty() || settings.len() > Study::MOST {
            return Err(parameter("number of settings", settings.len(), "1 to 100000"));
        }
        if batch_size == 0 {
            return Err(parameter("batch_size", batch_size, "at least 1"));
        }
        let explainer = match explainer {
            Some(explainer) => explainer,
            None => Arc::new(crate::SaliencyConfig::default().explainer(0)?),
        };
        let fixed = SaliencyComparison::COLUMNS.iter().map(ToString::to_string);
        unique("column", fixed.chain(saliency_metrics.iter().map(|metric| metric.name().to_owned())))?;
        unique("setting", settings.iter().map(|setting| setting.name.to_string()))?;
        let mut references = BTreeMap::new();
        for (number, setting) in settings.iter_mut().enumerate() {
            let Setting { perturber, parameter, .. } = &setting.name;
            setting.reference = *references.entry((perturber.clone(), parameter.clone())).or_insert(number);
        }
        Ok(Study { settings, randomness, explainer, saliency_metrics, metrics, batch_size, shard, on_error })
    }
}

impl fmt::Debug for StudyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StudyBuilder")
            .field("sweeps", &self.sweeps)
            .field("randomness", &self.randomness)
            .field("explainer", &self.explainer)
            .field("saliency_metrics", &self.saliency_metrics)
            .field("metrics", &self.metrics.len())
            .field("batch_size", &self.batch_size)
            .field("shard", &self.shard)
            .field("on_error", &self.on_error)
            .finish()
    }
}

/// The settings of a sweep, by the name that the tables give it.
fn settings_of((name, sweep): &(String, Sweep)) -> impl Iterator<Item = StudySetting> {
    sweep.settings().iter().map(move |setting| StudySetting {
        name: Setting::new(name, sweep.parameter(), Value::from(setting.values().to_vec())),
        perturber: Arc::clone(setting.perturber()),
        reference: 0,
    })
}

fn unique(what: &'static str, names: impl Iterator<Item = String>) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for name in names {
        if seen.contains(&name) {
            return Err(Error::Duplicate { what, name });
        }
        seen.insert(name);
    }
    Ok(())
}

/// The names of the classes that a study counts, by column of the model's scores: the dataset's, then those that only the
/// model knows.
///
/// ```
/// use ndarray::Array2;
/// use protocols::{FnModel, MemoryDataset, ModelMetadata, ScoreKind};
///
/// let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
/// let dataset = MemoryDataset::new("tiles", names(&["Forest"]), vec![])?;
/// let metadata = ModelMetadata::new("m", names(&["Forest", "River"]), ScoreKind::Logits);
/// let model = FnModel::new(metadata, |images| Ok(Array2::zeros((images.len(), 2))));
/// assert_eq!(study::class_names(&dataset, &model), ["Forest", "River"]);
/// # Ok::<(), protocols::Error>(())
/// ```
#[must_use]
pub fn class_names<'a>(dataset: &'a dyn Dataset, model: &'a dyn Model) -> &'a [String] {
    let (ours, theirs) = (&dataset.metadata().labels, &model.metadata().labels);
    if theirs.len() > ours.len() { theirs } else { ours }
}

/// Each class's position by name.
pub(crate) fn classes(labels: &[String]) -> BTreeMap<&str, usize> {
    labels.iter().map(String::as_str).zip(0..).collect()
}
