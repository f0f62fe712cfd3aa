//! Hugging Face parquet, on files written here.

#![expect(
    clippy::unwrap_used,
    clippy::type_complexity,
    reason = "a test fails by panicking; its rows are tuples"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use datasets::{Error, HuggingFaceParquet, Note, OpenOptions};
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use protocols::Dataset;

const STRUCT: &str = "message schema {
    optional group image { optional binary bytes; optional binary path (UTF8); }
    optional int64 label;
}";
const PLAIN: &str = "message schema { optional binary image; optional int64 label; }";
const NAMES: &str =
    r#"{"info": {"features": {"label": {"names": ["Forest", "River"], "_type": "ClassLabel"}}}}"#;

/// An image that is told by its first value.
fn png(value: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(4, 3, image::Rgb([value, 20, 30]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

struct Shard<'a> {
    schema: &'a str,
    metadata: Option<&'a str>,
    /// Bytes, path and label per row.
    rows: Vec<(Option<Vec<u8>>, Option<&'a str>, Option<i64>)>,
    rows_per_group: usize,
    compression: Compression,
}

impl Default for Shard<'_> {
    fn default() -> Self {
        let rows = (0..200).map(|i| (Some(png(i)), None, Some(i64::from(i % 2)))).collect();
        Self {
            schema: STRUCT,
            metadata: Some(NAMES),
            rows,
            rows_per_group: 70,
            compression: Compression::SNAPPY,
        }
    }
}

impl Shard<'_> {
    fn write(&self, path: &Path) {
        let metadata = self.metadata.map(|text| vec![KeyValue::new("huggingface".into(), text.to_owned())]);
        let properties = WriterProperties::builder()
            .set_key_value_metadata(metadata)
            .set_compression(self.compression)
            .set_dictionary_enabled(self.compression == Compression::SNAPPY)
            .set_data_page_row_count_limit(16)
            .set_write_batch_size(8);
        let schema = Arc::new(parse_message_type(self.schema).unwrap());
        let mut file =
            SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(properties.build()))
                .unwrap();
        for rows in self.rows.chunks(self.rows_per_group) {
            let mut group = file.next_row_group().unwrap();
            let texts = |column: Vec<Option<Vec<u8>>>, defined: i16| {
                let levels: Vec<i16> =
                    column.iter().map(|v| if v.is_some() { defined } else { defined - 1 }).collect();
                (column.into_iter().flatten().map(ByteArray::from).collect::<Vec<_>>(), levels)
            };
            let mut columns = vec![rows.iter().map(|row| row.0.clone()).collect::<Vec<_>>()];
            let mut defined = 1;
            if self.schema == STRUCT {
                columns.push(rows.iter().map(|row| row.1.map(|path| path.as_bytes().to_vec())).collect());
                defined = 2;
            }
            for column in columns {
                let (values, levels) = texts(column, defined);
                let mut writer = group.next_column().unwrap().unwrap();
                writer.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None).unwrap();
                writer.close().unwrap();
            }
            let labels: Vec<i64> = rows.iter().filter_map(|row| row.2).collect();
            let levels: Vec<i16> = rows.iter().map(|row| i16::from(row.2.is_some())).collect();
            let mut writer = group.next_column().unwrap().unwrap();
            writer.typed::<Int64Type>().write_batch(&labels, Some(&levels), None).unwrap();
            writer.close().unwrap();
            group.close().unwrap();
        }
        file.close().unwrap();
    }
}

fn written(shard: &Shard<'_>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.parquet");
    shard.write(&path);
    (folder, path)
}

#[test]
fn rows_come_in_order_and_in_any_order() {
    for schema in [STRUCT, PLAIN] {
        let (_folder, path) = written(&Shard { schema, ..Shard::default() });
        let dataset = HuggingFaceParquet::open(path).unwrap();
        assert_eq!(
            (dataset.len(), &dataset.metadata().labels[..]),
            (200, &["Forest".to_owned(), "River".into()][..])
        );
        for index in (0..200).chain([199, 0, 71, 3, 140, 69]) {
            let datum = dataset.get(index).unwrap();
            assert_eq!((datum.image.dim(), usize::from(datum.image[[0, 0, 0]])), ((3, 4, 3), index));
            assert_eq!((datum.target, dataset.target(index).unwrap()), (index % 2, index % 2));
            assert_eq!((datum.metadata.index, datum.metadata.id), (index, format!("test.parquet:{index}")));
        }
    }
}

