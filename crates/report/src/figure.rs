use image::{ImageFormat, RgbImage};
use ndarray::Array3;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::{Error, fonts};

/// Pixels of a rendered figure per unit of its SVG.
const SCALE: f32 = 2.0;
/// The pixels that a length of the SVG has when it is rendered; images are embedded at no more.
pub(crate) fn display_pixels(length: f64) -> usize {
    (length * f64::from(SCALE)) as usize
}

/// The longest side of a rendered figure, in pixels.
pub(crate) const MOST_PIXELS: u32 = 16_384;

/// A finished figure: an SVG text, which can be rendered to pixels.
///
/// ```
/// use report::{accuracy_points, item_response_curves};
/// use results::{ItemResponse, Setting, Value, Values};
///
/// let setting = Setting::new("SaltNoise", "amount", Value::from(0.1));
/// let row = ItemResponse { setting, accuracy_macro: 0.5, accuracy_micro: 0.5, count: 10, metrics: Values::default() };
/// let figure = item_response_curves(&accuracy_points(&[row], &[], 7))?;
/// let folder = std::env::temp_dir();
/// std::fs::write(folder.join("curves.svg"), figure.svg())?;
/// std::fs::write(folder.join("curves.png"), figure.png()?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    svg: String,
}

impl Figure {
    pub(crate) fn new(svg: String) -> Self {
        Self { svg }
    }

    /// Returns the figure as SVG, with its images embedded.
    #[must_use]
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// Renders the figure at two pixels per SVG unit, as `(height, width, 3)`.
    ///
    /// # Errors
    ///
    /// [`Error::Size`] if a side would be longer than 16,384 pixels, and [`Error::Render`] if the renderer fails.
    pub fn image(&self) -> Result<Array3<u8>, Error> {
        let image = self.render()?;
        let (width, height) = image.dimensions();
        let shape = (height as usize, width as usize, 3);
        Array3::from_shape_vec(shape, image.into_raw()).map_err(Error::render)
    }

    fn render(&self) -> Result<RgbImage, Error> {
        let options = Options {
            fontdb: fonts::database(),
            font_family: fonts::FAMILY.to_owned(),
            ..Options::default()
        };
        let tree = Tree::from_str(&self.svg, &options).map_err(Error::render)?;
        let size = tree.size().to_int_size().scale_by(SCALE);
        let (width, height) = size.map_or((0, 0), |size| (size.width(), size.height()));
        let too_large = || Error::Size { width, height };
        if width > MOST_PIXELS || height > MOST_PIXELS {
            return Err(too_large());
        }
        let mut pixels = Pixmap::new(width, height).ok_or_else(too_large)?;
        resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
        // Every figure paints its background, so nothing is transparent.
        let values = pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        RgbImage::from_raw(width, height, values).ok_or_else(too_large)
    }

    /// Renders the figure as the bytes of a PNG file.
    ///
    /// # Errors
    ///
    /// As [`image`](Self::image).
    pub fn png(&self) -> Result<Vec<u8>, Error> {
        let mut file = std::io::Cursor::new(Vec::new());
        self.render()?.write_to(&mut file, ImageFormat::Png).map_err(Error::render)?;
        Ok(file.into_inner())
    }
}
