//! Which files of a repository are taken for a model. The cache is made here, and nothing may be downloaded: what is missing
//! is what would be fetched.

#![cfg(feature = "hub")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use hub::Hub;
use models::{Backend, Error, FetchedModel, ModelConfig};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A cache that lists these files, and holds those that are given.
fn cache(listed: &[&str], held: &[(&str, &[u8])]) -> tempfile::TempDir {
    let cache = tempfile::tempdir().unwrap();
    let repository = cache.path().join("models--owner--name");
    let write = |below: &str, bytes: &[u8]| {
        let path = repository.join(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    let size = |name: &str| held.iter().find(|(held, _)| *held == name).map_or(9, |(_, bytes)| bytes.len());
    let names = listed.iter().copied().chain(held.iter().map(|(name, _)| *name));
    let files: Vec<String> =
        names.map(|name| format!(r#""{name}": {{"size": {}, "blob_id": "{COMMIT}"}}"#, size(name))).collect();
    write("refs/main", COMMIT.as_bytes());
    let tree = format!(r#"{{"format_version": 1, "files": {{{}}}}}"#, files.join(", "));
    write(&format!("trees/{COMMIT}.json"), tree.as_bytes());
    for (name, bytes) in held {
        write(&format!("snapshots/{COMMIT}/{name}"), bytes);
    }
    cache
}

/// A file of the shipped model.
fn shipped(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/eurosat-convnext").join(name))
        .unwrap()
}

fn fetch(cache: &Path, backend: Option<Backend>) -> Result<FetchedModel, Error> {
    let hub = Hub::builder().cache(cache).offline(true).build().unwrap();
    ModelConfig { folder: Some("hf:owner/name".into()), backend, ..ModelConfig::default() }
        .fetch(&hub, &mut ())
}

/// What would be downloaded.
fn wanted(listed: &[&str], config: &str, backend: Option<Backend>) -> Result<String, String> {
    let processor = shipped("preprocessor_config.json");
    let held = [("config.json", config.as_bytes()), ("preprocessor_config.json", &processor)];
    match fetch(cache(listed, &held).path(), backend).unwrap_err() {
        Error::Hub(hub::Error::NotCached { what, .. }) => Ok(what),
        error => Err(error.to_string()),
    }
}

#[test]
fn weights_that_are_run_come_before_onnx_and_the_backend_narrows_the_choice() {
    let config = String::from_utf8(shipped("config.json")).unwrap();
    let other = config.replace("\"convnext\"", "\"vit\"");
    let all = ["model.onnx", "model.safetensors", "onnx/model.onnx", "pytorch_model.bin", "README.md"];
    for (listed, config, backend, expected) in [
        (&all[..], &config, None, "model.safetensors"),
        (&["pytorch_model.bin", "onnx/model.onnx"], &config, None, "pytorch_model.bin"),
        (&["onnx/model.onnx", "onnx/model_quantized.onnx"], &config, None, "onnx/model.onnx"),
        (&all, &other, None, "onnx/model.onnx"),
        (&all, &config, Some(Backend::Rten), "onnx/model.onnx"),
        (&all, &other, Some(Backend::Native), "model.safetensors"),
        (&["model.onnx", "model.onnx.data", "model.onnx.md"], &other, None, "model.onnx, model.onnx.data"),
        (
            &["onnx/model.onnx", "onnx/model.onnx_data", "onnx/model.onnx_data_1", "onnx/other.onnx_data"],
            &other,
            None,
            "onnx/model.onnx, onnx/model.onnx_data, onnx/model.onnx_data_1",
        ),
        (&["model.pt", "model.onnx"], &config, Some(Backend::Tch), "model.pt"),
        (&["model.onnx", "check.json", "check.png"], &config, None, "check.json, check.png"),
    ] {
        assert_eq!(wanted(listed, config, backend).as_deref(), Ok(expected), "{listed:?}");
    }
}

#[test]
fn a_repository_without_a_network_lists_what_it_holds_and_names_the_export() {
    let config = String::from_utf8(shipped("config.json")).unwrap();
    let other = config.replace("\"convnext\"", "\"vit\"");
    for (listed, config, backend, part) in [
        (&["flax_model.msgpack"][..], &config, None, "has neither weights"),
        (&["model.safetensors"], &other, None, "holds a `vit`, whose weights no backend runs"),
        (&["model.safetensors"], &config, Some(Backend::Rten), "has no onnx/model.onnx or model.onnx"),
        (&["model.onnx"], &config, Some(Backend::Tch), "has no model.pt"),
    ] {
        let error = wanted(listed, config, backend).unwrap_err();
        let files = ["config.json", listed[0], "preprocessor_config.json"].map(str::to_owned);
        assert!(error.starts_with(&format!("hf:owner/name@{COMMIT} {part}")), "{error}");
        assert!(error.contains("scripts/export_torchscript.py") && !error.contains('\n'), "{error}");
        assert!(files.iter().all(|file| error.contains(file)), "{error}");
    }
}

#[test]
fn shards_are_those_that_the_index_names() {
    let (config, processor) = (shipped("config.json"), shipped("preprocessor_config.json"));
    for (index, shards) in [
        (
            "model.safetensors.index.json",
            ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
        ),
        (
            "pytorch_model.bin.index.json",
            ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"],
        ),
    ] {
        let weights = format!(r#"{{"weight_map": {{"a": "{}", "b": "{}"}}}}"#, shards[0], shards[1]);
        let held = [
            ("config.json", &*config),
            ("preprocessor_config.json", &processor),
            (index, weights.as_bytes()),
        ];
        let error = fetch(cache(&shards, &held).path(), None).unwrap_err();
        assert!(
            matches!(&error, Error::Hub(hub::Error::NotCached { what, .. }) if *what == shards.join(", ")),
            "{error}"
        );
        let error = fetch(cache(&shards[..1], &held).path(), None).unwrap_err();
        assert!(
            matches!(&error, Error::Hub(hub::Error::NoFile { file, .. }) if file == shards[1]),
            "{error}"
        );
    }
}

#[test]
fn a_fetched_model_is_opened_under_its_name_whatever_else_the_cache_holds() {
    let names = ["config.json", "preprocessor_config.json", "model.safetensors", "model.onnx"];
    let files = names.map(|name| (name, shipped(name)));
    let cache = cache(&[], &files.each_ref().map(|(name, bytes)| (*name, bytes.as_slice())));
    for (backend, started) in [(None, "native"), (Some(Backend::Rten), "rten")] {
        let fetched = fetch(cache.path(), backend).unwrap();
        assert_eq!(fetched.pinned.folder, Some(format!("hf:owner/name@{COMMIT}").into()));
        assert_eq!(fetched.pinned.backend, backend);
        let opened = fetched.local.open().unwrap();
        assert_eq!(opened.model.metadata().id, "owner/name");
        assert!(opened.backend.starts_with(started), "{}", opened.backend);
        assert!(matches!(fetched.pinned.open(), Err(Error::Unfetched { .. })));
    }
}
