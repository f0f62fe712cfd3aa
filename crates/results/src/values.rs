use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use crate::number;

/// Named numbers in a fixed order: what a row holds for each metric of its study.
///
/// In JSON they are the fields of an object, in a CSV table columns of their own.
///
/// ```
/// use results::Values;
///
/// let values = Values::from_iter([("entropy", 11.5), ("ssd", 0.0)]);
/// assert_eq!(values.get("ssd"), Some(0.0));
/// assert_eq!(values.names().collect::<Vec<_>>(), ["entropy", "ssd"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(Vec<(String, f64)>);

impl Values {
    pub(crate) const NONE: Self = Self(Vec::new());

    /// The number of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        self.iter().find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The names, in order.
    #[must_use]
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Names and numbers, in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, f64)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>> FromIterator<(N, f64)> for Values {
    fn from_iter<I: IntoIterator<Item = (N, f64)>>(values: I) -> Self {
        Self(values.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

#[derive(Serialize, Deserialize)]
struct Number(#[serde(with = "number")] f64);

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, &Number(*value))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Values;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of numbers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values, A::Error> {
                let mut values = Vec::new();
                while let Some((name, Number(value))) = map.next_entry()? {
                    values.push((name, value));
                }
                Ok(Values(values))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_order_and_what_json_lacks() {
        let values = Values::from_iter([("z", f64::INFINITY), ("a", 0.1 + 0.2)]);
        let text = serde_json::to_string(&values).unwrap();
        assert_eq!(text, r#"{"z":"inf","a":0.30000000000000004}"#);
        assert_eq!(serde_json::from_str::<Values>(&text).unwrap(), values);
    }
}
