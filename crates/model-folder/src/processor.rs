use ndarray::ArrayView3;
use serde_json::{Map, Value};

use crate::Error;
use crate::alpha::composite_on_white;
use crate::geometry::{CentreCrop, Geometry, Resize, Shown, Window};
use crate::kind::{Crop, Kind, Scheme, Size, TIMM_WRAPPER};
use crate::levels::{Arithmetic, CHANNELS, Levels, identity};
use crate::resample::{Filter, resize};
use crate::settings::{MAX_SIDE, Settings, Sides, refused};
use crate::timm::timm_wrapper;

/// The largest number of pixels that an image is prepared to.
const MAX_PIXELS: usize = 1 << 26;

/// Prepares images as a Hugging Face image processor with Pillow does: resize, crop, rescale, normalise.
///
/// Every `f32` is that of `transformers` 5.23 with its PIL backend. Processors whose type ends in `Fast` are taken
/// for their PIL form, which `transformers` uses where torchvision is missing.
///
/// Grey images are repeated over three channels. Images with an alpha channel are composited on white by the
/// processors that convert to RGB, and refused by the others, as in `transformers`.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageProcessor {
    name: String,
    resize: Option<Resize>,
    filter: Filter,
    crop: Option<CentreCrop>,
    converts_to_rgb: bool,
    flips: bool,
    levels: Box<Levels>,
}

/// Buffers that are reused from image to image.
#[derive(Debug, Default)]
pub struct Scratch {
    image: Vec<u8>,
    between: Vec<u8>,
    resized: Vec<u8>,
}

impl ImageProcessor {
    /// Reads the text of a `preprocessor_config.json` that names its type.
    ///
    /// The type is `image_processor_type`, or else `feature_extractor_type`. A setting that is absent has the
    /// default of the type; one that is null is off.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if the text is not a JSON object, [`Error::NoProcessor`] if it names no type,
    /// [`Error::Processor`] if the type is unknown, [`Error::Setting`] if a setting is out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// use model_folder::ImageProcessor;
    ///
    /// let processor =
    ///     ImageProcessor::from_json(r#"{"image_processor_type": "ViTImageProcessor", "size": [48, 64]}"#)?;
    /// assert_eq!(processor.output_size((300, 400))?, (48, 64));
    /// assert!(ImageProcessor::from_json(r#"{"image_processor_type": "SamImageProcessor"}"#).is_err());
    /// # Ok::<(), model_folder::Error>(())
    /// ```
    pub fn from_json(preprocessor_config: &str) -> Result<Self, Error> {
        Self::read(&object(preprocessor_config, "a preprocessor_config.json")?, None)
    }

    /// Reads the texts of a `preprocessor_config.json`, if there is one, and of the model's `config.json`, as
    /// `AutoImageProcessor` does.
    ///
    /// Where the first names no type, the `image_processor_type` or the `model_type` of the second decides. A timm
    /// model has its settings in `config.json` alone.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    ///
    /// # Examples
    ///
    /// ```
    /// use model_folder::ImageProcessor;
    ///
    /// let processor = ImageProcessor::from_configs(Some(r#"{"size": 32}"#), r#"{"model_type": "vit"}"#)?;
    /// assert_eq!(processor.name(), "ViTImageProcessor");
    /// # Ok::<(), model_folder::Error>(())
    /// ```
    pub fn from_configs(preprocessor_config: Option<&str>, config: &str) -> Result<Self, Error> {
        let config = object(config, "a config.json")?;
        match preprocessor_config {
            Some(text) => Self::read(&object(text, "a preprocessor_config.json")?, Some(&config)),
            None if config.contains_key("pretrained_cfg") => timm_wrapper(&config),
            None => Err(Error::NoProcessor { model_type: model_type(Some(&config)) }),
        }
    }

