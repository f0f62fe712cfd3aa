//! Pieces of HTML. Whatever comes from data is escaped here.

use std::fmt::{Display, Write};

pub(super) use crate::svg::escape;

/// A number as a reader sees it; the attribute `data-v` has all its digits.
pub(super) fn number(value: f64, decimals: usize) -> String {
    if value.is_finite() {
        format!("<td data-v=\"{value}\">{value:.decimals$}</td>")
    } else {
        format!("<td data-v=\"{value}\" class=\"undefined\">undefined</td>")
    }
}

/// A cell that is coloured by a share of 0 to 1.
pub(super) fn heat(share: f64, text: impl Display, says: &str) -> String {
    format!("<td style=\"--h:{share:.3}\" title=\"{}\">{text}</td>", escape(says))
}

/// A cell of text.
pub(super) fn text(text: &str) -> String {
    format!("<td class=\"text\">{}</td>", escape(text))
}

/// The columns of texts.
const TEXTS: [&str; 6] = ["truth", "predicted", "predicted there", "maps", "datum", "error"];

/// A table that scrolls by itself where it is wider than the page, and can be scrolled by keys.
pub(super) fn table(
    out: &mut String,
    id: &str,
    class: &str,
    caption: &str,
    columns: &[&str],
    rows: &[String],
) {
    let _ = write!(
        out,
        "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">\
         <table id=\"{id}\" class=\"{class}\"><caption>{caption}</caption><thead><tr>",
        caption = escape(caption),
    );
    for column in columns {
        // A column's head stands over its cells.
        let class = if TEXTS.contains(column) { " class=\"text\"" } else { "" };
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", escape(column));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        let _ = writeln!(out, "<tr>{row}</tr>");
    }
    out.push_str("</tbody></table></div>\n");
}

/// A share as a percentage, with as many digits as are worth reading.
pub(super) fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1}\u{a0}%", 100.0 * share) } else { "an undefined share".to_owned() }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
