//! Where a prepared picture's pixels come from.

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

/// What is cut from a resized picture; where it lies beyond the picture, it is black.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) top: isize,
    pub(crate) left: isize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

/// The way from one size of picture to a tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
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
        let mut window = Window { top: 0, left: 0, height: size.0, width: size.1 };
        if let Some(Resize::ShorterThenCrop { side, .. }) = resize {
            window = window.centred(side, side);
        }
        if let Some((height, width)) = crop {
            window = window.centred(height, width);
        }
        Self { resized: resize.is_some().then_some(size).filter(|&size| size != (height, width)), window }
    }
}

impl Window {
    /// The window of this size in the middle of this one.
    fn centred(self, height: usize, width: usize) -> Self {
        let offset = |outer: usize, inner: usize| (outer as isize - inner as isize).div_euclid(2);
        Self {
            top: self.top + offset(self.height, height),
            left: self.left + offset(self.width, width),
            height,
            width,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn convnext_resizes_the_shorter_side_and_crops() {
        let resize = Some(Resize::ShorterThenCrop { resized: 256, side: 224 });
        let geometry = Geometry::of((300, 260), resize, None);
        assert_eq!(geometry.resized, Some((295, 256)));
        assert_eq!(geometry.window, Window { top: 35, left: 16, height: 224, width: 224 });
    }

    #[test]
    fn a_crop_larger_than_the_picture_reaches_beyond_it() {
        let geometry = Geometry::of((5, 8), None, Some((10, 8)));
        assert_eq!(geometry.window, Window { top: -3, left: 0, height: 10, width: 8 });
        assert_eq!(geometry.resized, None);
    }
}
