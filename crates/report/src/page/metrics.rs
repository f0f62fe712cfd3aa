//! The saliency metrics: image by image, and over all images.

use maud::{Markup, html};
use results::SaliencyComparison;

use super::html::{Column, count, list, number, text};
use super::study::Study;
use crate::metric_curves::left_out;

/// The most rows that the page has.
const MOST_ROWS: usize = 400;

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
            (quartiles(study))
        }
    }
}

/// The quartiles of each metric over the images of a setting.
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
    let equal: Vec<Markup> = study
        .metrics
        .iter()
        .filter_map(|metric| Some(html! { (metric.name) " is " (metric.of_equal_maps?) }))
        .collect();
    let undefined: usize = study.quartiles.iter().flatten().map(|quartiles| quartiles.undefined).sum();
    html! {
        details {
            summary { "Their quartiles at each setting" }
            @if !equal.is_empty() {
                p { "Where the prediction is right, the two maps are the same: " (list(&equal)) "." }
            }
            @if undefined > 0 { p { (left_out(undefined)) "." } }
            (super::html::table("quartiles", "sortable", "Quartiles over the images", &columns, &rows))
        }
    }
}
