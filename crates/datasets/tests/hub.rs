//! Datasets of the Hub in a cache that Python filled without listing it. Nothing may be downloaded.

#![cfg(feature = "hub")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use datasets::{ChosenImages, DatasetConfig, Error};
use hub::Hub;
use protocols::Dataset;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const BEANS: &[u8] = include_bytes!("files/parquet/beans.parquet");

fn cache(branch: &str, files: &[&str]) -> tempfile::TempDir {
    let cache = tempfile::tempdir().unwrap();
    let repository = cache.path().join("datasets--owner--beans");
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    write(&repository.join("refs").join(branch), COMMIT.as_bytes());
    for name in files {
        write(&repository.join("snapshots").join(COMMIT).join(name), BEANS);
    }
    cache
}

fn open(cache: &Path, split: Option<&str>) -> Result<(DatasetConfig, ChosenImages), Error> {
    let hub = Hub::builder().cache(cache).offline(true).build().unwrap();
    let split = split.map(str::to_owned);
    let config = DatasetConfig { path: "hf:owner/beans".into(), split, ..DatasetConfig::default() };
    let fetched = config.fetch(&hub, &mut ())?;
    let chosen = fetched.open(1, false)?;
    Ok((fetched.pinned, chosen))
}

#[test]
fn the_split_is_read_under_the_repositorys_name_and_the_doubt_is_noted() {
    let files = ["README.md", "data/test-00000-of-00001.parquet", "data/train-00000-of-00001.parquet"];
    let cache = cache("main", &files);
    for (split, id) in [(None, "owner/beans/test"), (Some("train"), "owner/beans/train")] {
        let (pinned, chosen) = open(cache.path(), split).unwrap();
        assert_eq!(pinned.path, Path::new(&format!("hf:owner/beans@{COMMIT}")));
        assert_eq!((chosen.images.dataset().metadata().id.as_str(), chosen.images.len()), (id, 6));
        let notes = chosen.notes.join("\n");
        assert!(notes.contains("does not list its files, so some of the split may be missing"), "{notes}");
        // Where the cache is differs between machines.
        assert!(!notes.contains(cache.path().to_str().unwrap()), "{notes}");
    }
    assert!(matches!(open(cache.path(), Some("extra")), Err(Error::Split { .. })));
}

#[test]
fn a_part_of_a_split_is_refused() {
    let cache = cache("main", &["data/test-00001-of-00002.parquet"]);
    assert!(matches!(open(cache.path(), None), Err(Error::Incomplete { found: 1, expected: 2, .. })));
}

#[test]
fn parquet_is_in_the_root_in_data_or_in_the_conversion() {
    for (branch, file) in [
        ("main", "beans_test.parquet"),
        ("main", "0000.parquet"),
        ("main", "data/0000.parquet"),
        ("main", "default/test/0000.parquet"),
    ] {
        open(cache(branch, &[file]).path(), None).unwrap();
    }
    let error = open(cache("main", &["embeddings/all.parquet", "a/1.png"]).path(), None).unwrap_err();
    assert!(matches!(error, Error::NoParquet { .. }), "{error}");
    let error = open(cache("main", &["x/test/0.parquet", "y/test/0.parquet"]).path(), None).unwrap_err();
    assert!(matches!(error, Error::SeveralDatasets { .. }), "{error}");
}

#[test]
fn a_name_is_not_opened_as_a_path() {
    let config = DatasetConfig { path: "hf:owner/beans".into(), ..DatasetConfig::default() };
    assert!(matches!(config.open(1, false), Err(Error::Unfetched { .. })));
}
