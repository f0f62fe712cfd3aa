//! The saliency metrics: image by image, over all images, and the images where they move most.

use maud::{Markup, PreEscaped, html};
use results::SaliencyComparison;

use super::html::{Column, count, list, number, text};
use super::study::Study;
use crate::metric_curves::{metric_panel, metric_range, note};

/// The most rows that the page has.
const MOST_ROWS: usize = 400;
/// How many images of each perturber are listed as those that moved most.
pub(super) const MOST_MOVED: usize = 5;

pub(super) fn by_image(study: &Study<'_>) -> Markup {
    let all = &study.results.saliency_metrics;
    let rows: Vec<&SaliencyComparison> = if all.len() <= MOST_ROWS {
        all.iter().collect()
    } else {
        all.iter().filter(|row| study.image(row.image_id).is_some()).take(MOST_ROWS).collect()
    };
    let cells: Vec<Markup> = rows
        .iter()
        .map(|row| {
            html! {
                (text(&row.setting)) (count(row.image_id)) (text(&row.truth)) (text(&row.predicted))
                (number(row.truth_score, 3)) (number(row.predicted_score, 3))
                @for metric in &study.metrics { (number(metric.value(row), 3)) }
            }
        })
        .collect();
    let mut columns = vec![
        Column::Text("setting"),
        Column::Number("image_id"),
        Column::Text("truth"),
        Column::Text("predicted"),
        Column::Number("truth_score"),
        Column::Number("predicted_score"),
    ];
    columns.extend(study.metrics.iter().map(|metric| Column::Number(&metric.name)));
    html! {
        section #metrics {
            h2 { "Metrics, image by image" }
            p {
                @for description in study.metrics.iter().filter_map(|metric| metric.description) { (description) " " }
                (rows.len()) " of " (all.len()) " rows are shown"
                @if rows.len() < all.len() { ", those of the images above" }
                "; all are in " (study.file("saliency_metrics.csv")) "."
            }
            p.print { "On paper only the first 40 are shown." }
            div.long { (super::html::table("saliency-metrics", "sortable", "Saliency metrics", &columns, &cells)) }
        }
    }
}

/// How the metrics change with the strength, over all images.
pub(super) fn over_strength(study: &Study<'_>) -> Markup {
    let equal: Vec<Markup> = study
        .metrics
        .iter()
        .filter_map(|metric| Some(html! { (metric.name) " is " (metric.of_equal_maps?) }))
        .collect();
    html! {
        section #drift {
            h2 { "How explanations change with strength" }
            @if study.quartiles.is_empty() {
                p { "No image was explained." }
            } @else {
                p {
                    "Over all images at each setting; " (note(&study.quartiles)) "."
                    @if !equal.is_empty() {
                        " Where the prediction is right, the two maps are the same: " (list(&equal)) "."
                    }
                }
                div.figures.three {
                    @for sweep in &study.quartiles {
                        @for (k, metric) in study.metrics.iter().enumerate() {
                            @let figure = metric_panel(sweep, (k, metric), metric_range(&study.quartiles, k));
                            figure.figure { (PreEscaped(figure.svg())) }
                        }
                    }
                }
                (quartiles(study))
            }
        }
    }
}

fn quartiles(study: &Study<'_>) -> Markup {
    let rows: Vec<Markup> = study
        .quartiles
        .iter()
        .flatten()
        .map(|quartiles| {
            html! {
                (text(quartiles.setting))
                @for &value in quartiles.of.iter().flatten() { (number(value, 3)) }
                (count(quartiles.images))
            }
        })
        .collect();
    let names: Vec<String> = study
        .metrics
        .iter()
        .flat_map(|metric| {
            ["lower quartile", "median", "upper quartile"].map(|part| format!("{} {part}", metric.name))
        })
        .collect();
    let columns: Vec<Column<'_>> = std::iter::once(Column::Text("setting"))
        .chain(names.iter().map(|name| Column::Number(name)))
        .chain([Column::Number("images")])
        .collect();
    html! {
        details {
            summary { "The numbers" }
            (super::html::table("quartiles", "sortable", "Quartiles over the images", &columns, &rows))
        }
    }
}

/// The images whose explanation moved most.
pub(super) fn most_moved(study: &Study<'_>) -> Markup {
    let mut perturbers: Vec<&str> =
        study.quartiles.iter().flatten().map(|quartiles| quartiles.setting.perturber.as_str()).collect();
    perturbers.dedup();
    html! {
        section #moved {
            h2 { "Images whose explanation moved most" }
            @if study.movements.is_empty() {
                p { "No correlation between maps was measured at the first setting of a sweep." }
            } @else {
                p {
                    "Sorted by how far the correlation of the two maps falls from the sweep’s first setting to the setting \
                     where it is lowest. The thumbnails are the map of the predicted class at both."
                }
                @for (i, perturber) in perturbers.into_iter().enumerate() { (moved_table(study, i, perturber)) }
            }
        }
    }
}

fn moved_table(study: &Study<'_>, i: usize, perturber: &str) -> Markup {
    let movements = study.movements.iter();
    let rows: Vec<Markup> = movements
        .filter(|movement| movement.from().setting.perturber == perturber && movement.fall() > 0.0)
        .take(MOST_MOVED)
        .map(|movement| {
            let (from, to) = (movement.from(), movement.to());
            let id = from.image_id;
            html! {
                td title=(study.image_name(id)) {
                    @if study.image(id).is_some() {
                        a href=(format_args!("#image-{id}")) { "Image " (id) }
                    } @else {
                        "Image " (id)
                    }
                }
                (text(&from.truth))
                td.thumbs.text { (thumbnail(study, from)) (thumbnail(study, to)) }
                td { (maud::display(&to.setting.value)) }
                (text(&to.predicted))
                @for metric in study.metrics.iter().filter(|metric| metric.of_equal_maps.is_some()) {
                    (number(metric.value(from), 3)) (number(metric.value(to), 3))
                }
            }
        })
        .collect();
    if rows.is_empty() {
        return html! { p { "Under " (perturber) " no correlation falls." } };
    }
    let names: Vec<String> = study
        .metrics
        .iter()
        .filter(|metric| metric.of_equal_maps.is_some())
        .flat_map(|metric| ["first", "there"].map(|at| format!("{} {at}", metric.name)))
        .collect();
    let mut columns = vec![
        Column::Number("image"),
        Column::Text("truth"),
        Column::Text("maps"),
        Column::Number("lowest at"),
        Column::Text("predicted there"),
    ];
    columns.extend(names.iter().map(|name| Column::Number(name)));
    super::html::table(&format!("moved-{i}"), "", perturber, &columns, &rows)
}

/// The predicted class's map, of an image that is in the page.
fn thumbnail(study: &Study<'_>, row: &SaliencyComparison) -> Markup {
    let shown = study.image(row.image_id).and_then(|image| image.at(&row.setting));
    let label = format!("Map of {} at {}", row.predicted, row.setting);
    shown.map_or_else(|| html! {}, |cell| cell.part("d", Some(&label)))
}
