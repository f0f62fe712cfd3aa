//! How a camera was held, by EXIF or else XMP, as Pillow's `getexif` reads it.

use image::metadata::Orientation;
use image::{ImageDecoder, ImageResult};

/// The orientation that a decoder's metadata tell.
pub(crate) fn of_decoder(decoder: &mut impl ImageDecoder) -> ImageResult<Orientation> {
    let found = decoder.orientation()?;
    if found != Orientation::NoTransforms {
        return Ok(found);
    }
    let exif = decoder.exif_metadata()?;
    if exif.as_deref().and_then(Orientation::from_exif_chunk).is_some() {
        return Ok(found);
    }
    Ok(decoder.xmp_metadata()?.and_then(|xmp| of_xmp(&xmp)).unwrap_or(Orientation::NoTransforms))
}

/// The orientation that a JPEG's segments tell.
pub(crate) fn of_jpeg(bytes: &[u8]) -> Orientation {
    let (mut exif, mut xmp) = (None, None);
    let mut rest = bytes.get(2..).unwrap_or_default();
    // Each segment begins with a marker and its own length; the image data end them.
    while let [0xFF, marker, high, low, ..] = *rest {
        if marker == 0xDA {
            break;
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some(content) = rest.get(4..2 + length) else { break };
        if marker == 0xE1 {
            exif = exif.or_else(|| content.strip_prefix(b"Exif\0\0").and_then(Orientation::from_exif_chunk));
            xmp = xmp.or_else(|| content.strip_prefix(b"http://ns.adobe.com/xap/1.0/\0").and_then(of_xmp));
        }
        rest = rest.get(2 + length..).unwrap_or_default();
    }
    exif.or(xmp).unwrap_or(Orientation::NoTransforms)
}

/// `tiff:Orientation="6"` or `<tiff:Orientation>6`.
fn of_xmp(xmp: &[u8]) -> Option<Orientation> {
    let name = b"tiff:Orientation";
    let after = xmp.windows(name.len()).position(|window| window == name)? + name.len();
    let rest = xmp.get(after..)?;
    let digit = rest.strip_prefix(b"=\"").or_else(|| rest.strip_prefix(b">"))?.first()?;
    Orientation::from_exif(digit.checked_sub(b'0')?)
}
