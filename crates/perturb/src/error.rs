/// Why a perturber cannot be built, or cannot take a picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter lies outside its range.
    #[error("{perturber}: {parameter} is {value}, expected {expected}")]
    Parameter {
        /// The perturber's name.
        perturber: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// What was given.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// A picture has a number of channels that the perturber is not defined for.
    #[error("{perturber}: the picture has {channels} channels, expected {expected}")]
    Channels {
        /// The perturber's name.
        perturber: &'static str,
        /// The picture's channels.
        channels: usize,
        /// What they must be.
        expected: &'static str,
    },
    /// The image has a size that the perturber is not defined for.
    #[error("{perturber}: the image has {height} x {width} pixels, expected {expected}")]
    Size {
        /// The perturber's name.
        perturber: &'static str,
        /// The image's rows.
        height: usize,
        /// The image's columns.
        width: usize,
        /// What the size must be.
        expected: String,
    },
    /// There is no perturber of this name.
    #[error("there is no perturber `{name}`, expected one of {known}")]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A perturber's parameters do not fit it.
    #[error("{name}: {problem}")]
    Parameters {
        /// The perturber's name.
        name: String,
        /// Which parameter, and what was expected.
        problem: String,
    },
    /// A sweep has no values.
    #[error("the sweep of {name} over {parameter} has no values, expected at least one")]
    EmptySweep {
        /// The perturber's name.
        name: String,
        /// The swept parameter.
        parameter: String,
    },
    /// A sweep's range cannot be stepped through.
    #[error("the sweep's {parameter} is {value}, expected {expected}")]
    Sweep {
        /// What is wrong: `start`, `stop`, `step` or `num`.
        parameter: &'static str,
        /// What was given.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// Whatever a perturber of another crate reports.
    #[error("{name}")]
    Other {
        /// The perturber's name.
        name: String,
        /// What it reports.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
