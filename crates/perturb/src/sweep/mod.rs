//! Sweeps: one perturber at a series of settings.

mod axis;
mod form;

pub use axis::{Axis, Rounding};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Error, PerturberSpec};

/// One setting of a sweep.
///
/// ```
/// use perturb::{Axis, Perturber, Sweep};
///
/// let sweep = Sweep::new("SaltNoise", vec![Axis::new("amount", vec![0.0, 0.1])?], [])?;
/// let setting = &sweep.settings()[1];
/// assert_eq!((setting.values(), setting.perturber().name()), (&[0.1][..], "SaltNoise"));
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SweepSetting {
    values: Vec<f64>,
    perturber: PerturberSpec,
}

impl SweepSetting {
    /// The swept parameters' values, in the order of the axes.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The perturber with these values.
    #[must_use]
    pub fn perturber(&self) -> &PerturberSpec {
        &self.perturber
    }
}

/// One perturber at a series of settings: along an axis, or over the product of several.
///
/// These are NRTK's four factories: an [`Axis`] of one value, of steps or of evenly spaced values, and
/// several axes, of which the last varies fastest. Every setting's perturber exists, so a sweep that would
/// meet an impossible value cannot be built.
///
/// As data, an axis is a list of values, or how to make one:
///
/// ```
/// use perturb::Sweep;
///
/// let text = r#"{"name": "GaussianBlur", "parameter": "ksize",
///                "linspace": {"start": 1, "stop": 20, "num": 5}, "round": "odd"}"#;
/// let sweep: Sweep = serde_json::from_str(text)?;
/// let sizes: Vec<f64> = sweep.settings().iter().map(|setting| setting.values()[0]).collect();
/// assert_eq!(sizes, [1.0, 5.0, 11.0, 15.0, 21.0]);
/// // It is written with the values that came of it.
/// let written = r#"{"name":"GaussianBlur","parameter":"ksize","values":[1,5,11,15,21]}"#;
/// assert_eq!(serde_json::to_string(&sweep)?, written);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Fixed parameters stand under `with`; several axes in a list `axes`, each with its own `parameter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "form::Form", into = "form::Form")]
pub struct Sweep {
    name: String,
    axes: Vec<Axis>,
    with: Map<String, Value>,
    settings: Vec<SweepSetting>,
}

impl Sweep {
    /// More settings than this are a slip of the pen.
    const MOST: usize = 100_000;

