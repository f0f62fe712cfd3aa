use std::collections::HashMap;

use results::{Prediction, SaliencyComparison, Setting, Skipped};

use crate::{Error, Outcome};

/// A setting's number and a picture's position.
type Key = (usize, usize);

/// What an earlier run finished, by setting and picture.
#[derive(Default)]
pub(crate) struct Finished {
    pub(crate) predictions: HashMap<Key, Prediction>,
    pub(crate) comparisons: HashMap<Key, SaliencyComparison>,
    /// What could not be scored.
    pub(crate) unscored: HashMap<Key, Skipped>,
    /// What could be scored and not explained.
    pub(crate) unexplained: HashMap<Key, Skipped>,
}

impl Finished {
    /// Refuses what is not of this study: another setting or picture, a row that comes twice, a comparison
    /// of a picture that has no scores.
    pub(crate) fn new<'a>(
        outcome: Outcome,
        settings: impl Iterator<Item = &'a Setting>,
        pictures: &std::ops::Range<usize>,
    ) -> Result<Self, Error> {
        let Outcome { predictions, comparisons, skipped, .. } = outcome;
        if predictions.is_empty() && comparisons.is_empty() && skipped.is_empty() {
            return Ok(Self::default());
        }
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for (number, setting) in settings.enumerate() {
            if numbers.insert(setting.to_string(), number).is_some() {
                let what = format!("two settings are called `{setting}`, expected each name once");
                return Err(Error::Foreign { what });
            }
        }
        let places = Places { numbers, pictures };
        let predictions = places.keyed(predictions, |row| (&row.setting, row.image_id))?;
        let comparisons = places.keyed(comparisons, |row| (&row.setting, row.image_id))?;
        let skipped = places.keyed(skipped, |row| (&row.setting, row.image_id))?;
        for (key, row) in &comparisons {
            if !predictions.contains_key(key) {
                return Err(foreign(&row.setting, row.image_id, "is explained, yet has no scores"));
            }
            if skipped.contains_key(key) {
                return Err(foreign(&row.setting, row.image_id, "is both explained and left out"));
            }
        }
        let (unexplained, unscored) = skipped.into_iter().partition(|(key, _)| predictions.contains_key(key));
        Ok(Self { predictions, comparisons, unscored, unexplained })
    }

    /// How many pictures need no scoring, each setting's counted by itself.
    pub(crate) fn scored(&self) -> usize {
        self.predictions.len() + self.unscored.len()
    }

    /// How many need no explaining of those that have scores.
    pub(crate) fn explained(&self) -> usize {
        self.comparisons.len() + self.unexplained.len()
    }
}

struct Places<'a> {
    numbers: HashMap<String, usize>,
    pictures: &'a std::ops::Range<usize>,
}

impl Places<'_> {
    fn keyed<R>(
        &self,
        rows: Vec<R>,
        place: impl Fn(&R) -> (&Setting, usize),
    ) -> Result<HashMap<Key, R>, Error> {
        let mut keyed = HashMap::with_capacity(rows.len());
        for row in rows {
            let (setting, picture) = place(&row);
            let Some(&number) = self.numbers.get(&setting.to_string()) else {
                return Err(foreign(setting, picture, "is of a setting that the study does not have"));
            };
            if !self.pictures.contains(&picture) {
                return Err(foreign(setting, picture, "is not among the study's images"));
            }
            let (setting, key) = (setting.clone(), (number, picture));
            if keyed.insert(key, row).is_some() {
                return Err(foreign(&setting, picture, "comes twice"));
            }
        }
        Ok(keyed)
    }
}

fn foreign(setting: &Setting, picture: usize, why: &str) -> Error {
    Error::Foreign { what: format!("{setting}: image {picture} {why}") }
}
