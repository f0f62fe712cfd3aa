use ndarray::ArrayView1;

use crate::Error;

/// The classes to explain.
///
/// # Examples
///
/// ```
/// use saliency::Classes;
///
/// let (truth, predicted) = (3, 7);
/// assert_eq!(Classes::Chosen(&[truth, predicted]).resolve(10)?, [3, 7]);
/// assert_eq!(Classes::All.resolve(3)?, [0, 1, 2]);
/// assert!(Classes::Chosen(&[10]).resolve(10).is_err());
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Classes<'a> {
    /// Every class of the model.
    All,
    /// These, in this order; a class may occur twice.
    Chosen(&'a [usize]),
}

impl Classes<'_> {
    /// Returns the classes as columns of scores, of which there are `classes`.
    ///
    /// # Errors
    ///
    /// [`Error::Class`] if a chosen class is not below `classes`.
    pub fn resolve(self, classes: usize) -> Result<Vec<usize>, Error> {
        match self {
            Self::All => Ok((0..classes).collect()),
            Self::Chosen(chosen) => match chosen.iter().find(|&&class| class >= classes) {
                Some(&class) => Err(Error::Class { class, classes }),
                None => Ok(chosen.to_vec()),
            },
        }
    }
}

/// The number of bytes that an image's maps of this many classes take: `classes * height * width` times four.
///
/// ```
/// assert_eq!(saliency::bytes_of_maps(1000, (3000, 4000)) >> 30, 44);
/// ```
#[must_use]
pub fn bytes_of_maps(classes: usize, (height, width): (usize, usize)) -> u128 {
    [classes, height, width, size_of::<f32>()].map(|factor| factor as u128).iter().product()
}

/// The `count` classes with the highest scores, highest first; of equal scores the first class comes first.
///
/// ```
/// use ndarray::array;
///
/// let scores = array![0.1, 0.4, 0.1, 0.4];
/// assert_eq!(saliency::highest(scores.view(), 3), [1, 3, 0]);
/// ```
#[must_use]
pub fn highest(scores: ArrayView1<'_, f32>, count: usize) -> Vec<usize> {
    let mut ranked: Vec<(usize, f32)> = scores.iter().copied().enumerate().collect();
    ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    ranked.into_iter().take(count).map(|(class, _)| class).collect()
}
