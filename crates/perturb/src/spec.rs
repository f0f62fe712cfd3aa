use std::collections::BTreeMap;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::Perturber;

/// A perturber as data: its name and parameters.
///
/// It is written `{"GaussianBlur": {"ksize": 11}}`. A [`Registry`](crate::Registry) builds the perturber, and
/// says whether there is one of this name and whether the parameters fit it.
///
/// ```
/// use perturb::{Perturber, PerturberSpec, Registry};
///
/// let spec: PerturberSpec = serde_json::from_str(r#"{"GaussianBlur": {"ksize": 11}}"#)?;
/// assert_eq!((spec.name(), &spec.parameters()["ksize"]), ("GaussianBlur", &11.into()));
///
/// let blur = Registry::builtin().build(&spec)?;
/// assert_eq!(PerturberSpec::of(&blur), spec);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PerturberSpec {
    name: String,
    parameters: BTreeMap<String, Value>,
}

impl PerturberSpec {
    /// The perturber of this name with these parameters; the others have their defaults.
    ///
    /// ```
    /// use perturb::PerturberSpec;
    ///
    /// let spec = PerturberSpec::new("SaltNoise", [("amount", 0.1)]);
    /// assert_eq!(serde_json::to_string(&spec)?, r#"{"SaltNoise":{"amount":0.1}}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn new<K: Into<String>, V: Into<Value>>(
        name: impl Into<String>,
        parameters: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let parameters = parameters.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { name: name.into(), parameters }
    }

    /// The name and parameters of a perturber.
    #[must_use]
    pub fn of(perturber: &(impl Perturber + ?Sized)) -> Self {
        Self { name: perturber.name().to_owned(), parameters: perturber.parameters() }
    }

    /// The perturber's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parameters by name.
    #[must_use]
    pub fn parameters(&self) -> &BTreeMap<String, Value> {
        &self.parameters
    }
}

/// The spec as JSON: an object whose only key is the name.
impl From<PerturberSpec> for Value {
    fn from(spec: PerturberSpec) -> Self {
        let parameters = Self::Object(spec.parameters.into_iter().collect());
        Self::Object([(spec.name, parameters)].into_iter().collect())
    }
}

impl Serialize for PerturberSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.name, &self.parameters)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for PerturberSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NameAndParameters)
    }
}

struct NameAndParameters;

impl<'de> Visitor<'de> for NameAndParameters {
    type Value = PerturberSpec;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a perturber's name and its parameters, such as {\"GaussianBlur\": {\"ksize\": 11}}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PerturberSpec, A::Error> {
        let missing = || A::Error::invalid_length(0, &self);
        let (name, parameters) = map.next_entry()?.ok_or_else(missing)?;
        if let Some(second) = map.next_key::<String>()? {
            return Err(A::Error::custom(format!(
                "`{name}` and `{second}` are two perturbers, expected one"
            )));
        }
        Ok(PerturberSpec { name, parameters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_is_expected() {
        for (text, part) in [
            ("{}", "invalid length 0, expected a perturber's name"),
            (r#"{"SaltNoise": {}, "GaussianBlur": {}}"#, "`SaltNoise` and `GaussianBlur` are two"),
            (r#"["SaltNoise"]"#, "expected a perturber's name"),
            (r#"{"SaltNoise": 0.5}"#, "expected a map"),
        ] {
            let error = serde_json::from_str::<PerturberSpec>(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
