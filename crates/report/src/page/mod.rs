//! A study as an HTML page.

mod accuracy;
mod comparison;
mod confusion;
mod drift;
mod gallery;
mod headline;
mod html;
mod images;
mod metrics;
mod run;
mod saliency;
mod severity;
mod study;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use results::{ExplainedImage, StudyResults};

use crate::Error;
use crate::svg::without_control_characters;
pub(crate) use comparison::page as comparison_page;
pub(crate) use gallery::page as gallery_page;
use study::Study;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// The base64 of the script's SHA-256: the page lets this script run, and nothing else.
const SCRIPT_HASH: &str = "gEz6c2muB6+als4m9lmDTENYL/b2VUWWPH0PmhQ9SCo=";

/// A study's results as one self-contained HTML page.
///
/// Figures are inline SVG and images are data URLs, so the page requests nothing. Its only script adds comfort: sortable
/// tables and a viewer; everything else works without it. Everything that comes from data is escaped.
///
/// Large studies are shown in part, and the page says so: images in their order up to 12 MiB, and at most 400 rows of the
/// metrics table.
///
/// ```
/// use report::Page;
/// use results::{ItemResponse, RunInfo, Setting, StudyResults, Value, Values};
///
/// let setting = Setting::new("SaltNoise", "amount", Value::from(0.1));
/// let row = ItemResponse { setting, accuracy_macro: 0.5, accuracy_micro: 0.5, count: 4, metrics: Values::default() };
/// let results = StudyResults {
///     run: RunInfo { model: "a <model>".into(), ..RunInfo::default() },
///     item_response: vec![row],
///     ..StudyResults::default()
/// };
/// let html = Page::new(&results).html()?;
/// assert!(html.starts_with("<!DOCTYPE html>") && html.contains("a &lt;model&gt;"));
/// # Ok::<(), report::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    results: &'a StudyResults,
    images: &'a [ExplainedImage],
    files: &'a [&'a str],
}

impl<'a> Page<'a> {
    /// Creates a page of these results.
    #[must_use]
    pub fn new(results: &'a StudyResults) -> Self {
        Self { results, images: &[], files: &[] }
    }

    /// Also shows these images and their maps, grouped by image.
    #[must_use]
    pub fn images(self, images: &'a [ExplainedImage]) -> Self {
        Self { images, ..self }
    }

    /// Links to these files beside the page.
    #[must_use]
    pub fn files(self, files: &'a [&'a str]) -> Self {
        Self { files, ..self }
    }

    /// Returns the page.
    ///
    /// # Errors
    ///
    /// [`Error::NoRow`] for an image without a row among the saliency metrics, [`Error::ImageShape`] and
    /// [`Error::MapSize`] for arrays that do not fit.
    pub fn html(&self) -> Result<String, Error> {
        let study = Study::new(self.results, self.images, self.files)?;
        let body = html! {
            (run::header(&study))
            main {
                (headline::section(&study))
                (run::section(&study))
                (accuracy::section(&study)?)
                (severity::section(&study))
                (confusion::section(&study))
                (saliency::section(&study))
                (metrics::by_image(&study))
                (drift::section(&study)?)
                (drift::most_moved(&study))
                (run::skipped(&study))
            }
            (run::footer(&study))
        };
        Ok(document(&study.title(), study.longest_sweep(), &body))
    }
}

/// A document with the page's style and script. Tabs work for up to `tabs` panels.
fn document(title: &str, tabs: usize, body: &Markup) -> String {
    let policy = format!(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{SCRIPT_HASH}'"
    );
    let document = html! {
        (DOCTYPE) "\n"
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) (PreEscaped(rules(tabs))) }
            }
            body { (body) script { (PreEscaped(SCRIPT)) } }
        }
        "\n"
    };
    without_control_characters(document.into_string())
}

/// The rules that map the figures' colours to the colour scheme, and tabs to their panels.
fn rules(tabs: usize) -> String {
    let colors = study::FIGURE_COLORS.iter().map(|(color, name)| {
        format!(
            ".figure [fill=\"{color}\"]{{fill:var(--{name})}}.figure [stroke=\"{color}\"]{{stroke:var(--{name})}}"
        )
    });
    let panels = (1..=tabs)
        .map(|k| format!(".tabs>input:nth-of-type({k}):checked~.panel:nth-of-type({k}){{display:block}}"));
    colors.chain(panels).collect()
}
