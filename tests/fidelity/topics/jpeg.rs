//! JPEG files, decoded.

use libjpeg_pixels::{Limits, decode};

use super::Row;
use super::reference::Reference;

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("jpeg");
    let mut worst = 0.0_f64;
    for case in &reference.cases {
        let file = reference.array::<u8>(case, "file").into_raw_vec_and_offset().0;
        let (pixels, _) = reference.image(case, "out");
        let image = decode(&file, Limits::default()).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!((image.height(), image.width(), 3), pixels.dim(), "{case}");
        for (&ours, &theirs) in image.pixels().iter().zip(&pixels) {
            worst = worst.max(f64::from(ours.abs_diff(theirs)));
        }
    }
    let cases = reference.cases.len();
    vec![Row {
        what: "JPEG pixels",
        with: "Pillow (libjpeg-turbo)",
        goal: "every value",
        worst,
        bound: 0.0,
        cases,
    }]
}

#[test]
fn jpeg_pixels_are_those_of_libjpeg_turbo() {
    rows().iter().for_each(Row::check);
}
