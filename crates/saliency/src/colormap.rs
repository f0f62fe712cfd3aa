use crate::name::named;

/// The colours of a saliency map's values. They are matplotlib's, within one of 255 levels.
///
/// ```
/// use saliency::Colormap;
///
/// assert_eq!(Colormap::Jet.color(0.0), [0, 0, 127]);
/// assert_eq!(Colormap::RedBlue.color(1.0), [103, 0, 31]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum Colormap {
    /// `jet` over 0 to 1: blue, cyan, yellow, red. Negative values, which speak against the class, are shown as 0.
    #[default]
    Jet,
    /// `RdBu_r` over -1 to 1: red speaks for the class, blue against it, white for neither.
    RedBlue,
}

named!(Colormap, "colour map", Jet = "jet", RedBlue = "redblue");

/// A channel of `jet`: positions and values, interpolated linearly.
type Segments = &'static [(f64, f64)];

const JET: [Segments; 3] = [
    &[(0.0, 0.0), (0.35, 0.0), (0.66, 1.0), (0.89, 1.0), (1.0, 0.5)],
    &[(0.0, 0.0), (0.125, 0.0), (0.375, 1.0), (0.64, 1.0), (0.91, 0.0), (1.0, 0.0)],
    &[(0.0, 0.5), (0.11, 1.0), (0.34, 1.0), (0.65, 0.0), (1.0, 0.0)],
];

/// ColorBrewer's `RdBu`, from blue to red.
const RED_BLUE: [[u8; 3]; 11] = [
    [5, 48, 97],
    [33, 102, 172],
    [67, 147, 195],
    [146, 197, 222],
    [209, 229, 240],
    [247, 247, 247],
    [253, 219, 199],
    [244, 165, 130],
    [214, 96, 77],
    [178, 24, 43],
    [103, 0, 31],
];

impl Colormap {
    /// Returns the colour of a value as RGB. Values outside the range get the colour of its nearer end, NaN that of its
    /// lower end.
    #[must_use]
    pub fn color(self, value: f32) -> [u8; 3] {
        self.entry(self.index(value))
    }

    /// Returns the entry of [`table`](Self::table) that a value belongs to.
    #[must_use]
    pub fn index(self, value: f32) -> usize {
        let share = match self {
            Self::Jet => f64::from(value),
            Self::RedBlue => f64::midpoint(f64::from(value), 1.0),
        };
        // Matplotlib has a table of 256 colours, whose last one stands for 1 as well.
        ((share.clamp(0.0, 1.0) * 256.0) as usize).min(255)
    }

    /// The 256 colours, from the lower end of the range to the upper.
    #[must_use]
    pub fn table(self) -> [[u8; 3]; 256] {
        std::array::from_fn(|entry| self.entry(entry))
    }

    /// The ends of the range.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Jet => (0.0, 1.0),
            Self::RedBlue => (-1.0, 1.0),
        }
    }

    fn entry(self, entry: usize) -> [u8; 3] {
        let at = entry as f64 / 255.0;
        let parts = match self {
            Self::Jet => JET.map(|segments| interpolate(at, segments.iter().copied())),
            Self::RedBlue => [0, 1, 2].map(|k| {
                let stops = RED_BLUE
                    .iter()
                    .enumerate()
                    .map(|(i, color)| (i as f64 / 10.0, f64::from(color[k]) / 255.0));
                interpolate(at, stops)
            }),
        };
        parts.map(|part| (part * 255.0) as u8)
    }
}

/// Interpolates linearly between stops.
fn interpolate(at: f64, stops: impl Iterator<Item = (f64, f64)>) -> f64 {
    let mut before = (0.0, 0.0);
    for (position, value) in stops {
        if at <= position {
            let span = position - before.0;
            return if span == 0.0 { value } else { before.1 + (value - before.1) * (at - before.0) / span };
        }
        before = (position, value);
    }
    before.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_matplotlibs_within_one_level() {
        let theirs: serde_json::Value =
            serde_json::from_str(include_str!("../tests/data/colormaps.json")).unwrap();
        for (map, name) in [(Colormap::Jet, "jet"), (Colormap::RedBlue, "RdBu_r")] {
            for entry in 0..256 {
                let ours = map.entry(entry).map(i64::from);
                for (k, ours) in ours.into_iter().enumerate() {
                    let theirs = theirs[name][3 * entry + k].as_i64().unwrap();
                    assert!((ours - theirs).abs() <= 1, "{name} {entry} {k}: {ours} {theirs}");
                }
            }
        }
    }

    #[test]
    fn values_outside_the_range_are_shown_as_its_ends() {
        assert_eq!(Colormap::Jet.color(-0.7), Colormap::Jet.color(0.0));
        assert_eq!(Colormap::Jet.color(2.0), Colormap::Jet.color(1.0));
        assert_eq!(Colormap::Jet.color(f32::NAN), Colormap::Jet.color(0.0));
    }
}