    fn read(json: &Map<String, Value>, config: Option<&Map<String, Value>>) -> Result<Self, Error> {
        let settings = Settings(json);
        let mut class = settings.text("image_processor_type")?.or(settings.text("feature_extractor_type")?);
        if let (None, Some(config)) = (class, config) {
            class = config.get("image_processor_type").and_then(Value::as_str);
        }
        let kind = match class {
            Some(TIMM_WRAPPER) => {
                return timm_wrapper(
                    config.filter(|config| config.contains_key("pretrained_cfg")).unwrap_or(json),
                );
            }
            Some(class) => {
                Kind::of_class(class).ok_or_else(|| Error::Processor { name: class.to_owned() })?
            }
            None => {
                let model_type = model_type(config);
                model_type
                    .as_deref()
                    .and_then(Kind::of_model_type)
                    .ok_or(Error::NoProcessor { model_type })?
            }
        };
        Self::of_kind(&kind, &settings)
    }

    fn of_kind(kind: &Kind, settings: &Settings<'_>) -> Result<Self, Error> {
        if settings.switch("do_pad", false)? {
            return Err(refused("do_pad", "true", "false: images are not padded to those of their batch"));
        }
        // MobileViT never normalises, whatever its file says.
        let normalises = kind.name != "MobileViT" && settings.switch("do_normalize", kind.normalises)?;
        let arithmetic = Arithmetic::read(settings, kind.mean, kind.std, normalises, kind.efficientnet)?;
        let resize =
            if settings.switch("do_resize", true)? { Some(resize_of(kind, settings)?) } else { None };
        Ok(Self {
            name: kind.class(),
            resize,
            filter: settings.filter("resample", kind.filter)?,
            crop: crop_of(kind, settings)?,
            converts_to_rgb: settings.switch("do_convert_rgb", kind.converts_to_rgb)?,
            flips: kind.flips && settings.switch("do_flip_channel_order", true)?,
            levels: Box::new(arithmetic.levels()),
        })
    }

    /// A processor that resizes, crops, and then rescales and normalises by `arithmetic`.
    pub(crate) fn new(
        name: &str,
        resize: Resize,
        filter: Filter,
        crop: CentreCrop,
        arithmetic: &Arithmetic,
    ) -> Self {
        Self {
            name: name.to_owned(),
            resize: Some(resize),
            filter,
            crop: Some(crop),
            converts_to_rgb: false,
            flips: false,
            levels: Box::new(arithmetic.levels()),
        }
    }

    /// The processor's class in `transformers`, such as `ViTImageProcessor`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same processor without rescaling and normalising: its values are those of the pixels, 0 to 255.
    ///
    /// This is what a network takes whose input is bytes.
    ///
    /// ```
    /// # let json = r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#;
    /// let processor = model_folder::ImageProcessor::from_json(json)?.without_normalization();
    /// assert_eq!(processor.levels()[0][7], 7.0);
    /// # Ok::<(), model_folder::Error>(())
    /// ```
    #[must_use]
    pub fn without_normalization(self) -> Self {
        Self { levels: Box::new(identity()), ..self }
    }

    /// The height and width that an image of this height and width is prepared to.
    ///
    /// # Errors
    ///
    /// [`Error::OutputSize`] above 2^26 pixels: the shortest edge of a strip decides how long it becomes.
    pub fn output_size(&self, size: (usize, usize)) -> Result<(usize, usize), Error> {
        let Window { height, width, .. } = Geometry::of(size, self.resize, self.crop).window;
        match height.checked_mul(width) {
            Some(pixels) if pixels <= MAX_PIXELS => Ok((height, width)),
            _ => Err(Error::OutputSize { image: size, output: (height, width), most: MAX_PIXELS }),
        }
    }

    /// Prepares an image `(height, width, 1, 3 or 4)`: writes its three planes into `out`.
    ///
    /// The planes are red, green and blue, or the reverse for `MobileViT`. An image that needs no resizing is read
    /// once and written once.
    ///
    /// # Errors
    ///
    /// [`Error::Image`] if the image has no pixels or other channels, [`Error::OutputSize`] as
    /// [`output_size`](Self::output_size), [`Error::BufferLength`] unless `out` has three times as many values.
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

