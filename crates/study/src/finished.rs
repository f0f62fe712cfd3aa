use std::collections::HashMap;

use results::{Prediction, SaliencyComparison, SaliencyDrift, Setting, Skipped, StudyResults};

use crate::Error;
use crate::study::StudySetting;

/// A setting's number and an image's position.
type Key = (usize, usize);

/// What an earlier run finished, by setting and image.
#[derive(Default)]
pub(crate) struct Finished {
    pub(crate) predictions: HashMap<Key, Prediction>,
    pub(crate) comparisons: HashMap<Key, SaliencyComparison>,
    pub(crate) drifts: HashMap<Key, SaliencyDrift>,
    /// Images that could not be scored.
    pub(crate) unscored: HashMap<Key, Skipped>,
    /// Images that were scored and could not be explained.
    pub(crate) unexplained: HashMap<Key, Skipped>,
}

impl Finished {
    /// Refuses what does not belong to this study: another setting or image, a row that occurs twice, a comparison of an
    /// image that has no scores, a comparison without its drift.
    pub(crate) fn new(
        finished: StudyResults,
        settings: &[StudySetting],
        images: &std::ops::Range<usize>,
    ) -> Result<Self, Error> {
        let StudyResults {
            predictions, saliency_metrics: comparisons, saliency_drift: drifts, skipped, ..
        } = finished;
        if predictions.is_empty() && comparisons.is_empty() && drifts.is_empty() && skipped.is_empty() {
            return Ok(Self::default());
        }
        let numbers = settings.iter().map(|setting| setting.name.to_string()).zip(0..).collect();
        let places = Places { numbers, images };
        let predictions = places.keyed(predictions, |row| (&row.setting, row.image_id))?;
        let comparisons = places.keyed(comparisons, |row| (&row.setting, row.image_id))?;
        let drifts = places.keyed(drifts, |row| (&row.setting, row.image_id))?;
        let skipped = places.keyed(skipped, |row| (&row.setting, row.image_id))?;
        for (key, row) in &drifts {
            if !comparisons.contains_key(key) {
                return Err(foreign(&row.setting, row.image_id, "has drifted, but is not explained"));
            }
        }
        for (key, row) in &comparisons {
            if !predictions.contains_key(key) {
                return Err(foreign(&row.setting, row.image_id, "is explained, but has no scores"));
            }
            if skipped.contains_key(key) {
                return Err(foreign(&row.setting, row.image_id, "is both explained and skipped"));
            }
            let reference = settings.get(key.0).map_or(*key, |setting| (setting.reference, key.1));
            if comparisons.contains_key(&reference) && !drifts.contains_key(key) {
                return Err(foreign(&row.setting, row.image_id, "is explained, but its drift is missing"));
            }
        }
        let (unexplained, unscored) = skipped.into_iter().partition(|(key, _)| predictions.contains_key(key));
        Ok(Self { predictions, comparisons, drifts, unscored, unexplained })
    }

    /// Images that need not be scored, counted at every setting.
    pub(crate) fn scored(&self) -> usize {
        self.predictions.len() + self.unscored.len()
    }

    /// Scored images that need not be explained, counted at every setting.
    pub(crate) fn explained(&self) -> usize {
        self.comparisons.len() + self.unexplained.len()
    }
}

struct Places<'a> {
    numbers: HashMap<String, usize>,
    images: &'a std::ops::Range<usize>,
}

impl Places<'_> {
    fn keyed<R>(
        &self,
        rows: Vec<R>,
        place: impl Fn(&R) -> (&Setting, usize),
    ) -> Result<HashMap<Key, R>, Error> {
        let mut keyed = HashMap::with_capacity(rows.len());
        for row in rows {
            let (setting, image) = place(&row);
            let Some(&number) = self.numbers.get(&setting.to_string()) else {
                return Err(foreign(setting, image, "has a setting that the study does not have"));
            };
            if !self.images.contains(&image) {
                return Err(foreign(setting, image, "is not among the study's images"));
            }
            let (setting, key) = (setting.clone(), (number, image));
            if keyed.insert(key, row).is_some() {
                return Err(foreign(&setting, image, "occurs twice"));
            }
        }
        Ok(keyed)
    }
}

fn foreign(setting: &Setting, image: usize, why: &str) -> Error {
    Error::Foreign { what: format!("{setting}: image {image} {why}") }
}
