//! The metrics of the maps: picture by picture, over all pictures, and where they move most.

use std::fmt::Write;

use results::SaliencyComparison;

use super::html::{escape, number, text};
use super::study::Study;
use crate::metric_curves::{METRICS, metric_panel, metric_range, note};

/// No more rows are in the page.
const MOST_ROWS: usize = 400;
/// So many pictures of each perturber are listed as those that moved most.
pub(super) const MOST_MOVED: usize = 5;

pub(super) fn table(out: &mut String, study: &Study<'_>) {
    let all = &study.results.saliency_metrics;
    out.push_str("<section id=\"metrics\"><h2>Metrics, picture by picture</h2>\n");
    let rows: Vec<&SaliencyComparison> = if all.len() <= MOST_ROWS {
        all.iter().collect()
    } else {
        let shown =
            |row: &&SaliencyComparison| study.shown.iter().any(|image| image.image_id == row.image_id);
        all.iter().filter(shown).take(MOST_ROWS).collect()
    };
    let _ = write!(
        out,
        "<p>Entropy is that of the true class’s map, in bits. SSD and xcorr compare it with the map of the predicted \
         class: the normalised sum of squared differences, 0 where they are equal, and their correlation, −1 to 1. \
         {} of {} rows are here",
        rows.len(),
        all.len()
    );
    if rows.len() < all.len() {
        out.push_str(", those of the images shown above");
    }
    let _ = writeln!(
        out,
        "; all are in {}.</p>\n<p class=\"print\">On paper only the first 40.</p>",
        study.file("saliency_metrics.csv")
    );
    let cells: Vec<String> = rows
        .into_iter()
        .map(|row| {
            format!(
                "{}<td data-v=\"{id}\">{id}</td>{}{}{}{}{}{}{}",
                text(&row.setting.to_string()),
                text(&row.truth),
                text(&row.predicted),
                number(row.truth_score, 3),
                number(row.predicted_score, 3),
                number(row.entropy, 3),
                number(row.ssd, 3),
                number(row.xcorr, 3),
                id = row.image_id
            )
        })
        .collect();
    let columns = [
        "perturb_config",
        "image_id",
        "truth",
        "predicted",
        "truth_score",
        "predicted_score",
        "entropy",
        "ssd",
        "xcorr",
    ];
    out.push_str("<div class=\"long\">");
    super::html::table(out, "saliency-metrics", "sortable", "Saliency metrics", &columns, &cells);
    out.push_str("</div></section>\n");
}

/// How the metrics move with the strength, over all images.
pub(super) fn drift(out: &mut String, study: &Study<'_>) {
    out.push_str("<section id=\"drift\"><h2>How explanations move with strength</h2>\n");
    if study.quartiles.is_empty() {
        out.push_str("<p>No picture was explained.</p></section>\n");
        return;
    }
    let _ = writeln!(
        out,
        "<p>Over all images at each setting; {}. Where the prediction is right, the two maps are one: SSD is 0 and \
         xcorr is 1.</p>\n<div class=\"figures three\">",
        note(&study.quartiles)
    );
    for sweep in &study.quartiles {
        for metric in 0..METRICS.len() {
            let figure = metric_panel(sweep, metric, metric_range(&study.quartiles, metric));
            let _ = writeln!(out, "<figure class=\"figure\">{}</figure>", figure.svg());
        }
    }
    out.push_str("</div>\n<details><summary>The numbers</summary>\n");
    let rows: Vec<String> = study
        .quartiles
        .iter()
        .flatten()
        .map(|quartiles| {
            let values: String = quartiles.of.iter().flatten().map(|&value| number(value, 3)).collect();
            format!(
                "{}{values}<td data-v=\"{images}\">{images}</td>",
                text(&quartiles.setting.to_string()),
                images = quartiles.images
            )
        })
        .collect();
    let columns: Vec<String> = std::iter::once("perturb_config".to_owned())
        .chain(METRICS.iter().flat_map(|metric| {
            ["lower quartile", "median", "upper quartile"].map(|part| format!("{} {part}", metric.column))
        }))
        .chain(["images".to_owned()])
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    super::html::table(out, "quartiles", "sortable", "Quartiles over the images", &columns, &rows);
    out.push_str("</details></section>\n");
}

/// The images whose explanation moved most.
pub(super) fn moved(out: &mut String, study: &Study<'_>) {
    out.push_str("<section id=\"moved\"><h2>Images whose explanation moved most</h2>\n");
    let mut perturbers: Vec<&str> =
        study.quartiles.iter().flatten().map(|quartiles| quartiles.setting.perturber.as_str()).collect();
    perturbers.dedup();
    if study.movements.is_empty() {
        out.push_str("<p>No picture was explained at a sweep’s first setting.</p></section>\n");
        return;
    }
    out.push_str(
        "<p>By how far the correlation of the two maps falls from the sweep’s first setting to the setting at which \
         it is lowest. The thumbnails are the map of the predicted class at either.</p>\n",
    );
    for (i, perturber) in perturbers.into_iter().enumerate() {
        let rows: Vec<String> = study
            .movements
            .iter()
            .filter(|movement| movement.from().setting.perturber == perturber && movement.fall() > 0.0)
            .take(MOST_MOVED)
            .map(|movement| {
                let (from, to) = (movement.from(), movement.to());
                let title = escape(&study.image_name(from.image_id));
                let name = match study.image(from.image_id) {
                    Some(image) => format!("<a href=\"#image-{0}\">Image {0}</a>", image.image_id),
                    None => format!("Image {}", from.image_id),
                };
                format!(
                    "<td title=\"{title}\">{name}</td>{}<td class=\"thumbs text\">{}{}</td>{}{}{}{}{}",
                    text(&from.truth),
                    thumbnail(study, from),
                    thumbnail(study, to),
                    format_args!("<td>{}</td>", escape(&to.setting.value.to_string())),
                    text(&to.predicted),
                    number(from.xcorr, 3),
                    number(to.xcorr, 3),
                    number(to.ssd, 3),
                )
            })
            .collect();
        if rows.is_empty() {
            let _ = writeln!(out, "<p>Under {} no correlation falls.</p>", escape(perturber));
            continue;
        }
        let columns = [
            "image",
            "truth",
            "maps",
            "lowest at",
            "predicted there",
            "xcorr first",
            "xcorr lowest",
            "ssd there",
        ];
        super::html::table(out, &format!("moved-{i}"), "", perturber, &columns, &rows);
    }
    out.push_str("</section>\n");
}

/// The predicted class's map of a picture that is in the page.
fn thumbnail(study: &Study<'_>, row: &SaliencyComparison) -> String {
    match study.image(row.image_id).and_then(|image| image.at(&row.setting)) {
        Some(cell) => format!(
            "<svg viewBox=\"0 0 100 {:.2}\" role=\"img\" aria-label=\"{}\"><use href=\"#{}-d\"/></svg>",
            cell.height,
            escape(&format!("Map of {} at {}", row.predicted, row.setting)),
            cell.id
        ),
        None => String::new(),
    }
}
