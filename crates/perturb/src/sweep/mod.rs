//! Sweeps: one perturber at a series of settings.

mod axis;
mod form;
mod number;
mod spec;

pub use axis::{Axis, Rounding};
pub use number::Number;
pub(crate) use number::json_number;
pub use spec::SweepSpec;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::{Error, Perturber, PerturberSpec};

/// One setting of a sweep.
///
/// ```
/// use perturb::{Perturber, SaltNoise, Sweep};
///
/// let sweep = Sweep::new("SaltNoise", "amount", [0.0, 0.1], SaltNoise::new)?;
/// let setting = &sweep.settings()[1];
/// assert_eq!((setting.values(), setting.perturber().name()), (&[0.1][..], "SaltNoise"));
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SweepSetting {
    values: Vec<f64>,
    perturber: Arc<dyn Perturber>,
}

impl SweepSetting {
    /// The swept parameters' values, in the order of the axes.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The perturber at these values.
    #[must_use]
    pub fn perturber(&self) -> &Arc<dyn Perturber> {
        &self.perturber
    }
}

impl PartialEq for SweepSetting {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
            && PerturberSpec::of(&self.perturber) == PerturberSpec::of(&other.perturber)
    }
}

/// One perturber at a series of settings: along an axis, or over the grid of several.
///
/// These are NRTK's four factories: an [`Axis`] of one value, of steps or of evenly spaced values, and a grid
/// of several axes. All perturbers exist when the sweep does, so a sweep with an impossible value cannot be
/// built.
///
/// A [`SweepSpec`] is a sweep as data.
///
/// ```
/// use perturb::{GaussianBlur, Sweep};
///
/// let sweep = Sweep::new("GaussianBlur", "ksize", [1, 5, 11], GaussianBlur::new)?;
/// assert_eq!(sweep.settings().len(), 3);
///
/// let error = Sweep::new("GaussianBlur", "ksize", [3, 4], GaussianBlur::new).unwrap_err();
/// assert_eq!(error.to_string(), "GaussianBlur: ksize is 4, expected an odd number from 1 to 9999");
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    name: String,
    parameters: Vec<String>,
    settings: Vec<SweepSetting>,
}

