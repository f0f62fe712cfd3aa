//! How severe each perturbation is, in numbers.

use classification_metrics::wilson_interval;
use maud::{Markup, html};
use results::Setting;

use super::html::{Column, count, number, p_value, percent, table, text};
use super::study::Study;
use crate::accuracy::CONFIDENCE;
use crate::{
    AgainstFirst, ClassLosses, against_first, areas_under_curves, calibrations, corruption_errors,
    first_losses, losses_by_class,
};

/// The most classes that have a row.
const MOST_CLASSES: usize = 40;

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
            (precision(study))
            (corruptions(study))
            (areas(study))
            (settings(study))
            (first_lost(study))
            p { "All of these numbers are in " (study.file("robustness.csv")) "." }
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
    let value = |value: Option<f64>| number(value.unwrap_or(f64::NAN), 3);
    let rows: Vec<Markup> = against_first(&study.results.predictions)
        .into_iter()
        .map(|AgainstFirst { setting, test, .. }| {
            let calibration = calibrations.iter().find(|calibration| calibration.setting == *setting);
            html! {
                (text(setting))
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
            }
        })
        .collect();
    let columns = ["lost", "regained", "p", "needed", "ECE", "confidence right", "confidence wrong"];
    let columns: Vec<Column<'_>> =
        std::iter::once(Column::Text("setting")).chain(columns.map(Column::Number)).collect();
    table("severity-settings", "sortable", "Each setting against the first of its sweep", &columns, &rows)
}

/// How well accuracies can be known with so many images.
fn precision(study: &Study<'_>) -> Markup {
    let images = study.points.iter().map(|point| point.response.count).max().unwrap_or(0) as u64;
    let Ok((low, high)) = wilson_interval(images / 2, images, CONFIDENCE) else { return html! {} };
    html! {
        p {
            "With " (images) " images an accuracy of about 50 % is known within "
            (format_args!("{:.0}", 50.0 * (high - low))) " points either way (95 %). Smaller differences between two \
             settings can show nevertheless, since the images are the same."
        }
    }
}

/// The mean corruption error of ImageNet-C.
fn corruptions(study: &Study<'_>) -> Markup {
    let Some(errors) = corruption_errors(&study.results.item_response) else { return html! {} };
    html! {
        p {
            "Over " (errors.corruptions) " of ImageNet-C’s 15 corruptions, at five severities each, the mean error is "
            span data-v=(errors.mean_error) { (percent(errors.mean_error)) } "; relative to AlexNet’s errors on ImageNet-C \
            the mean corruption error (mCE) is " b { span data-v=(errors.mce) { (percent(errors.mce)) } }
            @if let Some(relative) = errors.relative_mce {
                ", the relative mCE " span data-v=(relative) { (percent(relative)) }
            }
            "."
        }
    }
}

/// Where the images of each class are first lost.
fn first_lost(study: &Study<'_>) -> Markup {
    let losses = losses_by_class(&first_losses(&study.results.predictions));
    let sweeps = study.sweeps();
    html! {
        @if !sweeps.is_empty() {
            details {
                summary { "Where images are first lost, by class" }
                p {
                    "How many images of each class are first predicted wrongly at each setting, and how many never are. An \
                     image that is recognised again at a stronger setting is lost nevertheless."
                }
                div.pair { @for (i, sweep) in sweeps.iter().enumerate() { (losses_table(i, sweep, &losses)) } }
            }
        }
    }
}

fn losses_table(i: usize, sweep: &[&Setting], losses: &[ClassLosses]) -> Markup {
    let Setting { perturber, parameter, .. } = sweep[0];
    let values: Vec<String> = sweep.iter().map(|setting| setting.value.to_string()).collect();
    let columns: Vec<Column<'_>> = std::iter::once(Column::Text("class"))
        .chain(values.iter().map(|value| Column::Number(value)))
        .chain([Column::Number("never")])
        .collect();
    let ours = |class: &&ClassLosses| class.perturber == *perturber && class.parameter == *parameter;
    let rows: Vec<Markup> = losses
        .iter()
        .filter(ours)
        .take(MOST_CLASSES)
        .map(|class| {
            let at = |setting: &Setting| {
                class.lost.iter().find(|(lost, _)| lost == setting).map_or(0, |(_, n)| *n)
            };
            html! {
                (text(&class.truth))
                @for setting in sweep { (count(at(setting))) }
                (count(class.kept))
            }
        })
        .collect();
    table(&format!("first-lost-{i}"), "sortable", &format!("{perturber}: {parameter}"), &columns, &rows)
}
