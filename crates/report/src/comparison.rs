use std::collections::HashMap;

use results::{ExplainedImage, Prediction, Setting, StudyResults};

use crate::accuracy::{AccuracyPoint, accuracy_points};
use crate::chart::{
    BLUE, GREEN, HEIGHT, LEFT, Labels, ORANGE, PURPLE, Panel, WIDTH, by_setting, groups, legend, places,
};
use crate::svg::{Anchor, FAINT, Style, Svg};
use crate::text::fit;
use crate::units::axis_label;
use crate::{AreaUnderCurve, Error, Figure, McNemar, areas_under_curves, page};

/// The colours of the models; from the fifth on they repeat, dashed.
const COLORS: [&str; 4] = [BLUE, ORANGE, GREEN, PURPLE];

/// Finished studies of several models on the same images and settings, side by side.
///
/// ```
/// use report::Comparison;
/// use results::{ItemResponse, Prediction, RunInfo, Setting, StudyResults, Value, Values};
///
/// let setting = Setting::new("SaltNoise", "amount", Value::from(0.1));
/// let study = |model: &str, predicted: [&str; 2], accuracy| StudyResults {
///     run: RunInfo { model: model.into(), ..RunInfo::default() },
///     item_response: vec![ItemResponse {
///         setting: setting.clone(),
///         accuracy_macro: accuracy,
///         accuracy_micro: accuracy,
///         count: 2,
///         metrics: Values::default(),
///     }],
///     predictions: (0..2)
///         .map(|image_id| Prediction {
///             setting: setting.clone(),
///             image_id,
///             datum: image_id.to_string(),
///             truth: "Forest".into(),
///             predicted: predicted[image_id].into(),
///             truth_score: 0.5,
///             predicted_score: 0.5,
///             scores: Vec::new(),
///         })
///         .collect(),
///     ..StudyResults::default()
/// };
/// let studies = [study("small", ["River", "Forest"], 0.5), study("large", ["Forest", "Forest"], 1.0)];
/// let comparison = Comparison::new(&studies)?;
/// assert_eq!(comparison.paired()[0].test.difference(), -0.5);
/// assert_eq!(comparison.lost_only_by(0)[0].datum, "0");
/// assert!(comparison.html()?.contains("small"));
/// # Ok::<(), report::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    studies: &'a [StudyResults],
    models: Vec<String>,
    points: Vec<Vec<AccuracyPoint>>,
    paired: Vec<PairedSetting>,
    images: &'a [Vec<ExplainedImage>],
}

/// Two models at one setting, on the same images.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PairedSetting {
    /// How the images were perturbed.
    pub setting: Setting,
    /// The numbers of the two models, counted from 0.
    pub models: (usize, usize),
    /// The difference of their accuracies, with its interval and test.
    pub test: McNemar,
}

/// A setting from which on the models' accuracies are in another order than at the setting before.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OrderChange {
    /// The setting.
    pub at: Setting,
    /// The models' numbers at the setting before, the most accurate first.
    pub before: Vec<usize>,
    /// The models' numbers at the setting, the most accurate first.
    pub after: Vec<usize>,
}

impl<'a> Comparison<'a> {
    /// Compares studies.
    ///
    /// # Errors
    ///
    /// [`Error::TooFew`] for fewer than two studies. [`Error::Incomparable`] if a study differs from the first in its
    /// dataset, classes, seed or settings, or in the images predicted at a setting; it names the difference.
    pub fn new(studies: &'a [StudyResults]) -> Result<Self, Error> {
        let Some((first, others)) = studies.split_first().filter(|(_, others)| !others.is_empty()) else {
            return Err(Error::TooFew { count: studies.len() });
        };
        for (i, other) in others.iter().enumerate() {
            if let Some(difference) = difference(first, other) {
                return Err(Error::Incomparable { study: i + 2, difference });
            }
        }
        let points = studies
            .iter()
            .map(|study| accuracy_points(&study.item_response, &study.predictions, study.run.seed))
            .collect();
        Ok(Self { studies, models: names(studies), points, paired: paired(studies), images: &[] })
    }

    /// Also shows these images in the page, one list per study: where only one model is wrong, each model's map.
    #[must_use]
    pub fn images(self, images: &'a [Vec<ExplainedImage>]) -> Self {
        Self { images, ..self }
    }

    /// The models' names, in the order of the studies. Equal names are told apart by a number.
    #[must_use]
    pub fn models(&self) -> &[String] {
        &self.models
    }

