//! Where the pixels of a prepared image come from.

use std::ops::Range;

/// How an image is resized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Resize {
    /// The shortest edge to `resized`, keeping the aspect ratio, then a square of `side` from the centre.
    ShortestThenCrop { resized: usize, side: usize },
    /// The shortest edge to this, keeping the aspect ratio.
    Shortest(usize),
    /// To this height and width, regardless of the aspect ratio.
    Exact(usize, usize),
}

/// A crop from the centre, after resizing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CentreCrop {
    pub(crate) height: usize,
    pub(crate) width: usize,
    /// Half a pixel is rounded to the even one, as torchvision does, instead of down.
    pub(crate) rounds: bool,
}

/// The part of a resized image that is wanted. Outside of the image it is black.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) top: isize,
    pub(crate) left: isize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    /// The image's rows and columns that no earlier window cut away.
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
}

/// The way from an image's size to a tensor.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Geometry {
    /// The height and width that the image is resized to, if it is.
    pub(crate) resized: Option<(usize, usize)>,
    pub(crate) window: Window,
}

impl Geometry {
    pub(crate) fn of(
        (height, width): (usize, usize),
        resize: Option<Resize>,
        crop: Option<CentreCrop>,
    ) -> Self {
        let shorter = |side: usize| {
            // Hugging Face's `get_resize_output_image_size`: the longer side is cut to a whole number.
            let long = |long: usize, short: usize| (side * long / short.max(1)).max(1);
            if width <= height { (long(height, width), side) } else { (side, long(width, height)) }
        };
        let size = match resize {
            None => (height, width),
            Some(Resize::ShortestThenCrop { resized, .. }) => shorter(resized),
            Some(Resize::Shortest(side)) => shorter(side),
            Some(Resize::Exact(height, width)) => (height, width),
        };
        let mut window = Window::whole(size);
        if let Some(Resize::ShortestThenCrop { side, .. }) = resize {
            window = window.centred(CentreCrop { height: side, width: side, rounds: false });
        }
        if let Some(crop) = crop {
            window = window.centred(crop);
        }
        Self { resized: resize.is_some().then_some(size).filter(|&size| size != (height, width)), window }
    }
}

/// The part of a window's row that shows something.
pub(crate) struct Shown<'a> {
    /// Its columns, counted from the window's left side. The others are black.
    pub(crate) columns: Range<usize>,
    /// Its values.
    pub(crate) values: &'a [u8],
}

impl Window {
    /// What row `y` of the window shows of an image with rows of `across` pixels of `channels` values.
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

    /// The image's rows and columns that the window shows.
    pub(crate) fn visible(&self) -> (Range<usize>, Range<usize>) {
        (seen(self.top, self.height, self.rows.clone()), seen(self.left, self.width, self.columns.clone()))
    }

    /// The same window of what is visible of the image, which begins at this row and column.
    pub(crate) fn shifted(self, row: usize, column: usize) -> Self {
        let (rows, columns) = self.visible();
        let (top, left) = (self.top - row as isize, self.left - column as isize);
        Self { top, left, rows: 0..rows.len(), columns: 0..columns.len(), ..self }
    }

    /// The window of this size in the centre of this one.
    fn centred(self, CentreCrop { height, width, rounds }: CentreCrop) -> Self {
        let offset = |outer: usize, inner: usize| {
            let difference = outer as isize - inner as isize;
            let half = difference.div_euclid(2);
            // Of the two whole numbers beside a half, the even one.
            if rounds && difference.rem_euclid(2) == 1 { half + half.rem_euclid(2) } else { half }
        };
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

    fn crop(height: usize, width: usize) -> CentreCrop {
        CentreCrop { height, width, rounds: false }
    }

    #[test]
    fn convnext_resizes_the_shortest_edge_and_crops() {
        let resize = Some(Resize::ShortestThenCrop { resized: 256, side: 224 });
        let geometry = Geometry::of((300, 260), resize, None);
        assert_eq!(geometry.resized, Some((295, 256)));
        let expected = Window { top: 35, left: 16, height: 224, width: 224, ..Window::whole((295, 256)) };
        assert_eq!(geometry.window, expected);
    }

    #[test]
    fn a_crop_larger_than_the_image_extends_beyond_it() {
        let geometry = Geometry::of((5, 8), None, Some(crop(10, 8)));
        assert_eq!(
            geometry.window,
            Window { top: -3, left: 0, height: 10, width: 8, ..Window::whole((5, 8)) }
        );
        assert_eq!(geometry.resized, None);
    }

    #[test]
    fn a_second_crop_does_not_bring_back_what_the_first_cut_away() {
        let resize = Some(Resize::ShortestThenCrop { resized: 8, side: 6 });
        let window = Geometry::of((8, 8), resize, Some(crop(8, 4))).window;
        let expected = Window { top: 0, left: 2, height: 8, width: 4, rows: 1..7, columns: 1..7 };
        assert_eq!(window, expected);
    }

    #[test]
    fn torchvision_rounds_half_a_pixel_to_the_even_one() {
        let top = |height, rounds| {
            Geometry::of((height, 4), None, Some(CentreCrop { height: 4, width: 4, rounds })).window.top
        };
        assert_eq!([5, 7, 9, 11].map(|height| top(height, true)), [0, 2, 2, 4]);
        assert_eq!([5, 7, 9, 11].map(|height| top(height, false)), [0, 1, 2, 3]);
    }
}
