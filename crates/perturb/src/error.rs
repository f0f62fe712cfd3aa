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
}
