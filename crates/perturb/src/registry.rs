use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::sweep::json_number;
use crate::{Compose, Error, Perturber, PerturberSpec};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

type Build =
    Arc<dyn Fn(BTreeMap<String, Value>, &Registry) -> Result<Arc<dyn Perturber>, BoxError> + Send + Sync>;

/// The perturbers that can be built by name.
///
/// [`Registry::builtin`] has those of this crate. A program adds its own, which study files and [`Compose`]
/// can then name as well:
///
/// ```
/// use std::collections::BTreeMap;
///
/// use ndarray::{Array3, ArrayView3};
/// use perturb::{Error, Perturber, PerturberSpec, Random, Registry};
/// use serde::Deserialize;
/// use serde_json::Value;
///
/// #[derive(Debug, Deserialize)]
/// struct Shift {
///     by: u8,
/// }
///
/// impl Perturber for Shift {
///     fn name(&self) -> &str {
///         "Shift"
///     }
///
///     fn parameters(&self) -> BTreeMap<String, Value> {
///         BTreeMap::from([("by".to_owned(), self.by.into())])
///     }
///
///     fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
///         Ok(image.mapv(|value| value.saturating_add(self.by)))
///     }
/// }
///
/// let mut registry = Registry::builtin();
/// registry.register::<Shift>("Shift")?;
///
/// let text = r#"{"Compose": {"perturbers": [{"Shift": {"by": 9}}, {"MedianBlur": {"ksize": 3}}]}}"#;
/// let both = registry.build(&serde_json::from_str(text)?)?;
/// let black = Array3::zeros((4, 6, 3));
/// assert_eq!(both.perturb(black.view(), &mut Random::chacha(1, 0))?[[0, 0, 0]], 9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Registry {
    entries: BTreeMap<String, Entry>,
}

/// A registered perturber, which can be described.
#[derive(Clone)]
pub struct Entry {
    name: String,
    build: Build,
    expected: BTreeMap<String, String>,
    units: BTreeMap<String, String>,
    description: Description,
}

/// What is known about a perturber besides its parameters, for lists and galleries. Parts not given are empty.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Description {
    /// The family it belongs to, such as `blur`.
    pub family: String,
    /// The function whose pixels it reproduces, such as `NRTK AverageBlurPerturber, cv2.blur`.
    pub original: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// Settings that show its range, in rows.
    pub examples: Vec<Vec<PerturberSpec>>,
}

/// What is known about a perturber's parameter.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ParameterInfo {
    /// The parameter's name.
    pub name: String,
    /// The value it has by default, if it may be left out.
    pub default: Option<Value>,
    /// What it must be, in words such as `a number from 0 to 1`, if the perturber was registered with them.
    pub expected: Option<String>,
    /// The unit that it is in, such as `m`, if it has one.
    pub unit: Option<String>,
}

impl fmt::Display for ParameterInfo {
    /// Such as `ksize: an odd number from 1 to 9999 [default: 1]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.expected.as_deref().unwrap_or_default())?;
        if let Some(unit) = &self.unit {
            write!(f, ", in {unit}")?;
        }
        self.default.as_ref().map_or(Ok(()), |default| write!(f, " [default: {default}]"))
    }
}

impl Registry {
    /// A registry without perturbers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The perturbers of this crate, by the names of their types.
    #[must_use]
    pub fn builtin() -> Self {
        let mut registry = Self::new();
        crate::catalogue::register(&mut registry);
        registry
            .insert("Compose", Arc::new(compose))
            .parameter("perturbers", "a list of perturbers, each its name and parameters")
            .describe("composition", "NRTK ComposePerturber", "Several perturbers, one after the other.")
            .example([serde_json::json!({"perturbers": [
                {"GaussianBlur": {"ksize": 7}},
                {"SaltNoise": {"amount": 0.05}},
            ]})]);
        registry
    }

