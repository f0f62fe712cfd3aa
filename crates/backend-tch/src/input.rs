use model_folder::{ImageProcessor, Scratch};
use ndarray::{Array3, ArrayView3, ArrayViewMut3};
use tch::{Device, Kind, TchError, Tensor};

use crate::Precision;
use crate::staging::Staging;

pub(crate) const CHANNELS: usize = 3;

/// The pictures to score.
#[derive(Clone, Copy)]
pub(crate) enum Pictures<'a> {
    /// Given.
    Given(&'a [ArrayView3<'a, u8>]),
    /// Of one shape, drawn when they are needed.
    Drawn {
        shape: (usize, usize, usize),
        count: usize,
        draw: &'a (dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    },
}

impl Pictures<'_> {
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

    /// Hands the i-th one to `read`; a drawn one stands in `drawn`.
    fn with<R>(&self, i: usize, drawn: &mut Array3<u8>, read: impl FnOnce(ArrayView3<'_, u8>) -> R) -> R {
        match *self {
            Self::Given(images) => read(images[i]),
            Self::Drawn { shape, draw, .. } => {
                if drawn.dim() != shape {
                    *drawn = Array3::zeros(shape);
                }
                draw(i, drawn.view_mut());
                read(drawn.view())
            }
        }
    }
}

/// Why an input could not be made.
pub(crate) enum Failure {
    /// The picture at this position cannot be prepared.
    Picture(usize, model_folder::Error),
    /// There is no room for the input, or the device does not take it.
    Torch(TchError),
}

impl From<TchError> for Failure {
    fn from(error: TchError) -> Self {
        Self::Torch(error)
    }
}

/// Makes batches of pictures into the network's input, in memory that is used again.
///
/// The input is `(batch, 3, height, width)` whose channels lie together in memory, as they do in the pictures:
/// each value is read once and written once, and libtorch's convolutions are quicker so.
pub(crate) struct Input {
    staging: Stage,
    picture: Array3<u8>,
    scratch: Scratch,
}

/// Where pictures are rescaled and normalised.
enum Stage {
    /// On the way into the tensor.
    Host(Staging<f32>),
    /// On the device, which is sent a quarter of the bytes.
    Device(Staging<u8>),
}

impl Input {
    pub(crate) fn new(device: Device) -> Result<Self, TchError> {
        let staging = match device {
            Device::Cuda(_) => Stage::Device(Staging::new(true)?),
            _ => Stage::Host(Staging::new(false)?),
        };
        Ok(Self { staging, picture: Array3::zeros((0, 0, 0)), scratch: Scratch::default() })
    }

    /// The input of `count` pictures from `first` on, all prepared to the same size.
    pub(crate) fn fill(
        &mut self,
        processor: &ImageProcessor,
        pictures: Pictures<'_>,
        (first, count): (usize, usize),
        (device, precision): (Device, Precision),
    ) -> Result<Tensor, Failure> {
        let (height, width) = processor.output_size(pictures.size(first));
        let values = CHANNELS * height * width;
        let shape = [count, height, width, CHANNELS].map(|side| side as i64);
        let Self { staging, picture, scratch } = self;
        let pixels = match staging {
            Stage::Host(staging) => {
                for (i, out) in chunks(staging.values(count * values)?, count) {
                    pictures
                        .with(first + i, picture, |image| processor.write_pixels(image, out, scratch))
                        .map_err(|source| Failure::Picture(first + i, source))?;
                }
                staging.lend(&shape)?.f_to_device(device)?
            }
            Stage::Device(staging) => {
                for (i, out) in chunks(staging.values(count * values)?, count) {
                    pictures
                        .with(first + i, picture, |image| processor.write_bytes(image, out, scratch))
                        .map_err(|source| Failure::Picture(first + i, source))?;
                }
                let row = |values: [f32; CHANNELS]| Tensor::f_from_slice(&values)?.f_to_device(device);
                staging
                    .lend(&shape)?
                    .f_to_device_(device, Kind::Uint8, true, false)?
                    .f_to_kind(Kind::Float)?
                    .f_mul_(&row(processor.gain())?)?
                    .f_add_(&row(processor.offset())?)?
            }
        };
        Ok(pixels.f_to_kind(precision.kind())?.f_permute([0, 3, 1, 2])?)
    }
}

/// The values of each of `count` pictures, with its position; a picture may have none.
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

    fn filled(staging: Stage, pictures: Pictures<'_>) -> Tensor {
        let json =
            r#"{"size": {"shortest_edge": 10}, "image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.3, 0.4]}"#;
        let processor = ImageProcessor::from_json(json).unwrap();
        let mut input = Input { staging, picture: Array3::zeros((0, 0, 0)), scratch: Scratch::default() };
        let filled = input.fill(&processor, pictures, (1, 2), (Device::Cpu, Precision::F32));
        filled.unwrap_or_else(|_| panic!("the pictures are sound"))
    }

    #[test]
    fn the_device_normalises_to_the_hosts_values() {
        let pictures: Vec<_> = (0..3)
            .map(|i| Array3::from_shape_fn((12, 14, 3), |(y, x, k)| (y * 19 + x * 5 + k * 70 + i) as u8))
            .collect();
        let views: Vec<_> = pictures.iter().map(|picture| picture.view()).collect();
        let host = filled(Stage::Host(Staging::new(false).unwrap()), Pictures::Given(&views));
        let device = filled(Stage::Device(Staging::new(false).unwrap()), Pictures::Given(&views));
        assert_eq!(host.size(), [2, 3, 10, 10]);
        assert!(host.allclose(&device, 0.0, 1e-6, false));
    }
}
