use inference::drawn;
use model_folder::{ImageProcessor, Scratch};
use ndarray::{Array3, ArrayView3, ArrayViewMut3};
use tch::{Device, Kind, TchError, Tensor};

use crate::Precision;
use crate::device_thread::DeviceThread;
use crate::staging::{Output, Staging};

pub(crate) const CHANNELS: usize = 3;

/// The images to score.
#[derive(Clone, Copy)]
pub(crate) enum Images<'a> {
    /// Given.
    Given(&'a [ArrayView3<'a, u8>]),
    /// Of one shape, drawn when they are needed.
    Drawn {
        shape: (usize, usize, usize),
        count: usize,
        draw: &'a (dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    },
}

impl Images<'_> {
    pub(crate) fn len(&self) -> usize {
        match *self {
            Self::Given(images) => images.len(),
            Self::Drawn { count, .. } => count,
        }
    }

    /// The i-th one's height and width.
    pub(crate) fn size(&self, i: usize) -> (usize, usize) {
        let (height, width, _) = match *self {
            Self::Given(images) => images[i].dim(),
            Self::Drawn { shape, .. } => shape,
        };
        (height, width)
    }

    /// Hands the i-th one to `read`. A drawn one is drawn into `memory`.
    fn with<R>(&self, i: usize, memory: &mut Array3<u8>, read: impl FnOnce(ArrayView3<'_, u8>) -> R) -> R {
        match *self {
            Self::Given(images) => read(images[i]),
            Self::Drawn { shape, draw, .. } => read(drawn(memory, shape, |image| draw(i, image))),
        }
    }
}

/// Why an input could not be made or read.
pub(crate) enum Failure {
    /// The image at this position cannot be prepared.
    Image(usize, model_folder::Error),
    /// There is no memory for the input, or the network failed on it.
    Torch(TchError),
}

impl From<TchError> for Failure {
    fn from(error: TchError) -> Self {
        Self::Torch(error)
    }
}

/// Turns batches of images into the network's input, in memory that is reused.
///
/// The input is `(batch, 3, height, width)` with its channels last in memory, as in the images: each value is read once
/// and written once, and libtorch's convolutions are faster.
pub(crate) struct Input {
    staging: Stage,
    image: Array3<u8>,
    scratch: Scratch,
}

/// Where images are rescaled and normalised.
enum Stage {
    /// On the way into the tensor.
    Host(Staging<f32>),
    /// On the device, which receives a quarter of the bytes.
    Device(Staging<u8>, Table, DeviceThread),
}

impl Input {
    /// Room for images that `processor` prepares.
    pub(crate) fn new(device: Device, processor: &ImageProcessor) -> Result<Self, TchError> {
        let staging = match device {
            Device::Cuda(_) => {
                Stage::Device(Staging::new(true)?, Table::new(processor, device)?, DeviceThread::new()?)
            }
            _ => Stage::Host(Staging::new(false)?),
        };
        Ok(Self { staging, image: Array3::zeros((0, 0, 0)), scratch: Scratch::default() })
    }

    /// Makes the input of `count` images from `first` on, all prepared to `size`, and hands it to `read`.
    ///
    /// The input's memory is this value's own: `read` must not keep a tensor of it.
    pub(crate) fn with(
        &mut self,
        processor: &ImageProcessor,
        images: Images<'_>,
        (first, count): (usize, usize),
        (height, width): (usize, usize),
        (device, precision): (Device, Precision),
        read: impl FnOnce(Tensor) -> Result<Output, TchError> + Send + 'static,
    ) -> Result<Output, Failure> {
        let shape = [count, height, width, CHANNELS].map(|side| side as i64);
        let Self { staging, image, scratch } = self;
        let input = move |pixels: Tensor| read(pixels.f_to_kind(precision.kind())?.f_permute([0, 3, 1, 2])?);
        match staging {
            Stage::Host(staging) => staging.lend(
                &shape,
                |values| {
                    chunks(values, count).try_for_each(|(i, out)| {
                        images
                            .with(first + i, image, |image| processor.write_pixels(image, out, scratch))
                            .map_err(|source| Failure::Image(first + i, source))
                    })
                },
                |pixels| Ok(input(pixels.f_to_device(device)?)?),
            ),
            Stage::Device(staging, table, thread) => staging.lend(
                &shape,
                |values| {
                    chunks(values, count).try_for_each(|(i, out)| {
                        images
                            .with(first + i, image, |image| processor.write_bytes(image, out, scratch))
                            .map_err(|source| Failure::Image(first + i, source))
                    })
                },
                |bytes| {
                    let table = table.share();
                    Ok(thread.run(move || input(table.look_up(&bytes, device)?))?)
                },
            ),
        }
    }
}

