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

    /// Whether a row has a label.
    fn has_some(&self) -> bool {
        match self {
            Self::Numbers(numbers, _) => numbers.iter().any(Option::is_some),
            Self::Names(names, _) => names.iter().any(Option::is_some),
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
    let refused = |path: &Path, problem| {
        Err(Error::Labels { path: path.to_path_buf(), column: column.to_owned(), problem })
    };
    if !files.iter().any(|(_, labels)| labels.has_some()) {
        return refused(first, format!("`{column}` is empty in every row"));
    }
    // A file without rows tells nothing.
    if files.iter().all(|(_, labels)| matches!(labels, Labels::Names(..)) || labels.len() == 0) {
        return Ok(by_name(files));
    }
    let with_numbers =
        files.iter().find(|(_, labels)| matches!(labels, Labels::Numbers(numbers, _) if !numbers.is_empty()));
    let with_numbers = with_numbers.map_or(first, |(path, _)| *path);
    let mut names: Option<Option<Vec<String>>> = None;
    let mut largest = (0, first);
    let mut numbers = Vec::with_capacity(files.len());
    for (path, labels) in files {
        if labels.len() == 0 {
            numbers.push(Vec::new());
            continue;
        }
        let Labels::Numbers(labels, found) = labels else {
            return refused(
                path,
                format!("`{column}` holds names, but numbers in {}", with_numbers.display()),
            );
        };
        if let Some(number) = labels.iter().flatten().max().filter(|&&number| number > largest.0) {
            largest = (*number, path);
        }
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
    let (largest, path) = largest;
    let classes = usize::try_from(largest).unwrap_or(usize::MAX).saturating_add(1);
    if classes > MAX_CLASSES {
        return refused(path, format!("`{column}` has the number {largest}, more than any class number"));
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

    fn refusal(files: Vec<(&str, Labels)>) -> String {
        let files = files.into_iter().map(|(path, labels)| (Path::new(path), labels)).collect();
        number(files, "label", None, &Notes::default()).unwrap_err().to_string()
    }

    #[test]
    fn a_number_that_is_no_class_does_not_ask_for_memory() {
        let numbers = |number| Labels::Numbers(vec![Some(number)], None);
        let said = refusal(vec![("a", numbers(3)), ("b", numbers(i64::MAX)), ("c", numbers(4))]);
        assert!(said.starts_with("b: `label` has the number 9223372036854775807, more than any"), "{said}");
    }

    #[test]
    fn files_of_names_among_files_of_numbers_are_refused_and_both_are_named() {
        let numbers = || Labels::Numbers(vec![Some(1)], None);
        let empty = || Labels::Numbers(Vec::new(), None);
        let expected = "b: `label` holds names, but numbers in c, expected the names of classes, or their numbers from 0 on";
        assert_eq!(refusal(vec![("a", empty()), ("b", names(&["river"])), ("c", numbers())]), expected);
        assert_eq!(refusal(vec![("a", empty()), ("c", numbers()), ("b", names(&["river"]))]), expected);
    }

    #[test]
    fn labels_that_are_all_missing_make_no_class() {
        let missing = || Labels::Numbers(vec![None, None], None);
        for labels in [missing(), names(&["", ""]), Labels::Numbers(vec![None], Some(vec!["a".to_owned()]))] {
            let said = refusal(vec![("a", labels), ("b", missing())]);
            assert!(said.starts_with("a: `label` is empty in every row, expected the names"), "{said}");
        }
    }
}
