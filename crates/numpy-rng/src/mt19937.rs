use multiversion::multiversion;

/// The Mersenne Twister (Matsumoto and Nishimura 1998), with the reference implementation's two ways of seeding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mt19937 {
    state: Box<[u32; SIZE]>,
    /// The words of the state; those from `position` on are still to be handed out.
    words: Box<[u32; SIZE]>,
    position: usize,
}

const SIZE: usize = 624;
const SHIFT: usize = 397;

impl Mt19937 {
    /// `init_genrand`.
    pub(crate) fn from_number(seed: u32) -> Self {
        let mut state = Box::new([seed; SIZE]);
        for i in 1..SIZE {
            state[i] = 1_812_433_253_u32.wrapping_mul(spread(state[i - 1])).wrapping_add(i as u32);
        }
        Self { state, words: Box::new([0; SIZE]), position: SIZE }
    }

    /// `init_by_array`. No words count as one word of 0.
    pub(crate) fn from_words(words: &[u32]) -> Self {
        let words = if words.is_empty() { &[0] } else { words };
        let mut twister = Self::from_number(19_650_218);
        let state = &mut twister.state;
        let mut i = 1;
        let mut next = |i: &mut usize, change: &dyn Fn(u32, u32) -> u32| {
            state[*i] = change(state[*i], spread(state[*i - 1]));
            *i += 1;
            if *i == SIZE {
                state[0] = state[SIZE - 1];
                *i = 1;
            }
        };
        for (j, &word) in words.iter().enumerate().cycle().take(SIZE.max(words.len())) {
            let added = word.wrapping_add(j as u32);
            next(&mut i, &|value, before| (value ^ before.wrapping_mul(1_664_525)).wrapping_add(added));
        }
        for _ in 1..SIZE {
            let index = i as u32;
            next(&mut i, &|value, before| (value ^ before.wrapping_mul(1_566_083_941)).wrapping_sub(index));
        }
        state[0] = 1 << 31;
        twister
    }

    #[inline]
    pub(crate) fn next_u32(&mut self) -> u32 {
        if self.position == SIZE {
            twist(&mut self.state, &mut self.words);
            self.position = 0;
        }
        let word = self.words[self.position];
        self.position += 1;
        word
    }

    /// A double of [0, 1), a multiple of 2^-53, from two words (`genrand_res53`).
    #[inline]
    pub(crate) fn next_f64(&mut self) -> f64 {
        double([self.next_u32(), self.next_u32()])
    }

    /// Fills `numbers` with what [`next_f64`](Self::next_f64) would return one after the other.
    pub(crate) fn fill_f64(&mut self, numbers: &mut [f64]) {
        let mut filled = 0;
        while filled < numbers.len() {
            let rest = &mut numbers[filled..];
            let ready = self.words[self.position..].as_chunks::<2>().0;
            if ready.is_empty() {
                rest[0] = self.next_f64();
                filled += 1;
                continue;
            }
            rest.iter_mut().zip(ready).for_each(|(number, words)| *number = double(*words));
            let count = rest.len().min(ready.len());
            self.position += 2 * count;
            filled += count;
        }
    }
}

/// Advances the state, and takes its words.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn twist(state: &mut [u32; SIZE], words: &mut [u32; SIZE]) {
    const BACK: usize = SIZE - SHIFT;
    // In parts without a remainder by `SIZE`, so that many words are computed together.
    for i in 0..BACK {
        state[i] = twisted(state[i], state[i + 1], state[i + SHIFT]);
    }
    for i in BACK..SIZE - 1 {
        state[i] = twisted(state[i], state[i + 1], state[i - BACK]);
    }
    state[SIZE - 1] = twisted(state[SIZE - 1], state[0], state[SHIFT - 1]);
    for i in 0..SIZE {
        words[i] = tempered(state[i]);
    }
}

#[inline(always)]
fn twisted(word: u32, next: u32, shifted: u32) -> u32 {
    let joined = (word & (1 << 31)) | (next & (u32::MAX >> 1));
    let odd = if joined & 1 == 1 { 0x9908_B0DF } else { 0 };
    shifted ^ (joined >> 1) ^ odd
}

#[inline(always)]
fn tempered(mut word: u32) -> u32 {
    word ^= word >> 11;
    word ^= (word << 7) & 0x9D2C_5680;
    word ^= (word << 15) & 0xEFC6_0000;
    word ^ (word >> 18)
}

#[inline(always)]
fn double([high, low]: [u32; 2]) -> f64 {
    let (high, low) = (f64::from(high >> 5), f64::from(low >> 6));
    (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
}

fn spread(word: u32) -> u32 {
    word ^ (word >> 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_authors_output() {
        // The first and the last line of the 1000 words of `mt19937ar.out`, which the authors publish.
        let mut twister = Mt19937::from_words(&[0x123, 0x234, 0x345, 0x456]);
        let words: Vec<u32> = (0..1000).map(|_| twister.next_u32()).collect();
        assert_eq!(words[..5], [1_067_595_299, 955_945_823, 477_289_528, 4_107_218_783, 4_228_976_476]);
        assert_eq!(words[995..], [2_643_151_863, 3_896_204_135, 2_416_995_901, 1_397_735_321, 3_460_025_646]);
    }

    #[test]
    fn many_doubles_are_those_that_come_one_by_one() {
        for skipped in 0..3 {
            for count in [0, 1, 5, 310, 311, 312, 313, 1000] {
                let (mut one, mut many) = (Mt19937::from_number(7), Mt19937::from_number(7));
                (0..skipped).for_each(|_| assert_eq!(one.next_u32(), many.next_u32()));
                let mut numbers = vec![0.0; count];
                many.fill_f64(&mut numbers);
                assert!(numbers.iter().all(|&number| number == one.next_f64()));
                assert_eq!(one, many, "{skipped} {count}");
            }
        }
    }

    #[test]
    fn the_ten_thousandth_word_of_the_customary_seed_is_the_standards() {
        // ISO C++ [rand.predef]: the 10,000th word of `mt19937`, whose seed is 5489.
        let mut twister = Mt19937::from_number(5489);
        let last = (0..10_000).map(|_| twister.next_u32()).last();
        assert_eq!(last, Some(4_123_659_995));
    }
}
