//! How severe each perturbation is, in numbers.

use std::collections::HashMap;

use maud::{Markup, html};
use results::Prediction;

use super::html::{Column, count, number, p_value, table, text};
use super::study::Study;
use crate::chart::groups;
use crate::{McNemar, areas_under_curves, calibrations};

pub(super) fn section(study: &Study<'_>) -> Markup {
    if study.results.predictions.is_empty() {
        return html! {};
    }
    html! {
        section #severity {
            h2 { "How severe it is" }
            p {
                "Area is the mean accuracy over the strengths of the sweep (the area under its item-response curve, by \
                 straight lines). Each setting is compared with the first of its sweep on the same images: lost images were \
                 recognised there and no longer are, regained ones the other way round. p is McNemar’s exact test of whether \
                 the two accuracies differ; needed is how many images would show such a difference at a level of 5 %, four \
                 times out of five. ECE is the expected calibration error over 15 bins; confidence is the predicted class’s \
                 score, averaged over the right and over the wrong predictions."
            }
            (areas(study))
            (settings(study))
        }
    }
}

fn areas(study: &Study<'_>) -> Markup {
    let rows: Vec<Markup> = areas_under_curves(&study.results.item_response)
        .iter()
        .map(|area| {
            html! {
                (text(&area.perturber)) (text(&area.parameter))
                (number(area.accuracy_micro, 3)) (number(area.accuracy_macro, 3))
            }
        })
        .collect();
    let columns = [
        Column::Text("perturber"),
        Column::Text("parameter"),
        Column::Number("area, micro"),
        Column::Number("area, macro"),
    ];
    table("areas", "sortable", "Area under the item-response curves", &columns, &rows)
}

fn settings(study: &Study<'_>) -> Markup {
    let calibrations = calibrations(&study.results.predictions);
    let mut rows = Vec::new();
    for sweep in groups(&study.results.predictions, |row| &row.setting) {
        let is_right = |row: &Prediction| row.truth == row.predicted;
        let at_first = sweep.iter().filter(|row| row.setting == sweep[0].setting);
        let before: HashMap<usize, bool> = at_first.map(|row| (row.image_id, is_right(row))).collect();
        for setting in sweep.chunk_by(|a, b| a.setting == b.setting) {
            let pairs = setting.iter().filter_map(|row| Some((*before.get(&row.image_id)?, is_right(row))));
            let test: McNemar = pairs.collect();
            let calibration =
                calibrations.iter().find(|calibration| calibration.setting == setting[0].setting);
            let value = |value: Option<f64>| number(value.unwrap_or(f64::NAN), 3);
            rows.push(html! {
                (text(&setting[0].setting))
                (count(test.only_first() as usize)) (count(test.only_second() as usize))
                (p_value(test.p_value()))
                @match test.images_needed() {
                    Some(needed) => (count(needed as usize)),
                    None => td { "–" },
                }
                @if let Some(calibration) = calibration {
                    (value(calibration.expected_error))
                    (value(calibration.confidence_right)) (value(calibration.confidence_wrong))
                }
            });
        }
    }
    let columns = ["lost", "regained", "p", "needed", "ECE", "confidence right", "confidence wrong"];
    let columns: Vec<Column<'_>> =
        std::iter::once(Column::Text("setting")).chain(columns.map(Column::Number)).collect();
    table("severity-settings", "sortable", "Each setting against the first of its sweep", &columns, &rows)
}
