//! Which columns of a shard hold its images and its labels, and the classes' names.

use std::path::Path;

use parquet::basic::{ConvertedType, Type as Physical};
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::Type;
use serde_json::Value;

use crate::Error;
use crate::note::quoted;
use crate::table::LABEL_COLUMNS;

/// Names of image columns, the first that there is.
const IMAGE_COLUMNS: [&str; 2] = ["image", "img"];

const IMAGES_EXPECTED: &str = "images (bytes, or a struct of bytes and path)";
const CLASSES_EXPECTED: &str = "classes (a Hugging Face ClassLabel, whole numbers, booleans or names)";

/// A column without parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leaf {
    pub(crate) index: usize,
    /// The definition level of a value that is there.
    pub(crate) level: i16,
}

/// The columns that are read.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    pub(crate) image_name: String,
    pub(crate) bytes: Option<Leaf>,
    pub(crate) path: Option<Leaf>,
    pub(crate) label_name: String,
    pub(crate) label: Leaf,
}

/// What a column of the schema can hold.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// A struct of bytes and path.
    Image,
    Bytes,
    Text,
    Number,
    Other,
}

struct Column<'a> {
    name: &'a str,
    kind: Kind,
    /// How it is called in an error.
    shown: String,
    /// Hugging Face's type, where the metadata tell it.
    feature: Option<&'a str>,
}

impl Columns {
    /// Finds the columns that are asked for, or else those that can hold images and classes.
    pub(crate) fn find(
        metadata: &ParquetMetaData,
        features: &Features,
        image: Option<&str>,
        label: Option<&str>,
        file: &Path,
    ) -> Result<Self, Error> {
        let schema = metadata.file_metadata().schema_descr();
        let columns: Vec<Column<'_>> = schema
            .root_schema()
            .get_fields()
            .iter()
            .map(|field| Column {
                name: field.name(),
                kind: kind(field),
                shown: shown(field),
                feature: features.of(field.name()).and_then(|feature| feature.get("_type")?.as_str()),
            })
            .collect();
        let search = Search { columns: &columns, file };
        let image = search.image(image)?;
        let label = search.label(label, image)?;
        let leaf = |path: String| {
            let index = schema.columns().iter().position(|column| column.path().string() == path)?;
            Some(Leaf { index, level: schema.column(index).max_def_level() })
        };
        let (bytes, path) = match image.kind {
            Kind::Image => (leaf(format!("{}.bytes", image.name)), leaf(format!("{}.path", image.name))),
            Kind::Text => (None, leaf(image.name.to_owned())),
            _ => (leaf(image.name.to_owned()), None),
        };
        let label_leaf =
            leaf(label.name.to_owned()).ok_or_else(|| search.missing(label.name, CLASSES_EXPECTED))?;
        Ok(Self {
            image_name: image.name.to_owned(),
            bytes,
            path,
            label_name: label.name.to_owned(),
            label: label_leaf,
        })
    }
}

/// A search for columns among those of a file.
struct Search<'a> {
    columns: &'a [Column<'a>],
    file: &'a Path,
}

impl<'a> Search<'a> {
    /// The column of this name, or else the one that can hold images.
    fn image(&self, name: Option<&str>) -> Result<&'a Column<'a>, Error> {
        let usable = |column: &&Column<'_>| matches!(column.kind, Kind::Image | Kind::Bytes | Kind::Text);
        if let Some(name) = name {
            let named = self.columns.iter().filter(usable).find(|column| column.name == name);
            return named.ok_or_else(|| self.missing(name, IMAGES_EXPECTED));
        }
        let all = || self.columns.iter().filter(usable);
        let mut found: Vec<_> = all().filter(|column| column.feature == Some("Image")).collect();
        if found.is_empty() {
            found = all().filter(|column| column.kind != Kind::Text).collect();
        }
        if found.is_empty() {
            // Paths, where the name leaves no doubt.
            found = all().filter(|column| IMAGE_COLUMNS.contains(&column.name)).collect();
        }
        self.preferred("image", &found, &IMAGE_COLUMNS, IMAGES_EXPECTED)
    }

