//! TIFF with a palette, with grey and alpha, and with numbers that are not 8 or 16 bits without a sign.

use std::io::Cursor;

use image::metadata::Orientation;
use protocols::BoxError;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::{PhotometricInterpretation, PlanarConfiguration, SampleFormat, Tag};

use crate::decode::check_size;
use crate::samples::{Raster, Samples};

type Opened<'a> = Decoder<Cursor<&'a [u8]>>;

/// Whether the image crate leaves this file out.
pub(crate) fn is_ours(bytes: &[u8]) -> Result<bool, BoxError> {
    let mut decoder = Decoder::new(Cursor::new(bytes))?;
    if is_palette(&mut decoder)? {
        return Ok(true);
    }
    let unsigned = sample_format(&mut decoder)? == SampleFormat::Uint;
    Ok(match decoder.colortype()? {
        ColorType::Gray(1 | 8 | 16) | ColorType::RGB(8 | 16) | ColorType::RGBA(8 | 16) => !unsigned,
        // What has a meaning of its own: refused there in words.
        ColorType::CMYK(_) | ColorType::CMYKA(_) | ColorType::YCbCr(_) | ColorType::Lab(_) => false,
        _ => true,
    })
}

/// Reads the samples, and how to turn them.
pub(crate) fn read(bytes: &[u8]) -> Result<(Raster, Orientation), BoxError> {
    let has_palette = is_palette(&mut Decoder::new(Cursor::new(bytes))?)?;
    let as_grey = if has_palette { Some(with_indices_as_grey(bytes)?) } else { None };
    let bytes = as_grey.as_deref().unwrap_or(bytes);
    let mut decoder = Decoder::new(Cursor::new(bytes))?.with_limits(Limits::default());
    let (width, height) = decoder.dimensions()?;
    check_size(width, height)?;
    let color = decoder.colortype()?;
    let orientation = decoder.find_tag_unsigned::<u8>(Tag::Orientation)?.and_then(Orientation::from_exif);
    // Of how many samples each pixel has, the first so many are colours.
    let (stored, channels) = match color {
        ColorType::Gray(_) => (1, 1),
        ColorType::GrayA(_) | ColorType::Multiband { num_samples: 2, .. } => (2, 1),
        ColorType::RGB(_) => (3, 3),
        ColorType::RGBA(_) => (4, 3),
        ColorType::Multiband { num_samples, .. } => {
            let problem =
                format!("it has {num_samples} bands that no one says are colours, expected grey or RGB");
            return Err(problem.into());
        }
        other => return Err(format!("it is {other:?}, expected grey, RGB or a palette").into()),
    };
    let planar = decoder.find_tag_unsigned::<u16>(Tag::PlanarConfiguration)?;
    if stored > 1 && planar == Some(PlanarConfiguration::Planar.to_u16()) {
        return Err(
            "it has a plane per channel of an unusual type, expected the channels side by side".into()
        );
    }
    let mut samples = DecodingResult::U8(Vec::new());
    decoder.read_image_to_buffer(&mut samples)?;
    let samples = match (color, samples) {
        (ColorType::Gray(bits), DecodingResult::U8(packed)) if has_palette => {
            let map = decoder.get_tag_u16_vec(Tag::ColorMap)?;
            let colors: Vec<[u8; 3]> = looked_up(&unpacked(packed, width, bits)?, &map)?;
            let samples = Samples::U8(colors.into_flattened());
            return Ok((
                Raster { width, height, channels: 3, samples },
                orientation.unwrap_or(Orientation::NoTransforms),
            ));
        }
        _ if has_palette => {
            return Err(format!("it has a palette of {} bits, expected at most 8", color.bit_depth()).into());
        }
        (ColorType::Gray(bits @ 2..=7), DecodingResult::U8(packed)) => {
            let limit = (1_u16 << bits) - 1;
            let grey = unpacked(packed, width, bits)?;
            Samples::Scaled(grey.into_iter().map(u16::from).collect(), limit)
        }
        (_, DecodingResult::U8(all)) => Samples::U8(colors(all, stored, channels)),
        (_, DecodingResult::U16(all)) => Samples::U16(colors(all, stored, channels)),
        (_, DecodingResult::U32(all)) => unbounded(all, stored, channels, f64::from, "32-bit integers"),
        (_, DecodingResult::U64(all)) => {
            unbounded(all, stored, channels, |value| value as f64, "64-bit integers")
        }
        (_, DecodingResult::I8(all)) => unbounded(all, stored, channels, f64::from, "signed 8-bit integers"),
        (_, DecodingResult::I16(all)) => {
            unbounded(all, stored, channels, f64::from, "signed 16-bit integers")
        }
        (_, DecodingResult::I32(all)) => {
            unbounded(all, stored, channels, f64::from, "signed 32-bit integers")
        }
        (_, DecodingResult::I64(all)) => {
            unbounded(all, stored, channels, |value| value as f64, "signed 64-bit integers")
        }
        (_, DecodingResult::F16(all)) => unbounded(all, stored, channels, Into::into, "16-bit floats"),
        (_, DecodingResult::F32(all)) => unbounded(all, stored, channels, f64::from, "32-bit floats"),
        (_, DecodingResult::F64(all)) => unbounded(all, stored, channels, |value| value, "64-bit floats"),
    };
    Ok((Raster { width, height, channels, samples }, orientation.unwrap_or(Orientation::NoTransforms)))
}