impl Sweep {
    /// Sweeps one parameter; `build` returns the perturber at a value.
    ///
    /// The perturber may be a program's own. `name` and `parameter` are what tables and figures call the
    /// sweep and its axis.
    ///
    /// ```
    /// # use std::collections::BTreeMap;
    /// # use ndarray::{Array3, ArrayView3};
    /// # use perturb::{Error, Perturber, Random};
    /// use perturb::Sweep;
    ///
    /// # #[derive(Debug)]
    /// # struct Invert(f64);
    /// # impl Invert { fn new(strength: f64) -> Result<Self, Error> { Ok(Self(strength)) } }
    /// # impl Perturber for Invert {
    /// #     fn name(&self) -> &str { "Invert" }
    /// #     fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
    /// #         BTreeMap::from([("strength".to_owned(), self.0.into())])
    /// #     }
    /// #     fn perturb(&self, image: ArrayView3<'_, u8>, _: &mut Random) -> Result<Array3<u8>, Error> {
    /// #         Ok(image.mapv(|value| 255 - value))
    /// #     }
    /// # }
    /// let sweep = Sweep::new("Invert", "strength", [0.0, 0.5, 1.0], |strength| Invert::new(strength))?;
    /// assert_eq!((sweep.name(), sweep.parameter().as_str()), ("Invert", "strength"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The error of `build`, as [`Error::Setting`] if it is of another type; [`Error::EmptySweep`] without a
    /// value, [`Error::RepeatedValue`] for a value that occurs twice, and [`Error::RepeatedPerturber`] if two
    /// settings have perturbers of equal name and parameters.
    pub fn new<V: Number, P, E>(
        name: impl Into<String>,
        parameter: impl Into<String>,
        values: impl IntoIterator<Item = V>,
        build: impl Fn(V) -> Result<P, E>,
    ) -> Result<Self, Error>
    where
        P: Perturber + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (name, values): (String, Vec<V>) = (name.into(), values.into_iter().collect());
        let axis = Axis::new(parameter, values.iter().map(|value| value.to_f64()).collect::<Vec<_>>())?;
        let points = points(&name, std::slice::from_ref(&axis))?;
        Self::build(name, &[axis], points.into_iter().zip(values), build)
    }

    /// Sweeps the grid of several axes, the last one varying fastest.
    ///
    /// ```
    /// use perturb::{Axis, SaltAndPepperNoise, Sweep};
    ///
    /// let axes = [Axis::step("amount", 0.0, 0.3, 0.1)?, Axis::new("salt_vs_pepper", [0.2, 0.8])?];
    /// let build = |[amount, salt]: [f64; 2]| SaltAndPepperNoise::new(amount, salt);
    /// let sweep = Sweep::grid("SaltAndPepperNoise", axes, build)?;
    /// assert_eq!(sweep.settings()[1].values(), [0.0, 0.8]);
    /// assert_eq!(sweep.parameter(), "amount;salt_vs_pepper");
    /// # Ok::<(), perturb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); [`Error::RepeatedParameter`] if two axes have the same parameter, and
    /// [`Error::Sweep`] for more than 100,000 settings.
    pub fn grid<P, E, const N: usize>(
        name: impl Into<String>,
        axes: [Axis; N],
        build: impl Fn([f64; N]) -> Result<P, E>,
    ) -> Result<Self, Error>
    where
        P: Perturber + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let name = name.into();
        let points = points(&name, &axes)?.into_iter().map(|values| {
            let arguments = std::array::from_fn(|axis| values[axis]);
            (values, arguments)
        });
        Self::build(name, &axes, points, build)
    }

    /// Builds the perturber at each point, given by the axes' values and what `build` makes of them.
    fn build<A, P, E>(
        name: String,
        axes: &[Axis],
        points: impl IntoIterator<Item = (Vec<f64>, A)>,
        build: impl Fn(A) -> Result<P, E>,
    ) -> Result<Self, Error>
    where
        P: Perturber + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let parameters: Vec<String> = axes.iter().map(|axis| axis.parameter().to_owned()).collect();
        let setting = |(values, arguments): (Vec<f64>, A)| match build(arguments) {
            Ok(perturber) => Ok(SweepSetting { perturber: Arc::new(perturber), values }),
            Err(error) => Err(match error.into().downcast::<Error>() {
                Ok(error) => *error,
                Err(source) => Error::Setting {
                    name: name.clone(),
                    parameter: parameters.join(";"),
                    values: joined(&values),
                    source,
                },
            }),
        };
        let settings: Vec<SweepSetting> = points.into_iter().map(setting).collect::<Result<_, _>>()?;
        let mut seen = HashMap::with_capacity(settings.len());
        for setting in &settings {
            let identity = Value::from(PerturberSpec::of(&setting.perturber)).to_string();
            if let Some(first) = seen.insert(identity, setting) {
                return Err(Error::RepeatedPerturber {
                    name,
                    parameter: parameters.join(";"),
                    first: joined(&first.values),
                    second: joined(&setting.values),
                });
            }
        }
        Ok(Self { name, parameters, settings })
    }

    /// The sweep's name: that of the perturber, where a [`SweepSpec`] built it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The swept parameter's name; several are joined by `;`.
    #[must_use]
    pub fn parameter(&self) -> String {
        self.parameters.join(";")
    }

    /// Every setting, in order. There is at least one.
    #[must_use]
    pub fn settings(&self) -> &[SweepSetting] {
        &self.settings
    }
}