    /// The column of this name, or else the one that can hold classes.
    fn label(&self, name: Option<&str>, image: &Column<'_>) -> Result<&'a Column<'a>, Error> {
        let usable = |column: &&Column<'_>| {
            matches!(column.kind, Kind::Number | Kind::Text) && column.name != image.name
        };
        if let Some(name) = name {
            let named = self.columns.iter().filter(usable).find(|column| column.name == name);
            return named.ok_or_else(|| self.missing(name, CLASSES_EXPECTED));
        }
        let all: Vec<_> = self.columns.iter().filter(usable).collect();
        let labels: Vec<_> =
            all.iter().copied().filter(|column| column.feature == Some("ClassLabel")).collect();
        let found = if labels.is_empty() { all } else { labels };
        self.preferred("label", &found, &LABEL_COLUMNS, CLASSES_EXPECTED)
    }

    /// The only column found, or the first of the usual names.
    fn preferred(
        &self,
        usual: &str,
        found: &[&'a Column<'a>],
        names: &[&str],
        expected: &'static str,
    ) -> Result<&'a Column<'a>, Error> {
        match found {
            [] => Err(self.missing(usual, expected)),
            [only] => Ok(only),
            _ => {
                let named = |name: &&str| found.iter().copied().find(|column| column.name == *name);
                names.iter().find_map(named).ok_or_else(|| {
                    let candidates: Vec<String> = found.iter().map(|column| column.name.to_owned()).collect();
                    let candidates = quoted(&candidates);
                    Error::ColumnChoice { path: self.file.to_path_buf(), expected, candidates }
                })
            }
        }
    }

    fn missing(&self, column: &str, expected: &'static str) -> Error {
        let present: Vec<&str> = self.columns.iter().map(|column| column.shown.as_str()).collect();
        Error::Column {
            path: self.file.to_path_buf(),
            column: column.to_owned(),
            expected,
            present: present.join(", "),
        }
    }
}

fn kind(field: &Type) -> Kind {
    let info = field.get_basic_info();
    // A repeated column has several values per row.
    if info.has_repetition() && info.repetition() == parquet::basic::Repetition::REPEATED {
        return Kind::Other;
    }
    if field.is_group() {
        let is_part = |part: &&std::sync::Arc<Type>| {
            matches!(part.name(), "bytes" | "path")
                && part.is_primitive()
                && part.get_physical_type() == Physical::BYTE_ARRAY
                && part.get_basic_info().repetition() != parquet::basic::Repetition::REPEATED
        };
        return if field.get_fields().iter().any(|part| is_part(&part)) { Kind::Image } else { Kind::Other };
    }
    match field.get_physical_type() {
        Physical::BYTE_ARRAY => match info.converted_type() {
            ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON => Kind::Text,
            _ => Kind::Bytes,
        },
        Physical::INT32 | Physical::INT64 => match info.converted_type() {
            ConvertedType::NONE
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64
            | ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64 => Kind::Number,
            // Dates, times and decimals.
            _ => Kind::Other,
        },
        Physical::BOOLEAN => Kind::Number,
        _ => Kind::Other,
    }
}

fn shown(field: &Type) -> String {
    if field.is_primitive() {
        return format!("{} ({})", field.name(), field.get_physical_type());
    }
    let parts: Vec<&str> = field.get_fields().iter().map(|part| part.name()).collect();
    format!("{} (a group of {})", field.name(), parts.join(", "))
}

/// What the schema's `huggingface` metadata say of the columns.
pub(crate) struct Features(Value);

impl Features {
    /// Reads the metadata; those that are missing say nothing.
    pub(crate) fn read(metadata: &ParquetMetaData, file: &Path) -> Result<Self, Error> {
        let entries = metadata.file_metadata().key_value_metadata();
        let entry = entries.and_then(|entries| entries.iter().find(|entry| entry.key == "huggingface"));
        let Some(text) = entry.and_then(|entry| entry.value.as_ref()) else { return Ok(Self(Value::Null)) };
        match serde_json::from_str(text) {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(Error::Labels {
                path: file.to_path_buf(),
                column: String::new(),
                problem: format!("the `huggingface` metadata is not JSON ({error})"),
            }),
        }
    }

    fn of(&self, column: &str) -> Option<&Value> {
        self.0.get("info")?.get("features")?.get(column)
    }

    /// The classes' names, if the column has some: a list, or in files of older versions a map from number to
    /// name.
    pub(crate) fn class_names(&self, column: &str, file: &Path) -> Result<Option<Vec<String>>, Error> {
        let Some(feature) = self.of(column) else { return Ok(None) };
        let is_class_label = feature.get("_type").and_then(Value::as_str) == Some("ClassLabel");
        let found = match feature.get("names") {
            None if !is_class_label => return Ok(None),
            found => found.unwrap_or(&Value::Null),
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let names: Option<Vec<String>> = match found {
            Value::Array(names) => names.iter().map(text).collect(),
            Value::Object(names) => {
                (0..names.len()).map(|class| names.get(&class.to_string()).and_then(text)).collect()
            }
            _ => None,
        };
        match names {
            Some(names) if !names.is_empty() => Ok(Some(names)),
            _ => Err(Error::Labels {
                path: file.to_path_buf(),
                column: column.to_owned(),
                problem: format!("info.features.{column}.names is {found}"),
            }),
        }
    }
}
