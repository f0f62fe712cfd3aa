//! Writes SVG.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ndarray::ArrayView3;

use crate::text::fit;
use crate::{Error, Figure, encode};

pub(crate) const INK: &str = "#1f2328";
pub(crate) const FAINT: &str = "#59636e";
pub(crate) const GRID: &str = "#e3e6ea";
pub(crate) const GROUND: &str = "#ffffff";

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

/// A text as it stands in XML and HTML, in attributes too. Control characters, which XML forbids, become spaces.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

impl Svg {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        // Whole units, so that the ground covers the last row and column of pixels too.
        Self { width: width.ceil(), height: height.ceil(), body: String::new() }
    }

    pub(crate) fn text(&mut self, x: f64, y: f64, style: Style, text: &str) {
        self.place(x, y, 0.0, style, text);
    }

    /// A text that is made smaller, and if need be shortened, until it is at most so wide.
    pub(crate) fn fitted(&mut self, x: f64, y: f64, style: Style, text: &str, most: f64) {
        let (text, size) = fit(text, style.size, style.bold, most);
        self.place(x, y, 0.0, Style { size, ..style }, &text);
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
            "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{:.4}\" fill=\"{}\" text-anchor=\"{anchor}\"{weight}{turned}>{}</text>",
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

    /// A round or square marker; `says` is shown where a pointer rests on it.
    pub(crate) fn marker(&mut self, (x, y): (f64, f64), color: &str, round: bool, says: &str) {
        let title = title(says);
        let _ = if round {
            writeln!(
                self.body,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{color}\">{title}</circle>"
            )
        } else {
            self.rectangle((x - 3.2, y - 3.2), (6.4, 6.4), color, &title);
            Ok(())
        };
    }

    fn rectangle(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), color: &str, inner: &str) {
        let _ = writeln!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{color}\">{inner}</rect>"
        );
    }

    /// A filled rectangle; `says` is shown where a pointer rests on it.
    pub(crate) fn cell(&mut self, corner: (f64, f64), size: (f64, f64), color: &str, says: &str) {
        self.rectangle(corner, size, color, &title(says));
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
        let png = encode::rgb(image)?;
        let _ = writeln!(
            self.body,
            "<image x=\"{x:.1}\" y=\"{y:.1}\" width=\"{side}\" height=\"{side}\" style=\"image-rendering:pixelated\" \
             href=\"data:image/png;base64,{}\"><title>{}</title></image>",
            STANDARD.encode(png),
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
             <rect width=\"{width}\" height=\"{height}\" fill=\"{GROUND}\"/>\n{body}</svg>\n",
            escape(title)
        ))
    }
}

/// What is shown where a pointer rests, if anything.
fn title(says: &str) -> String {
    if says.is_empty() { String::new() } else { format!("<title>{}</title>", escape(says)) }
}

fn join(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_place() {
        assert_eq!(
            escape("</a><b c=\"d\" e='f'>&\u{1}"),
            "&lt;/a&gt;&lt;b c=&quot;d&quot; e=&#39;f&#39;&gt;&amp; "
        );
    }
}
