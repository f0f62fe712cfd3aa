//! Reading an image processor's settings, each with the value it may have.

use serde_json::{Map, Value};

use crate::Error;
use crate::resample::Filter;

/// The largest side that a size may have.
pub(crate) const MAX_SIDE: usize = 16_384;

/// A JSON object's settings.
///
/// As in `transformers`, a setting that is absent has its class's default, and one that is null has no value.
pub(crate) struct Settings<'a>(pub(crate) &'a Map<String, Value>);

/// A size as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sides {
    /// A single number.
    Number(usize),
    Shortest(usize),
    Both(usize, usize),
}

impl Settings<'_> {
    /// The setting's value: none if it is absent, null if it is null.
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, Error> {
        match self.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(refused(name, other, "text")),
        }
    }

    /// A switch; null is off.
    pub(crate) fn switch(&self, name: &'static str, default: bool) -> Result<bool, Error> {
        match self.get(name) {
            None => Ok(default),
            Some(Value::Null) => Ok(false),
            Some(Value::Bool(value)) => Ok(*value),
            Some(other) => Err(refused(name, other, "true or false")),
        }
    }

    /// A finite number; none if it is null.
    pub(crate) fn number(&self, name: &'static str, default: Option<f64>) -> Result<Option<f64>, Error> {
        match self.get(name) {
            None => Ok(default),
            Some(Value::Null) => Ok(None),
            Some(value) => match value.as_f64().filter(|number| number.is_finite()) {
                Some(number) => Ok(Some(number)),
                None => Err(refused(name, value, "a finite number")),
            },
        }
    }

    /// One number per channel, or one for all.
    pub(crate) fn channels(&self, name: &'static str, default: [f64; 3]) -> Result<[f64; 3], Error> {
        let Some(value) = self.get(name) else { return Ok(default) };
        let finite = |value: &Value| value.as_f64().filter(|number| number.is_finite());
        let numbers = match value {
            Value::Array(values) => {
                let numbers: Vec<f64> = values.iter().filter_map(finite).collect();
                <[f64; 3]>::try_from(numbers).ok().filter(|_| values.len() == 3)
            }
            _ => finite(value).map(|number| [number; 3]),
        };
        numbers.ok_or_else(|| refused(name, value, "a finite number, or three of them"))
    }

    /// A size: none if it is absent.
    pub(crate) fn sides(&self, name: &'static str) -> Result<Option<Sides>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let refuse =
            || refused(name, value, "a number, shortest_edge, or height and width, each from 1 to 16384");
        let side = |value: &Value| {
            let side = value.as_u64().and_then(|side| usize::try_from(side).ok());
            side.filter(|side| (1..=MAX_SIDE).contains(side)).ok_or_else(refuse)
        };
        let field = |key: &str| value.get(key).filter(|value| !value.is_null());
        match value {
            Value::Number(_) => side(value).map(Sides::Number),
            Value::Array(sides) => match &sides[..] {
                [height, width] => Ok(Sides::Both(side(height)?, side(width)?)),
                _ => Err(refuse()),
            },
            // A longest edge, or a maximum, asks for another arithmetic than the sides alone.
            Value::Object(_)
                if ["longest_edge", "max_height", "max_width"].iter().any(|&key| field(key).is_some()) =>
            {
                Err(refuse())
            }
            Value::Object(_) => match (field("shortest_edge"), field("height"), field("width")) {
                (Some(shortest), _, _) => side(shortest).map(Sides::Shortest),
                (None, Some(height), Some(width)) => Ok(Sides::Both(side(height)?, side(width)?)),
                _ => Err(refuse()),
            },
            _ => Err(refuse()),
        }
        .map(Some)
    }

    /// Pillow's number or name of a filter; null is bilinear.
    pub(crate) fn filter(&self, name: &'static str, default: Filter) -> Result<Filter, Error> {
        const EXPECTED: &str = "Pillow's number of a filter, 0 to 5, \
            or one of nearest, lanczos, bilinear, bicubic, box and hamming";
        let Some(value) = self.get(name) else { return Ok(default) };
        let filter = match value {
            Value::Null => Some(Filter::Bilinear),
            Value::String(word) => {
                // `PILImageResampling.BICUBIC` is a spelling of it, too.
                let word = word.rsplit('.').next().unwrap_or(word);
                Filter::ALL.into_iter().find(|filter| filter.name().eq_ignore_ascii_case(word))
            }
            _ => value.as_u64().and_then(|number| Filter::ALL.get(usize::try_from(number).ok()?).copied()),
        };
        filter.ok_or_else(|| refused(name, value, EXPECTED))
    }
}

pub(crate) fn refused(setting: &'static str, value: impl ToString, expected: &'static str) -> Error {
    Error::Setting { setting, value: value.to_string(), expected }
}