    /// Like [`write`](Self::write), but pixel by pixel: `out` is `(height, width, 3)`, which PyTorch calls channels
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
    /// let json = r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false, "do_normalize": false}"#;
    /// let processor = ImageProcessor::from_json(json)?;
    /// let image = Array3::from_shape_fn((1, 2, 3), |(_, x, k)| [0, 51, 102, 153, 204, 255][3 * x + k]);
    /// let mut pixels = [0.0; 6];
    /// processor.write_pixels(image.view(), &mut pixels, &mut Scratch::default())?;
    /// assert_eq!(pixels, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
    /// # Ok::<(), model_folder::Error>(())
    /// ```
    pub fn write_pixels(
        &self,
        image: ArrayView3<'_, u8>,
        out: &mut [f32],
        scratch: &mut Scratch,
    ) -> Result<(), Error> {
        let levels = &self.levels;
        let prepared = self.prepare(image, out.len(), scratch)?;
        prepared.pixels(out, |pixel| std::array::from_fn(|k| levels[k][usize::from(pixel[k])]));
        Ok(())
    }

    /// Like [`write_pixels`](Self::write_pixels), but neither rescaled nor normalised, for a device that looks the
    /// values up in [`levels`](Self::levels) itself.
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
    /// let json = r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#;
    /// let processor = ImageProcessor::from_json(json)?;
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

    /// What each byte becomes by rescaling and normalising, for each channel of the output.
    #[must_use]
    pub fn levels(&self) -> &[[f32; 256]; CHANNELS] {
        &self.levels
    }

    /// The visible part of the resized image, and the window of it that fills `room` values.
    fn prepare<'a>(
        &self,
        image: ArrayView3<'a, u8>,
        room: usize,
        scratch: &'a mut Scratch,
    ) -> Result<Prepared<'a>, Error> {
        let (height, width, channels) = image.dim();
        if image.is_empty() || !matches!(channels, 1 | 3 | 4) || (channels == 4 && !self.converts_to_rgb) {
            let expected = match (channels, self.converts_to_rgb) {
                (4, false) => "pixels of 1 or 3 channels, since the processor does not convert to RGB",
                (_, false) => "pixels of 1 or 3 channels",
                (_, true) => "pixels of 1, 3 or 4 channels",
            };
            return Err(Error::Image { shape: image.dim(), expected });
        }
        let output = self.output_size((height, width))?;
        let expected = CHANNELS * output.0 * output.1;
        if room != expected {
            return Err(Error::BufferLength { found: room, expected });
        }
        let Geometry { resized, window } = Geometry::of((height, width), self.resize, self.crop);
        let Scratch { image: copy, between, resized: buffer } = scratch;
        let mut channels = channels;
        let values = if channels == 4 {
            channels = CHANNELS;
            let pixels = image.rows().into_iter().map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]]);
            composite_on_white(pixels, copy);
            &copy[..]
        } else if let Some(values) = image.to_slice() {
            values
        } else {
            copy.clear();
            copy.extend(image.iter());
            &copy[..]
        };
        let reversed = self.flips;
        let Some(size) = resized else {
            return Ok(Prepared { values, across: width, channels, reversed, window });
        };
        // Only what the window shows is resized: the rest of a long strip would need gigabytes.
        let (rows, columns) = window.visible();
        let window = window.shifted(rows.start, columns.start);
        let across = columns.len();
        resize(values, (height, width), channels, self.filter, size, (rows, columns), between, buffer);
        Ok(Prepared { values: buffer, across, channels, reversed, window })
    }

    /// Writes a window's planes.
    fn planes(&self, prepared: &Prepared<'_>, out: &mut [f32]) {
        let &Prepared { values, across, channels, reversed, ref window } = prepared;
        let (height, width) = (window.height, window.width);
        for (k, plane) in out.chunks_exact_mut(height * width).enumerate() {
            let levels = &self.levels[k];
            let channel = source_channel(k, channels, reversed);
            for (y, row) in plane.chunks_exact_mut(width).enumerate() {
                let Shown { columns, values } = window.shown(y, values, across, channels);
                row[..columns.start].fill(levels[0]);
                row[columns.end..].fill(levels[0]);
                let row = &mut row[columns];
                if channels == 1 {
                    for (to, &value) in row.iter_mut().zip(values) {
                        *to = levels[usize::from(value)];
                    }
                } else {
                    for (to, pixel) in row.iter_mut().zip(values.as_chunks::<CHANNELS>().0) {
                        *to = levels[usize::from(pixel[channel])];
                    }
                }
            }
        }
    }
}