    /// Every pair of models at every setting, setting by setting.
    #[must_use]
    pub fn paired(&self) -> &[PairedSetting] {
        &self.paired
    }

    /// The areas under the item-response curves of one model, as [`areas_under_curves`].
    ///
    /// # Panics
    ///
    /// If there is no model of this number.
    #[must_use]
    pub fn areas(&self, model: usize) -> Vec<AreaUnderCurve> {
        areas_under_curves(&self.studies[model].item_response)
    }

    /// The settings at which the models' order by micro accuracy changes along a sweep. Models of equal accuracy keep the
    /// order that they had before.
    #[must_use]
    pub fn order_changes(&self) -> Vec<OrderChange> {
        let mut changes = Vec::new();
        let settings: Vec<(usize, &Setting)> =
            self.points[0].iter().map(AccuracyPoint::setting).enumerate().collect();
        for sweep in groups(&settings, |(_, setting)| setting) {
            let mut order: Vec<usize> = (0..self.studies.len()).collect();
            for (step, &&(at, setting)) in sweep.iter().enumerate() {
                // Accuracies of as many images may differ in their last bits.
                let right = |model: usize| {
                    let response = &self.points[model][at].response;
                    (response.accuracy_micro * response.count as f64).round()
                };
                let before = order.clone();
                order.sort_by(|&a, &b| right(b).total_cmp(&right(a)));
                if step > 0 && order != before {
                    changes.push(OrderChange { at: setting.clone(), before, after: order.clone() });
                }
            }
        }
        changes
    }

