use std::error::Error;

/// An error and its causes, joined by colons.
///
/// ```
/// use protocols::{Error, Place, with_causes};
///
/// let error = Error::Read { place: Place::of_datum(7), source: "the file is gone".into() };
/// assert_eq!(with_causes(&error), "cannot read datum 7: the file is gone");
/// ```
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
