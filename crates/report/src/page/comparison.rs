//! Several models side by side, as a page.

use maud::{Markup, PreEscaped, html};
use results::{Prediction, SaliencyDrift, Setting};

use super::document;
use super::headline::{short, strength};
use super::html::{Column, count, list, number, p_value, table, text};
use super::images::{Cell, ShownCell, by_image, show};
use crate::{AccuracyPoint, Comparison, Error, Fall, drift_summaries, falls};

/// The most images that are listed per model and setting.
const MOST_NAMED: usize = 5;

pub(crate) fn page(comparison: &Comparison<'_>) -> Result<String, Error> {
    let run = &comparison.studies()[0].run;
    let models = comparison.models();
    let title = match run.dataset.as_str() {
        "" => format!("{} models under perturbation", models.len()),
        dataset => format!("{} models under perturbation, on {dataset}", models.len()),
    };
    let body = html! {
        a.skip href="#headline" { "Skip to the headline" }
        header {
            h1 { (title) }
            p.lede {
                (list(models)) " on the same " (run.images) " images of " (run.labels.len()) " classes, at the same "
                (comparison.points()[0].len()) " settings."
            }
        }
        nav aria-label="Contents" {
            a href="#headline" { "Headline" } " "
            a href="#curves" { "Curves" } " "
            a href="#paired" { "Differences" } " "
            a href="#lost" { "Lost images" } " "
            a href="#paste" { "Table" }
        }
        main {
            (headline(comparison))
            (curves(comparison)?)
            (differences(comparison))
            (lost(comparison)?)
            section #paste {
                h2 { "A table to paste" }
                p { "Micro accuracy at each setting, and the area under each curve, as Markdown." }
                pre tabindex="0" { (comparison.markdown()) }
            }
        }
        footer { p { (run.program) } }
    };
    Ok(document(&title, 0, &body))
}

/// A card per sweep, which ranks the models by the area under their curves.
fn headline(comparison: &Comparison<'_>) -> Markup {
    let of_models: Vec<Vec<Fall>> = comparison.points().iter().map(|points| falls(points, &[])).collect();
    let areas: Vec<_> = (0..of_models.len()).map(|model| comparison.areas(model)).collect();
    let changes = comparison.order_changes();
    html! {
        section #headline {
            h2 { "Headline" }
            @if of_models[0].is_empty() {
                p { "No accuracy was measured." }
            } @else {
                div.cards {
                    @for (sweep, fall) in of_models[0].iter().enumerate() {
                        (card(comparison, &of_models, &areas, (sweep, fall)))
                    }
                }
                p.note {
                    "Accuracy is the share of images recognised (micro); area its mean over the strengths of the sweep. “Its \
                     maps there” is the median correlation of the true class’s maps at the last setting with those at the \
                     first. A model that is better on average need not be better at each setting: see the differences below."
                }
                @if changes.is_empty() {
                    p { "The order of the models by accuracy is the same at all settings of each sweep." }
                } @else {
                    p { "The order of the models by accuracy, the best first, changes:" }
                    ul {
                        @for change in &changes {
                            @let after: Vec<&str> =
                                change.after.iter().map(|&model| comparison.models()[model].as_str()).collect();
                            li { "at " (maud::display(&change.at)) ": " (after.join(", ")) }
                        }
                    }
                }
            }
        }
    }
}

fn card(
    comparison: &Comparison<'_>,
    of_models: &[Vec<Fall>],
    areas: &[Vec<crate::AreaUnderCurve>],
    (sweep, fall): (usize, &Fall),
) -> Markup {
    let area = |model: usize| areas[model][sweep].accuracy_micro;
    let mut order: Vec<usize> = (0..of_models.len()).collect();
    order.sort_by(|&a, &b| area(b).total_cmp(&area(a)));
    let rows: Vec<Markup> = order
        .into_iter()
        .map(|model| {
            let of_model = &of_models[model][sweep];
            html! {
                (text(&comparison.models()[model]))
                (number(area(model), 3))
                (number(of_model.first.response.accuracy_micro, 3))
                (number(of_model.last.response.accuracy_micro, 3))
                (number(correlation(comparison, model, of_model.last.setting()), 3))
                td {
                    @match of_model.half.as_ref() {
                        None => "–",
                        Some(half) => (half.near.map_or_else(|| half.at.value.to_string(), short)),
                    }
                }
            }
        })
        .collect();
    let first = format!("at {}", strength(fall.first.setting()));
    let last = format!("at {}", strength(fall.last.setting()));
    let columns = [
        Column::Text("model"),
        Column::Number("area"),
        Column::Number(&first),
        Column::Number(&last),
        Column::Number("its maps there"),
        Column::Number("half lost near"),
    ];
    html! {
        article.card {
            h3 { (fall.first.setting().perturber) }
            (table(&format!("ranking-{sweep}"), "", "The best on average first", &columns, &rows))
        }
    }
}

/// How a model's maps at a setting correlate with those at the sweep's first setting, in the median over the images.
fn correlation(comparison: &Comparison<'_>, model: usize, setting: &Setting) -> f64 {
    let study = &comparison.studies()[model];
    let rows: Vec<SaliencyDrift> =
        study.saliency_drift.iter().filter(|row| row.setting == *setting).cloned().collect();
    drift_summaries(&rows, &[]).first().map_or(f64::NAN, |drift| drift.all.correlation())
}

