//! The tutorial's command, with its dataset and its model by name, against a server that answers as the Hub does.

#![cfg(feature = "hub")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/parquet_file.rs"]
mod parquet_file;
#[path = "../../hub/tests/support/server.rs"]
mod server;
mod support;

use std::path::Path;
use std::process::{Command, Output};

use protocols::Dataset;
use server::{Faults, HubServer};
use support::classes;

const MODEL: &str = "models/owner/convnext-eurosat";
const DATASET: &str = "datasets/owner/tiles";

/// Files of the shipped model's folder.
fn shipped(names: &[&str]) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/eurosat-convnext");
    names.iter().map(|name| ((*name).to_owned(), std::fs::read(folder.join(name)).unwrap())).collect()
}

fn push(server: &HubServer, repo: &str, branch: &str, files: &[(String, Vec<u8>)]) -> String {
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    server.push(repo, branch, &files)
}

/// Land-cover tiles as a parquet file.
fn tiles(seed: u64, count: usize) -> Vec<u8> {
    let tiles = datasets::LandCover::new(count, seed).unwrap();
    let classes = classes();
    let row = |index| {
        let datum = tiles.get(index).unwrap();
        let (height, width, _) = datum.image.dim();
        let pixels = datum.image.into_raw_vec_and_offset().0;
        let image = image::RgbImage::from_raw(width as u32, height as u32, pixels).unwrap();
        let mut png = std::io::Cursor::new(Vec::new());
        image.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let name = &tiles.metadata().labels[datum.target];
        (png.into_inner(), classes.iter().position(|class| class == name).unwrap() as i64)
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiles.parquet");
    parquet_file::write(&path, &(0..count).map(row).collect::<Vec<_>>());
    std::fs::read(path).unwrap()
}

fn stressmap(folder: &Path, server: &HubServer, offline: bool, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stressmap"));
    for name in ["HF_HUB_CACHE", "HF_TOKEN", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    command.env("HF_HOME", folder.join("huggingface")).env("HF_ENDPOINT", server.endpoint());
    command.env("HF_HUB_OFFLINE", if offline { "1" } else { "0" });
    command.current_dir(folder).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text)).concat()
}

#[test]
fn a_study_by_name_repeats_to_the_same_bytes_and_without_a_network() {
    let server = HubServer::start();
    let names = ["config.json", "preprocessor_config.json", "model.safetensors", "model.onnx", "README.md"];
    let model = push(&server, MODEL, "main", &shipped(&names));
    let dataset = push(
        &server,
        DATASET,
        "main",
        &[
            ("data/test-00000-of-00002.parquet".to_owned(), tiles(1, 6)),
            ("data/test-00001-of-00002.parquet".to_owned(), tiles(2, 6)),
            ("data/train-00000-of-00001.parquet".to_owned(), tiles(3, 6)),
        ],
    );
    server.set_faults(Faults { broken: (1, 1_000_000), ..Faults::default() });
    let folder = tempfile::tempdir().unwrap();
    let run = |offline, arguments: &[&str]| {
        let flags =
            ["--limit", "3", "--masks", "4", "--sweep", "GaussianBlur:ksize=1,5", "--progress", "json"];
        let output = stressmap(folder.path(), &server, offline, &[&["run"], arguments, &flags].concat());
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    };
    let by_name = ["--dataset", "hf:owner/tiles", "--model", "hf:owner/convnext-eurosat", "--out"];
    let printed = run(false, &[&by_name[..], &["first"]].concat());
    assert!(printed.contains("\"what\":\"download\""), "{printed}");
    assert!(printed.contains("reading the split `test`; there are also `train`"), "{printed}");
    let fetched = server.requests().join("\n");
    let sum = |name: &str| server::sha256(&shipped(&[name])[0].1);
    assert!(
        fetched.contains(&sum("model.safetensors")) && !fetched.contains(&sum("model.onnx")),
        "{fetched}"
    );
    assert!(fetched.contains("bytes=1000000-") && !fetched.contains("train") && !fetched.contains("README"));

    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
    let study = read("first/study.toml");
    let pinned = [format!("hf:owner/tiles@{dataset}"), format!("hf:owner/convnext-eurosat@{model}")];
    let page = read("first/report.html");
    for name in &pinned {
        assert!(study.contains(name) && page.contains(name.as_str()), "{study}");
    }
    // Neither where the cache is nor what it holds is in the report.
    assert!(!page.contains("huggingface/hub") && page.contains("owner/convnext-eurosat"));

    // The branch moves on; the study does not.
    push(&server, DATASET, "main", &[("data/test.parquet".to_owned(), tiles(4, 6))]);
    run(false, &["--config", "first/study.toml", "--out", "second"]);
    run(true, &["--config", "first/study.toml", "--out", "third"]);
    for file in
        ["item_response.csv", "predictions.csv", "saliency_metrics.csv", "results.json", "report.html"]
    {
        assert_eq!(read(&format!("second/{file}")), read(&format!("first/{file}")), "{file}");
        assert_eq!(read(&format!("third/{file}")), read(&format!("first/{file}")), "{file}");
    }
    assert_eq!(server.requests(), [""; 0]);
    // By branch, offline is what was there when the Hub was asked last.
    let printed = run(true, &[&by_name[..], &["fourth"]].concat());
    assert!(read("fourth/study.toml").contains(&pinned[0]), "{printed}");
}

