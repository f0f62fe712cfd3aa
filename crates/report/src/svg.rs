//! Writes SVG.

use std::fmt::Arguments;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};
use ndarray::ArrayView3;

use crate::text::fit;
use crate::{Error, Figure, encode};

pub(crate) const INK: &str = "#1f2328";
pub(crate) const FAINT: &str = "#59636e";
pub(crate) const GRID: &str = "#e3e6ea";
pub(crate) const GROUND: &str = "#ffffff";

/// Which point of a text its position is.
#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// How a text looks.
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

/// A figure being drawn, in units of pixels.
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

impl Svg {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        // Whole units, so that the background covers the last row and column of pixels too.
        Self { width: width.ceil(), height: height.ceil(), body: String::new() }
    }

    fn push(&mut self, element: Markup) {
        self.body.push_str(&element.into_string());
        self.body.push('\n');
    }

    pub(crate) fn text(&mut self, x: f64, y: f64, style: Style, text: &str) {
        self.place(x, y, style, None, text);
    }

    /// A text that is reduced, and if necessary shortened, until it is at most `limit` wide.
    pub(crate) fn fitted(&mut self, x: f64, y: f64, style: Style, text: &str, limit: f64) {
        let (text, size) = fit(text, style.size, style.bold, limit);
        self.place(x, y, Style { size, ..style }, None, &text);
    }

    /// A text that reads upwards.
    pub(crate) fn upward(&mut self, x: f64, y: f64, style: Style, text: &str) {
        self.place(x, y, style, Some(format_args!("rotate(-90 {x:.1} {y:.1})")), text);
    }

    fn place(&mut self, x: f64, y: f64, style: Style, transform: Option<Arguments<'_>>, text: &str) {
        let weight = style.bold.then_some("bold");
        self.push(html! {
            text x=(format_args!("{x:.1}")) y=(format_args!("{y:.1}")) font-size=(format_args!("{:.4}", style.size))
                fill=(style.color) text-anchor=(style.anchor.name()) font-weight=[weight] transform=[transform] { (text) }
        });
    }

    pub(crate) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), color: &str, width: f64) {
        self.push(html! {
            line x1=(format_args!("{x1:.1}")) y1=(format_args!("{y1:.1}")) x2=(format_args!("{x2:.1}"))
                y2=(format_args!("{y2:.1}")) stroke=(color) stroke-width=(width) {}
        });
    }

    /// A line through points.
    pub(crate) fn path(&mut self, points: &[(f64, f64)], color: &str, dashed: bool) {
        let dashes = dashed.then_some("6 4");
        self.push(html! {
            polyline points=(join(points)) fill="none" stroke=(color) stroke-width="2" stroke-linejoin="round"
                stroke-dasharray=[dashes] {}
        });
    }

    /// A filled area.
    pub(crate) fn area(&mut self, points: &[(f64, f64)], color: &str, opacity: f64) {
        self.push(html! { polygon points=(join(points)) fill=(color) fill-opacity=(opacity) {} });
    }

    /// A round or square marker, with a tooltip unless that is empty.
    pub(crate) fn marker(&mut self, (x, y): (f64, f64), color: &str, round: bool, tooltip: &str) {
        if round {
            self.push(html! {
                circle cx=(format_args!("{x:.1}")) cy=(format_args!("{y:.1}")) r="3.5" fill=(color) { (title(tooltip)) }
            });
        } else {
            self.cell((x - 3.2, y - 3.2), (6.4, 6.4), color, tooltip);
        }
    }

    /// A filled rectangle, with a tooltip unless that is empty.
    pub(crate) fn cell(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        color: &str,
        tooltip: &str,
    ) {
        self.push(html! {
            rect x=(format_args!("{x:.1}")) y=(format_args!("{y:.1}")) width=(format_args!("{width:.1}"))
                height=(format_args!("{height:.1}")) fill=(color) { (title(tooltip)) }
        });
    }

    /// An image within a square, each of its pixels drawn as a rectangle; `alt` describes it.
    pub(crate) fn image(
        &mut self,
        x: f64,
        y: f64,
        side: f64,
        image: ArrayView3<'_, u8>,
        alt: &str,
    ) -> Result<(), Error> {
        let png = STANDARD.encode(encode::rgb(image)?);
        self.push(html! {
            image x=(format_args!("{x:.1}")) y=(format_args!("{y:.1}")) width=(side) height=(side)
                style="image-rendering:pixelated" href={ "data:image/png;base64," (png) } { (title(alt)) }
        });
        Ok(())
    }

    /// The figure on a white background; `description` says what it shows.
    pub(crate) fn finish(self, description: &str) -> Figure {
        let Self { width, height, body } = self;
        let figure = html! {
            svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height)
                viewBox={ "0 0 " (width) " " (height) } role="img"
                font-family="'DejaVu Sans', Verdana, 'Segoe UI', sans-serif" {
                "\n" title { (description) } "\n"
                rect width=(width) height=(height) fill=(GROUND) {} "\n"
                (maud::PreEscaped(body))
            }
            "\n"
        };
        Figure::new(without_control_characters(figure.into_string()))
    }
}

/// Replaces by spaces the characters that neither XML nor HTML allows.
pub(crate) fn without_control_characters(markup: String) -> String {
    let forbidden = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}');
    if markup.contains(forbidden) { markup.replace(forbidden, " ") } else { markup }
}

/// The tooltip of an element.
fn title(text: &str) -> Markup {
    html! { @if !text.is_empty() { title { (text) } } }
}

fn join(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_data_stays_text() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text(0.0, 0.0, Style::new(11.0), "</text><b c=\"d\">&\u{1}");
        svg.marker((0.0, 0.0), INK, true, "<script>");
        let figure = svg.finish("<title>");
        assert!(figure.svg().contains(">&lt;/text&gt;&lt;b c=&quot;d&quot;&gt;&amp; </text>"));
        assert!(figure.svg().contains("<title>&lt;script&gt;</title></circle>"));
        assert!(figure.svg().contains("<title>&lt;title&gt;</title>"));
        figure.image().unwrap();
    }
}
