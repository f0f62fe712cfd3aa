use std::fmt;

use ndarray::{Array3, ArrayView2, ArrayViewMut2};

use crate::Error;
use crate::kernel;
use crate::samples::Samples;

/// Generates the masks that occlude images of one size.
///
/// Masks depend only on the generator's settings and the size, so images of one size share them.
///
/// # Examples
///
/// ```
/// use saliency::{MaskGenerator, RiseGrid};
///
/// let generator: Box<dyn MaskGenerator> = Box::new(RiseGrid::new(20, 8, 0.5, 123)?);
/// let masks = generator.masks(48, 64)?;
/// assert_eq!((masks.len(), masks.shape()), (20, (48, 64)));
/// # Ok::<(), saliency::Error>(())
/// ```
pub trait MaskGenerator: fmt::Debug + Send + Sync {
    /// Returns the masks for images of `height` rows and `width` columns.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyImage`] if either is zero, and the errors of a generator that does not support every size.
    fn masks(&self, height: usize, width: usize) -> Result<Box<dyn Masks>, Error>;
}

/// A set of masks of one size, computed when they are needed.
///
/// A mask's values are from 0 to 1: 1 keeps a pixel, 0 hides it.
///
/// # Examples
///
/// Half of the image, as a set of one mask:
///
/// ```
/// use ndarray::{Array2, array};
/// use saliency::Masks;
///
/// #[derive(Debug)]
/// struct LeftHalf;
///
/// impl Masks for LeftHalf {
///     fn len(&self) -> usize {
///         1
///     }
///     fn shape(&self) -> (usize, usize) {
///         (2, 4)
///     }
///     fn rows(&self, _index: usize, visit: &mut dyn FnMut(usize, &[f32])) {
///         for y in 0..2 {
///             visit(y, &[1.0, 1.0, 0.0, 0.0]);
///         }
///     }
/// }
///
/// let mut mask = Array2::zeros((2, 4));
/// LeftHalf.write(0, mask.view_mut());
/// assert_eq!(mask, array![[1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]]);
/// ```
pub trait Masks: fmt::Debug + Send + Sync {
    /// How many masks there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The masks' height and width in pixels.
    fn shape(&self) -> (usize, usize);

    /// Calls `visit` with each row's number and values, from the top of mask `index` to its bottom.
    ///
    /// # Panics
    ///
    /// If `index >= self.len()`, as a slice does.
    fn rows(&self, index: usize, visit: &mut dyn FnMut(usize, &[f32]));

    /// Writes mask `index` into `mask`.
    ///
    /// # Panics
    ///
    /// If `index >= self.len()`, or `mask` has another shape than the masks.
    fn write(&self, index: usize, mut mask: ArrayViewMut2<'_, f32>) {
        assert_eq!(mask.dim(), self.shape(), "a buffer must have the masks' shape");
        self.rows(index, &mut |y, values| {
            let mut row = mask.row_mut(y);
            match row.as_slice_mut() {
                Some(row) if row.len() == values.len() => row.copy_from_slice(values),
                _ => row.iter_mut().zip(values).for_each(|(to, &from)| *to = from),
            }
        });
    }

    /// Returns the weighted sum of the masks for every class: `(classes, height, width)`.
    ///
    /// ```text
    /// sum[c, y, x] = sum over i of weights[i, c] * m_i[y, x]          for Part::Kept
    ///                sum over i of weights[i, c] * (1 - m_i[y, x])    for Part::Hidden
    /// ```
    ///
    /// `weights` is `(masks, classes)`. The provided method visits every mask; masks with structure can be summed
    /// much faster.
    ///
    /// # Panics
    ///
    /// If `weights` has another number of rows than there are masks.
    fn weighted_sum(&self, weights: ArrayView2<'_, f64>, part: Part) -> Array3<f64> {
        sum_directly(self, weights, part)
    }

    /// The same masks at a lattice of their pixels: the given rows and columns, each in ascending order.
    ///
    /// Estimates over the image, such as [`Scorer::noise_share`](crate::Scorer::noise_share), read these.
    ///
    /// # Panics
    ///
    /// When a mask is read, if a row or a column does not exist.
    fn sampled(&self, rows: Vec<usize>, columns: Vec<usize>) -> Box<dyn Masks + '_> {
        Box::new(Samples { masks: self, rows, columns })
    }
}

/// The part of an image that a sum over masks counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The part that a mask keeps: its value.
    Kept,
    /// The part that a mask hides: one minus its value.
    Hidden,
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<T: MaskGenerator + ?Sized> MaskGenerator for $pointer {
            fn masks(&self, height: usize, width: usize) -> Result<Box<dyn Masks>, Error> {
                (**self).masks(height, width)
            }
        }

        impl<T: Masks + ?Sized> Masks for $pointer {
            fn len(&self) -> usize {
                (**self).len()
            }
            fn is_empty(&self) -> bool {
                (**self).is_empty()
            }
            fn shape(&self) -> (usize, usize) {
                (**self).shape()
            }
            fn rows(&self, index: usize, visit: &mut dyn FnMut(usize, &[f32])) {
                (**self).rows(index, visit);
            }
            fn write(&self, index: usize, mask: ArrayViewMut2<'_, f32>) {
                (**self).write(index, mask);
            }
            fn weighted_sum(&self, weights: ArrayView2<'_, f64>, part: Part) -> Array3<f64> {
                (**self).weighted_sum(weights, part)
            }
            fn sampled(&self, rows: Vec<usize>, columns: Vec<usize>) -> Box<dyn Masks + '_> {
                (**self).sampled(rows, columns)
            }
        }
    )*};
}

forward!(&T, Box<T>, std::sync::Arc<T>);

/// Visits every mask once; each row is added to every class's sum while it is in the cache.
pub(crate) fn sum_directly<M: Masks + ?Sized>(
    masks: &M,
    weights: ArrayView2<'_, f64>,
    part: Part,
) -> Array3<f64> {
    assert_eq!(weights.nrows(), masks.len(), "there must be a weight for every mask");
    let (height, width) = masks.shape();
    // (height, classes, width): the rows that one visit touches lie side by side.
    let mut sum = vec![0.0; height * weights.ncols() * width];
    for (index, weights) in weights.rows().into_iter().enumerate() {
        masks.rows(index, &mut |y, values| {
            let row = y * weights.len() * width;
            for (class, &weight) in weights.iter().enumerate() {
                let start = row + class * width;
                if let Some(to) = sum.get_mut(start..start + width) {
                    match part {
                        Part::Kept => kernel::add_scaled(to, values, weight),
                        Part::Hidden => kernel::add_complement_scaled(to, values, weight),
                    }
                }
            }
        });
    }
    Array3::from_shape_fn((weights.ncols(), height, width), |(class, y, x)| {
        sum[(y * weights.ncols() + class) * width + x]
    })
}

/// Refuses a size without pixels.
pub(crate) fn check_size(height: usize, width: usize) -> Result<(), Error> {
    if height == 0 || width == 0 {
        return Err(Error::EmptyImage { height, width, channels: 1 });
    }
    Ok(())
}
