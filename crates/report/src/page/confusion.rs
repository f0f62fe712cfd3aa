//! Which class is predicted as which.

use maud::{Markup, html};

use super::html::{heat, scrolling};
use super::study::Study;
use crate::chart::groups;
use crate::confusion::{Confusion, most_confused};
use crate::units::axis_label;

/// The most classes that have a row and a column; the others are combined.
const MOST_CLASSES: usize = 20;

pub(super) fn section(study: &Study<'_>) -> Markup {
    let kept = most_confused(&study.confusions, MOST_CLASSES);
    html! {
        section #confusion {
            h2 { "Which classes are confused" }
            @if let Some(first) = study.confusions.first() {
                p {
                    "True classes down, predicted classes across. A cell counts images; the larger its share of the true \
                     class, the darker it is."
                    @if kept.len() < first.labels.len() {
                        " Of " (first.labels.len()) " classes, the " (kept.len())
                        " with the most mistakes have a row of their own; the others are combined."
                    }
                    " Choose a setting:"
                }
                div.pair {
                    @for (i, sweep) in groups(&study.confusions, |confusion| &confusion.setting).iter().enumerate() {
                        (tabs(study, i, sweep, &kept))
                    }
                }
            } @else {
                p { "No predictions were kept." }
            }
        }
    }
}

/// A sweep's matrices, one tab per setting.
fn tabs(study: &Study<'_>, i: usize, sweep: &[&Confusion], kept: &[usize]) -> Markup {
    let setting = &sweep[0].setting;
    let start = at_half(study, sweep);
    html! {
        fieldset.tabs {
            legend { (setting.perturber) ": " (axis_label(&setting.parameter)) }
            @for (k, confusion) in sweep.iter().enumerate() {
                input type="radio" name=(format_args!("m{i}")) id=(format_args!("m{i}-{k}")) checked[k == start];
                label for=(format_args!("m{i}-{k}")) { (maud::display(&confusion.setting.value)) }
            }
            @for (k, confusion) in sweep.iter().enumerate() {
                @let name = format!("Confusion at {}", confusion.setting);
                div.panel {
                    (scrolling(&name, html! {
                        table.matrix.heat id=(format_args!("matrix-{i}-{k}")) {
                            caption { (name) }
                            (matrix(&confusion.folded(kept)))
                        }
                    }))
                }
            }
        }
    }
}

/// The setting of a sweep at which half is lost, or its last.
fn at_half(study: &Study<'_>, sweep: &[&Confusion]) -> usize {
    let mut halves = study.falls.iter().filter_map(|fall| fall.half.as_ref());
    halves
        .find_map(|half| sweep.iter().position(|confusion| confusion.setting == half.at))
        .unwrap_or(sweep.len() - 1)
}

fn matrix(confusion: &Confusion) -> Markup {
    let labels = &confusion.labels;
    html! {
        thead {
            tr { td {} @for label in labels { th scope="col" { span { (label) } } } }
        }
        tbody {
            @for (truth, row) in labels.iter().zip(confusion.counts.rows()) {
                @let all = row.sum();
                tr {
                    th scope="row" title=(truth) { (truth) }
                    @for (predicted, &count) in labels.iter().zip(row) {
                        @let share = if all == 0 { 0.0 } else { count as f64 / all as f64 };
                        @let shown = if count == 0 { "·".to_owned() } else { count.to_string() };
                        (heat(share, shown, &format!("{truth} predicted as {predicted}: {count} of {all}")))
                    }
                }
            }
        }
    }
}