    /// Adds a perturber that serde reads from its parameters. Integers may be written with a fraction, as in 3.0.
    ///
    /// Words for what each parameter must be can be added to the returned entry.
    ///
    /// # Errors
    ///
    /// [`Error::Registered`] if the registry has a perturber of this name.
    pub fn register<P: Perturber + DeserializeOwned + 'static>(
        &mut self,
        name: &str,
    ) -> Result<&mut Entry, Error> {
        self.vacant(name)?;
        Ok(self.insert(name, Arc::new(read::<P>)))
    }

    /// Adds a perturber that `build` makes from its parameters, with the registry at hand for perturbers
    /// inside it.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use perturb::{Compose, GaussianBlur, Perturber, PerturberSpec, Registry, SaltNoise};
    ///
    /// let mut registry = Registry::builtin();
    /// registry.register_with("Smudge", |parameters, _registry| {
    ///     let amount = parameters.get("amount").and_then(|value| value.as_f64()).ok_or("amount is missing")?;
    ///     Ok(Arc::new(Compose::new().then(SaltNoise::new(amount)?).then(GaussianBlur::new(3)?)))
    /// })?;
    /// let smudge = registry.build(&PerturberSpec::new("Smudge", [("amount", 0.1)]))?;
    /// assert_eq!(smudge.name(), "Compose");
    /// let error = registry.build(&PerturberSpec::new("Smudge", [("amount", 2.0)])).unwrap_err();
    /// assert_eq!(error.to_string(), "Smudge: SaltNoise: amount is 2, expected a number from 0 to 1");
    /// # Ok::<(), perturb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Registered`] if the registry has a perturber of this name.
    pub fn register_with(
        &mut self,
        name: &str,
        build: impl Fn(BTreeMap<String, Value>, &Self) -> Result<Arc<dyn Perturber>, BoxError>
        + Send
        + Sync
        + 'static,
    ) -> Result<&mut Entry, Error> {
        self.vacant(name)?;
        Ok(self.insert(name, Arc::new(build)))
    }

    /// Builds a perturber. Its name may end in `Perturber`, as NRTK's names do.
    ///
    /// ```
    /// use perturb::{Perturber, PerturberSpec, Registry};
    ///
    /// let registry = Registry::builtin();
    /// let salt = registry.build(&PerturberSpec::new("SaltNoisePerturber", [("amount", 0.1)]))?;
    /// assert_eq!((salt.name(), &salt.parameters()["amount"]), ("SaltNoise", &0.1.into()));
    /// let error = registry.build(&PerturberSpec::new("SaltNoise", [("amount", 2)])).unwrap_err();
    /// assert_eq!(error.to_string(), "SaltNoise: amount is 2, expected a number from 0 to 1");
    /// # Ok::<(), perturb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] lists the registered names; [`Error::Parameters`] says which parameter does not
    /// fit.
    pub fn build(&self, spec: &PerturberSpec) -> Result<Arc<dyn Perturber>, Error> {
        let (name, entry) = self.entry(spec.name())?;
        (entry.build)(spec.parameters().clone(), self).map_err(|error| {
            let problem = self.wrong_type(entry, spec.parameters()).unwrap_or_else(|| {
                let text = with_causes(&*error);
                // The perturber's own error may begin with its name, too.
                text.strip_prefix(&format!("{name}: ")).unwrap_or(&text).to_owned()
            });
            Error::Parameters { name: name.to_owned(), problem }
        })
    }

    /// Names the described parameter whose value has the wrong type, if there is one: serde's error does not.
    fn wrong_type(&self, entry: &Entry, parameters: &BTreeMap<String, Value>) -> Option<String> {
        parameters.iter().find_map(|(name, value)| {
            let expected = entry.expected.get(name)?;
            let error = (entry.build)(BTreeMap::from([(name.clone(), value.clone())]), self).err()?;
            let text = error.downcast_ref::<serde_json::Error>()?.to_string();
            let mistyped = text.starts_with("invalid type") || text.starts_with("invalid value");
            mistyped.then(|| format!("{name} is {value}, expected {expected}"))
        })
    }

    /// The registered names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The parameters of the perturber of this name.
    ///
    /// Defaults are those of the perturber built without any parameter; if it cannot be built that way, only the
    /// parameters that were described are listed.
    ///
    /// ```
    /// let parameters = perturb::Registry::builtin().parameters("GaussianBlur")?;
    /// assert_eq!((parameters[0].name.as_str(), &parameters[0].default), ("ksize", &Some(1.into())));
    /// assert_eq!(parameters[0].expected.as_deref(), Some("an odd number from 1 to 9999"));
    /// # Ok::<(), perturb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] lists the registered names.
    pub fn parameters(&self, name: &str) -> Result<Vec<ParameterInfo>, Error> {
        let (_, entry) = self.entry(name)?;
        let defaults =
            (entry.build)(BTreeMap::new(), self).map(|built| built.parameters()).unwrap_or_default();
        let mut names: Vec<&String> = defaults.keys().chain(entry.expected.keys()).collect();
        names.sort();
        names.dedup();
        let info = |name: &String| ParameterInfo {
            name: name.clone(),
            default: defaults.get(name).cloned(),
            expected: entry.expected.get(name).cloned(),
            unit: entry.units.get(name).cloned(),
        };
        Ok(names.into_iter().map(info).collect())
    }

    /// What the perturber of this name does, as far as it was described.
    ///
    /// ```
    /// let registry = perturb::Registry::builtin();
    /// let blur = registry.description("GaussianBlur")?;
    /// assert_eq!((blur.family.as_str(), blur.examples[0].len()), ("blur", 5));
    /// assert_eq!(blur.summary, "The mean around each pixel with Gaussian weights.");
    /// # Ok::<(), perturb::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] lists the registered names.
    pub fn description(&self, name: &str) -> Result<&Description, Error> {
        Ok(&self.entry(name)?.1.description)
    }

    /// The name without `Perturber`, if it is registered without.
    pub(crate) fn registered_name(&self, name: &str) -> Result<&str, Error> {
        self.entry(name).map(|(name, _)| name)
    }

    fn entry(&self, name: &str) -> Result<(&str, &Entry), Error> {
        let find = |name| self.entries.get_key_value(name).map(|(name, entry)| (name.as_str(), entry));
        find(name)
            .or_else(|| find(name.strip_suffix("Perturber")?))
            .ok_or_else(|| Error::unknown("perturber", name, self.names()))
    }

    fn vacant(&self, name: &str) -> Result<(), Error> {
        if self.entries.contains_key(name) {
            return Err(Error::Registered { name: name.to_owned() });
        }
        Ok(())
    }

    fn insert(&mut self, name: &str, build: Build) -> &mut Entry {
        let (expected, units, description) = (BTreeMap::new(), BTreeMap::new(), Description::default());
        let entry = Entry { name: name.to_owned(), build, expected, units, description };
        self.entries.entry(name.to_owned()).or_insert(entry)
    }

    /// Says in which unit the parameters of this name are, unless a perturber has said otherwise of its own.
    pub(crate) fn unit(&mut self, parameter: &str, unit: &str) {
        for entry in self.entries.values_mut().filter(|entry| entry.expected.contains_key(parameter)) {
            entry.units.entry(parameter.to_owned()).or_insert_with(|| unit.to_owned());
        }
    }

    pub(crate) fn add<P: Perturber + DeserializeOwned + 'static>(
        &mut self,
        name: &str,
        parameters: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> &mut Entry {
        let entry = self.insert(name, Arc::new(read::<P>));
        for (parameter, expected) in parameters {
            entry.parameter(parameter, expected);
        }
        entry
    }
}

