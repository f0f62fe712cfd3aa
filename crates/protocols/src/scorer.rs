use ndarray::{Array2, ArrayView3, Axis, concatenate};

use crate::batch::Batch;
use crate::evaluate_options::OnFailure;
use crate::loader::{Item, Loader};
use crate::{
    Dataset, DatasetMetadata, Datum, DatumMetadata, Error, EvaluateOptions, EvaluationObserver, Model, Pass,
    Place, ScoreFault, check_scores,
};

/// Takes a batch, its scores and its place.
pub(crate) type Consume<'a> = &'a mut dyn FnMut(Batch, &Array2<f32>, &Place) -> Result<(), Error>;

/// Runs the model over the data and returns the errors of those that were skipped.
pub(crate) fn run(
    model: &dyn Model,
    dataset: &dyn Dataset,
    options: EvaluateOptions<'_>,
    consume: Consume<'_>,
) -> Result<Vec<Error>, Error> {
    let (batch_size, only) = (options.batch_size, options.only);
    if batch_size == 0 {
        return Err(Error::Parameter { parameter: "batch_size", value: batch_size, expected: "at least 1" });
    }
    let metadata = dataset.metadata();
    if options.check_label_order {
        same_labels(model, metadata)?;
    }
    let len = dataset.len();
    if let Some(&index) = only.and_then(|only| only.iter().find(|&&index| index >= len)) {
        return Err(metadata.out_of_range(index, len));
    }
    let total = only.map_or(len, <[usize]>::len);
    if total == 0 {
        let what = if len == 0 { "dataset" } else { "the selection from dataset" };
        return Err(Error::Empty { what: format!("{what} `{}`", metadata.id) });
    }
    let loader = Loader {
        dataset,
        augmentation: options.augmentation,
        only,
        batch_size,
        threads: options.loader_threads,
        memory_limit: options.memory_limit,
        classes: model.metadata().labels.len(),
    };
    let mut unobserved = ();
    let mut scorer = Scorer {
        model,
        dataset: metadata,
        on_failure: options.on_failure,
        observer: options.observer.unwrap_or(&mut unobserved),
        memory_limit: options.memory_limit,
        total,
        skipped: vec![],
    };
    scorer.observer.started(Pass::new("evaluate", "images", Some(total)));
    loader.load(|items| scorer.run(items, consume))?;
    Ok(scorer.skipped)
}

/// Refuses a dataset whose labels are not the model's first labels. A dataset without labels is accepted.
fn same_labels(model: &dyn Model, dataset: &DatasetMetadata) -> Result<(), Error> {
    let (model, labels) = (model.metadata(), &dataset.labels);
    if model.labels.starts_with(labels) {
        return Ok(());
    }
    let class = model.labels.iter().zip(labels).take_while(|(a, b)| a == b).count();
    Err(Error::LabelOrder {
        model: model.id.clone(),
        dataset: dataset.id.clone(),
        class,
        model_label: model.labels.get(class).cloned(),
        dataset_label: labels.get(class).cloned(),
    })
}

/// Collects data into batches and scores them.
struct Scorer<'a> {
    model: &'a dyn Model,
    dataset: &'a DatasetMetadata,
    on_failure: OnFailure,
    observer: &'a mut dyn EvaluationObserver,
    memory_limit: usize,
    total: usize,
    skipped: Vec<Error>,
}

