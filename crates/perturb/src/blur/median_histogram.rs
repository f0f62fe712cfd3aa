//! Medians of large squares from histograms, in time independent of their size: Perreault and Hébert, "Median
//! filtering in constant time", 2007.
//!
//! Each column has a histogram of its pixels within the squares of the current row. A square's histogram is
//! its left neighbour's, plus one column and minus another. All histograms are cumulative, so that an update
//! is an addition and a look-up is a count, each of 16 numbers at once: first over the upper four bits of the
//! values, then over the lower four bits of the values with the median's upper bits. Of a square's 16
//! histograms of lower bits, only that one is updated.

use multiversion::multiversion;

/// For each of 16 values, the number of entries that are at most that value.
type Cumulative = [u16; 16];

/// The number of columns processed at a time. Their histograms, half a kibibyte each, stay in a core's cache.
const STRIP: usize = 512;

/// Writes to `out` the median of the square around each value of `image`, whose shape is (height, width,
/// channels). The square's side is at most 255 pixels.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn blur(image: &[u8], out: &mut [u8], shape: (usize, usize, usize), size: usize) {
    let (height, width, channels) = shape;
    let radius = size / 2;
    let mut columns = Columns::new();
    let mut plane = Vec::new();
    for channel in 0..channels {
        for start in (0..width).step_by(STRIP) {
            let strip = start..(start + STRIP).min(width);
            // The columns that the strip's squares cover.
            let reached = strip.start.saturating_sub(radius)..(strip.end + radius).min(width);
            plane.clear();
            for row in image.chunks_exact(width * channels) {
                let row = &row[reached.start * channels..reached.end * channels];
                plane.extend(row.iter().skip(channel).step_by(channels));
            }
            let row = |y: usize| &plane[y.min(height - 1) * reached.len()..][..reached.len()];
            columns.clear(reached.len());
            // Above the image, its first row is repeated.
            columns.add(row(0), radius as u16 + 1);
            (1..=radius).for_each(|y| columns.add(row(y), 1));
            for (y, out) in out.chunks_exact_mut(width * channels).enumerate() {
                if y > 0 {
                    columns.slide(row(y + radius), row((y - 1).saturating_sub(radius)));
                }
                let out = out[strip.start * channels..strip.end * channels].iter_mut();
                let first = strip.start - reached.start;
                columns.medians(out.skip(channel).step_by(channels), first, radius);
            }
        }
    }
}

/// The histograms of neighbouring columns.
struct Columns {
    /// Of the upper four bits, one per column.
    upper: Vec<Cumulative>,
    /// Of the lower four bits among the values with the same upper bits: for each of these, one per column.
    lower: Vec<Cumulative>,
    /// The histogram of a single value, for each of 16 values.
    steps: [Cumulative; 16],
}

impl Columns {
    fn new() -> Self {
        let steps = std::array::from_fn(|value| std::array::from_fn(|at| u16::from(value <= at)));
        Self { upper: vec![], lower: vec![], steps }
    }

    fn clear(&mut self, count: usize) {
        self.upper.clear();
        self.lower.clear();
        self.upper.resize(count, [0; 16]);
        self.lower.resize(16 * count, [0; 16]);
    }

    /// Adds each column's value, `times` times.
    #[inline(always)]
    fn add(&mut self, row: &[u8], times: u16) {
        let count = self.upper.len();
        for (column, (upper, &value)) in self.upper.iter_mut().zip(row).enumerate() {
            let (high, low) = halves(value);
            add(upper, &self.steps[high].map(|step| times * step));
            add(&mut self.lower[high * count + column], &self.steps[low].map(|step| times * step));
        }
    }

    /// Adds each column's new value, and subtracts the one that leaves.
    #[inline(always)]
    fn slide(&mut self, come: &[u8], gone: &[u8]) {
        let count = self.upper.len();
        for (column, ((upper, &come), &gone)) in self.upper.iter_mut().zip(come).zip(gone).enumerate() {
            let ((high, low), (high_gone, low_gone)) = (halves(come), halves(gone));
            move_on(upper, &self.steps[high], &self.steps[high_gone]);
            add(&mut self.lower[high * count + column], &self.steps[low]);
            take(&mut self.lower[high_gone * count + column], &self.steps[low_gone]);
        }
    }

    /// The medians of the squares about the columns from `first` on.
    #[inline(always)]
    fn medians<'a>(&self, out: impl Iterator<Item = &'a mut u8>, first: usize, radius: usize) {
        let count = self.upper.len();
        let last = count - 1;
        // Beyond the border, the outermost columns are repeated.
        let within = |column: usize| column.saturating_sub(radius).min(last);
        let below = ((2 * radius + 1) * (2 * radius + 1) / 2) as u16;
        let mut upper = [0; 16];
        (first..=first + 2 * radius).for_each(|column| add(&mut upper, &self.upper[within(column)]));
        let mut lower = [[0; 16]; 16];
        // The column for which each of them was last updated.
        let mut up_to = [None; 16];
        for (column, out) in (first..).zip(out) {
            if column > first {
                let (come, gone) = (within(column + 2 * radius), within(column - 1));
                move_on(&mut upper, &self.upper[come], &self.upper[gone]);
            }
            let high = position(&upper, below);
            let before = high.checked_sub(1).map_or(0, |lower| upper[lower]);
            let (square, columns) = (&mut lower[high], &self.lower[high * count..][..count]);
            match up_to[high] {
                Some(since) if since + radius >= column => {
                    for column in since + 1..=column {
                        move_on(square, &columns[within(column + 2 * radius)], &columns[within(column - 1)]);
                    }
                }
                _ => {
                    *square = [0; 16];
                    (column..=column + 2 * radius).for_each(|column| add(square, &columns[within(column)]));
                }
            }
            up_to[high] = Some(column);
            *out = (high << 4 | position(square, below - before)) as u8;
        }
    }
}

#[inline(always)]
fn halves(value: u8) -> (usize, usize) {
    (usize::from(value >> 4), usize::from(value & 15))
}

#[inline(always)]
fn add(sum: &mut Cumulative, more: &Cumulative) {
    move_on(sum, more, &[0; 16]);
}

#[inline(always)]
fn take(sum: &mut Cumulative, less: &Cumulative) {
    move_on(sum, &[0; 16], less);
}

#[inline(always)]
fn move_on(sum: &mut Cumulative, come: &Cumulative, gone: &Cumulative) {
    // Everything is read before anything is written, so that it can be read at once.
    let (mut moved, come, gone) = (*sum, *come, *gone);
    for i in 0..16 {
        moved[i] = moved[i] + come[i] - gone[i];
    }
    *sum = moved;
}

/// The value with `below` values before it: the number of entries that are at most `below`.
#[inline(always)]
fn position(histogram: &Cumulative, below: u16) -> usize {
    // No entry exceeds `below` by 2^15 or more, so the highest bit of the difference says whether it is
    // greater.
    let mut more = [0; 16];
    for i in 0..16 {
        more[i] = below.wrapping_sub(histogram[i]) >> 15;
    }
    usize::from(16 - more.iter().sum::<u16>())
}
