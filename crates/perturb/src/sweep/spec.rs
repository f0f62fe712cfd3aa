use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::form::Form;
use super::{Axis, Sweep, json_number, points};
use crate::{Error, PerturberSpec, Registry};

/// A sweep as data: a perturber's name, the swept parameters' values and fixed values for others.
///
/// A [`Registry`] builds the [`Sweep`].
///
/// As text, an axis is a list of values, or a rule for making one. It is always written out as its values:
///
/// ```
/// use perturb::{Registry, SweepSpec};
///
/// let text = r#"{"name": "GaussianBlur", "parameter": "ksize",
///                "linspace": {"start": 1, "stop": 20, "num": 5}, "round": "odd"}"#;
/// let spec: SweepSpec = serde_json::from_str(text)?;
/// let written = r#"{"name":"GaussianBlur","parameter":"ksize","values":[1,5,11,15,21]}"#;
/// assert_eq!(serde_json::to_string(&spec)?, written);
///
/// let sweep = spec.build(&Registry::builtin())?;
/// assert_eq!(sweep.settings()[2].perturber().parameters()["ksize"], 11);
/// # use perturb::Perturber;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// | field | what |
/// | --- | --- |
/// | `name` | the perturber |
/// | `parameter` | the swept parameter, or several of equal value as in `w_x+w_y`; takes one of the next three |
/// | `values` | its values |
/// | `linspace` | `start`, `stop`, `num`: [`Axis::linspace`] |
/// | `step` | `start`, `stop`, `step`: [`Axis::step`] |
/// | `round` | optional, how these are rounded: [`Rounding`](crate::Rounding) |
/// | `axes` | instead: a list of axes, each with these five fields |
/// | `with` | optional, fixed values of other parameters by name |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct SweepSpec {
    pub(super) name: String,
    pub(super) axes: Vec<Axis>,
    pub(super) with: BTreeMap<String, Value>,
}

impl SweepSpec {
    /// The perturber of this name over `axes`.
    ///
    /// ```
    /// use perturb::{Axis, Registry, SweepSpec};
    ///
    /// let spec = SweepSpec::new("GaussianNoise", [Axis::new("var", [0.01, 0.1])?]).with("mean", 0.5);
    /// assert_eq!(spec.build(&Registry::builtin())?.settings().len(), 2);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>, axes: impl Into<Vec<Axis>>) -> Self {
        Self { name: name.into(), axes: axes.into(), with: BTreeMap::new() }
    }

    /// Fixes another parameter of the perturber.
    #[must_use]
    pub fn with(mut self, parameter: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with.insert(parameter.into(), value.into());
        self
    }

    /// The perturber's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The swept parameters and their values.
    #[must_use]
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// The fixed parameters by name.
    #[must_use]
    pub fn fixed(&self) -> &BTreeMap<String, Value> {
        &self.with
    }

    /// Builds the sweep. Its name is the one under which the perturber is registered.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] or [`Error::Parameters`] as [`Registry::build`] reports them of a setting;
    /// [`Error::RepeatedParameter`] for a parameter that is fixed and swept; otherwise as [`Sweep::grid`].
    pub fn build(&self, registry: &Registry) -> Result<Sweep, Error> {
        let name = registry.registered_name(&self.name)?;
        let mut set: BTreeSet<&str> = self.with.keys().map(String::as_str).collect();
        if let Some(parameter) = self.axes.iter().flat_map(swept).find(|parameter| !set.insert(parameter)) {
            let parameter = parameter.to_owned();
            return Err(Error::RepeatedParameter { name: name.to_owned(), parameter });
        }
        let points = points(name, &self.axes)?.into_iter().map(|values| {
            let axes = self.axes.iter().zip(&values);
            let swept = axes.flat_map(|(axis, &number)| {
                swept(axis).map(move |parameter| (parameter.to_owned(), json_number(number)))
            });
            let spec = PerturberSpec::new(name, swept.chain(self.with.clone()));
            (values, spec)
        });
        Sweep::build(name.to_owned(), &self.axes, points, |spec| registry.build(&spec))
    }
}

/// The parameters that an axis sets.
fn swept(axis: &Axis) -> impl Iterator<Item = &str> {
    axis.parameter().split('+')
}

impl FromStr for SweepSpec {
    type Err = Error;

    /// Reads a sweep from one line: a perturber, one or more swept parameters with their values, and fixed parameters.
    ///
    /// ```
    /// use perturb::{Registry, SweepSpec};
    ///
    /// let spec: SweepSpec = "GaussianNoise:var=0.01,0.05,0.1:mean=0.5".parse()?;
    /// assert_eq!((spec.name(), spec.axes().len(), spec.fixed()["mean"].as_f64()), ("GaussianNoise", 1, Some(0.5)));
    /// assert_eq!(spec.build(&Registry::builtin())?.settings().len(), 3);
    /// # Ok::<(), perturb::Error>(())
    /// ```
    ///
    /// A parameter with one value is fixed, unless it is the only one.
    ///
    /// # Errors
    ///
    /// [`Error::SweepText`] for a text of another form.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || Error::SweepText { text: text.to_owned() };
        let mut parts = text.split(':');
        let name = parts.next().filter(|name| !name.is_empty()).ok_or_else(refused)?;
        let parameters: Vec<(&str, &str)> =
            parts.map(|part| part.split_once('=').ok_or_else(refused)).collect::<Result<_, _>>()?;
        let only = parameters.len() == 1;
        let mut spec = Self::new(name, []);
        for (parameter, values) in parameters {
            if only || values.contains(',') {
                let numbers = values.split(',').map(|number| number.trim().parse().map_err(|_| refused()));
                spec.axes.push(Axis::new(parameter, numbers.collect::<Result<Vec<f64>, _>>()?)?);
            } else {
                let value: Value = serde_json::from_str(values).unwrap_or_else(|_| values.into());
                spec = spec.with(parameter, value);
            }
        }
        if spec.axes.is_empty() { Err(refused()) } else { Ok(spec) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Perturber, SweepSetting};

