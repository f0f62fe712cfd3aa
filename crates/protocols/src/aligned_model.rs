use std::collections::HashMap;

use ndarray::{Array2, ArrayView3, ArrayViewMut3, Axis};

use crate::{BoxError, Error, Model, ModelMetadata, ScoreFault, check_scores};

/// A model whose score columns come in the order of given labels, matched by name.
///
/// A dataset and a model may number the same classes differently: the published `EuroSAT` models, for
/// instance, have them in alphabetical order, the dataset does not. Indices would then compare one class
/// with another, and nothing would show it.
///
/// ```
/// use ndarray::{Array2, Array3, array};
/// use protocols::{AlignedModel, BoxError, FnModel, Model, ModelMetadata, ScoreKind};
///
/// let labels = vec!["River".to_owned(), "Forest".to_owned()];
/// let metadata = ModelMetadata::new("m", labels, ScoreKind::Probabilities);
/// let model = FnModel::new(metadata, |_| Ok(array![[0.9, 0.1]]));
///
/// let aligned = AlignedModel::new(model, &["Forest", "River"])?;
/// assert_eq!(aligned.metadata().labels, ["Forest", "River"]);
/// assert_eq!(aligned.predict(&[Array3::zeros((4, 4, 3)).view()])?, array![[0.1, 0.9]]);
/// # Ok::<(), BoxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AlignedModel<M> {
    model: M,
    metadata: ModelMetadata,
    /// The model's column for each label.
    columns: Vec<usize>,
}

impl<M: Model> AlignedModel<M> {
    /// Reorders a model's classes to those of `labels`.
    ///
    /// # Errors
    ///
    /// [`Error::LabelNames`] with the names that only one side has, and [`Error::DuplicateLabel`] if a name
    /// occurs twice on either side.
    pub fn new<L: AsRef<str>>(model: M, labels: &[L]) -> Result<Self, Error> {
        let theirs = model.metadata();
        let names: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
        let columns_by_name = positions(&format!("model `{}`", theirs.id), &theirs.labels)?;
        let wanted = positions("the list of labels", &names)?;
        let missing_in_model: Vec<_> = names
            .iter()
            .filter(|name| !columns_by_name.contains_key(*name))
            .map(|name| (*name).to_owned())
            .collect();
        let missing_in_labels: Vec<_> =
            theirs.labels.iter().filter(|name| !wanted.contains_key(name.as_str())).cloned().collect();
        if !(missing_in_model.is_empty() && missing_in_labels.is_empty()) {
            return Err(Error::LabelNames { model: theirs.id.clone(), missing_in_model, missing_in_labels });
        }
        let columns = names.iter().filter_map(|name| columns_by_name.get(name).copied()).collect();
        let mut metadata = theirs.clone();
        metadata.labels = names.into_iter().map(str::to_owned).collect();
        Ok(Self { model, metadata, columns })
    }

    /// The model as it was.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The model's own column for each label.
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

/// Each name's position.
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
    use crate::{FnModel, ScoreKind};

    /// The i-th class of the i-th picture scores 10 i + class.
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
    fn names_on_one_side_only_are_listed() {
        let error = AlignedModel::new(model(&["a", "b", "c"]), &["c", "x", "b"]).err();
        let Some(Error::LabelNames { missing_in_model, missing_in_labels, .. }) = error else {
            panic!("{error:?}")
        };
        assert_eq!((missing_in_model, missing_in_labels), (vec!["x".to_owned()], vec!["a".to_owned()]));
    }

    #[test]
    fn fewer_labels_than_classes_are_refused() {
        assert!(matches!(AlignedModel::new(model(&["a", "b"]), &["b"]), Err(Error::LabelNames { .. })));
    }

    #[test]
    fn a_name_that_occurs_twice_is_refused() {
        let error = AlignedModel::new(model(&["a", "b", "a"]), &["a", "b"]).err();
        assert!(matches!(error, Some(Error::DuplicateLabel { first: 0, second: 2, .. })), "{error:?}");
    }

    #[test]
    fn scores_of_another_width_are_an_error() {
        let labels = vec!["a".to_owned(), "b".to_owned()];
        let wrong = FnModel::new(ModelMetadata::new("w", labels, ScoreKind::Logits), |images| {
            Ok(Array2::zeros((images.len(), 3)))
        });
        let aligned = AlignedModel::new(wrong, &["b", "a"]).unwrap();
        assert!(aligned.predict(&[Array3::zeros((1, 1, 1)).view()]).is_err());
    }
}
