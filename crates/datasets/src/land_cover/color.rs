/// Red, green and blue, 0 to 255.
pub(super) type Color = [f32; 3];

/// `a` with a share of `b` in it.
pub(super) fn mix(a: Color, b: Color, share: f32) -> Color {
    let share = share.clamp(0.0, 1.0);
    [0, 1, 2].map(|k| a[k] * (1.0 - share) + b[k] * share)
}

/// A colour brighter by some grey levels.
pub(super) fn lift(color: Color, by: f32) -> Color {
    color.map(|value| value + by)
}
