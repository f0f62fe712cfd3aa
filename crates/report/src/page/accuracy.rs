//! How accurate the model is along each sweep, and which classes stop being recognised.

use std::fmt::Write;

use super::html::{escape, heat, number, table, text};
use super::study::Study;
use crate::chart::groups;
use crate::confusion::{Confusion, most_confused};
use crate::item_response::images;
use crate::units::axis_label;
use crate::{AccuracyPoint, Error, item_response_curves};

/// No more classes have a row.
const MOST_CLASSES: usize = 40;

pub(super) fn write(out: &mut String, study: &Study<'_>) -> Result<(), Error> {
    out.push_str("<section id=\"curves\"><h2>How accuracy falls</h2>\n");
    if study.points.is_empty() {
        out.push_str("<p>No accuracy was measured.</p></section>\n");
        return Ok(());
    }
    let _ = writeln!(
        out,
        "<p>Micro is the share of images recognised, macro the mean over the classes. Bands are 95 % confidence: \
         Wilson’s interval for micro; for macro a bootstrap that draws each class’s images again from its own \
         (2,000 times, seed {}), which is too narrow of few images a class. {}.</p>",
        study.results.run.seed,
        images(&study.points)
    );
    out.push_str("<div class=\"figures\">\n");
    for sweep in groups(&study.points, AccuracyPoint::setting) {
        let sweep: Vec<AccuracyPoint> = sweep.into_iter().cloned().collect();
        let _ = writeln!(out, "<figure class=\"figure\">{}</figure>", item_response_curves(&sweep)?.svg());
    }
    out.push_str("</div>\n");
    numbers(out, study);
    classes(out, study);
    out.push_str("</section>\n");
    Ok(())
}

fn numbers(out: &mut String, study: &Study<'_>) {
    let rows: Vec<String> = study
        .points
        .iter()
        .map(|point| {
            let (row, (low, high)) = (&point.response, point.micro_interval);
            let (macro_low, macro_high) = point.macro_interval.unwrap_or((f64::NAN, f64::NAN));
            format!(
                "{}{}{}{}{}{}{}<td data-v=\"{count}\">{count}</td>",
                text(&row.setting.to_string()),
                number(row.accuracy_micro, 3),
                number(low, 3),
                number(high, 3),
                number(row.accuracy_macro, 3),
                number(macro_low, 3),
                number(macro_high, 3),
                count = row.count
            )
        })
        .collect();
    let columns = ["perturb_config", "micro", "95 % from", "to", "macro", "95 % from", "to", "images"];
    let _ = writeln!(out, "<details><summary>The numbers ({})</summary>", study.file("item_response.csv"));
    table(out, "item-response", "sortable", "Accuracy at each setting", &columns, &rows);
    out.push_str("</details>\n");
}

/// The share of each class that is recognised at each setting.
fn classes(out: &mut String, study: &Study<'_>) {
    let kept = most_confused(&study.confusions, MOST_CLASSES);
    if kept.is_empty() {
        return;
    }
    out.push_str("<h3>Which classes break</h3>\n<p>The share of each class’s images that is recognised");
    if kept.len() < study.confusions[0].labels.len() {
        let _ = write!(
            out,
            "; of {} classes the {} that are most often mistaken",
            study.confusions[0].labels.len(),
            kept.len()
        );
    }
    out.push_str(".</p>\n<div class=\"pair\">\n");
    for (i, sweep) in groups(&study.confusions, |confusion| &confusion.setting).iter().enumerate() {
        let setting = &sweep[0].setting;
        let values: Vec<String> = sweep.iter().map(|confusion| confusion.setting.value.to_string()).collect();
        let columns: Vec<&str> =
            std::iter::once("class").chain(values.iter().map(String::as_str)).chain(["images"]).collect();
        let rows: Vec<String> = kept.iter().map(|&class| class_row(sweep, class)).collect();
        let caption = format!("{}: {}", setting.perturber, axis_label(&setting.parameter));
        table(out, &format!("classes-{i}"), "heat", &caption, &columns, &rows);
    }
    out.push_str("</div>\n");
}

fn class_row(sweep: &[&Confusion], class: usize) -> String {
    let label = &sweep[0].labels[class];
    let mut row = format!("<th scope=\"row\" title=\"{0}\">{0}</th>", escape(label));
    for confusion in sweep {
        let (right, all) = confusion.right(class);
        row += &match confusion.share_right(class) {
            Some(share) => heat(
                share,
                format_args!("{share:.2}"),
                &format!("{label} at {}: {right} of {all} recognised", confusion.setting),
            ),
            None => "<td>–</td>".to_owned(),
        };
    }
    let counts = sweep.iter().map(|confusion| confusion.right(class).1);
    let (fewest, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
    let images = if fewest == most { most.to_string() } else { format!("{fewest}–{most}") };
    row + &format!("<td>{images}</td>")
}
