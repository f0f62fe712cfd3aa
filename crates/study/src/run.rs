use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};

use ndarray::Axis;
use perturb::{Perturber, PerturberAugmentation, PerturberSpec, Randomness, Sweep};
use protocols::{BoxError, Dataset, EvaluateOptions, Model, evaluate};
use results::{ItemResponse, Prediction, SaliencyComparison, Setting, Skipped, Value};
use saliency::{Classes, Explainer};
use saliency_metrics::{entropy, ssd, xcorr};

use crate::finished::Finished;
use crate::scoring::Scoring;
use crate::{Error, Explained, Observer, Pass, Sample, Shard, item_response};

/// A study, ready to run: what is done to the pictures, and how they are explained.
///
/// ```
/// use ndarray::{Array2, Array3};
/// use perturb::{Axis, Randomness, Sweep};
/// use protocols::{FnModel, MemoryDataset, ModelMetadata, ScoreKind};
/// use saliency::Rise;
/// use study::Study;
///
/// let labels = vec!["dark".to_owned(), "bright".to_owned()];
/// let pictures = (0..4).map(|i| (Array3::from_elem((8, 8, 3), 60 * i), usize::from(i > 1))).collect();
/// let dataset = MemoryDataset::new("greys", labels.clone(), pictures)?;
/// let model = FnModel::new(ModelMetadata::new("mean", labels, ScoreKind::Probabilities), |images| {
///     let bright = |i: usize| images[i].iter().map(|&v| f32::from(v)).sum::<f32>() / (255.0 * 192.0);
///     Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - bright(i), bright(i)][class]))
/// });
///
/// let sweeps = vec![Sweep::new("SaltNoise", vec![Axis::new("amount", vec![0.0, 0.9])?], [])?];
/// let study = Study::new(sweeps, Randomness::ChaCha { seed: 1 }, Box::new(Rise::builder().masks(20).build()?));
/// let outcome = study.run(&dataset, &model, &mut ())?;
/// assert_eq!((outcome.responses.len(), outcome.comparisons.len()), (2, 8));
/// // Under so much salt everything is bright.
/// assert_eq!((outcome.responses[0].accuracy_micro, outcome.responses[1].accuracy_micro), (0.75, 0.5));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Debug)]
pub struct Study {
    settings: Vec<(Setting, PerturberSpec)>,
    randomness: Randomness,
    explainer: Box<dyn Explainer>,
    batch_size: NonZeroUsize,
    shard: Option<Shard>,
    skip_failures: bool,
}

/// What a study found.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// The accuracy at each setting, in the order of the sweeps.
    pub responses: Vec<ItemResponse>,
    /// What the model said of each picture, setting after setting.
    pub predictions: Vec<Prediction>,
    /// Each picture's maps compared, setting after setting.
    pub comparisons: Vec<SaliencyComparison>,
    /// What was left out, setting after setting.
    pub skipped: Vec<Skipped>,
}

impl Study {
    /// Perturbs along `sweeps`, each datum with the random numbers that `randomness` has for its key, and
    /// explains with `explainer`.
    #[must_use]
    pub fn new(sweeps: Vec<Sweep>, randomness: Randomness, explainer: Box<dyn Explainer>) -> Self {
        let of_sweep = |sweep: &Sweep| -> Vec<_> {
            let named =
                |values: &[f64]| Setting::new(sweep.name(), sweep.parameter(), Value::from(values.to_vec()));
            let settings = sweep.settings().iter();
            settings.map(|setting| (named(setting.values()), setting.perturber().clone())).collect()
        };
        Self {
            settings: sweeps.iter().flat_map(of_sweep).collect(),
            randomness,
            explainer,
            batch_size: const { NonZeroUsize::new(64).unwrap() },
            shard: None,
            skip_failures: false,
        }
    }

    /// How many pictures the model is given at once in the accuracy pass: 64 unless told. It does not change
    /// the result.
    #[must_use]
    pub fn with_batch_size(self, batch_size: NonZeroUsize) -> Self {
        Self { batch_size, ..self }
    }

    /// Runs one part of the study: every setting, over the shard's stretch of the pictures.
    ///
    /// Each row is that of the whole study. The accuracies are over the part; [`item_response`] counts those
    /// of the whole from the rows of all parts.
    #[must_use]
    pub fn with_shard(self, shard: Shard) -> Self {
        Self { shard: Some(shard), ..self }
    }

