use serde::{Deserialize, Serialize};

use crate::Error;

/// How an axis rounds its values.
///
/// ```
/// use perturb::{Axis, Rounding};
///
/// let axis = Axis::linspace("ksize", 1.0, 20.0, 5)?;
/// assert_eq!(axis.values(), [1.0, 5.75, 10.5, 15.25, 20.0]);
/// assert_eq!(axis.rounded(Rounding::Odd).values(), [1.0, 5.0, 11.0, 15.0, 21.0]);
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Rounding {
    /// Down to an integer: `floor`.
    Floor,
    /// Down to an integer, and up by one if that is even: for kernel sizes.
    Odd,
    /// To this number of decimal places, halves to even: `numpy.round`.
    #[serde(untagged)]
    Decimals(u8),
}

impl Rounding {
    fn round(self, value: f64) -> f64 {
        match self {
            Self::Floor => value.floor(),
            Self::Odd => value.floor() + f64::from(u8::from(value.floor().rem_euclid(2.0) == 0.0)),
            Self::Decimals(decimals) => {
                let scale: f64 = std::iter::repeat_n(10.0, usize::from(decimals.min(22))).product();
                (value * scale).round_ties_even() / scale
            }
        }
    }
}

/// One parameter and its values.
///
/// ```
/// use perturb::Axis;
///
/// assert_eq!(Axis::step("amount", 0.0, 0.3, 0.1)?.values().len(), 3);
/// assert!(Axis::new("amount", []).is_err());
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    parameter: String,
    values: Vec<f64>,
}

impl Axis {
    const MOST: usize = 100_000;

    /// An axis with these values. NRTK's one-step factory is an axis with one value.
    ///
    /// # Errors
    ///
    /// [`Error::EmptySweep`] without a value, [`Error::Sweep`] for a value that is not finite.
    pub fn new(parameter: impl Into<String>, values: impl Into<Vec<f64>>) -> Result<Self, Error> {
        let (parameter, values) = (parameter.into(), values.into());
        if values.is_empty() {
            return Err(Error::EmptySweep { name: "a perturber".to_owned(), parameter });
        }
        values.iter().try_for_each(|&value| finite("value", value))?;
        Ok(Self { parameter, values })
    }

    /// `num` evenly spaced values from `start` to `stop`, both included: `numpy.linspace`, NRTK's linspace
    /// factory.
    ///
    /// # Errors
    ///
    /// [`Error::Sweep`] unless `start` and `stop` are finite and `num` is 1 to 100,000.
    pub fn linspace(parameter: impl Into<String>, start: f64, stop: f64, num: usize) -> Result<Self, Error> {
        finite("start", start)?;
        finite("stop", stop)?;
        if num == 0 || num > Self::MOST {
            return Err(Error::Sweep { parameter: "num", value: num as f64, expected: "1 to 100000" });
        }
        let mut values = vec![start];
        if num > 1 {
            let step = (stop - start) / (num - 1) as f64;
            values = (0..num).map(|i| i as f64 * step + start).collect();
            values[num - 1] = stop;
        }
        Self::new(parameter, values)
    }

    /// Values from `start` in steps of `step`, `stop` excluded: NRTK's step factory. A value within a
    /// billionth of a step of `stop` counts as `stop`.
    ///
    /// # Errors
    ///
    /// [`Error::Sweep`] unless `start` and `stop` are finite, `step` leads from one to the other, and there
    /// are at most 100,000 values; [`Error::EmptySweep`] if `start` equals `stop`.
    pub fn step(parameter: impl Into<String>, start: f64, stop: f64, step: f64) -> Result<Self, Error> {
        finite("start", start)?;
        finite("stop", stop)?;
        let steps = (stop - start) / step;
        if !step.is_finite() || step == 0.0 || steps < 0.0 || steps > Self::MOST as f64 {
            let expected = "a number that leads from start to stop in at most 100000 steps";
            return Err(Error::Sweep { parameter: "step", value: step, expected });
        }
        let count = (steps - 1e-9).ceil().max(0.0) as usize;
        Self::new(parameter, (0..count).map(|i| start + i as f64 * step).collect::<Vec<_>>())
    }

    /// The axis with every value rounded.
    #[must_use]
    pub fn rounded(self, rounding: Rounding) -> Self {
        let values = self.values.iter().map(|&value| rounding.round(value)).collect();
        Self { values, ..self }
    }

    /// The parameter's name.
    #[must_use]
    pub fn parameter(&self) -> &str {
        &self.parameter
    }

    /// The values, in order.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    pub(super) fn into_parts(self) -> (String, Vec<f64>) {
        (self.parameter, self.values)
    }
}

fn finite(parameter: &'static str, value: f64) -> Result<(), Error> {
    if value.is_finite() {
        Ok(())
    } else {
        Err(Error::Sweep { parameter, value, expected: "a finite number" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_evenly_spaced_value_is_the_start() {
        assert_eq!(Axis::linspace("x", 3.0, 9.0, 1).unwrap().values(), [3.0]);
        assert!(Axis::linspace("x", 3.0, 9.0, 0).is_err());
        assert!(Axis::linspace("x", f64::NAN, 9.0, 3).is_err());
    }

    #[test]
    fn steps_may_lead_down_but_must_lead_somewhere() {
        assert_eq!(Axis::step("x", 2.0, 0.0, -1.0).unwrap().values(), [2.0, 1.0]);
        for step in [0.0, 1.0, f64::NAN, -1e-9] {
            assert!(Axis::step("x", 2.0, 0.0, step).is_err(), "{step}");
        }
    }
}