    /// The perturber of this name over `axes`, its other parameters fixed by `with`.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] or [`Error::Parameters`] as [`PerturberSpec::from_name`] reports them of a
    /// setting; [`Error::EmptySweep`] without an axis; [`Error::Sweep`] for more than 100,000 settings.
    pub fn new(
        name: &str,
        axes: Vec<Axis>,
        with: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Self, Error> {
        let with: Map<String, Value> = with.into_iter().collect();
        if axes.is_empty() {
            return Err(Error::EmptySweep { name: name.to_owned(), parameter: "nothing".to_owned() });
        }
        let count = axes.iter().try_fold(1_usize, |count, axis| count.checked_mul(axis.values().len()));
        if count.is_none_or(|count| count > Self::MOST) {
            let value = axes.iter().map(|axis| axis.values().len() as f64).product();
            return Err(Error::Sweep { parameter: "number of settings", value, expected: "at most 100000" });
        }
        let settings: Result<Vec<SweepSetting>, Error> = product(&axes)
            .into_iter()
            .map(|values| {
                let mut parameters = with.clone();
                parameters.extend(
                    axes.iter().zip(&values).map(|(axis, &v)| (axis.parameter().to_owned(), number(v))),
                );
                Ok(SweepSetting { perturber: PerturberSpec::from_name(name, parameters)?, values })
            })
            .collect();
        let name = name.strip_suffix("Perturber").unwrap_or(name).to_owned();
        Ok(Self { name, axes, with, settings: settings? })
    }

    /// The perturber's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The swept parameter's name; several are joined by `;`.
    #[must_use]
    pub fn parameter(&self) -> String {
        self.axes.iter().map(Axis::parameter).collect::<Vec<_>>().join(";")
    }

    /// Every setting, in order.
    #[must_use]
    pub fn settings(&self) -> &[SweepSetting] {
        &self.settings
    }
}

/// All combinations of the axes' values, the last axis varying fastest.
fn product(axes: &[Axis]) -> Vec<Vec<f64>> {
    axes.iter().fold(vec![Vec::new()], |combinations, axis| {
        combinations
            .iter()
            .flat_map(|combination| {
                axis.values().iter().map(move |&value| [combination, &[value][..]].concat())
            })
            .collect()
    })
}

/// A number as JSON has it: whole ones without a fraction, as parameters such as `ksize` ask for.
pub(crate) fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT { Value::from(value as i64) } else { Value::from(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Perturber;

    fn read(text: &str) -> Result<Sweep, String> {
        serde_json::from_str(text).map_err(|e| e.to_string())
    }

    fn values(sweep: &Sweep) -> Vec<f64> {
        sweep.settings().iter().map(|setting| setting.values()[0]).collect()
    }

    #[test]
    fn the_tutorials_salt_sweep_is_rounded_as_numpy_rounds() {
        let sweep = read(
            r#"{"name": "SaltNoise", "parameter": "amount", "linspace": {"start": 0, "stop": 0.2, "num": 5}, "round": 2}"#,
        )
        .unwrap();
        assert_eq!(values(&sweep), [0.0, 0.05, 0.1, 0.15, 0.2]);
    }

    #[test]
    fn steps_stop_before_their_end() {
        let sweep = read(
            r#"{"name": "Brightness", "parameter": "factor", "step": {"start": 1, "stop": 1.3, "step": 0.1}}"#,
        );
        assert_eq!(values(&sweep.unwrap()), [1.0, 1.1, 1.2]);
    }

    #[test]
    fn several_axes_vary_the_last_fastest() {
        let sweep = read(
            r#"{"name": "SaltAndPepperNoise", "axes": [
                {"parameter": "amount", "values": [0.1, 0.2]}, {"parameter": "salt_vs_pepper", "values": [0, 1]}]}"#,
        )
        .unwrap();
        let all: Vec<&[f64]> = sweep.settings().iter().map(SweepSetting::values).collect();
        assert_eq!(all, [[0.1, 0.0], [0.1, 1.0], [0.2, 0.0], [0.2, 1.0]]);
        assert_eq!(sweep.parameter(), "amount;salt_vs_pepper");
        assert_eq!(read(&serde_json::to_string(&sweep).unwrap()).unwrap(), sweep);
    }

    #[test]
    fn fixed_parameters_go_with_every_setting() {
        let sweep = read(
            r#"{"name": "GaussianNoise", "parameter": "var", "values": [0, 0.1], "with": {"mean": 0.5}}"#,
        )
        .unwrap();
        assert!(sweep.settings().iter().all(|setting| setting.perturber().parameters()["mean"] == 0.5));
        assert_eq!(read(&serde_json::to_string(&sweep).unwrap()).unwrap(), sweep);
    }

    #[test]
    fn an_impossible_setting_is_named() {
        for (text, part) in [
            (
                r#"{"name": "GaussianBlur", "parameter": "ksize", "values": [3, 4]}"#,
                "ksize is 4, expected an odd number",
            ),
            (r#"{"name": "SaltNoise", "parameter": "amount", "values": [1.5]}"#, "amount is 1.5"),
            (r#"{"name": "SaltNoise", "parameter": "amount", "values": []}"#, "has no values"),
            (r#"{"name": "Salty", "parameter": "amount", "values": [1]}"#, "no perturber `Salty`"),
            (r#"{"name": "SaltNoise", "parameter": "amount"}"#, "one of values, linspace, step"),
            (
                r#"{"name": "SaltNoise", "parameter": "amount", "step": {"start": 0, "stop": 1, "step": 0}}"#,
                "step is 0",
            ),
            (r#"{"name": "SaltNoise", "values": [0.5]}"#, "parameter"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
