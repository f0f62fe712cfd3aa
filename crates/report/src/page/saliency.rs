//! Where the model looks.

use std::collections::HashMap;

use maud::{Markup, html};
use results::SaliencyComparison;

use super::headline::strength;
use super::html::{list, scrolling};
use super::images::{ShownCell, ShownImage};
use super::study::Study;
use crate::Colormap;
use crate::chart::groups;
use crate::units::axis_label;

/// The parts of an image's SVG, by the ends of their names.
const PARTS: [(&str, &str); 3] = [("p", "Perturbed"), ("t", "True class"), ("d", "Predicted class")];

pub(super) fn section(study: &Study<'_>) -> Markup {
    html! {
        section #saliency {
            h2 { "Where the model looks" }
            @if let Some(first) = study.shown.first() {
                p {
                    "A saliency map shows which parts of the image raise a class’s score. Beside the perturbed image are the \
                     map of its true class and that of the class that the model predicts. Where the two differ, the model \
                     decides by something other than it should. " (study.shown.len()) " of "
                    (study.results.run.images.max(study.shown.len())) " images are shown; the numbers of all are in "
                    (study.file("saliency_metrics.csv")) "."
                }
                @if study.shown.len() < study.sampled {
                    p.note {
                        "There are maps of " (study.sampled) " images; those beyond 12 MiB are left out."
                    }
                }
                (colors())
                (viewer(study, first))
                h3 { "Every image along its sweep" }
                @for (i, image) in study.shown.iter().enumerate() { (strips(study, i == 0, image)) }
            } @else {
                p { "No maps were kept." }
            }
        }
    }
}

/// The choice of the colours, which works without the script, and their scales.
fn colors() -> Markup {
    let choices = [
        (Colormap::Jet, "jet", "Jet, as in the tutorial: 0 to 1", true),
        (Colormap::RedBlue, "red-blue", "Red and blue, for colour-blind readers: −1 to 1", false),
    ];
    html! {
        fieldset.colors {
            legend { "Colours of the maps" }
            @for (colors, id, name, checked) in choices {
                @let stops: Vec<String> =
                    colors.table().into_iter().step_by(15).map(|[r, g, b]| format!("rgb({r} {g} {b})")).collect();
                @let (low, high) = colors.range();
                div {
                    input type="radio" name="colors" id=(id) checked[checked];
                    label for=(id) { (name) }
                    span.scale {
                        span { (low) }
                        i style={ "background:linear-gradient(90deg," (stops.join(",")) ")" } {}
                        span { (high) }
                    }
                }
            }
        }
    }
}

/// One large image, with controls that need the script. It starts where the first image is predicted wrongly.
fn viewer(study: &Study<'_>, first: &ShownImage<'_>) -> Markup {
    let wrong = |cell: &&ShownCell<'_>| cell.row.truth != cell.row.predicted;
    let Some(cell) = first.cells.iter().find(wrong).or_else(|| first.cells.last()) else { return html! {} };
    html! {
        div.viewer #viewer data-start=(cell.id) {
            div.controls hidden {
                label { "Image " select #viewer-image {} }
                label { "Perturbation " select #viewer-sweep {} }
                label.strength {
                    "Strength "
                    input #viewer-step type="range" min="0" max="0" value="0";
                    output #viewer-value for="viewer-step" {}
                }
            }
            figure {
                div.large {
                    @for (part, name) in PARTS { div { p { (name) } (cell.part(part, Some(name))) } }
                }
                figcaption aria-live="polite" {
                    p.what { (study.image_name(first.image_id)) ", " (maud::display(&cell.row.setting)) }
                    (caption(study, cell.row))
                }
            }
        }
    }
}

/// An image at every setting, one strip per perturber.
fn strips(study: &Study<'_>, open: bool, image: &ShownImage<'_>) -> Markup {
    let name = study.image_name(image.image_id);
    html! {
        details.image id=(format_args!("image-{}", image.image_id)) data-name=(name) open[open] {
            summary { (name) (why(study, image.image_id)) }
            @for strip in groups(&image.cells, |cell| &cell.row.setting) {
                @let setting = &strip[0].row.setting;
                @let sweep = format!("{}: {}", setting.perturber, axis_label(&setting.parameter));
                h4 { (sweep) }
                (scrolling(&format!("{name} under {sweep}"), html! {
                    div.strip {
                        div.parts aria-hidden="true" {
                            span { "Perturbed" } span { "True class" } span { "Predicted" }
                        }
                        @for cell in strip {
                            @let value = strength(&cell.row.setting);
                            div.cell id=(cell.id) data-sweep=(sweep) data-value=(value)
                                data-height=(format_args!("{:.2}", cell.height)) {
                                p { (value) }
                                (cell.svg)
                                (caption(study, cell.row))
                            }
                            "\n"
                        }
                    }
                }))
            }
        }
    }
}

/// The classes, their scores and the metrics.
fn caption(study: &Study<'_>, row: &SaliencyComparison) -> Markup {
    let right = row.truth == row.predicted;
    let (class, mark) = if right { ("right", "✓") } else { ("wrong", "✗") };
    html! {
        div.caption {
            p { "True: " (row.truth) " " (score(row.truth_score)) }
            p class=(class) { span aria-label=(class) { (mark) } " " (row.predicted) " " (score(row.predicted_score)) }
            dl {
                @for metric in &study.metrics {
                    @let value = metric.value(row);
                    div {
                        dt { (metric.name) }
                        dd data-v=(value) {
                            @if value.is_finite() { (format_args!("{value:.3}")) } @else { "undefined" }
                        }
                    }
                }
            }
        }
    }
}

fn score(score: f64) -> Markup {
    html! { span data-v=(score) { (format_args!("{score:.2}")) } }
}

/// The reasons why an image is shown.
fn why(study: &Study<'_>, image_id: usize) -> Markup {
    let mut reasons = Vec::new();
    let mut ranks = HashMap::<&str, usize>::new();
    for movement in study.movements.iter().filter(|movement| movement.distance() > 0.0) {
        let perturber = movement.from().setting.perturber.as_str();
        let rank = ranks.entry(perturber).or_default();
        *rank += 1;
        if movement.image_id() == image_id && *rank <= super::drift::MOST_MOVED {
            reasons.push(format!("no. {rank} of those that {perturber} moves most"));
        }
    }
    html! { @if !reasons.is_empty() { " " small { (list(&reasons)) } } }
}
