use serde::{Deserialize, Serialize};

/// What a random number is drawn from: an interval, or the numbers up to a limit in either direction.
///
/// As data it is `[low, high]`, or one number L for -L to L.
///
/// ```
/// use perturb::Limit;
///
/// assert_eq!(Limit::from(30.0).interval(), (-30.0, 30.0));
/// assert_eq!(serde_json::from_str::<Limit>("[10, 80]")?.interval(), (10.0, 80.0));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected [low, high], or one number for both directions")]
pub enum Limit {
    /// From the negative to the positive number.
    Symmetric(f64),
    /// Between the two numbers.
    Interval([f64; 2]),
}

impl Limit {
    /// The interval's ends.
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        match self {
            Self::Symmetric(limit) => (-limit, limit),
            Self::Interval([low, high]) => (low, high),
        }
    }
}

impl From<f64> for Limit {
    fn from(limit: f64) -> Self {
        Self::Symmetric(limit)
    }
}

impl From<[f64; 2]> for Limit {
    fn from(interval: [f64; 2]) -> Self {
        Self::Interval(interval)
    }
}
