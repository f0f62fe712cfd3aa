//! Perturbers with several settings: a builder, getters, and a form that serde reads and writes.

/// Declares a perturber, its builder and its getters from one list of settings.
///
/// A setting may be `named` otherwise as data, and left out (`omit`) where a function says so. What is `derived` from
/// the settings when it is first needed is no setting.
///
/// The perturber needs a method `check(&self) -> Result<(), Error>`, which the builder and serde call, so that no
/// invalid one exists.
macro_rules! perturber_settings {
    (
        $(#[$doc:meta])*
        $name:ident, $builder:ident {
            $(
                $(#[$field_doc:meta])*
                $field:ident: $type:ty = $default:expr $(, named $named:literal)? $(, omit $omit:literal)?;
            )+
        }
        $(derived $derived:ident: $derived_type:ty)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "Unchecked")]
        pub struct $name {
            $($(#[serde(rename = $named)])? $(#[serde(skip_serializing_if = $omit)])? $field: $type,)+
            $(#[serde(skip)] $derived: $derived_type,)?
        }

        #[doc = concat!("Settings of [`", stringify!($name), "`].")]
        #[derive(Clone, Debug)]
        pub struct $builder(Unchecked);

        #[derive(Clone, Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct Unchecked {
            $($(#[serde(rename = $named)])? $field: $type,)+
        }

        impl Default for Unchecked {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl Default for $builder {
            fn default() -> Self {
                Self(Unchecked::default())
            }
        }

        impl $builder {
            $(
                $(#[$field_doc])*
                #[must_use]
                pub fn $field(mut self, $field: impl Into<$type>) -> Self {
                    self.0.$field = $field.into();
                    self
                }
            )+

            #[doc = concat!("Builds the [`", stringify!($name), "`].")]
            ///
            /// # Errors
            ///
            /// [`Error::Parameter`](crate::Error::Parameter) names a setting that is out of its range; NaN is refused.
            pub fn build(self) -> Result<$name, crate::Error> {
                self.0.try_into()
            }
        }

        impl TryFrom<Unchecked> for $name {
            type Error = crate::Error;

            fn try_from(unchecked: Unchecked) -> Result<Self, crate::Error> {
                let Unchecked { $($field),+ } = unchecked;
                let built = Self { $($field,)+ $($derived: <$derived_type>::default())? };
                built.check()?;
                Ok(built)
            }
        }

        impl $name {
            /// Starts from the original's settings.
            #[must_use]
            pub fn builder() -> $builder {
                $builder::default()
            }

            $(
                $(#[$field_doc])*
                #[must_use]
                #[allow(clippy::clone_on_copy, reason = "some settings are lists")]
                pub fn $field(&self) -> $type {
                    self.$field.clone()
                }
            )+
        }
    };
}

pub(crate) use perturber_settings;

/// A perturber's parameters as serde writes them.
pub(crate) fn parameters(
    perturber: &impl serde::Serialize,
) -> std::collections::BTreeMap<String, serde_json::Value> {
    match serde_json::to_value(perturber) {
        Ok(serde_json::Value::Object(fields)) => fields.into_iter().collect(),
        // Settings are structs of numbers, names and lists, which JSON can hold.
        other => unreachable!("settings serialize as an object, not as {other:?}"),
    }
}

/// The perturber with those of the named parameters that a datum's metadata has; none if it has none of them, or no
/// others than the perturber's own.
pub(crate) fn with_entries<P: serde::Serialize + serde::de::DeserializeOwned>(
    perturber: &P,
    name: &str,
    named: &[&str],
    metadata: &std::collections::BTreeMap<String, serde_json::Value>,
) -> Result<Option<P>, crate::Error> {
    let mut known = named.iter().filter_map(|&name| Some((name, metadata.get(name)?))).peekable();
    if known.peek().is_none() {
        return Ok(None);
    }
    let own = parameters(perturber);
    let mut all = own.clone();
    all.extend(known.map(|(name, value)| (name.to_owned(), value.clone())));
    if all == own {
        // What the perturber has derived from its parameters need not be derived again.
        return Ok(None);
    }
    let built = serde_json::from_value(serde_json::Value::Object(all.into_iter().collect()));
    built.map(Some).map_err(|error| {
        let text = error.to_string();
        let problem = text.strip_prefix(&format!("{name}: ")).unwrap_or(&text).to_owned();
        crate::Error::Parameters {
            name: name.to_owned(),
            problem: format!("in the datum's metadata, {problem}"),
        }
    })
}

/// Lets a perturber take some of its parameters from a datum's metadata.
macro_rules! perturb_datum_with {
    ($name:literal, $($parameter:literal),+) => {
        fn perturb_datum(
            &self,
            image: ArrayView3<'_, u8>,
            metadata: &BTreeMap<String, Value>,
            random: &mut Random,
        ) -> Result<Array3<u8>, Error> {
            match crate::settings::with_entries(self, $name, &[$($parameter),+], metadata)? {
                Some(perturber) => perturber.perturb(image, random),
                None => self.perturb(image, random),
            }
        }
    };
}

pub(crate) use perturb_datum_with;

/// Checks that a number lies within a range.
pub(crate) fn within(
    perturber: &'static str,
    parameter: &'static str,
    value: f64,
    range: impl std::ops::RangeBounds<f64>,
    expected: &'static str,
) -> Result<(), crate::Error> {
    // Infinity lies within an open range.
    if value.is_finite() && range.contains(&value) {
        return Ok(());
    }
    Err(crate::Error::Parameter { perturber, parameter, value, expected })
}

/// What is computed from a perturber's settings when it is first needed, once for all images.
#[cfg(feature = "optical")]
pub(crate) struct Derived<T>(std::sync::OnceLock<std::sync::Arc<T>>);

#[cfg(feature = "optical")]
impl<T> Derived<T> {
    /// The value, computed by `compute` if it is not known yet.
    pub(crate) fn get(&self, compute: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(|| std::sync::Arc::new(compute()))
    }
}

#[cfg(feature = "optical")]
impl<T> Default for Derived<T> {
    fn default() -> Self {
        Self(std::sync::OnceLock::new())
    }
}

#[cfg(feature = "optical")]
impl<T> Clone for Derived<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[cfg(feature = "optical")]
impl<T> std::fmt::Debug for Derived<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("..")
    }
}

/// Settings that are equal have equal values.
#[cfg(feature = "optical")]
impl<T> PartialEq for Derived<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
