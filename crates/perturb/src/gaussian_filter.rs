//! SciPy's `gaussian_filter`, with its order of additions.

use ndarray::{ArrayViewMut2, Axis};

/// What lies beyond the border.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Border {
    /// The outermost value.
    Nearest,
    /// The mirror image, the outermost value included.
    Reflect,
    /// The other end.
    Wrap,
}

/// In which precision values are kept between the passes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// 32 bits.
    Single,
    /// 64 bits.
    Double,
}

/// Filters rows' axis first, then the columns', with a deviation for each, cut off at `truncate` deviations.
pub(crate) fn filter(
    mut plane: ArrayViewMut2<'_, f64>,
    sigma: [f64; 2],
    truncate: f64,
    border: Border,
    precision: Precision,
) {
    for (axis, sigma) in sigma.into_iter().enumerate() {
        let weights = kernel(sigma, (truncate * sigma + 0.5) as usize);
        let mut padded = Vec::new();
        for mut line in plane.lanes_mut(Axis(axis)) {
            let radius = weights.len() - 1;
            let len = line.len() as isize;
            let at = |i: isize| line[position(i, len, border)];
            padded.clear();
            padded.extend((-(radius as isize)..len + radius as isize).map(at));
            for (i, value) in line.iter_mut().enumerate() {
                let centre = i + radius;
                let mut sum = padded[centre] * weights[0];
                for (distance, weight) in weights.iter().enumerate().skip(1).rev() {
                    sum += (padded[centre - distance] + padded[centre + distance]) * weight;
                }
                *value = if precision == Precision::Single { f64::from(sum as f32) } else { sum };
            }
        }
    }
}

/// The weights of the centre and of each distance up to `radius`.
fn kernel(sigma: f64, radius: usize) -> Vec<f64> {
    let weight = |i: isize| (-0.5 / (sigma * sigma) * (i * i) as f64).exp();
    let all: Vec<f64> = (-(radius as isize)..=radius as isize).map(weight).collect();
    let sum = pairwise_sum(&all);
    all[radius..].iter().map(|weight| weight / sum).collect()
}

fn position(i: isize, len: isize, border: Border) -> usize {
    match border {
        Border::Nearest => i.clamp(0, len - 1) as usize,
        Border::Reflect => {
            let folded = i.rem_euclid(2 * len);
            folded.min(2 * len - 1 - folded) as usize
        }
        Border::Wrap => i.rem_euclid(len) as usize,
    }
}

/// `NumPy`'s sum of up to 128 numbers: eight sums at once, which are then added in pairs.
pub(crate) fn pairwise_sum(numbers: &[f64]) -> f64 {
    let (blocks, rest) = numbers.as_chunks::<8>();
    let Some((first, blocks)) = blocks.split_first() else {
        return rest.iter().fold(0.0, |sum, number| sum + number);
    };
    let s = blocks.iter().fold(*first, |sums, block| std::array::from_fn(|i| sums[i] + block[i]));
    let sum = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    rest.iter().fold(sum, |sum, number| sum + number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn a_constant_plane_stays_constant() {
        for border in [Border::Nearest, Border::Reflect, Border::Wrap] {
            let mut plane = Array2::from_elem((5, 9), 0.7);
            filter(plane.view_mut(), [2.0, 0.3], 4.0, border, Precision::Double);
            assert!(plane.iter().all(|value| (value - 0.7).abs() < 1e-15));
        }
    }

    #[test]
    fn an_impulse_becomes_the_kernel() {
        let mut plane = Array2::zeros((21, 21));
        plane[[10, 10]] = 1.0;
        filter(plane.view_mut(), [1.0, 1.0], 4.0, Border::Nearest, Precision::Double);
        assert!((plane[[10, 11]] / plane[[10, 10]] - (-0.5_f64).exp()).abs() < 1e-12);
        assert!((plane[[12, 10]] / plane[[10, 10]] - (-2.0_f64).exp()).abs() < 1e-12);
        assert!((plane.sum() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn positions_are_reflected_with_their_edge() {
        let seen: Vec<usize> = (-3..6).map(|i| position(i, 3, Border::Reflect)).collect();
        assert_eq!(seen, [2, 1, 0, 0, 1, 2, 2, 1, 0]);
    }
}
