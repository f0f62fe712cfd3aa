use ndarray::ArrayView3;
use serde::Deserialize;
use serde_json::Value;

use crate::Error;
use crate::geometry::{Geometry, Resize, Shown, Window};
use crate::resample::{Filter, resize};

const KNOWN: &str = "ConvNextImageProcessor, ViTImageProcessor, BitImageProcessor, CLIPImageProcessor (or their Fast, \
                     Pil and FeatureExtractor forms)";
const CHANNELS: usize = 3;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Json {
    #[serde(alias = "feature_extractor_type")]
    image_processor_type: Option<String>,
    do_resize: Option<bool>,
    size: Option<Value>,
    crop_pct: Option<f64>,
    resample: Option<Value>,
    do_center_crop: Option<bool>,
    crop_size: Option<Value>,
    do_rescale: Option<bool>,
    rescale_factor: Option<f64>,
    do_normalize: Option<bool>,
    image_mean: Option<Value>,
    image_std: Option<Value>,
}

/// Prepares pictures as a Hugging Face image processor with Pillow does: resize, crop, rescale, normalise.
///
/// Read from `preprocessor_config.json`, with the defaults of the processor that it names; one that names none
/// is taken for `ConvNextImageProcessor`.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageProcessor {
    resize: Option<Resize>,
    filter: Filter,
    crop: Option<(usize, usize)>,
    /// What a value is multiplied by, and what is added then, channel by channel.
    gain: [f32; CHANNELS],
    offset: [f32; CHANNELS],
}

/// Buffers that are used again from picture to picture.
#[derive(Debug, Default)]
pub struct Scratch {
    picture: Vec<u8>,
    between: Vec<u8>,
    resized: Vec<u8>,
}

