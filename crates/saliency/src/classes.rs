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
