//! A table beside images: `metadata.csv`, `metadata.jsonl` or another CSV with a row per image.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Error;
use crate::classes::Labels;
use crate::listing::{ending, name};
use crate::note::quoted;

/// Column names by which the images are found, the first that there is.
const FILE_COLUMNS: [&str; 10] = [
    "file_name",
    "filename",
    "file",
    "image",
    "img",
    "path",
    "image_path",
    "file_path",
    "filepath",
    "image_name",
];

/// Column names by which the classes are found, the first that there is.
pub(crate) const LABEL_COLUMNS: [&str; 10] = [
    "label",
    "labels",
    "class",
    "class_name",
    "category",
    "target",
    "fine_label",
    "label_name",
    "classes",
    "cls",
];

/// A row per image.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) path: PathBuf,
    pub(crate) file_column: String,
    pub(crate) label_column: String,
    /// The image's path as it stands there, and its label; none where it is empty.
    pub(crate) rows: Vec<(String, Option<String>)>,
}

impl Table {
    /// Reads the table at `path`, with columns of these names, or else of usual names.
    pub(crate) fn read(
        path: PathBuf,
        file_column: Option<&str>,
        label_column: Option<&str>,
    ) -> Result<Self, Error> {
        let bytes = std::fs::read(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
        if crate::decode::is_lfs_pointer(&bytes) {
            return Err(Error::LfsPointer { what: path.display().to_string() });
        }
        let (headers, records) = match ending(&path).as_deref() {
            Some("jsonl") => json_lines(&bytes),
            _ => csv(&bytes),
        }
        .map_err(|source| Error::Table { path: path.clone(), source })?;
        let find = |asked: Option<&str>, usual: &[&str], expected| {
            let position = match asked {
                Some(asked) => headers.iter().position(|header| header == asked),
                None => usual.iter().find_map(|usual| {
                    headers.iter().position(|header| header.trim().eq_ignore_ascii_case(usual))
                }),
            };
            position.ok_or_else(|| Error::Column {
                path: path.clone(),
                column: asked.or(usual.first().copied()).unwrap_or_default().to_owned(),
                expected,
                present: quoted(&headers),
            })
        };
        let file = find(file_column, &FILE_COLUMNS, "image files")?;
        let label = find(label_column, &LABEL_COLUMNS, "classes")?;
        let rows = records
            .into_iter()
            .map(|mut record| {
                let mut take = |column: usize| record.get_mut(column).map(std::mem::take).unwrap_or_default();
                let text = take(file);
                // The same column may be asked for twice.
                let class = if label == file { text.clone() } else { take(label) };
                (text, Some(class).filter(|class| !class.is_empty()))
            })
            .collect();
        let column = |position: usize| headers.get(position).cloned().unwrap_or_default();
        Ok(Self { file_column: column(file), label_column: column(label), path, rows })
    }

    /// Whether this is one of Hugging Face's own tables.
    pub(crate) fn is_metadata(path: &Path) -> bool {
        matches!(name(path).as_str(), "metadata.csv" | "metadata.jsonl")
    }
}

/// Labels as they stand in a table: numbers if all are whole and not negative, else names.
pub(crate) fn labels<'a>(texts: impl Iterator<Item = Option<&'a str>> + Clone) -> Labels {
    let number = |text: &str| text.parse::<i64>().ok().filter(|&number| number >= 0);
    if texts.clone().flatten().all(|text| number(text).is_some()) {
        Labels::Numbers(texts.map(|text| text.and_then(number)).collect(), None)
    } else {
        Labels::from_names(texts.map(|text| text.map(str::to_owned)))
    }
}

type Records = (Vec<String>, Vec<Vec<String>>);

fn csv(bytes: &[u8]) -> Result<Records, protocols::BoxError> {
    let text = std::str::from_utf8(bytes)?.trim_start_matches('\u{feff}');
    let header = text.lines().next().unwrap_or_default();
    // The separator that is there most often; a comma if none is.
    let delimiter = *[b'\t', b';', b',']
        .iter()
        .max_by_key(|&&delimiter| header.bytes().filter(|&byte| byte == delimiter).count())
        .unwrap_or(&b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers()?.iter().map(str::to_owned).collect();
    let records: Result<Vec<Vec<String>>, csv::Error> =
        reader.records().map(|record| Ok(record?.iter().map(str::to_owned).collect())).collect();
    Ok((headers, records?))
}

/// The members of the first object are the columns.
fn json_lines(bytes: &[u8]) -> Result<Records, protocols::BoxError> {
    let text = std::str::from_utf8(bytes)?;
    let mut headers: Vec<String> = Vec::new();
    let mut records = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let object: serde_json::Map<String, Value> =
            serde_json::from_str(line).map_err(|e| format!("line {}: {e}", number + 1))?;
        if records.is_empty() {
            headers = object.keys().cloned().collect();
        }
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        records.push(headers.iter().map(|header| object.get(header).map(text).unwrap_or_default()).collect());
    }
    Ok((headers, records))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, content: &str) -> Result<Table, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        Table::read(path, None, None)
    }

    #[test]
    fn rows_are_found_whatever_the_separator_and_the_form() {
        let expected = [("a.png".to_owned(), Some("x, y".to_owned())), ("b.png".to_owned(), None)];
        for (name, content) in [
            ("metadata.csv", "file_name,label\na.png,\"x, y\"\nb.png,\n"),
            ("labels.csv", "\u{feff}Image;id;Class\r\na.png;7;x, y\r\nb.png;8;\r\n"),
            ("labels.csv", "img\tlabel\na.png\tx, y\nb.png\t\n"),
            (
                "metadata.jsonl",
                "{\"file_name\": \"a.png\", \"label\": \"x, y\"}\n\n{\"file_name\": \"b.png\"}\n",
            ),
        ] {
            assert_eq!(table(name, content).unwrap().rows, expected, "{content}");
        }
    }

    #[test]
    fn what_is_no_table_of_images_says_what_there_is() {
        let error = table("a.csv", "file_name,caption\na.png,x\n").unwrap_err().to_string();
        assert!(
            error.ends_with("no column `label` of classes, there are: `file_name`, `caption`"),
            "{error}"
        );
        assert!(matches!(table("metadata.jsonl", "{\"a\": 1}\n[]\n"), Err(Error::Table { .. })));
        assert!(matches!(table("a.csv", "file,label\na\n"), Err(Error::Table { .. })));
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n";
        assert!(matches!(table("metadata.csv", pointer), Err(Error::LfsPointer { .. })));
    }

    #[test]
    fn whole_numbers_are_class_numbers_unless_a_name_is_among_them() {
        let numbers = labels([Some("10"), None, Some("2")].into_iter());
        assert!(matches!(numbers, Labels::Numbers(numbers, None) if numbers == [Some(10), None, Some(2)]));
        assert!(matches!(labels([Some("10"), Some("two")].into_iter()), Labels::Names(..)));
    }
}