fn is_palette(decoder: &mut Opened<'_>) -> Result<bool, BoxError> {
    let meaning = decoder.find_tag_unsigned::<u16>(Tag::PhotometricInterpretation)?;
    Ok(meaning == Some(PhotometricInterpretation::RGBPalette.to_u16()))
}

/// The file with a palette's indices called grey, since the tiff crate reads no palettes.
fn with_indices_as_grey(bytes: &[u8]) -> Result<Vec<u8>, BoxError> {
    let odd = "it has a palette in a BigTIFF or an odd directory, expected a classic TIFF";
    let little = bytes.starts_with(b"II*\0");
    if !little && !bytes.starts_with(b"MM\0*") {
        return Err(odd.into());
    }
    let number = |at: usize, size: usize| -> Option<usize> {
        let digits = bytes.get(at..at + size)?.iter();
        let append = |number: usize, &digit: &u8| number << 8 | usize::from(digit);
        Some(if little { digits.rev().fold(0, append) } else { digits.fold(0, append) })
    };
    let directory = number(4, 4).ok_or(odd)?;
    // Entries of 12 bytes follow their count: tag, type, count and value.
    let mut entries = (0..number(directory, 2).ok_or(odd)?).map(|entry| directory + 2 + 12 * entry);
    let tag = usize::from(Tag::PhotometricInterpretation.to_u16());
    let entry = entries.find(|&entry| number(entry, 2) == Some(tag)).ok_or(odd)?;
    let mut changed = bytes.to_vec();
    let grey = PhotometricInterpretation::BlackIsZero.to_u16();
    let value = if little { grey.to_le_bytes() } else { grey.to_be_bytes() };
    changed.get_mut(entry + 8..entry + 10).ok_or(odd)?.copy_from_slice(&value);
    Ok(changed)
}

/// The first of the samples' formats; one of several that differ is refused by the decoder.
fn sample_format(decoder: &mut Opened<'_>) -> Result<SampleFormat, BoxError> {
    let formats = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat)?;
    let first = formats.and_then(|formats| formats.first().copied());
    Ok(first.map_or(SampleFormat::Uint, SampleFormat::from_u16_exhaustive))
}

/// The first `channels` of each pixel's `stored` samples.
fn colors<T: Copy>(all: Vec<T>, stored: usize, channels: usize) -> Vec<T> {
    if stored == channels {
        return all;
    }
    all.chunks_exact(stored).flat_map(|pixel| pixel.iter().take(channels).copied()).collect()
}

fn unbounded<T: Copy>(
    all: Vec<T>,
    stored: usize,
    channels: usize,
    number: impl Fn(T) -> f64,
    name: &'static str,
) -> Samples {
    Samples::Unbounded(colors(all, stored, channels).into_iter().map(number).collect(), name)
}

/// Samples of fewer than 8 bits, whose rows begin at whole bytes.
fn unpacked(packed: Vec<u8>, width: u32, bits: u8) -> Result<Vec<u8>, BoxError> {
    let (width, bits) = (width as usize, usize::from(bits));
    match bits {
        8 => return Ok(packed),
        1 | 2 | 4 => {}
        _ => return Err(format!("it has {bits} bits per sample, expected 1, 2, 4, 8 or 16").into()),
    }
    let sample = |row: &[u8], x: usize| {
        let byte = row.get(x * bits / 8).copied().unwrap_or(0);
        byte >> (8 - bits - x * bits % 8) & ((1 << bits) - 1)
    };
    let rows = packed.chunks_exact((width * bits).div_ceil(8));
    Ok(rows.flat_map(|row| (0..width).map(move |x| sample(row, x))).collect())
}

/// The colours of a map that holds first all reds, then all greens and blues, of which the upper 8 bits are
/// kept.
fn looked_up(indices: &[u8], map: &[u16]) -> Result<Vec<[u8; 3]>, BoxError> {
    let size = map.len() / 3;
    let color = |&index: &u8| {
        let index = usize::from(index);
        let part = |channel: usize| map.get(channel * size + index).map(|&value| (value >> 8) as u8);
        if index >= size {
            return Err(format!("it has the colour {index} of a palette of {size}").into());
        }
        Ok([0, 1, 2].map(|channel| part(channel).unwrap_or(0)))
    };
    indices.iter().map(color).collect()
}
