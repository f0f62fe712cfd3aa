use serde::{Deserialize, Serialize};

/// A height and a width, in pixels.
///
/// As data it is `[height, width]`; one number is a square's side, so that a sweep can vary it.
///
/// ```
/// use perturb::Extent;
///
/// let extent: Extent = serde_json::from_str("[24, 32]")?;
/// assert_eq!((extent.height, extent.width), (24, 32));
/// assert_eq!(serde_json::from_str::<Extent>("24")?, Extent::from(24));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Form", into = "[usize; 2]")]
pub struct Extent {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected [height, width], or one number for both")]
enum Form {
    Square(usize),
    Sides([usize; 2]),
}

impl From<Form> for Extent {
    fn from(form: Form) -> Self {
        match form {
            Form::Square(side) => side.into(),
            Form::Sides(sides) => sides.into(),
        }
    }
}

impl From<[usize; 2]> for Extent {
    fn from([height, width]: [usize; 2]) -> Self {
        Self { height, width }
    }
}

impl From<usize> for Extent {
    fn from(side: usize) -> Self {
        Self { height: side, width: side }
    }
}

impl From<Extent> for [usize; 2] {
    fn from(extent: Extent) -> Self {
        [extent.height, extent.width]
    }
}
