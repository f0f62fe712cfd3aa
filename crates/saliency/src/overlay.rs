use ndarray::{Array3, ArrayView2, ArrayView3, Axis};

use crate::{Colormap, Error};

/// The opacities of the image and of the map, 0.7 and 0.3, truncated to 255 steps as Agg does.
const IMAGE: u8 = 178;
const MAP: u8 = 76;

/// Lays a saliency map over its image: the image at opacity 0.7 over white, and the map's colours at 0.3 over that.
/// This is what the tutorial draws with matplotlib, in the arithmetic of its renderer Agg. Returns
/// `(height, width, 3)`.
///
/// # Errors
///
/// [`Error::EmptyImage`] for an image without pixels, [`Error::Shape`] unless it has 1 or 3 channels and `map` has its
/// height and width.
///
/// # Examples
///
/// ```
/// use ndarray::{Array2, Array3};
/// use saliency::{Colormap, overlay};
///
/// let black = Array3::<u8>::zeros((4, 4, 3));
/// let drawn = overlay(black.view(), Array2::zeros((4, 4)).view(), Colormap::Jet)?;
/// // 0.7 * 0.3 * 255 of white, 53.6; and 0.3 * 127 of jet's dark blue, truncated to whole numbers.
/// assert_eq!([drawn[[0, 0, 0]], drawn[[0, 0, 2]]], [54, 91]);
/// # Ok::<(), saliency::Error>(())
/// ```
pub fn overlay(
    image: ArrayView3<'_, u8>,
    map: ArrayView2<'_, f32>,
    colors: Colormap,
) -> Result<Array3<u8>, Error> {
    let mut drawn = with_three_channels(image)?;
    let (height, width, _) = drawn.dim();
    if map.dim() != (height, width) {
        let (actual, expected) = (map.shape().to_vec(), vec![height, width]);
        return Err(Error::Shape { what: "the map", actual, expected });
    }
    let table = colors.table();
    for (mut pixel, &value) in drawn.lanes_mut(Axis(2)).into_iter().zip(map) {
        let color = table[colors.index(value)];
        pixel
            .iter_mut()
            .zip(color)
            .for_each(|(pixel, color)| *pixel = lay(lay(255, *pixel, IMAGE), color, MAP));
    }
    Ok(drawn)
}

/// Blends a value over an opaque one in whole numbers, as `blend_pix` of Agg's `fixed_blender_rgba_plain`.
fn lay(below: u8, above: u8, opacity: u8) -> u8 {
    let opacity = i32::from(opacity);
    let covered = ((opacity + 255) << 8) - opacity * 255;
    let below = i32::from(below) * 255;
    ((((i32::from(above) << 8) - below) * opacity + (below << 8)) / covered) as u8
}

/// Returns the image with three channels; a grey image repeats its one.
fn with_three_channels(image: ArrayView3<'_, u8>) -> Result<Array3<u8>, Error> {
    let (height, width, channels) = image.dim();
    match channels {
        _ if image.is_empty() => Err(Error::EmptyImage { height, width, channels }),
        1 => Ok(Array3::from_shape_fn((height, width, 3), |(y, x, _)| image[[y, x, 0]])),
        3 => Ok(image.as_standard_layout().into_owned()),
        _ => {
            let (actual, expected) = (image.shape().to_vec(), vec![height, width, 3]);
            Err(Error::Shape { what: "the image", actual, expected })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn overlays_are_matplotlibs_within_one_level() {
        let theirs: serde_json::Value =
            serde_json::from_str(include_str!("../tests/data/overlays.json")).unwrap();
        let numbers = |name: &str| -> Vec<f64> {
            theirs[name].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
        };
        let bytes = numbers("image").iter().map(|&value| value as u8).collect();
        let image = Array3::from_shape_vec((11, 16, 3), bytes).unwrap();
        let values = numbers("map").iter().map(|&value| value as f32).collect();
        let map = Array2::from_shape_vec((11, 16), values).unwrap();
        for (colors, name) in [(Colormap::Jet, "jet"), (Colormap::RedBlue, "RdBu_r")] {
            let ours = overlay(image.view(), map.view(), colors).unwrap();
            for (at, (&ours, theirs)) in ours.iter().zip(numbers(name)).enumerate() {
                assert!((f64::from(ours) - theirs).abs() <= 1.0, "{name} {at}: {ours} {theirs}");
            }
        }
    }

    #[test]
    fn sizes_must_match() {
        let image = Array3::<u8>::zeros((4, 5, 3));
        let error = overlay(image.view(), Array2::zeros((5, 4)).view(), Colormap::Jet);
        assert!(matches!(error, Err(Error::Shape { what: "the map", .. })));
        let error = overlay(Array3::zeros((4, 5, 4)).view(), Array2::zeros((4, 5)).view(), Colormap::Jet);
        assert!(matches!(error, Err(Error::Shape { what: "the image", .. })));
    }
}
