use ndarray::Array3;
use serde::{Deserialize, Serialize};

/// How far away what each pixel shows is, in any unit.
///
/// As data it is one number for all pixels, or rows of numbers, or rows of pixels of a number per channel.
///
/// ```
/// use perturb::DepthMap;
///
/// let map: DepthMap = serde_json::from_str("[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]")?;
/// assert_eq!(map.size(), Some((2, 3)));
/// assert_eq!(DepthMap::from(1.5).size(), None);
/// assert!(serde_json::from_str::<DepthMap>("[[1.0], [2.0, 3.0]]").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct DepthMap(Depths);

#[derive(Clone, Debug, PartialEq)]
enum Depths {
    Everywhere(f64),
    /// Of one channel, or of as many as the image has.
    Pixels(Array3<f64>),
}

impl DepthMap {
    /// Rows and columns; none for a depth that is the same everywhere.
    #[must_use]
    pub fn size(&self) -> Option<(usize, usize)> {
        match &self.0 {
            Depths::Everywhere(_) => None,
            Depths::Pixels(map) => Some((map.dim().0, map.dim().1)),
        }
    }

    /// How many depths a pixel has: one for all channels, or one for each.
    pub(super) fn channels(&self) -> usize {
        match &self.0 {
            Depths::Everywhere(_) => 1,
            Depths::Pixels(map) => map.dim().2,
        }
    }

    /// The depth of a channel of a pixel.
    pub(super) fn at(&self, y: usize, x: usize, k: usize) -> f64 {
        match &self.0 {
            Depths::Everywhere(depth) => *depth,
            Depths::Pixels(map) => map[[y, x, k.min(map.dim().2 - 1)]],
        }
    }

    /// A depth that is no finite number.
    pub(super) fn impossible(&self) -> Option<f64> {
        match &self.0 {
            Depths::Everywhere(depth) => Some(*depth).filter(|depth| !depth.is_finite()),
            Depths::Pixels(map) => map.iter().copied().find(|depth| !depth.is_finite()),
        }
    }
}

impl From<f64> for DepthMap {
    fn from(depth: f64) -> Self {
        Self(Depths::Everywhere(depth))
    }
}

impl From<Array3<f64>> for DepthMap {
    /// Depths of pixels, `(height, width, channels)`, with one channel or those of the image.
    fn from(map: Array3<f64>) -> Self {
        Self(Depths::Pixels(map))
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number, rows of numbers, or rows of pixels of numbers")]
enum Form {
    Everywhere(f64),
    Rows(Vec<Vec<f64>>),
    Pixels(Vec<Vec<Vec<f64>>>),
}

impl TryFrom<Form> for DepthMap {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        let pixels = match form {
            Form::Everywhere(depth) => return Ok(depth.into()),
            Form::Rows(rows) => {
                rows.into_iter().map(|row| row.into_iter().map(|depth| vec![depth]).collect()).collect()
            }
            Form::Pixels(pixels) => pixels,
        };
        let width = pixels.first().map_or(0, Vec::len);
        let channels = pixels.first().and_then(|row| row.first()).map_or(0, Vec::len);
        let shape = (pixels.len(), width, channels);
        let even =
            pixels.iter().all(|row| row.len() == width && row.iter().all(|pixel| pixel.len() == channels));
        let depths: Vec<f64> = pixels.into_iter().flatten().flatten().collect();
        let map = Array3::from_shape_vec(shape, depths).ok().filter(|map| even && !map.is_empty());
        map.map(Self::from)
            .ok_or_else(|| "the depth map's rows differ in length, expected equal ones".to_owned())
    }
}

impl From<DepthMap> for Form {
    fn from(map: DepthMap) -> Self {
        match map.0 {
            Depths::Everywhere(depth) => Self::Everywhere(depth),
            Depths::Pixels(map) => {
                let pixels = |row: ndarray::ArrayView2<'_, f64>| {
                    row.outer_iter().map(|pixel| pixel.to_vec()).collect()
                };
                Self::Pixels(map.outer_iter().map(pixels).collect())
            }
        }
    }
}
