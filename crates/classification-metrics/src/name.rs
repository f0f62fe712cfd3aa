use std::fmt::Display;

use crate::Error;

/// The one of `all` that is written as `text`.
pub(crate) fn parse<T: Copy + Display>(what: &'static str, text: &str, all: &[T]) -> Result<T, Error> {
    all.iter().copied().find(|value| value.to_string() == text).ok_or_else(|| {
        let expected: Vec<_> = all.iter().map(ToString::to_string).collect();
        Error::UnknownName { what, name: text.to_owned(), expected: expected.join(", ") }
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::{Debug, Display};
    use std::str::FromStr;

    use serde::Serialize;

    use crate::{Average, CalibrationNorm, Error, HingeMode, Normalization, Score, Weighting};

    fn check<T: Display + FromStr<Err = Error> + Copy + PartialEq + Debug + Serialize>(all: &[T]) {
        for value in all {
            assert_eq!(value.to_string().parse::<T>(), Ok(*value));
            assert_eq!(serde_json::to_value(value).unwrap(), value.to_string());
        }
    }

    #[test]
    fn every_value_reads_back_from_its_name() {
        check(Average::ALL);
        check(CalibrationNorm::ALL);
        check(HingeMode::ALL);
        check(Normalization::ALL);
        check(Score::ALL);
        check(Weighting::ALL);
    }

    #[test]
    fn another_name_is_refused_with_the_possible_ones() {
        let error = "mikro".parse::<Average>().unwrap_err();
        let expected = "unknown average `mikro`, expected one of micro, macro, weighted, per_class";
        assert_eq!(error.to_string(), expected);
    }
}
