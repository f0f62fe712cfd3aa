use std::collections::HashMap;

use results::{Prediction, Setting};

use crate::McNemar;
use crate::chart::{by_setting, groups};

/// A setting's predictions paired with those at the first setting of its sweep, on the same images.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AgainstFirst<'a> {
    /// The setting.
    pub setting: &'a Setting,
    /// The first setting's predictions are the first of each pair: `only_first` counts images that are lost here,
    /// `only_second` those that are regained.
    pub test: McNemar,
}

/// Returns each setting against the first of its sweep, in the order of the predictions. Images without a prediction at
/// either are left out.
///
/// ```
/// use report::against_first;
/// use results::{Prediction, Setting, Value};
///
/// let row = |amount: f64, image_id, predicted: &str| Prediction {
///     setting: Setting::new("SaltNoise", "amount", Value::from(amount)),
///     image_id,
///     datum: image_id.to_string(),
///     truth: "Forest".into(),
///     predicted: predicted.into(),
///     truth_score: 0.3,
///     predicted_score: 0.7,
///     scores: Vec::new(),
/// };
/// let rows = [
///     row(0.0, 0, "Forest"), row(0.0, 1, "River"), row(0.1, 0, "River"), row(0.1, 1, "Forest"), row(0.1, 2, "River"),
/// ];
/// let test = against_first(&rows)[1].test;
/// assert_eq!((test.only_first(), test.only_second(), test.count()), (1, 1, 2));
/// ```
#[must_use]
pub fn against_first(predictions: &[Prediction]) -> Vec<AgainstFirst<'_>> {
    let is_right = |row: &Prediction| row.truth == row.predicted;
    let mut found = Vec::new();
    for sweep in groups(predictions, |row| &row.setting) {
        let settings = by_setting(sweep, |row| &row.setting);
        let at_first = settings.iter().take(1).flatten();
        let before: HashMap<usize, bool> = at_first.map(|row| (row.image_id, is_right(row))).collect();
        for rows in &settings {
            let pairs = rows.iter().filter_map(|row| Some((*before.get(&row.image_id)?, is_right(row))));
            found.push(AgainstFirst { setting: &rows[0].setting, test: pairs.collect() });
        }
    }
    found
}
