/// Why a perturber or a sweep cannot be built, or an image cannot be perturbed.
///
/// ```
/// use perturb::{Error, SaltNoise};
///
/// let error = SaltNoise::new(1.5).unwrap_err();
/// assert!(matches!(error, Error::Parameter { parameter: "amount", value: 1.5, .. }));
/// assert_eq!(error.to_string(), "SaltNoise: amount is 1.5, expected a number from 0 to 1");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A parameter is out of range.
    #[error("{perturber}: {parameter} is {value}, expected {expected}")]
    Parameter {
        /// The perturber's name.
        perturber: &'static str,
        /// The parameter's name.
        parameter: &'static str,
        /// The value given.
        value: f64,
        /// What the value must be.
        expected: &'static str,
    },
    /// The perturber is not defined for images with this number of channels.
    #[error("{perturber}: the image has {channels} channels, expected {expected}")]
    Channels {
        /// The perturber's name.
        perturber: &'static str,
        /// The image's channels.
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
    /// An image of another kind does not have 8-bit pixels, or cannot have the pixels it is given.
    #[error("the image is {what}, expected {expected}")]
    Image {
        /// The image's type or shape.
        what: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A name is not one of the known ones.
    #[error("there is no {what} `{name}`, expected one of {known}")]
    Unknown {
        /// What is named, such as `perturber`.
        what: &'static str,
        /// The name given.
        name: String,
        /// The known names, separated by commas.
        known: String,
    },
    /// The parameters do not fit the perturber.
    #[error("{name}: {problem}")]
    Parameters {
        /// The perturber's name.
        name: String,
        /// Which parameter is wrong, and what was expected.
        problem: String,
    },
    /// The registry already has a perturber of this name.
    #[error("the perturber `{name}` is already registered")]
    Registered {
        /// The name.
        name: String,
    },
    /// A sweep has no values.
    #[error("the sweep of {name} over {parameter} has no values, expected at least one")]
    EmptySweep {
        /// The sweep's name.
        name: String,
        /// The swept parameter.
        parameter: String,
    },
    /// An axis cannot be laid out.
    #[error("the sweep's {parameter} is {value}, expected {expected}")]
    Sweep {
        /// What is wrong: `start`, `stop`, `step`, `num`, a value, or the number of settings.
        parameter: &'static str,
        /// The value given.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// An axis has the same value twice.
    #[error("the sweep of {name} has {parameter} = {value} twice, expected different values")]
    RepeatedValue {
        /// The sweep's name.
        name: String,
        /// The swept parameter.
        parameter: String,
        /// The value.
        value: f64,
    },
    /// A parameter is given twice: by two axes, or by an axis and a fixed value.
    #[error("the sweep of {name} sets {parameter} twice, expected one axis or one fixed value")]
    RepeatedParameter {
        /// The sweep's name.
        name: String,
        /// The parameter.
        parameter: String,
    },
    /// Two settings of a sweep have the same perturber: equal names and equal parameters.
    #[error("the sweep of {name} has the same perturber at {parameter} = {first} and {second}")]
    RepeatedPerturber {
        /// The sweep's name.
        name: String,
        /// The swept parameters, separated by semicolons.
        parameter: String,
        /// The values of the first setting, separated by semicolons.
        first: String,
        /// The values of the second setting.
        second: String,
    },
    /// A setting's perturber cannot be built, for a reason of its own.
    #[error("the sweep of {name} has no perturber at {parameter} = {values}")]
    Setting {
        /// The sweep's name.
        name: String,
        /// The swept parameters, separated by semicolons.
        parameter: String,
        /// The setting's values, separated by semicolons.
        values: String,
        /// Why the perturber cannot be built.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A perturber from outside this crate failed.
    #[error("{name} failed")]
    Other {
        /// The perturber's name.
        name: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A text is not a sweep.
    #[error(
        "the sweep is `{text}`, expected NAME:PARAMETER=VALUE,VALUE,…, such as GaussianBlur:ksize=1,5,11"
    )]
    SweepText {
        /// The text.
        text: String,
    },
}

impl Error {
    /// A name that is none of those known.
    pub(crate) fn unknown<'a>(what: &'static str, name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known = known.collect::<Vec<_>>().join(", ");
        Self::Unknown { what, name: name.to_owned(), known }
    }
}