#[test]
fn threads_read_side_by_side() {
    let (_folder, path) = written(&Shard::default());
    let dataset = HuggingFaceParquet::open(path).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let dataset = &dataset;
            scope.spawn(move || {
                for i in 0..200 {
                    let index = (i * 37 + thread * 50) % 200;
                    assert_eq!(usize::from(dataset.get(index).unwrap().image[[0, 0, 0]]), index);
                }
            });
        }
    });
}

#[test]
fn shards_follow_each_other_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [("b-1.parquet", 7), ("a-0.parquet", 5)] {
        let rows = vec![(Some(png(value)), None, Some(0)); 3];
        Shard { rows, ..Shard::default() }.write(&folder.path().join(name));
    }
    let dataset = datasets::open(folder.path()).unwrap().dataset;
    let values: Vec<u8> = (0..dataset.len()).map(|i| dataset.get(i).unwrap().image[[0, 0, 0]]).collect();
    assert_eq!(values, [5, 5, 5, 7, 7, 7]);
    assert_eq!(dataset.get(4).unwrap().metadata.id, "b-1.parquet:1");
}

#[test]
fn shards_without_rows_are_skipped_and_a_datum_out_of_range_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for (name, rows) in [("a.parquet", 0), ("b.parquet", 2), ("c.parquet", 0), ("d.parquet", 1)] {
        let rows = vec![(Some(png(1)), None, Some(0)); rows];
        Shard { rows, ..Shard::default() }.write(&folder.path().join(name));
    }
    let dataset = HuggingFaceParquet::open(folder.path()).unwrap();
    let ids: Vec<_> = (0..dataset.len()).map(|i| dataset.get(i).unwrap().metadata.id).collect();
    assert_eq!(ids, ["b.parquet:0", "b.parquet:1", "d.parquet:0"]);
    for error in [dataset.get(3).map(drop), dataset.target(3).map(drop)] {
        let protocols::Error::OutOfRange { index: 3, len: 3, .. } = *error.unwrap_err().downcast().unwrap()
        else {
            panic!("another error")
        };
    }
}

#[test]
fn shards_come_in_the_order_of_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["b.parquet", "a.parquet", "c.parquet"].map(|name| folder.path().join(name));
    for (path, value) in paths.iter().zip([7, 5, 3]) {
        let rows = vec![(Some(png(value)), None, Some(0)); usize::from(value)];
        Shard { rows, ..Shard::default() }.write(path);
    }
    let dataset = HuggingFaceParquet::open_shards("two", &paths[..2], &OpenOptions::new()).unwrap();
    assert_eq!((dataset.len(), dataset.metadata().id.as_str()), (12, "two"));
    let at = |index| dataset.get(index).unwrap().image[[0, 0, 0]];
    assert_eq!([at(0), at(6), at(7), at(11)], [7, 7, 5, 5]);
    let none: [&Path; 0] = [];
    assert!(matches!(
        HuggingFaceParquet::open_shards("none", &none, &OpenOptions::new()),
        Err(Error::Empty { .. })
    ));
}

#[test]
fn large_images_are_read_few_at_a_time_and_none_is_missed() {
    // About a megabyte each, since noise does not pack: blocks are of fewer rows than a page.
    let noise = |seed: u32| {
        let mut state = seed;
        let image = image::RgbImage::from_fn(640, 512, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(state >> 24) as u8, (state >> 16) as u8, seed as u8])
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, image::ImageFormat::Bmp).unwrap();
        bytes.into_inner()
    };
    let rows = (0..20).map(|i| (Some(noise(i)), None, Some(0))).collect();
    let (_folder, path) = written(&Shard { rows, rows_per_group: 11, ..Shard::default() });
    let dataset = HuggingFaceParquet::open(path).unwrap();
    for index in (0..20).chain([0, 19, 10, 11]) {
        assert_eq!(usize::from(dataset.get(index).unwrap().image[[511, 639, 2]]), index);
    }
}

