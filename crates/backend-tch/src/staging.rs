//! The one place with `unsafe`: memory of libtorch's that pictures are written into.
//!
//! tch has no safe way to write a tensor's values but to copy a slice, which would be one more pass over every
//! batch.

use std::marker::PhantomData;

use tch::kind::Element;
use tch::{Device, TchError, Tensor};

/// A row of values in a tensor's memory, used again from batch to batch.
pub(crate) struct Staging<T> {
    /// One-dimensional, contiguous, on the CPU, of the kind of `T`, its memory shared with none but what
    /// [`lend`](Self::lend) made.
    tensor: Tensor,
    pinned: bool,
    values: PhantomData<T>,
}

impl<T: Element> Staging<T> {
    /// Room for nothing yet; pinned memory is what a CUDA device reads by itself.
    pub(crate) fn new(pinned: bool) -> Result<Self, TchError> {
        Ok(Self { tensor: room::<T>(0, pinned)?, pinned, values: PhantomData })
    }

    /// The first `len` values, to be written.
    pub(crate) fn values(&mut self, len: usize) -> Result<&mut [T], TchError> {
        if self.tensor.numel() < len {
            self.tensor = room::<T>(len, self.pinned)?;
        }
        if len == 0 {
            return Ok(&mut []);
        }
        // SAFETY: the tensor holds at least `len` values of `T`, initialised to zero, in a row on the CPU, as
        // `room` made them. What `lend` lent has been read: the forward pass that it went into is over, since
        // its scores were waited for. `self` is borrowed for as long as the slice lives.
        #[expect(unsafe_code, reason = "tch offers no safe access to a tensor's memory")]
        Ok(unsafe { std::slice::from_raw_parts_mut(self.tensor.data_ptr().cast::<T>(), len) })
    }

    /// The first values as a tensor of this shape, which shares their memory.
    ///
    /// It must have been read when [`values`](Self::values) is next asked for.
    pub(crate) fn lend(&self, shape: &[i64]) -> Result<Tensor, TchError> {
        self.tensor.f_narrow(0, 0, shape.iter().product())?.f_view(shape)
    }
}

fn room<T: Element>(len: usize, pinned: bool) -> Result<Tensor, TchError> {
    let len = i64::try_from(len).map_err(|e| TchError::Convert(e.to_string()))?;
    let tensor = Tensor::f_zeros([len], (T::KIND, Device::Cpu))?;
    if pinned { tensor.f_pin_memory(Device::Cuda(0)) } else { Ok(tensor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_lent() {
        let mut staging = Staging::<f32>::new(false).unwrap();
        for (len, start) in [(6, 1.0), (0, 0.0), (2, 7.0), (40, -3.0)] {
            for (i, value) in staging.values(len).unwrap().iter_mut().enumerate() {
                *value = start + i as f32;
            }
            let lent = staging.lend(&[2, len as i64 / 2]).unwrap();
            let expected: Vec<f32> = (0..len).map(|i| start + i as f32).collect();
            assert_eq!(Vec::<f32>::try_from(lent.flatten(0, 1)).unwrap(), expected);
        }
    }

    #[test]
    fn bytes_are_bytes() {
        let mut staging = Staging::<u8>::new(false).unwrap();
        staging.values(3).unwrap().copy_from_slice(&[7, 0, 255]);
        assert_eq!(Vec::<u8>::try_from(staging.lend(&[3]).unwrap()).unwrap(), [7, 0, 255]);
    }

    #[test]
    fn more_than_there_is_cannot_be_lent() {
        assert!(Staging::<u8>::new(false).unwrap().lend(&[5]).is_err());
        assert!(Staging::<u8>::new(false).unwrap().values(usize::MAX).is_err());
    }
}
