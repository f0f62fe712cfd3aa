/// Smooth noise from hashed lattice points.
#[derive(Clone, Copy)]
pub(super) struct Noise(pub(super) u32);

impl Noise {
    /// The hash of a lattice point, -1 to 1.
    pub(super) fn lattice(self, x: i32, y: i32) -> f32 {
        let mut hash = self.0 ^ (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
        hash = (hash ^ (hash >> 16)).wrapping_mul(0x85EB_CA6B);
        hash = (hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35);
        hash ^= hash >> 16;
        (hash >> 8) as f32 / 8_388_608.0 - 1.0
    }

    /// Interpolated smoothly between lattice points, -1 to 1.
    pub(super) fn at(self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let ease = |t: f32| t * t * (3.0 - 2.0 * t);
        let (u, v) = (ease(x - left), ease(y - top));
        let (i, j) = (left as i32, top as i32);
        let upper = self.lattice(i, j) * (1.0 - u) + self.lattice(i + 1, j) * u;
        let lower = self.lattice(i, j + 1) * (1.0 - u) + self.lattice(i + 1, j + 1) * u;
        upper * (1.0 - v) + lower * v
    }

    /// Several octaves of noise, each half as large and half as strong as the one before; about -1 to 1.
    pub(super) fn fractal(self, mut x: f32, mut y: f32, octaves: u32) -> f32 {
        let (mut sum, mut strength) = (0.0, 0.5);
        for octave in 0..octaves {
            sum += strength * Self(self.0.wrapping_add(octave.wrapping_mul(0x632B_E5AB))).at(x, y);
            (x, y) = (2.0 * x + 17.3, 2.0 * y + 5.1);
            strength *= 0.5;
        }
        sum
    }

    /// Ridges: 1 where the fractal noise changes sign, falling to 0 on both sides.
    pub(super) fn ridges(self, x: f32, y: f32, octaves: u32) -> f32 {
        (1.0 - 4.0 * self.fractal(x, y, octaves).abs()).max(0.0)
    }
}
