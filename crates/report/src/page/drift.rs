//! How the maps move as the perturbation grows, and the images whose maps move most.

use maud::{Markup, PreEscaped, html};
use results::SaliencyDrift;

use super::html::{Column, count, number, text};
use super::study::Study;
use crate::chart::groups;
use crate::{DriftGroup, DriftSummary, Error, Spread, drift_curves};

/// How many images of each perturber are listed as those that moved most.
pub(super) const MOST_MOVED: usize = 5;
/// The measures that the page shows; all are in the table's file.
const SHOWN: [&str; 3] = ["truth_iou", "truth_shift", "predicted_pearson"];

pub(super) fn section(study: &Study<'_>) -> Result<Markup, Error> {
    let mut figures = Vec::new();
    for sweep in groups(&study.drifts, |drift| &drift.setting) {
        let sweep: Vec<DriftSummary> = sweep.into_iter().cloned().collect();
        figures.push(drift_curves(&sweep)?);
    }
    Ok(html! {
        section #drift {
            h2 { "Where it looks as it falls" }
            @if figures.is_empty() {
                p { "No image was explained at two settings of a sweep." }
            } @else {
                p {
                    "How far the map of one class has moved from the same image’s map at the first setting of the sweep: the \
                     correlation of the two maps, which are not scaled, over all images. All settings share the same masks, so \
                     most of the masks’ noise cancels; how much is left follows from how far two halves of the masks \
                     disagree. A correlation well below what that noise alone would leave means that the model looks \
                     elsewhere. Intervals are those of the bootstrap over the images, 95 %. All rows are in "
                    (study.file("saliency_drift.csv")) "."
                }
                div.figures { @for figure in &figures { figure.figure { (PreEscaped(figure.svg())) } } }
                (numbers(study))
            }
        }
    })
}

fn numbers(study: &Study<'_>) -> Markup {
    let mut rows = Vec::new();
    for drift in &study.drifts {
        for (name, group) in [("all", &drift.all), ("kept", &drift.kept), ("changed", &drift.changed)] {
            if group.images > 0 {
                rows.push(row(drift, name, group));
            }
        }
    }
    let numbers = [
        "images",
        "correlation",
        "95 % from",
        "to",
        "lower quartile",
        "upper quartile",
        "noise alone",
        "times noise",
        "top 20 % overlap",
        "centre’s shift",
        "predicted class’s correlation",
        "with lost confidence",
    ];
    let columns: Vec<Column<'_>> =
        ["setting", "prediction"].map(Column::Text).into_iter().chain(numbers.map(Column::Number)).collect();
    html! {
        p {
            "Medians over the images, for all of them and for those whose prediction is kept or has changed. Overlap is the \
             intersection over union of the most salient 20 % of the area, shift that of the centre of what speaks for the \
             class, as a share of the diagonal. The last column is Spearman’s correlation of drift (1 − correlation) with the \
             true class’s loss of score, over all images."
        }
        (super::html::table("drift-settings", "sortable", "Drift at each setting", &columns, &rows))
    }
}

fn row(drift: &DriftSummary, name: &str, group: &DriftGroup) -> Markup {
    let Some(correlation) = group.measure("truth_pearson") else { return html! {} };
    let Spread { quartiles: [lower, median, upper], intervals: [_, (from, to), _], .. } = correlation;
    html! {
        (text(&drift.setting)) (text(name)) (count(group.images))
        (number(*median, 3)) (number(*from, 3)) (number(*to, 3)) (number(*lower, 3)) (number(*upper, 3))
        (number(group.noise.median(), 3))
        @match group.times_noise() {
            Some(times) => (number(times, 1)),
            None => td { "–" },
        }
        @for name in SHOWN { (number(group.measure(name).map_or(f64::NAN, Spread::median), 3)) }
        @if name == "all" { (number(drift.confidence_correlation, 3)) } @else { td { "–" } }
    }
}

/// The images whose maps moved most.
pub(super) fn most_moved(study: &Study<'_>) -> Markup {
    html! {
        section #moved {
            h2 { "Images whose map moved most" }
            @if study.movements.is_empty() {
                p { "No image was explained at two settings of a sweep." }
            } @else {
                p {
                    "Sorted by how far the true class’s map is from its map at the sweep’s first setting, at the setting where \
                     it is furthest. The thumbnails are the map of the true class at both, and that of the class predicted \
                     there."
                }
                @for (i, sweep) in groups(&study.drifts, |drift| &drift.setting).into_iter().enumerate() {
                    (moved_table(study, i, &sweep[0].setting.perturber))
                }
            }
        }
    }
}

fn moved_table(study: &Study<'_>, i: usize, perturber: &str) -> Markup {
    let movements = study.movements.iter();
    let rows: Vec<Markup> = movements
        .filter(|movement| movement.from().setting.perturber == perturber && movement.distance() > 0.0)
        .take(MOST_MOVED)
        .map(|movement| {
            let (from, to) = (movement.from(), movement.to());
            let id = movement.image_id();
            html! {
                td title=(study.image_name(id)) {
                    @if study.image(id).is_some() {
                        a href=(format_args!("#image-{id}")) { "Image " (id) }
                    } @else {
                        "Image " (id)
                    }
                }
                (text(&from.truth))
                td.thumbs.text {
                    (thumbnail(study, from, "t")) (thumbnail(study, to, "t")) (thumbnail(study, to, "d"))
                }
                td { (maud::display(&to.setting.value)) }
                (text(&to.predicted))
                (number(to.truth_pearson, 3)) (number(to.noise_pearson, 3)) (number(to.truth_iou, 3))
                (number(to.truth_shift, 3))
            }
        })
        .collect();
    if rows.is_empty() {
        return html! { p { "Under " (perturber) " no map moves." } };
    }
    let columns = [
        Column::Number("image"),
        Column::Text("truth"),
        Column::Text("maps"),
        Column::Number("furthest at"),
        Column::Text("predicted there"),
        Column::Number("correlation"),
        Column::Number("noise alone"),
        Column::Number("top 20 % overlap"),
        Column::Number("centre’s shift"),
    ];
    super::html::table(&format!("moved-{i}"), "", perturber, &columns, &rows)
}

/// The map of the true (`t`) or of the predicted (`d`) class of an image that is in the page.
fn thumbnail(study: &Study<'_>, row: &SaliencyDrift, part: &str) -> Markup {
    let shown = study.image(row.image_id).and_then(|image| image.at(&row.setting));
    let class = if part == "t" { &row.truth } else { &row.predicted };
    let label = format!("Map of {class} at {}", row.setting);
    shown.map_or_else(|| html! {}, |cell| cell.part(part, Some(&label)))
}
