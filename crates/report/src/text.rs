//! How wide texts are in the bundled font, so that none is drawn over its neighbour or cut off.

/// Advances of DejaVu Sans' characters from space to tilde, in thousandths of the font's size.
const ADVANCES: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636,
    636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295,
    295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838,
    500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521,
    392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/// No character of the bold face is wider than this, in relation to the regular one's.
const BOLD: f64 = 1.22;

/// A text is made this much smaller at most before it is shortened.
const SMALLEST: f64 = 0.8;

/// A text's width at a font size.
pub(crate) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let advance = |c: char| {
        let index = (c as usize).checked_sub(32);
        index.and_then(|index| ADVANCES.get(index)).map_or(1.0, |&advance| f64::from(advance) / 1000.0)
    };
    let regular: f64 = text.chars().map(advance).sum();
    regular * size * if bold { BOLD } else { 1.0 }
}

/// A text and its font size such that it is at most so wide: smaller, and if need be shortened.
pub(crate) fn fit(text: &str, size: f64, bold: bool, most: f64) -> (String, f64) {
    let full = width(text, size, bold);
    if full <= most {
        return (text.to_owned(), size);
    }
    let size = size * (most / full).max(SMALLEST);
    let mut short: Vec<char> = text.chars().collect();
    let mut fitted = text.to_owned();
    while width(&fitted, size, bold) > most && short.pop().is_some() {
        fitted = format!("{}…", short.iter().collect::<String>().trim_end());
    }
    (fitted, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_is_left_alone_and_a_long_one_is_shortened() {
        assert_eq!(fit("Forest", 12.0, false, 100.0), ("Forest".to_owned(), 12.0));
        let (text, size) = fit("HerbaceousVegetation", 12.0, false, 120.0);
        assert!(text == "HerbaceousVegetation" && size < 12.0);
        let (text, size) = fit("HerbaceousVegetation", 12.0, true, 60.0);
        assert!(text.starts_with("Her") && text.ends_with('…'), "{text}");
        assert!(width(&text, size, true) <= 60.0);
    }

    #[test]
    fn widths_are_those_of_the_font() {
        // As Pillow measures them.
        assert!((width("item-response: 0.97", 12.0, false) - 120.75).abs() < 0.5);
        assert!((width("HerbaceousVegetation", 12.0, false) - 137.12).abs() < 0.5);
        assert!((width("i ", 10.0, false) - 5.96).abs() < 1e-9);
    }
}