/// The image's channel that becomes channel `k` of the output.
fn source_channel(k: usize, channels: usize, reversed: bool) -> usize {
    match channels {
        1 => 0,
        _ if reversed => CHANNELS - 1 - k,
        _ => k,
    }
}

/// An image's values in rows of `across` pixels, and the window of them that is wanted.
struct Prepared<'a> {
    values: &'a [u8],
    across: usize,
    channels: usize,
    reversed: bool,
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
            } else if self.reversed {
                for (to, &[r, g, b]) in row.iter_mut().zip(values.as_chunks::<CHANNELS>().0) {
                    *to = convert([b, g, r]);
                }
            } else {
                for (to, &pixel) in row.iter_mut().zip(values.as_chunks::<CHANNELS>().0) {
                    *to = convert(pixel);
                }
            }
        }
    }
}

fn object(text: &str, expected: &'static str) -> Result<Map<String, Value>, Error> {
    serde_json::from_str(text).map_err(|e| Error::Json { expected, problem: e.to_string() })
}

fn model_type(config: Option<&Map<String, Value>>) -> Option<String> {
    config?.get("model_type")?.as_str().map(str::to_owned)
}

fn resize_of(kind: &Kind, settings: &Settings<'_>) -> Result<Resize, Error> {
    let sides = match settings.sides("size")? {
        // KOSMOS-2's way to ask for a square.
        _ if kind.name == "CLIP" && settings.switch("use_square_size", false)? => Sides::Both(224, 224),
        Some(Sides::Number(side)) if kind.square => Sides::Both(side, side),
        Some(Sides::Number(side)) => Sides::Shortest(side),
        Some(sides) => sides,
        None => match kind.size {
            Size::Shortest(side) => Sides::Shortest(side),
            Size::Square(side) => Sides::Both(side, side),
        },
    };
    match (kind.scheme, sides) {
        (Scheme::ConvNext, Sides::Shortest(side)) => convnext(settings, side),
        (Scheme::ConvNext, Sides::Both(height, width)) => {
            Err(refused("size", format!("{height}x{width}"), "shortest_edge for ConvNextImageProcessor"))
        }
        (Scheme::Levit, Sides::Shortest(side)) => {
            Ok(Resize::Shortest((256.0 / 224.0 * side as f64) as usize))
        }
        (Scheme::PoolFormer, sides) => poolformer(settings, sides),
        (_, Sides::Shortest(side) | Sides::Number(side)) => Ok(Resize::Shortest(side)),
        (_, Sides::Both(height, width)) => Ok(Resize::Exact(height, width)),
    }
}

fn convnext(settings: &Settings<'_>, side: usize) -> Result<Resize, Error> {
    if side >= 384 {
        return Ok(Resize::Exact(side, side));
    }
    let fraction = crop_fraction(settings, Some(224.0 / 256.0))?
        .ok_or_else(|| refused("crop_pct", "null", "a number for a size below 384"))?;
    Ok(Resize::ShortestThenCrop { resized: scaled(side, fraction)?, side })
}