fn curves(comparison: &Comparison<'_>) -> Result<Markup, Error> {
    let figures = comparison.curves_by_sweep()?;
    Ok(html! {
        section #curves {
            h2 { "How accuracy falls" }
            @if figures.is_empty() { p { "No accuracy was measured." } }
            div.figures {
                @for figure in &figures { figure.figure { (PreEscaped(figure.svg())) } }
            }
        }
    })
}

fn differences(comparison: &Comparison<'_>) -> Markup {
    let rows: Vec<Markup> = comparison
        .paired()
        .iter()
        .map(|pair| {
            let (first, second) = pair.models;
            let (low, high) = pair.test.interval();
            html! {
                (text(&pair.setting))
                (text(&comparison.models()[first])) (text(&comparison.models()[second]))
                (number(pair.test.difference(), 3)) (number(low, 3)) (number(high, 3))
                (count(pair.test.only_first() as usize)) (count(pair.test.only_second() as usize))
                (p_value(pair.test.p_value()))
                @match pair.test.images_needed() {
                    Some(needed) => (count(needed as usize)),
                    None => td { "–" },
                }
            }
        })
        .collect();
    let numbers = ["difference", "95 % from", "to", "only first right", "only second right", "p", "needed"];
    let columns: Vec<Column<'_>> = ["setting", "first", "second"]
        .map(Column::Text)
        .into_iter()
        .chain(numbers.map(Column::Number))
        .collect();
    html! {
        section #paired {
            h2 { "Differences on the same images" }
            p {
                "The first model’s accuracy minus the second’s, with Newcombe’s 95 % interval for paired proportions. p is \
                 McNemar’s exact test; it is not corrected for the number of rows. Needed is how many images would show such \
                 a difference at a level of 5 %, four times out of five."
            }
            (table("differences", "sortable", "Every pair of models at every setting", &columns, &rows))
        }
    }
}

/// The images that only one model loses.
fn lost(comparison: &Comparison<'_>) -> Result<Markup, Error> {
    let lost: Vec<Vec<&Prediction>> =
        (0..comparison.models().len()).map(|model| comparison.lost_only_by(model)).collect();
    let mut rows = Vec::new();
    let settings: Vec<_> = comparison.points()[0].iter().map(AccuracyPoint::setting).collect();
    for setting in settings {
        for (model, lost) in lost.iter().enumerate() {
            let there: Vec<&&Prediction> = lost.iter().filter(|row| row.setting == *setting).collect();
            if there.is_empty() {
                continue;
            }
            let named: Vec<String> = there
                .iter()
                .take(MOST_NAMED)
                .map(|row| format!("{} ({}: {})", row.datum, row.truth, row.predicted))
                .collect();
            let more = there.len() - named.len();
            rows.push(html! {
                (text(setting)) (text(&comparison.models()[model])) (count(there.len()))
                td.text.names { (named.join(", ")) @if more > 0 { ", and " (more) " more" } }
            });
        }
    }
    let columns = [
        Column::Text("setting"),
        Column::Text("lost only by"),
        Column::Number("images"),
        Column::Text("which (true class: predicted class)"),
    ];
    Ok(html! {
        section #lost {
            h2 { "Images that only one model loses" }
            @if rows.is_empty() {
                p { "No image is wrong with one model and right with all others." }
            } @else {
                (table("lost-images", "sortable", "Wrong with one model, right with all others", &columns, &rows))
            }
            (maps(comparison)?)
        }
    })
}

/// Images that only one model loses, with each model's map of the class that it predicts.
fn maps(comparison: &Comparison<'_>) -> Result<Markup, Error> {
    let mut of_models = Vec::new();
    for (study, explained) in comparison.studies().iter().zip(comparison.explained()) {
        of_models.push(by_image(explained, &study.saliency_metrics)?);
    }
    if of_models.len() < comparison.models().len() {
        return Ok(html! {});
    }
    let mut shown: Vec<(&Prediction, Vec<ShownCell<'_>>)> = Vec::new();
    for row in comparison.shown() {
        let cells: Option<Vec<&Cell<'_>>> = of_models
            .iter()
            .map(|images| images.iter().find_map(|image| image.cell(row.image_id, &row.setting)))
            .collect();
        let Some(cells) = cells else { continue };
        let number = shown.len();
        let of_row =
            cells.into_iter().enumerate().map(|(model, cell)| show(format!("x{number}-{model}"), cell));
        shown.push((row, of_row.collect::<Result<_, _>>()?));
    }
    if shown.is_empty() {
        return Ok(html! {});
    }
    Ok(html! {
        h3 { "Where each model looks" }
        p { "The image, and over it each model’s map of the class that it predicts." }
        // The parts below refer to these.
        div.definitions aria-hidden="true" {
            @for cell in shown.iter().flat_map(|(_, cells)| cells) { (cell.svg) }
        }
        @for (row, cells) in &shown {
            figure.models {
                @if let Some(cell) = cells.first() {
                    div { (cell.part("p", Some("The perturbed image"))) p { "Image " (row.image_id) } }
                }
                @for (model, cell) in comparison.models().iter().zip(cells) {
                    @let right = cell.row.truth == cell.row.predicted;
                    div {
                        (cell.part("d", Some(&format!("Map of {} by {model}", cell.row.predicted))))
                        p { (model) }
                        p class=(if right { "right" } else { "wrong" }) {
                            (if right { "✓ " } else { "✗ " }) (cell.row.predicted) " "
                            (format_args!("{:.2}", cell.row.predicted_score))
                        }
                    }
                }
                figcaption { (row.datum) ", " (row.truth) ", at " (maud::display(&row.setting)) }
            }
        }
    })
}
