use std::collections::HashMap;

use ndarray::{Array2, ArrayView3, ArrayViewMut3, Axis};

use crate::{BoxError, Error, Model, ModelMetadata, ScoreFault, check_scores, label_match};

/// A model whose classes are reordered to those of a dataset, matched by name.
///
/// A dataset and a model may number the same classes differently. The published `EuroSAT` models, for
/// instance, have them in alphabetical order; the dataset does not. Comparing indices would then compare
/// different classes.
///
/// The model may have more classes than the dataset: the dataset's labels come first, in its order, and the
/// model's other classes follow, in the model's order. All scores are kept, so probabilities still sum to
/// one, and the predicted class may be one that the dataset does not have.
///
/// ```
/// use ndarray::{Array2, Array3, array};
/// use protocols::{AlignedModel, BoxError, FnModel, Model, ModelMetadata, ScoreKind};
///
/// let labels = ["Lake", "River", "Forest"].map(str::to_owned).to_vec();
/// let metadata = ModelMetadata::new("m", labels, ScoreKind::Probabilities);
/// let model = FnModel::new(metadata, |_| Ok(array![[0.1, 0.8, 0.1]]));
///
/// let aligned = AlignedModel::new(model, &["Forest", "River"])?;
/// assert_eq!(aligned.metadata().labels, ["Forest", "River", "Lake"]);
/// assert_eq!(aligned.predict(&[Array3::zeros((4, 4, 3)).view()])?, array![[0.1, 0.8, 0.1]]);
/// # Ok::<(), BoxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AlignedModel<M> {
    model: M,
    metadata: ModelMetadata,
    /// The model's column for each of our columns.
    columns: Vec<usize>,
}

impl<M: Model> AlignedModel<M> {
    /// Puts the model's classes in the order of `labels`, the others after them.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownLabels`] with the labels that the model does not have, and
    /// [`Error::DuplicateLabel`] if a name occurs twice on either side.
    pub fn new<L: AsRef<str>>(model: M, labels: &[L]) -> Result<Self, Error> {
        let theirs = model.metadata();
        let positions_in_model = positions(&format!("model `{}`", theirs.id), &theirs.labels)?;
        let positions_in_labels = positions("the list of labels", labels)?;
        let (mut columns, mut unknown) = (Vec::with_capacity(theirs.labels.len()), Vec::new());
        for label in labels.iter().map(AsRef::as_ref) {
            match positions_in_model.get(label) {
                Some(&column) => columns.push(column),
                None => unknown.push(label.to_owned()),
            }
        }
        if !unknown.is_empty() {
            let near = label_match::near(&unknown, &theirs.labels);
            return Err(Error::UnknownLabels {
                model: theirs.id.clone(),
                classes: theirs.labels.len(),
                labels: unknown.into_iter().zip(near).collect(),
            });
        }
        let others = theirs.labels.iter().enumerate();
        let others = others.filter(|(_, label)| !positions_in_labels.contains_key(label.as_str()));
        let (others, other_labels): (Vec<usize>, Vec<String>) =
            others.map(|(column, label)| (column, label.clone())).unzip();
        columns.extend(others);
        let mut metadata = theirs.clone();
        metadata.labels = labels.iter().map(|label| label.as_ref().to_owned()).chain(other_labels).collect();
        Ok(Self { model, metadata, columns })
    }

    /// The underlying model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The underlying model's column for each class.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Reorders the scores of a number of images. Whether they are finite is left to the caller.
    fn align(&self, scores: Array2<f32>, images: usize) -> Result<Array2<f32>, BoxError> {
        if let Err(fault @ ScoreFault::Shape { .. }) = check_scores(scores.view(), images, self.columns.len())
        {
            return Err(fault.into());
        }
        if self.columns.is_sorted() {
            return Ok(scores);
        }
        Ok(scores.select(Axis(1), &self.columns))
    }
}

impl<M: Model> Model for AlignedModel<M> {
    fn metadata(&self) -> &ModelMetadata {
        &self.metadata
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        self.align(self.model.predict(images)?, images.len())
    }

    fn predict_drawn(
        &self,
        shape: (usize, usize, usize),
        count: usize,
        draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        self.align(self.model.predict_drawn(shape, count, draw)?, count)
    }
}