/// What each byte of each channel becomes when the processor rescales and normalises it, on a device.
///
/// It is sent there once: sending waits until the device has done all its work.
struct Table {
    levels: Tensor,
    /// Where each channel's levels start.
    starts: Tensor,
}

impl Table {
    fn new(processor: &ImageProcessor, device: Device) -> Result<Self, TchError> {
        let levels = Tensor::f_from_slice(processor.levels().as_flattened())?.f_to_device(device)?;
        let starts = Tensor::f_from_slice(&[0_i64, 256, 512])?.f_to_device(device)?;
        Ok(Self { levels, starts })
    }

    /// The same memory.
    fn share(&self) -> Self {
        Self { levels: self.levels.shallow_clone(), starts: self.starts.shallow_clone() }
    }

    /// The levels of bytes, `(batch, height, width, 3)`.
    fn look_up(&self, bytes: &Tensor, device: Device) -> Result<Tensor, TchError> {
        let places = bytes
            .f_to_device_(device, Kind::Uint8, true, false)?
            .f_to_kind(Kind::Int64)?
            .f_add_(&self.starts)?;
        self.levels.f_take(&places)
    }
}

/// The values of each of `count` images, with its position; an image may have none.
fn chunks<T>(mut values: &mut [T], count: usize) -> impl Iterator<Item = (usize, &mut [T])> {
    let len = values.len() / count.max(1);
    (0..count).map(move |i| {
        let (chunk, rest) = std::mem::take(&mut values).split_at_mut(len);
        values = rest;
        (i, chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processor() -> ImageProcessor {
        let json = r#"{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 10},
            "image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.4]}"#;
        ImageProcessor::from_json(json).unwrap()
    }

    fn prepared(staging: Stage, images: Images<'_>) -> Output {
        let mut input = Input { staging, image: Array3::zeros((0, 0, 0)), scratch: Scratch::default() };
        let read = |planes: Tensor| {
            let shape = planes.size().into_iter().map(|side| side as usize).collect();
            Ok((shape, Vec::<f32>::try_from(planes.f_contiguous()?.flatten(0, -1))?))
        };
        let done = input.with(&processor(), images, (1, 2), (10, 10), (Device::Cpu, Precision::F32), read);
        done.unwrap_or_else(|_| panic!("the images are sound"))
    }

    #[test]
    fn the_device_normalises_to_the_hosts_values() {
        let images: Vec<_> = (0..3)
            .map(|i| Array3::from_shape_fn((12, 14, 3), |(y, x, k)| (y * 19 + x * 5 + k * 70 + i) as u8))
            .collect();
        let views: Vec<_> = images.iter().map(|image| image.view()).collect();
        let host = prepared(Stage::Host(Staging::new(false).unwrap()), Images::Given(&views));
        let table = Table::new(&processor(), Device::Cpu).unwrap();
        let thread = DeviceThread::new().unwrap();
        let device =
            prepared(Stage::Device(Staging::new(false).unwrap(), table, thread), Images::Given(&views));
        assert_eq!(host.0, [2, 3, 10, 10]);
        assert_eq!(host, device);
    }
}
