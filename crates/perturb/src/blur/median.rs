use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Perturber, Random};

/// Median blur: each pixel becomes the median of a square around it, channel by channel.
///
/// This is NRTK's `MedianBlurPerturber`: `cv2.medianBlur(image, ksize)`; beyond the border the outermost
/// pixels are repeated.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{MedianBlur, Perturber, Random};
///
/// let mut image = Array3::<u8>::from_elem((5, 5, 3), 100);
/// image[[2, 2, 0]] = 255;
/// let blurred = MedianBlur::new(3)?.perturb(image.view(), &mut Random::chacha(0, 0))?;
/// assert_eq!(blurred, Array3::<u8>::from_elem((5, 5, 3), 100));
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct MedianBlur {
    ksize: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default = "default_ksize")]
    ksize: usize,
}

/// NRTK's default.
fn default_ksize() -> usize {
    3
}

impl MedianBlur {
    /// OpenCV takes no larger one.
    const LARGEST: usize = 255;

    /// Takes the median over `ksize` pixels squared.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless `ksize` is odd and from 3 to 255.
    pub fn new(ksize: usize) -> Result<Self, Error> {
        if ksize % 2 == 1 && (3..=Self::LARGEST).contains(&ksize) {
            return Ok(Self { ksize });
        }
        Err(Error::Parameter {
            perturber: "MedianBlur",
            parameter: "ksize",
            value: ksize as f64,
            expected: "an odd number from 3 to 255",
        })
    }
}

impl TryFrom<Unchecked> for MedianBlur {
    type Error = Error;

    fn try_from(unchecked: Unchecked) -> Result<Self, Error> {
        Self::new(unchecked.ksize)
    }
}

/// How often each value lies in a window, at two scales: the median is found in at most 32 steps.
struct Histogram {
    fine: [u16; 256],
    coarse: [u16; 16],
}

impl Histogram {
    fn add(&mut self, value: u8) {
        self.fine[usize::from(value)] += 1;
        self.coarse[usize::from(value >> 4)] += 1;
    }

    fn remove(&mut self, value: u8) {
        self.fine[usize::from(value)] -= 1;
        self.coarse[usize::from(value >> 4)] -= 1;
    }

    /// The value that `below` others come before.
    fn at(&self, mut below: u16) -> u8 {
        let mut block = 0;
        while self.coarse[block] <= below {
            below -= self.coarse[block];
            block += 1;
        }
        let mut value = block << 4;
        while self.fine[value] <= below {
            below -= self.fine[value];
            value += 1;
        }
        value as u8
    }
}

impl Perturber for MedianBlur {
    fn name(&self) -> &'static str {
        "MedianBlur"
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        BTreeMap::from([("ksize".to_owned(), self.ksize.into())])
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
        let (height, width, channels) = image.dim();
        let radius = (self.ksize / 2) as isize;
        let middle = (self.ksize * self.ksize / 2) as u16;
        let within = |position: isize, len: usize| position.clamp(0, len as isize - 1) as usize;
        let mut blurred = Array3::zeros(image.dim());
        if image.is_empty() {
            return Ok(blurred);
        }
        for channel in 0..channels {
            for y in 0..height {
                let rows: Vec<usize> = (-radius..=radius).map(|j| within(y as isize + j, height)).collect();
                // The window slides along the row, a column coming in as another goes.
                let mut histogram = Histogram { fine: [0; 256], coarse: [0; 16] };
                for x in -radius..=radius {
                    rows.iter().for_each(|&row| histogram.add(image[[row, within(x, width), channel]]));
                }
                for x in 0..width {
                    blurred[[y, x, channel]] = histogram.at(middle);
                    let (gone, come) =
                        (within(x as isize - radius, width), within(x as isize + radius + 1, width));
                    for &row in &rows {
                        histogram.remove(image[[row, gone, channel]]);
                        histogram.add(image[[row, come, channel]]);
                    }
                }
            }
        }
        Ok(blurred)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn impossible_sizes_cannot_be_built() {
        for ksize in [0, 1, 2, 4, 257] {
            assert!(MedianBlur::new(ksize).is_err(), "{ksize}");
        }
    }

    proptest! {
        #[test]
        fn the_sliding_window_finds_the_sorted_median(
            (height, width) in (1_usize..8, 1_usize..8), half in 1_usize..4, seed: u64,
        ) {
            let mut random = Random::chacha(seed, 0);
            let image = Array3::from_shape_simple_fn((height, width, 2), || random.next_u64() as u8);
            let blurred = MedianBlur::new(2 * half + 1).unwrap().perturb(image.view(), &mut random).unwrap();
            let r = half as isize;
            for ((y, x, k), &found) in blurred.indexed_iter() {
                let mut window: Vec<u8> = (-r..=r)
                    .flat_map(|j| (-r..=r).map(move |i| (y as isize + j, x as isize + i)))
                    .map(|(y, x)| image[[y.clamp(0, height as isize - 1) as usize, x.clamp(0, width as isize - 1) as usize, k]])
                    .collect();
                window.sort_unstable();
                prop_assert_eq!(found, window[window.len() / 2]);
            }
        }
    }
}
