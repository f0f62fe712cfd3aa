//! What holds for the metrics of any two maps.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use ndarray::Array2;
use proptest::prelude::*;
use saliency_metrics::{centre_shift, entropy, spearman, ssd, top_overlap, unscaled_ssd, xcorr};

fn maps(count: usize) -> impl Strategy<Value = Vec<Array2<f64>>> {
    (1_usize..8, 1_usize..8).prop_flat_map(move |(height, width)| {
        let values = prop::collection::vec(-1.0_f64..1.0, height * width);
        let map = values.prop_map(move |values| Array2::from_shape_vec((height, width), values).unwrap());
        prop::collection::vec(map, count)
    })
}

/// Equal, or both not a number, or equal but for rounding.
fn close(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-9 * a.abs().max(1.0)
}

proptest! {
    #[test]
    fn comparing_is_symmetric(maps in maps(2)) {
        let (a, b) = (maps[0].view(), maps[1].view());
        prop_assert!(close(ssd(a, b).unwrap(), ssd(b, a).unwrap()));
        prop_assert!(close(xcorr(a, b).unwrap(), xcorr(b, a).unwrap()));
    }

    #[test]
    fn a_map_does_not_differ_from_itself(maps in maps(1)) {
        let map = maps[0].view();
        prop_assert!(ssd(map, map).unwrap().abs() < 1e-12);
        let constant = map.iter().all(|value| (value - map[[0, 0]]).abs() < 1e-9);
        prop_assert!(constant || close(xcorr(map, map).unwrap(), 1.0));
    }

    #[test]
    fn the_place_of_a_value_does_not_matter_to_entropy(maps in maps(1)) {
        let mut turned = maps[0].clone();
        turned.invert_axis(ndarray::Axis(0));
        let (first, second) = (entropy(maps[0].view(), None).unwrap(), entropy(turned.view(), None).unwrap());
        prop_assert!(close(first, second));
    }

    #[test]
    fn every_finite_map_has_a_number_or_what_is_documented(maps in maps(2), zero: bool) {
        let mut first = maps[0].clone();
        if zero {
            first.fill(0.0);
        }
        let (value, spread) = (ssd(first.view(), maps[1].view()).unwrap(), entropy(first.view(), None).unwrap());
        // A map of zeros, or whose squares are, has no scale to divide by.
        let square = |map: &Array2<f64>| map.iter().map(|value| value * value).sum::<f64>();
        if square(&first) * square(&maps[1]) == 0.0 {
            prop_assert_eq!(value, f64::INFINITY);
        } else {
            prop_assert!(value >= 0.0 && value.is_finite(), "{}", value);
        }
        let constant = first.iter().all(|&value| value == first[[0, 0]]);
        prop_assert_eq!(spread.is_nan(), constant);
        prop_assert!(constant || spread >= 0.0, "{}", spread);
    }

    #[test]
    fn measures_of_drift_are_symmetric_and_at_their_best_for_equal_maps(maps in maps(2)) {
        let (a, b) = (maps[0].view(), maps[1].view());
        prop_assert!(close(spearman(a, b).unwrap(), spearman(b, a).unwrap()));
        prop_assert_eq!(top_overlap(a, b, 0.2).unwrap(), top_overlap(b, a, 0.2).unwrap());
        prop_assert_eq!(centre_shift(a, b).unwrap(), centre_shift(b, a).unwrap());
        prop_assert_eq!(top_overlap(a, a, 0.2).unwrap(), 1.0);
        prop_assert_eq!((centre_shift(a, a).unwrap(), unscaled_ssd(a, a).unwrap()), (0.0, 0.0));
        prop_assert!((0.0..=1.0).contains(&centre_shift(a, b).unwrap()));
    }
}