/// Each name's position; no name may occur twice.
fn positions<'a>(what: &str, names: &'a [impl AsRef<str>]) -> Result<HashMap<&'a str, usize>, Error> {
    let mut positions = HashMap::with_capacity(names.len());
    for (second, name) in names.iter().enumerate() {
        if let Some(first) = positions.insert(name.as_ref(), second) {
            let label = name.as_ref().to_owned();
            return Err(Error::DuplicateLabel { what: what.to_owned(), label, first, second });
        }
    }
    Ok(positions)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, array};

    use super::*;
    use crate::{EvaluateOptions, FnModel, MemoryDataset, ScoreKind, predict};

    /// Class c of image i scores 10 i + c.
    fn model(labels: &[&str]) -> impl Model {
        let classes = labels.len();
        let labels = labels.iter().map(|&label| label.to_owned()).collect();
        FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Logits), move |images| {
            Ok(Array2::from_shape_fn((images.len(), classes), |(i, class)| (10 * i + class) as f32))
        })
    }

    #[test]
    fn columns_follow_the_names() {
        let aligned = AlignedModel::new(model(&["a", "b", "c"]), &["c", "a", "b"]).unwrap();
        let image = Array3::zeros((2, 3, 1));
        let expected = array![[2.0, 0.0, 1.0], [12.0, 10.0, 11.0]];
        assert_eq!(aligned.predict(&[image.view(), image.view()]).unwrap(), expected);
        assert_eq!(aligned.predict_drawn((2, 3, 1), 2, &|_, _| {}).unwrap(), expected);
        assert_eq!(aligned.metadata().labels, ["c", "a", "b"]);
        assert_eq!(aligned.columns(), [2, 0, 1]);
    }

    #[test]
    fn classes_that_the_dataset_lacks_come_last() {
        let aligned = AlignedModel::new(model(&["a", "b", "c", "d"]), &["c", "b"]).unwrap();
        assert_eq!(aligned.metadata().labels, ["c", "b", "a", "d"]);
        let images = vec![(Array3::zeros((1, 1, 1)), 1)];
        let dataset = MemoryDataset::new("two", ["c", "b"].map(str::to_owned).to_vec(), images).unwrap();
        let predictions = predict(&aligned, &dataset, EvaluateOptions::new()).unwrap();
        assert_eq!(predictions.scores(), array![[2.0, 1.0, 0.0, 3.0]]);
    }

    #[test]
    fn labels_that_the_model_lacks_are_listed_with_the_name_that_was_meant() {
        let error = AlignedModel::new(
            model(&["Annual Crop", "b", "Forêt"]),
            &["annual_crop", "x", "For\u{65}\u{302}t"],
        );
        assert_eq!(
            error.err().unwrap().to_string(),
            "model `m` with 3 classes lacks these labels: `annual_crop` (the model has `Annual Crop`), `x`, \
             `For\u{65}\u{302}t` (the model has `Forêt`)"
        );
    }

    #[test]
    fn at_most_ten_labels_are_listed() {
        let labels: Vec<_> = (0..12).map(|i| format!("x{i}")).collect();
        let error = AlignedModel::new(model(&["a"]), &labels).err().unwrap().to_string();
        assert!(error.ends_with("`x8`, `x9`, and 2 more"), "{error}");
    }

    #[test]
    fn a_name_that_occurs_twice_is_refused() {
        let error = AlignedModel::new(model(&["a", "b", "a"]), &["a", "b"]).err();
        assert!(matches!(error, Some(Error::DuplicateLabel { first: 0, second: 2, .. })), "{error:?}");
        let error = AlignedModel::new(model(&["a", "b"]), &["b", "b"]).err();
        assert!(matches!(error, Some(Error::DuplicateLabel { first: 0, second: 1, .. })), "{error:?}");
    }

    #[test]
    fn scores_of_another_width_are_an_error() {
        let labels = vec!["a".to_owned(), "b".to_owned()];
        let wrong = FnModel::new(ModelMetadata::new("w", labels, ScoreKind::Logits), |images| {
            Ok(Array2::zeros((images.len(), 3)))
        });
        let aligned = AlignedModel::new(wrong, &["b", "a"]).unwrap();
        let error = aligned.predict(&[Array3::zeros((1, 1, 1)).view()]).unwrap_err();
        assert_eq!(error.to_string(), "the scores are 1x3, expected 1x2 (images x classes)");
    }
}