    /// The predictions of one model that are wrong where those of all other models are right.
    ///
    /// # Panics
    ///
    /// If there is no model of this number.
    #[must_use]
    pub fn lost_only_by(&self, model: usize) -> Vec<&'a Prediction> {
        let others: Vec<HashMap<_, bool>> = self
            .studies
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != model)
            .map(|(_, study)| study.predictions.iter().map(|row| (key(row), is_right(row))).collect())
            .collect();
        let only_ours = |row: &&Prediction| {
            !is_right(row) && others.iter().all(|rights| rights.get(&key(row)) == Some(&true))
        };
        self.studies[model].predictions.iter().filter(only_ours).collect()
    }

    /// The predictions whose maps the page shows beside each other, of all models: images that only one model loses, at most
    /// 12, the models in turn and each image once as far as possible.
    ///
    /// A program that has no maps of other images needs these alone, of every study: see [`images`](Self::images).
    #[must_use]
    pub fn shown(&self) -> Vec<&'a Prediction> {
        const MOST: usize = 12;
        let lost: Vec<Vec<&Prediction>> =
            (0..self.studies.len()).map(|model| self.lost_only_by(model)).collect();
        let longest = lost.iter().map(Vec::len).max().unwrap_or(0);
        let in_turn: Vec<&Prediction> =
            (0..longest).flat_map(|at| lost.iter().filter_map(move |lost| lost.get(at).copied())).collect();
        let (mut shown, mut again): (Vec<&Prediction>, Vec<&Prediction>) = (Vec::new(), Vec::new());
        for row in in_turn {
            let known = shown.iter().any(|other| other.image_id == row.image_id);
            if known { again.push(row) } else { shown.push(row) }
        }
        shown.extend(again);
        shown.truncate(MOST);
        shown
    }

    /// Draws the item-response curves (micro average, 95 % bands) of all models, one panel per perturber.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] if no accuracy was measured.
    pub fn curves(&self) -> Result<Figure, Error> {
        let sweeps: Vec<usize> = (0..groups(&self.points[0], AccuracyPoint::setting).len()).collect();
        self.draw(&sweeps)
    }

    /// Draws the item-response curves along each sweep as a figure of its own.
    pub(crate) fn curves_by_sweep(&self) -> Result<Vec<Figure>, Error> {
        let sweeps = groups(&self.points[0], AccuracyPoint::setting).len();
        (0..sweeps).map(|sweep| self.draw(&[sweep])).collect()
    }

    fn draw(&self, shown: &[usize]) -> Result<Figure, Error> {
        if shown.is_empty() {
            return Err(Error::Empty { what: "accuracies" });
        }
        let sweeps: Vec<Vec<Vec<&AccuracyPoint>>> =
            self.points.iter().map(|points| groups(points, AccuracyPoint::setting)).collect();
        let across = shown.len().min(3);
        let (width, height) = (WIDTH * across as f64, HEIGHT * shown.len().div_ceil(across) as f64);
        let below = height + 22.0 * self.models.len() as f64;
        let mut svg = Svg::new(width, below + 36.0);
        for (i, &sweep) in shown.iter().enumerate() {
            let origin = ((i % across) as f64 * WIDTH, (i / across) as f64 * HEIGHT);
            let of_models: Vec<&[&AccuracyPoint]> = sweeps.iter().map(|model| &*model[sweep]).collect();
            self.panel(&mut svg, origin, &of_models);
        }
        for (model, name) in self.models.iter().enumerate() {
            let (text, _) = fit(name, 12.0, false, width - LEFT - 50.0);
            let at = (LEFT, height + 12.0 + 22.0 * model as f64);
            legend(&mut svg, at, color(model), is_solid(model), &text);
        }
        let note = "micro: share of images recognised; bands: 95 % confidence";
        svg.text(LEFT, below + 18.0, Style::new(11.0).color(FAINT).anchor(Anchor::Start), note);
        Ok(svg.finish("Item-response curves of the models: accuracy over the strength of each perturbation"))
    }

    fn panel(&self, svg: &mut Svg, origin: (f64, f64), models: &[&[&AccuracyPoint]]) {
        let settings = places(models[0].iter().map(|point| point.setting()));
        let setting = models[0][0].setting();
        let labels = Labels {
            title: &setting.perturber,
            below: &axis_label(&setting.parameter),
            beside: "accuracy [share]",
            settings: &settings,
        };
        let panel = Panel::draw(svg, origin, (0.0, 1.0), &labels);
        let along = || settings.iter().map(|(at, _)| *at);
        for (model, points) in models.iter().enumerate() {
            let ends = along().zip(points.iter().map(|point| point.micro_interval));
            panel.band(svg, ends, color(model));
        }
        for (model, points) in models.iter().enumerate() {
            let tooltip = |point: &AccuracyPoint| {
                let ((low, high), accuracy) = (point.micro_interval, point.response.accuracy_micro);
                let (name, setting) = (&self.models[model], point.setting());
                format!("{name}, {setting}: {accuracy:.3} (95 %: {low:.3} to {high:.3})")
            };
            let tooltips: Vec<String> = points.iter().map(|point| tooltip(point)).collect();
            let accuracies = points.iter().map(|point| point.response.accuracy_micro);
            let curve =
                along().zip(accuracies).zip(&tooltips).map(|((x, y), tooltip)| (x, y, tooltip.as_str()));
            panel.curve(svg, curve, color(model), is_solid(model));
        }
    }

    /// The accuracies as a Markdown table, one row per setting and one column per model, with the area under each curve.
    #[must_use]
    pub fn markdown(&self) -> String {
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let models: Vec<String> = self.models.iter().map(|model| cell(model)).collect();
        let row = |head: &str, cells: &[String]| format!("| {head} | {} |\n", cells.join(" | "));
        let areas: Vec<Vec<AreaUnderCurve>> = (0..models.len()).map(|model| self.areas(model)).collect();
        let by_setting = self.points[0].iter().enumerate().map(|(i, point)| {
            let accuracies =
                self.points.iter().map(|points| format!("{:.3}", points[i].response.accuracy_micro));
            row(&cell(&point.setting().to_string()), &accuracies.collect::<Vec<_>>())
        });
        let by_sweep = areas[0].iter().enumerate().map(|(i, area)| {
            let of_models = areas.iter().map(|areas| format!("{:.3}", areas[i].accuracy_micro));
            let head = format!("{} {}, area", cell(&area.perturber), cell(&area.parameter));
            row(&head, &of_models.collect::<Vec<_>>())
        });
        let rule = format!("| --- |{}\n", " ---: |".repeat(models.len()));
        std::iter::once(row("setting", &models) + &rule).chain(by_setting).chain(by_sweep).collect()
    }

    /// Returns the comparison as one self-contained HTML page, as [`Page`](crate::Page) is.
    ///
    /// # Errors
    ///
    /// [`Error::NoRow`] for an image without a row among the saliency metrics, [`Error::ImageShape`] and
    /// [`Error::MapSize`] for arrays that do not fit.
    pub fn html(&self) -> Result<String, Error> {
        page::comparison_page(self)
    }

    pub(crate) fn studies(&self) -> &'a [StudyResults] {
        self.studies
    }

    pub(crate) fn points(&self) -> &[Vec<AccuracyPoint>] {
        &self.points
    }

    pub(crate) fn explained(&self) -> &'a [Vec<ExplainedImage>] {
        self.images
    }
}