#[test]
fn a_dataset_of_images_is_read_from_its_conversion_and_a_model_from_its_onnx() {
    let server = HubServer::start();
    push(&server, DATASET, "main", &[("Forest/a.png".to_owned(), b"\x89PNG".to_vec())]);
    let converted = push(
        &server,
        DATASET,
        "refs/convert/parquet",
        &[
            ("default/train/0000.parquet".to_owned(), tiles(1, 4)),
            ("default/validation/0000.parquet".to_owned(), tiles(2, 4)),
        ],
    );
    // Weights of another network than the native backend runs, and the same as ONNX.
    let mut files = shipped(&["config.json", "preprocessor_config.json", "model.safetensors", "model.onnx"]);
    let config = String::from_utf8(files[0].1.clone()).unwrap();
    files[0].1 = config.replace("\"convnext\"", "\"swin\"").into_bytes();
    files[3].0 = "onnx/model.onnx".to_owned();
    push(&server, MODEL, "main", &files);
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let by_name = ["run", "--dataset", "hf:owner/tiles", "--limit", "2", "--masks", "4"];
        stressmap(folder.path(), &server, false, &[&by_name, arguments].concat())
    };
    let output = run(&["--model", "hf:owner/convnext-eurosat", "--out", "converted"]);
    assert!(output.status.success(), "{}", said(&output));
    let study = std::fs::read_to_string(folder.path().join("converted/study.toml")).unwrap();
    assert!(study.contains(&format!("hf:owner/tiles@{converted}")), "{study}");
    let requests = server.requests().join("\n");
    assert!(
        requests.contains(&server::sha256(&files[3].1)) && !requests.contains(&server::sha256(&files[2].1))
    );

    files.truncate(3);
    push(&server, MODEL, "main", &files);
    let output = run(&["--model", "hf:owner/convnext-eurosat", "--out", "none"]);
    let error = said(&output);
    assert_eq!(output.status.code(), Some(1), "{error}");
    for part in ["holds a `swin`", "scripts/export_torchscript.py", "it holds config.json, model.safetensors"]
    {
        assert!(error.replace("the repository holds", "it holds").contains(part), "{error}");
    }
    assert!(run(&["--split", "test"]).status.code() == Some(1));
}

#[test]
fn what_cannot_be_fetched_is_said_in_one_line() {
    let server = HubServer::start();
    push(&server, MODEL, "main", &shipped(&["config.json"]));
    push(&server, DATASET, "main", &[("README.md".to_owned(), b"nothing".to_vec())]);
    let folder = tempfile::tempdir().unwrap();
    let says = |offline, arguments: &[&str], code, part: &str| {
        let output = stressmap(folder.path(), &server, offline, &[&["--quiet"], arguments].concat());
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), error.lines().count()), (Some(code), 1), "{arguments:?}: {error}");
        assert!(error.contains(part), "{arguments:?}: {error}");
    };
    says(false, &["run", "--dataset", "hf:owner/nothing"], 1, "has no dataset `owner/nothing`");
    says(
        false,
        &["run", "--dataset", "hf:owner"],
        2,
        "`hf:owner` names no repository, expected hf:OWNER/NAME",
    );
    says(false, &["run", "--model", "hf:owner"], 2, "`hf:owner` names no repository, expected hf:OWNER/NAME");
    says(false, &["run", "--dataset", "hf:owner/tiles"], 1, "has no parquet files");
    says(
        true,
        &["run", "--dataset", "hf:owner/other"],
        1,
        "does not hold the revision `main` of the dataset",
    );
    server.set_faults(Faults { gated: Some("hf_good".to_owned()), ..Faults::default() });
    let token = folder.path().join("huggingface/token");
    says(
        false,
        &["run", "--model", "hf:owner/convnext-eurosat"],
        1,
        &format!("HF_TOKEN or {}", token.display()),
    );
    std::fs::create_dir_all(token.parent().unwrap()).unwrap();
    std::fs::write(&token, "hf_good\n").unwrap();
    // With the token in its place, the next thing is missing.
    says(
        false,
        &["run", "--model", "hf:owner/convnext-eurosat"],
        1,
        "preprocessor_config.json, expected the image",
    );
}

#[test]
fn an_image_is_explained_by_a_model_of_the_hub() {
    let server = HubServer::start();
    push(&server, MODEL, "main", &shipped(&["config.json", "preprocessor_config.json", "model.safetensors"]));
    let folder = tempfile::tempdir().unwrap();
    image::RgbImage::new(32, 32).save(folder.path().join("in.png")).unwrap();
    let arguments = ["saliency", "in.png", "--masks", "4", "--model", "hf:owner/convnext-eurosat"];
    let output = stressmap(folder.path(), &server, false, &arguments);
    assert!(output.status.success(), "{}", said(&output));
}
