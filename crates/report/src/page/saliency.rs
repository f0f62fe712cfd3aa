//! Where the model looks.

use std::fmt::Write;

use results::SaliencyComparison;

use super::html::{escape, list};
use super::pictures::{ShownCell, ShownImage};
use super::study::Study;
use crate::Colormap;
use crate::chart::groups;

/// The parts of a picture's SVG, by what their names end in.
const PARTS: [(&str, &str); 3] = [("p", "Perturbed"), ("t", "True class"), ("d", "Predicted class")];

pub(super) fn write(out: &mut String, study: &Study<'_>) {
    out.push_str("<section id=\"saliency\"><h2>Where the model looks</h2>\n");
    let Some(first) = study.shown.first() else {
        out.push_str("<p>No pictures were kept.</p></section>\n");
        return;
    };
    let _ = writeln!(
        out,
        "<p>A saliency map says which parts of the picture raise a class’s score. Beside the perturbed picture stand the \
         map of its true class and that of the class that the model predicts; where the two differ, the model decides \
         by something else than it should. Pictures of {} of {} images are here; the numbers of all are in {}.</p>",
        study.shown.len(),
        study.results.run.images.max(study.shown.len()),
        study.file("saliency_metrics.csv")
    );
    if study.shown.len() < study.sampled {
        let _ = writeln!(
            out,
            "<p class=\"note\">There are pictures of {} images; those beyond 12 MiB are left out.</p>",
            study.sampled
        );
    }
    colors(out);
    viewer(out, study, first);
    out.push_str("<h3>Every picture along its sweep</h3>\n");
    for (i, image) in study.shown.iter().enumerate() {
        strips(out, study, i, image);
    }
    out.push_str("</section>\n");
}

/// The choice of the colours, which works without the script, and what they stand for.
fn colors(out: &mut String) {
    out.push_str("<fieldset class=\"colors\"><legend>Colours of the maps</legend>");
    let choices = [
        (Colormap::Jet, "jet", "Jet, as in the tutorial: 0 to 1", " checked"),
        (Colormap::RedBlue, "red-blue", "Red and blue, which the colour-blind tell apart: −1 to 1", ""),
    ];
    for (colors, id, text, checked) in choices {
        let stops: Vec<String> =
            colors.entries().step_by(15).map(|[r, g, b]| format!("rgb({r} {g} {b})")).collect();
        let (low, high) = colors.range();
        let _ = write!(
            out,
            "<div><input type=\"radio\" name=\"colors\" id=\"{id}\"{checked}><label for=\"{id}\">{text}</label>\
             <span class=\"scale\"><span>{low}</span><i style=\"background:linear-gradient(90deg,{})\"></i>\
             <span>{high}</span></span></div>",
            stops.join(",")
        );
    }
    out.push_str("</fieldset>\n");
}

/// One picture in large, which the script lets a reader change. It begins where the first picture goes wrong.
fn viewer(out: &mut String, study: &Study<'_>, first: &ShownImage<'_>) {
    let wrong = |cell: &&ShownCell<'_>| cell.row.truth != cell.row.predicted;
    let Some(cell) = first.cells.iter().find(wrong).or_else(|| first.cells.last()) else { return };
    let _ = write!(
        out,
        "<div class=\"viewer\" id=\"viewer\" data-start=\"{}\">\n<div class=\"controls\" hidden>\n\
         <label>Image <select id=\"viewer-image\"></select></label>\n\
         <label>Perturbation <select id=\"viewer-sweep\"></select></label>\n\
         <label class=\"strength\">Strength <input type=\"range\" id=\"viewer-step\" min=\"0\" max=\"0\" value=\"0\">\
         <output id=\"viewer-value\" for=\"viewer-step\"></output></label>\n</div>\n<figure>\n<div class=\"large\">",
        cell.id
    );
    for (part, name) in PARTS {
        let _ = write!(
            out,
            "<div><p>{name}</p><svg viewBox=\"0 0 100 {:.2}\" role=\"img\" aria-label=\"{name}\"><use href=\"#{}-{part}\"/></svg></div>",
            cell.height, cell.id
        );
    }
    let _ = writeln!(
        out,
        "</div>\n<figcaption aria-live=\"polite\"><p class=\"what\">{}, {}</p>{}</figcaption>\n</figure>\n</div>",
        escape(&study.image_name(first.image_id)),
        escape(&cell.row.setting.to_string()),
        caption(cell.row)
    );
}

