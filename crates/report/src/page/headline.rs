//! The study in sentences.

use maud::{Markup, html};
use results::Setting;

use super::html::{list, percent};
use super::images::ShownCell;
use super::study::Study;
use crate::fall::{BrokenClass, Fall};

/// The most classes that are named as the first to break.
const MOST_NAMED: usize = 3;

pub(super) fn section(study: &Study<'_>) -> Markup {
    let mut falls: Vec<&Fall> = study.falls.iter().collect();
    let lost = |fall: &Fall| fall.first.response.accuracy_micro - fall.last.response.accuracy_micro;
    // The worst first, the undefined last.
    let rank = |fall: &Fall| if lost(fall).is_nan() { f64::NEG_INFINITY } else { lost(fall) };
    falls.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    let defined = falls.iter().take_while(|fall| !lost(fall).is_nan()).count();
    html! {
        section #headline {
            h2 { "Headline" }
            @if falls.is_empty() {
                p { "No accuracy was measured." }
            } @else {
                @if let [worst, .., mildest] = falls[..defined] {
                    p.lede {
                        "Accuracy falls most under " (named(worst)) "; least under " (named(mildest)) "."
                    }
                }
                div.cards { @for fall in falls { (card(study, fall)) } }
                p.note {
                    "Accuracy here is the share of images recognised (micro), out of those that were scored. Each setting \
                     is compared with the first of its sweep; “half” is half of the accuracy there. Guessing evenly among "
                    (classes(study)) " classes would give " (percent(1.0 / classes(study) as f64)) "."
                }
            }
        }
    }
}

fn named(fall: &Fall) -> Markup {
    html! {
        (fall.first.setting().perturber) ", from " (percent(fall.first.response.accuracy_micro))
        " to " (percent(fall.last.response.accuracy_micro))
    }
}

fn classes(study: &Study<'_>) -> usize {
    study.confusions.first().map_or(study.results.run.labels.len(), |confusion| confusion.labels.len()).max(1)
}

fn card(study: &Study<'_>, fall: &Fall) -> Markup {
    let (first, last) = (&fall.first, &fall.last);
    let (before, after) = (first.response.accuracy_micro, last.response.accuracy_micro);
    let (low, high) = last.micro_interval;
    html! {
        article.card {
            h3 { (first.setting().perturber) }
            p.big {
                span data-v=(before) { (percent(before)) } " " span.to aria-label="to" { "→" } " "
                span data-v=(after) { (percent(after)) }
            }
            p {
                "Of " (last.response.count) " images the model recognises " (percent(before)) " at "
                (strength(first.setting())) ", and " (percent(after)) " at " (strength(last.setting()))
                " (95 % interval " (percent(low)) " to " (percent(high)) ")."
            }
            (crossing(fall))
            (broken(fall))
            @if let Some(refuge) = &fall.refuge {
                p {
                    "At " (strength(last.setting())) ", " (refuge.taken) " of " (refuge.wrong)
                    " wrong predictions are " (refuge.label) "."
                }
            }
            (explanation(study, fall))
            (before_and_after(study, fall))
        }
    }
}

/// Where half of the accuracy is lost.
fn crossing(fall: &Fall) -> Markup {
    html! {
        p {
            @match &fall.half {
                None => "It never loses half of its accuracy.",
                Some(half) => {
                    b { "Half is lost at " (strength(&half.at)) } ": accuracy is still above half at "
                    (strength(&half.before))
                    @if let Some(near) = half.near { ", and a straight line passes half near " (short(near)) }
                    "."
                }
            }
        }
    }
}

/// The classes that break first.
fn broken(fall: &Fall) -> Markup {
    let Some(first) = fall.broken.first() else { return html! {} };
    let together: Vec<&BrokenClass> = fall.broken.iter().filter(|class| class.at == first.at).collect();
    let mut named: Vec<Markup> = together
        .iter()
        .take(MOST_NAMED)
        .map(|class| {
            let ((before, _), (after, all)) = (class.before, class.after);
            html! { b { (class.label) } " (" (after) " of " (all) " right, " (before) " before)" }
        })
        .collect();
    if together.len() > MOST_NAMED {
        named.push(html! { (together.len() - MOST_NAMED) " more" });
    }
    html! { p { "First to lose half, at " (strength(&first.at)) ": " (list(&named)) "." } }
}

pub(super) fn strength(setting: &Setting) -> String {
    format!("{} {}", setting.parameter, setting.value)
}

/// How far the maps have moved at the end of the sweep, and by how much more than noise.
fn explanation(study: &Study<'_>, fall: &Fall) -> Markup {
    let last = fall.last.setting();
    let Some(drift) =
        study.drifts.iter().find(|drift| drift.setting == *last && last != fall.first.setting())
    else {
        return html! {};
    };
    let correlation = drift.all.correlation();
    if !correlation.is_finite() {
        return html! {};
    }
    html! {
        p {
            "At " (strength(last)) " the true class’s map correlates with its map at " (strength(fall.first.setting()))
            " by " b { span data-v=(correlation) { (format_args!("{correlation:.2}")) } } " (median)"
            @let noise = drift.all.noise.median();
            @if noise.is_finite() {
                "; the masks’ noise alone would leave " span data-v=(noise) { (format_args!("{noise:.2}")) }
            }
            @if let Some(times) = drift.all.times_noise() {
                @if times > 1.0 {
                    ", so it has moved " (short(times)) " times as far as noise"
                } @else {
                    ", so it has not moved further than noise"
                }
            }
            " (" a href="#drift" { "where it looks as it falls" } ")."
        }
    }
}

/// An image at the first setting and where half is lost: one that goes wrong there, if such an image is in the page.
fn before_and_after(study: &Study<'_>, fall: &Fall) -> Markup {
    let right = |cell: &ShownCell<'_>| cell.row.truth == cell.row.predicted;
    let strong = fall.half.as_ref().map_or(fall.last.setting(), |half| &half.at);
    let pairs: Vec<[&ShownCell<'_>; 2]> = study
        .shown
        .iter()
        .filter_map(|image| Some([image.at(fall.first.setting())?, image.at(strong)?]))
        .collect();
    let breaks = pairs.iter().find(|[before, after]| right(before) && !right(after));
    let Some([before, after]) = breaks.or(pairs.first()) else { return html! {} };
    html! {
        figure.minis {
            @for cell in [before, after] {
                div {
                    @for part in ["p", "d"] { (cell.part(part, None)) }
                }
            }
            figcaption {
                "Image " (before.row.image_id) ", of class " (before.row.truth) ": the image, and what speaks for "
                (before.row.predicted) " at " (strength(fall.first.setting())) " and for " (after.row.predicted) " at "
                (strength(&after.row.setting)) "."
            }
        }
    }
}

/// A number with three significant digits.
pub(super) fn short(number: f64) -> String {
    let decimals = if number == 0.0 { 0 } else { (2 - number.abs().log10().floor() as i32).clamp(0, 9) };
    let text = format!("{number:.*}", decimals as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_have_three_significant_digits() {
        assert_eq!(
            [7.25, 0.012_345, 100.0, 1234.5, 0.0, -3.0].map(short),
            ["7.25", "0.0123", "100", "1234", "0", "-3"]
        );
    }
}
