use std::path::PathBuf;

use crate::{Repo, RepoKind};

/// Why files cannot be had from the Hub.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text does not name a repository.
    #[error("`{text}` names no repository, expected hf:OWNER/NAME or hf:OWNER/NAME@REVISION")]
    Repo {
        /// The text.
        text: String,
    },
    /// A setting is not possible.
    #[error("{what} is `{value}`, expected {expected}")]
    Setting {
        /// What is set.
        what: &'static str,
        /// The value that was given.
        value: String,
        /// What it must be.
        expected: &'static str,
    },
    /// The Hub does not know the repository, or does not show it.
    #[error(
        "{endpoint} has no {kind} `{id}`, or it is private: check the name, or put a token that may read it into HF_TOKEN or \
         {token_file}", id = repo.id(), token_file = token_file.display()
    )]
    NoRepository {
        /// The address of the Hub.
        endpoint: String,
        /// What was looked for.
        kind: RepoKind,
        /// Its name.
        repo: Repo,
        /// The file that may hold a token.
        token_file: PathBuf,
    },
    /// The owner must grant access to the repository first.
    #[error(
        "the {kind} `{id}` is gated: ask for access at {endpoint}/{path}{id}, then put your token into HF_TOKEN or {token_file}",
        id = repo.id(), path = kind.path(), token_file = token_file.display()
    )]
    Gated {
        /// The address of the Hub.
        endpoint: String,
        /// What was looked for.
        kind: RepoKind,
        /// Its name.
        repo: Repo,
        /// The file that may hold a token.
        token_file: PathBuf,
    },
    /// The Hub refuses the token.
    #[error("{endpoint} refuses the token, expected a valid one in HF_TOKEN or {token_file}", token_file = token_file.display())]
    Token {
        /// The address of the Hub.
        endpoint: String,
        /// The file that may hold a token.
        token_file: PathBuf,
    },
    /// The repository has no such branch, tag or commit.
    #[error("the {kind} `{id}` has no revision `{revision}`", id = repo.id(), revision = repo.revision())]
    NoRevision {
        /// What was looked for.
        kind: RepoKind,
        /// Its name and revision.
        repo: Repo,
    },
    /// The repository has no such file.
    #[error("{repo} has no file `{file}`, it holds {present}")]
    NoFile {
        /// The repository.
        repo: Repo,
        /// The file.
        file: String,
        /// The files that there are.
        present: String,
    },
    /// The Hub cannot be reached.
    #[error("cannot reach {endpoint} ({problem}); HF_HUB_OFFLINE=1 uses what the cache in {cache} holds", cache = cache.display())]
    NoNetwork {
        /// The address of the Hub.
        endpoint: String,
        /// What failed.
        problem: String,
        /// The folder of the cache.
        cache: PathBuf,
    },
    /// Without a network, the cache does not hold what is asked for.
    #[error("the cache in {cache} does not hold {what} of the {kind} {repo}, and HF_HUB_OFFLINE forbids downloading it", cache = cache.display())]
    NotCached {
        /// The folder of the cache.
        cache: PathBuf,
        /// What is missing: a revision or files.
        what: String,
        /// What was looked for.
        kind: RepoKind,
        /// The repository.
        repo: Repo,
    },
    /// The Hub still allows no more requests, or asks for a longer wait than this crate makes by itself.
    #[error(
        "{endpoint} allows no more requests for now, try again in {seconds} s (a token in HF_TOKEN raises the limit)"
    )]
    RateLimited {
        /// The address of the Hub.
        endpoint: String,
        /// What it asks to wait.
        seconds: u64,
    },
    /// The Hub's answer is not what was expected.
    #[error("{url}: {problem}")]
    Answer {
        /// The address.
        url: String,
        /// What is wrong with the answer.
        problem: String,
    },
    /// A download broke off again and again. The part that has arrived is kept, and the next call resumes.
    #[error(
        "the download of {file} broke off after {received} of {size} bytes ({problem}); it resumes there next time"
    )]
    Broken {
        /// The file.
        file: String,
        /// Bytes that have arrived.
        received: u64,
        /// Bytes of the whole file.
        size: u64,
        /// What failed.
        problem: String,
    },
    /// A file's content does not match the repository's checksum. It was deleted.
    #[error(
        "{file} has the checksum {found}, expected {expected}: it was deleted, and the next download starts anew"
    )]
    Checksum {
        /// The file.
        file: String,
        /// The sum of what has arrived.
        found: String,
        /// The sum in the repository.
        expected: String,
    },
    /// A file of the cache cannot be read or written.
    #[error("cannot read or write {path}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The observer stopped the download. What has arrived is kept.
    #[error("stopped after {done} of {total} bytes")]
    Stopped {
        /// Bytes that have arrived.
        done: usize,
        /// All bytes of this call.
        total: usize,
    },
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    /// Whether what was asked for is impossible, whatever the Hub holds.
    ///
    /// ```
    /// assert!("hf:eurosat".parse::<hub::Repo>().unwrap_err().is_usage());
    /// ```
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Repo { .. } | Self::Setting { .. })
    }
}
