//! The study in sentences.

use std::fmt::Write;

use results::Setting;

use super::html::{escape, list, percent};
use super::pictures::ShownCell;
use super::study::Study;
use crate::fall::{BrokenClass, Fall};

/// So many classes are named as the first to break.
const MOST_NAMED: usize = 3;

pub(super) fn write(out: &mut String, study: &Study<'_>) {
    out.push_str("<section id=\"headline\"><h2>Headline</h2>\n");
    if study.falls.is_empty() {
        out.push_str("<p>No accuracy was measured.</p></section>\n");
        return;
    }
    let mut falls: Vec<(usize, &Fall)> = study.falls.iter().enumerate().collect();
    let lost = |fall: &Fall| fall.first.response.accuracy_micro - fall.last.response.accuracy_micro;
    // The worst first; what is undefined last.
    falls.sort_by(|(_, a), (_, b)| lost(b).partial_cmp(&lost(a)).unwrap_or(std::cmp::Ordering::Equal));
    if let [(_, worst), .., (_, mildest)] = falls[..] {
        let named = |fall: &Fall| {
            format!(
                "{}, from {} to {}",
                escape(&fall.first.setting().perturber),
                percent(fall.first.response.accuracy_micro),
                percent(fall.last.response.accuracy_micro)
            )
        };
        let _ = writeln!(
            out,
            "<p class=\"lede\">Accuracy falls farthest under {}; least under {}.</p>",
            named(worst),
            named(mildest)
        );
    }
    out.push_str("<div class=\"cards\">\n");
    for (sweep, fall) in falls {
        card(out, study, sweep, fall);
    }
    out.push_str("</div>\n");
    let _ = writeln!(
        out,
        "<p class=\"note\">Accuracy here is the share of images recognised (micro), of those that were scored. It is held \
         against the first setting of each sweep; “half” is half of the accuracy there. Guessing evenly among {} classes \
         would give {}.</p></section>",
        classes(study),
        percent(1.0 / classes(study) as f64),
    );
}

fn classes(study: &Study<'_>) -> usize {
    study.confusions.first().map_or(study.results.run.labels.len(), |confusion| confusion.labels.len()).max(1)
}

fn card(out: &mut String, study: &Study<'_>, sweep: usize, fall: &Fall) {
    let (first, last) = (&fall.first, &fall.last);
    let (low, high) = last.micro_interval;
    let _ = write!(
        out,
        "<article class=\"card\"><h3>{}</h3>\n<p class=\"big\"><span data-v=\"{}\">{}</span> \
         <span class=\"to\" aria-label=\"to\">→</span> <span data-v=\"{}\">{}</span></p>\n\
         <p>Of {} images the model recognises {} at {}, and {} at {} (95 % interval {} to {}).</p>\n",
        escape(&first.setting().perturber),
        first.response.accuracy_micro,
        percent(first.response.accuracy_micro),
        last.response.accuracy_micro,
        percent(last.response.accuracy_micro),
        last.response.count,
        percent(first.response.accuracy_micro),
        strength(first.setting()),
        percent(last.response.accuracy_micro),
        strength(last.setting()),
        percent(low),
        percent(high),
    );
    let crossing = match &fall.half {
        None => "It never loses half of what it had.".to_owned(),
        Some(half) => {
            let near = half
                .near
                .map(|near| format!(", by a straight line near {}", short(near)))
                .unwrap_or_default();
            format!(
                "<b>Half is lost at {}</b>: it is still above half at {}{near}.",
                strength(&half.at),
                strength(&half.before)
            )
        }
    };
    let _ = writeln!(out, "<p>{crossing}</p>");
    if let Some(first) = fall.broken.first() {
        let together: Vec<&BrokenClass> = fall.broken.iter().filter(|class| class.at == first.at).collect();
        let mut named: Vec<String> = together
            .iter()
            .take(MOST_NAMED)
            .map(|class| {
                let ((before, _), (after, all)) = (class.before, class.after);
                format!("<b>{}</b> ({after} of {all} right, before {before})", escape(&class.label))
            })
            .collect();
        if together.len() > MOST_NAMED {
            named.push(format!("{} more", together.len() - MOST_NAMED));
        }
        let _ = writeln!(out, "<p>First to lose half, at {}: {}.</p>", strength(&first.at), list(&named));
    }
    if let Some(refuge) = &fall.refuge {
        let _ = writeln!(
            out,
            "<p>At {}, {} of {} wrong answers are {}.</p>",
            strength(last.setting()),
            refuge.taken,
            refuge.wrong,
            escape(&refuge.label)
        );
    }
    explanation(out, study, sweep);
    pictures(out, study, fall);
    out.push_str("</article>\n");
}

