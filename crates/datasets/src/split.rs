//! Which split of a dataset a file or folder belongs to, as Hugging Face's `datasets` tells by name.

use crate::Error;
use crate::note::{Note, Notes, quoted};
use std::path::Path;

/// The name by which all splits are asked for.
pub(crate) const ALL: &str = "all";

/// The splits that are taken where none is named, the first that exists.
const PREFERRED: [&str; 3] = ["test", "validation", "train"];

/// `SPLIT_KEYWORDS` of `datasets/data_files.py`.
const KEYWORDS: [(&str, &[&str]); 3] = [
    ("train", &["train", "training"]),
    ("validation", &["validation", "valid", "dev", "val"]),
    ("test", &["test", "testing", "eval", "evaluation"]),
];

/// The split that is called by this word: `val` is `validation`.
pub(crate) fn of_word(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    KEYWORDS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(split, _)| *split)
}

/// The split that a parquet file's name without its ending tells: `test` of `test-00000-of-00002` and of
/// `eurosat_test`, and `extra` of `extra-00000-of-00001`.
pub(crate) fn of_stem(stem: &str) -> Option<String> {
    let sharded = shard_prefix(stem);
    let words = sharded.unwrap_or(stem).split(|c: char| "-._ ".contains(c) || c.is_ascii_digit());
    let mut known: Vec<_> = words.filter_map(of_word).collect();
    known.dedup();
    match (&known[..], sharded) {
        ([split], _) => Some((*split).to_owned()),
        (_, Some(prefix)) => Some(prefix.to_owned()),
        _ => None,
    }
}

/// What stands before `-00000-of-00001`.
fn shard_prefix(stem: &str) -> Option<&str> {
    let number = |text: &str| text.len() >= 5 && text.as_bytes().iter().take(5).all(u8::is_ascii_digit);
    let (before, total) = stem.split_once("-of-")?;
    let (prefix, shard) = before.rsplit_once('-')?;
    (number(shard) && number(total) && !prefix.is_empty()).then_some(prefix)
}

/// Chooses among the splits found at `path`, and notes the choice.
///
/// `None` stands for what no name tells; it is the whole dataset where there is nothing else.
///
/// # Errors
///
/// [`Error::Split`] if the split that is asked for is not there, [`Error::SplitChoice`] if none is asked for
/// and there are several, none of them of a usual name.
pub(crate) fn choose(
    path: &Path,
    asked: Option<&str>,
    found: &[Option<String>],
    notes: &Notes,
) -> Result<Choice, Error> {
    let mut names: Vec<String> = Vec::new();
    for name in found.iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names.sort();
    if names.is_empty() {
        return match asked {
            None | Some(ALL) => Ok(Choice::All),
            Some(split) => Err(missing(path, split, &names)),
        };
    }
    let chosen = match asked {
        Some(ALL) => {
            if names.len() > 1 {
                notes.push(Note::Mixture { path: path.to_path_buf(), splits: names });
            }
            return Ok(Choice::All);
        }
        Some(split) => {
            let known = of_word(split).map_or_else(|| split.to_owned(), str::to_owned);
            if !names.contains(&known) {
                return Err(missing(path, split, &names));
            }
            return Ok(Choice::One { name: known, of_several: names.len() > 1 });
        }
        None => match PREFERRED.iter().find(|preferred| names.iter().any(|name| name == *preferred)) {
            Some(preferred) => (*preferred).to_owned(),
            None if names.len() == 1 => return Ok(Choice::All),
            None => {
                return Err(Error::SplitChoice { path: path.to_path_buf(), present: quoted(&names) });
            }
        },
    };
    if names.len() == 1 {
        return Ok(Choice::One { name: chosen, of_several: false });
    }
    let others = names.into_iter().filter(|name| *name != chosen).collect();
    notes.push(Note::Split { path: path.to_path_buf(), chosen: chosen.clone(), others });
    Ok(Choice::One { name: chosen, of_several: true })
}

fn missing(path: &Path, split: &str, present: &[String]) -> Error {
    let present =
        if present.is_empty() { "no file or folder that names a split".to_owned() } else { quoted(present) };
    Error::Split { path: path.to_path_buf(), split: split.to_owned(), present }
}

/// Which splits are read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choice {
    All,
    One { name: String, of_several: bool },
}

impl Choice {
    pub(crate) fn takes(&self, split: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::One { name, .. } => split == Some(name),
        }
    }

    /// The dataset's name: with the split's, where there are others.
    pub(crate) fn id(&self, name: &str) -> String {
        match self {
            Self::One { name: split, of_several: true } => format!("{name}/{split}"),
            _ => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_splits_as_hugging_face_reads_them() {
        for (stem, split) in [
            ("test-00000-of-00001-0a1b2c3d4e5f", Some("test")),
            ("train-00000-of-00002", Some("train")),
            ("val", Some("validation")),
            ("eurosat-test", Some("test")),
            ("my_dev_set_2", Some("validation")),
            ("extra-00000-of-00004", Some("extra")),
            ("eurosat-evaluation-00000-of-00004", Some("test")),
            ("contest", None),
            ("0000", None),
            ("trainval", None),
            ("train_test", None),
        ] {
            assert_eq!(of_stem(stem).as_deref(), split, "{stem}");
        }
    }

    #[test]
    fn the_test_split_is_preferred_and_the_others_are_named() {
        let found = ["train", "test", "validation", "train"].map(|name| Some(name.to_owned()));
        let notes = Notes::default();
        let choice = choose(Path::new("x"), None, &found, &notes).unwrap();
        assert!(choice.takes(Some("test")) && !choice.takes(Some("train")) && !choice.takes(None));
        assert_eq!(choice.id("x"), "x/test");
        let Note::Split { chosen, others, .. } = &notes.take()[0] else { panic!("another note") };
        assert_eq!((chosen.as_str(), &others[..]), ("test", &["train".to_owned(), "validation".into()][..]));
    }

    #[test]
    fn splits_of_other_names_must_be_asked_for() {
        let found = ["easy", "hard"].map(|name| Some(name.to_owned()));
        let choose = |asked| choose(Path::new("x"), asked, &found, &Notes::default());
        assert!(matches!(choose(None), Err(Error::SplitChoice { .. })));
        assert!(matches!(choose(Some("test")), Err(Error::Split { .. })));
        assert!(choose(Some("hard")).unwrap().takes(Some("hard")));
        assert_eq!(choose(Some("all")).unwrap(), Choice::All);
    }
}