impl Entry {
    /// Says in words what a parameter must be, such as `a number from 0 to 1`.
    pub fn parameter(&mut self, name: &str, expected: &str) -> &mut Self {
        self.expected.insert(name.to_owned(), expected.to_owned());
        self
    }

    /// Says which unit a parameter is in, such as `m`.
    pub fn unit(&mut self, name: &str, unit: &str) -> &mut Self {
        self.units.insert(name.to_owned(), unit.to_owned());
        self
    }

    /// Says what the perturber does: its family, the function whose pixels it reproduces, and one sentence.
    pub fn describe(&mut self, family: &str, original: &str, summary: &str) -> &mut Self {
        let [family, original, summary] = [family, original, summary].map(str::to_owned);
        self.description = Description { family, original, summary, ..std::mem::take(&mut self.description) };
        self
    }

    /// Adds a row of settings that show the perturber's range, each an object of parameters.
    ///
    /// ```
    /// # use std::collections::BTreeMap;
    /// # use std::sync::Arc;
    /// use perturb::{Compose, Perturber, Registry};
    /// use serde_json::json;
    ///
    /// let mut registry = Registry::new();
    /// registry
    ///     .register_with("Nothing", |_, _| Ok(Arc::new(Compose::new())))?
    ///     .describe("other", "", "Leaves images as they are.")
    ///     .example([json!({})]);
    /// assert_eq!(registry.description("Nothing")?.examples[0][0].name(), "Nothing");
    /// # Ok::<(), perturb::Error>(())
    /// ```
    pub fn example(&mut self, settings: impl IntoIterator<Item = Value>) -> &mut Self {
        let spec = |setting: Value| {
            let parameters = match setting {
                Value::Object(parameters) => parameters,
                _ => serde_json::Map::new(),
            };
            PerturberSpec::new(&self.name, parameters)
        };
        self.description.examples.push(settings.into_iter().map(spec).collect());
        self
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}

fn read<P: Perturber + DeserializeOwned + 'static>(
    parameters: BTreeMap<String, Value>,
    _registry: &Registry,
) -> Result<Arc<dyn Perturber>, BoxError> {
    // A whole number may be written with a fraction, as in `ksize` = 3.0.
    let whole = |value: Value| match value.as_f64() {
        Some(number) if value.is_f64() => json_number(number),
        _ => value,
    };
    let parameters = parameters.into_iter().map(|(name, value)| (name, whole(value))).collect();
    Ok(Arc::new(serde_json::from_value::<P>(Value::Object(parameters))?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ComposeParameters {
    #[serde(default)]
    perturbers: Vec<PerturberSpec>,
}

fn compose(parameters: BTreeMap<String, Value>, registry: &Registry) -> Result<Arc<dyn Perturber>, BoxError> {
    let ComposeParameters { perturbers } =
        serde_json::from_value(Value::Object(parameters.into_iter().collect()))?;
    let perturbers: Result<Compose, Error> = perturbers.iter().map(|spec| registry.build(spec)).collect();
    Ok(Arc::new(perturbers?))
}

/// An error and its causes, separated by colons.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SaltNoise;

    fn spec(text: &str) -> PerturberSpec {
        serde_json::from_str(text).unwrap()
    }

    fn problem(text: &str) -> String {
        Registry::builtin().build(&spec(text)).unwrap_err().to_string()
    }

    #[test]
    fn every_name_builds_a_perturber_of_that_name_and_its_parameters_build_it_again() {
        let registry = Registry::builtin();
        for name in registry.names() {
            let nothing: [(&str, Value); 0] = [];
            let built = registry.build(&PerturberSpec::new(format!("{name}Perturber"), nothing)).unwrap();
            assert_eq!(built.name(), name);
            let spec = PerturberSpec::of(&built);
            assert_eq!(PerturberSpec::of(&registry.build(&spec).unwrap()), spec);
        }
    }

    #[test]
    fn every_parameter_has_words_that_its_error_uses_as_well() {
        // Every finite number is possible.
        let any = [("mean", ""), ("factor", "Haze"), ("depth_map", "Haze"), ("limit", "RandomRotation")];
        let registry = Registry::builtin();
        for name in registry.names() {
            for ParameterInfo { name: parameter, default, expected, .. } in registry.parameters(name).unwrap()
            {
                let expected = expected.unwrap_or_else(|| panic!("{name}: no words for {parameter}"));
                // A parameter that is left out has no default.
                let Some(default) = default.filter(Value::is_number) else { continue };
                if !any.iter().any(|&(any, of)| any == parameter && (of.is_empty() || of == name)) {
                    let wrong = if default.is_f64() { (-1.0).into() } else { Value::from(1_000_000) };
                    let error = registry.build(&PerturberSpec::new(name, [(parameter, wrong)])).unwrap_err();
                    assert!(error.to_string().ends_with(&format!("expected {expected}")), "{error}");
                }
            }
        }
    }

    #[test]
    fn every_perturber_is_described_by_examples_that_can_be_built() {
        let registry = Registry::builtin();
        for name in registry.names() {
            let Description { family, original, summary, examples } = registry.description(name).unwrap();
            assert!(!family.is_empty() && !original.is_empty() && summary.ends_with('.'), "{name}");
            assert!(!examples.is_empty(), "{name}");
            for example in examples.iter().flatten() {
                assert_eq!(registry.build(example).unwrap().name(), name);
            }
        }
    }

    #[test]
    fn parameters_have_units() {
        let unit = |name, parameter| {
            let parameters = Registry::builtin().parameters(name).unwrap();
            parameters.into_iter().find(|info| info.name == parameter).unwrap().unit
        };
        assert_eq!(unit("GaussianBlur", "ksize").as_deref(), Some("px"));
        assert_eq!(unit("SaltNoise", "amount"), None);
        if cfg!(feature = "optical") {
            assert_eq!(unit("Detector", "w_x").as_deref(), Some("m"));
            assert_eq!(unit("Defocus", "w_x").as_deref(), Some("rad"));
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = problem(r#"{"Blurr": {}}"#);
        assert!(
            error.starts_with("there is no perturber `Blurr`") && error.contains("GaussianBlur"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_parameter_is_named() {
        let error = problem(r#"{"GaussianBlur": {"sigma": 1}}"#);
        assert!(error.contains("unknown field `sigma`, expected `ksize`"), "{error}");
        let error = problem(r#"{"Compose": {"perturbers": [{"GaussianBlur": {"ksize": 4}}]}}"#);
        assert_eq!(error, "Compose: GaussianBlur: ksize is 4, expected an odd number from 1 to 9999");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_with_its_parameter() {
        let error = problem(r#"{"GaussianBlur": {"ksize": 2.5}}"#);
        assert_eq!(error, "GaussianBlur: ksize is 2.5, expected an odd number from 1 to 9999");
        let error = problem(r#"{"SaltNoise": {"whole_pixels": 1, "amount": 0.5}}"#);
        assert_eq!(error, "SaltNoise: whole_pixels is 1, expected true or false");
        let error = problem(r#"{"AverageBlur": {"ksize": -1}}"#);
        assert_eq!(error, "AverageBlur: ksize is -1, expected a number from 1 to 4096");
        let blur = Registry::builtin().build(&spec(r#"{"GaussianBlur": {"ksize": 3.0}}"#)).unwrap();
        assert_eq!(blur.parameters()["ksize"], 3);
    }

    #[test]
    fn a_name_is_registered_once() {
        let mut registry = Registry::builtin();
        assert!(matches!(registry.register::<SaltNoise>("SaltNoise"), Err(Error::Registered { .. })));
        registry.register::<SaltNoise>("MyPerturber").unwrap();
        assert!(registry.build(&spec(r#"{"MyPerturber": {}}"#)).is_ok());
        assert!(registry.build(&spec(r#"{"My": {}}"#)).is_err());
    }
}
