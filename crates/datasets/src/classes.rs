//! From the labels that a dataset's files hold to class numbers and names.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Error;
use crate::note::{Note, Notes};

/// A dataset has at most this many classes where they are counted by the largest number.
const MAX_CLASSES: usize = 1 << 17;

/// The labels of one file; what is missing is `None`.
pub(crate) enum Labels {
    /// Class numbers, with the classes' names where the file has them.
    Numbers(Vec<Option<i64>>, Option<Vec<String>>),
    /// Names by their position in a list.
    Names(Vec<Option<usize>>, Vec<String>),
}

impl Labels {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers, _) => numbers.len(),
            Self::Names(names, _) => names.len(),
        }
    }

    /// Lists each name once.
    pub(crate) fn from_names(names: impl Iterator<Item = Option<String>>) -> Self {
        let mut positions = BTreeMap::new();
        let mut listed = Vec::new();
        let labels = names
            .map(|name| {
                name.map(|name| {
                    *positions.entry(name).or_insert_with_key(|name| {
                        listed.push(name.clone());
                        listed.len() - 1
                    })
                })
            })
            .collect();
        Self::Names(labels, listed)
    }
}

/// For each file the class numbers of its rows, and the names of the classes.
pub(crate) type Numbered = (Vec<Vec<Option<i64>>>, Vec<String>);

/// Gives the classes of all files common numbers.
///
/// Names that files carry must agree. Classes known by name alone are sorted. Classes known by number alone
/// are called by `given` where it is there, else by their numbers.
pub(crate) fn number(
    files: Vec<(&Path, Labels)>,
    column: &str,
    given: Option<&[String]>,
    notes: &Notes,
) -> Result<Numbered, Error> {
    let Some((first, _)) = files.first() else { return Ok((Vec::new(), Vec::new())) };
    let first = *first;
    // A file without rows tells nothing.
    if files.iter().all(|(_, labels)| matches!(labels, Labels::Names(..)) || labels.len() == 0) {
        return Ok(by_name(files));
    }
    let mut names: Option<Option<Vec<String>>> = None;
    let mut numbers = Vec::with_capacity(files.len());
    for (path, labels) in files {
        if labels.len() == 0 {
            numbers.push(Vec::new());
            continue;
        }
        let Labels::Numbers(labels, found) = labels else {
            let problem = format!("`{column}` holds names, but numbers in {}", first.display());
            return Err(Error::Labels { path: path.to_path_buf(), column: column.to_owned(), problem });
        };
        match &names {
            Some(expected) if *expected != found => {
                let list = |names: &Option<Vec<String>>| names.clone().unwrap_or_default();
                let (found, expected) = (list(&found), list(expected));
                return Err(Error::ShardLabels { path: path.to_path_buf(), found, expected });
            }
            _ => names = Some(found),
        }
        numbers.push(labels);
    }
    if let Some(names) = names.flatten() {
        return Ok((numbers, names));
    }
    let largest = numbers.iter().flatten().flatten().copied().max().unwrap_or(0);
    let classes = usize::try_from(largest.max(0)).unwrap_or(usize::MAX).saturating_add(1);
    if classes > MAX_CLASSES {
        let problem = format!("`{column}` has the number {largest}, more than any class number");
        return Err(Error::Labels { path: first.to_path_buf(), column: column.to_owned(), problem });
    }
    if let Some(given) = given {
        return Ok((numbers, given.to_vec()));
    }
    notes.push(Note::UnnamedClasses { path: first.to_path_buf(), column: column.to_owned(), classes });
    Ok((numbers, (0..classes).map(|class| class.to_string()).collect()))
}

fn by_name(files: Vec<(&Path, Labels)>) -> Numbered {
    let mut positions: BTreeMap<String, i64> = BTreeMap::new();
    for (_, labels) in &files {
        if let Labels::Names(_, listed) = labels {
            positions.extend(listed.iter().map(|name| (name.clone(), 0)));
        }
    }
    (0..).zip(positions.values_mut()).for_each(|(position, slot)| *slot = position);
    let numbers = files
        .into_iter()
        .map(|(_, labels)| match labels {
            Labels::Names(labels, listed) => {
                let listed: Vec<Option<i64>> =
                    listed.iter().map(|name| positions.get(name).copied()).collect();
                labels.into_iter().map(|label| *listed.get(label?)?).collect()
            }
            Labels::Numbers(numbers, _) => numbers,
        })
        .collect();
    (numbers, positions.into_keys().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Labels {
        Labels::from_names(names.iter().map(|name| (!name.is_empty()).then(|| (*name).to_owned())))
    }

    #[test]
    fn names_are_sorted_over_all_files() {
        let files =
            vec![(Path::new("a"), names(&["river", "forest", ""])), (Path::new("b"), names(&["crop"]))];
        let (numbers, names) = number(files, "label", None, &Notes::default()).unwrap();
        assert_eq!(names, ["crop", "forest", "river"]);
        assert_eq!(numbers, [vec![Some(2), Some(1), None], vec![Some(0)]]);
    }

    #[test]
    fn numbers_serve_as_names_where_none_are_given() {
        let labels = || vec![(Path::new("a"), Labels::Numbers(vec![Some(2), None, Some(0)], None))];
        let notes = Notes::default();
        assert_eq!(number(labels(), "label", None, &notes).unwrap().1, ["0", "1", "2"]);
        assert!(matches!(&notes.take()[..], [Note::UnnamedClasses { classes: 3, .. }]));
        let given = ["a", "b", "c", "d"].map(str::to_owned);
        assert_eq!(number(labels(), "label", Some(&given), &notes).unwrap().1, given);
        assert!(notes.take().is_empty());
    }

    #[test]
    fn a_number_that_is_no_class_does_not_ask_for_memory() {
        let labels = Labels::Numbers(vec![Some(i64::MAX)], None);
        let error = number(vec![(Path::new("a"), labels)], "id", None, &Notes::default()).unwrap_err();
        assert!(error.to_string().contains("9223372036854775807"), "{error}");
    }
}
