use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use classification_metrics::{Average, Multiclass, Score};
use perturb::{Perturber, PerturberAugmentation, Randomness, Sweep, SweepSetting};
use protocols::{Dataset, Model, Options, argmax, evaluate};
use results::{ItemResponse, Prediction, SaliencyComparison, Setting, Value};
use saliency::{Classes, Explainer};
use saliency_metrics::{entropy, ssd, xcorr};

use crate::{Error, Explained, Observer, Pass};

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
    sweeps: Vec<Sweep>,
    randomness: Randomness,
    explainer: Box<dyn Explainer>,
    batch_size: NonZeroUsize,
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
}

/// The true and the predicted class of a perturbed picture, as columns of the scores.
type Columns = [usize; 2];

impl Study {
    /// Perturbs along `sweeps`, with datum i's random numbers from `randomness`, and explains with
    /// `explainer`.
    #[must_use]
    pub fn new(sweeps: Vec<Sweep>, randomness: Randomness, explainer: Box<dyn Explainer>) -> Self {
        Self { sweeps, randomness, explainer, batch_size: const { NonZeroUsize::new(64).unwrap() } }
    }

    /// How many pictures the model is given at once in the accuracy pass: 64 unless told. It does not change
    /// the result.
    #[must_use]
    pub fn with_batch_size(self, batch_size: NonZeroUsize) -> Self {
        Self { batch_size, ..self }
    }

    /// How many settings there are.
    #[must_use]
    pub fn settings(&self) -> usize {
        self.sweeps.iter().map(|sweep| sweep.settings().len()).sum()
    }

    /// Runs the study: the accuracy at every setting first, then the maps of every picture at every setting.
    ///
    /// The model's classes must be the dataset's, in its order; `protocols::AlignedModel` sees to that.
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
        let mut outcome = Outcome::default();
        let kept = |source| Error::Observer { source };
        let mut columns = Vec::with_capacity(self.settings() * dataset.len());
        observer.begin(Pass::Accuracy, self.settings() * dataset.len());
        for (sweep, setting) in self.each_setting() {
            let (response, predictions, scored) = self.accuracy(sweep, setting, dataset, model, observer)?;
            observer.predictions(&predictions).map_err(kept)?;
            observer.item_response(&response).map_err(kept)?;
            outcome.responses.push(response);
            outcome.predictions.extend(predictions);
            columns.extend(scored);
        }
        observer.begin(Pass::Saliency, self.settings() * dataset.len());
        let mut scored = outcome.predictions.iter().zip(columns);
        for (_, setting) in self.each_setting() {
            for (prediction, columns) in scored.by_ref().take(dataset.len()) {
                let row = self.comparison(setting, prediction, columns, dataset, model, observer)?;
                outcome.comparisons.push(row);
                if observer.advance(1).is_break() {
                    return Err(Error::Stopped);
                }
            }
        }
        Ok(outcome)
    }

    fn each_setting(&self) -> impl Iterator<Item = (&Sweep, &SweepSetting)> {
        self.sweeps.iter().flat_map(|sweep| sweep.settings().iter().map(move |setting| (sweep, setting)))
    }

    fn accuracy(
        &self,
        sweep: &Sweep,
        setting: &SweepSetting,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn Observer,
    ) -> Result<(ItemResponse, Vec<Prediction>, Vec<Columns>), Error> {
        let name = named(sweep, setting);
        let failed = |source: protocols::BoxError| Error::Accuracy { setting: name.to_string(), source };
        let mut metric = Multiclass::new(dataset.metadata().labels.len())
            .map_err(|e| failed(e.into()))?
            .with(Score::Accuracy, Average::Macro)
            .with(Score::Accuracy, Average::Micro);
        let augmentation = PerturberAugmentation::new(setting.perturber(), self.randomness);
        let progress = Progress(RefCell::new((observer, false)));
        let options = Options::new()
            .batch_size(self.batch_size)
            .augmentation(&augmentation)
            .observer(&progress)
            .keep_predictions();
        let evaluation =
            evaluate(model, dataset, &mut [&mut metric], &options).map_err(|e| failed(e.into()))?;
        if progress.0.into_inner().1 {
            return Err(Error::Stopped);
        }
        let value = |name| evaluation.scalar(name).unwrap_or(f64::NAN);
        let response = ItemResponse {
            accuracy_macro: value("accuracy_macro"),
            accuracy_micro: value("accuracy_micro"),
            count: evaluation.count,
            setting: name,
        };
        let labels = &dataset.metadata().labels;
        let (mut predictions, mut columns) = (Vec::new(), Vec::new());
        if let Some(scored) = evaluation.predictions {
            let rows = scored.scores();
            for ((row, &truth), datum) in rows.rows().into_iter().zip(scored.targets()).zip(scored.metadata())
            {
                // The loop has seen to it that every score is finite and every target a class.
                let predicted = argmax(row).unwrap_or(truth);
                columns.push([truth, predicted]);
                predictions.push(Prediction {
                    setting: response.setting.clone(),
                    image_id: datum.index,
                    datum: datum.id.clone(),
                    truth: labels[truth].clone(),
                    predicted: labels[predicted].clone(),
                    truth_score: row[truth].into(),
                    predicted_score: row[predicted].into(),
                });
            }
        }
        Ok((response, predictions, columns))
    }

    fn comparison(
        &self,
        setting: &SweepSetting,
        prediction: &Prediction,
        columns: Columns,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn Observer,
    ) -> Result<SaliencyComparison, Error> {
        let image_id = prediction.image_id;
        let failed = |source: protocols::BoxError| Error::Saliency {
            setting: prediction.setting.to_string(),
            image_id,
            datum: prediction.datum.clone(),
            source,
        };
        let datum = dataset.get(image_id).map_err(failed)?;
        let image = setting
            .perturber()
            .perturb(datum.image.view(), &mut self.randomness.datum(image_id))
            .map_err(|e| failed(e.into()))?;
        let maps = self
            .explainer
            .explain(model, image.view(), Classes::Chosen(&columns))
            .map_err(|e| failed(e.into()))?;
        let (truth_map, predicted_map) =
            (maps.index_axis(ndarray::Axis(0), 0), maps.index_axis(ndarray::Axis(0), 1));
        let metric = |value: Result<f64, saliency_metrics::Error>| value.map_err(|e| failed(e.into()));
        let row = SaliencyComparison {
            image_id,
            truth: prediction.truth.clone(),
            predicted: prediction.predicted.clone(),
            truth_score: prediction.truth_score,
            predicted_score: prediction.predicted_score,
            entropy: metric(entropy(truth_map, None))?,
            ssd: metric(ssd(truth_map, predicted_map))?,
            xcorr: metric(xcorr(truth_map, predicted_map))?,
            setting: prediction.setting.clone(),
        };
        let explained = Explained { image: image.view(), truth: truth_map, predicted: predicted_map };
        observer.comparison(&row, explained).map_err(|source| Error::Observer { source })?;
        Ok(row)
    }
}

/// A setting as the tables name it.
fn named(sweep: &Sweep, setting: &SweepSetting) -> Setting {
    Setting::new(sweep.name(), sweep.parameter(), Value::from(setting.values().to_vec()))
}

/// Passes the evaluate loop's progress on, and remembers whether the study's observer asked to stop.
struct Progress<'a>(RefCell<(&'a mut dyn Observer, bool)>);

impl protocols::Observer for Progress<'_> {
    fn advanced(&self, count: usize) {
        let (observer, stop) = &mut *self.0.borrow_mut();
        *stop |= observer.advance(count) == ControlFlow::Break(());
    }
}
