//! What was run, and what was passed over.

use std::fmt::Write;

use super::html::{escape, table, text};
use super::study::Study;

/// A long table of failures says nothing that its beginning does not.
const MOST_SKIPPED: usize = 100;

pub(super) fn header(out: &mut String, study: &Study<'_>) {
    let run = &study.results.run;
    let sweeps = study.sweeps();
    let names: Vec<String> = sweeps.iter().map(|sweep| escape(&sweep[0].perturber)).collect();
    let settings: usize = sweeps.iter().map(Vec::len).sum();
    let _ = write!(
        out,
        "<a class=\"skip\" href=\"#headline\">Skip to the headline</a>\n<header>\n<h1>{}</h1>\n\
         <p class=\"lede\">{} images of {} classes, each at {settings} settings of {}.</p>\n</header>\n\
         <nav aria-label=\"Contents\"><a href=\"#run\">Run</a> <a href=\"#headline\">Headline</a> \
         <a href=\"#curves\">Curves</a> <a href=\"#confusion\">Confusion</a> <a href=\"#saliency\">Saliency</a> \
         <a href=\"#metrics\">Metrics</a> <a href=\"#drift\">Drift</a> <a href=\"#moved\">Most moved</a></nav>\n<main>\n",
        escape(&study.title()),
        run.images,
        run.labels.len(),
        super::html::list(&names),
    );
}

pub(super) fn facts(out: &mut String, study: &Study<'_>) {
    let run = &study.results.run;
    let mut facts: Vec<(&str, String)> = vec![
        ("Dataset", run.dataset.clone()),
        ("Images", run.images.to_string()),
        ("Model", run.model.clone()),
        ("Seed", run.seed.to_string()),
        ("Program", run.program.clone()),
    ];
    facts.extend(run.details.iter().map(|(name, value)| (name.as_str(), value.clone())));
    out.push_str("<section id=\"run\"><h2>What was run</h2>\n<dl class=\"facts\">");
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(out, "<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value));
    }
    out.push_str("</dl>\n");
    let labels: Vec<String> = run.labels.iter().map(|label| escape(label)).collect();
    if !labels.is_empty() {
        let _ = writeln!(
            out,
            "<details><summary>The {} classes</summary><p>{}</p></details>",
            labels.len(),
            labels.join(", ")
        );
    }
    if !run.command.is_empty() {
        let _ = writeln!(
            out,
            "<p>The same again, to the same numbers:</p><pre tabindex=\"0\"><code>{}</code></pre>",
            escape(&run.command)
        );
    }
    if !run.study.is_empty() {
        let _ = writeln!(
            out,
            "<details><summary>The whole study as data, study.toml</summary><pre tabindex=\"0\">{}</pre></details>",
            escape(&run.study)
        );
    }
    let skipped = study.results.skipped.len();
    if skipped > 0 {
        let _ = writeln!(
            out,
            "<p class=\"note\"><b>{skipped} times a picture failed and was passed over.</b> Every accuracy says over how many \
             images it is; <a href=\"#skipped\">the failures</a> stand at the end.</p>"
        );
    }
    out.push_str("</section>\n");
}

pub(super) fn skipped(out: &mut String, study: &Study<'_>) {
    let skipped = &study.results.skipped;
    if skipped.is_empty() {
        return;
    }
    let rows: Vec<String> = skipped
        .iter()
        .take(MOST_SKIPPED)
        .map(|row| {
            format!(
                "{}<td>{}</td>{}{}",
                text(&row.setting.to_string()),
                row.image_id,
                text(&row.datum),
                text(&row.error)
            )
        })
        .collect();
    out.push_str("<section id=\"skipped\"><h2>What was passed over</h2>\n");
    let _ = writeln!(
        out,
        "<p>{} of {} failures; they count in no accuracy and no metric.</p>",
        rows.len(),
        skipped.len()
    );
    let columns = ["perturb_config", "image_id", "datum", "error"];
    table(out, "skipped-rows", "sortable", "Pictures that failed", &columns, &rows);
    out.push_str("</section>\n");
}

pub(super) fn footer(out: &mut String, study: &Study<'_>) {
    out.push_str("</main>\n<footer>");
    if !study.files.is_empty() {
        let links: Vec<String> =
            study.files.iter().map(|file| format!("<a href=\"{0}\">{0}</a>", escape(file))).collect();
        let _ = write!(out, "<p>Beside this page lie {}.</p>", super::html::list(&links));
    }
    let _ = writeln!(out, "<p>{}</p></footer>", escape(&study.results.run.program));
}
