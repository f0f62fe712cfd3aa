//! Pixels beyond an image's border.

/// The position within `0..len` that `position` is mirrored to, about the outermost pixels and without
/// repeating them (OpenCV's `BORDER_REFLECT_101`), as often as needed.
pub(crate) fn reflect_101(position: isize, len: usize) -> usize {
    if len <= 1 {
        return 0;
    }
    let last = len as isize - 1;
    let folded = position.rem_euclid(2 * last);
    if folded > last { (2 * last - folded) as usize } else { folded as usize }
}

/// The places in a row whose values continue it by `radius` mirrored pixels on either side: those before it
/// and those after it.
pub(crate) fn mirrored(width: usize, channels: usize, radius: usize) -> (Vec<usize>, Vec<usize>) {
    let sources = |positions: std::ops::Range<isize>| {
        let pixels = positions.map(|position| reflect_101(position, width) * channels);
        pixels.flat_map(|start| start..start + channels).collect()
    };
    let (width, radius) = (width as isize, radius as isize);
    (sources(-radius..0), sources(width..width + radius))
}

/// Fills the margins before and after a row with its outermost pixels.
#[inline(always)]
pub(super) fn repeat_ends(row: &mut [u8], margin: usize, channels: usize) {
    for i in (0..margin).rev() {
        row[i] = row[i + channels];
    }
    for i in row.len() - margin..row.len() {
        row[i] = row[i - channels];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_mirrored_about_the_outermost_pixels() {
        let seen: Vec<usize> = (-4..9).map(|position| reflect_101(position, 3)).collect();
        assert_eq!(seen, [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0]);
        assert_eq!(reflect_101(-7, 1), 0);
    }

    #[test]
    fn rows_are_mirrored_pixel_by_pixel() {
        assert_eq!(mirrored(3, 2, 2), (vec![4, 5, 2, 3], vec![2, 3, 0, 1]));
        assert_eq!(mirrored(1, 2, 2), (vec![0, 1, 0, 1], vec![0, 1, 0, 1]));
    }

    #[test]
    fn the_outermost_pixels_are_repeated() {
        let mut row = [0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0];
        repeat_ends(&mut row, 4, 2);
        assert_eq!(row, [1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4]);
    }
}
