//! A sweep as text: the fields of [`SweepSpec`](super::SweepSpec)'s serde form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Axis, Rounding, SweepSpec, json_number};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Values>,
    #[serde(skip_serializing)]
    linspace: Option<Linspace>,
    #[serde(skip_serializing)]
    step: Option<Step>,
    #[serde(skip_serializing)]
    round: Option<Rounding>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    with: BTreeMap<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    axes: Vec<AxisForm>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AxisForm {
    parameter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Values>,
    #[serde(skip_serializing)]
    linspace: Option<Linspace>,
    #[serde(skip_serializing)]
    step: Option<Step>,
    #[serde(skip_serializing)]
    round: Option<Rounding>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Linspace {
    start: f64,
    stop: f64,
    num: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    start: f64,
    stop: f64,
    #[serde(rename = "step")]
    by: f64,
}

/// Whole numbers are written without a fraction if all are whole.
struct Values(Vec<f64>);

impl Serialize for Values {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.iter().all(|number| json_number(*number).is_i64()) {
            serializer.collect_seq(self.0.iter().map(|&number| number as i64))
        } else {
            serializer.collect_seq(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}

impl AxisForm {
    fn axis(self) -> Result<Axis, String> {
        let axis = match (self.values, self.linspace, self.step) {
            (Some(Values(values)), None, None) => Axis::new(self.parameter, values),
            (None, Some(Linspace { start, stop, num }), None) => {
                Axis::linspace(self.parameter, start, stop, num)
            }
            (None, None, Some(Step { start, stop, by })) => Axis::step(self.parameter, start, stop, by),
            _ => {
                return Err(format!("the sweep over {} needs one of values, linspace, step", self.parameter));
            }
        };
        let axis = axis.map_err(|e| e.to_string())?;
        Ok(match self.round {
            Some(rounding) => axis.rounded(rounding),
            None => axis,
        })
    }
}

impl TryFrom<Form> for SweepSpec {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        let Form { name, parameter, values, linspace, step, round, with, axes } = form;
        let axes = match (parameter, axes.is_empty()) {
            (Some(parameter), true) => vec![AxisForm { parameter, values, linspace, step, round }],
            (None, false) if values.is_none() && linspace.is_none() && step.is_none() && round.is_none() => {
                axes
            }
            _ => {
                return Err(format!("the sweep of {name} needs either a parameter with its values, or axes"));
            }
        };
        let axes = axes.into_iter().map(AxisForm::axis).collect::<Result<_, _>>()?;
        Ok(Self { name, axes, with })
    }
}

impl From<SweepSpec> for Form {
    fn from(SweepSpec { name, mut axes, with }: SweepSpec) -> Self {
        let axis = if axes.len() == 1 { axes.pop() } else { None };
        let (parameter, values) =
            axis.map(Axis::into_parts).map(|(name, values)| (name, Values(values))).unzip();
        let each = |(parameter, values)| AxisForm {
            parameter,
            values: Some(Values(values)),
            linspace: None,
            step: None,
            round: None,
        };
        let axes = axes.into_iter().map(Axis::into_parts).map(each).collect();
        Self { name, parameter, values, linspace: None, step: None, round: None, with, axes }
    }
}
