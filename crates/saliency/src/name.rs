//! The variants of the crate's enums by name, as in a configuration file.

use std::fmt::Display;

use crate::Error;

/// Finds the variant whose name is `text`.
pub(crate) fn parse<T: Copy + Display>(what: &'static str, text: &str, all: &[T]) -> Result<T, Error> {
    all.iter().copied().find(|variant| variant.to_string() == text).ok_or_else(|| {
        let names: Vec<String> = all.iter().map(|variant| format!("`{variant}`")).collect();
        Error::UnknownName { what, value: text.to_owned(), expected: names.join(", ") }
    })
}

/// Gives an enum its names: `ALL`, `Display` and `FromStr`.
macro_rules! named {
    ($type:ident, $what:literal, $($variant:ident = $name:literal),+ $(,)?) => {
        impl $type {
            /// Every variant.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(match self { $(Self::$variant => $name),+ })
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::name::parse($what, text, Self::ALL)
            }
        }
    };
}

pub(crate) use named;

#[cfg(test)]
mod tests {
    use crate::{
        BlendRounding, CausalMode, Colormap, Precision, ProximityMetric, RiseEstimator, RiseQuality,
        RiseSampling,
    };

    macro_rules! every_variant_reads_back {
        ($($type:ident),+) => {$(
            for &variant in $type::ALL {
                assert_eq!(variant.to_string().parse::<$type>().unwrap(), variant);
            }
        )+};
    }

    #[test]
    fn names_read_back_to_the_variant() {
        every_variant_reads_back!(
            BlendRounding,
            CausalMode,
            Colormap,
            Precision,
            ProximityMetric,
            RiseEstimator,
            RiseQuality,
            RiseSampling
        );
    }

    #[test]
    fn unknown_names_are_refused_with_those_that_are_known() {
        let error = "centered".parse::<RiseEstimator>().unwrap_err();
        let expected = "the estimator is `centered`, expected one of `debiased`, `plain`, `centred`";
        assert_eq!(error.to_string(), expected);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn serde_uses_the_same_names() {
        for &sampling in RiseSampling::ALL {
            assert_eq!(serde_json::to_value(sampling).unwrap(), sampling.to_string());
        }
        for &quality in RiseQuality::ALL {
            assert_eq!(serde_json::to_value(quality).unwrap(), quality.to_string());
        }
        for &estimator in RiseEstimator::ALL {
            assert_eq!(serde_json::to_value(estimator).unwrap(), estimator.to_string());
        }
    }
}
