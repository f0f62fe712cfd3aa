//! The flag `--shard`.

use std::str::FromStr;

use study::{Error, Shard};

/// A shard by its number, or the one that the scheduler assigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShardChoice {
    Auto,
    Given(Shard),
}

impl FromStr for ShardChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            _ => text.parse().map(Self::Given).map_err(|error: Error| format!("{error}, or `auto`")),
        }
    }
}

impl ShardChoice {
    pub(crate) fn resolve(self) -> Result<Shard, Error> {
        match self {
            Self::Given(shard) => Ok(shard),
            Self::Auto => Shard::from_scheduler(|name| std::env::var(name).ok()),
        }
    }
}
