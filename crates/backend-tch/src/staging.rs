//! The one module with `unsafe`: libtorch's memory, into which images are written.
//!
//! tch can write a tensor's values only by copying a slice, which would be one more pass over every batch.

use std::marker::PhantomData;

use tch::kind::Element;
use tch::{Device, TchError, Tensor};

/// Values in a tensor's memory, which is reused from batch to batch.
pub(crate) struct Staging<T> {
    /// One-dimensional, contiguous, on the CPU, of the kind of `T`. Nobody else has a tensor of its memory but within
    /// [`lend`](Self::lend).
    tensor: Tensor,
    pinned: bool,
    values: PhantomData<T>,
}

/// The shape and the values that a network returned.
pub(crate) type Output = (Vec<usize>, Vec<f32>);

impl<T: Element> Staging<T> {
    /// Room for no values yet. Pinned memory is what a CUDA device reads by itself.
    pub(crate) fn new(pinned: bool) -> Result<Self, TchError> {
        Ok(Self { tensor: room::<T>(0, pinned)?, pinned, values: PhantomData })
    }

    /// Lets `write` fill the values of a tensor of this shape, and `read` have the tensor.
    ///
    /// The tensor is lent for as long as `read` runs: what it returns is copied values, and it must not keep another
    /// tensor of the same memory. Since both are closures, no caller can write while a tensor is lent.
    pub(crate) fn lend<E: From<TchError>>(
        &mut self,
        shape: &[i64],
        write: impl FnOnce(&mut [T]) -> Result<(), E>,
        read: impl FnOnce(Tensor) -> Result<Output, E>,
    ) -> Result<Output, E> {
        let sides = shape.iter().map(|&side| usize::try_from(side).unwrap_or(0));
        let len = sides.fold(1_usize, usize::saturating_mul);
        if self.tensor.numel() < len {
            self.tensor = room::<T>(len, self.pinned)?;
        }
        if len == 0 {
            write(&mut [])?;
        } else {
            // SAFETY: the tensor holds at least `len` values of `T`, initialised to zero, in a row on the CPU, as
            // `room` made them. No other tensor has its memory: those that `lend` lent were dropped with the `read` of
            // an earlier call, which `&mut self` keeps apart from this one. The slice ends with `write`.
            #[expect(unsafe_code, reason = "tch offers no safe access to a tensor's memory")]
            write(unsafe { std::slice::from_raw_parts_mut(self.tensor.data_ptr().cast::<T>(), len) })?;
        }
        read(self.tensor.f_narrow(0, 0, len as i64)?.f_view(shape)?)
    }
}

fn room<T: Element>(len: usize, pinned: bool) -> Result<Tensor, TchError> {
    let len = i64::try_from(len).map_err(|e| TchError::Convert(e.to_string()))?;
    let tensor = Tensor::f_zeros([len], (T::KIND, Device::Cpu))?;
    // `pin_memory` prints that its argument, which tch always gives, is deprecated.
    if pinned { tensor.f_internal_pin_memory(Device::Cuda(0)) } else { Ok(tensor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tensor: Tensor) -> Result<Output, TchError> {
        let values = Vec::<f32>::try_from(tensor.f_to_kind(tch::Kind::Float)?.flatten(0, -1))?;
        Ok((tensor.size().into_iter().map(|side| side as usize).collect(), values))
    }

    #[test]
    fn what_is_written_is_lent() {
        let mut staging = Staging::<f32>::new(false).unwrap();
        for (len, start) in [(6, 1.0), (0, 0.0), (2, 7.0), (40, -3.0)] {
            let expected: Vec<f32> = (0..len).map(|i| start + i as f32).collect();
            let shape = [2, i64::from(len) / 2];
            let write = |values: &mut [f32]| {
                values.copy_from_slice(&expected);
                Ok::<(), TchError>(())
            };
            assert_eq!(
                staging.lend(&shape, write, read).unwrap(),
                (shape.map(|side| side as usize).to_vec(), expected.clone())
            );
        }
    }

    #[test]
    fn bytes_are_bytes() {
        let mut staging = Staging::<u8>::new(false).unwrap();
        let write = |values: &mut [u8]| {
            values.copy_from_slice(&[7, 0, 255]);
            Ok::<(), TchError>(())
        };
        assert_eq!(staging.lend(&[3], write, read).unwrap().1, [7.0, 0.0, 255.0]);
    }

    #[test]
    fn more_than_there_can_be_is_an_error() {
        let write = |_: &mut [u8]| Ok::<(), TchError>(());
        assert!(Staging::<u8>::new(false).unwrap().lend(&[i64::MAX, 2], write, read).is_err());
    }
}
