//! The page that tells a study.

mod accuracy;
mod confusion;
mod headline;
mod html;
mod metrics;
mod pictures;
mod run;
mod saliency;
mod study;

use std::fmt::Write;

use results::{ExplainedImage, StudyResults};

use crate::Error;
use html::escape;
use study::Study;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// What the page allows to run: the script above, by the base64 of its SHA-256, and nothing else.
const SCRIPT_HASH: &str = "VsnzD+p8dI3bf1fa85ORtvKSJeTGj04wSHXRU5a1QC8=";

/// A study's results as one HTML page that needs nothing but itself.
///
/// It has no script but its own, which only adds comfort, and asks for nothing: figures are inline SVG, pictures are
/// data. Whatever comes from data is escaped.
///
/// The page shows what can be shown of its images, in their order, up to 12 MiB of pictures, and of large tables a part;
/// it says so.
///
/// ```
/// use report::Page;
/// use results::{ItemResponse, RunInfo, Setting, StudyResults, Value};
///
/// let setting = Setting::new("SaltNoise", "amount", Value::from(0.1));
/// let row = ItemResponse { setting, accuracy_macro: 0.5, accuracy_micro: 0.5, count: 4 };
/// let results = StudyResults {
///     run: RunInfo { model: "a <model>".into(), ..RunInfo::default() },
///     item_response: vec![row],
///     ..StudyResults::default()
/// };
/// let html = Page::new(&results).html()?;
/// assert!(html.starts_with("<!doctype html>") && html.contains("a &lt;model&gt;"));
/// # Ok::<(), report::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    results: &'a StudyResults,
    images: &'a [ExplainedImage],
    files: &'a [&'a str],
}

impl<'a> Page<'a> {
    /// Shows these results.
    #[must_use]
    pub fn new(results: &'a StudyResults) -> Self {
        Self { results, images: &[], files: &[] }
    }

    /// Also shows these images and their maps, grouped by image.
    #[must_use]
    pub fn images(self, images: &'a [ExplainedImage]) -> Self {
        Self { images, ..self }
    }

    /// Links to these files, which lie beside the page.
    #[must_use]
    pub fn files(self, files: &'a [&'a str]) -> Self {
        Self { files, ..self }
    }

    /// The page.
    ///
    /// # Errors
    ///
    /// [`Error::NoRow`] for an image without a row among the saliency metrics, [`Error::ImageShape`] and
    /// [`Error::MapSize`] for arrays that do not fit.
    pub fn html(&self) -> Result<String, Error> {
        let study = Study::new(self.results, self.images, self.files)?;
        let mut body = String::new();
        run::header(&mut body, &study);
        run::facts(&mut body, &study);
        headline::write(&mut body, &study);
        accuracy::write(&mut body, &study)?;
        confusion::write(&mut body, &study);
        saliency::write(&mut body, &study);
        metrics::table(&mut body, &study);
        metrics::drift(&mut body, &study);
        metrics::moved(&mut body, &study);
        run::skipped(&mut body, &study);
        run::footer(&mut body, &study);
        Ok(format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; \
             style-src 'unsafe-inline'; script-src 'sha256-{SCRIPT_HASH}'\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<link rel=\"icon\" href=\"data:,\">\n\
             <style>{STYLE}{}</style>\n</head>\n<body>\n{body}<script>{SCRIPT}</script>\n</body>\n</html>\n",
            escape(&study.title()),
            rules(&study),
        ))
    }
}

/// The style rules that depend on the study: the figures' colours by the scheme, and which tab shows which panel.
fn rules(study: &Study<'_>) -> String {
    let mut rules = String::new();
    for (color, name) in study::FIGURE_COLORS {
        let _ = write!(
            rules,
            ".figure [fill=\"{color}\"]{{fill:var(--{name})}}.figure [stroke=\"{color}\"]{{stroke:var(--{name})}}"
        );
    }
    for k in 1..=study.longest_sweep() {
        let _ =
            write!(rules, ".tabs>input:nth-of-type({k}):checked~.panel:nth-of-type({k}){{display:block}}");
    }
    rules
}
