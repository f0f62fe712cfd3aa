use ndarray::{Array2, Axis, concatenate};

use crate::loader::{Item, Loader};
use crate::options::OnFailure;
use crate::source::Kind;
use crate::{Batch, DatumMetadata, Error, Model, Observer, Options, Place, Source};

/// A batch with its scores and where it lies.
pub(crate) type Consume<'a> = &'a mut dyn FnMut(Batch, &Array2<f32>, &Place) -> Result<(), Error>;

/// Runs the model over all data and returns why some were left out.
pub(crate) fn run(
    model: &dyn Model,
    source: Source<'_>,
    options: &Options<'_>,
    consume: Consume<'_>,
) -> Result<Vec<Error>, Error> {
    let (mut dataset_id, mut total) = (None, None);
    if let Kind::Dataset(dataset) = source.0 {
        let metadata = dataset.metadata();
        if options.check_label_order {
            same_labels(model, &metadata.id, &metadata.labels)?;
        }
        dataset_id = Some(metadata.id.clone());
        let len = dataset.len();
        if let Some(&index) = options.only.and_then(|only| only.iter().find(|&&index| index >= len)) {
            return Err(metadata.out_of_range(index, len));
        }
        total = Some(options.only.map_or(len, <[usize]>::len));
    }
    let loader = Loader {
        augmentation: options.augmentation,
        dataset_id: dataset_id.as_deref(),
        only: options.only,
        batch_size: options.batch_size,
        threads: options.loader_threads,
        classes: model.metadata().labels.len(),
    };
    let mut scorer = Scorer {
        model,
        dataset_id: dataset_id.as_deref(),
        on_failure: options.on_failure,
        observer: options.observer,
        skipped: vec![],
    };
    if let Some(observer) = options.observer {
        observer.started(total);
    }
    let count = loader.load(source, |items| scorer.run(items, consume))?;
    if count == 0 {
        let what =
            dataset_id.map_or_else(|| "the iterator of batches".to_owned(), |id| format!("dataset `{id}`"));
        return Err(Error::Empty { what });
    }
    if let Some(observer) = options.observer {
        observer.finished();
    }
    Ok(scorer.skipped)
}

/// Refuses a dataset that names its classes otherwise than the model; either may have no names.
fn same_labels(model: &dyn Model, dataset: &str, labels: &[String]) -> Result<(), Error> {
    let metadata = model.metadata();
    if metadata.labels.is_empty() || labels.is_empty() || metadata.labels == labels {
        return Ok(());
    }
    let class = metadata.labels.iter().zip(labels).take_while(|(a, b)| a == b).count();
    Err(Error::LabelOrder {
        model: metadata.id.clone(),
        dataset: dataset.to_owned(),
        class,
        model_label: metadata.labels.get(class).cloned(),
        dataset_label: labels.get(class).cloned(),
    })
}

/// Collects data into batches and scores them.
struct Scorer<'a> {
    model: &'a dyn Model,
    dataset_id: Option<&'a str>,
    on_failure: OnFailure,
    observer: Option<&'a dyn Observer>,
    skipped: Vec<Error>,
}

