//! Medians of large squares from histograms, in a time that does not depend on their size: Perreault and Hébert,
//! "Median filtering in constant time", 2007.
//!
//! Each column has a histogram of the pixels that the squares on a row take from it. A square's histogram is that of
//! its neighbour, a column more and a column less. All of them are cumulative, so that moving one is an addition and
//! looking one up is a count, of 16 numbers at once: first of the values' upper four bits, then of the lower four
//! within the 16 values that the median was found in; only those are kept up to date.

use multiversion::multiversion;

/// How many are at most each of 16 values.
type Cumulative = [u16; 16];

/// What a value adds to a histogram.
const STEPS: [Cumulative; 16] = {
    let mut steps = [[0; 16]; 16];
    let mut value = 0;
    while value < 16 {
        let mut at = value;
        while at < 16 {
            steps[value][at] = 1;
            at += 1;
        }
        value += 1;
    }
    steps
};

/// So many columns are taken at a time: their histograms, half a kibibyte each, stay in a core's cache.
const STRIP: usize = 512;

/// Replaces each value of `image`, of the shape (height, width, channels), by the median of a square of at most 255
/// pixels around it.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn blur(image: &[u8], out: &mut [u8], shape: (usize, usize, usize), size: usize) {
    let (height, width, channels) = shape;
    let radius = size / 2;
    let mut columns = Columns::default();
    for channel in 0..channels {
        for start in (0..width).step_by(STRIP) {
            let strip = start..(start + STRIP).min(width);
            // The columns that the strip's squares reach into.
            let reached = strip.start.saturating_sub(radius)..(strip.end + radius).min(width);
            let row = |y: usize| {
                let row = &image[y * width * channels..][..width * channels];
                row[reached.start * channels..reached.end * channels].iter().skip(channel).step_by(channels)
            };
            columns.clear(reached.len());
            columns.add(row(0), radius as u16);
            (0..=radius).for_each(|y| columns.add(row(y.min(height - 1)), 1));
            for y in 0..height {
                if y > 0 {
                    columns.slide(row((y + radius).min(height - 1)), row((y - 1).saturating_sub(radius)));
                }
                let out = &mut out[y * width * channels..][..width * channels];
                let out = out[strip.start * channels..strip.end * channels].iter_mut();
                let first = strip.start - reached.start;
                columns.medians(out.skip(channel).step_by(channels), first, radius);
            }
        }
    }
}

/// The histograms of columns side by side.
#[derive(Default)]
struct Columns {
    /// Of the upper four bits, a column each.
    upper: Vec<Cumulative>,
    /// Of the lower four, of the values with the same upper ones: those of all columns, for each of these.
    lower: Vec<Cumulative>,
}

impl Columns {
    #[inline(always)]
    fn clear(&mut self, count: usize) {
        self.upper.clear();
        self.lower.clear();
        self.upper.resize(count, [0; 16]);
        self.lower.resize(16 * count, [0; 16]);
    }

    /// Adds each column's value, so many times.
    #[inline(always)]
    fn add<'a>(&mut self, row: impl Iterator<Item = &'a u8>, times: u16) {
        let count = self.upper.len();
        for (column, (upper, &value)) in self.upper.iter_mut().zip(row).enumerate() {
            let (high, low) = halves(value);
            add(upper, &STEPS[high].map(|step| times * step));
            add(&mut self.lower[high * count + column], &STEPS[low].map(|step| times * step));
        }
    }

    /// Adds each column's value that comes in, and takes off the one that goes.
    #[inline(always)]
    fn slide<'a>(&mut self, come: impl Iterator<Item = &'a u8>, gone: impl Iterator<Item = &'a u8>) {
        let count = self.upper.len();
        for (column, ((upper, &come), &gone)) in self.upper.iter_mut().zip(come).zip(gone).enumerate() {
            let ((high, low), (high_gone, low_gone)) = (halves(come), halves(gone));
            move_on(upper, &STEPS[high], &STEPS[high_gone]);
            add(&mut self.lower[high * count + column], &STEPS[low]);
            take(&mut self.lower[high_gone * count + column], &STEPS[low_gone]);
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

/// The value that `below` others come before, found by halves.
#[inline(always)]
fn position(histogram: &Cumulative, below: u16) -> usize {
    let mut position = 0;
    for step in [8, 4, 2, 1] {
        position += if histogram[position + step - 1] <= below { step } else { 0 };
    }
    position
}