impl ImageProcessor {
    /// Reads the text of a `preprocessor_config.json`.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if the text is none, [`Error::Processor`] for a kind of processor that is not known,
    /// [`Error::Setting`] for a setting out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use model_folder::ImageProcessor;
    ///
    /// let processor = ImageProcessor::from_json(r#"{"do_resize": false}"#)?;
    /// assert_eq!(processor.output_size((48, 64)), (48, 64));
    /// assert!(ImageProcessor::from_json(r#"{"image_processor_type": "SamImageProcessor"}"#).is_err());
    /// # Ok::<(), model_folder::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, Error> {
        // By way of a map: a list would be taken for the fields in their order.
        let json: Json = serde_json::from_str::<serde_json::Map<String, Value>>(text)
            .and_then(|map| serde_json::from_value(Value::Object(map)))
            .map_err(|e| Error::Json { expected: "a preprocessor_config.json", problem: e.to_string() })?;
        let name = json.image_processor_type.clone().unwrap_or_else(|| "ConvNextImageProcessor".to_owned());
        let kind = ["ImageProcessorFast", "ImageProcessorPil", "ImageProcessor", "FeatureExtractor"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending));
        // Each kind's own defaults: whether it crops, its size, its filter.
        let (crops, size, resample, half) = match kind {
            Some("ConvNext" | "ConvNextV2") => (false, 384, 3, true),
            Some("ViT") => (false, 224, 2, true),
            Some("Bit" | "CLIP") => (true, 224, 3, false),
            _ => return Err(Error::Processor { name, known: KNOWN }),
        };
        let convnext = matches!(kind, Some("ConvNext" | "ConvNextV2"));
        let resize = if json.do_resize.unwrap_or(true) {
            Some(json.resize(convnext, kind == Some("ViT"), size)?)
        } else {
            None
        };
        let crop = if json.do_center_crop.unwrap_or(crops) {
            match sides("crop_size", json.crop_size.as_ref(), 224)? {
                Sides::Shortest(side) => Some((side, side)),
                Sides::Both(height, width) => Some((height, width)),
            }
        } else {
            None
        };
        let (mean, deviation) = if half {
            ([0.5; CHANNELS], [0.5; CHANNELS])
        } else {
            ([0.481_454_66, 0.457_827_5, 0.408_210_73], [0.268_629_54, 0.261_302_58, 0.275_777_11])
        };
        let factor =
            if json.do_rescale.unwrap_or(true) { json.rescale_factor.unwrap_or(1.0 / 255.0) } else { 1.0 };
        finite("rescale_factor", factor)?;
        let (mean, deviation) = if json.do_normalize.unwrap_or(true) {
            (
                channels("image_mean", json.image_mean.as_ref(), mean)?,
                channels("image_std", json.image_std.as_ref(), deviation)?,
            )
        } else {
            ([0.0; CHANNELS], [1.0; CHANNELS])
        };
        if let Some(zero) = deviation.iter().find(|&&deviation| deviation == 0.0) {
            return Err(Error::Setting {
                setting: "image_std",
                value: zero.to_string(),
                expected: "no zeros",
            });
        }
        Ok(Self {
            resize,
            filter: filter(json.resample.as_ref(), resample)?,
            crop,
            gain: deviation.map(|deviation| (factor / deviation) as f32),
            offset: std::array::from_fn(|k| (-mean[k] / deviation[k]) as f32),
        })
    }

    /// The height and width that a picture of this height and width is prepared to.
    #[must_use]
    pub fn output_size(&self, size: (usize, usize)) -> (usize, usize) {
        let window = Geometry::of(size, self.resize, self.crop).window;
        (window.height, window.width)
    }

    /// Prepares a picture `(height, width, 1 or 3)`: writes its three planes, red, green, blue, into `out`.
    ///
    /// A grey picture's channel is taken three times. A picture that needs no resizing is read once and
    /// written once.
    ///
    /// # Errors
    ///
    /// [`Error::Picture`] for another number of channels or no pixels; [`Error::Room`] unless `out` has three
    /// times the [`output_size`](Self::output_size).
    pub fn write(
        &self,
        image: ArrayView3<'_, u8>,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let prepared = self.prepare(image, out.len(), scratch)?;
        self.planes(&prepared, out);
        Ok(())
    }

    /// As [`write`](Self::write), but pixel by pixel: `out` is `(height, width, 3)`, what PyTorch calls channels
    /// last. The values are the same.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    ///
    /// # Examples
    ///
    /// ```
    /// use model_folder::{ImageProcessor, Scratch};
    /// use ndarray::Array3;
    ///
    /// let processor = ImageProcessor::from_json(r#"{"do_resize": false, "do_normalize": false}"#)?;
    /// let picture = Array3::from_shape_fn((1, 2, 3), |(_, x, k)| [0, 51, 102, 153, 204, 255][3 * x + k]);
    /// let mut pixels = [0.0; 6];
    /// processor.write_pixels(picture.view(), &mut pixels, &mut Scratch::default())?;
    /// assert!(pixels.iter().zip([0.0, 0.2, 0.4, 0.6, 0.8, 1.0]).all(|(a, b)| (a - b).abs() < 1e-6));
    /// # Ok::<(), model_folder::Error>(())
    /// ```
    pub fn write_pixels(
        &self,
        image: ArrayView3<'_, u8>,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let prepared = self.prepare(image, out.len(), scratch)?;
        let (gain, offset) = (self.gain, self.offset);
        prepared.pixels(out, |pixel| std::array::from_fn(|k| f32::from(pixel[k]) * gain[k] + offset[k]));
        Ok(())
    }

    /// As [`write_pixels`](Self::write_pixels), but neither rescaled nor normalised: what a device is given that
    /// multiplies by [`gain`](Self::gain) and adds [`offset`](Self::offset) itself.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    ///
    /// # Examples
    ///
    /// ```
    /// use model_folder::{ImageProcessor, Scratch};
    /// use ndarray::Array3;
    ///
    /// let processor = ImageProcessor::from_json(r#"{"do_resize": false}"#)?;
    /// let mut bytes = [0; 3];
    /// processor.write_bytes(Array3::from_elem((1, 1, 1), 7).view(), &mut bytes, &mut Scratch::default())?;
    /// assert_eq!(bytes, [7, 7, 7]);
    /// # Ok::<(), model_folder::Error>(())
    /// ```
    pub fn write_bytes(
        &self,
        image: ArrayView3<'_, u8>,
        out: &mut [u8],
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        self.prepare(image, out.len(), scratch)?.pixels(out, |pixel| pixel);
        Ok(())
    }

    /// What each channel's values, 0 to 255, are multiplied by.
    #[must_use]
    pub fn gain(&self) -> [f32; CHANNELS] {
        self.gain
    }

    /// What is added to each channel's values then.
    #[must_use]
    pub fn offset(&self) -> [f32; CHANNELS] {
        self.offset
    }

    /// The picture's values after resizing, and the window of them that `room` values are for.
    fn prepare<'a>(
        &self,
        image: ArrayView3<'a, u8>,
        room: usize,
        scratch: &'a mut Scratch,
    ) -> Result<Prepared<'a>, Error> {
        let (height, width, channels) = image.dim();
        if (channels != 1 && channels != CHANNELS) || image.is_empty() {
            return Err(Error::Picture { shape: image.dim() });
        }
        let Geometry { resized, window } = Geometry::of((height, width), self.resize, self.crop);
        let expected = CHANNELS * window.height * window.width;
        if room != expected {
            return Err(Error::Room { room, expected });
        }
        let Scratch { picture, between, resized: buffer } = scratch;
        let values = if let Some(values) = image.to_slice() {
            values
        } else {
            picture.clear();
            picture.extend(image.iter());
            picture
        };
        let Some(size) = resized else { return Ok(Prepared { values, across: width, channels, window }) };
        resize(values, (height, width), channels, self.filter, size, between, buffer);
        Ok(Prepared { values: buffer, across: size.1, channels, window })
    }

    /// Writes a window's planes.
    fn planes(&self, &Prepared { values, across, channels, ref window }: &Prepared<'_>, out: &mut [f32]) {
        let (height, width) = (window.height, window.width);
        for (k, plane) in out.chunks_exact_mut(height * width).enumerate() {
            let (gain, offset) = (self.gain[k], self.offset[k]);
            let channel = if channels == 1 { 0 } else { k };
            for (y, row) in plane.chunks_exact_mut(width).enumerate() {
                let Shown { columns, values } = window.shown(y, values, across, channels);
                row[..columns.start].fill(offset);
                row[columns.end..].fill(offset);
                let row = &mut row[columns];
                // The number of channels is a constant in each loop, so that the compiler vectorises it.
                if channels == 1 {
                    for (to, &value) in row.iter_mut().zip(values) {
                        *to = f32::from(value) * gain + offset;
                    }
                } else {
                    for (to, pixel) in row.iter_mut().zip(values.as_chunks::<CHANNELS>().0) {
                        *to = f32::from(pixel[channel]) * gain + offset;
                    }
                }
            }
        }
    }
}

