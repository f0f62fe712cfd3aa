//! How light goes through a drop on a glass plane.

use std::ops::{Add, Mul, Sub};

/// A point or a direction in the camera's coordinates: right, down, ahead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Vector(pub(super) [f64; 3]);

impl Vector {
    pub(super) fn dot(self, other: Self) -> f64 {
        self.0[0] * other.0[0] + self.0[1] * other.0[1] + self.0[2] * other.0[2]
    }

    pub(super) fn norm(self) -> f64 {
        self.dot(self).sqrt()
    }

    fn unit(self) -> Self {
        let norm = self.norm();
        Self(self.0.map(|value| value / norm))
    }
}

impl Add for Vector {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for Vector {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Mul<Vector> for f64 {
    type Output = Vector;

    fn mul(self, vector: Vector) -> Vector {
        Vector(vector.0.map(|value| self * value))
    }
}

/// A camera behind a glass plane, before a background plane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    /// Refractive indices.
    pub(super) n_air: f64,
    pub(super) n_water: f64,
    /// Distances of the two planes.
    pub(super) glass: f64,
    pub(super) background: f64,
    /// The tangent of the angle between the glass plane and the line of sight, and the plane's normal.
    pub(super) tangent: f64,
    pub(super) normal: Vector,
    /// Focal lengths, and the middle of the image, in pixels.
    pub(super) focal: [f64; 2],
    pub(super) middle: [f64; 2],
}

impl Scene {
    /// Where the line of sight of a pixel meets the glass.
    pub(super) fn on_glass(&self, x: usize, y: usize) -> Vector {
        let (x, y) = (x as f64 - self.middle[0], y as f64 - self.middle[1]);
        let ahead = self.glass * self.tangent / (self.tangent - y / self.focal[1]);
        Vector([ahead * x / self.focal[0], ahead * y / self.focal[1], ahead])
    }

    /// How far ahead the glass is at a place right and down.
    pub(super) fn depth(&self, right: f64, down: f64) -> f64 {
        let Vector([x, y, z]) = self.normal;
        (z * self.glass - x * right - y * down) / z
    }

    /// The pixel, column and row, whose line of sight meets the background where the one through `point` on the glass
    /// does that goes through a drop: refracted at the glass and at the sphere (Snell's law).
    pub(super) fn seen_through(&self, point: Vector, centre: Vector, radius: f64) -> [f64; 2] {
        let normal = self.normal;
        let foot = (normal.0[2] * self.glass / normal.dot(normal)) * normal;
        let total = (self.n_air / self.n_water).asin();

        let incidence = (point.dot(normal) / point.norm()).acos();
        let refraction = (self.n_air * incidence.sin() / self.n_water).asin();
        let along = (point - foot).unit();
        let ray = (normal + refraction.tan() * along).unit();

        let from_centre = point - centre;
        let ahead = ray.dot(from_centre);
        let discriminant = ahead * ahead - from_centre.dot(from_centre) + radius * radius;
        let on_sphere = point + (-ahead + discriminant.abs().sqrt()) * ray;

        let out = (on_sphere - centre).unit();
        let height = (on_sphere.dot(out) - point.dot(out)) / out.dot(out);
        let sideways = on_sphere - (height * out + point);
        let sideways = if sideways.norm() > 1e-10 { sideways.unit() } else { sideways };

        let crossed = on_sphere - point;
        let mut incidence = (out.dot(crossed) / crossed.norm()).acos();
        // Instead of total reflection.
        if incidence >= total {
            incidence = total - 0.2;
        }
        let refraction = (self.n_water * incidence.sin() / self.n_air).asin();
        let ray = out + refraction.tan() * sideways;
        let met = on_sphere + ((self.background - on_sphere.0[2]) / ray.0[2]) * ray;
        [0, 1].map(|i| {
            ((self.focal[i] * met.0[i] + self.middle[i] * met.0[2]) / self.background).round_ties_even()
        })
    }
}