#[test]
fn shards_must_name_their_classes_alike() {
    let folder = tempfile::tempdir().unwrap();
    Shard::default().write(&folder.path().join("a.parquet"));
    let other = NAMES.replace("Forest", "Woods");
    Shard { metadata: Some(&other), ..Shard::default() }.write(&folder.path().join("b.parquet"));
    assert!(matches!(HuggingFaceParquet::open(folder.path()), Err(Error::ShardLabels { .. })));
}

#[test]
fn an_image_without_bytes_is_read_from_its_path() {
    let rows = vec![(None, Some("images/one.png"), Some(1)), (None, None, Some(1))];
    let (folder, path) = written(&Shard { rows, ..Shard::default() });
    std::fs::create_dir(folder.path().join("images")).unwrap();
    std::fs::write(folder.path().join("images/one.png"), png(99)).unwrap();
    let dataset = HuggingFaceParquet::open(path).unwrap();
    let datum = dataset.get(0).unwrap();
    assert_eq!((datum.image[[0, 0, 0]], datum.metadata.id.as_str()), (99, "images/one.png"));
    assert!(matches!(dataset.get(1).unwrap_err().downcast_ref(), Some(Error::NoImage { row: 1, .. })));
}

#[test]
fn a_path_where_nothing_is_names_row_and_file() {
    let rows = vec![(None, Some("gone.png"), Some(1))];
    let (_folder, path) = written(&Shard { rows, ..Shard::default() });
    let error = HuggingFaceParquet::open(path).unwrap().get(0).unwrap_err();
    assert!(
        matches!(error.downcast_ref(), Some(Error::RowFile { row: 0, file, .. }) if file.ends_with("gone.png"))
    );
}

#[test]
fn a_label_that_is_no_class_names_its_row() {
    let rows = vec![(Some(png(0)), None, Some(0)), (Some(png(1)), None, Some(2)), (Some(png(2)), None, None)];
    let (_folder, path) = written(&Shard { rows, ..Shard::default() });
    let dataset = HuggingFaceParquet::open(path).unwrap();
    assert!(dataset.get(0).is_ok());
    for (index, text) in [(1, "row 1 has label 2, expected 0 to 1"), (2, "row 2 has label null")] {
        let error = dataset.get(index).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn a_broken_image_names_its_row_and_spares_the_others() {
    let rows =
        vec![(Some(png(0)), None, Some(0)), (Some(b"\xff\xd8\xff\xe0 no jpeg".to_vec()), None, Some(0))];
    let (_folder, path) = written(&Shard { rows, ..Shard::default() });
    let dataset = HuggingFaceParquet::open(path).unwrap();
    assert!(dataset.get(0).is_ok());
    let error = dataset.get(1).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::Decode { .. })));
    assert!(error.to_string().ends_with("test.parquet: row 1: cannot decode the image"), "{error}");
}

#[test]
fn names_may_stand_in_a_map() {
    let map = r#"{"info": {"features": {"label": {"names": {"1": "River", "0": "Forest"}}}}}"#;
    let (_folder, path) = written(&Shard { metadata: Some(map), ..Shard::default() });
    assert_eq!(HuggingFaceParquet::open(path).unwrap().metadata().labels, ["Forest", "River"]);
}