fn poolformer(settings: &Settings<'_>, sides: Sides) -> Result<Resize, Error> {
    let fraction = crop_fraction(settings, Some(0.9))?;
    Ok(match (sides, fraction) {
        (Sides::Shortest(side) | Sides::Number(side), None) => Resize::Shortest(side),
        (Sides::Both(height, width), None) => Resize::Exact(height, width),
        (Sides::Shortest(side) | Sides::Number(side), Some(fraction)) => {
            Resize::Shortest(scaled(side, fraction)?)
        }
        (Sides::Both(height, width), Some(fraction)) if height == width => {
            Resize::Shortest(scaled(height, fraction)?)
        }
        (Sides::Both(height, width), Some(fraction)) => {
            Resize::Exact(scaled(height, fraction)?, scaled(width, fraction)?)
        }
    })
}

/// `crop_pct`, above 0 and at most 1.
pub(crate) fn crop_fraction(settings: &Settings<'_>, default: Option<f64>) -> Result<Option<f64>, Error> {
    match settings.number("crop_pct", default)? {
        Some(fraction) if !(fraction > 0.0 && fraction <= 1.0) => {
            Err(refused("crop_pct", fraction, "a number above 0 and at most 1"))
        }
        fraction => Ok(fraction),
    }
}

/// A side divided by the fraction of it that is kept.
pub(crate) fn scaled(side: usize, fraction: f64) -> Result<usize, Error> {
    let scaled = (side as f64 / fraction) as usize;
    if scaled <= MAX_SIDE { Ok(scaled) } else { Err(refused("crop_pct", fraction, "a larger fraction")) }
}

