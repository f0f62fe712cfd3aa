//! Random trials, drawn by the gaps between the rarer outcomes.

/// Gaps below `COLUMNS - 1` are drawn directly; a draw of `COLUMNS - 1` means a gap at least that long.
const COLUMNS: usize = 128;

/// The number of words per column.
const CAPACITY: u64 = 1 << 57;

/// Trials, drawn as the gaps between the rarer outcomes: the number of commoner outcomes before the next
/// rarer one.
///
/// A gap has length k with probability p (1 - p)^k, where p is the probability of the rarer outcome. Each
/// length gets its share of the 2^64 words, rounded to an integer; the shares are computed by additions and
/// multiplications only, so that every machine draws the same gaps. The remaining words stand for all longer
/// gaps, which are drawn in several steps, since the geometric distribution has no memory. The shares are
/// laid out in columns of equal size with at most two lengths each (Walker's alias method), so a word takes
/// one look-up.
pub(crate) struct Gaps {
    /// Whether success is the rarer outcome.
    success_is_rare: bool,
    /// How many words of each column, from its first, stand for the gap whose length is the column's number.
    own: [u64; COLUMNS],
    /// The length that a column's other words stand for, and the column's number.
    lengths: [[u8; 2]; COLUMNS],
    next: Gap,
}

/// `length` commoner outcomes, followed by a rarer one if the gap ends here.
#[derive(Clone, Copy)]
struct Gap {
    length: usize,
    ends: bool,
}

impl Gaps {
    /// Trials that succeed with `probability`, 0 to 1, from uniformly distributed words.
    pub(crate) fn new(probability: f64, mut word: impl FnMut() -> u64) -> Self {
        let success_is_rare = probability <= 0.5;
        let (own, other) = columns(shares(if success_is_rare { probability } else { 1.0 - probability }));
        let lengths = std::array::from_fn(|column| [other[column], column as u8]);
        let mut gaps = Self { success_is_rare, own, lengths, next: Gap { length: 0, ends: false } };
        gaps.next = gaps.draw(word());
        gaps
    }

    /// Whether each of the next trials succeeds.
    pub(crate) fn fill(&mut self, trials: &mut [bool], mut word: impl FnMut() -> u64) {
        trials.fill(!self.success_is_rare);
        let mut next = self.next;
        while let Some(trial) = trials.get_mut(next.length) {
            // Without a branch: whether a gap ends is hard to predict.
            *trial = next.ends == self.success_is_rare;
            let gap = self.draw(word());
            next = Gap { length: next.length + usize::from(next.ends) + gap.length, ends: gap.ends };
        }
        self.next = Gap { length: next.length - trials.len(), ..next };
    }

    #[inline]
    fn draw(&self, word: u64) -> Gap {
        let column = (word / CAPACITY) as usize;
        // Looked up: a branch would be mispredicted half the time.
        let length = self.lengths[column][usize::from(word % CAPACITY < self.own[column])];
        Gap { length: usize::from(length), ends: usize::from(length) < COLUMNS - 1 }
    }
}

/// Lays out the shares. A column that its own share does not fill is filled up from a share larger than a
/// column.
fn columns(mut left: [u128; COLUMNS]) -> ([u64; COLUMNS], [u8; COLUMNS]) {
    let capacity = u128::from(CAPACITY);
    let (mut own, mut other) = ([CAPACITY; COLUMNS], [0; COLUMNS]);
    let (mut poor, mut rich): (Vec<usize>, Vec<usize>) = (0..COLUMNS).partition(|&gap| left[gap] < capacity);
    while let (Some(column), Some(&giver)) = (poor.pop(), rich.last()) {
        own[column] = left[column] as u64;
        other[column] = giver as u8;
        left[giver] -= capacity - left[column];
        if left[giver] < capacity {
            rich.pop();
            poor.push(giver);
        }
    }
    (own, other)
}

/// The share of the 2^64 words for each length; the last one is for this length and all longer ones.
fn shares(probability: f64) -> [u128; COLUMNS] {
    const WORDS: f64 = 18_446_744_073_709_551_616.0;
    let mut shares = [0; COLUMNS];
    let (mut ended, mut ended_words) = (0.0, 0);
    for share in &mut shares[..COLUMNS - 1] {
        // Summed from the smallest, so that small probabilities keep their precision.
        ended += probability * (1.0 - ended);
        let words = (ended * WORDS) as u128;
        *share = words - ended_words;
        ended_words = words;
    }
    shares[COLUMNS - 1] = (1 << 64) - ended_words;
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gap_has_the_words_that_its_probability_asks_for() {
        for probability in [1e-15, 1e-12, 0.0001, 0.003, 0.05, 0.2, 0.3333, 0.5] {
            let (own, other) = columns(shares(probability));
            let mut words = [0_u128; COLUMNS];
            for column in 0..COLUMNS {
                words[column] += u128::from(own[column]);
                words[usize::from(other[column])] += u128::from(CAPACITY - own[column]);
            }
            assert_eq!(words.iter().sum::<u128>(), 1 << 64);
            let shares = words.map(|words| words as f64 / 2.0_f64.powi(64));
            for (gap, share) in shares.into_iter().enumerate() {
                let at_least = (gap as f64 * (-probability).ln_1p()).exp();
                let expected = if gap == COLUMNS - 1 { at_least } else { probability * at_least };
                assert!(
                    (share - expected).abs() < 1e-15,
                    "gap {gap} at {probability}: {share} for {expected}"
                );
            }
            assert!((shares[0] / probability - 1.0).abs() < 1e-4, "{} for {probability}", shares[0]);
        }
    }

    #[test]
    fn a_word_gives_its_columns_gaps() {
        let gaps = Gaps::new(0.05, || 0);
        for column in 0..COLUMNS {
            let first = column as u64 * CAPACITY;
            let own = gaps.own[column];
            assert!(own == 0 || gaps.draw(first).length == column);
            assert!(own == CAPACITY || gaps.draw(first + own).length == usize::from(gaps.lengths[column][0]));
        }
    }

    #[test]
    fn trials_do_not_depend_on_how_many_are_asked_for_at_once() {
        for probability in [1e-12, 0.001, 0.3, 0.8] {
            let words = || {
                let mut word = 1_u64;
                move || {
                    word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    word
                }
            };
            let (mut all, mut parts) = ([false; 1000], [false; 1000]);
            let mut stream = words();
            Gaps::new(probability, &mut stream).fill(&mut all, &mut stream);
            let mut stream = words();
            let mut gaps = Gaps::new(probability, &mut stream);
            parts.chunks_mut(7).for_each(|part| gaps.fill(part, &mut stream));
            assert_eq!(all, parts);
        }
    }
}