/// All combinations of the axes' values, the last axis varying fastest. No two are equal.
fn points(name: &str, axes: &[Axis]) -> Result<Vec<Vec<f64>>, Error> {
    /// More settings than this are a slip of the pen.
    const MOST: usize = 100_000;
    if axes.is_empty() {
        return Err(Error::EmptySweep { name: name.to_owned(), parameter: "no axis".to_owned() });
    }
    for (i, axis) in axes.iter().enumerate() {
        let parameter = axis.parameter();
        if axes[..i].iter().any(|other| other.parameter() == parameter) {
            return Err(Error::RepeatedParameter { name: name.to_owned(), parameter: parameter.to_owned() });
        }
        let mut values = axis.values().to_vec();
        values.sort_by(f64::total_cmp);
        if let Some(pair) = values.windows(2).find(|pair| pair[0] == pair[1]) {
            let (name, parameter) = (name.to_owned(), parameter.to_owned());
            return Err(Error::RepeatedValue { name, parameter, value: pair[0] });
        }
    }
    let count = axes.iter().try_fold(1_usize, |count, axis| count.checked_mul(axis.values().len()));
    if count.is_none_or(|count| count > MOST) {
        let value = axes.iter().map(|axis| axis.values().len() as f64).product();
        return Err(Error::Sweep { parameter: "number of settings", value, expected: "at most 100000" });
    }
    Ok(axes.iter().fold(vec![Vec::new()], |points, axis| {
        let longer = |point: &Vec<f64>| {
            let values = axis.values().iter();
            values.map(|&value| [&point[..], &[value]].concat()).collect::<Vec<_>>()
        };
        points.iter().flat_map(longer).collect()
    }))
}

/// Values as text, separated by semicolons.
fn joined(values: &[f64]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Brightness, GaussianBlur, SaltAndPepperNoise, SaltNoise};

    #[test]
    fn repeated_values_are_named() {
        let error = Sweep::new("GaussianBlur", "ksize", [3, 5, 3], GaussianBlur::new).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the sweep of GaussianBlur has ksize = 3 twice, expected different values"
        );
        let rounded = Axis::linspace("amount", 0.0, 0.1, 5).unwrap().rounded(Rounding::Decimals(1));
        let error = Sweep::grid("SaltNoise", [rounded], |[amount]| SaltNoise::new(amount)).unwrap_err();
        assert!(matches!(error, Error::RepeatedValue { .. }));
        let error = Sweep::new("Brightness", "factor", [0.0, -0.0], Brightness::new).unwrap_err();
        assert!(matches!(error, Error::RepeatedValue { .. }));
    }

    #[test]
    fn a_parameter_has_one_axis() {
        let axis = || Axis::new("amount", [0.1, 0.2]).unwrap();
        let sweep =
            Sweep::grid("SaltAndPepperNoise", [axis(), axis()], |[a, b]| SaltAndPepperNoise::new(a, b));
        assert!(matches!(sweep, Err(Error::RepeatedParameter { parameter, .. }) if parameter == "amount"));
    }

    #[test]
    fn settings_with_the_same_perturber_are_refused() {
        let error = Sweep::new("SaltNoise", "amount", [0.1, 0.2], |_| SaltNoise::new(0.5)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the sweep of SaltNoise has the same perturber at amount = 0.1 and 0.2"
        );
    }

    #[test]
    fn an_error_of_another_type_is_the_source() {
        let error = Sweep::new("Mine", "x", [1.5], |_| Err::<SaltNoise, _>("no")).unwrap_err();
        assert_eq!(error.to_string(), "the sweep of Mine has no perturber at x = 1.5");
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no");
    }

    #[test]
    fn a_sweep_has_a_limit_and_a_setting_at_least() {
        let axis = |name| Axis::linspace(name, 0.0, 1.0, 1_000).unwrap();
        let sweep = Sweep::grid("S", [axis("a"), axis("b")], |[a, b]| SaltAndPepperNoise::new(a, b));
        assert!(matches!(sweep, Err(Error::Sweep { parameter: "number of settings", .. })));
        assert!(matches!(Sweep::grid("S", [], |[]| SaltNoise::new(0.1)), Err(Error::EmptySweep { .. })));
        let none: [f64; 0] = [];
        assert!(matches!(Sweep::new("S", "a", none, SaltNoise::new), Err(Error::EmptySweep { .. })));
    }
}
