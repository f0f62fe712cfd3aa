use std::collections::BTreeMap;

use ndarray::{Array3, ArrayView3};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    AverageBlur, Brightness, Color, Compose, Contrast, Error, GaussianBlur, GaussianNoise, ImageNetC,
    MedianBlur, PepperNoise, Perturber, RadialDistortion, Random, RandomCrop, RandomRotation, RandomScale,
    RandomTranslation, SaltAndPepperNoise, SaltNoise, Sharpness, SpeckleNoise,
};

macro_rules! registry {
    ($($name:ident),+ $(,)?) => {
        /// Any of this crate's perturbers, as data.
        ///
        /// It is written as its name and parameters, `{"GaussianBlur": {"ksize": 11}}`, and read back only if
        /// the parameters are possible. Parameters that are left out are NRTK's defaults.
        ///
        /// ```
        /// use perturb::{Perturber, PerturberSpec};
        ///
        /// let spec: PerturberSpec = serde_json::from_str(r#"{"GaussianBlur": {"ksize": 11}}"#)?;
        /// assert_eq!((spec.name(), &spec.parameters()["ksize"]), ("GaussianBlur", &11.into()));
        /// assert!(serde_json::from_str::<PerturberSpec>(r#"{"GaussianBlur": {"ksize": 10}}"#).is_err());
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum PerturberSpec {
            $(#[doc = concat!("[`", stringify!($name), "`].")] $name($name)),+
        }

        impl PerturberSpec {
            /// The names of all perturbers.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            fn inner(&self) -> &dyn Perturber {
                match self { $(Self::$name(perturber) => perturber),+ }
            }

            fn read(name: &str, parameters: Value) -> Option<Result<Self, serde_json::Error>> {
                match name {
                    $(stringify!($name) => Some(serde_json::from_value(parameters).map(Self::$name)),)+
                    _ => None,
                }
            }
        }

        $(impl From<$name> for PerturberSpec {
            fn from(perturber: $name) -> Self {
                Self::$name(perturber)
            }
        })+
    };
}

registry!(
    AverageBlur,
    Brightness,
    Color,
    Compose,
    Contrast,
    GaussianBlur,
    GaussianNoise,
    ImageNetC,
    MedianBlur,
    PepperNoise,
    RadialDistortion,
    RandomCrop,
    RandomRotation,
    RandomScale,
    RandomTranslation,
    SaltAndPepperNoise,
    SaltNoise,
    Sharpness,
    SpeckleNoise,
);

impl PerturberSpec {
    /// The perturber of this name (NRTK's, ending in `Perturber`, will do) with these parameters.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] lists the names that there are; [`Error::Parameters`] says which parameter does
    /// not fit.
    ///
    /// # Examples
    ///
    /// ```
    /// use perturb::{Perturber, PerturberSpec};
    ///
    /// let parameters = [("amount".to_owned(), 0.1.into())];
    /// let salt = PerturberSpec::from_name("SaltNoise", parameters)?;
    /// assert_eq!(salt.parameters()["amount"], 0.1);
    /// let error = PerturberSpec::from_name("SaltNoise", [("amount".to_owned(), 2.into())]).unwrap_err();
    /// assert_eq!(error.to_string(), "SaltNoise: amount is 2, expected a number from 0 to 1");
    /// # Ok::<(), perturb::Error>(())
    /// ```
    pub fn from_name(
        name: &str,
        parameters: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Self, Error> {
        let short = name.strip_suffix("Perturber").unwrap_or(name);
        let parameters: Map<String, Value> = parameters.into_iter().collect();
        match Self::read(short, Value::Object(parameters)) {
            Some(Ok(spec)) => Ok(spec),
            Some(Err(error)) => {
                // A perturber's own message begins with its name already.
                let text = error.to_string();
                let problem = text.strip_prefix(&format!("{short}: ")).unwrap_or(&text).to_owned();
                Err(Error::Parameters { name: short.to_owned(), problem })
            }
            None => Err(Error::Unknown { name: name.to_owned(), known: Self::NAMES.join(", ") }),
        }
    }
}

impl Perturber for PerturberSpec {
    fn name(&self) -> &str {
        self.inner().name()
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        self.inner().parameters()
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        self.inner().perturb(image, random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_perturber_is_found_by_its_name_and_reads_back() {
        for name in PerturberSpec::NAMES {
            let spec = PerturberSpec::from_name(&format!("{name}Perturber"), []).unwrap();
            assert_eq!(spec.name(), *name);
            let text = serde_json::to_string(&spec).unwrap();
            assert_eq!(serde_json::from_str::<PerturberSpec>(&text).unwrap(), spec);
            assert_eq!(PerturberSpec::from_name(name, spec.parameters()).unwrap(), spec);
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = PerturberSpec::from_name("Blurr", []).unwrap_err().to_string();
        assert!(
            error.starts_with("there is no perturber `Blurr`") && error.contains("GaussianBlur"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_parameter_is_named() {
        let error = PerturberSpec::from_name("GaussianBlur", [("sigma".to_owned(), 1.into())]).unwrap_err();
        assert!(error.to_string().contains("unknown field `sigma`, expected `ksize`"), "{error}");
    }
}
