//! Parquet files as Hugging Face writes them.

use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter};

use crate::support::classes;

/// Writes images, as files, with the numbers of their classes.
pub(crate) fn write(path: &Path, rows: &[(Vec<u8>, i64)]) {
    let schema = "message schema { required binary image; required int64 label; }";
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let names = serde_json::json!({"info": {"features": {"label": {"names": classes()}}}}).to_string();
    let properties = WriterProperties::builder()
        .set_key_value_metadata(Some(vec![KeyValue::new("huggingface".to_owned(), names)]))
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .build();
    let file = std::fs::File::create(path).unwrap();
    let mut file = SerializedFileWriter::new(file, schema, Arc::new(properties)).unwrap();
    let mut group = file.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let images: Vec<_> = rows.iter().map(|(bytes, _)| ByteArray::from(bytes.clone())).collect();
    column.typed::<ByteArrayType>().write_batch(&images, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let labels: Vec<_> = rows.iter().map(|(_, label)| *label).collect();
    column.typed::<Int64Type>().write_batch(&labels, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    file.close().unwrap();
}
