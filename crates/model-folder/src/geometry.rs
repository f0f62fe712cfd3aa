//! Where a prepared picture's pixels come from.

use std::ops::Range;

/// How a picture is resized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resize {
    /// The shorter side to `resized`, keeping the shape, then a square of `side` from the middle.
    ShorterThenCrop { resized: usize, side: usize },
    /// The shorter side to this, keeping the shape.
    Shorter(usize),
    /// To this height and width, whatever becomes of the shape.
    Warp(usize, usize),
}

/// What is cut from a resized picture; where it lies beyond what there is, it is black.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) top: isize,
    pub(crate) left: isize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    /// The picture's rows and columns that no earlier window cut away.
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
}

/// The way from one size of picture to a tensor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Geometry {
    /// The height and width that the picture is resized to, if it is.
    pub(crate) resized: Option<(usize, usize)>,
    pub(crate) window: Window,
}

impl Geometry {
    pub(crate) fn of(
        (height, width): (usize, usize),
        resize: Option<Resize>,
        crop: Option<(usize, usize)>,
    ) -> Self {
        let shorter = |side: usize| {
            // Hugging Face's `get_resize_output_image_size`: the longer side is cut to a whole number.
            let long = |long: usize, short: usize| (side * long / short.max(1)).max(1);
            if width <= height { (long(height, width), side) } else { (side, long(width, height)) }
        };
        let size = match resize {
            None => (height, width),
            Some(Resize::ShorterThenCrop { resized, .. }) => shorter(resized),
            Some(Resize::Shorter(side)) => shorter(side),
            Some(Resize::Warp(height, width)) => (height, width),
        };
        let mut window = Window::whole(size);
        if let Some(Resize::ShorterThenCrop { side, .. }) = resize {
            window = window.centred(side, side);
        }
        if let Some((height, width)) = crop {
            window = window.centred(height, width);
        }
        Self { resized: resize.is_some().then_some(size).filter(|&size| size != (height, width)), window }
    }
}

/// The part of a window's row that shows something.
pub(crate) struct Shown<'a> {
    /// Its columns, counted from the window's left side; what is beside them is black.
    pub(crate) columns: Range<usize>,
    /// Its values.
    pub(crate) values: &'a [u8],
}

impl Window {
    /// What row `y` of the window shows of a picture whose rows are `across` pixels of so many channels.
    pub(crate) fn shown<'a>(&self, y: usize, values: &'a [u8], across: usize, channels: usize) -> Shown<'a> {
        let within = |column: usize| (column as isize - self.left).clamp(0, self.width as isize) as usize;
        let columns = within(self.columns.start)..within(self.columns.end);
        match usize::try_from(y as isize + self.top) {
            Ok(source) if self.rows.contains(&source) && !columns.is_empty() => {
                let start =
                    (source * across).wrapping_add_signed(columns.start as isize + self.left) * channels;
                Shown { values: &values[start..start + columns.len() * channels], columns }
            }
            _ => Shown { columns: 0..0, values: &[] },
        }
    }

    fn whole((height, width): (usize, usize)) -> Self {
        Self { top: 0, left: 0, height, width, rows: 0..height, columns: 0..width }
    }

    /// The window of this size in the middle of this one.
    fn centred(self, height: usize, width: usize) -> Self {
        let offset = |outer: usize, inner: usize| (outer as isize - inner as isize).div_euclid(2);
        Self {
            top: self.top + offset(self.height, height),
            left: self.left + offset(self.width, width),
            height,
            width,
            rows: seen(self.top, self.height, self.rows),
            columns: seen(self.left, self.width, self.columns),
        }
    }
}

/// The part of a range that a window of `len` from `start` on shows.
fn seen(start: isize, len: usize, range: Range<usize>) -> Range<usize> {
    let within = |end: isize| end.clamp(range.start as isize, range.end as isize) as usize;
    within(start)..within(start + len as isize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn convnext_resizes_the_shorter_side_and_crops() {
        let resize = Some(Resize::ShorterThenCrop { resized: 256, side: 224 });
        let geometry = Geometry::of((300, 260), resize, None);
        assert_eq!(geometry.resized, Some((295, 256)));
        let expected = Window { top: 35, left: 16, height: 224, width: 224, ..Window::whole((295, 256)) };
        assert_eq!(geometry.window, expected);
    }

    #[test]
    fn a_crop_larger_than_the_picture_reaches_beyond_it() {
        let geometry = Geometry::of((5, 8), None, Some((10, 8)));
        assert_eq!(
            geometry.window,
            Window { top: -3, left: 0, height: 10, width: 8, ..Window::whole((5, 8)) }
        );
        assert_eq!(geometry.resized, None);
    }

    #[test]
    fn a_second_crop_does_not_bring_back_what_the_first_cut() {
        let resize = Some(Resize::ShorterThenCrop { resized: 8, side: 6 });
        let window = Geometry::of((8, 8), resize, Some((8, 4))).window;
        let expected = Window { top: 0, left: 2, height: 8, width: 4, rows: 1..7, columns: 1..7 };
        assert_eq!(window, expected);
    }
}
