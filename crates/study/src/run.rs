use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use perturb::PerturberAugmentation;
use protocols::{BoxError, Dataset, Datum, EvaluateOptions, Model, Pass, evaluate, with_causes};
use results::{
    ItemResponse, Prediction, RunInfo, SaliencyComparison, SaliencyDrift, Skipped, StudyResults, Values,
};

use crate::decoded_once::DecodedOnce;
use crate::drift::{Drift, drift};
use crate::explain::Explained;
use crate::finished::Finished;
use crate::pixels::Pixels;
use crate::probe::check_explainer;
use crate::scored_once::ScoredOnce;
use crate::scoring::{Failure, Scoring};
use crate::study::{StudySetting, class_names};
use crate::{Error, ImageResults, OnError, Study, StudyObserver, explain};

/// A study under way.
pub(crate) struct Run<'a> {
    study: &'a Study,
    dataset: DecodedOnce<'a>,
    model: &'a dyn Model,
    scorer: ScoredOnce<'a>,
    observer: &'a mut dyn StudyObserver,
    /// The class names, by column of the model's scores.
    labels: Vec<String>,
    /// Each class's column by name.
    classes: BTreeMap<String, usize>,
    images: Range<usize>,
    finished: Finished,
    /// The skipped images, by the setting's number and the image.
    skipped: BTreeMap<(usize, usize), Skipped>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        study: &'a Study,
        finished: StudyResults,
        dataset: &'a dyn Dataset,
        model: &'a dyn Model,
        observer: &'a mut dyn StudyObserver,
    ) -> Result<Self, Error> {
        let images = study.images(dataset);
        let finished = Finished::new(finished, &study.settings, &images)?;
        let labels = class_names(dataset, model).to_vec();
        if labels.len() < 2 {
            let (parameter, expected) = ("number of classes", "at least 2");
            return Err(Error::Parameter { parameter, value: labels.len(), expected });
        }
        let dataset = DecodedOnce::new(dataset);
        // Where failures are skipped, the first image may be one of them.
        if study.on_error == OnError::Stop && !images.is_empty() {
            check_explainer(study, &dataset, model, images.start)?;
        }
        Ok(Self {
            study,
            dataset,
            model,
            scorer: ScoredOnce::new(model),
            observer,
            classes: labels.iter().cloned().zip(0..).collect(),
            labels,
            images,
            finished,
            skipped: BTreeMap::new(),
        })
    }

    pub(crate) fn run(mut self) -> Result<StudyResults, Error> {
        let mut results = StudyResults { run: self.info(), ..StudyResults::default() };
        let settings = &self.study.settings;
        let total = settings.len() * self.images.len();
        self.observer.started(Pass::new("accuracy", "images", Some(total)).done(self.finished.scored()));
        let mut rows = Vec::with_capacity(settings.len());
        for (number, setting) in settings.iter().enumerate() {
            let found = self.accuracy(number, setting, &rows)?;
            let response = self.study.item_response(&setting.name, &self.labels, &found)?;
            self.observer.item_response(&response).map_err(not_kept)?;
            results.item_response.push(response);
            rows.push(found);
        }
        same_metrics(&mut results.item_response);
        let total = rows.iter().map(Vec::len).sum();
        self.observer.started(Pass::new("saliency", "images", Some(total)).done(self.finished.explained()));
        let mut explained = vec![OfSetting::default(); settings.len()];
        for image in self.images.clone() {
            let at = |rows: &Vec<Prediction>| rows.binary_search_by_key(&image, |row| row.image_id).ok();
            let of_image: Vec<_> = rows.iter().map(|rows| rows.get(at(rows)?)).collect();
            self.saliency(&of_image, &mut explained)?;
        }
        for OfSetting { comparisons, drifts } in explained {
            results.saliency_metrics.extend(comparisons);
            results.saliency_drift.extend(drifts);
        }
        results.predictions = rows.into_iter().flatten().collect();
        results.skipped = self.skipped.into_values().collect();
        // Classes of the model that the dataset lacks are of interest only where they are predicted.
        let known = self.dataset.metadata().labels.len();
        let predicted = classes_of(&results.predictions);
        let further = self.labels.into_iter().skip(known).filter(|label| predicted.contains(label.as_str()));
        let further: Vec<String> = further.collect();
        results.run.labels.extend(further);
        Ok(results)
    }

    /// What a study knows of itself; the rest is the caller's.
    fn info(&self) -> RunInfo {
        let dataset = self.dataset.metadata();
        RunInfo {
            dataset: dataset.id.clone(),
            model: self.model.metadata().id.clone(),
            labels: self.labels.iter().take(dataset.labels.len().max(1)).cloned().collect(),
            images: self.images.len(),
            seed: self.study.randomness.seed(),
            ..RunInfo::default()
        }
    }

    /// The predictions for every image at a setting, in the dataset's order; `before` has those at earlier settings.
    fn accuracy(
        &mut self,
        number: usize,
        setting: &StudySetting,
        before: &[Vec<Prediction>],
    ) -> Result<Vec<Prediction>, Error> {
        let StudySetting { name, perturber, .. } = setting;
        let (mut rows, mut left) = (Vec::with_capacity(self.images.len()), Vec::new());
        self.copy_unperturbed(number, setting, before)?;
        for image in self.images.clone() {
            let key = (number, image);
            match (self.finished.predictions.remove(&key), self.finished.unscored.remove(&key)) {
                (Some(row), _) => rows.push(row),
                (None, Some(row)) => drop(self.skipped.insert(key, row)),
                (None, None) => left.push(image),
            }
        }
        if left.is_empty() {
            return Ok(rows);
        }
        let augmentation = PerturberAugmentation::new(perturber, self.study.randomness);
        let mut scoring = Scoring {
            setting: name,
            labels: &self.labels,
            keep_scores: !self.study.metrics.is_empty(),
            observer: self.observer,
            rows,
            skipped: Vec::new(),
            failure: None,
        };
        let mut options = EvaluateOptions::new()
            .only(&left)
            .batch_size(self.study.batch_size)
            .augmentation(&augmentation)
            .observer(&mut scoring);
        if self.study.on_error == OnError::Skip {
            options = options.skip_failures();
        }
        let done = evaluate(&self.scorer, &self.dataset, &mut [], options);
        let Scoring { mut rows, skipped, failure, .. } = scoring;
        let failed = |source| Error::Accuracy { setting: name.to_string(), source };
        match (done, failure) {
            (_, Some(Failure::Observer(source))) => return Err(not_kept(source)),
            (_, Some(Failure::Row(source))) => return Err(failed(source)),
            (Err(protocols::Error::Stopped { .. }), None) => return Err(Error::Stopped),
            (Err(source), None) => return Err(failed(source.into())),
            (Ok(_), None) => {}
        }
        self.skipped.extend(skipped.into_iter().map(|row| ((number, row.image_id), row)));
        rows.sort_by_key(|row| row.image_id);
        Ok(rows)
    }

    /// Copies the predictions of an earlier setting that leaves images as they are too.
    fn copy_unperturbed(
        &mut self,
        number: usize,
        setting: &StudySetting,
        before: &[Vec<Prediction>],
    ) -> Result<(), Error> {
        let identity = |setting: &StudySetting| setting.perturber.is_identity();
        let earlier = self.study.settings.iter().zip(before).find(|(earlier, _)| identity(earlier));
        let (true, Some((_, rows))) = (identity(setting), earlier) else { return Ok(()) };
        let missing = |row: &&Prediction| {
            let key = (number, row.image_id);
            !self.finished.predictions.contains_key(&key) && !self.finished.unscored.contains_key(&key)
        };
        let copy = |row: &Prediction| Prediction { setting: setting.name.clone(), ..row.clone() };
        let rows: Vec<Prediction> = rows.iter().filter(missing).map(copy).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.observer.predictions(&rows).map_err(not_kept)?;
        let stopped = self.observer.advanced(rows.len()).is_break();
        let keyed = rows.into_iter().map(|row| ((number, row.image_id), row));
        self.finished.predictions.extend(keyed);
        if stopped { Err(Error::Stopped) } else { Ok(()) }
    }

    /// Explains one image at every setting at which it was scored; `of_image` has its predictions by the settings'
    /// numbers. Results are added to those of their settings.
    fn saliency(&mut self, of_image: &[Option<&Prediction>], results: &mut [OfSetting]) -> Result<(), Error> {
        let study = self.study;
        let mut kept = Kept::default();
        for (number, prediction) in of_image.iter().enumerate() {
            let Some(prediction) = prediction else { continue };
            let (Some(setting), Some(results)) = (study.settings.get(number), results.get_mut(number)) else {
                continue;
            };
            let key = (number, prediction.image_id);
            if let Some(row) = self.finished.comparisons.remove(&key) {
                results.comparisons.push(row);
                results.drifts.extend(self.finished.drifts.remove(&key));
                continue;
            }
            if let Some(row) = self.finished.unexplained.remove(&key) {
                self.skipped.insert(key, row);
                continue;
            }
            let reference = of_image.get(setting.reference).copied().flatten();
            match self.compared(number, setting, prediction, reference, &mut kept) {
                Ok((comparison, drift)) => {
                    results.comparisons.push(comparison);
                    results.drifts.extend(drift);
                }
                Err(error @ Error::Saliency { .. }) if study.on_error == OnError::Skip => {
                    let row = Skipped {
                        setting: prediction.setting.clone(),
                        image_id: prediction.image_id,
                        datum: prediction.datum.clone(),
                        error: with_causes(&error),
                    };
                    self.observer.skipped(&row).map_err(not_kept)?;
                    self.skipped.insert(key, row);
                }
                Err(error) => return Err(error),
            }
            if self.observer.advanced(1).is_break() {
                return Err(Error::Stopped);
            }
        }
        Ok(())
    }

    /// Explains an image at a setting, and compares its maps with each other and with those of the reference.
    fn compared(
        &mut self,
        number: usize,
        setting: &StudySetting,
        prediction: &Prediction,
        reference: Option<&Prediction>,
        kept: &mut Kept,
    ) -> Result<(SaliencyComparison, Option<SaliencyDrift>), Error> {
        let Prediction { image_id, truth, predicted, .. } = prediction;
        let failed = |source: BoxError| explain::failed(&setting.name, *image_id, &prediction.datum, source);
        let here = self.explained(number, prediction, kept)?;
        // An image that was skipped at the first setting has nothing to be compared with.
        let reference = reference.filter(|_| !self.skipped.contains_key(&(setting.reference, *image_id)));
        let at_reference = match reference {
            Some(reference) => Some(self.explained(setting.reference, reference, kept)?),
            None => None,
        };
        let moved = drift(&self.study.explainer, &here, at_reference.as_deref());
        let (unscaled, drift) = moved.map_err(failed)?;
        let image = here.at(&setting.name, *image_id);
        let metrics = self.study.saliency_metrics.iter().map(|metric| {
            let value = metric.compute(image.truth.view(), image.predicted.view());
            Ok((metric.name(), value.map_err(|e| failed(e.into()))?))
        });
        let comparison = SaliencyComparison {
            setting: setting.name.clone(),
            image_id: *image_id,
            truth: truth.clone(),
            predicted: predicted.clone(),
            truth_score: prediction.truth_score,
            predicted_score: prediction.predicted_score,
            metrics: metrics.collect::<Result<Values, Error>>()?,
        };
        let drift = reference.map(|reference| {
            let Drift { truth: of_truth, predicted: of_predicted, noise_pearson } = drift;
            SaliencyDrift {
                setting: setting.name.clone(),
                image_id: *image_id,
                truth: truth.clone(),
                predicted: predicted.clone(),
                reference_predicted: reference.predicted.clone(),
                kept: *predicted == reference.predicted,
                truth_pearson: of_truth.pearson,
                truth_spearman: of_truth.spearman,
                truth_ssd: of_truth.ssd,
                truth_iou: of_truth.iou,
                truth_shift: of_truth.shift,
                predicted_pearson: of_predicted.pearson,
                predicted_spearman: of_predicted.spearman,
                predicted_ssd: of_predicted.ssd,
                predicted_iou: of_predicted.iou,
                predicted_shift: of_predicted.shift,
                noise_pearson,
            }
        });
        let found = ImageResults {
            comparison: &comparison,
            drift: drift.as_ref(),
            image: &image,
            unscaled: &unscaled,
        };
        self.observer.explained(found).map_err(not_kept)?;
        Ok((comparison, drift))
    }

    /// The explanation of an image at a setting, unless the same pixels have been explained already.
    fn explained(
        &mut self,
        number: usize,
        prediction: &Prediction,
        kept: &mut Kept,
    ) -> Result<Rc<Explained>, Error> {
        let Prediction { image_id, datum: name, .. } = prediction;
        let failed = |source| explain::failed(&prediction.setting, *image_id, name, source);
        let setting = self.study.settings.get(number);
        let setting = setting.ok_or_else(|| failed(format!("there is no setting {number}").into()))?;
        let class = |name: &String| {
            let class = self.classes.get(name).copied();
            class.ok_or_else(|| failed(format!("the class `{name}` is not one of the model's").into()))
        };
        let classes = [class(&prediction.truth)?, class(&prediction.predicted)?];
        if let Some((of, reference)) = &kept.reference
            && *of == number
        {
            return Ok(Rc::clone(reference));
        }
        let datum = match &mut kept.datum {
            Some(datum) => datum,
            none => none.insert(explain::datum(&self.dataset, &setting.name, *image_id)?),
        };
        let image = explain::perturbed(self.study, setting, *image_id, datum)?;
        let pixels = (Pixels::of(image.view()), classes);
        let explained = if let Some(known) = kept.explained.get(&pixels) {
            Rc::clone(known)
        } else {
            let named = (&setting.name, *image_id, datum.metadata.id.as_str());
            let observer = &mut *self.observer;
            let explained = explain::explained(self.study, named, image, classes, self.model, observer)?;
            let explained = Rc::new(explained);
            kept.bytes += explained.bytes();
            if kept.bytes <= ROOM {
                kept.explained.insert(pixels, Rc::clone(&explained));
            }
            explained
        };
        if setting.reference == number {
            kept.reference = Some((number, Rc::clone(&explained)));
        }
        Ok(explained)
    }
}