impl Scorer<'_> {
    fn run(&mut self, items: &mut dyn Iterator<Item = Item>, consume: Consume<'_>) -> Result<(), Error> {
        let mut items = items.peekable();
        let (mut batch, mut done, mut reported) = (Batch::default(), 0, 0);
        while let Some(Item { datum, ends_batch }) = items.next() {
            done += 1;
            match datum {
                Ok(datum) => batch.push(datum),
                Err(error) => self.skip(error)?,
            }
            let full = batch.image_bytes() >= self.memory_limit;
            if !(ends_batch || full || items.peek().is_none()) {
                continue;
            }
            if let Some(place) = self.place(&batch.metadata) {
                let (batch, scores) = self.score(std::mem::take(&mut batch), &place)?;
                if !batch.is_empty() {
                    self.observer.scored(scores.view(), &batch.targets, &batch.metadata);
                    consume(batch, &scores, &place)?;
                }
            }
            if self.observer.advanced(done - reported).is_break() {
                return Err(Error::Stopped { done, total: self.total });
            }
            reported = done;
        }
        Ok(())
    }

    fn skip(&mut self, error: Error) -> Result<(), Error> {
        match self.on_failure {
            OnFailure::Stop => Err(error),
            OnFailure::Skip => {
                self.observer.skipped(&error);
                self.skipped.push(error);
                Ok(())
            }
        }
    }

    /// Scores a batch. Data that cannot be scored are skipped, or are the error.
    fn score(&mut self, batch: Batch, place: &Place) -> Result<(Batch, Array2<f32>), Error> {
        let images: Vec<_> = batch.images.iter().map(|image| image.view()).collect();
        match self.checked_scores(&images, &batch.metadata, place) {
            Ok(scores) => Ok((batch, scores)),
            Err(error) if self.on_failure == OnFailure::Stop => Err(self.culprit(batch, error)),
            Err(_) => self.score_one_by_one(batch),
        }
    }

    /// The error of the first image that the model fails on alone, or else that of the batch.
    fn culprit(&self, batch: Batch, error: Error) -> Error {
        if !matches!(error, Error::Predict { .. }) || batch.len() == 1 {
            return error;
        }
        batch.into_data().find_map(|datum| self.score_alone(&datum).err()).unwrap_or(error)
    }

    /// Scores a batch's images one by one and skips those that cannot be scored.
    fn score_one_by_one(&mut self, batch: Batch) -> Result<(Batch, Array2<f32>), Error> {
        let mut scores = Array2::zeros((0, self.model.metadata().labels.len()));
        let mut kept = Batch::default();
        for datum in batch.into_data() {
            match self.score_alone(&datum) {
                Ok(row) => {
                    scores = concatenate![Axis(0), scores, row];
                    kept.push(datum);
                }
                Err(error) => self.skip(error)?,
            }
        }
        Ok((kept, scores))
    }

    fn score_alone(&self, datum: &Datum) -> Result<Array2<f32>, Error> {
        let place = self.datum_place(&datum.metadata);
        self.checked_scores(&[datum.image.view()], std::slice::from_ref(&datum.metadata), &place)
    }

    /// The model's scores: one row of finite numbers per image, one column per class.
    fn checked_scores(
        &self,
        images: &[ArrayView3<'_, u8>],
        data: &[DatumMetadata],
        place: &Place,
    ) -> Result<Array2<f32>, Error> {
        let metadata = self.model.metadata();
        let (model, place) = (|| metadata.id.clone(), || place.clone());
        let scores = self.model.predict(images).map_err(|source| Error::Predict {
            model: model(),
            place: place(),
            source,
        })?;
        match check_scores(scores.view(), images.len(), metadata.labels.len()) {
            Ok(()) => Ok(scores),
            Err(ScoreFault::Shape { rows, columns, expected_rows, expected_columns }) => {
                let (model, place) = (model(), place());
                Err(Error::ScoreShape { model, place, rows, columns, expected_rows, expected_columns })
            }
            Err(ScoreFault::NotFinite { row, class, value }) => {
                let place = data.get(row).map_or_else(place, |datum| self.datum_place(datum));
                Err(Error::ScoreNotFinite { model: model(), place, class, value })
            }
        }
    }

    /// Where data lie, if there are any.
    fn place(&self, data: &[DatumMetadata]) -> Option<Place> {
        Some(Place { last: data.last()?.index, ..self.datum_place(data.first()?) })
    }

    fn datum_place(&self, datum: &DatumMetadata) -> Place {
        Place::of_datum(datum.index).in_dataset(&self.dataset.id).named(&datum.id)
    }
}
