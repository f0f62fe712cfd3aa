//! How accuracy falls along each sweep, and which classes break.

use maud::{Markup, PreEscaped, html};

use super::html::{Column, count, heat, number, table, text};
use super::study::Study;
use crate::chart::groups;
use crate::confusion::{Confusion, most_confused};
use crate::item_response::images;
use crate::units::axis_label;
use crate::{AccuracyPoint, Error, item_response_curves};

/// The most classes that have a row.
const MOST_CLASSES: usize = 40;

pub(super) fn section(study: &Study<'_>) -> Result<Markup, Error> {
    let mut figures = Vec::new();
    for sweep in groups(&study.points, AccuracyPoint::setting) {
        let sweep: Vec<AccuracyPoint> = sweep.into_iter().cloned().collect();
        figures.push(item_response_curves(&sweep)?);
    }
    Ok(html! {
        section #curves {
            h2 { "How accuracy falls" }
            @if study.points.is_empty() {
                p { "No accuracy was measured." }
            } @else {
                p {
                    "Micro is the share of images recognised, macro the mean over the classes. Bands are 95 % confidence \
                     intervals: Wilson’s for micro, and for macro a bootstrap that resamples each class’s images (2,000 \
                     draws, seed " (study.results.run.seed) "), which is too narrow with few images per class. "
                    (images(&study.points)) "."
                }
                div.figures {
                    @for figure in &figures { figure.figure { (PreEscaped(figure.svg())) } }
                }
                (numbers(study))
                (classes(study))
            }
        }
    })
}

fn numbers(study: &Study<'_>) -> Markup {
    let further: Vec<&str> =
        study.points.first().map_or_else(Vec::new, |point| point.response.metrics.names().collect());
    let rows: Vec<Markup> = study
        .points
        .iter()
        .map(|point| {
            let (row, (low, high)) = (&point.response, point.micro_interval);
            let (macro_low, macro_high) = point.macro_interval.unwrap_or((f64::NAN, f64::NAN));
            html! {
                (text(&row.setting))
                (number(row.accuracy_micro, 3)) (number(low, 3)) (number(high, 3))
                (number(row.accuracy_macro, 3)) (number(macro_low, 3)) (number(macro_high, 3))
                (count(row.count))
                @for name in &further { (number(row.metrics.get(name).unwrap_or(f64::NAN), 3)) }
            }
        })
        .collect();
    let columns = ["micro", "95 % from", "to", "macro", "95 % from", "to", "images"].map(Column::Number);
    let columns: Vec<Column<'_>> = std::iter::once(Column::Text("setting"))
        .chain(columns)
        .chain(further.iter().copied().map(Column::Number))
        .collect();
    html! {
        details {
            summary { "The numbers (" (study.file("item_response.csv")) ")" }
            (table("item-response", "sortable", "Accuracy at each setting", &columns, &rows))
        }
    }
}

/// The share of each class that is recognised at each setting.
fn classes(study: &Study<'_>) -> Markup {
    let kept = most_confused(&study.confusions, MOST_CLASSES);
    let Some(first) = study.confusions.first().filter(|_| !kept.is_empty()) else { return html! {} };
    let sweeps = groups(&study.confusions, |confusion| &confusion.setting);
    html! {
        h3 { "Which classes break" }
        p {
            "The share of each class’s images that is recognised"
            @if kept.len() < first.labels.len() {
                "; of " (first.labels.len()) " classes, the " (kept.len()) " with the most mistakes"
            }
            "."
        }
        div.pair {
            @for (i, sweep) in sweeps.iter().enumerate() {
                (class_table(&format!("classes-{i}"), sweep, &kept))
            }
        }
    }
}

fn class_table(id: &str, sweep: &[&Confusion], kept: &[usize]) -> Markup {
    let setting = &sweep[0].setting;
    let values: Vec<String> = sweep.iter().map(|confusion| confusion.setting.value.to_string()).collect();
    let columns: Vec<Column<'_>> = std::iter::once("class")
        .chain(values.iter().map(String::as_str))
        .chain(["images"])
        .map(Column::Number)
        .collect();
    let rows: Vec<Markup> = kept.iter().map(|&class| class_row(sweep, class)).collect();
    table(id, "heat", &format!("{}: {}", setting.perturber, axis_label(&setting.parameter)), &columns, &rows)
}

fn class_row(sweep: &[&Confusion], class: usize) -> Markup {
    let label = &sweep[0].labels[class];
    let counts = sweep.iter().map(|confusion| confusion.right(class).1);
    let (fewest, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    html! {
        th scope="row" title=(label) { (label) }
        @for confusion in sweep {
            @let (right, all) = confusion.right(class);
            @match confusion.share_right(class) {
                Some(share) => (heat(
                    share,
                    format_args!("{share:.2}"),
                    &format!("{label} at {}: {right} of {all} recognised", confusion.setting),
                )),
                None => td { "–" },
            }
        }
        td { (fewest) @if fewest < most { "–" (most) } }
    }
}
