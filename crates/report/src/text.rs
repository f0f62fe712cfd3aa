//! Fits texts to the space that they have, so that none is cut off or drawn over its neighbour.

use crate::fonts::width;

/// A text is reduced to at least this share of its size before it is shortened.
const SMALLEST: f64 = 0.8;

/// Returns the text and its font size, reduced and then shortened until the text is at most `limit` wide.
pub(crate) fn fit(text: &str, size: f64, bold: bool, limit: f64) -> (String, f64) {
    let full = width(text, size, bold);
    if full <= limit {
        return (text.to_owned(), size);
    }
    let size = size * (limit / full).max(SMALLEST);
    let mut short: Vec<char> = text.chars().collect();
    let mut fitted = text.to_owned();
    while width(&fitted, size, bold) > limit && short.pop().is_some() {
        fitted = format!("{}…", short.iter().collect::<String>().trim_end());
    }
    (fitted, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_is_unchanged_and_a_long_one_is_shortened() {
        assert_eq!(fit("Forest", 12.0, false, 100.0), ("Forest".to_owned(), 12.0));
        let (text, size) = fit("HerbaceousVegetation", 12.0, false, 120.0);
        assert!(text == "HerbaceousVegetation" && size < 12.0);
        let (text, size) = fit("HerbaceousVegetation", 12.0, true, 60.0);
        assert!(text.starts_with("Her") && text.ends_with('…'), "{text}");
        assert!(width(&text, size, true) <= 60.0);
    }
}