/// A picture's values, rows of `across` pixels, and the window of them that is wanted.
struct Prepared<'a> {
    values: &'a [u8],
    across: usize,
    channels: usize,
    window: Window,
}

impl Prepared<'_> {
    /// Writes the window pixel by pixel, each as `convert` makes it.
    #[inline]
    fn pixels<T: Copy>(&self, out: &mut [T], convert: impl Fn([u8; CHANNELS]) -> [T; CHANNELS]) {
        let (out, _) = out.as_chunks_mut::<CHANNELS>();
        let black = convert([0; CHANNELS]);
        for (y, row) in out.chunks_exact_mut(self.window.width).enumerate() {
            let Shown { columns, values } = self.window.shown(y, self.values, self.across, self.channels);
            row[..columns.start].fill(black);
            row[columns.end..].fill(black);
            let row = &mut row[columns];
            if self.channels == 1 {
                for (to, &value) in row.iter_mut().zip(values) {
                    *to = convert([value; CHANNELS]);
                }
            } else {
                for (to, &pixel) in row.iter_mut().zip(values.as_chunks::<CHANNELS>().0) {
                    *to = convert(pixel);
                }
            }
        }
    }
}

impl Json {
    fn resize(&self, convnext: bool, square: bool, default: usize) -> Result<Resize, Error> {
        match sides("size", self.size.as_ref(), default)? {
            Sides::Both(height, width) if !convnext => Ok(Resize::Warp(height, width)),
            Sides::Both(height, width) if height == width => self.convnext(height),
            Sides::Both(height, width) => Err(Error::Setting {
                setting: "size",
                value: format!("{height}x{width}"),
                expected: "shortest_edge for ConvNextImageProcessor",
            }),
            Sides::Shortest(side) if convnext => self.convnext(side),
            Sides::Shortest(side) if square => Ok(Resize::Warp(side, side)),
            Sides::Shortest(side) => Ok(Resize::Shorter(side)),
        }
    }

    fn convnext(&self, side: usize) -> Result<Resize, Error> {
        if side >= 384 {
            return Ok(Resize::Warp(side, side));
        }
        let share = self.crop_pct.unwrap_or(224.0 / 256.0);
        if !(share > 0.0 && share <= 1.0) {
            let expected = "a number above 0 and at most 1";
            return Err(Error::Setting { setting: "crop_pct", value: share.to_string(), expected });
        }
        let resized = (side as f64 / share) as usize;
        if resized > MOST {
            return Err(Error::Setting {
                setting: "crop_pct",
                value: share.to_string(),
                expected: "a larger share",
            });
        }
        Ok(Resize::ShorterThenCrop { resized, side })
    }
}

