use std::cell::RefCell;
use std::collections::HashMap;

use ndarray::{Array2, ArrayView3, Axis};
use protocols::{BoxError, Model, ModelMetadata, check_scores};

use crate::pixels::Pixels;

/// The most bytes of scores that are kept.
const ROOM: usize = 64 << 20;

/// A model that scores equal images once, while there is room for their scores.
///
/// Perturbers whose parameter is at its neutral value return images as they are, and strong ones saturate: such
/// settings cost a hash per image instead of a forward pass.
pub(crate) struct ScoredOnce<'a> {
    model: &'a dyn Model,
    known: RefCell<HashMap<Pixels, Vec<f32>>>,
    room: usize,
}

impl<'a> ScoredOnce<'a> {
    pub(crate) fn new(model: &'a dyn Model) -> Self {
        let bytes = size_of::<Pixels>() + model.metadata().labels.len() * size_of::<f32>();
        Self { model, known: RefCell::default(), room: ROOM / bytes }
    }
}

impl Model for ScoredOnce<'_> {
    fn metadata(&self) -> &ModelMetadata {
        self.model.metadata()
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        let pixels: Vec<Pixels> = images.iter().map(|image| Pixels::of(*image)).collect();
        let mut known = self.known.borrow_mut();
        // The images to score, and for each image the row of its scores among theirs.
        let (mut new, mut rows) = (Vec::new(), HashMap::new());
        for (image, pixels) in images.iter().zip(&pixels) {
            if !known.contains_key(pixels) && !rows.contains_key(pixels) {
                rows.insert(*pixels, new.len());
                new.push(*image);
            }
        }
        let classes = self.metadata().labels.len();
        let scored = if new.is_empty() { Array2::zeros((0, classes)) } else { self.model.predict(&new)? };
        if let Err(fault) = check_scores(scored.view(), new.len(), classes) {
            // Where all images are new, the caller can tell which one it is.
            return if new.len() == images.len() { Ok(scored) } else { Err(fault.into()) };
        }
        let mut scores = Array2::zeros((images.len(), classes));
        for (pixels, mut to) in pixels.iter().zip(scores.rows_mut()) {
            match (rows.get(pixels), known.get(pixels)) {
                (Some(&row), _) => to.assign(&scored.index_axis(Axis(0), row)),
                (None, Some(scores)) => to.iter_mut().zip(scores).for_each(|(to, &score)| *to = score),
                (None, None) => return Err("an image is neither known nor scored".into()),
            }
        }
        for (pixels, row) in rows {
            if known.len() < self.room {
                known.insert(pixels, scored.index_axis(Axis(0), row).to_vec());
            }
        }
        Ok(scores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ndarray::{Array3, array};
    use protocols::{FnModel, ScoreKind};

    fn first_pixel(count: &AtomicUsize) -> impl Model {
        let labels = ["dark", "bright"].map(str::to_owned).to_vec();
        FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Logits), move |images| {
            count.fetch_add(images.len(), Ordering::Relaxed);
            let first =
                |i: usize| if images[i][[0, 0, 0]] == 255 { f32::NAN } else { images[i][[0, 0, 0]].into() };
            Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| first(i) * class as f32))
        })
    }

    fn grey(value: u8) -> Array3<u8> {
        Array3::from_elem((2, 3, 3), value)
    }

    #[test]
    fn equal_images_are_scored_once_within_a_batch_and_between_batches() {
        let count = AtomicUsize::new(0);
        let model = first_pixel(&count);
        let model = ScoredOnce::new(&model);
        let (one, two, three) = (grey(1), grey(2), grey(3));
        let scores = model.predict(&[one.view(), two.view(), one.view()]).unwrap();
        assert_eq!(scores, array![[0.0, 1.0], [0.0, 2.0], [0.0, 1.0]]);
        let scores = model.predict(&[two.view(), three.view(), one.view()]).unwrap();
        assert_eq!(scores, array![[0.0, 2.0], [0.0, 3.0], [0.0, 1.0]]);
        assert_eq!(count.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn scores_that_are_not_finite_are_not_kept() {
        let count = AtomicUsize::new(0);
        let model = first_pixel(&count);
        let model = ScoredOnce::new(&model);
        let (one, bad) = (grey(1), grey(255));
        assert!(model.predict(&[one.view(), bad.view()]).unwrap()[[1, 1]].is_nan());
        assert!(model.predict(&[bad.view()]).unwrap()[[0, 1]].is_nan());
        assert_eq!(model.predict(&[one.view()]).unwrap(), array![[0.0, 1.0]]);
        assert!(model.predict(&[one.view(), bad.view()]).unwrap_err().to_string().contains("NaN"));
        assert_eq!(count.load(Ordering::Relaxed), 5);
    }

    #[test]
    fn without_room_images_are_scored_again() {
        let count = AtomicUsize::new(0);
        let model = first_pixel(&count);
        let model = ScoredOnce { room: 1, ..ScoredOnce::new(&model) };
        for _ in 0..2 {
            model.predict(&[grey(1).view()]).unwrap();
            model.predict(&[grey(2).view()]).unwrap();
        }
        assert_eq!(count.load(Ordering::Relaxed), 3);
    }
}
