//! Upsampling as libjpeg-turbo's `jdsample.c` does it by default ("fancy").
//!
//! Where a channel has half the samples across, down or both, each output is 3/4 of the nearer and 1/4 of the
//! further sample in each direction; other ratios repeat samples.

use multiversion::multiversion;

use crate::frame::{Component, Frame};
use crate::plane::Plane;

/// Turns the rows of a channel into rows of the image.
pub(crate) struct Upsampler<'a> {
    plane: &'a Plane,
    component: &'a Component,
    method: Method,
    /// Vertically weighted samples, times 4.
    sums: Vec<u16>,
    output: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Method {
    None,
    Across,
    Down,
    Both,
    Repeat { across: usize, down: usize },
}

impl Method {
    /// The cases of `jinit_upsampler`, in its order.
    fn choose(frame: &Frame, component: &Component) -> Self {
        let across = frame.max_horizontal / component.horizontal;
        let down = frame.max_vertical / component.vertical;
        // The first and the last sample are weighted separately, so a row needs one between them.
        match (across, down) {
            (1, 1) => Self::None,
            (2, 1) if component.width > 2 => Self::Across,
            (1, 2) => Self::Down,
            (2, 2) if component.width > 2 => Self::Both,
            _ => Self::Repeat { across, down },
        }
    }
}

impl<'a> Upsampler<'a> {
    pub(crate) fn new(frame: &Frame, component: &'a Component, plane: &'a Plane) -> Self {
        let method = Method::choose(frame, component);
        let across = frame.max_horizontal / component.horizontal;
        Self {
            plane,
            component,
            method,
            sums: vec![0; if method == Method::Both { component.width } else { 0 }],
            output: vec![0; if method == Method::None { 0 } else { across * component.width }],
        }
    }

    /// Returns row `y` of the image, which may be longer than the image is wide.
    pub(crate) fn row(&mut self, y: usize) -> &[u8] {
        let width = self.component.width;
        match self.method {
            Method::None => return &self.plane.row(y)[..width],
            Method::Across => weigh_across(&self.plane.row(y)[..width], &mut self.output),
            Method::Down => {
                let (near, far) = self.neighbours(y);
                let bias = if y.is_multiple_of(2) { 1 } else { 2 };
                for (output, (&near, &far)) in self.output.iter_mut().zip(near.iter().zip(far)) {
                    *output = ((3 * u16::from(near) + u16::from(far) + bias) >> 2) as u8;
                }
            }
            Method::Both => {
                let (near, far) = self.neighbours(y);
                for (sum, (&near, &far)) in self.sums.iter_mut().zip(near.iter().zip(far)) {
                    *sum = 3 * u16::from(near) + u16::from(far);
                }
                weigh_sums_across(&self.sums, &mut self.output);
            }
            Method::Repeat { across, down } => {
                let row = &self.plane.row(y / down)[..width];
                for (outputs, &sample) in self.output.chunks_exact_mut(across).zip(row) {
                    outputs.fill(sample);
                }
            }
        }
        &self.output
    }

    /// Returns the row of the channel that contains `y` and the row next to it, where edge rows are repeated.
    fn neighbours(&self, y: usize) -> (&'a [u8], &'a [u8]) {
        let near = y / 2;
        let far = if y.is_multiple_of(2) {
            near.saturating_sub(1)
        } else {
            (near + 1).min(self.component.height - 1)
        };
        let width = self.component.width;
        (&self.plane.row(near)[..width], &self.plane.row(far)[..width])
    }
}

/// `h2v1_fancy_upsample`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn weigh_across(row: &[u8], output: &mut [u8]) {
    let weigh = |near: u8, far: u8, bias: u16| (3 * u16::from(near) + u16::from(far) + bias) >> 2;
    let (pairs, _) = output.as_chunks_mut::<2>();
    let inner = pairs.iter_mut().skip(1);
    for (pair, window) in inner.zip(row.windows(3)) {
        // Both in one word.
        *pair = (weigh(window[1], window[0], 1) | weigh(window[1], window[2], 2) << 8).to_le_bytes();
    }
    if let ([first, .., last], [a, .., z]) = (pairs, row) {
        *first = [*a, weigh(*a, row[1], 2) as u8];
        *last = [weigh(*z, row[row.len() - 2], 1) as u8, *z];
    }
}

/// `h2v2_fancy_upsample`, from sums that are already weighted vertically.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn weigh_sums_across(sums: &[u16], output: &mut [u8]) {
    let weigh = |near: u16, far: u16, bias: u16| (3 * near + far + bias) >> 4;
    let (pairs, _) = output.as_chunks_mut::<2>();
    let inner = pairs.iter_mut().skip(1);
    for (pair, window) in inner.zip(sums.windows(3)) {
        *pair = (weigh(window[1], window[0], 8) | weigh(window[1], window[2], 7) << 8).to_le_bytes();
    }
    if let ([first, .., last], [a, .., z]) = (pairs, sums) {
        *first = [((4 * *a + 8) >> 4) as u8, weigh(*a, sums[1], 7) as u8];
        *last = [weigh(*z, sums[sums.len() - 2], 8) as u8, ((4 * *z + 7) >> 4) as u8];
    }
}

#[cfg(test)]
mod tests {
    use super::{weigh_across, weigh_sums_across};

    #[test]
    fn a_row_of_three_becomes_six() {
        let mut output = [0; 6];
        weigh_across(&[0, 100, 201], &mut output);
        // 0, (100 + 2) / 4, (300 + 1) / 4, (300 + 201 + 2) / 4, (603 + 100 + 1) / 4, 201.
        assert_eq!(output, [0, 25, 75, 125, 176, 201]);
    }

    #[test]
    fn sums_are_divided_by_sixteen() {
        let mut output = [0; 6];
        weigh_sums_across(&[0, 100, 1020], &mut output);
        // 8 / 16, 107 / 16, 308 / 16, (300 + 1020 + 7) / 16, (3060 + 100 + 8) / 16, (4080 + 7) / 16.
        assert_eq!(output, [0, 6, 19, 82, 198, 255]);
    }

    #[test]
    fn a_constant_row_stays_so() {
        for value in [0_u8, 1, 127, 254, 255] {
            let mut output = [7; 10];
            weigh_across(&[value; 5], &mut output);
            assert_eq!(output, [value; 10]);
            weigh_sums_across(&[4 * u16::from(value); 5], &mut output);
            assert_eq!(output, [value; 10]);
        }
    }
}
