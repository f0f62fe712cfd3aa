use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

const PREFIX: &str = "hf:";

/// A repository's name, and which revision of it: `hf:OWNER/NAME` or `hf:OWNER/NAME@REVISION`.
///
/// A revision is a branch, a tag or a commit; by default it is the branch `main`. Serde's form is the text.
///
/// ```
/// use hub::Repo;
///
/// let repo: Repo = "hf:cm93/eurosat".parse()?;
/// assert_eq!((repo.id(), repo.revision()), ("cm93/eurosat", "main"));
/// let repo = repo.at("refs/convert/parquet")?;
/// assert_eq!(repo.to_string(), "hf:cm93/eurosat@refs/convert/parquet");
/// assert!("hf:../eurosat".parse::<Repo>().is_err());
/// # Ok::<(), hub::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Repo {
    id: String,
    revision: Option<String>,
}

impl Repo {
    /// Whether a text names a repository rather than a path.
    ///
    /// ```
    /// assert!(hub::Repo::is_named_by("hf:cm93/eurosat") && !hub::Repo::is_named_by("cm93/eurosat"));
    /// ```
    #[must_use]
    pub fn is_named_by(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The owner and the name, such as `cm93/eurosat`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The branch, tag or commit.
    #[must_use]
    pub fn revision(&self) -> &str {
        self.revision.as_deref().unwrap_or("main")
    }

    /// The same repository at another revision.
    ///
    /// # Errors
    ///
    /// [`Error::Repo`] for what cannot be the name of a revision.
    pub fn at(&self, revision: &str) -> Result<Self, Error> {
        if is_revision(revision) {
            return Ok(Self { id: self.id.clone(), revision: Some(revision.to_owned()) });
        }
        Err(Error::Repo { text: format!("{PREFIX}{}@{revision}", self.id) })
    }
}

/// As `validate_repo_id` of `huggingface_hub`.
fn is_id(id: &str) -> bool {
    let part = |part: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let edge = |c: char| c == '-' || c == '.';
        !part.is_empty() && part.chars().all(allowed) && !part.starts_with(edge) && !part.ends_with(edge)
    };
    let parts = id.split_once('/').is_some_and(|(owner, name)| part(owner) && part(name));
    parts
        && id.len() <= 96
        && !id.contains("--")
        && !id.contains("..")
        && !id.to_lowercase().ends_with(".git")
}

/// Git's rules for the names of branches, as far as a name becomes a path.
fn is_revision(revision: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_./+".contains(c);
    let part = |part: &str| !part.is_empty() && !part.starts_with('.');
    revision.chars().all(allowed) && revision.split('/').all(part) && !revision.contains("..")
}

/// Whether a revision is a commit in full.
pub(crate) fn is_commit(revision: &str) -> bool {
    is_hexadecimal(revision, 40)
}

pub(crate) fn is_hexadecimal(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl fmt::Display for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", self.id)?;
        self.revision.as_ref().map_or(Ok(()), |revision| write!(f, "@{revision}"))
    }
}

impl FromStr for Repo {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || Error::Repo { text: text.to_owned() };
        let name = text.strip_prefix(PREFIX).ok_or_else(refused)?;
        let (id, revision) = name.split_once('@').map_or((name, None), |(id, revision)| (id, Some(revision)));
        if !is_id(id) {
            return Err(refused());
        }
        let repo = Self { id: id.to_owned(), revision: None };
        revision.map_or(Ok(repo.clone()), |revision| repo.at(revision))
    }
}

impl From<Repo> for String {
    fn from(repo: Repo) -> Self {
        repo.to_string()
    }
}

impl TryFrom<String> for Repo {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_to_the_same() {
        let commit = "hf:a/b@0123456789abcdef0123456789abcdef01234567";
        for text in ["hf:cm93/eurosat", "hf:a_b/C.d-e@v1.0", "hf:a/b@refs/convert/parquet", commit] {
            assert_eq!(text.parse::<Repo>().unwrap().to_string(), text);
            let json = serde_json::to_string(&text.parse::<Repo>().unwrap()).unwrap();
            assert_eq!(serde_json::from_str::<Repo>(&json).unwrap().to_string(), text);
        }
        assert!(is_commit(commit.parse::<Repo>().unwrap().revision()));
    }

    #[test]
    fn what_would_leave_the_cache_is_no_name() {
        for text in [
            "cm93/eurosat",
            "hf:",
            "hf:mnist",
            "hf:a/b/c",
            "hf:../b",
            "hf:a/..",
            "hf:a/b--c",
            "hf:/b",
            "hf:a/b@",
            "hf:a/b@..",
            "hf:a/b@x/../../y",
            "hf:a/b@/etc",
            "hf:a/b@.x",
            "hf:a/b@x y",
            "hf:a b/c",
            "hf:a/b.git",
        ] {
            assert!(matches!(text.parse::<Repo>(), Err(Error::Repo { .. })), "{text}");
        }
    }
}