enum Sides {
    Shortest(usize),
    Both(usize, usize),
}

/// No side is longer than this.
const MOST: usize = 16_384;

fn sides(setting: &'static str, value: Option<&Value>, default: usize) -> Result<Sides, Error> {
    let expected = "a number, shortest_edge, or height and width, each 1 to 16384";
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Sides::Shortest(default)) };
    let side = |value: &Value| {
        let side = value.as_u64().and_then(|side| usize::try_from(side).ok());
        side.filter(|side| (1..=MOST).contains(side)).ok_or_else(|| Error::Setting {
            setting,
            value: value.to_string(),
            expected,
        })
    };
    match (value, value.get("shortest_edge"), value.get("height"), value.get("width")) {
        (Value::Number(_), ..) => Ok(Sides::Shortest(side(value)?)),
        (_, Some(shortest), _, _) => Ok(Sides::Shortest(side(shortest)?)),
        (_, None, Some(height), Some(width)) => Ok(Sides::Both(side(height)?, side(width)?)),
        _ => Err(Error::Setting { setting, value: value.to_string(), expected }),
    }
}

/// One number a channel, or one for all.
fn channels(
    setting: &'static str,
    value: Option<&Value>,
    default: [f64; CHANNELS],
) -> Result<[f64; CHANNELS], Error> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(default) };
    let refuse = || Error::Setting {
        setting,
        value: value.to_string(),
        expected: "a finite number, or three of them",
    };
    let numbers = match value {
        Value::Number(_) => vec![value.clone(); CHANNELS],
        Value::Array(values) => values.clone(),
        _ => return Err(refuse()),
    };
    let numbers: Vec<f64> =
        numbers.iter().filter_map(Value::as_f64).filter(|number| number.is_finite()).collect();
    numbers.try_into().map_err(|_| refuse())
}

fn finite(setting: &'static str, value: f64) -> Result<(), Error> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::Setting { setting, value: value.to_string(), expected: "a finite number" })
}

