use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::canvas::Color;
use super::noise::Noise;

/// The random choices of one tile.
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Self(random)
    }

    /// Evenly from 0 to 1.
    pub(super) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / 16_777_216.0
    }

    /// Evenly from `low` to `high`.
    pub(super) fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// Around 0 with deviation 1, at most 3 away: three even draws come close to the normal law.
    pub(super) fn spread(&mut self) -> f32 {
        2.0 * (self.unit() + self.unit() + self.unit() - 1.5)
    }

    pub(super) fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[((self.unit() * from.len() as f32) as usize).min(from.len() - 1)]
    }

    /// A unit vector of any direction.
    pub(super) fn direction(&mut self) -> (f32, f32) {
        loop {
            let (x, y) = (self.range(-1.0, 1.0), self.range(-1.0, 1.0));
            let square = x * x + y * y;
            if (0.01..=1.0).contains(&square) {
                let length = square.sqrt();
                return (x / length, y / length);
            }
        }
    }

    pub(super) fn noise(&mut self) -> Noise {
        Noise(self.0.next_u32())
    }

    /// A colour like this one: a little brighter or darker, a little off.
    pub(super) fn near(&mut self, color: Color, deviation: f32) -> Color {
        let shade = self.spread() * deviation;
        color.map(|value| value + shade + self.spread() * deviation * 0.25)
    }
}