#[test]
fn files_without_names_columns_or_rows_are_refused() {
    for metadata in [Some("{"), Some(r#"{"info": {"features": {"label": {"names": {"7": "x"}}}}}"#)] {
        let (_folder, path) = written(&Shard { metadata, ..Shard::default() });
        assert!(matches!(HuggingFaceParquet::open(path), Err(Error::Labels { .. })), "{metadata:?}");
    }
    let (_folder, path) = written(&Shard::default());
    let error = HuggingFaceParquet::open_with(&path, &OpenOptions::new().image_column("photo"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no column `photo`") && error.contains("image (a group of bytes, path)"),
        "{error}"
    );
    assert!(matches!(
        HuggingFaceParquet::open_with(&path, &OpenOptions::new().label_column("image")),
        Err(Error::Column { .. })
    ));
    let (_folder, path) = written(&Shard { rows: Vec::new(), ..Shard::default() });
    assert!(matches!(HuggingFaceParquet::open(path), Err(Error::Empty { .. })));
}

#[test]
fn damaged_files_are_errors_wherever_they_end() {
    let (folder, path) = written(&Shard::default());
    let whole = std::fs::read(&path).unwrap();
    let cut = folder.path().join("cut.parquet");
    for length in [0, 3, 4, 12, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        std::fs::write(&cut, &whole[..length]).unwrap();
        assert!(matches!(HuggingFaceParquet::open(&cut), Err(Error::Parquet { .. })), "{length} bytes");
    }
    // A footer that is whole over pages that are not.
    let mut holes = whole.clone();
    let pages = whole.len() / 2;
    holes[4..pages].fill(0xA5);
    std::fs::write(&cut, &holes).unwrap();
    if let Ok(dataset) = HuggingFaceParquet::open(&cut) {
        assert!((0..dataset.len()).any(|index| dataset.get(index).is_err()));
    }
}

#[test]
fn a_truncated_shard_is_named_or_left_out() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.parquet", "b.parquet", "c.parquet"] {
        Shard::default().write(&folder.path().join(name));
    }
    let cut = folder.path().join("b.parquet");
    let whole = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(datasets::open(folder.path()), Err(Error::Parquet { path, .. }) if path == cut));
    let skipping = OpenOptions::new().skip_unreadable(true);
    let opened = skipping.open(folder.path()).unwrap();
    let (dataset, notes) = (opened.dataset, opened.notes.take());
    assert_eq!((dataset.len(), dataset.get(200).unwrap().metadata.id.as_str()), (400, "c.parquet:0"));
    assert!(matches!(&notes[..], [Note::Skipped { path, reason }]
        if *path == cut && reason.contains("b.parquet: not a readable parquet file: ")));
    // What is whole and of another kind is not damage.
    Shard { metadata: Some("{"), ..Shard::default() }.write(&cut);
    assert!(matches!(skipping.open(folder.path()), Err(Error::Labels { .. })));
}

#[test]
fn a_length_beyond_its_page_names_the_rows() {
    let (folder, path) = written(&Shard { compression: Compression::UNCOMPRESSED, ..Shard::default() });
    let mut bytes = std::fs::read(&path).unwrap();
    let signature = b"\x89PNG";
    // The 101st image is in the second group of 70 rows.
    let starts = (0..bytes.len() - 4).filter(|&at| bytes[at..].starts_with(signature));
    let start = starts.collect::<Vec<_>>()[100];
    bytes[start - 4..start].fill(0xFF);
    let broken = folder.path().join("broken.parquet");
    std::fs::write(&broken, bytes).unwrap();
    let dataset = HuggingFaceParquet::open(broken).unwrap();
    let error = dataset.get(100).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Error::Rows { first: 70, last: 133, .. })), "{error:?}");
    assert!(dataset.get(69).is_ok() && dataset.get(199).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn bytes_that_were_changed_never_make_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        plain in any::<bool>(),
        footer in any::<bool>(),
    ) {
        static FILES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
            [Compression::SNAPPY, Compression::UNCOMPRESSED].map(|compression| {
                let (_folder, path) = written(&Shard { compression, ..Shard::default() });
                std::fs::read(path).unwrap()
            })
        });
        let mut bytes = FILES[usize::from(plain)].clone();
        let from = if footer { bytes.len() - 1500 } else { 0 };
        for (at, value) in changes {
            let at = from + at.index(bytes.len() - from);
            bytes[at] = value;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("changed.parquet");
        std::fs::write(&path, bytes).unwrap();
        if let Ok(dataset) = HuggingFaceParquet::open(path) {
            for index in 0..dataset.len() {
                // An error is fine, too.
                let _ = dataset.get(index);
                let _ = dataset.target(index);
            }
        }
    }
}