fn crop_of(kind: &Kind, settings: &Settings<'_>) -> Result<Option<CentreCrop>, Error> {
    let (crops, default) = match kind.crop {
        Crop::Never => return Ok(None),
        Crop::Off(side) => (false, side),
        Crop::On(side) => (true, Some(side)),
    };
    if !settings.switch("do_center_crop", crops)? {
        return Ok(None);
    }
    let (height, width) = match (settings.sides("crop_size")?, default) {
        (Some(Sides::Number(side)), _) | (None, Some(side)) => (side, side),
        (Some(Sides::Both(height, width)), _) => (height, width),
        (Some(Sides::Shortest(side)), _) => {
            let value = format!("shortest_edge {side}");
            return Err(refused("crop_size", value, "a number, or height and width"));
        }
        (None, None) => return Err(refused("crop_size", "absent", "a size, since do_center_crop is true")),
    };
    Ok(Some(CentreCrop { height, width, rounds: false }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    fn prepared(json: &str, image: &Array3<u8>) -> Vec<f32> {
        let processor = ImageProcessor::from_json(json).unwrap();
        let (height, width) = processor.output_size((image.dim().0, image.dim().1)).unwrap();
        let mut out = vec![f32::NAN; 3 * height * width];
        processor.write(image.view(), &mut out, &mut Scratch::default()).unwrap();
        out
    }

    #[test]
    fn planes_are_normalised_channel_by_channel() {
        let image = Array3::from_shape_fn((1, 2, 3), |(_, x, k)| (51 * k + 102 * x) as u8);
        let json = r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false, "image_mean": [0, 0.2, 0.4], "image_std": [1, 0.5, 0.2]}"#;
        let expected = [0.0, 0.4, 0.0, 0.8, 0.0, 2.0];
        for (ours, expected) in prepared(json, &image).iter().zip(expected) {
            assert!((ours - expected).abs() < 1e-6, "{ours} {expected}");
        }
    }

    #[test]
    fn pixels_and_bytes_are_the_planes_values() {
        // Resized, cropped to more than there is, and neither; coloured and grey.
        for (json, channels) in [
            (
                r#"{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 12}, "crop_pct": 0.8}"#,
                3,
            ),
            (
                r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false, "do_center_crop": true, "crop_size": {"height": 9, "width": 4}}"#,
                3,
            ),
            (
                r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false, "image_mean": [0.1, 0.2, 0.3]}"#,
                1,
            ),
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
                for (i, &value) in plane.iter().enumerate() {
                    assert_eq!(pixels[CHANNELS * i + k], value);
                    assert_eq!(processor.levels()[k][usize::from(bytes[CHANNELS * i + k])], value);
                }
            }
        }
    }

    #[test]
    fn a_grey_image_gives_three_equal_planes() {
        let image = Array3::from_shape_fn((2, 2, 1), |(y, x, _)| (100 * y + x) as u8);
        let out = prepared(r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#, &image);
        assert_eq!((&out[..4], &out[..4]), (&out[4..8], &out[8..]));
    }

    #[test]
    fn a_turned_view_is_read_as_it_is_seen() {
        let image = Array3::from_shape_fn((3, 5, 3), |(y, x, k)| (50 * y + 10 * x + k) as u8);
        let turned = image.view().permuted_axes([1, 0, 2]);
        let json = r#"{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 32}, "crop_pct": 0.8}"#;
        let straight = turned.as_standard_layout().into_owned();
        let mut out = vec![0.0; 3 * 32 * 32];
        ImageProcessor::from_json(json).unwrap().write(turned, &mut out, &mut Scratch::default()).unwrap();
        assert_eq!(out, prepared(json, &straight));
    }

    #[test]
    fn a_crop_beyond_the_image_is_black_there() {
        let image = Array3::from_elem((1, 1, 3), 255);
        let out = prepared(
            r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false, "do_center_crop": true, "crop_size": 3}"#,
            &image,
        );
        assert_eq!(out[..9], [-1.0, -1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0, -1.0]);
    }

    #[test]
    fn impossible_settings_are_named() {
        for (json, part) in [
            ("[]", "not a preprocessor_config.json"),
            (
                r#"{"image_processor_type": "OwlViTImageProcessor"}"#,
                "`OwlViTImageProcessor`, expected one of ViTImageProcessor",
            ),
            (
                r#"{"image_processor_type": "ViTImageProcessor", "size": {"shortest_edge": 0}}"#,
                r#"size is {"shortest_edge":0}"#,
            ),
            (
                r#"{"image_processor_type": "ViTImageProcessor", "size": {"shortest_edge": 99999999}}"#,
                r#"size is {"shortest_edge":99999999}"#,
            ),
            (r#"{"image_processor_type": "ViTImageProcessor", "size": {"longest_edge": 5}}"#, "size is {"),
            (
                r#"{"image_processor_type": "ConvNextImageProcessor", "size": 224, "crop_pct": 0}"#,
                "crop_pct is 0",
            ),
            (
                r#"{"image_processor_type": "ConvNextImageProcessor", "size": 224, "crop_pct": 1e-9}"#,
                "crop_pct is",
            ),
            (r#"{"image_processor_type": "ViTImageProcessor", "resample": 9}"#, "resample is 9"),
            (r#"{"image_processor_type": "ViTImageProcessor", "image_std": [1, 0, 1]}"#, "image_std is 0"),
            (r#"{"image_processor_type": "ViTImageProcessor", "image_mean": [1, 2]}"#, "image_mean is [1,2]"),
        ] {
            let error = ImageProcessor::from_json(json).unwrap_err().to_string();
            assert!(error.contains(part), "{json}: {error}");
        }
    }

    #[test]
    fn images_without_pixels_or_with_alpha_are_refused() {
        let processor =
            ImageProcessor::from_json(r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#)
                .unwrap();
        for shape in [(0, 4, 3), (2, 2, 4), (2, 2, 0)] {
            let error = processor.write(Array3::zeros(shape).view(), &mut [], &mut Scratch::default());
            assert!(matches!(error, Err(Error::Image { .. })));
        }
        let error = processor.write(Array3::zeros((2, 2, 3)).view(), &mut [0.0; 11], &mut Scratch::default());
        assert!(matches!(error, Err(Error::BufferLength { found: 11, expected: 12 })));
    }

    #[test]
    fn the_type_of_the_first_file_comes_before_the_model_type_of_the_second() {
        let name = |preprocessor, config| {
            ImageProcessor::from_configs(preprocessor, config).map(|processor| processor.name().to_owned())
        };
        let vit = r#"{"model_type": "vit"}"#;
        assert_eq!(name(Some("{}"), vit).unwrap(), "ViTImageProcessor");
        assert_eq!(name(Some(r#"{"processor_class": "CLIPProcessor"}"#), vit).unwrap(), "ViTImageProcessor");
        let both = r#"{"image_processor_type": "DeiTImageProcessor", "feature_extractor_type": "CLIPFeatureExtractor"}"#;
        assert_eq!(name(Some(both), vit).unwrap(), "DeiTImageProcessor");
        let old = r#"{"feature_extractor_type": "ConvNextFeatureExtractor"}"#;
        assert_eq!(name(Some(old), vit).unwrap(), "ConvNextImageProcessor");
        let refusals = [
            (Some("{}"), "{}", "so is model_type"),
            (Some("{}"), r#"{"model_type": "sam"}"#, "`sam`, which has no known processor"),
            (None, vit, "image_processor_type is absent"),
        ];
        for (preprocessor, config, part) in refusals {
            let error = name(preprocessor, config).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn sizes_are_read_in_each_of_their_forms() {
        let size = |class: &str, settings: &str| {
            let json = format!(r#"{{"image_processor_type": "{class}ImageProcessor", {settings}}}"#);
            ImageProcessor::from_json(&json).unwrap().output_size((60, 90)).unwrap()
        };
        assert_eq!(size("ViT", r#""size": 30"#), (30, 30));
        assert_eq!(size("ViT", r#""size": [30, 40]"#), (30, 40));
        assert_eq!(size("Siglip", r#""size": 30"#), (30, 45));
        assert_eq!(size("Bit", r#""size": 30, "crop_size": {"height": 20, "width": 10}"#), (20, 10));
        assert_eq!(size("Bit", r#""size": 30, "do_center_crop": null"#), (30, 45));
        assert_eq!(size("CLIP", r#""use_square_size": true"#), (224, 224));
    }

    #[test]
    fn a_strip_is_refused_or_cropped_without_being_resized_whole() {
        let json = |crop: bool| {
            format!(r#"{{"image_processor_type": "BitImageProcessor", "do_center_crop": {crop}}}"#)
        };
        let strip = Array3::from_shape_fn((2, 12_000, 3), |(y, x, k)| (y * 90 + x + k * 7) as u8);
        let error = ImageProcessor::from_json(&json(false)).unwrap().output_size((2, 12_000)).unwrap_err();
        assert!(error.to_string().contains("prepared to 224x1344000, expected at most 67108864"), "{error}");
        let cropping = ImageProcessor::from_json(&json(true)).unwrap();
        let (mut out, mut scratch) = (vec![0.0; 3 * 224 * 224], Scratch::default());
        cropping.write(strip.view(), &mut out, &mut scratch).unwrap();
        assert!(scratch.between.len() + scratch.resized.len() < 1_000_000);
    }

    #[test]
    fn filters_are_read_by_number_and_by_word() {
        for (text, filter) in
            [("1", Filter::Lanczos), (r#""bicubic""#, Filter::Bicubic), ("null", Filter::Bilinear)]
        {
            let json = format!(r#"{{"image_processor_type": "ViTImageProcessor", "resample": {text}}}"#);
            assert_eq!(ImageProcessor::from_json(&json).unwrap().filter, filter);
        }
    }

    #[test]
    fn timm_scales_crops_and_normalises_by_its_own_settings() {
        let config = r#"{"model_type": "timm_wrapper", "pretrained_cfg":
            {"input_size": [3, 30, 30], "crop_pct": 0.75, "interpolation": "bicubic", "mean": [0, 0, 0], "std": [1, 1, 1]}}"#;
        let processor = ImageProcessor::from_configs(None, config).unwrap();
        assert_eq!(processor.resize, Some(Resize::Shortest(40)));
        assert_eq!(processor.output_size((50, 80)).unwrap(), (30, 30));
        assert_eq!(processor.levels()[0][51], 0.2);
    }
}