    /// Leaves out pictures that cannot be read, perturbed, scored or explained, and lists them, instead of
    /// stopping.
    #[must_use]
    pub fn skip_failures(self) -> Self {
        Self { skip_failures: true, ..self }
    }

    /// How many settings there are.
    #[must_use]
    pub fn settings(&self) -> usize {
        self.settings.len()
    }

    /// The settings' names in the order in which they are run.
    #[must_use]
    pub fn setting_names(&self) -> impl ExactSizeIterator<Item = &Setting> {
        self.settings.iter().map(|(name, _)| name)
    }

    /// Runs the study: the accuracy at every setting first, then the maps of every picture at every setting.
    ///
    /// The model's first classes must be the dataset's, in its order; `protocols::AlignedModel` sees to that.
    ///
    /// # Errors
    ///
    /// [`Error::Accuracy`], [`Error::Saliency`] name the setting and the datum; [`Error::Observer`] and
    /// [`Error::Stopped`] come from the observer. It has every result from before.
    pub fn run(
        &self,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, Error> {
        self.resume(Outcome::default(), dataset, model, observer)
    }

    /// Continues a study of which an earlier run finished a part, and returns what one run would have.
    ///
    /// `finished` holds the predictions, comparisons and skipped pictures that the earlier run's observer
    /// was given; what it holds is not computed again.
    ///
    /// ```
    /// # use ndarray::{Array2, Array3};
    /// # use perturb::{Axis, Randomness, Sweep};
    /// # use protocols::{FnModel, MemoryDataset, ModelMetadata, ScoreKind};
    /// # use saliency::Rise;
    /// use study::{Outcome, Study};
    ///
    /// # let labels = vec!["dark".to_owned(), "bright".to_owned()];
    /// # let pictures = (0..4).map(|i| (Array3::from_elem((8, 8, 3), 60 * i), usize::from(i > 1))).collect();
    /// # let dataset = MemoryDataset::new("greys", labels.clone(), pictures)?;
    /// # let model = FnModel::new(ModelMetadata::new("mean", labels, ScoreKind::Probabilities), |images| {
    /// #     let bright = |i: usize| images[i].iter().map(|&v| f32::from(v)).sum::<f32>() / (255.0 * 192.0);
    /// #     Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| [1.0 - bright(i), bright(i)][class]))
    /// # });
    /// # let sweeps = vec![Sweep::new("SaltNoise", vec![Axis::new("amount", vec![0.0, 0.9])?], [])?];
    /// # let study = Study::new(sweeps, Randomness::ChaCha { seed: 1 }, Box::new(Rise::builder().masks(20).build()?));
    /// let whole = study.run(&dataset, &model, &mut ())?;
    /// let mut finished = Outcome::default();
    /// finished.predictions = whole.predictions[..3].to_vec();
    /// assert_eq!(study.resume(finished, &dataset, &model, &mut ())?, whole);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Foreign`] if something of `finished` is not of this study, or if two settings have one name,
    /// and as [`run`](Self::run).
    pub fn resume(
        &self,
        finished: Outcome,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn Observer,
    ) -> Result<Outcome, Error> {
        let pictures = match self.shard {
            Some(shard) => shard.range(dataset.len()),
            None => 0..dataset.len(),
        };
        let finished = Finished::new(finished, self.setting_names(), &pictures)?;
        Run { study: self, dataset, model, observer, pictures, finished, skipped: BTreeMap::new() }.run()
    }

    /// Explains the picture of a row once more: the same picture and the same maps as when the row came
    /// about.
    ///
    /// # Errors
    ///
    /// [`Error::Foreign`] if the row's setting, picture or classes are not of this study, [`Error::Saliency`]
    /// if the picture cannot be explained.
    pub fn explain(
        &self,
        row: &SaliencyComparison,
        dataset: &dyn Dataset,
        model: &dyn Model,
    ) -> Result<Sample, Error> {
        let foreign = |what| Error::Foreign { what };
        let setting = self.settings.iter().find(|(name, _)| *name == row.setting);
        let setting = setting
            .ok_or_else(|| foreign(format!("the study does not have the setting `{}`", row.setting)))?;
        let labels = &model.metadata().labels;
        let class = |name: &String| {
            let class = labels.iter().position(|label| label == name);
            class.ok_or_else(|| foreign(format!("the model does not have the class `{name}`")))
        };
        let columns = [class(&row.truth)?, class(&row.predicted)?];
        if row.image_id >= dataset.len() {
            return Err(foreign(format!("the dataset does not have the image {}", row.image_id)));
        }
        self.sample(setting, row.image_id, columns, dataset, model, &mut ())
    }

    /// A perturbed picture and the maps of two classes.
    fn sample(
        &self,
        (name, perturber): &(Setting, PerturberSpec),
        image_id: usize,
        columns: [usize; 2],
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn Observer,
    ) -> Result<Sample, Error> {
        let failed = |datum: &str, source| Error::Saliency {
            setting: name.to_string(),
            image_id,
            datum: datum.to_owned(),
            source,
        };
        let datum = dataset.get(image_id).map_err(|e| failed("", e))?;
        let failed = |source| failed(&datum.metadata.id, source);
        let image = perturber
            .perturb(datum.image.view(), &mut self.randomness.datum(datum.metadata.key))
            .map_err(|e| failed(e.into()))?;
        let classes = Classes::Chosen(&columns);
        let maps = match self.explainer.explain_observed(model, image.view(), classes, &mut Asking(observer))
        {
            Ok(explanation) => explanation.maps,
            Err(saliency::Error::Stopped { .. }) => return Err(Error::Stopped),
            Err(error) => return Err(failed(error.into())),
        };
        let map = |at| maps.index_axis(Axis(0), at).to_owned();
        Ok(Sample { truth: map(0), predicted: map(1), image })
    }
}

/// Asks the study's observer whether to stop while an image is explained.
struct Asking<'a>(&'a mut dyn Observer);

