use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use classification_metrics::{Average, Multiclass, Score};
use perturb::{Perturber, PerturberAugmentation, Randomness, Sweep, SweepSetting};
use protocols::{Dataset, Model, Options, argmax, evaluate};
use results::{ItemResponse, SaliencyComparison, Setting, Value};
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
    /// Each picture's maps compared, setting after setting.
    pub comparisons: Vec<SaliencyComparison>,
}

/// The scores of a perturbed picture that a row asks for.
#[derive(Clone, Copy)]
struct Prediction {
    truth: usize,
    predicted: usize,
    truth_score: f32,
    predicted_score: f32,
}

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
        let mut predictions = Vec::with_capacity(self.settings());
        observer.begin(Pass::Accuracy, self.settings() * dataset.len());
        for (sweep, setting) in self.each_setting() {
            let (response, scored) = self.accuracy(sweep, setting, dataset, model, observer)?;
            observer.item_response(&response).map_err(|source| Error::Observer { source })?;
            outcome.responses.push(response);
            predictions.push(scored);
        }
        observer.begin(Pass::Saliency, self.settings() * dataset.len());
        for ((sweep, setting), predictions) in self.each_setting().zip(predictions) {
            for (image_id, prediction) in predictions.into_iter().enumerate() {
                let row = self.comparison(sweep, setting, image_id, prediction, dataset, model, observer)?;
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
    ) -> Result<(ItemResponse, Vec<Prediction>), Error> {
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
        let predictions = evaluation.predictions.map_or_else(Vec::new, |predictions| {
            let rows = predictions.scores();
            let prediction = |(row, &truth): (ndarray::ArrayView1<'_, f32>, &usize)| {
                // The loop has seen to it that every score is finite and every target a class.
                let predicted = argmax(row).unwrap_or(truth);
                Prediction { truth, predicted, truth_score: row[truth], predicted_score: row[predicted] }
            };
            rows.rows().into_iter().zip(predictions.targets()).map(prediction).collect()
        });
        Ok((response, predictions))
    }

    #[expect(clippy::too_many_arguments, reason = "a row is made of all of these")]
    fn comparison(
        &self,
        sweep: &Sweep,
        setting: &SweepSetting,
        image_id: usize,
        prediction: Prediction,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn Observer,
    ) -> Result<SaliencyComparison, Error> {
        let name = named(sweep, setting);
        let failed = |datum: &str, source: protocols::BoxError| Error::Saliency {
            setting: name.to_string(),
            image_id,
            datum: datum.to_owned(),
            source,
        };
        let datum = dataset.get(image_id).map_err(|e| failed("unread", e))?;
        let id = datum.metadata.id.as_str();
        let image = setting
            .perturber()
            .perturb(datum.image.view(), &mut self.randomness.datum(image_id))
            .map_err(|e| failed(id, e.into()))?;
        let Prediction { truth, predicted, truth_score, predicted_score } = prediction;
        let classes = [truth, predicted];
        let maps = self
            .explainer
            .explain(model, image.view(), Classes::Chosen(&classes))
            .map_err(|e| failed(id, e.into()))?;
        let (truth_map, predicted_map) =
            (maps.index_axis(ndarray::Axis(0), 0), maps.index_axis(ndarray::Axis(0), 1));
        let metric = |value: Result<f64, saliency_metrics::Error>| value.map_err(|e| failed(id, e.into()));
        let labels = &dataset.metadata().labels;
        let row = SaliencyComparison {
            image_id,
            truth: labels[truth].clone(),
            predicted: labels[predicted].clone(),
            truth_score: truth_score.into(),
            predicted_score: predicted_score.into(),
            entropy: metric(entropy(truth_map, None))?,
            ssd: metric(ssd(truth_map, predicted_map))?,
            xcorr: metric(xcorr(truth_map, predicted_map))?,
            setting: name.clone(),
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
