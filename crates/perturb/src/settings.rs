//! Perturbers with several settings: a builder, getters, and a form that serde reads and writes.

/// Declares a perturber, its builder and its getters from one list of settings.
///
/// The perturber needs a method `check(&self) -> Result<(), Error>`, which the builder and serde call, so that no
/// invalid one exists.
macro_rules! perturber_settings {
    (
        $(#[$doc:meta])*
        $name:ident, $builder:ident {
            $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr $(, omit $omit:expr)?;)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "Unchecked")]
        pub struct $name {
            $($(#[serde(skip_serializing_if = $omit)])? $field: $type,)+
        }

        #[doc = concat!("Settings of [`", stringify!($name), "`].")]
        #[derive(Clone, Debug)]
        pub struct $builder(Unchecked);

        #[derive(Clone, Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct Unchecked {
            $($field: $type,)+
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
                let built = Self { $($field),+ };
                built.check()?;
                Ok(built)
            }
        }

        impl $name {
            #[doc = concat!("Settings that are the original's defaults, to be changed and built.")]
            #[must_use]
            pub fn builder() -> $builder {
                $builder::default()
            }

            $(
                $(#[$field_doc])*
                #[must_use]
                pub fn $field(&self) -> &$type {
                    &self.$field
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
