use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// What a file's content must be, by the sum that is also its name in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Checksum {
    /// Of a file that Git itself holds: SHA-1 over its length and content.
    GitBlob(String),
    /// Of a file in Git LFS or Xet.
    Sha256(String),
}

impl Checksum {
    pub(crate) fn value(&self) -> &str {
        match self {
            Self::GitBlob(sum) | Self::Sha256(sum) => sum,
        }
    }

    /// A computation of the sum of a file of `size` bytes.
    pub(crate) fn start(&self, size: u64) -> Summing {
        match self {
            Self::GitBlob(_) => Summing::GitBlob(Sha1::new_with_prefix(format!("blob {size}\0"))),
            Self::Sha256(_) => Summing::Sha256(Sha256::new()),
        }
    }
}

pub(crate) enum Summing {
    GitBlob(Sha1),
    Sha256(Sha256),
}

impl Summing {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::GitBlob(sum) => sum.update(bytes),
            Self::Sha256(sum) => sum.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> String {
        match self {
            Self::GitBlob(sum) => hexadecimal(&sum.finalize()),
            Self::Sha256(sum) => hexadecimal(&sum.finalize()),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_git_and_sha256sum() {
        let sum = |checksum: Checksum| {
            let mut summing = checksum.start(6);
            summing.update(b"hel");
            summing.update(b"lo\n");
            summing.finish()
        };
        // `echo hello | git hash-object --stdin` and `echo hello | sha256sum`.
        assert_eq!(sum(Checksum::GitBlob(String::new())), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(
            sum(Checksum::Sha256(String::new())),
            "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
        );
    }
}
