//! Trials by the gaps between what is rare.

/// Gaps shorter than this less one are drawn as they are.
const COLUMNS: usize = 128;

/// The words that one column has.
const CAPACITY: u64 = 1 << 57;

/// Trials by drawing how many of them come out alike before the next that does not: of the failures where these
/// are many, else of the successes.
///
/// A gap is k with probability p (1 - p)^k, p being that of what is rare. Of the 2^64 words each gap has its share,
/// rounded to a whole number (made by additions and multiplications alone, so that every machine draws the same
/// gaps); what is left over is the share of all longer ones, since gaps have no memory. The shares are laid out in
/// columns of equally many words, of which each holds at most two gaps' (Walker's alias method), so that a word
/// costs one look-up, whatever its gap.
pub(crate) struct Gaps {
    /// Whether the rarer outcome is success.
    success_is_rare: bool,
    /// Each column's first words, as many as these, are those of the gap that has the column's number.
    own: [u64; COLUMNS],
    /// The gap of a column's other words, and the column's number.
    lengths: [[u8; 2]; COLUMNS],
    next: Gap,
}

/// So many trials come out alike, and then one that does not, unless the gap is longer than what is drawn at once.
#[derive(Clone, Copy)]
struct Gap {
    length: usize,
    ends: bool,
}

impl Gaps {
    /// Trials that succeed with `probability`, 0 to 1, by gaps from evenly distributed words.
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
            // Without a branch, since whether a gap ends is as good as random.
            *trial = next.ends == self.success_is_rare;
            let gap = self.draw(word());
            next = Gap { length: next.length + usize::from(next.ends) + gap.length, ends: gap.ends };
        }
        self.next = Gap { length: next.length - trials.len(), ..next };
    }

    #[inline]
    fn draw(&self, word: u64) -> Gap {
        let column = (word / CAPACITY) as usize;
        // Looked up, since a branch would be mispredicted every other time.
        let length = self.lengths[column][usize::from(word % CAPACITY < self.own[column])];
        Gap { length: usize::from(length), ends: usize::from(length) < COLUMNS - 1 }
    }
}

/// Lays the gaps' shares out: each column that its own gap does not fill is filled up by one that has more words
/// than a column.
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

/// How many of the 2^64 words belong to each gap; the last share is that of all gaps as long or longer.
fn shares(probability: f64) -> [u128; COLUMNS] {
    const WORDS: f64 = 18_446_744_073_709_551_616.0;
    let mut shares = [0; COLUMNS];
    let (mut ended, mut ended_words) = (0.0, 0);
    for share in &mut shares[..COLUMNS - 1] {
        // From below, so that small probabilities keep their precision.
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
