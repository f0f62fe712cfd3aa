use image::{ImageBuffer, Luma, Rgb, Rgba};
use proptest::prelude::*;

use super::*;

fn decode(bytes: &[u8]) -> Result<Array3<u8>, Error> {
    DecodeOptions::new().decode(bytes, || "test".to_owned()).map(|decoded| decoded.image)
}

fn pixel(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.into().write_to(&mut file, format).unwrap();
    let image = decode(file.get_ref()).unwrap();
    assert_eq!(image.dim(), (2, 5, 3));
    image.as_slice().unwrap()[..3].to_vec()
}

#[test]
fn sixteen_bits_are_cut_to_their_upper_eight() {
    // Rounding to 8 bits would give 1 and 255 for 129 and 65,407.
    let color = ImageBuffer::from_pixel(5, 2, Rgb([129_u16, 256, 65_407]));
    assert_eq!(pixel(color.clone(), ImageFormat::Png), [0, 1, 255]);
    assert_eq!(pixel(color, ImageFormat::Tiff), [0, 1, 255]);
    let clear = ImageBuffer::from_pixel(5, 2, Rgba([384_u16, 511, 512, 0]));
    assert_eq!(pixel(clear, ImageFormat::Png), [1, 1, 2]);
    let grey = ImageBuffer::from_pixel(5, 2, Luma([0x1280_u16]));
    assert_eq!(pixel(grey, ImageFormat::Png), [0x12; 3]);
}

#[test]
fn alpha_is_dropped_and_grey_repeated_in_every_lossless_format() {
    let clear = ImageBuffer::from_pixel(5, 2, Rgba([7_u8, 8, 9, 0]));
    let grey = ImageBuffer::from_pixel(5, 2, Luma([7_u8]));
    for format in [ImageFormat::Png, ImageFormat::Tiff, ImageFormat::Bmp] {
        assert_eq!(pixel(clear.clone(), format), [7, 8, 9], "{format:?}");
        assert_eq!(pixel(grey.clone(), format), [7, 7, 7], "{format:?}");
    }
    let solid = ImageBuffer::from_pixel(5, 2, Rgb([7_u8, 8, 9]));
    assert_eq!(pixel(solid.clone(), ImageFormat::WebP), [7, 8, 9]);
    assert_eq!(pixel(solid, ImageFormat::Gif), [7, 8, 9]);
}

#[test]
fn an_image_without_pixels_is_an_error() {
    let bmp = |width: i32, height: i32| {
        let mut bytes = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
        bytes.extend([width.to_le_bytes(), height.to_le_bytes()].concat());
        bytes.extend(b"\x01\0\x18\0");
        bytes.resize(58, 0);
        bytes
    };
    let gif = b"GIF89a\0\0\0\0\0\0\0,\0\0\0\0\0\0\0\0\0\x02\x02L\x01\0;".to_vec();
    assert!(decode(&bmp(1, 1)).is_ok());
    for bytes in [bmp(0, 0), bmp(0, 1), bmp(1, 0), gif] {
        assert!(matches!(decode(&bytes), Err(Error::Decode { .. })), "{bytes:?}");
    }
}

#[test]
fn a_file_cut_short_is_an_error() {
    let image = DynamicImage::from(ImageBuffer::from_fn(40, 30, |x, y| {
        Rgb([(x * 7 % 256) as u8, (y * 31 % 256) as u8, (x * y % 256) as u8])
    }));
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP] {
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, format).unwrap();
        let file = file.into_inner();
        for length in [0, 1, 7, 20, file.len() / 2] {
            let error = decode(&file[..length]).unwrap_err();
            assert!(matches!(error, Error::Decode { .. }), "{format:?} {length}");
        }
    }
}

#[test]
fn more_pixels_than_the_limit_are_refused_whatever_the_format() {
    // 12,000 x 12,000 pixels: 432 MB of RGB, less than the memory limit.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x2e\xe0\0\0\x2e\xe0\x08\x02\0\0\0".to_vec();
    png.extend(0xde27_1ba6_u32.to_be_bytes());
    png.extend(b"\0\0\0\x08IDAT\x78\x9c\0\0");
    let jpeg = b"\xff\xd8\xff\xc0\0\x0b\x08\x2e\xe0\x2e\xe0\x01\x01\x11\0\xff\xd9";
    let pgm = b"P5 12000 12000 255\n";
    for (name, bytes) in [("png", &png[..]), ("jpeg", jpeg), ("pgm", pgm)] {
        let Err(Error::Decode { source, .. }) = decode(bytes) else { panic!("{name} is decoded") };
        let text = source.to_string();
        assert!(text.contains("12000 x 12000") && text.contains("134217728"), "{name}: {text}");
    }
}

#[test]
fn formats_that_are_not_read_are_named() {
    for (bytes, name) in [
        (&b"\0\0\0\x1cftypavif\0\0"[..], "it is AVIF, which is not read"),
        (b"\0\0\0\x1cftypheic\0\0", "it is HEIC, which is not read"),
        (b"<!DOCTYPE html><p>Not found", "it is an HTML page, which is not read"),
        (b"", "it is an empty file, which is not read"),
    ] {
        let Err(Error::Decode { source, .. }) = decode(bytes) else { panic!("{name}") };
        assert_eq!(source.to_string(), name);
    }
    assert!(matches!(decode(LFS_POINTER), Err(Error::LfsPointer { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn damaged_files_never_panic(
        file in 0_usize..9,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let files: [&[u8]; 9] = [
            include_bytes!("../../tests/files/images/palette_lzw.tif"),
            include_bytes!("../../tests/files/images/float_rgb.tif"),
            include_bytes!("../../tests/files/images/two_bands.tif"),
            include_bytes!("../../tests/files/images/half.tif"),
            include_bytes!("../../tests/files/images/planar.tif"),
            include_bytes!("../../tests/files/images/maxval_1023.ppm"),
            include_bytes!("../../tests/files/images/text_100.ppm"),
            include_bytes!("../../tests/files/images/orientation_6.jpg"),
            include_bytes!("../../tests/files/images/orientation_6.png"),
        ];
        let mut bytes = files[file].to_vec();
        if !whole {
            bytes.truncate(length.index(bytes.len()) + 1);
        }
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let range = SampleRange::new(0.0, 1.0).unwrap();
        for options in [DecodeOptions::new().upright(true), DecodeOptions::new().sample_range(range)] {
            if let Ok(decoded) = options.decode(&bytes, || "damaged".to_owned()) {
                prop_assert!(!decoded.image.is_empty());
            }
        }
    }
}