fn strength(setting: &Setting) -> String {
    escape(&format!("{} {}", setting.parameter, setting.value))
}

/// How far the maps of the true and the predicted class agree along the sweep.
fn explanation(out: &mut String, study: &Study<'_>, sweep: usize) {
    let perturber = study.falls[sweep].first.setting();
    let of_sweep = study.quartiles.iter().find(|quartiles| {
        quartiles.first().is_some_and(|first| {
            (&first.setting.perturber, &first.setting.parameter)
                == (&perturber.perturber, &perturber.parameter)
        })
    });
    let Some((first, last)) = of_sweep.and_then(|quartiles| Some((quartiles.first()?, quartiles.last()?)))
    else {
        return;
    };
    let median = |quartiles: &crate::metric_curves::Quartiles<'_>| quartiles.of[2][1];
    if median(first).is_finite() && median(last).is_finite() {
        let _ = writeln!(
            out,
            "<p>The median correlation of the true and the predicted class’s map goes from {:.3} to {:.3} \
             (<a href=\"#saliency\">where the model looks</a>).</p>",
            median(first),
            median(last)
        );
    }
}

/// An image before the perturbation and where half is lost: one that goes wrong there, if there is a picture of one.
fn pictures(out: &mut String, study: &Study<'_>, fall: &Fall) {
    let right = |cell: &ShownCell<'_>| cell.row.truth == cell.row.predicted;
    let strong = fall.half.as_ref().map_or(fall.last.setting(), |half| &half.at);
    let pairs: Vec<[&ShownCell<'_>; 2]> = study
        .shown
        .iter()
        .filter_map(|image| Some([image.at(fall.first.setting())?, image.at(strong)?]))
        .collect();
    let breaks = pairs.iter().find(|[before, after]| right(before) && !right(after));
    let Some([before, after]) = breaks.or(pairs.first()) else { return };
    out.push_str("<figure class=\"minis\">");
    for cell in [before, after] {
        out.push_str("<div>");
        for part in ["p", "d"] {
            let _ = write!(
                out,
                "<svg viewBox=\"0 0 100 {:.2}\" aria-hidden=\"true\"><use href=\"#{}-{part}\"/></svg>",
                cell.height, cell.id
            );
        }
        out.push_str("</div>");
    }
    let _ = writeln!(
        out,
        "<figcaption>Image {}, of class {}: the picture, and what speaks for {} at {} and for {} at {}.</figcaption></figure>",
        before.row.image_id,
        escape(&before.row.truth),
        escape(&before.row.predicted),
        strength(fall.first.setting()),
        escape(&after.row.predicted),
        strength(&after.row.setting),
    );
}

/// A number with three digits that count.
fn short(number: f64) -> String {
    let decimals = if number == 0.0 { 0 } else { (2 - number.abs().log10().floor() as i32).clamp(0, 9) };
    let text = format!("{number:.*}", decimals as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_as_long_as_they_are_worth() {
        assert_eq!(
            [7.25, 0.012_345, 100.0, 1234.5, 0.0, -3.0].map(short),
            ["7.25", "0.0123", "100", "1234", "0", "-3"]
        );
    }
}
