use multiversion::multiversion;

use crate::value::Real;

/// Added up independently of each other, so that the compiler can use vector registers.
const LANES: usize = 8;

/// Up to so many terms are added up without splitting them.
const BLOCK: usize = 128;

/// NumPy's iterator hands an array over in buffers of so many values.
const BUFFER: usize = 8192;

/// The sum of `term` over the values, in the order in which `numpy.sum` adds a contiguous array up: the bits
/// are NumPy's, on every machine.
///
/// Source: `pairwise_sum` in `numpy/core/src/umath/loops_utils.h.src`.
pub(crate) fn sum<A: Copy, B: Real>(values: &[A], term: impl Fn(A) -> B + Copy) -> B {
    sum_of_pairs(values, values, |value, _| term(value))
}

/// The sum of `term` over pairs of values; the slices have one length.
pub(crate) fn sum_of_pairs<A: Copy, B: Real>(a: &[A], b: &[A], term: impl Fn(A, A) -> B + Copy) -> B {
    a.chunks(BUFFER).zip(b.chunks(BUFFER)).fold(B::ZERO, |total, (a, b)| total + sum_of_buffers(a, b, term))
}

fn sum_of_buffers<A: Copy, B: Real>(a: &[A], b: &[A], term: impl Fn(A, A) -> B + Copy) -> B {
    let count = a.len();
    if count > BLOCK {
        let half = count / 2 / LANES * LANES;
        let ((a_left, a_right), (b_left, b_right)) = (a.split_at(half), b.split_at(half));
        if a_right.len() <= BLOCK {
            let (left, right) = sums_of_blocks((a_left, b_left), (a_right, b_right), term);
            return left + right;
        }
        return sum_of_buffers(a_left, b_left, term) + sum_of_buffers(a_right, b_right, term);
    }
    sum_of_block(a, b, term)
}

/// The sums of two blocks, the second no shorter than the first, which is whole chunks: of one alone, each addition
/// waits for the one before.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn sums_of_blocks<A: Copy, B: Real, F: Fn(A, A) -> B>(
    (a, b): (&[A], &[A]),
    (c, d): (&[A], &[A]),
    term: F,
) -> (B, B) {
    let ((a, _), (b, _)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let ((c, c_tail), (d, d_tail)) = (c.as_chunks::<LANES>(), d.as_chunks::<LANES>());
    let terms = |a: &[A; LANES], b: &[A; LANES]| std::array::from_fn::<B, LANES, _>(|i| term(a[i], b[i]));
    let mut left = terms(&a[0], &b[0]);
    let mut right = terms(&c[0], &d[0]);
    for i in 1..a.len() {
        let (l, r) = (terms(&a[i], &b[i]), terms(&c[i], &d[i]));
        for lane in 0..LANES {
            left[lane] = left[lane] + l[lane];
            right[lane] = right[lane] + r[lane];
        }
    }
    for i in a.len()..c.len() {
        let r = terms(&c[i], &d[i]);
        for lane in 0..LANES {
            right[lane] = right[lane] + r[lane];
        }
    }
    let right = c_tail.iter().zip(d_tail).fold(sum_of_lanes(&right), |total, (&c, &d)| total + term(c, d));
    (sum_of_lanes(&left), right)
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn sum_of_block<A: Copy, B: Real, F: Fn(A, A) -> B>(a: &[A], b: &[A], term: F) -> B {
    let ((a, a_tail), (b, b_tail)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut chunks = a.iter().zip(b).map(|(a, b)| std::array::from_fn::<B, LANES, _>(|i| term(a[i], b[i])));
    let total = match chunks.next() {
        None => B::ZERO,
        Some(mut lanes) => {
            for chunk in chunks {
                for (lane, value) in lanes.iter_mut().zip(chunk) {
                    *lane = *lane + value;
                }
            }
            sum_of_lanes(&lanes)
        }
    };
    a_tail.iter().zip(b_tail).fold(total, |total, (&a, &b)| total + term(a, b))
}

// Not inlined: the compiler would arrange the lanes in its order, and shuffle every chunk.
#[inline(never)]
fn sum_of_lanes<B: Real>(&[a, b, c, d, e, f, g, h]: &[B; LANES]) -> B {
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What NumPy 1.26 returns for `(1 / (np.arange(n) % 17 + 1)).astype(np.float32).sum()`.
    const EXPECTED: [(usize, f32); 7] = [
        (3, 1.833_333_4),
        (8, 2.717_857_4),
        (27, 6.368_520_7),
        (128, 26.905_838),
        (129, 27.005_838),
        (1000, 202.745_6),
        (50176, 10_152.948),
    ];

    #[test]
    fn has_the_bits_of_numpy() {
        for (count, expected) in EXPECTED {
            let values: Vec<f32> = (0..count).map(|i| (1.0 / (i % 17 + 1) as f64) as f32).collect();
            assert_eq!(sum(&values, |value| value).to_bits(), expected.to_bits(), "{count} values");
        }
    }

    #[test]
    fn pairs_are_added_up_as_their_terms_are() {
        let (a, b): (Vec<f64>, Vec<f64>) = (0..333).map(|i| (f64::from(i).sin(), f64::from(i).cos())).unzip();
        let products: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a * b).collect();
        assert_eq!(sum_of_pairs(&a, &b, |a, b| a * b).to_bits(), sum(&products, |p| p).to_bits());
    }
}