fn color(model: usize) -> &'static str {
    COLORS[model % COLORS.len()]
}

fn is_solid(model: usize) -> bool {
    (model / COLORS.len()).is_multiple_of(2)
}

fn is_right(row: &Prediction) -> bool {
    row.truth == row.predicted
}

/// What tells a prediction from the others of its study.
fn key(row: &Prediction) -> (String, usize) {
    (row.setting.to_string(), row.image_id)
}

fn names(studies: &[StudyResults]) -> Vec<String> {
    let named = |study: &StudyResults| match study.run.model.as_str() {
        "" => "unnamed model".to_owned(),
        name => name.to_owned(),
    };
    let names: Vec<String> = studies.iter().map(named).collect();
    let mut unique: Vec<String> = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let mut number = 1 + names[..i].iter().filter(|before| *before == name).count();
        let mut text = if number == 1 { name.clone() } else { format!("{name} ({number})") };
        while unique.contains(&text) {
            number += 1;
            text = format!("{name} ({number})");
        }
        unique.push(text);
    }
    unique
}

/// What keeps a study from being compared with another, in words.
fn difference(first: &StudyResults, other: &StudyResults) -> Option<String> {
    let (one, two) = (&first.run, &other.run);
    if one.dataset != two.dataset {
        return Some(format!("its dataset is `{}`, expected `{}`", two.dataset, one.dataset));
    }
    if one.labels != two.labels {
        return Some(match one.labels.iter().zip(&two.labels).position(|(a, b)| a != b) {
            Some(i) => format!("its class {i} is `{}`, expected `{}`", two.labels[i], one.labels[i]),
            None => format!("it has {} classes, expected {}", two.labels.len(), one.labels.len()),
        });
    }
    if one.seed != two.seed {
        return Some(format!("its seed is {}, expected {}", two.seed, one.seed));
    }
    let settings = |study: &StudyResults| -> Vec<String> {
        study.item_response.iter().map(|row| row.setting.to_string()).collect()
    };
    let (expected, found) = (settings(first), settings(other));
    if expected != found {
        return Some(match expected.iter().zip(&found).position(|(a, b)| a != b) {
            Some(i) => format!("its setting {i} is `{}`, expected `{}`", found[i], expected[i]),
            None => format!("it has {} settings, expected {}", found.len(), expected.len()),
        });
    }
    let truths = |study: &'_ StudyResults| -> HashMap<(String, usize), (String, String)> {
        study.predictions.iter().map(|row| (key(row), (row.datum.clone(), row.truth.clone()))).collect()
    };
    let (expected, found) = (truths(first), truths(other));
    for row in &other.predictions {
        match expected.get(&key(row)) {
            Some((datum, truth)) if *datum == row.datum && *truth == row.truth => {}
            Some((datum, truth)) => {
                return Some(format!(
                    "its image {} is `{}` of class `{}`, expected `{datum}` of class `{truth}`",
                    row.image_id, row.datum, row.truth
                ));
            }
            None => return Some(format!("image {} at {} is not in the first", row.image_id, row.setting)),
        }
    }
    first
        .predictions
        .iter()
        .find(|row| !found.contains_key(&key(row)))
        .map(|row| format!("it lacks image {} at {}", row.image_id, row.setting))
}

fn paired(studies: &[StudyResults]) -> Vec<PairedSetting> {
    let rights: Vec<HashMap<_, bool>> = studies
        .iter()
        .map(|study| study.predictions.iter().map(|row| (key(row), is_right(row))).collect())
        .collect();
    let mut paired = Vec::new();
    for rows in by_setting(&studies[0].predictions, |row| &row.setting) {
        let keys: Vec<_> = rows.iter().map(|row| key(row)).collect();
        for second in 1..studies.len() {
            for first in 0..second {
                let pair = |key| Some((rights[first].get(key).copied()?, rights[second].get(key).copied()?));
                let test = keys.iter().filter_map(pair).collect();
                paired.push(PairedSetting {
                    setting: rows[0].setting.clone(),
                    models: (first, second),
                    test,
                });
            }
        }
    }
    paired
}
