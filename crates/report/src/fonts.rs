//! The font that figures are measured and rendered with: DejaVu Sans, reduced to Latin letters and a few signs. Its
//! licence is beside it.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb::Database;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

pub(crate) const FAMILY: &str = "DejaVu Sans";

static REGULAR: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");
static BOLD: &[u8] = include_bytes!("../fonts/DejaVuSans-Bold.ttf");

static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(BOLD.to_vec());
    Arc::new(fonts)
});

/// The font for the renderer.
pub(crate) fn database() -> Arc<Database> {
    Arc::clone(&DATABASE)
}

/// The width of a text at a font size.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    // A reader's browser draws characters that the font lacks from another font, in at most about the font's size.
    let missing = size * text.chars().count() as f64;
    let Ok(font) = FontRef::new(if bold { BOLD } else { REGULAR }) else { return missing };
    let (characters, metrics) =
        (font.charmap(), font.glyph_metrics(Size::new(size as f32), LocationRef::default()));
    let advance =
        |c| characters.map(c).and_then(|glyph| metrics.advance_width(glyph)).map_or(size, f64::from);
    text.chars().map(advance).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_that_pillow_measures() {
        assert!((width("item-response: 0.97", 12.0, false) - 120.75).abs() < 0.5);
        assert!((width("HerbaceousVegetation", 12.0, false) - 137.12).abs() < 0.5);
        assert!((width("i ", 10.0, false) - 5.96).abs() < 0.01);
    }

    #[test]
    fn bold_is_wider_and_missing_characters_are_as_wide_as_the_font_is_high() {
        assert!(width("Forest", 12.0, true) > width("Forest", 12.0, false));
        assert_eq!(width("森", 12.0, false), 12.0);
    }
}