/// What is kept of an image while it is explained at one setting after the other.
#[derive(Default)]
struct Kept {
    datum: Option<Datum>,
    /// Its explanations by its pixels and the two classes, while there is room: settings may leave the same pixels.
    explained: HashMap<(Pixels, [usize; 2]), Rc<Explained>>,
    /// The bytes of these explanations.
    bytes: usize,
    /// Its explanation at the first setting of the sweep, and the setting's number.
    reference: Option<(usize, Rc<Explained>)>,
}

/// The most bytes of an image's explanations that are kept.
const ROOM: usize = 256 << 20;

/// The rows of a setting's explained images.
#[derive(Clone, Default)]
struct OfSetting {
    comparisons: Vec<SaliencyComparison>,
    drifts: Vec<SaliencyDrift>,
}

/// Gives settings without an image the columns of the others, filled with NaN.
fn same_metrics(rows: &mut [ItemResponse]) {
    let Some(names) = rows.iter().map(|row| &row.metrics).find(|metrics| !metrics.is_empty()) else { return };
    let undefined: Values = names.names().map(|name| (name.to_owned(), f64::NAN)).collect();
    rows.iter_mut().filter(|row| row.count == 0).for_each(|row| row.metrics = undefined.clone());
}

fn classes_of(predictions: &[Prediction]) -> std::collections::BTreeSet<&str> {
    predictions.iter().map(|row| row.predicted.as_str()).collect()
}

fn not_kept(source: BoxError) -> Error {
    Error::Observer { source }
}
