use multiversion::multiversion;
use multiversion::target::target_cfg_f;

const MULTIPLIER: u128 = 0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645;

/// The number of states advanced at once.
const LANES: usize = 16;

/// [`LANES`] steps in one: the multiplier, and the factor of the increment.
const JUMP: (u128, u128) = {
    let (mut multiplier, mut increments, mut steps) = (1_u128, 0_u128, 0);
    while steps < LANES {
        increments = increments.wrapping_mul(MULTIPLIER).wrapping_add(1);
        multiplier = multiplier.wrapping_mul(MULTIPLIER);
        steps += 1;
    }
    (multiplier, increments)
};

/// PCG64 (XSL-RR 128/64; O'Neill 2014): a linear congruential generator, whose words are its state folded and
/// rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pcg64 {
    state: u128,
    increment: u128,
}

impl Pcg64 {
    pub(crate) fn new(seed: u128, stream: u128) -> Self {
        let increment = (stream << 1) | 1;
        let mut pcg = Self { state: increment.wrapping_add(seed), increment };
        pcg.step();
        pcg
    }

    #[inline]
    fn step(&mut self) {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }

    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.step();
        word(self.state as u64, (self.state >> 64) as u64)
    }

    pub(crate) fn fill(&mut self, words: &mut [u64]) {
        fill(self, words);
    }
}

#[inline(always)]
fn word(low: u64, high: u64) -> u64 {
    (low ^ high).rotate_right((high >> 58) as u32)
}

/// Each step depends on the previous state, so a processor must wait for it. Here, [`LANES`] states advance
/// side by side, each over the words of the others.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn fill(pcg: &mut Pcg64, words: &mut [u64]) {
    if !target_cfg_f!(target_feature = "avx2") {
        words.iter_mut().for_each(|out| *out = pcg.next());
        return;
    }
    let (first, rest) = words.split_at_mut(words.len().min(LANES));
    let (mut low, mut high) = ([0; LANES], [0; LANES]);
    for ((out, low), high) in first.iter_mut().zip(&mut low).zip(&mut high) {
        *out = pcg.next();
        (*low, *high) = (pcg.state as u64, (pcg.state >> 64) as u64);
    }
    let increment = pcg.increment.wrapping_mul(JUMP.1);
    let (blocks, rest) = rest.as_chunks_mut::<LANES>();
    if !blocks.is_empty() {
        for block in blocks {
            jump(&mut low, &mut high, increment);
            for lane in 0..LANES {
                block[lane] = word(low[lane], high[lane]);
            }
        }
        pcg.state = u128::from(high[LANES - 1]) << 64 | u128::from(low[LANES - 1]);
    }
    rest.iter_mut().for_each(|out| *out = pcg.next());
}

/// Advances each state by [`LANES`] steps.
#[inline(always)]
fn jump(low: &mut [u64; LANES], high: &mut [u64; LANES], increment: u128) {
    const LOW: u64 = JUMP.0 as u64;
    const HIGH: u64 = (JUMP.0 >> 64) as u64;
    let (increment_low, increment_high) = (increment as u64, (increment >> 64) as u64);
    for lane in 0..LANES {
        let state = low[lane];
        let product = state.wrapping_mul(LOW);
        low[lane] = product.wrapping_add(increment_low);
        high[lane] = (high[lane].wrapping_mul(LOW))
            .wrapping_add(state.wrapping_mul(HIGH))
            .wrapping_add(high_product(state, LOW))
            .wrapping_add(increment_high)
            .wrapping_add(u64::from(low[lane] < product));
    }
}

/// The upper half of a 128-bit product, from 32-bit by 32-bit products, which vector units have.
#[inline(always)]
fn high_product(a: u64, b: u64) -> u64 {
    const HALF: u64 = u32::MAX as u64;
    let crossed = (a & HALF) * (b >> 32);
    let middle = (((a & HALF) * (b & HALF)) >> 32) + (crossed & HALF) + (a >> 32) * (b & HALF);
    (a >> 32) * (b >> 32) + (crossed >> 32) + (middle >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_at_once_are_the_words_one_by_one(seed: u128, stream: u128, count in 0_usize..100) {
            let (mut at_once, mut one_by_one) = (Pcg64::new(seed, stream), Pcg64::new(seed, stream));
            let mut words = vec![0; count];
            at_once.fill(&mut words);
            let expected: Vec<u64> = (0..count).map(|_| one_by_one.next()).collect();
            prop_assert_eq!(words, expected);
            prop_assert_eq!(at_once, one_by_one);
        }

        #[test]
        fn upper_halves_are_those_of_128_bits(a: u64, b: u64) {
            prop_assert_eq!(high_product(a, b), ((u128::from(a) * u128::from(b)) >> 64) as u64);
            prop_assert_eq!(high_product(u64::MAX, b), ((u128::from(u64::MAX) * u128::from(b)) >> 64) as u64);
        }

        #[test]
        fn a_jump_is_that_many_steps(seed: u128, stream: u128) {
            let mut pcg = Pcg64::new(seed, stream);
            let (mut low, mut high) = ([pcg.state as u64; LANES], [(pcg.state >> 64) as u64; LANES]);
            jump(&mut low, &mut high, pcg.increment.wrapping_mul(JUMP.1));
            (0..LANES).for_each(|_| pcg.step());
            prop_assert_eq!((low, high), ([pcg.state as u64; LANES], [(pcg.state >> 64) as u64; LANES]));
        }
    }
}