    fn read(text: &str) -> SweepSpec {
        serde_json::from_str(text).unwrap()
    }

    fn build(text: &str) -> Result<Sweep, String> {
        let spec: SweepSpec = serde_json::from_str(text).map_err(|e| e.to_string())?;
        spec.build(&Registry::builtin()).map_err(|e| e.to_string())
    }

    fn reads_back(text: &str) {
        let spec = read(text);
        assert_eq!(read(&serde_json::to_string(&spec).unwrap()), spec);
    }

    fn values(sweep: &Sweep) -> Vec<f64> {
        sweep.settings().iter().map(|setting| setting.values()[0]).collect()
    }

    #[test]
    fn the_tutorials_salt_sweep_is_rounded_as_numpy_rounds() {
        let sweep = build(
            r#"{"name": "SaltNoise", "parameter": "amount", "linspace": {"start": 0, "stop": 0.2, "num": 5}, "round": 2}"#,
        );
        assert_eq!(values(&sweep.unwrap()), [0.0, 0.05, 0.1, 0.15, 0.2]);
    }

    #[test]
    fn steps_stop_before_their_end() {
        let sweep = build(
            r#"{"name": "Brightness", "parameter": "factor", "step": {"start": 1, "stop": 1.3, "step": 0.1}}"#,
        );
        assert_eq!(values(&sweep.unwrap()), [1.0, 1.1, 1.2]);
    }

    #[test]
    fn several_axes_vary_the_last_fastest() {
        let text = r#"{"name": "SaltAndPepperNoise", "axes": [
            {"parameter": "amount", "values": [0.1, 0.2]}, {"parameter": "salt_vs_pepper", "values": [0, 1]}]}"#;
        let sweep = build(text).unwrap();
        let all: Vec<&[f64]> = sweep.settings().iter().map(SweepSetting::values).collect();
        assert_eq!(all, [[0.1, 0.0], [0.1, 1.0], [0.2, 0.0], [0.2, 1.0]]);
        assert_eq!(sweep.parameter(), "amount;salt_vs_pepper");
        reads_back(text);
    }

    #[test]
    fn joined_parameters_have_the_same_value() {
        let sweep = build(
            r#"{"name": "SaltAndPepperNoise", "parameter": "amount+salt_vs_pepper", "values": [0, 0.5]}"#,
        );
        let sweep = sweep.unwrap();
        let half = sweep.settings()[1].perturber().parameters();
        assert_eq!((&half["amount"], &half["salt_vs_pepper"]), (&0.5.into(), &0.5.into()));
        assert_eq!(sweep.parameter(), "amount+salt_vs_pepper");
        let error =
            build(r#"{"name": "SaltNoise", "parameter": "amount+amount", "values": [0]}"#).unwrap_err();
        assert!(error.contains("sets amount twice"), "{error}");
    }

    #[test]
    fn fixed_parameters_go_with_every_setting() {
        let text =
            r#"{"name": "GaussianNoise", "parameter": "var", "values": [0, 0.1], "with": {"mean": 0.5}}"#;
        let sweep = build(text).unwrap();
        assert!(sweep.settings().iter().all(|setting| setting.perturber().parameters()["mean"] == 0.5));
        reads_back(text);
    }

    #[test]
    fn a_line_of_another_form_is_refused() {
        for text in
            ["", "GaussianBlur", ":ksize=1,3", "GaussianBlur:ksize", "GaussianBlur:ksize=1,x", "A:b=1:c=2"]
        {
            let error = text.parse::<SweepSpec>().unwrap_err();
            assert!(matches!(error, Error::SweepText { .. }), "{text}: {error}");
        }
        let one: SweepSpec = "GaussianBlur:ksize=5".parse().unwrap();
        assert_eq!(one.axes()[0].values(), [5.0]);
    }

    #[test]
    fn a_sweep_has_the_registered_name() {
        let sweep =
            build(r#"{"name": "GaussianBlurPerturber", "parameter": "ksize", "values": [3]}"#).unwrap();
        assert_eq!(sweep.name(), "GaussianBlur");
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
            (r#"{"name": "SaltNoise", "parameter": "amount", "values": [0.5, 0.5]}"#, "amount = 0.5 twice"),
            (
                r#"{"name": "SaltNoise", "parameter": "amount", "values": [0.5], "with": {"amount": 0.1}}"#,
                "sets amount twice",
            ),
        ] {
            let error = build(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
