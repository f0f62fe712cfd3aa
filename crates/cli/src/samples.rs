//! The pictures and maps that the report shows.
//!
//! Which images are worth showing is known only after the last one is explained. Pictures and maps are therefore
//! kept as they come while there is room; what is missing in the end (of a large study, or of one whose first part
//! another run made) is explained once more, which gives the same maps.

use std::collections::HashMap;

use protocols::{Dataset, Model};
use report::SampleChoice;
use results::{ExplainedImage, SaliencyComparison};
use study::{Explained, Study};

use crate::failure::Failure;
use crate::progress;

/// So many bytes of pictures and maps are kept as they come.
const ROOM: usize = 256 << 20;

#[derive(Default)]
pub(crate) struct Samples {
    of_image: HashMap<usize, Vec<ExplainedImage>>,
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
        let sample = sample(row, (*explained).into());
        self.of_image.entry(row.image_id).or_default().push(sample);
    }

    /// Chooses the images to show, `first` in front, and returns each at every setting at which it was explained.
    pub(crate) fn choose(
        mut self,
        first: usize,
        rows: &[SaliencyComparison],
        study: &Study,
        dataset: &dyn Dataset,
        model: &dyn Model,
    ) -> Result<Vec<ExplainedImage>, Failure> {
        let images = SampleChoice::new().first(first).choose(rows);
        let mut chosen: Vec<(&SaliencyComparison, Option<ExplainedImage>)> = Vec::new();
        for image in images {
            let mut kept = self.of_image.remove(&image).unwrap_or_default();
            for row in rows.iter().filter(|row| row.image_id == image) {
                let at = kept.iter().position(|sample| sample.setting == row.setting);
                chosen.push((row, at.map(|at| kept.swap_remove(at))));
            }
        }
        let missing = chosen.iter().filter(|(_, sample)| sample.is_none()).count();
        let meter = (missing > 0).then(|| progress::meter("samples", "images", 0, missing));
        chosen
            .into_iter()
            .map(|(row, kept)| {
                if let Some(sample) = kept {
                    return Ok(sample);
                }
                let again = study.explain(row, dataset, model).map_err(Failure::run)?;
                meter.iter().for_each(|meter| meter.advance(1));
                Ok(sample(row, again))
            })
            .collect()
    }
}

fn sample(row: &SaliencyComparison, explained: study::Sample) -> ExplainedImage {
    let study::Sample { image, truth, predicted } = explained;
    ExplainedImage { setting: row.setting.clone(), image_id: row.image_id, image, truth, predicted }
}
