use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// A range of sample values that becomes 0 to 255.
///
/// Values in between are scaled linearly and rounded to the nearest, values outside are clipped, and NaN
/// becomes 0. The text form is `low:high`.
///
/// ```
/// use datasets::SampleRange;
///
/// // Reflectances of Sentinel-2, times 10,000.
/// let range = SampleRange::new(0.0, 3000.0)?;
/// assert_eq!("0,3000".parse::<SampleRange>()?, range);
/// assert_eq!(range.to_string(), "0,3000");
///
/// let error = SampleRange::new(1.0, 1.0).unwrap_err().to_string();
/// assert!(error.starts_with("the sample range is 1,1, expected two finite numbers"));
/// # Ok::<(), datasets::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "[f64; 2]", try_from = "[f64; 2]")]
pub struct SampleRange {
    low: f64,
    high: f64,
}

impl SampleRange {
    /// Creates the range whose `low` becomes 0 and whose `high` becomes 255.
    ///
    /// # Errors
    ///
    /// [`Error::SampleRange`] unless both are finite and `low < high`.
    pub fn new(low: f64, high: f64) -> Result<Self, Error> {
        if low.is_finite() && high.is_finite() && low < high && (high - low).is_finite() {
            Ok(Self { low, high })
        } else {
            Err(Error::SampleRange { range: format!("{low},{high}") })
        }
    }

    /// The value that becomes 0.
    #[must_use]
    pub fn low(self) -> f64 {
        self.low
    }

    /// The value that becomes 255.
    #[must_use]
    pub fn high(self) -> f64 {
        self.high
    }

    /// Scales one sample.
    pub(crate) fn scale(self, sample: f64) -> u8 {
        // The cast clips, and makes 0 of NaN.
        ((sample - self.low) / (self.high - self.low) * 255.0).round() as u8
    }
}

impl fmt::Display for SampleRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.low, self.high)
    }
}

impl From<SampleRange> for [f64; 2] {
    fn from(range: SampleRange) -> Self {
        [range.low, range.high]
    }
}

impl TryFrom<[f64; 2]> for SampleRange {
    type Error = Error;

    fn try_from([low, high]: [f64; 2]) -> Result<Self, Error> {
        Self::new(low, high)
    }
}

impl FromStr for SampleRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let numbers = text.split_once(',').and_then(|(low, high)| {
            Some((low.trim().parse::<f64>().ok()?, high.trim().parse::<f64>().ok()?))
        });
        let (low, high) = numbers.ok_or_else(|| Error::SampleRange { range: text.to_owned() })?;
        Self::new(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_scaled_rounded_and_clipped() {
        let range = SampleRange::new(100.0, 355.0).unwrap();
        for (sample, expected) in [
            (100.0, 0),
            (100.49, 0),
            (100.5, 1),
            (227.0, 127),
            (355.0, 255),
            (0.0, 0),
            (1e9, 255),
            (f64::NAN, 0),
        ] {
            assert_eq!(range.scale(sample), expected, "{sample}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused_by_name() {
        for text in ["", "7", "2,1", "0,0", "a,b", "0,inf", "nan,1", "0,1,2", "0:1"] {
            let error = text.parse::<SampleRange>().unwrap_err().to_string();
            assert!(error.starts_with("the sample range is "), "{error}");
        }
    }
}
