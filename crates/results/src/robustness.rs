use serde::{Deserialize, Serialize};

use crate::row::NO_METRICS;
use crate::{Row, Value, Values, number};

/// One number of how robust a model is, of a sweep or of a part of it.
///
/// What it is about is narrowed by `value` (one setting of the sweep), `class` and `image_id`; without them it is about
/// the whole sweep. The measures are those of `report::robustness`.
///
/// ```
/// use results::{Robustness, read_csv, write_csv};
///
/// let area = Robustness {
///     perturber: "GaussianBlur".into(),
///     parameter: "ksize".into(),
///     value: None,
///     class: None,
///     image_id: None,
///     measure: "area_micro".into(),
///     number: 0.625,
/// };
/// let mut file = Vec::new();
/// write_csv(&[area.clone()], &mut file)?;
/// assert_eq!(
///     std::str::from_utf8(&file)?,
///     "perturber,parameter,value,class,image_id,measure,number\nGaussianBlur,ksize,,,,area_micro,0.625\n",
/// );
/// assert_eq!(read_csv::<Robustness>(file.as_slice())?, [area]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Robustness {
    /// The perturber's name.
    pub perturber: String,
    /// The swept parameter's name.
    pub parameter: String,
    /// The parameter's value, for a number of one setting.
    pub value: Option<Value>,
    /// The true class, for a number of one class or image.
    pub class: Option<String>,
    /// The image's position in the dataset, for a number of one image.
    pub image_id: Option<usize>,
    /// What is measured, such as `area_micro`.
    pub measure: String,
    /// Its value; NaN where it is undefined.
    #[serde(with = "number")]
    pub number: f64,
}

impl Row for Robustness {
    type Fixed = Self;

    const COLUMNS: &'static [&'static str] =
        &["perturber", "parameter", "value", "class", "image_id", "measure", "number"];

    const HAS_METRICS: bool = false;

    fn fixed(&self) -> Self {
        self.clone()
    }

    fn metrics(&self) -> &Values {
        &NO_METRICS
    }

    fn from_parts(fixed: Self, _metrics: Values) -> Self {
        fixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read_csv, read_json, write_csv, write_json};

    #[test]
    fn numbers_of_settings_classes_and_images_read_back() {
        let row = |value: Option<Value>, class: Option<&str>, image_id, number| Robustness {
            perturber: "A(b=1,c=2)".into(),
            parameter: "x;y".into(),
            value,
            class: class.map(str::to_owned),
            image_id,
            measure: "m".into(),
            number,
        };
        let rows = [
            row(None, None, None, 3.0),
            row(Some(Value::from(vec![1.0, 0.5])), Some("a,\"b"), Some(7), 0.1 + 0.2),
            row(Some(Value::from(1.0)), None, None, f64::INFINITY),
        ];
        let (mut csv, mut json) = (Vec::new(), Vec::new());
        write_csv(&rows, &mut csv).unwrap();
        write_json(&rows, &mut json).unwrap();
        assert_eq!(read_csv::<Robustness>(csv.as_slice()).unwrap(), rows);
        assert_eq!(read_json::<Robustness>(json.as_slice()).unwrap(), rows);
        let undefined = [row(None, None, None, f64::NAN)];
        let mut csv = Vec::new();
        write_csv(&undefined, &mut csv).unwrap();
        assert!(read_csv::<Robustness>(csv.as_slice()).unwrap()[0].number.is_nan());
    }
}