/// An image at every setting: a strip a perturber.
fn strips(out: &mut String, study: &Study<'_>, number: usize, image: &ShownImage<'_>) {
    let open = if number == 0 { " open" } else { "" };
    let name = escape(&study.image_name(image.image_id));
    let _ = writeln!(
        out,
        "<details class=\"image\" id=\"image-{}\" data-name=\"{name}\"{open}><summary>{name}{}</summary>",
        image.image_id,
        why(study, image.image_id)
    );
    for strip in groups(&image.cells, |cell| &cell.row.setting) {
        let setting = &strip[0].row.setting;
        let sweep =
            escape(&format!("{}: {}", setting.perturber, crate::units::axis_label(&setting.parameter)));
        let _ = writeln!(
            out,
            "<h4>{sweep}</h4><div class=\"scroll\" role=\"region\" aria-label=\"{name} under {sweep}\" tabindex=\"0\">\
             <div class=\"strip\"><div class=\"parts\" aria-hidden=\"true\"><span>Perturbed</span><span>True class</span>\
             <span>Predicted</span></div>"
        );
        for cell in strip {
            let value = format!("{} {}", cell.row.setting.parameter, cell.row.setting.value);
            let _ = writeln!(
                out,
                "<div class=\"cell\" id=\"{}\" data-sweep=\"{sweep}\" data-value=\"{value}\" data-height=\"{:.2}\">\
                 <p>{value}</p>{}{}</div>",
                cell.id,
                cell.height,
                cell.svg,
                caption(cell.row),
                value = escape(&value)
            );
        }
        out.push_str("</div></div>\n");
    }
    out.push_str("</details>\n");
}

/// The classes, their scores and the metrics.
fn caption(row: &SaliencyComparison) -> String {
    let (class, mark, says) =
        if row.truth == row.predicted { ("right", "✓", "right") } else { ("wrong", "✗", "wrong") };
    let metric = |name: &str, value: f64| {
        let shown = if value.is_finite() { format!("{value:.3}") } else { "undefined".to_owned() };
        format!("<div><dt>{name}</dt><dd data-v=\"{value}\">{shown}</dd></div>")
    };
    format!(
        "<div class=\"caption\"><p>True: {} <span data-v=\"{}\">{:.2}</span></p><p class=\"{class}\">\
         <span aria-label=\"{says}\">{mark}</span> {} <span data-v=\"{}\">{:.2}</span></p>\
         <dl>{}{}{}</dl></div>",
        escape(&row.truth),
        row.truth_score,
        row.truth_score,
        escape(&row.predicted),
        row.predicted_score,
        row.predicted_score,
        metric("entropy, bits", row.entropy),
        metric("SSD", row.ssd),
        metric("xcorr", row.xcorr),
    )
}

/// What the tables say of an image that makes it worth a look.
fn why(study: &Study<'_>, image_id: usize) -> String {
    let mut reasons = Vec::new();
    let mut ranks = std::collections::HashMap::<&str, usize>::new();
    for movement in study.movements.iter().filter(|movement| movement.fall() > 0.0) {
        let perturber = movement.from().setting.perturber.as_str();
        let rank = ranks.entry(perturber).or_default();
        *rank += 1;
        if movement.image_id() == image_id && *rank <= super::metrics::MOST_MOVED {
            reasons.push(format!("no. {rank} of those that {} moves most", escape(perturber)));
        }
    }
    if reasons.is_empty() { String::new() } else { format!(" <small>{}</small>", list(&reasons)) }
}
