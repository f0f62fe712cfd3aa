//! The pictures and maps that the report shows.
//!
//! Which images are worth showing is known only after the last one is explained. Pictures and maps are therefore
//! kept as they come while there is room; what is missing in the end (of a large study, or of one whose first part
//! another run made) is explained once more, which gives the same maps.

use std::collections::HashMap;

use ::saliency::{Classes, Explainer};
use ndarray::Axis;
use perturb::{Perturber, PerturberSpec, Randomness};
use protocols::{BoxError, Dataset, Model};
use report::{Sample, SampleChoice};
use results::{SaliencyComparison, Setting, Value};
use study::{Config, Explained};

use crate::failure::{Failure, context};
use crate::progress;

/// So many bytes of pictures and maps are kept as they come.
const ROOM: usize = 256 << 20;

#[derive(Default)]
pub(crate) struct Samples {
    of_image: HashMap<usize, Vec<Sample>>,
    bytes: usize,
}

impl Samples {
    /// Keeps a picture and its maps, if there is room.
    pub(crate) fn keep(&mut self, row: &SaliencyComparison, explained: &Explained<'_>) {
        let values = explained.truth.len() + explained.predicted.len();
        self.bytes += explained.image.len() + values * size_of::<f32>();
        if self.bytes > ROOM {
            return;
        }
        self.of_image.entry(row.image_id).or_default().push(Sample {
            setting: row.setting.clone(),
            image_id: row.image_id,
            image: explained.image.to_owned(),
            truth: explained.truth.to_owned(),
            predicted: explained.predicted.to_owned(),
        });
    }

    /// Chooses the images to show, and returns each at every setting at which it was explained.
    pub(crate) fn choose(
        mut self,
        config: &Config,
        rows: &[SaliencyComparison],
        dataset: &dyn Dataset,
        model: &dyn Model,
    ) -> Result<Vec<Sample>, Failure> {
        let first = config.output.sample.min(dataset.len().saturating_sub(1));
        let images = SampleChoice { first, ..SampleChoice::default() }.images(rows);
        let again = Again::new(config, dataset, model)?;
        let mut chosen: Vec<(&SaliencyComparison, Option<Sample>)> = Vec::new();
        for image in images {
            let mut kept = self.of_image.remove(&image).unwrap_or_default();
            for row in rows.iter().filter(|row| row.image_id == image) {
                let at = kept.iter().position(|sample| sample.setting == row.setting);
                chosen.push((row, at.map(|at| kept.swap_remove(at))));
            }
        }
        let missing = chosen.iter().filter(|(_, sample)| sample.is_none()).count();
        let meter = (missing > 0).then(|| progress::meter("samples", "images", missing));
        chosen
            .into_iter()
            .map(|(row, sample)| {
                if let Some(sample) = sample {
                    return Ok(sample);
                }
                let what = || format!("{}: image {} could not be explained again", row.setting, row.image_id);
                let sample = again.explain(row).map_err(|e| Failure::run(context(what())(e)))?;
                meter.iter().for_each(|meter| meter.advance(1));
                Ok(sample)
            })
            .collect()
    }
}

/// All that it takes to explain an image of the study once more.
struct Again<'a> {
    perturbers: Vec<(Setting, &'a PerturberSpec)>,
    randomness: Randomness,
    explainer: ::saliency::Rise,
    dataset: &'a dyn Dataset,
    model: &'a dyn Model,
}

impl<'a> Again<'a> {
    fn new(config: &'a Config, dataset: &'a dyn Dataset, model: &'a dyn Model) -> Result<Self, Failure> {
        let mut perturbers = Vec::new();
        for sweep in &config.perturbers {
            for setting in sweep.settings() {
                let value = Value::from(setting.values().to_vec());
                perturbers.push((Setting::new(sweep.name(), sweep.parameter(), value), setting.perturber()));
            }
        }
        Ok(Self {
            perturbers,
            randomness: config.rng.seeded(config.seed),
            explainer: config.saliency.explainer(config.seed).map_err(Failure::usage)?,
            dataset,
            model,
        })
    }

    fn explain(&self, row: &SaliencyComparison) -> Result<Sample, BoxError> {
        let (_, perturber) = self
            .perturbers
            .iter()
            .find(|(setting, _)| *setting == row.setting)
            .ok_or("the study has no such setting")?;
        let labels = &self.dataset.metadata().labels;
        let class =
            |name: &str| labels.iter().position(|label| label == name).ok_or("there is no such class");
        let classes = [class(&row.truth)?, class(&row.predicted)?];
        let datum = self.dataset.get(row.image_id)?;
        let image = perturber.perturb(datum.image.view(), &mut self.randomness.datum(row.image_id))?;
        let maps = self.explainer.explain(self.model, image.view(), Classes::Chosen(&classes))?;
        Ok(Sample {
            setting: row.setting.clone(),
            image_id: row.image_id,
            truth: maps.index_axis(Axis(0), 0).to_owned(),
            predicted: maps.index_axis(Axis(0), 1).to_owned(),
            image,
        })
    }
}
