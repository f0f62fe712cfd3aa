//! Medians of squares of 3 and 5 pixels by sorting networks. Their comparisons are the same for all values,
//! so many are computed at once.
//!
//! Columns are sorted first, once for all squares that share them.

use multiversion::multiversion;

use super::border::repeat_ends;

/// The number of values computed together, and the least that a row must have.
pub(super) const LANES: usize = 64;

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lanes([u8; LANES]);

impl Lanes {
    /// Takes the first values of at least as many.
    #[inline(always)]
    fn load(&mut self, values: &[u8]) {
        self.0.copy_from_slice(&values[..LANES]);
    }
}

/// Writes to `out` the median of the 3 x 3 values around each value of `image`, whose shape is (height,
/// width, channels). A row has at least [`LANES`] values.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn blur_3(image: &[u8], out: &mut [u8], shape: (usize, usize, usize)) {
    squares::<Three, 3, 9>(image, out, shape);
}

/// As [`blur_3`], for 5 x 5.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn blur_5(image: &[u8], out: &mut [u8], shape: (usize, usize, usize)) {
    squares::<Five, 5, 25>(image, out, shape);
}

/// A network that sorts `SIDE` x `SIDE` = `AREA` values as far as their median requires.
trait Network<const SIDE: usize, const AREA: usize> {
    /// Sorts a column.
    fn sort(column: &mut [Lanes; SIDE]);

    /// The median of a square, row by row, whose columns are sorted.
    fn median(square: &mut [Lanes; AREA]) -> Lanes;
}

/// Puts the lower of two values first, pair by pair. The compiler removes results that are not used.
macro_rules! exchange {
    ($values:ident: $(($low:literal, $high:literal))*) => {
        $(
            for lane in 0..LANES {
                let (one, other) = ($values[$low].0[lane], $values[$high].0[lane]);
                ($values[$low].0[lane], $values[$high].0[lane]) = (one.min(other), one.max(other));
            }
        )*
    };
}

struct Three;

impl Network<3, 9> for Three {
    #[inline(always)]
    fn sort(column: &mut [Lanes; 3]) {
        exchange!(column: (0, 2) (0, 1) (1, 2));
    }

    /// The median of three: the greatest of the columns' lowest values, the median of their middle ones, and
    /// the least of their highest.
    #[inline(always)]
    fn median(square: &mut [Lanes; 9]) -> Lanes {
        exchange!(square: (0, 2) (1, 2) (3, 5) (3, 4) (4, 5) (6, 7) (6, 8) (2, 6) (2, 4) (4, 6));
        square[4]
    }
}

struct Five;

impl Network<5, 25> for Five {
    #[inline(always)]
    fn sort(column: &mut [Lanes; 5]) {
        exchange!(column: (0, 3) (1, 4) (0, 2) (1, 3) (0, 1) (2, 4) (1, 2) (3, 4) (2, 3));
    }

    /// Sorts each row and selects the median from the 13 remaining candidates, without the exchanges that do
    /// not affect the result.
    #[inline(always)]
    fn median(square: &mut [Lanes; 25]) -> Lanes {
        exchange!(square:
            (0, 2) (0, 1) (2, 4) (1, 2) (3, 4) (2, 3) (5, 8) (5, 7) (6, 8) (5, 6) (7, 9) (6, 7) (8, 9) (11, 14)
            (10, 12) (11, 13) (10, 11) (12, 14) (13, 14) (16, 19) (15, 17) (16, 18) (15, 16) (17, 19) (16, 17)
            (17, 18) (20, 23) (21, 24) (20, 22) (21, 23) (20, 21) (22, 24) (21, 22) (17, 9) (4, 20) (17, 3)
            (17, 4) (11, 13) (3, 12) (11, 4) (11, 15) (12, 13) (3, 12) (3, 15) (20, 12) (4, 20) (15, 16) (4, 15)
            (16, 20) (15, 16) (8, 7) (15, 8) (7, 16) (8, 7) (7, 21) (8, 7)
        );
        square[7]
    }
}

#[inline(always)]
fn squares<N: Network<SIDE, AREA>, const SIDE: usize, const AREA: usize>(
    image: &[u8],
    out: &mut [u8],
    (height, width, channels): (usize, usize, usize),
) {
    let radius = SIDE / 2;
    let stride = width * channels;
    let margin = radius * channels;
    let room = stride + 2 * margin;
    let mut columns = vec![0; SIDE * room];
    // The last lanes of a row overlap with the ones before.
    let starts = || (0..stride).step_by(LANES).map(|start| start.min(stride - LANES));
    for (y, out) in out.chunks_exact_mut(stride).enumerate() {
        for start in starts() {
            let mut column = [Lanes([0; LANES]); SIDE];
            for (row, lanes) in column.iter_mut().enumerate() {
                let y = (y + row).saturating_sub(radius).min(height - 1);
                lanes.load(&image[y * stride + start..]);
            }
            N::sort(&mut column);
            for (lanes, row) in column.iter().zip(columns.chunks_exact_mut(room)) {
                row[margin + start..][..LANES].copy_from_slice(&lanes.0);
            }
        }
        for row in columns.chunks_exact_mut(room) {
            repeat_ends(row, margin, channels);
        }
        for start in starts() {
            let mut square = [Lanes([0; LANES]); AREA];
            for (row, square) in columns.chunks_exact(room).zip(square.chunks_exact_mut(SIDE)) {
                for (column, lanes) in square.iter_mut().enumerate() {
                    lanes.load(&row[start + column * channels..]);
                }
            }
            out[start..][..LANES].copy_from_slice(&N::median(&mut square).0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network is right for all values if it is right for all zeros and ones (the 0-1 principle; Knuth, The
    /// Art of Computer Programming, volume 3, 5.3.4). Here, that is each number of ones in each sorted
    /// column.
    fn finds_the_median_of_all_zeros_and_ones<
        N: Network<SIDE, AREA>,
        const SIDE: usize,
        const AREA: usize,
    >() {
        for columns in 0..(SIDE + 1).pow(SIDE as u32) {
            let ones = |column: usize| columns / (SIDE + 1).pow(column as u32) % (SIDE + 1);
            let mut square = [Lanes([0; LANES]); AREA];
            for (at, value) in square.iter_mut().enumerate() {
                value.0 = [u8::from(at / SIDE >= SIDE - ones(at % SIDE)); LANES];
            }
            let most = (0..SIDE).map(ones).sum::<usize>() > AREA / 2;
            assert_eq!(N::median(&mut square).0, [u8::from(most); LANES], "{columns}");
        }
        for values in 0..1_usize << SIDE {
            let mut column = [Lanes([0; LANES]); SIDE];
            for (row, value) in column.iter_mut().enumerate() {
                value.0 = [(values >> row & 1) as u8; LANES];
            }
            N::sort(&mut column);
            assert!(column.is_sorted_by_key(|value| value.0), "{values:b}");
        }
    }

    #[test]
    fn the_networks_find_the_median_of_all_zeros_and_ones() {
        finds_the_median_of_all_zeros_and_ones::<Three, 3, 9>();
        finds_the_median_of_all_zeros_and_ones::<Five, 5, 25>();
    }
}
