//! Medians of large squares from histograms, in a time that does not depend on their size: Perreault and Hébert,
//! "Median filtering in constant time", 2007.
//!
//! Each column has a histogram of the pixels that the squares on a row take from it. A square's histogram is that of
//! its neighbour, a column more and a column less. All of them are cumulative, so that moving one is an addition and
//! looking one up is a count, of 16 numbers at once: first of the values' upper four bits, then of the lower four of
//! those that have the median's upper ones. Of a square's 16 histograms of lower bits, that one alone is brought up to
//! date.

use multiversion::multiversion;

/// How many are at most each of 16 values.
type Cumulative = [u16; 16];

/// So many columns are taken at a time: their histograms, half a kibibyte each, stay in a core's cache.
const STRIP: usize = 512;

/// Writes to `out` the median of the square around each value of `image`, of the shape (height, width, channels); the
/// square's side is at most 255 pixels.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn blur(image: &[u8], out: &mut [u8], shape: (usize, usize, usize), size: usize) {
    let (height, width, channels) = shape;
    let radius = size / 2;
    let mut columns = Columns::new();
    let mut plane = Vec::new();
    for channel in 0..channels {
        for start in (0..width).step_by(STRIP) {
            let strip = start..(start + STRIP).min(width);
            // The columns that the strip's squares reach into.
            let reached = strip.start.saturating_sub(radius)..(strip.end + radius).min(width);
            plane.clear();
            for row in image.chunks_exact(width * channels) {
                let row = &row[reached.start * channels..reached.end * channels];
                plane.extend(row.iter().skip(channel).step_by(channels));
            }
            let row = |y: usize| &plane[y.min(height - 1) * reached.len()..][..reached.len()];
            columns.clear(reached.len());
            // Above the picture, its first row is repeated.
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

/// The histograms of columns side by side.
struct Columns {
    /// Of the upper four bits, a column each.
    upper: Vec<Cumulative>,
    /// Of the lower four, of the values with the same upper ones: those of all columns, for each of these.
    lower: Vec<Cumulative>,
    /// What a value adds to a histogram.
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

    /// Adds each column's value, so many times.
    #[inline(always)]
    fn add(&mut self, row: &[u8], times: u16) {
        let count = self.upper.len();
        for (column, (upper, &value)) in self.upper.iter_mut().zip(row).enumerate() {
            let (high, low) = halves(value);
            add(upper, &self.steps[high].map(|step| times * step));
            add(&mut self.lower[high * count + column], &self.steps[low].map(|step| times * step));
        }
    }

    /// Adds each column's value that comes in, and takes off the one that goes.
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
        // The columns beyond the border are the outermost once more.
        let within = |column: usize| column.saturating_sub(radius).min(last);
        let below = ((2 * radius + 1) * (2 * radius + 1) / 2) as u16;
        let mut upper = [0; 16];
        (first..=first + 2 * radius).for_each(|column| add(&mut upper, &self.upper[within(column)]));
        let mut lower = [[0; 16]; 16];
        // The column that each of them was brought up to.
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
    // Nothing is written before all is read, so that all can be read at once.
    let (mut moved, come, gone) = (*sum, *come, *gone);
    for i in 0..16 {
        moved[i] = moved[i] + come[i] - gone[i];
    }
    *sum = moved;
}

/// The value that `below` others come before: the number of entries that are at most `below`.
#[inline(always)]
fn position(histogram: &Cumulative, below: u16) -> usize {
    // No number exceeds half the pixels by 2^15, so the difference's highest bit tells whether it is more.
    let mut more = [0; 16];
    for i in 0..16 {
        more[i] = below.wrapping_sub(histogram[i]) >> 15;
    }
    usize::from(16 - more.iter().sum::<u16>())
}
