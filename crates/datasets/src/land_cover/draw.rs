use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::color::Color;
use super::noise::Noise;
use crate::random::stream;

/// The random choices of one tile.
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    pub(super) fn new(seed: u64, index: u64) -> Self {
        Self(stream("tiles", seed, index))
    }

    /// Uniform, from 0 up to 1.
    pub(super) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / 16_777_216.0
    }

    /// Uniform, from `low` up to `high`.
    pub(super) fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// About normal with mean 0 and standard deviation 1, and at most 3 in size: the sum of three uniform draws.
    pub(super) fn spread(&mut self) -> f32 {
        2.0 * (self.unit() + self.unit() + self.unit() - 1.5)
    }

    pub(super) fn chance(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[((self.unit() * from.len() as f32) as usize).min(from.len() - 1)]
    }

    /// A unit vector in a random direction.
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

    /// A colour close to this one in brightness and hue.
    pub(super) fn near(&mut self, color: Color, deviation: f32) -> Color {
        let shade = self.spread() * deviation;
        color.map(|value| value + shade + self.spread() * deviation * 0.25)
    }
}
