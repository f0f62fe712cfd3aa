//! Writes SVG.

use std::fmt::Write;
use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, RgbImage};
use ndarray::ArrayView3;

use crate::overlay::rgb;
use crate::{Error, Figure};

pub(crate) const INK: &str = "#1f2328";
pub(crate) const FAINT: &str = "#6a737d";
pub(crate) const GRID: &str = "#e3e6ea";

/// Where a text stands in relation to its position.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A figure being drawn, in units of pixels.
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// A text's looks.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) size: f64,
    pub(crate) color: &'static str,
    pub(crate) bold: bool,
    pub(crate) anchor: Anchor,
}

impl Style {
    pub(crate) fn new(size: f64) -> Self {
        Self { size, color: INK, bold: false, anchor: Anchor::Middle }
    }

    pub(crate) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(crate) fn color(self, color: &'static str) -> Self {
        Self { color, ..self }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Svg {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    pub(crate) fn text(&mut self, x: f64, y: f64, style: Style, text: &str) {
        self.place(x, y, 0.0, style, text);
    }

    /// A text that reads upwards.
    pub(crate) fn upward(&mut self, x: f64, y: f64, style: Style, text: &str) {
        self.place(x, y, -90.0, style, text);
    }

    fn place(&mut self, x: f64, y: f64, turn: f64, style: Style, text: &str) {
        let anchor = match style.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let weight = if style.bold { " font-weight=\"bold\"" } else { "" };
        let turned =
            if turn == 0.0 { String::new() } else { format!(" transform=\"rotate({turn} {x:.1} {y:.1})\"") };
        let _ = writeln!(
            self.body,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"{anchor}\"{weight}{turned}>{}</text>",
            style.size,
            style.color,
            escape(text)
        );
    }

    pub(crate) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), color: &str, width: f64) {
        let _ = writeln!(
            self.body,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{color}\" stroke-width=\"{width}\"/>"
        );
    }

    /// A line through points, dashed or not.
    pub(crate) fn path(&mut self, points: &[(f64, f64)], color: &str, dashed: bool) {
        let dash = if dashed { " stroke-dasharray=\"6 4\"" } else { "" };
        let _ = writeln!(
            self.body,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" stroke-linejoin=\"round\"{dash}/>",
            join(points)
        );
    }

    /// A filled area.
    pub(crate) fn area(&mut self, points: &[(f64, f64)], color: &str, opacity: f64) {
        let _ = writeln!(
            self.body,
            "<polygon points=\"{}\" fill=\"{color}\" fill-opacity=\"{opacity}\"/>",
            join(points)
        );
    }

    /// A round or square marker.
    pub(crate) fn marker(&mut self, (x, y): (f64, f64), color: &str, round: bool) {
        let _ = if round {
            writeln!(self.body, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{color}\"/>")
        } else {
            let (left, top) = (x - 3.2, y - 3.2);
            writeln!(
                self.body,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"6.4\" height=\"6.4\" fill=\"{color}\"/>"
            )
        };
    }

    /// A picture in a square, its pixels left as they are; `alt` says what it shows.
    pub(crate) fn picture(
        &mut self,
        x: f64,
        y: f64,
        side: f64,
        image: ArrayView3<'_, u8>,
        alt: &str,
    ) -> Result<(), Error> {
        let image = rgb(image)?;
        let (height, width, _) = image.dim();
        let too_large = || Error::Size { width: u32::MAX, height: u32::MAX };
        let size =
            (u32::try_from(width).map_err(|_| too_large())?, u32::try_from(height).map_err(|_| too_large())?);
        let (values, _) = image.into_raw_vec_and_offset();
        let picture = RgbImage::from_raw(size.0, size.1, values).ok_or_else(too_large)?;
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, ImageFormat::Png).map_err(Error::render)?;
        let _ = writeln!(
            self.body,
            "<image x=\"{x:.1}\" y=\"{y:.1}\" width=\"{side}\" height=\"{side}\" style=\"image-rendering:pixelated\" \
             href=\"data:image/png;base64,{}\"><title>{}</title></image>",
            STANDARD.encode(png.into_inner()),
            escape(alt)
        );
        Ok(())
    }

    /// The figure, on a white ground; `title` says what it shows.
    pub(crate) fn finish(self, title: &str) -> Figure {
        let Self { width, height, body } = self;
        Figure::new(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" font-family=\"'DejaVu Sans', Verdana, 'Segoe UI', sans-serif\">\n<title>{}</title>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{body}</svg>\n",
            escape(title)
        ))
    }
}

fn join(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}
