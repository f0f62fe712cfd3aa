use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// The value that a sweep varies: one number, or one per parameter that it varies together.
///
/// In text the numbers are joined by `;`, each in the shortest form that reads back to the same number.
///
/// ```
/// use results::Value;
///
/// let value: Value = "11;0.05".parse()?;
/// assert_eq!(value.numbers(), [11.0, 0.05]);
/// assert_eq!(value.to_string(), "11;0.05");
/// assert_eq!(Value::from(0.05).number(), Some(0.05));
/// # Ok::<(), results::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Value(Vec<f64>);

impl Value {
    /// The numbers, one per parameter.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        &self.0
    }

    /// The number, if one parameter is varied alone.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self.0[..] {
            [number] => Some(number),
            _ => None,
        }
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self(vec![number])
    }
}

impl From<Vec<f64>> for Value {
    fn from(numbers: Vec<f64>) -> Self {
        Self(numbers)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, number) in self.0.iter().enumerate() {
            write!(f, "{}{number}", if i == 0 { "" } else { ";" })?;
        }
        Ok(())
    }
}

impl FromStr for Value {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let numbers: Result<Vec<f64>, _> = text.split(';').map(str::parse).collect();
        numbers.map(Self).map_err(|_| Error::Value { text: text.to_owned() })
    }
}

impl From<Value> for String {
    fn from(value: Value) -> Self {
        value.to_string()
    }
}

impl TryFrom<String> for Value {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

/// One setting of one perturber: all images, perturbed in the same way.
///
/// ```
/// use results::{Setting, Value};
///
/// let setting = Setting::new("SaltNoise", "amount", Value::from(0.05));
/// assert_eq!(setting.to_string(), "SaltNoise amount 0.05");
/// ```
#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Setting {
    /// The perturber's name, such as `GaussianBlur`, with the parameters that the sweep fixes, such as
    /// `GaussianNoise(mean=0.5)`.
    pub perturber: String,
    /// The parameter's name, such as `ksize`; several are joined by `;`.
    pub parameter: String,
    /// The parameter's value.
    pub value: Value,
}

impl Setting {
    /// Names a perturber, the parameter that is varied and its value.
    #[must_use]
    pub fn new(perturber: impl Into<String>, parameter: impl Into<String>, value: Value) -> Self {
        Self { perturber: perturber.into(), parameter: parameter.into(), value }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.perturber, self.parameter, self.value)
    }
}
