//! A study's results, and everything that the page derives from them.

use std::collections::HashMap;

use maud::{Markup, html};
use results::{ExplainedImage, Prediction, Setting, StudyResults};

use super::images::{self, ShownImage};
use crate::chart::{BLUE, GREEN, ORANGE, PURPLE, groups};
use crate::confusion::Confusion;
use crate::metric_curves::{Quartiles, quartiles};
use crate::saliency_metric::{SaliencyMetric, saliency_metrics};
use crate::svg::{FAINT, GRID, GROUND, INK};
use crate::{
    AccuracyPoint, DriftSummary, Error, Fall, Movement, accuracy_points, confusions, drift_summaries, falls,
    most_moved,
};

/// The figures' colours, and the style variables that replace them in either colour scheme.
pub(super) const FIGURE_COLORS: [(&str, &str); 8] = [
    (INK, "ink"),
    (FAINT, "faint"),
    (GRID, "line"),
    (GROUND, "ground"),
    (BLUE, "blue"),
    (ORANGE, "orange"),
    (GREEN, "green"),
    (PURPLE, "purple"),
];

pub(super) struct Study<'a> {
    pub(super) results: &'a StudyResults,
    pub(super) files: &'a [&'a str],
    pub(super) points: Vec<AccuracyPoint>,
    pub(super) confusions: Vec<Confusion>,
    pub(super) falls: Vec<Fall>,
    /// The metrics of the saliency table.
    pub(super) metrics: Vec<SaliencyMetric>,
    pub(super) quartiles: Vec<Vec<Quartiles<'a>>>,
    /// How the maps have moved at each setting.
    pub(super) drifts: Vec<DriftSummary>,
    pub(super) movements: Vec<Movement<'a>>,
    /// The images that are in the page.
    pub(super) shown: Vec<ShownImage<'a>>,
    /// How many images there are maps of, shown or not.
    pub(super) sampled: usize,
    /// A prediction of each image, for its name and true class.
    names: HashMap<usize, &'a Prediction>,
}

impl<'a> Study<'a> {
    pub(super) fn new(
        results: &'a StudyResults,
        explained: &'a [ExplainedImage],
        files: &'a [&'a str],
    ) -> Result<Self, Error> {
        let points = accuracy_points(&results.item_response, &results.predictions, results.run.seed);
        let confusions = confusions(&results.predictions, &results.run.labels);
        let mut names = HashMap::new();
        for row in &results.predictions {
            names.entry(row.image_id).or_insert(row);
        }
        let images = images::by_image(explained, &results.saliency_metrics)?;
        let metrics = saliency_metrics(&results.saliency_metrics);
        let sampled = images.len();
        Ok(Self {
            falls: falls(&points, &confusions),
            points,
            confusions,
            quartiles: quartiles(&results.saliency_metrics, &metrics),
            metrics,
            drifts: drift_summaries(&results.saliency_drift, &results.predictions),
            movements: most_moved(&results.saliency_drift),
            shown: images::shown(images)?,
            sampled,
            names,
            results,
            files,
        })
    }

    pub(super) fn title(&self) -> String {
        let run = &self.results.run;
        match (run.model.as_str(), run.dataset.as_str()) {
            ("", _) => "A model under perturbation".to_owned(),
            (model, "") => format!("{model} under perturbation"),
            (model, dataset) => format!("{model} under perturbation, on {dataset}"),
        }
    }

    /// An image's number, with its class and name where they are known.
    pub(super) fn image_name(&self, image_id: usize) -> String {
        match self.names.get(&image_id) {
            Some(row) => format!("Image {image_id}, {}, {}", row.truth, row.datum),
            None => format!("Image {image_id}"),
        }
    }

    /// An image, if it is in the page.
    pub(super) fn image(&self, image_id: usize) -> Option<&ShownImage<'a>> {
        self.shown.iter().find(|image| image.image_id == image_id)
    }

    /// The settings of the sweeps in their order, from whichever table has them.
    pub(super) fn sweeps(&self) -> Vec<Vec<&Setting>> {
        let settings: Vec<&Setting> = if self.results.item_response.is_empty() {
            self.quartiles.iter().flatten().map(|quartiles| quartiles.setting).collect()
        } else {
            self.results.item_response.iter().map(|row| &row.setting).collect()
        };
        groups(&settings, |setting| setting)
            .into_iter()
            .map(|sweep| sweep.into_iter().copied().collect())
            .collect()
    }

    pub(super) fn longest_sweep(&self) -> usize {
        self.sweeps().iter().map(Vec::len).max().unwrap_or(0)
    }

    /// The name of a file, as a link if the file is beside the page.
    pub(super) fn file(&self, name: &'static str) -> Markup {
        html! { @if self.files.contains(&name) { a href=(name) { (name) } } @else { (name) } }
    }
}