impl protocols::Observer for Asking<'_> {
    fn advanced(&mut self, _count: usize) -> ControlFlow<()> {
        self.0.advance(0)
    }
}

/// A study under way.
struct Run<'a> {
    study: &'a Study,
    dataset: &'a dyn Dataset,
    model: &'a dyn Model,
    observer: &'a mut dyn Observer,
    pictures: Range<usize>,
    finished: Finished,
    /// What was left out, by the setting's number and the picture.
    skipped: BTreeMap<(usize, usize), Skipped>,
}

impl Run<'_> {
    fn run(mut self) -> Result<Outcome, Error> {
        let mut outcome = Outcome::default();
        let settings = &self.study.settings;
        let scored = self.finished.scored();
        self.observer.begin(Pass::Accuracy, scored, settings.len() * self.pictures.len());
        let mut rows = Vec::with_capacity(settings.len());
        for (number, (name, perturber)) in settings.iter().enumerate() {
            let found = self.accuracy(number, name, perturber)?;
            let response = item_response(name.clone(), &self.model.metadata().labels, &found)?;
            self.observer.item_response(&response).map_err(not_kept)?;
            outcome.responses.push(response);
            rows.push(found);
        }
        let explained = self.finished.explained();
        self.observer.begin(Pass::Saliency, explained, rows.iter().map(Vec::len).sum());
        for ((number, setting), rows) in settings.iter().enumerate().zip(&rows) {
            for row in rows {
                outcome.comparisons.extend(self.saliency(number, setting, row)?);
            }
        }
        outcome.predictions = rows.into_iter().flatten().collect();
        outcome.skipped = self.skipped.into_values().collect();
        Ok(outcome)
    }

    /// What the model says of every picture at a setting, in their order.
    fn accuracy(
        &mut self,
        number: usize,
        name: &Setting,
        perturber: &PerturberSpec,
    ) -> Result<Vec<Prediction>, Error> {
        let (mut rows, mut left) = (Vec::with_capacity(self.pictures.len()), Vec::new());
        for picture in self.pictures.clone() {
            let key = (number, picture);
            match (self.finished.predictions.remove(&key), self.finished.unscored.remove(&key)) {
                (Some(row), _) => rows.push(row),
                (None, Some(row)) => drop(self.skipped.insert(key, row)),
                (None, None) => left.push(picture),
            }
        }
        if left.is_empty() {
            return Ok(rows);
        }
        let augmentation = PerturberAugmentation::new(perturber, self.study.randomness);
        let mut scoring = Scoring {
            setting: name,
            labels: &self.model.metadata().labels,
            observer: self.observer,
            rows,
            skipped: Vec::new(),
            failure: None,
        };
        let mut options = EvaluateOptions::new()
            .only(&left)
            .batch_size(self.study.batch_size.get())
            .augmentation(&augmentation)
            .observer(&mut scoring);
        if self.study.skip_failures {
            options = options.skip_failures();
        }
        let done = evaluate(self.model, self.dataset, &mut [], options);
        let Scoring { mut rows, skipped, failure, .. } = scoring;
        match (done, failure) {
            (_, Some(source)) => return Err(not_kept(source)),
            (Err(protocols::Error::Stopped { .. }), None) => return Err(Error::Stopped),
            (Err(source), None) => {
                return Err(Error::Accuracy { setting: name.to_string(), source: source.into() });
            }
            (Ok(_), None) => {}
        }
        self.skipped.extend(skipped.into_iter().map(|row| ((number, row.image_id), row)));
        rows.sort_by_key(|row| row.image_id);
        Ok(rows)
    }

    /// Compares the maps of one picture at one setting, unless it is left out.
    fn saliency(
        &mut self,
        number: usize,
        setting: &(Setting, PerturberSpec),
        prediction: &Prediction,
    ) -> Result<Option<SaliencyComparison>, Error> {
        let key = (number, prediction.image_id);
        if let Some(row) = self.finished.comparisons.remove(&key) {
            return Ok(Some(row));
        }
        if let Some(row) = self.finished.unexplained.remove(&key) {
            self.skipped.insert(key, row);
            return Ok(None);
        }
        let row = match self.compared(setting, prediction) {
            Ok((row, sample)) => {
                let explained = Explained {
                    image: sample.image.view(),
                    truth: sample.truth.view(),
                    predicted: sample.predicted.view(),
                };
                self.observer.comparison(&row, explained).map_err(not_kept)?;
                Some(row)
            }
            Err(error @ Error::Saliency { .. }) if self.study.skip_failures => {
                let row = Skipped {
                    setting: prediction.setting.clone(),
                    image_id: prediction.image_id,
                    datum: prediction.datum.clone(),
                    error: with_causes(&error),
                };
                self.observer.skipped(&row).map_err(not_kept)?;
                self.skipped.insert(key, row);
                None
            }
            Err(error) => return Err(error),
        };
        if self.observer.advance(1).is_break() { Err(Error::Stopped) } else { Ok(row) }
    }

    fn compared(
        &mut self,
        setting: &(Setting, PerturberSpec),
        prediction: &Prediction,
    ) -> Result<(SaliencyComparison, Sample), Error> {
        let failed = |source: BoxError| Error::Saliency {
            setting: prediction.setting.to_string(),
            image_id: prediction.image_id,
            datum: prediction.datum.clone(),
            source,
        };
        let metric = |value: Result<f64, saliency_metrics::Error>| value.map_err(|e| failed(e.into()));
        let labels = &self.model.metadata().labels;
        let class = |name: &String| labels.iter().position(|label| label == name).unwrap_or_default();
        let columns = [class(&prediction.truth), class(&prediction.predicted)];
        let sample = self.study.sample(
            setting,
            prediction.image_id,
            columns,
            self.dataset,
            self.model,
            self.observer,
        )?;
        let (truth, predicted) = (sample.truth.view(), sample.predicted.view());
        let row = SaliencyComparison {
            image_id: prediction.image_id,
            truth: prediction.truth.clone(),
            predicted: prediction.predicted.clone(),
            truth_score: prediction.truth_score,
            predicted_score: prediction.predicted_score,
            entropy: metric(entropy(truth, None))?,
            ssd: metric(ssd(truth, predicted))?,
            xcorr: metric(xcorr(truth, predicted))?,
            setting: prediction.setting.clone(),
        };
        Ok((row, sample))
    }
}

fn not_kept(source: BoxError) -> Error {
    Error::Observer { source }
}

/// An error and its causes, joined by colons.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
