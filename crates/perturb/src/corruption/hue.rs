//! Changes in hue, saturation and value, with scikit-image's conversions.

use ndarray::{ArrayRef3, Axis};

use super::{Values, unit};

/// Adds to the value.
pub(super) fn brighten(image: &ArrayRef3<u8>, level: usize) -> Values {
    let added = [0.1, 0.2, 0.3, 0.4, 0.5][level];
    changed(image, |[hue, saturation, value]| [hue, saturation, (value + added).clamp(0.0, 1.0)])
}

/// Multiplies and adds to the saturation.
pub(super) fn saturate(image: &ArrayRef3<u8>, level: usize) -> Values {
    let (factor, added) = [(0.3, 0.0), (0.1, 0.0), (2.0, 0.0), (5.0, 0.1), (20.0, 0.2)][level];
    changed(image, |[hue, saturation, value]| [hue, (saturation * factor + added).clamp(0.0, 1.0), value])
}

fn changed(image: &ArrayRef3<u8>, change: impl Fn([f64; 3]) -> [f64; 3]) -> Values {
    let mut values = unit(image);
    for mut pixel in values.lanes_mut(Axis(2)) {
        let [red, green, blue] = to_rgb(change(to_hsv([pixel[0], pixel[1], pixel[2]])));
        (pixel[0], pixel[1], pixel[2]) = (red, green, blue);
    }
    values
}

/// Hue, saturation and value, each of 0 to 1.
fn to_hsv([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let value = red.max(green).max(blue);
    let range = value - red.min(green).min(blue);
    if range == 0.0 {
        return [0.0, 0.0, value];
    }
    // Of equal greatest channels the last one decides.
    let sixths = if blue == value {
        4.0 + (red - green) / range
    } else if green == value {
        2.0 + (blue - red) / range
    } else {
        (green - blue) / range
    };
    [(sixths / 6.0).rem_euclid(1.0), range / value, value]
}

fn to_rgb([hue, saturation, value]: [f64; 3]) -> [f64; 3] {
    let sector = (hue * 6.0).floor();
    let place = hue * 6.0 - sector;
    let least = value * (1.0 - saturation);
    let falling = value * (1.0 - place * saturation);
    let rising = value * (1.0 - (1.0 - place) * saturation);
    match sector as u8 % 6 {
        0 => [value, rising, least],
        1 => [falling, value, least],
        2 => [least, value, rising],
        3 => [least, falling, value],
        4 => [rising, least, value],
        _ => [value, least, falling],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn there_and_back_is_where_it_was(pixel: [u8; 3]) {
            let pixel = pixel.map(|value| f64::from(value) / 255.0);
            for (there, here) in to_rgb(to_hsv(pixel)).into_iter().zip(pixel) {
                prop_assert!((there - here).abs() < 1e-12);
            }
        }
    }
}
