use std::collections::BTreeMap;
use std::sync::Arc;

use ndarray::{Array3, ArrayView3};
use serde_json::Value;

use super::ImageNetC;
use crate::geometric::cubic_part;
use crate::values::copied;
use crate::{Error, Perturber, Random};

/// Frost of ImageNet-C: photographs of frost laid over the image (Hendrycks and Dietterich 2019).
///
/// The photographs are not part of this crate; the Python package imagecorruptions 1.1.2 has those of the benchmark
/// (2 MB, Apache-2.0) in its folder `frost`. The values are those of
/// `imagecorruptions.corrupt(image, severity, "frost")` with the first five of them, which are the ones that it draws
/// from: one value in 100,000 differs, by 1, as with [`Interpolation::Cubic`](crate::Interpolation::Cubic). A texture
/// is enlarged by a tenth, and more if it is smaller than the image; a random part of it is added. As in
/// [`ImageNetC`], an image has at least 32 x 32 pixels and one or three channels, the result has three, and values are
/// truncated.
///
/// Since textures are images and not parameters, a program that wants it in a registry registers it:
///
/// ```
/// use std::sync::Arc;
///
/// use ndarray::Array3;
/// use perturb::{Frost, Perturber, PerturberSpec, Random, Registry};
///
/// // In your program, read from files.
/// let textures = vec![Array3::from_elem((64, 64, 3), 200)];
/// let mut registry = Registry::builtin();
/// registry.register_with("Frost", move |parameters, _registry| {
///     let severity = parameters.get("severity").and_then(|value| value.as_u64()).unwrap_or(1);
///     Ok(Arc::new(Frost::new(textures.clone(), severity as usize)?))
/// })?;
/// let frost = registry.build(&PerturberSpec::new("Frost", [("severity", 3)]))?;
/// let image = Array3::from_elem((32, 32, 3), 100);
/// // 0.7 of the image and 0.7 of the texture.
/// assert_eq!(frost.perturb(image.view(), &mut Random::numpy(1))?[[0, 0, 0]], 210);
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Frost {
    textures: Arc<[Array3<u8>]>,
    severity: usize,
}

impl Frost {
    /// Lays one of the textures, `(height, width, 3)` in RGB, over an image at a severity of 1 to 5; 0 leaves the
    /// image as it is.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `severity` is from 0 to 5 and there is a texture; [`Error::Channels`] and
    /// [`Error::Size`] for a texture that does not have three channels, or has no pixels.
    pub fn new(textures: Vec<Array3<u8>>, severity: usize) -> Result<Self, Error> {
        let perturber = "Frost";
        let refuse = |parameter, value: usize, expected| {
            Err(Error::Parameter { perturber, parameter, value: value as f64, expected })
        };
        if severity > 5 {
            return refuse("severity", severity, "a whole number from 0 to 5");
        }
        if textures.is_empty() {
            return refuse("number of textures", 0, "at least 1");
        }
        for texture in &textures {
            let (height, width, channels) = texture.dim();
            if channels != 3 {
                return Err(Error::Channels { perturber, channels, expected: "3 in each texture" });
            }
            if height == 0 || width == 0 {
                return Err(Error::Size {
                    perturber,
                    height,
                    width,
                    expected: "textures with pixels".to_owned(),
                });
            }
        }
        Ok(Self { textures: textures.into(), severity })
    }

    /// The severity, 0 to 5.
    #[must_use]
    pub fn severity(&self) -> usize {
        self.severity
    }

    /// The textures.
    #[must_use]
    pub fn textures(&self) -> &[Array3<u8>] {
        &self.textures
    }
}

impl Perturber for Frost {
    fn name(&self) -> &'static str {
        "Frost"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        BTreeMap::from([("severity".to_owned(), self.severity.into())])
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        let Some(level) = self.severity.checked_sub(1) else {
            return Ok(copied(image));
        };
        let image = ImageNetC::color("Frost", &image)?;
        let (height, width, _) = image.dim();
        let (kept, added) = [(1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)][level];
        let mut draws = random.legacy();
        let mut below = |count: usize| draws.integer(0..=count as i64 - 1) as usize;
        let texture = &self.textures[below(self.textures.len())];
        let (rows, columns, _) = texture.dim();
        let ratios = [height as f64 / rows as f64, width as f64 / columns as f64];
        // Not smaller than the image, and a tenth larger.
        let enlarged = ratios.into_iter().fold(1.0, f64::max) * 1.1;
        let size = [rows, columns].map(|side| (side as f64 * enlarged).ceil() as usize);
        let (top, left) = (below(size[0] - height), below(size[1] - width));
        let frost = cubic_part(texture, size, [top..top + height, left..left + width]);
        Ok(ndarray::Zip::from(&image).and(&frost).map_collect(|&value, &frost| {
            (kept * f64::from(value) + added * f64::from(frost)).clamp(0.0, 255.0) as u8
        }))
    }

    fn is_identity(&self) -> bool {
        self.severity == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_larger_than_the_texture_is_covered() {
        let frost = Frost::new(vec![Array3::from_elem((3, 5, 3), 100)], 1).unwrap();
        let image = Array3::<u8>::from_elem((40, 33, 1), 10);
        let frosted = frost.perturb(image.view(), &mut Random::chacha(1, 0)).unwrap();
        assert_eq!(frosted, Array3::from_elem((40, 33, 3), 50));
    }

    #[test]
    fn no_severity_is_no_frost() {
        let frost = Frost::new(vec![Array3::zeros((3, 5, 3))], 0).unwrap();
        let image = Array3::<u8>::from_elem((4, 3, 2), 10);
        assert_eq!(frost.perturb(image.view(), &mut Random::chacha(1, 0)).unwrap(), image);
    }

    #[test]
    fn impossible_settings_are_refused() {
        let texture = || Array3::zeros((3, 5, 3));
        assert!(Frost::new(vec![texture()], 6).is_err());
        assert!(Frost::new(vec![], 1).is_err());
        assert!(Frost::new(vec![Array3::zeros((3, 5, 1))], 1).is_err());
        assert!(Frost::new(vec![Array3::zeros((0, 5, 3))], 1).is_err());
        let frost = Frost::new(vec![texture()], 1).unwrap();
        assert!(frost.perturb(Array3::zeros((31, 40, 3)).view(), &mut Random::chacha(1, 0)).is_err());
    }
}