impl Scorer<'_> {
    /// Returns how many data there were, those left out included.
    fn run(&mut self, items: &mut dyn Iterator<Item = Item>, consume: Consume<'_>) -> Result<usize, Error> {
        let mut items = items.peekable();
        let (mut batch, mut positions, mut count, mut reported) = (Batch::default(), vec![], 0, 0);
        while let Some(Item { position, datum, ends_batch }) = items.next() {
            count += 1;
            match datum {
                Ok(datum) => {
                    batch.push(datum);
                    positions.push(position);
                }
                Err(error) => self.skip(error)?,
            }
            if !ends_batch && items.peek().is_some() {
                continue;
            }
            let (batch, positions) = (std::mem::take(&mut batch), std::mem::take(&mut positions));
            if !batch.is_empty() {
                let place = self.place(&batch, &positions);
                let (batch, scores) = self.score(batch, &positions)?;
                if !batch.is_empty() {
                    if let Some(observer) = self.observer {
                        observer.scored(scores.view(), &batch.targets, &batch.metadata);
                    }
                    consume(batch, &scores, &place)?;
                }
            }
            if let Some(observer) = self.observer {
                if observer.advanced(count - reported).is_break() {
                    return Err(Error::Stopped { done: count });
                }
                reported = count;
            }
        }
        Ok(count)
    }

    fn skip(&mut self, error: Error) -> Result<(), Error> {
        match self.on_failure {
            OnFailure::Stop => Err(error),
            OnFailure::Skip => {
                if let Some(observer) = self.observer {
                    observer.skipped(&error);
                }
                self.skipped.push(error);
                Ok(())
            }
        }
    }

    /// Scores a batch; what cannot be scored is left out of both, or is the error.
    fn score(&mut self, batch: Batch, positions: &[usize]) -> Result<(Batch, Array2<f32>), Error> {
        let (batch, scores, positions) = match self.checked_scores(&batch, positions) {
            Ok(scores) => (batch, scores, positions.to_vec()),
            Err(error) if self.on_failure == OnFailure::Stop => {
                return Err(self.culprit(batch, positions, error));
            }
            Err(_) => self.score_one_by_one(batch, positions)?,
        };
        let finite: Vec<bool> =
            scores.rows().into_iter().map(|row| row.iter().all(|s| s.is_finite())).collect();
        if finite.iter().all(|&finite| finite) {
            return Ok((batch, scores));
        }
        for ((row, &position), metadata) in scores.rows().into_iter().zip(&positions).zip(&batch.metadata) {
            if let Some((class, &value)) = row.iter().enumerate().find(|(_, score)| !score.is_finite()) {
                let place = self.datum_place(position, Some(metadata));
                self.skip(Error::ScoreNotFinite {
                    model: self.model.metadata().id.clone(),
                    place,
                    class,
                    value,
                })?;
            }
        }
        let kept: Vec<usize> =
            finite.iter().enumerate().filter(|(_, finite)| **finite).map(|(i, _)| i).collect();
        let scores = scores.select(Axis(0), &kept);
        let batch =
            batch.into_data().zip(finite).filter_map(|(datum, finite)| finite.then_some(datum)).collect();
        Ok((batch, scores))
    }

    /// The error of the first picture that the model fails on alone, or else that of the batch.
    fn culprit(&self, batch: Batch, positions: &[usize], error: Error) -> Error {
        if !matches!(error, Error::Predict { .. }) || positions.len() == 1 {
            return error;
        }
        let mut alone = batch.into_data().map(Batch::from).zip(positions);
        alone.find_map(|(batch, &position)| self.checked_scores(&batch, &[position]).err()).unwrap_or(error)
    }

    /// Scores a batch's pictures one by one, leaving out those that the model fails on.
    fn score_one_by_one(
        &mut self,
        batch: Batch,
        positions: &[usize],
    ) -> Result<(Batch, Array2<f32>, Vec<usize>), Error> {
        let mut scores = Array2::zeros((0, self.model.metadata().labels.len()));
        let (mut kept, mut kept_positions) = (Batch::default(), vec![]);
        for (datum, &position) in batch.into_data().zip(positions) {
            let single = Batch::from(datum);
            match self.checked_scores(&single, &[position]) {
                Ok(row) => {
                    scores = concatenate![Axis(0), scores, row];
                    kept.extend(single.into_data());
                    kept_positions.push(position);
                }
                Err(error) => self.skip(error)?,
            }
        }
        Ok((kept, scores, kept_positions))
    }

    /// The model's scores, one row a picture and one column a class.
    fn checked_scores(&self, batch: &Batch, positions: &[usize]) -> Result<Array2<f32>, Error> {
        let metadata = self.model.metadata();
        let images: Vec<_> = batch.images.iter().map(|image| image.view()).collect();
        let scores = self.model.predict(&images).map_err(|source| Error::Predict {
            model: metadata.id.clone(),
            place: self.place(batch, positions),
            source,
        })?;
        let (expected, (rows, columns)) = ((images.len(), metadata.labels.len()), scores.dim());
        if (rows, columns) == expected {
            return Ok(scores);
        }
        Err(Error::ScoreShape {
            model: metadata.id.clone(),
            place: self.place(batch, positions),
            rows,
            columns,
            expected_rows: expected.0,
            expected_columns: expected.1,
        })
    }

    /// Where a batch lies; it holds at least one datum.
    fn place(&self, batch: &Batch, positions: &[usize]) -> Place {
        let position = |end: Option<&usize>| end.copied().unwrap_or_default();
        let place = self.datum_place(position(positions.first()), batch.metadata.first());
        Place { last: position(positions.last()), ..place }
    }

    fn datum_place(&self, position: usize, metadata: Option<&DatumMetadata>) -> Place {
        let id = metadata.map(|metadata| metadata.id.clone());
        Place { id, dataset: self.dataset_id.map(str::to_owned), ..Place::of_datum(position) }
    }
}
