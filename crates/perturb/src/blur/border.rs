//! What lies beyond a picture's border.

/// The position within `0..len` that stands for `position`, mirrored about the outermost pixels without
/// repeating them (OpenCV's `BORDER_REFLECT_101`), as often as needed.
pub(super) fn reflect_101(position: isize, len: usize) -> usize {
    if len <= 1 {
        return 0;
    }
    let last = len as isize - 1;
    let folded = position.rem_euclid(2 * last);
    if folded > last { (2 * last - folded) as usize } else { folded as usize }
}

/// A row with `radius` pixels of its mirror image on either side, value by value.
pub(super) fn pad_row(row: &[u8], channels: usize, radius: usize, padded: &mut Vec<u8>) {
    let width = row.len() / channels;
    padded.clear();
    let mirrored = |position: isize| {
        let start = reflect_101(position, width) * channels;
        &row[start..start + channels]
    };
    for position in -(radius as isize)..0 {
        padded.extend_from_slice(mirrored(position));
    }
    padded.extend_from_slice(row);
    for position in width..width + radius {
        padded.extend_from_slice(mirrored(position as isize));
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
    fn a_row_is_padded_pixel_by_pixel() {
        let mut padded = Vec::new();
        pad_row(&[1, 2, 3, 4, 5, 6], 2, 2, &mut padded);
        assert_eq!(padded, [5, 6, 3, 4, 1, 2, 3, 4, 5, 6, 3, 4, 1, 2]);
    }
}
