//! Which class is taken for which.

use std::fmt::Write;

use super::html::{escape, heat};
use super::study::Study;
use crate::chart::groups;
use crate::confusion::{Confusion, most_confused};
use crate::units::axis_label;

/// No more classes have a row and a column; the others are taken together.
const MOST_CLASSES: usize = 20;

pub(super) fn write(out: &mut String, study: &Study<'_>) {
    out.push_str("<section id=\"confusion\"><h2>What is taken for what</h2>\n");
    if study.confusions.is_empty() {
        out.push_str("<p>No predictions were kept.</p></section>\n");
        return;
    }
    let kept = most_confused(&study.confusions, MOST_CLASSES);
    let all = study.confusions[0].labels.len();
    out.push_str("<p>True classes down, predicted ones across; a cell counts images, and is the darker the larger its share of the true class.");
    if kept.len() < all {
        let _ = write!(
            out,
            " Of {all} classes the {} that are most often mistaken have a row, the others are taken together.",
            kept.len()
        );
    }
    out.push_str(" Choose a setting:</p>\n<div class=\"pair\">\n");
    for (i, sweep) in groups(&study.confusions, |confusion| &confusion.setting).iter().enumerate() {
        let setting = &sweep[0].setting;
        let start = at_half(study, sweep);
        let _ = writeln!(
            out,
            "<fieldset class=\"tabs\"><legend>{}: {}</legend>",
            escape(&setting.perturber),
            escape(&axis_label(&setting.parameter))
        );
        for (k, confusion) in sweep.iter().enumerate() {
            let checked = if k == start { " checked" } else { "" };
            let _ = write!(
                out,
                "<input type=\"radio\" name=\"m{i}\" id=\"m{i}-{k}\"{checked}><label for=\"m{i}-{k}\">{}</label>",
                escape(&confusion.setting.value.to_string())
            );
        }
        for (k, confusion) in sweep.iter().enumerate() {
            let name = escape(&format!("Confusion at {}", confusion.setting));
            let _ = write!(
                out,
                "\n<div class=\"panel\"><div class=\"scroll\" role=\"region\" aria-label=\"{name}\" tabindex=\"0\">\
                 <table class=\"matrix heat\" id=\"matrix-{i}-{k}\"><caption>{name}</caption>"
            );
            matrix(out, &confusion.folded(&kept));
            out.push_str("</table></div></div>");
        }
        out.push_str("\n</fieldset>\n");
    }
    out.push_str("</div></section>\n");
}

/// Where the sweep is most telling: where half is lost, or at its end.
fn at_half(study: &Study<'_>, sweep: &[&Confusion]) -> usize {
    let mut halves = study.falls.iter().filter_map(|fall| fall.half.as_ref());
    halves
        .find_map(|half| sweep.iter().position(|confusion| confusion.setting == half.at))
        .unwrap_or(sweep.len() - 1)
}

fn matrix(out: &mut String, confusion: &Confusion) {
    let labels: Vec<String> = confusion.labels.iter().map(|label| escape(label)).collect();
    out.push_str("<thead><tr><td></td>");
    labels.iter().for_each(|label| {
        let _ = write!(out, "<th scope=\"col\"><span>{label}</span></th>");
    });
    out.push_str("</tr></thead><tbody>");
    for (truth, row) in confusion.counts.rows().into_iter().enumerate() {
        let all = row.sum();
        let _ = write!(out, "<tr><th scope=\"row\" title=\"{0}\">{0}</th>", labels[truth]);
        for (predicted, &count) in row.iter().enumerate() {
            let share = if all == 0 { 0.0 } else { count as f64 / all as f64 };
            let says = format!(
                "{} taken for {}: {count} of {all}",
                confusion.labels[truth], confusion.labels[predicted]
            );
            let shown = if count == 0 { "·".to_owned() } else { count.to_string() };
            *out += &heat(share, shown, &says);
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody>");
}
