use super::canvas::SIDE;
use super::draw::Draw;
use super::noise::Noise;

/// Where a point lies within a division of the land.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Identifies the parcel.
    pub(super) parcel: (i32, i32),
    /// Distance to the parcel's border, in pixels.
    pub(super) border: f32,
    /// Along and across the parcels' common direction, in pixels.
    pub(super) along: f32,
    pub(super) across: f32,
}

/// Fields in rows: strips side by side, each cut into parcels.
pub(super) struct Strips {
    direction: (f32, f32),
    /// Where each strip begins, and where its parcels begin.
    strips: Vec<(f32, Vec<f32>)>,
}

impl Strips {
    /// Creates strips of `widths` and parcels of `lengths` pixels.
    pub(super) fn new(draw: &mut Draw, widths: (f32, f32), lengths: (f32, f32)) -> Self {
        let direction = draw.direction();
        let strips = cuts(draw, widths).into_iter().map(|start| (start, cuts(draw, lengths))).collect();
        Self { direction, strips }
    }

    pub(super) fn at(&self, x: f32, y: f32) -> Place {
        let (dx, dy) = self.direction;
        let (x, y) = (x - SIDE / 2.0, y - SIDE / 2.0);
        let (along, across) = (x * dx + y * dy, y * dx - x * dy);
        let strip = self.strips.partition_point(|(start, _)| *start <= across).max(1) - 1;
        let (start, cuts) = &self.strips[strip];
        let end = self.strips.get(strip + 1).map_or(f32::INFINITY, |(start, _)| *start);
        let cut = cuts.partition_point(|cut| *cut <= along).max(1) - 1;
        let next = cuts.get(cut + 1).copied().unwrap_or(f32::INFINITY);
        let border = (across - start).min(end - across).min(along - cuts[cut]).min(next - along);
        Place { parcel: (strip as i32, cut as i32), border, along, across }
    }
}

fn cuts(draw: &mut Draw, (low, high): (f32, f32)) -> Vec<f32> {
    let mut cuts = vec![-60.0 - draw.range(0.0, high)];
    while cuts[cuts.len() - 1] < 60.0 {
        let last = cuts[cuts.len() - 1];
        cuts.push(last + draw.range(low, high));
    }
    cuts
}

/// Irregular fields: cells around scattered points.
pub(super) struct Cells {
    size: f32,
    jitter: Noise,
}

impl Cells {
    /// Creates cells of about `size` pixels.
    pub(super) fn new(draw: &mut Draw, size: f32) -> Self {
        Self { size, jitter: draw.noise() }
    }

    pub(super) fn at(&self, x: f32, y: f32) -> Place {
        let (u, v) = (x / self.size, y / self.size);
        let (i, j) = (u.floor() as i32, v.floor() as i32);
        let (mut first, mut second, mut parcel) = (f32::INFINITY, f32::INFINITY, (0, 0));
        for b in j - 2..=j + 2 {
            for a in i - 2..=i + 2 {
                let px = a as f32 + 0.5 + 0.45 * self.jitter.lattice(a, b);
                let py = b as f32 + 0.5 + 0.45 * self.jitter.lattice(a + 1000, b);
                let distance = ((u - px) * (u - px) + (v - py) * (v - py)).sqrt();
                if distance < first {
                    second = first;
                    (first, parcel) = (distance, (a, b));
                } else if distance < second {
                    second = distance;
                }
            }
        }
        Place { parcel, border: 0.5 * (second - first) * self.size, along: x, across: y }
    }
}
