use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// A random stream for one purpose. Streams of another purpose, seed or number share nothing with it, and neither does
/// a `ChaCha8` that is seeded by `seed_from_u64`, such as that of a perturber's noise.
pub(crate) fn stream(purpose: &str, seed: u64, number: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    let words = seed.to_le_bytes().into_iter().chain(purpose.bytes());
    key.iter_mut().zip(words).for_each(|(to, byte)| *to = byte);
    let mut random = ChaCha8Rng::from_seed(key);
    random.set_stream(number);
    random
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    fn words(mut random: ChaCha8Rng) -> [u64; 4] {
        [(); 4].map(|()| random.next_u64())
    }

    #[test]
    fn purposes_seeds_and_numbers_have_streams_of_their_own() {
        let one = words(stream("tiles", 7, 3));
        assert_eq!(one, words(stream("tiles", 7, 3)));
        for other in [stream("tiles", 7, 4), stream("tiles", 8, 3), stream("sample", 7, 3)] {
            assert_ne!(one, words(other));
        }
        // What perturbers draw from: `perturb::Random::chacha`.
        let mut noise = ChaCha8Rng::seed_from_u64(7);
        noise.set_stream(3);
        assert_ne!(one, words(noise));
    }
}