/// Writes a shard of one row to each of these paths; its image tells which one it is.
fn shards(paths: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (value, path) in (0..).zip(paths) {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let rows = vec![(Some(png(value)), None, Some(0))];
        Shard { rows, ..Shard::default() }.write(&path);
    }
    folder
}

fn values(dataset: &dyn Dataset) -> Vec<u8> {
    (0..dataset.len()).map(|i| dataset.get(i).unwrap().image[[0, 0, 0]]).collect()
}

#[test]
fn one_split_of_a_clone_from_the_hub_is_read_and_the_others_are_noted() {
    let folder = shards(&[
        "data/train-00000-of-00002-0a1b2c3d4e5f.parquet",
        "data/train-00001-of-00002-0a1b2c3d4e5f.parquet",
        "data/validation-00000-of-00001-0a1b2c3d4e5f.parquet",
        "data/test-00000-of-00001-0a1b2c3d4e5f.parquet",
    ]);
    std::fs::write(folder.path().join("README.md"), "---\n---\n").unwrap();
    for root in [folder.path().to_path_buf(), folder.path().join("data")] {
        let opened = datasets::open(&root).unwrap();
        assert_eq!(values(&opened.dataset), [3]);
        assert!(opened.dataset.metadata().id.ends_with("/test"));
        let others = ["train".to_owned(), "validation".to_owned()].to_vec();
        let note = Note::Split { path: root.clone(), chosen: "test".to_owned(), others };
        assert_eq!(opened.notes.take(), [note]);
        let split = |name: &str| OpenOptions::new().split(name).open(&root);
        assert_eq!(values(&split("train").unwrap().dataset), [0, 1]);
        assert_eq!(values(&split("val").unwrap().dataset), [2]);
        let all = split("all").unwrap();
        assert_eq!(all.dataset.len(), 4);
        assert!(matches!(&all.notes.take()[..], [Note::Mixture { splits, .. }] if splits.len() == 3));
        assert!(matches!(split("extra"), Err(Error::Split { .. })));
    }
}

#[test]
fn a_converted_dataset_has_a_folder_per_split_below_its_configuration() {
    let folder = shards(&["default/test/0000.parquet", "default/train/0000.parquet"]);
    assert_eq!(values(&datasets::open(folder.path()).unwrap().dataset), [0]);
    let folder = shards(&["easy/test/0000.parquet", "hard/test/0000.parquet"]);
    let error = datasets::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("holds several datasets: `easy`, `hard`"), "{error}");
}

#[test]
fn files_beside_the_splits_are_passed_over() {
    let folder = shards(&["extra.parquet", "test.parquet"]);
    let opened = datasets::open(folder.path()).unwrap();
    assert_eq!(values(&opened.dataset), [1]);
    assert!(opened.notes.take()[0].to_string().ends_with("passed over 1 file: extra.parquet"));
}

#[test]
fn a_single_file_is_the_split_that_it_is_called() {
    let folder = shards(&["eurosat-test.parquet"]);
    let path = folder.path().join("eurosat-test.parquet");
    let opened = datasets::open(&path).unwrap();
    assert_eq!((opened.dataset.metadata().id.as_str(), opened.notes.take().len()), ("eurosat-test", 0));
    assert!(OpenOptions::new().split("test").open(&path).is_ok());
    assert!(matches!(OpenOptions::new().split("train").open(&path), Err(Error::Split { .. })));
}

#[test]
fn a_git_lfs_pointer_is_named_or_skipped() {
    let folder = shards(&["test-0.parquet"]);
    let pointer = folder.path().join("test-1.parquet");
    std::fs::write(&pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n").unwrap();
    let error = datasets::open(folder.path()).unwrap_err();
    assert!(error.to_string().ends_with("run `git lfs pull` to fetch it"), "{error}");
    let opened = OpenOptions::new().skip_unreadable(true).open(folder.path()).unwrap();
    assert_eq!(opened.dataset.len(), 1);
    assert!(matches!(&opened.notes.take()[..], [Note::Skipped { path, .. }] if *path == pointer));
}
