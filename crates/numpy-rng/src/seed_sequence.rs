use std::str::FromStr;

/// Hashes a seed of any length to any number of well-mixed bits: `numpy.random.SeedSequence`.
///
/// A seed is an unsigned integer of any size, or a list of them. As in NumPy, different seeds can be equal: a
/// list is hashed as the 32-bit words of its numbers, joined, and seeds of up to four words are padded with
/// zeros. So `[123, 0]` equals `123`, and `[5, 1]` equals `2^32 + 5`:
///
/// ```
/// use numpy_rng::SeedSequence;
///
/// // >>> numpy.random.SeedSequence(2**80 + 12345).generate_state(2)
/// let seed: SeedSequence = "1208925819614629174718521".parse()?;
/// assert_eq!(seed, SeedSequence::from((1_u128 << 80) + 12345));
/// assert_eq!(SeedSequence::from([123_u64, 0]), SeedSequence::from(123_u64));
/// assert_eq!(SeedSequence::from([5_u64, 1]), SeedSequence::from((1_u64 << 32) + 5));
/// # Ok::<(), numpy_rng::ParseSeedError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeedSequence {
    pool: [u32; POOL],
}

const POOL: usize = 4;
const INIT_A: u32 = 0x43B0_D7E5;
const MULT_A: u32 = 0x931E_8875;
const INIT_B: u32 = 0x8B51_F9DD;
const MULT_B: u32 = 0x58F3_8DED;
const MIX_L: u32 = 0xCA01_F9DD;
const MIX_R: u32 = 0x4973_F715;

/// One step of the hash, which also advances `constant`.
fn hash(value: u32, constant: &mut u32, multiplier: u32) -> u32 {
    let value = value ^ *constant;
    *constant = constant.wrapping_mul(multiplier);
    let value = value.wrapping_mul(*constant);
    value ^ (value >> 16)
}

fn mix(x: u32, y: u32) -> u32 {
    let mixed = MIX_L.wrapping_mul(x).wrapping_sub(MIX_R.wrapping_mul(y));
    mixed ^ (mixed >> 16)
}

impl SeedSequence {
    /// A seed of these 32-bit words, least significant first.
    ///
    /// ```
    /// use numpy_rng::SeedSequence;
    ///
    /// assert_eq!(SeedSequence::from_words(&[5, 1]), SeedSequence::from((1_u64 << 32) + 5));
    /// ```
    #[must_use]
    pub fn from_words(entropy: &[u32]) -> Self {
        let mut constant = INIT_A;
        let mut pool = [0; POOL];
        for (i, word) in pool.iter_mut().enumerate() {
            *word = hash(entropy.get(i).copied().unwrap_or(0), &mut constant, MULT_A);
        }
        for from in 0..POOL {
            for to in 0..POOL {
                if from != to {
                    pool[to] = mix(pool[to], hash(pool[from], &mut constant, MULT_A));
                }
            }
        }
        for &word in entropy.iter().skip(POOL) {
            for to in &mut pool {
                *to = mix(*to, hash(word, &mut constant, MULT_A));
            }
        }
        Self { pool }
    }

    /// The first `N` words generated from the seed: `generate_state(N, numpy.uint64)`.
    ///
    /// ```
    /// use numpy_rng::SeedSequence;
    ///
    /// assert_eq!(SeedSequence::from(0_u64).generate_state::<1>(), [15_793_235_383_387_715_774]);
    /// ```
    #[must_use]
    pub fn generate_state<const N: usize>(&self) -> [u64; N] {
        let mut constant = INIT_B;
        let mut next = |place: usize| u64::from(hash(self.pool[place % POOL], &mut constant, MULT_B));
        std::array::from_fn(|i| next(2 * i) | (next(2 * i + 1) << 32))
    }
}

/// Appends the words of a number: as many as it needs, but at least one.
fn push_words(words: &mut Vec<u32>, mut number: u128) {
    loop {
        words.push(number as u32);
        number >>= 32;
        if number == 0 {
            return;
        }
    }
}

impl From<u128> for SeedSequence {
    fn from(seed: u128) -> Self {
        let mut words = Vec::with_capacity(4);
        push_words(&mut words, seed);
        Self::from_words(&words)
    }
}

impl From<u64> for SeedSequence {
    fn from(seed: u64) -> Self {
        u128::from(seed).into()
    }
}

impl From<u32> for SeedSequence {
    fn from(seed: u32) -> Self {
        u128::from(seed).into()
    }
}

impl From<&[u64]> for SeedSequence {
    fn from(seeds: &[u64]) -> Self {
        let mut words = Vec::with_capacity(2 * seeds.len());
        for &seed in seeds {
            push_words(&mut words, seed.into());
        }
        Self::from_words(&words)
    }
}

impl<const N: usize> From<[u64; N]> for SeedSequence {
    fn from(seeds: [u64; N]) -> Self {
        seeds.as_slice().into()
    }
}

/// A text is not an unsigned decimal number.
///
/// ```
/// let error = "-1".parse::<numpy_rng::SeedSequence>().unwrap_err();
/// assert_eq!(error.to_string(), "`-1` is not a seed: expected an unsigned decimal number");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a seed: expected an unsigned decimal number")]
pub struct ParseSeedError {
    text: String,
}

impl FromStr for SeedSequence {
    type Err = ParseSeedError;

    /// Reads a decimal number of any length.
    fn from_str(text: &str) -> Result<Self, ParseSeedError> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseSeedError { text: text.to_owned() });
        }
        let mut words = vec![0_u32];
        for digit in text.bytes() {
            let mut carry = u64::from(digit - b'0');
            for word in &mut words {
                let product = u64::from(*word) * 10 + carry;
                *word = product as u32;
                carry = product >> 32;
            }
            if carry > 0 {
                words.push(carry as u32);
            }
        }
        Ok(Self::from_words(&words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn zero_is_one_word_in_a_list() {
        assert_eq!(SeedSequence::from([0_u64]), SeedSequence::from(0_u64));
        assert_eq!(SeedSequence::from([0_u64, 7]), SeedSequence::from_words(&[0, 7]));
    }

    #[test]
    fn zeros_at_the_end_count_from_the_fifth_word() {
        assert_eq!(SeedSequence::from([7_u64, 0, 0, 0]), SeedSequence::from(7_u64));
        assert_ne!(SeedSequence::from([7_u64, 0, 0, 0, 0]), SeedSequence::from(7_u64));
    }

    proptest! {
        #[test]
        fn a_number_is_read_as_it_is_written(seed: u128) {
            prop_assert_eq!(seed.to_string().parse::<SeedSequence>().unwrap(), SeedSequence::from(seed));
        }

        #[test]
        fn text_that_is_not_a_number_is_refused(text in "[^0-9]*|[0-9]+[^0-9]+") {
            prop_assert!(text.parse::<SeedSequence>().is_err());
        }
    }
}
