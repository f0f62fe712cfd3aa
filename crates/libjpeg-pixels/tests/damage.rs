//! No input panics, and what is missing is said.
//!
//! The files were written by Pillow: one grey pixel, and 37 x 27 pixels in 4:2:0, sequential with a restart
//! every 2 units and progressive. `tests/fidelity` at the top of the repository compares pixels.

use libjpeg_pixels::{Error, Feature, Limits, decode};
use proptest::prelude::*;

const SEQUENTIAL: &[u8] = include_bytes!("files/sequential_37x27.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("files/progressive_37x27.jpg");

/// Returns the offsets of a marker.
fn offsets(bytes: &[u8], marker: u8) -> Vec<usize> {
    (0..bytes.len() - 1).filter(|&i| bytes[i..i + 2] == [0xFF, marker]).collect()
}

/// Returns the file with the bytes at `offset` replaced.
fn patched(bytes: &[u8], offset: usize, with: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[offset..offset + with.len()].copy_from_slice(with);
    bytes
}

#[test]
fn every_shorter_file_is_truncated() {
    for whole in [SEQUENTIAL, PROGRESSIVE] {
        for length in 2..whole.len() {
            assert_eq!(
                decode(&whole[..length], Limits::default()),
                Err(Error::Truncated { length }),
                "{length}"
            );
        }
        assert!(matches!(decode(&whole[..1], Limits::default()), Err(Error::NotJpeg { start: [0xFF, 0] })));
    }
}

#[test]
fn bytes_behind_the_end_and_between_segments_are_ignored() {
    let whole = decode(SEQUENTIAL, Limits::default()).unwrap();
    assert_eq!(decode(&[SEQUENTIAL, b"more"].concat(), Limits::default()).unwrap(), whole);
    let (start, rest) = SEQUENTIAL.split_at(2);
    assert_eq!(decode(&[start, &[0, 7, 0xFF], rest].concat(), Limits::default()).unwrap(), whole);
}

#[test]
fn other_processes_are_unsupported() {
    let frame = offsets(SEQUENTIAL, 0xC0)[0];
    for (marker, feature) in [
        (0xC3, Feature::Lossless),
        (0xC5, Feature::Hierarchical),
        (0xC9, Feature::Arithmetic),
        (0xCA, Feature::Arithmetic),
        (0xCF, Feature::Arithmetic),
    ] {
        let file = patched(SEQUENTIAL, frame + 1, &[marker]);
        assert_eq!(decode(&file, Limits::default()), Err(Error::Unsupported { feature }));
    }
    let file = patched(SEQUENTIAL, frame + 4, &[12]);
    let feature = Feature::Precision { bits: 12 };
    assert_eq!(decode(&file, Limits::default()), Err(Error::Unsupported { feature }));
    let file = patched(SEQUENTIAL, frame + 9, &[4]);
    let feature = Feature::Channels { count: 4 };
    assert_eq!(decode(&file, Limits::default()), Err(Error::Unsupported { feature }));
}

#[test]
fn a_progression_without_its_last_scans_is_unsupported() {
    let scans = offsets(PROGRESSIVE, 0xDA);
    assert!(scans.len() > 6);
    // Of 10 scans by libjpeg the last is the luminance's lowest bit.
    let file = [&PROGRESSIVE[..scans[scans.len() - 1]], &[0xFF, 0xD9]].concat();
    let feature = Feature::UnfinishedProgression;
    assert_eq!(decode(&file, Limits::default()), Err(Error::Unsupported { feature }));
}

#[test]
fn a_missing_or_wrong_restart_marker_is_malformed() {
    let restart = offsets(SEQUENTIAL, 0xD1)[0];
    for marker in [0xD0, 0xD9, 0xFE] {
        let file = patched(SEQUENTIAL, restart + 1, &[marker]);
        assert!(matches!(decode(&file, Limits::default()), Err(Error::Malformed { .. })), "{marker:02x}");
    }
}

#[test]
fn segments_in_the_wrong_order_are_malformed() {
    let (frame, scan) = (offsets(SEQUENTIAL, 0xC0)[0], offsets(SEQUENTIAL, 0xDA)[0]);
    let start = &SEQUENTIAL[..2];
    let end = &[0xFF, 0xD9][..];
    let without_frame = [start, &SEQUENTIAL[scan..]].concat();
    let without_tables = [start, &SEQUENTIAL[frame..frame + 19], &SEQUENTIAL[scan..]].concat();
    let without_scan = [&SEQUENTIAL[..scan], end].concat();
    let two_frames = [&SEQUENTIAL[..frame + 19], &SEQUENTIAL[frame..]].concat();
    let length = SEQUENTIAL.len();
    let two_scans = [&SEQUENTIAL[..length - 2], &SEQUENTIAL[scan..]].concat();
    for file in [[start, end].concat(), without_frame, without_tables, without_scan, two_frames, two_scans] {
        assert!(matches!(decode(&file, Limits::default()), Err(Error::Malformed { .. })));
    }
}

#[test]
fn limits_hold() {
    let exact = Limits { max_pixels: 37 * 27, max_scans: offsets(PROGRESSIVE, 0xDA).len() };
    assert!(decode(PROGRESSIVE, exact).is_ok());
    let fewer = Limits { max_pixels: 37 * 27 - 1, ..exact };
    let error = Error::TooManyPixels { width: 37, height: 27, max_pixels: 998 };
    assert_eq!(decode(PROGRESSIVE, fewer), Err(error));
    let fewer = Limits { max_scans: exact.max_scans - 1, ..exact };
    assert_eq!(decode(PROGRESSIVE, fewer), Err(Error::TooManyScans { max_scans: fewer.max_scans }));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn damaged_files_do_not_panic(
        progressive in any::<bool>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut file = if progressive { PROGRESSIVE } else { SEQUENTIAL }.to_vec();
        let length = file.len();
        damage.iter().for_each(|(at, value)| file[at.index(length)] = *value);
        if let Ok(image) = decode(&file, Limits { max_pixels: 1 << 20, ..Limits::default() }) {
            prop_assert_eq!(image.pixels().len(), 3 * image.width() * image.height());
        }
    }

    #[test]
    fn damaged_headers_do_not_panic(
        progressive in any::<bool>(),
        damage in prop::collection::vec((0_usize..60, any::<u8>()), 1..4),
    ) {
        // The frame's header and the scan's, where most can be said that makes no sense.
        let file = if progressive { PROGRESSIVE } else { SEQUENTIAL };
        let mut file = file.to_vec();
        let frame = offsets(&file, if progressive { 0xC2 } else { 0xC0 })[0];
        let scan = offsets(&file, 0xDA)[0];
        for &(at, value) in &damage {
            file[if at < 20 { frame + at } else { scan + at - 20 }] = value;
        }
        let _ = decode(&file, Limits { max_pixels: 1 << 20, ..Limits::default() });
    }

    #[test]
    fn bytes_of_no_meaning_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes, Limits::default());
        let _ = decode(&[&[0xFF, 0xD8], &bytes[..]].concat(), Limits::default());
    }
}
