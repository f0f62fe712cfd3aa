//! Images and parquet files that Pillow, tifffile and Hugging Face's `datasets` wrote, and what they read
//! from them: `make_files.py` has made all of it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use datasets::{
    DecodeOptions, Decoded, Error, HuggingFaceParquet, ImageFolder, LandCover, Note, OpenOptions,
};
use protocols::Dataset;
use protocols::conformance::check_dataset;
use serde_json::Value;

fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(path)
}

fn decode(name: &str, options: DecodeOptions) -> Result<Decoded, Error> {
    options.decode(&std::fs::read(file("images").join(name)).unwrap(), || name.to_owned())
}

fn parquet(name: &str, options: &OpenOptions) -> Result<HuggingFaceParquet, Error> {
    HuggingFaceParquet::open_with(file("parquet").join(name), options)
}

#[test]
fn every_image_has_pillows_pixels_as_stored_and_upright() {
    let expected: Value = serde_json::from_slice(&std::fs::read(file("images.json")).unwrap()).unwrap();
    let mut different = Vec::new();
    for (name, expected) in expected.as_object().unwrap() {
        for (key, upright) in [("stored", false), ("upright", true)] {
            let numbers = |name: &str| -> Vec<usize> {
                let values = expected[key][name].as_array().unwrap();
                values.iter().map(|value| value.as_u64().unwrap() as usize).collect()
            };
            let image = match decode(name, DecodeOptions::new().upright(upright)) {
                Ok(decoded) => decoded.image,
                Err(error) => {
                    different.push(format!("{name} {key}: {error:?}"));
                    continue;
                }
            };
            let (height, width, channels) = image.dim();
            let found: Vec<usize> = image.iter().map(|&value| value.into()).collect();
            if numbers("size") != [height, width] || channels != 3 || numbers("pixels") != found {
                different.push(format!("{name} {key}: {height} x {width} {found:?}"));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn numbers_without_a_largest_value_need_a_range() {
    for (name, samples, high) in [
        ("float.tif", "32-bit floats", 224.0 / 240.0),
        ("float_rgb.tif", "32-bit floats", 1.0),
        ("double.tif", "64-bit floats", 224.0 / 240.0),
        ("half.tif", "16-bit floats", 224.0 / 256.0),
        ("signed16.tif", "signed 16-bit integers", 124.0),
        ("unsigned32.tif", "32-bit integers", 224_000.0),
    ] {
        let error = decode(name, DecodeOptions::new()).unwrap_err();
        let Error::NoSampleRange { samples: found, high: largest, .. } = error else {
            panic!("{name}: {error:?}")
        };
        assert_eq!(found, samples, "{name}");
        assert!((largest - high).abs() < 1e-6, "{name}: {largest}");
    }
}

#[test]
fn a_sample_range_becomes_the_whole_scale() {
    let scaled = |name, range: &str| {
        decode(name, DecodeOptions::new().sample_range(range.parse::<datasets::SampleRange>().unwrap()))
            .unwrap()
    };
    // 0, 16, 32, … of 240 scaled to 255.
    let expected: Vec<u8> = (0..15_u8).flat_map(|i| [17 * i; 3]).collect();
    for (name, range) in [
        ("float.tif", "0,1"),
        ("double.tif", "0,1"),
        ("half.tif", "0,0.9375"),
        ("signed16.tif", "-100,140"),
        ("unsigned32.tif", "0,240000"),
        ("grey_12_in_16.png", "0,4080"),
    ] {
        let decoded = scaled(name, range);
        assert_eq!(decoded.image.into_raw_vec_and_offset().0, expected, "{name}");
        assert_eq!(decoded.note, None);
    }
    let eight_bits = decode("palette.png", DecodeOptions::new()).unwrap();
    assert_eq!(scaled("palette.png", "0,100"), eight_bits);
}

#[test]
fn an_image_of_12_bits_in_16_is_noted_with_its_range() {
    let Decoded { image, note, .. } = decode("grey_12_in_16.png", DecodeOptions::new()).unwrap();
    assert_eq!(image.iter().max(), Some(&14));
    let dark = Note::Dark { image: "grey_12_in_16.png".into(), low: 0, high: 3808, limit: 65_535 };
    assert_eq!(note, Some(dark));
    assert_eq!(decode("rgb16.png", DecodeOptions::new()).unwrap().note, None);
    // 1,023 is as bright as this format's samples can be.
    assert_eq!(decode("maxval_1023.ppm", DecodeOptions::new()).unwrap().note, None);
}

#[test]
fn bands_without_a_meaning_are_refused_in_words() {
    let error = decode("four_bands16.tif", DecodeOptions::new()).unwrap_err();
    let Error::Decode { source, .. } = error else { panic!("{error:?}") };
    assert_eq!(source.to_string(), "it has 4 bands that no one says are colours, expected grey or RGB");
}

#[test]
fn columns_are_found_by_their_types_and_usual_names() {
    for (name, options, image, label, classes) in [
        ("beans.parquet", OpenOptions::new(), "image", "labels", 3),
        ("cifar100.parquet", OpenOptions::new(), "img", "fine_label", 3),
        ("cifar100.parquet", OpenOptions::new().label_column("coarse_label"), "img", "coarse_label", 1),
        ("bytes.parquet", OpenOptions::new(), "picture", "n", 3),
    ] {
        let dataset = parquet(name, &options).unwrap();
        let first_red = |index| dataset.get(index).unwrap().image[[0, 0, 0]];
        assert_eq!((dataset.len(), dataset.metadata().labels.len()), (6, classes), "{name}");
        assert_eq!([first_red(0), first_red(5)], [0, 5], "{name}");
        let notes = dataset.notes().take();
        let columns = notes.iter().find_map(|note| match note {
            Note::Columns { image, label, .. } => Some((image.as_str(), label.as_str())),
            _ => None,
        });
        assert_eq!(columns, Some((image, label)), "{name}");
    }
    let error = parquet("two_images.parquet", &OpenOptions::new()).unwrap_err();
    let text = "each of `left`, `right` may hold images (bytes, or a struct of bytes and path)";
    assert!(error.to_string().contains(text), "{error}");
    let right = parquet("two_images.parquet", &OpenOptions::new().image_column("right")).unwrap();
    assert_eq!(right.get(0).unwrap().image[[0, 0, 0]], 1);
}

#[test]
fn classes_are_names_numbers_or_truths() {
    let targets = |dataset: &HuggingFaceParquet| -> Vec<Option<usize>> {
        (0..6).map(|index| dataset.target(index).ok()).collect()
    };
    let names = parquet("names.parquet", &OpenOptions::new()).unwrap();
    assert_eq!(names.metadata().labels, ["Forest", "River", "Sea"]);
    assert_eq!(targets(&names), [Some(1), Some(0), Some(2), Some(0), None, Some(1)]);
    assert!(names.get(4).unwrap_err().to_string().contains("row 4 has label null"));
    let truths = parquet("booleans.parquet", &OpenOptions::new()).unwrap();
    assert_eq!(truths.metadata().labels, ["False", "True"]);
    assert_eq!(targets(&truths)[..2], [Some(1), Some(0)]);
    let numbers = parquet("small_numbers.parquet", &OpenOptions::new()).unwrap();
    assert_eq!(numbers.metadata().labels, ["0", "1", "2"]);
    assert!(matches!(&numbers.notes().take()[..], [Note::UnnamedClasses { classes: 3, .. }]));
    let given = ["a", "b", "c", "d"].map(str::to_owned);
    let named = parquet("small_numbers.parquet", &OpenOptions::new().class_names(given.to_vec())).unwrap();
    assert_eq!(named.metadata().labels, given);
}

#[test]
fn every_compression_gives_the_same_rows() {
    for compression in ["gzip", "brotli", "lz4", "zstd", "none"] {
        let dataset = parquet(&format!("{compression}.parquet"), &OpenOptions::new()).unwrap();
        let rows: Vec<_> = (0..6)
            .map(|index| dataset.get(index).unwrap())
            .map(|datum| (datum.image[[2, 3, 0]], datum.target))
            .collect();
        assert_eq!(rows, [(0, 0), (1, 1), (2, 2), (3, 0), (4, 1), (5, 2)], "{compression}");
    }
}

#[test]
fn images_in_parquet_are_turned_upright() {
    let upright = parquet("upright.parquet", &OpenOptions::new()).unwrap().get(0).unwrap();
    let stored = decode("orientation_6.jpg", DecodeOptions::new()).unwrap().image;
    assert_eq!((stored.dim(), upright.image.dim()), ((3, 5, 3), (5, 3, 3)));
    // A quarter turn clockwise: what was at the bottom left is at the top left.
    assert_eq!(upright.image[[0, 0, 0]], stored[[2, 0, 0]]);
    assert_eq!(upright.metadata.id, "tall.jpg");
}

#[test]
fn the_datasets_keep_the_promises_of_the_trait() {
    let folder = tempfile::tempdir().unwrap();
    for (class, name) in [("a", "palette.png"), ("a", "orientation_6.jpg"), ("b", "maxval_100.pgm")] {
        std::fs::create_dir_all(folder.path().join(class)).unwrap();
        std::fs::copy(file("images").join(name), folder.path().join(class).join(name)).unwrap();
    }
    let datasets: [&dyn Dataset; 4] = [
        &LandCover::new(30, 1).unwrap(),
        &parquet("beans.parquet", &OpenOptions::new()).unwrap(),
        &parquet("booleans.parquet", &OpenOptions::new()).unwrap(),
        &ImageFolder::open(folder.path()).unwrap(),
    ];
    for dataset in datasets {
        assert_eq!(check_dataset(dataset).to_string(), "", "{}", dataset.metadata().id);
    }
}
