/// Composites pixels of four channels on white, with Pillow's integers (`src/libImaging/AlphaComposite.c`).
pub(crate) fn composite_on_white(pixels: impl Iterator<Item = [u8; 4]>, out: &mut Vec<u8>) {
    out.clear();
    for [r, g, b, alpha] in pixels {
        out.extend([r, g, b].map(|value| composite(value, alpha)));
    }
}

fn composite(value: u8, alpha: u8) -> u8 {
    const PRECISION: u32 = 7;
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    if alpha == 0 {
        return 255;
    }
    // White is opaque, so that the sum of both weights is 255 * 255.
    let blend = alpha * 255 + 255 * (255 - alpha);
    let over = alpha * 255 * 255 * (1 << PRECISION) / blend;
    let under = 255 * (1 << PRECISION) - over;
    let sum = value * over + 255 * under + (0x80 << PRECISION);
    (((sum >> 8) + sum) >> 8 >> PRECISION) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opaque_pixels_stay_and_transparent_ones_are_white() {
        for value in 0..=255 {
            assert_eq!((composite(value, 255), composite(value, 0)), (value, 255));
        }
    }
}
