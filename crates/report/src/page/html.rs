//! Pieces of HTML.

use std::fmt::Display;

use maud::{Markup, Render, html};

/// A number as it is read; the attribute `data-v` has all its digits.
pub(super) fn number(value: f64, decimals: usize) -> Markup {
    html! {
        @if value.is_finite() {
            td data-v=(value) { (format_args!("{value:.decimals$}")) }
        } @else {
            td.undefined data-v=(value) { "undefined" }
        }
    }
}

/// A p-value.
pub(super) fn p_value(p: f64) -> Markup {
    html! { td data-v=(p) { @if p < 0.001 { "< 0.001" } @else { (format_args!("{p:.3}")) } } }
}

/// A whole number.
pub(super) fn count(value: usize) -> Markup {
    html! { td data-v=(value) { (value) } }
}

/// A cell coloured by a share of 0 to 1.
pub(super) fn heat(share: f64, content: impl Render, tooltip: &str) -> Markup {
    html! { td style=(format_args!("--h:{share:.3}")) title=(tooltip) { (content) } }
}

/// A cell of text.
pub(super) fn text(text: impl Display) -> Markup {
    html! { td.text { (maud::display(text)) } }
}

/// The head of a column, aligned with its cells.
#[derive(Clone, Copy)]
pub(super) enum Column<'a> {
    Text(&'a str),
    Number(&'a str),
}

impl Render for Column<'_> {
    fn render(&self) -> Markup {
        match *self {
            Self::Text(name) => html! { th.text scope="col" { (name) } },
            Self::Number(name) => html! { th scope="col" { (name) } },
        }
    }
}

/// A table that scrolls by itself, also by keys, where it is wider than the page.
pub(super) fn table(id: &str, class: &str, caption: &str, columns: &[Column<'_>], rows: &[Markup]) -> Markup {
    scrolling(
        caption,
        html! {
            table id=(id) class=(class) {
                caption { (caption) }
                thead { tr { @for column in columns { (column) } } }
                tbody { @for row in rows { tr { (row) } "\n" } }
            }
        },
    )
}

/// A region that scrolls by itself, also by keys, where its content is wider than the page.
pub(super) fn scrolling(label: &str, content: Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(label) tabindex="0" { (content) } "\n" }
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1}\u{a0}%", 100.0 * share) } else { "an undefined share".to_owned() }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(parts: &[impl Render]) -> Markup {
    html! {
        @for (i, part) in parts.iter().enumerate() {
            @if i > 0 { (if i + 1 == parts.len() { " and " } else { ", " }) }
            (part)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_sentences() {
        assert_eq!(list(&[] as &[&str]).into_string(), "");
        assert_eq!(list(&["a<"]).into_string(), "a&lt;");
        assert_eq!(list(&["a", "b"]).into_string(), "a and b");
        assert_eq!(list(&["a", "b", "c"]).into_string(), "a, b and c");
    }
}
