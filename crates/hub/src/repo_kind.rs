use std::fmt;
use std::str::FromStr;

use crate::Error;

/// What a repository holds.
///
/// ```
/// use hub::RepoKind;
///
/// assert_eq!("dataset".parse::<RepoKind>()?, RepoKind::Dataset);
/// let error = "space".parse::<RepoKind>().unwrap_err();
/// assert_eq!(error.to_string(), "kind of repository is `space`, expected model or dataset");
/// # Ok::<(), hub::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RepoKind {
    /// A model.
    Model,
    /// A dataset.
    Dataset,
}

impl RepoKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Model, Self::Dataset];

    /// The path of its repositories in URLs of files.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Model => "",
            Self::Dataset => "datasets/",
        }
    }
}

impl fmt::Display for RepoKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Model => "model",
            Self::Dataset => "dataset",
        })
    }
}

impl FromStr for RepoKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let named = |kind: &&Self| kind.to_string() == text;
        Self::ALL.iter().find(named).copied().ok_or_else(|| Error::Setting {
            what: "kind of repository",
            value: text.to_owned(),
            expected: "model or dataset",
        })
    }
}
