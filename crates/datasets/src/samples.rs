//! Samples as a file stores them, and how they become 8 bits.

use image::{DynamicImage, RgbImage};

use crate::{Error, Note, SampleRange};

/// An image's colour channels, grey or red, green and blue, without alpha.
#[derive(Debug)]
pub(crate) struct Raster {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// 1 or 3.
    pub(crate) channels: usize,
    pub(crate) samples: Samples,
}

#[derive(Debug)]
pub(crate) enum Samples {
    /// As they are.
    U8(Vec<u8>),
    /// Of which the upper 8 bits are kept.
    U16(Vec<u16>),
    /// A netpbm format's, from 0 to its largest value.
    Scaled(Vec<u16>, u16),
    /// Numbers without a largest value, with the name of their type.
    Unbounded(Vec<f64>, &'static str),
}

impl Raster {
    pub(crate) fn from_image(image: DynamicImage) -> Self {
        let (width, height) = (image.width(), image.height());
        let (channels, samples) = match image {
            DynamicImage::ImageLuma16(image) => (1, Samples::U16(image.into_raw())),
            DynamicImage::ImageLumaA16(image) => (1, Samples::U16(without_alpha(image.into_raw(), 2))),
            DynamicImage::ImageRgb16(image) => (3, Samples::U16(image.into_raw())),
            DynamicImage::ImageRgba16(image) => (3, Samples::U16(without_alpha(image.into_raw(), 4))),
            image => (3, Samples::U8(image.into_rgb8().into_raw())),
        };
        Self { width, height, channels, samples }
    }

    /// The samples of a netpbm format, from 0 to `maxval`, out of those that the image crate has scaled to 8
    /// or 16 bits and rounded, which can be undone. Samples of other formats have no `maxval`.
    pub(crate) fn with_maxval(self, maxval: Option<u16>) -> Self {
        let Some(maxval) = maxval.filter(|&maxval| maxval > 0) else { return self };
        let undone = |sample: u16, limit: u16| {
            ((u64::from(sample) * u64::from(maxval) + u64::from(limit / 2)) / u64::from(limit)) as u16
        };
        let samples = match self.samples {
            Samples::U8(samples) if maxval < 255 => Samples::Scaled(
                samples.into_iter().map(|sample| undone(sample.into(), 255)).collect(),
                maxval,
            ),
            Samples::U16(samples) => {
                Samples::Scaled(samples.into_iter().map(|sample| undone(sample, u16::MAX)).collect(), maxval)
            }
            samples => samples,
        };
        Self { samples, ..self }
    }

    /// Makes 8 bits of the samples, and notes whether they are dark. A range is for samples of more than 8
    /// bits alone.
    pub(crate) fn into_rgb8(
        self,
        range: Option<SampleRange>,
        what: &dyn Fn() -> String,
    ) -> Result<(RgbImage, Option<Note>), Error> {
        let Self { width, height, channels, samples } = self;
        let scaled = |samples: Vec<u16>, range: SampleRange| -> Vec<u8> {
            samples.into_iter().map(|sample| range.scale(sample.into())).collect()
        };
        let mut note = None;
        let values: Vec<u8> = match (samples, range) {
            (Samples::U8(samples), _) => samples,
            (Samples::U16(samples), Some(range)) => scaled(samples, range),
            (Samples::U16(samples), None) => {
                note = dark(&samples, u16::MAX, what);
                samples.into_iter().map(|sample| (sample >> 8) as u8).collect()
            }
            (Samples::Scaled(samples, limit), Some(range)) if limit > 255 => scaled(samples, range),
            (Samples::Scaled(samples, limit), _) => {
                note = if limit > 255 { dark(&samples, limit, what) } else { None };
                // As Pillow has it, whose division comes first.
                let scale = |sample| (f64::from(sample) / f64::from(limit) * 255.0).round_ties_even();
                samples.into_iter().map(|sample| scale(sample).min(255.0) as u8).collect()
            }
            (Samples::Unbounded(samples, _), Some(range)) => {
                samples.into_iter().map(|sample| range.scale(sample)).collect()
            }
            (Samples::Unbounded(samples, name), None) => {
                let finite = || samples.iter().copied().filter(|sample| sample.is_finite());
                let low = finite().fold(f64::INFINITY, f64::min);
                let high = finite().fold(f64::NEG_INFINITY, f64::max);
                return Err(Error::NoSampleRange { what: what(), samples: name, low, high });
            }
        };
        let values =
            if channels == 1 { values.into_iter().flat_map(|value| [value; 3]).collect() } else { values };
        let image = RgbImage::from_raw(width, height, values).ok_or_else(|| Error::Decode {
            what: what(),
            source: format!("it has fewer samples than {width} x {height} pixels").into(),
        })?;
        Ok((image, note))
    }
}

/// The samples without the last of each pixel's `channels`.
fn without_alpha<T: Copy>(samples: Vec<T>, channels: usize) -> Vec<T> {
    samples.chunks_exact(channels).flat_map(|pixel| pixel.iter().take(channels - 1).copied()).collect()
}

/// A note if less than a quarter of the range is used.
fn dark(samples: &[u16], limit: u16, what: &dyn Fn() -> String) -> Option<Note> {
    let (low, high) = (*samples.iter().min()?, *samples.iter().max()?);
    // An image that is black all over shows nothing in any range.
    (high > 0 && high < limit / 4).then(|| Note::Dark { image: what(), low, high, limit })
}
