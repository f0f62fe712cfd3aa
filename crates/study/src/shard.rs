use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// One of several parts of a study, each with a contiguous range of the dataset's images.
///
/// Parts may run anywhere and at any time. Merged, their results are those of one run, since all random numbers of an image
/// are keyed by its position in the whole dataset. As text a shard is `2/4`, the second of four.
///
/// ```
/// use study::Shard;
///
/// let shard: Shard = "2/4".parse()?;
/// assert_eq!(shard, Shard::new(2, 4)?);
/// assert_eq!(shard.range(10), 2..5);
/// assert!("0/4".parse::<Shard>().is_err() && "5/4".parse::<Shard>().is_err());
/// # Ok::<(), study::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// Part `number` of `of`, counted from 1.
    ///
    /// # Errors
    ///
    /// [`Error::Shard`] unless the number is 1 to `of`.
    pub fn new(number: usize, of: usize) -> Result<Self, Error> {
        if number >= 1 && number <= of {
            return Ok(Self { number, of });
        }
        Err(Error::Shard { text: format!("{number}/{of}") })
    }

    /// The part's number, counted from 1.
    #[must_use]
    pub fn number(self) -> usize {
        self.number
    }

    /// The number of parts.
    #[must_use]
    pub fn of(self) -> usize {
        self.of
    }

    /// The part's range of `len` images. The ranges of all parts are adjacent and differ by one image at most; they
    /// may be empty.
    #[must_use]
    pub fn range(self, len: usize) -> Range<usize> {
        // A quotient of at most `len`.
        let end = |parts: usize| (len as u128 * parts as u128 / self.of as u128) as usize;
        end(self.number - 1)..end(self.number)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Shard { text: text.to_owned() };
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        Self::new(number.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?)
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl TryFrom<String> for Shard {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_are_adjacent_and_even(len in any::<usize>(), of in 1_usize..50) {
            let ranges: Vec<_> = (1..=of).map(|number| Shard::new(number, of).unwrap().range(len)).collect();
            prop_assert_eq!((ranges[0].start, ranges[of - 1].end), (0, len));
            for pair in ranges.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
            }
            for range in ranges {
                prop_assert!((len / of..=len / of + 1).contains(&range.len()));
            }
        }

        #[test]
        fn any_text_is_a_shard_or_an_error(text in "[0-9/]{0,8}|\\PC{0,6}") {
            if let Ok(shard) = text.parse::<Shard>() {
                prop_assert_eq!(shard.to_string().parse::<Shard>().unwrap(), shard);
            }
        }
    }
}