/// Pillow's number of a filter.
fn filter(value: Option<&Value>, default: u64) -> Result<Filter, Error> {
    let number = match value.filter(|value| !value.is_null()) {
        None => Some(default),
        Some(value) => value.as_u64(),
    };
    match number {
        Some(0) => Ok(Filter::Nearest),
        Some(1) => Ok(Filter::Lanczos),
        Some(2) => Ok(Filter::Bilinear),
        Some(3) => Ok(Filter::Bicubic),
        Some(4) => Ok(Filter::Box),
        Some(5) => Ok(Filter::Hamming),
        _ => {
            let value = value.map_or_else(String::new, Value::to_string);
            Err(Error::Setting {
                setting: "resample",
                value,
                expected: "Pillow's number of a filter, 0 to 5",
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    fn prepared(json: &str, image: &Array3<u8>) -> Vec<f32> {
        let processor = ImageProcessor::from_json(json).unwrap();
        let (height, width) = processor.output_size((image.dim().0, image.dim().1));
        let mut out = vec![f32::NAN; 3 * height * width];
        processor.write(image.view(), &mut out, &mut Scratch::default()).unwrap();
        out
    }

    #[test]
    fn planes_are_normalised_channel_by_channel() {
        let image = Array3::from_shape_fn((1, 2, 3), |(_, x, k)| (51 * k + 102 * x) as u8);
        let json = r#"{"do_resize": false, "image_mean": [0, 0.2, 0.4], "image_std": [1, 0.5, 0.2]}"#;
        let expected = [0.0, 0.4, 0.0, 0.8, 0.0, 2.0];
        for (ours, expected) in prepared(json, &image).iter().zip(expected) {
            assert!((ours - expected).abs() < 1e-6, "{ours} {expected}");
        }
    }

    #[test]
    fn pixels_and_bytes_are_the_planes_values() {
        // Resized, cropped to more than there is, and neither; coloured and grey.
        for (json, channels) in [
            (r#"{"size": {"shortest_edge": 12}, "crop_pct": 0.8}"#, 3),
            (r#"{"do_resize": false, "do_center_crop": true, "crop_size": {"height": 9, "width": 4}}"#, 3),
            (r#"{"do_resize": false, "image_mean": [0.1, 0.2, 0.3]}"#, 1),
        ] {
            let image = Array3::from_shape_fn((6, 7, channels), |(y, x, k)| (37 * y + 11 * x + 90 * k) as u8);
            let processor = ImageProcessor::from_json(json).unwrap();
            let planes = prepared(json, &image);
            let (mut pixels, mut bytes) = (vec![f32::NAN; planes.len()], vec![9; planes.len()]);
            let mut scratch = Scratch::default();
            processor.write_pixels(image.view(), &mut pixels, &mut scratch).unwrap();
            processor.write_bytes(image.view(), &mut bytes, &mut scratch).unwrap();
            let size = planes.len() / CHANNELS;
            for (k, plane) in planes.chunks_exact(size).enumerate() {
                let (gain, offset) = (processor.gain()[k], processor.offset()[k]);
                for (i, &value) in plane.iter().enumerate() {
                    assert_eq!(pixels[CHANNELS * i + k], value);
                    assert_eq!(f32::from(bytes[CHANNELS * i + k]) * gain + offset, value);
                }
            }
        }
    }

    #[test]
    fn a_grey_picture_gives_three_equal_planes() {
        let image = Array3::from_shape_fn((2, 2, 1), |(y, x, _)| (100 * y + x) as u8);
        let out = prepared(r#"{"do_resize": false}"#, &image);
        assert_eq!((&out[..4], &out[..4]), (&out[4..8], &out[8..]));
    }

    #[test]
    fn a_turned_view_is_read_as_it_is_seen() {
        let image = Array3::from_shape_fn((3, 5, 3), |(y, x, k)| (50 * y + 10 * x + k) as u8);
        let turned = image.view().permuted_axes([1, 0, 2]);
        let json = r#"{"size": {"shortest_edge": 32}, "crop_pct": 0.8}"#;
        let straight = turned.as_standard_layout().into_owned();
        let mut out = vec![0.0; 3 * 32 * 32];
        ImageProcessor::from_json(json).unwrap().write(turned, &mut out, &mut Scratch::default()).unwrap();
        assert_eq!(out, prepared(json, &straight));
    }

    #[test]
    fn a_crop_beyond_the_picture_is_black_there() {
        let image = Array3::from_elem((1, 1, 3), 255);
        let out = prepared(r#"{"do_resize": false, "do_center_crop": true, "crop_size": 3}"#, &image);
        assert_eq!(out[..9], [-1.0, -1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0, -1.0]);
    }

    #[test]
    fn impossible_settings_are_named() {
        for (json, part) in [
            ("[]", "not a preprocessor_config.json"),
            (
                r#"{"image_processor_type": "OwlViTImageProcessor"}"#,
                "`OwlViTImageProcessor`, expected one of ConvNext",
            ),
            (r#"{"size": {"shortest_edge": 0}}"#, "size is 0"),
            (r#"{"size": {"shortest_edge": 99999999}}"#, "size is 99999999"),
            (r#"{"size": {"longest_edge": 5}}"#, "size is {"),
            (r#"{"size": 224, "crop_pct": 0}"#, "crop_pct is 0"),
            (r#"{"size": 224, "crop_pct": 1e-9}"#, "crop_pct is"),
            (r#"{"resample": 9}"#, "resample is 9"),
            (r#"{"image_std": [1, 0, 1]}"#, "image_std is 0"),
            (r#"{"image_mean": [1, 2]}"#, "image_mean is [1,2]"),
        ] {
            let error = ImageProcessor::from_json(json).unwrap_err().to_string();
            assert!(error.contains(part), "{json}: {error}");
        }
    }

    #[test]
    fn pictures_without_pixels_or_with_alpha_are_refused() {
        let processor = ImageProcessor::from_json(r#"{"do_resize": false}"#).unwrap();
        for shape in [(0, 4, 3), (2, 2, 4), (2, 2, 0)] {
            let error = processor.write(Array3::zeros(shape).view(), &mut [], &mut Scratch::default());
            assert!(matches!(error, Err(Error::Picture { .. })));
        }
        let error = processor.write(Array3::zeros((2, 2, 3)).view(), &mut [0.0; 11], &mut Scratch::default());
        assert!(matches!(error, Err(Error::Room { room: 11, expected: 12 })));
    }
}
