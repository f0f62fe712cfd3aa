//! What was run, and what was skipped.

use maud::{Markup, html};

use super::html::{Column, count, list, table, text};
use super::study::Study;

/// The most failures that have a row.
const MOST_SKIPPED: usize = 100;

pub(super) fn header(study: &Study<'_>) -> Markup {
    let run = &study.results.run;
    let sweeps = study.sweeps();
    let names: Vec<&String> = sweeps.iter().map(|sweep| &sweep[0].perturber).collect();
    let settings: usize = sweeps.iter().map(Vec::len).sum();
    html! {
        a.skip href="#headline" { "Skip to the headline" }
        header {
            h1 { (study.title()) }
            p.lede {
                (run.images) " images of " (run.labels.len()) " classes, each at " (settings) " settings of "
                (list(&names)) "."
            }
        }
        nav aria-label="Contents" {
            a href="#headline" { "Headline" } " "
            a href="#run" { "Run" } " "
            a href="#curves" { "Curves" } " "
            a href="#severity" { "Severity" } " "
            a href="#confusion" { "Confusion" } " "
            a href="#saliency" { "Saliency" } " "
            a href="#metrics" { "Metrics" } " "
            a href="#drift" { "Drift" } " "
            a href="#moved" { "Most moved" }
        }
    }
}

pub(super) fn section(study: &Study<'_>) -> Markup {
    let run = &study.results.run;
    let (images, seed) = (run.images.to_string(), run.seed.to_string());
    let facts = [
        ("Dataset", &run.dataset),
        ("Images", &images),
        ("Model", &run.model),
        ("Seed", &seed),
        ("Program", &run.program),
    ];
    let details = run.details.iter().map(|(name, value)| (name.as_str(), value));
    let skipped = study.results.skipped.len();
    html! {
        section #run {
            h2 { "What was run" }
            dl.facts {
                @for (name, value) in facts.into_iter().chain(details).filter(|(_, value)| !value.is_empty()) {
                    div { dt { (name) } dd { (value) } }
                }
            }
            @if !run.labels.is_empty() {
                details {
                    summary { "The " (run.labels.len()) " classes" }
                    p { (run.labels.join(", ")) }
                }
            }
            @if !run.command.is_empty() {
                p { "The same numbers again:" }
                pre tabindex="0" { code { (run.command) } }
            }
            @if !run.study.is_empty() {
                details {
                    summary { "The whole study as data, study.toml" }
                    pre tabindex="0" { (run.study) }
                }
            }
            @if skipped > 0 {
                p.note {
                    b { (skipped) (if skipped == 1 { " failure was" } else { " failures were" }) " skipped." }
                    " Every accuracy says how many images it is over; "
                    a href="#skipped" { "the failures" } " are listed at the end."
                }
            }
        }
    }
}

pub(super) fn skipped(study: &Study<'_>) -> Markup {
    let skipped = &study.results.skipped;
    if skipped.is_empty() {
        return html! {};
    }
    let rows: Vec<Markup> = skipped
        .iter()
        .take(MOST_SKIPPED)
        .map(|row| html! { (text(&row.setting)) (count(row.image_id)) (text(&row.datum)) (text(&row.error)) })
        .collect();
    let columns =
        [Column::Text("setting"), Column::Number("image_id"), Column::Text("datum"), Column::Text("error")];
    html! {
        section #skipped {
            h2 { "What was skipped" }
            p {
                (rows.len()) " of " (skipped.len()) " failures are listed. They count in no accuracy and no metric."
            }
            (table("skipped-rows", "sortable", "Images that failed", &columns, &rows))
        }
    }
}

pub(super) fn footer(study: &Study<'_>) -> Markup {
    let links: Vec<Markup> = study.files.iter().map(|file| html! { a href=(file) { (file) } }).collect();
    html! {
        footer {
            @if !links.is_empty() { p { "Files beside this page: " (list(&links)) "." } }
            p { (study.results.run.program) }
        }
    }
}
