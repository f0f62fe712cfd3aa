//! The images and maps that the report shows.
//!
//! Which images are worth showing is known only after the last one is explained. Images and maps are therefore kept
//! while there is room, at the size at which the report shows them. What is missing at the end (in a large study, or after
//! a resumed run) is explained again, which gives the same maps.

use std::collections::HashMap;

use protocols::{Dataset, Model, Pass};
use report::{SampleChoice, thumbnail};
use results::{ExplainedImage, SaliencyComparison, StudyResults};
use study::{Study, StudyObserver};

use crate::Error;

/// The bytes of images and maps that are kept.
const ROOM: usize = 256 << 20;

#[derive(Default)]
pub(crate) struct Samples {
    by_image: HashMap<usize, Vec<ExplainedImage>>,
    bytes: usize,
}

impl Samples {
    /// Keeps an image and its maps, if there is room.
    pub(crate) fn keep(&mut self, image: &ExplainedImage) {
        if self.bytes > ROOM {
            return;
        }
        // An image that cannot be shown is explained again, and then the error is returned.
        let Ok(image) = thumbnail(image) else { return };
        let values = image.truth.len() + image.predicted.len();
        self.bytes += image.image.len() + values * size_of::<f32>();
        self.by_image.entry(image.image_id).or_default().push(image);
    }

    /// Chooses the images to show, `first` in front, and returns each at every setting at which it was explained.
    pub(crate) fn choose(
        mut self,
        first: usize,
        results: &StudyResults,
        study: &Study,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn StudyObserver,
    ) -> Result<Vec<ExplainedImage>, Error> {
        let rows = &results.saliency_metrics;
        let images = SampleChoice::new().first(first).choose(rows, &results.saliency_drift);
        let mut chosen: Vec<(&SaliencyComparison, Option<ExplainedImage>)> = Vec::new();
        for image in images {
            let mut kept = self.by_image.remove(&image).unwrap_or_default();
            for row in rows.iter().filter(|row| row.image_id == image) {
                let at = kept.iter().position(|sample| sample.setting == row.setting);
                chosen.push((row, at.map(|at| kept.swap_remove(at))));
            }
        }
        let missing = chosen.iter().filter(|(_, sample)| sample.is_none()).count();
        if missing > 0 {
            observer.started(Pass::new("samples", "images", Some(missing)));
        }
        let complete = |(row, kept): (&SaliencyComparison, Option<ExplainedImage>)| {
            if let Some(sample) = kept {
                return Ok(sample);
            }
            let again = study.explain(row, dataset, model).map_err(Error::Study)?;
            if observer.advanced(1).is_break() {
                return Err(Error::Study(study::Error::Stopped));
            }
            thumbnail(&again).map_err(|source| Error::Draw { figure: "the samples".into(), source })
        };
        chosen.into_iter().map(complete).collect()
    }
}
