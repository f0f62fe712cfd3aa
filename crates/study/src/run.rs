use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use ndarray::Array2;
use perturb::PerturberAugmentation;
use protocols::{BoxError, Dataset, EvaluateOptions, Model, Pass, evaluate, with_causes};
use results::{
    ExplainedImage, ItemResponse, Prediction, RunInfo, SaliencyComparison, Skipped, StudyResults, Values,
};

use crate::finished::Finished;
use crate::pixels::Pixels;
use crate::probe::check_explainer;
use crate::scored_once::ScoredOnce;
use crate::scoring::{Failure, Scoring};
use crate::study::{StudySetting, class_names, classes};
use crate::{Error, OnError, Study, StudyObserver, explain};

/// A study under way.
pub(crate) struct Run<'a> {
    study: &'a Study,
    dataset: &'a dyn Dataset,
    model: &'a dyn Model,
    scorer: ScoredOnce<'a>,
    observer: &'a mut dyn StudyObserver,
    /// The class names, by column of the model's scores.
    labels: Vec<String>,
    images: Range<usize>,
    finished: Finished,
    /// The skipped images, by the setting's number and the image.
    skipped: BTreeMap<(usize, usize), Skipped>,
    /// The comparisons and maps of an image's pixels, by the image's position, while there is room.
    compared: HashMap<(usize, Pixels), Compared>,
    /// The bytes of these maps.
    kept: usize,
}

/// What an image's pixels were explained to.
struct Compared {
    predicted: String,
    metrics: Values,
    maps: [Array2<f32>; 2],
}

/// The most bytes of maps that are kept.
const ROOM: usize = 256 << 20;

impl<'a> Run<'a> {
    pub(crate) fn new(
        study: &'a Study,
        finished: StudyResults,
        dataset: &'a dyn Dataset,
        model: &'a dyn Model,
        observer: &'a mut dyn StudyObserver,
    ) -> Result<Self, Error> {
        let images = study.images(dataset);
        let finished = Finished::new(finished, study.settings(), &images)?;
        let labels = class_names(dataset, model).to_vec();
        if labels.len() < 2 {
            let (parameter, expected) = ("number of classes", "at least 2");
            return Err(Error::Parameter { parameter, value: labels.len(), expected });
        }
        // Where failures are skipped, the first image may be one of them.
        if study.on_error == OnError::Stop && !images.is_empty() {
            check_explainer(study, dataset, model, images.start)?;
        }
        Ok(Self {
            study,
            dataset,
            model,
            scorer: ScoredOnce::new(model),
            observer,
            labels,
            images,
            finished,
            skipped: BTreeMap::new(),
            compared: HashMap::new(),
            kept: 0,
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
        for ((number, setting), rows) in settings.iter().enumerate().zip(&rows) {
            for row in rows {
                results.saliency_metrics.extend(self.saliency(number, setting, row)?);
            }
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
        let StudySetting { name, perturber } = setting;
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
        let done = evaluate(&self.scorer, self.dataset, &mut [], options);
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

    /// Compares the maps of one image at one setting, unless the image is skipped.
    fn saliency(
        &mut self,
        number: usize,
        setting: &StudySetting,
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
            Ok((row, image)) => {
                self.observer.explained(&row, &image).map_err(not_kept)?;
                Some(row)
            }
            Err(error @ Error::Saliency { .. }) if self.study.on_error == OnError::Skip => {
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
        if self.observer.advanced(1).is_break() { Err(Error::Stopped) } else { Ok(row) }
    }

    fn compared(
        &mut self,
        setting: &StudySetting,
        prediction: &Prediction,
    ) -> Result<(SaliencyComparison, ExplainedImage), Error> {
        let failed = |source: BoxError| Error::Saliency {
            setting: prediction.setting.to_string(),
            image_id: prediction.image_id,
            datum: prediction.datum.clone(),
            source,
        };
        let classes = classes(&self.labels);
        let class = |name: &String| {
            let class = classes.get(name.as_str()).copied();
            class.ok_or_else(|| failed(format!("the class `{name}` is not one of the model's").into()))
        };
        let columns = [class(&prediction.truth)?, class(&prediction.predicted)?];
        let id = prediction.image_id;
        let image = explain::perturbed(self.study, setting, id, self.dataset)?;
        let pixels = (id, Pixels::of(image.image.view()));
        let known = self.compared.get(&pixels).filter(|known| known.predicted == prediction.predicted);
        let (metrics, [truth, predicted]) = if let Some(Compared { metrics, maps, .. }) = known {
            (metrics.clone(), maps.clone())
        } else {
            let maps = image.maps(self.study, columns, self.model, &mut *self.observer)?;
            let [truth, predicted] = &maps;
            let metrics = self.study.saliency_metrics.iter().map(|metric| {
                let value = metric.compute(truth.view(), predicted.view());
                Ok((metric.name(), value.map_err(|e| failed(e.into()))?))
            });
            let metrics = metrics.collect::<Result<Values, Error>>()?;
            self.kept += (truth.len() + predicted.len()) * size_of::<f32>();
            if self.kept <= ROOM {
                let predicted = prediction.predicted.clone();
                let known = Compared { predicted, metrics: metrics.clone(), maps: maps.clone() };
                self.compared.insert(pixels, known);
            }
            (metrics, maps)
        };
        let row = SaliencyComparison {
            image_id: id,
            truth: prediction.truth.clone(),
            predicted: prediction.predicted.clone(),
            truth_score: prediction.truth_score,
            predicted_score: prediction.predicted_score,
            metrics,
            setting: prediction.setting.clone(),
        };
        let setting = setting.name.clone();
        Ok((row, ExplainedImage { setting, image_id: id, truth, predicted, image: image.image }))
    }
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
