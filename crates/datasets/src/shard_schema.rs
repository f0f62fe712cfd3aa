//! Where a shard keeps its pictures, its labels and the classes' names.

use std::path::Path;

use parquet::basic::Type as Physical;
use parquet::file::metadata::ParquetMetaData;
use serde_json::Value;

use crate::Error;

/// A column without parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub(crate) index: usize,
    /// The definition level of a value that is there.
    pub(crate) level: i16,
}

/// The leaves that are read.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) image_name: String,
    pub(crate) bytes: Option<Leaf>,
    pub(crate) path: Option<Leaf>,
    pub(crate) label: Leaf,
}

impl Columns {
    pub(crate) fn find(
        metadata: &ParquetMetaData,
        image: &str,
        label: &str,
        file: &Path,
    ) -> Result<Self, Error> {
        let schema = metadata.file_metadata().schema_descr();
        let leaf = |name: &str, types: &[Physical]| {
            let index = schema.columns().iter().position(|column| {
                // A repeated column has several values a row.
                let fits = types.contains(&column.physical_type()) && column.max_rep_level() == 0;
                fits && column.path().string() == name
            })?;
            Some(Leaf { index, level: schema.column(index).max_def_level() })
        };
        let missing = |column: &str, expected| Error::Column {
            path: file.to_path_buf(),
            column: column.to_owned(),
            expected,
            present: schema
                .columns()
                .iter()
                .map(|column| format!("{} ({})", column.path().string(), column.physical_type()))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let bytes = leaf(image, &[Physical::BYTE_ARRAY])
            .or_else(|| leaf(&format!("{image}.bytes"), &[Physical::BYTE_ARRAY]));
        let path = leaf(&format!("{image}.path"), &[Physical::BYTE_ARRAY]);
        if bytes.is_none() && path.is_none() {
            return Err(missing(image, "pictures (bytes, or a struct of bytes and path)"));
        }
        let label = leaf(label, &[Physical::INT32, Physical::INT64])
            .ok_or_else(|| missing(label, "whole numbers (a Hugging Face ClassLabel)"))?;
        Ok(Self { image_name: image.to_owned(), bytes, path, label })
    }
}

/// The classes' names, from the schema's `huggingface` metadata.
///
/// `names` is a list, or in files of older versions a map from number to name.
pub(crate) fn class_names(
    metadata: &ParquetMetaData,
    label: &str,
    file: &Path,
) -> Result<Vec<String>, Error> {
    let failed =
        |problem: String| Error::Labels { path: file.to_path_buf(), column: label.to_owned(), problem };
    let entry = metadata
        .file_metadata()
        .key_value_metadata()
        .and_then(|entries| entries.iter().find(|entry| entry.key == "huggingface"))
        .and_then(|entry| entry.value.as_ref())
        .ok_or_else(|| failed("the schema has no `huggingface` metadata".to_owned()))?;
    let value: Value = serde_json::from_str(entry)
        .map_err(|e| failed(format!("the `huggingface` metadata is not JSON ({e})")))?;
    let keys = ["info", "features", label, "names"];
    let found = keys.iter().try_fold(&value, |value, key| value.get(key)).unwrap_or(&Value::Null);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let names: Option<Vec<String>> = match found {
        Value::Array(names) => names.iter().map(text).collect(),
        Value::Object(names) => {
            (0..names.len()).map(|class| names.get(&class.to_string()).and_then(text)).collect()
        }
        _ => None,
    };
    match names {
        Some(names) if !names.is_empty() => Ok(names),
        _ => Err(failed(format!("info.features.{label}.names is {found}"))),
    }
}
