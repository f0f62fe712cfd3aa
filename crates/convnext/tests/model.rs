//! What a model promises whatever its weights, on the shipped one; and the folders that are refused.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use backend_rten::{RtenModel, RtenOptions};
use convnext::{ConvNextModel, ConvNextOptions, Error};
use model_folder::ModelFolder;
use ndarray::{Array2, Array3};
use protocols::Model;
use protocols::conformance::check_model;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize_to_file};

fn shipped() -> ModelFolder {
    ModelFolder::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/eurosat-convnext")).unwrap()
}

/// An image like no other.
fn image(i: usize, height: usize, width: usize) -> Array3<u8> {
    Array3::from_shape_fn((height, width, 3), |(y, x, k)| {
        let wave = ((y * (i + 3)) as f32 / 9.0).sin() + ((x * (k + 2)) as f32 / (7.0 + i as f32)).cos();
        (128.0 + 50.0 * wave + ((y * 31 + x * 17 + i * 7 + k * 5) % 23) as f32) as u8
    })
}

fn predict(model: &dyn Model, images: &[Array3<u8>]) -> Array2<f32> {
    let views: Vec<_> = images.iter().map(|image| image.view()).collect();
    model.predict(&views).unwrap()
}

#[test]
fn the_shipped_model_gives_rtens_probabilities() {
    let images: Vec<_> = (0..20).map(|i| image(i, 64, 64)).collect();
    let ours = predict(&ConvNextModel::load(&shipped(), &ConvNextOptions::new()).unwrap(), &images);
    let theirs = predict(&RtenModel::load(&shipped(), &RtenOptions::new()).unwrap(), &images);
    let largest = (ours - theirs).iter().fold(0.0, |largest: f32, difference| largest.max(difference.abs()));
    assert!(largest < 1e-5, "{largest}");
}

#[test]
fn the_model_conforms() {
    let model = ConvNextModel::load(&shipped(), &ConvNextOptions::new()).unwrap();
    let images: Vec<_> = (0..5).map(|i| image(i, 64, 64)).collect();
    let violations = check_model(&model, &images);
    assert!(violations.is_empty(), "{violations}");
}

#[test]
fn scores_do_not_depend_on_threads_or_batches() {
    let images: Vec<_> = (0..37).map(|i| image(i, 64, 64)).collect();
    let load = |options: ConvNextOptions| ConvNextModel::load(&shipped(), &options.softmax(false)).unwrap();
    let expected = predict(&load(ConvNextOptions::new().threads(1)), &images);
    for (threads, batch) in [(1, 1), (1, 5), (2, 2), (2, 17), (3, 64), (7, 3)] {
        let model = load(ConvNextOptions::new().threads(threads).batch_size(batch));
        assert_eq!(predict(&model, &images), expected, "{threads} threads, batches of {batch}");
    }
    let model = load(ConvNextOptions::new());
    for (i, image) in images.iter().enumerate() {
        assert_eq!(predict(&model, std::slice::from_ref(image)).row(0), expected.row(i));
    }
}

#[test]
fn response_normalisation_does_not_look_at_other_images() {
    let folder =
        ModelFolder::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/convnextv2-sharded"))
            .unwrap();
    let model = ConvNextModel::load(&folder, &ConvNextOptions::new().threads(1)).unwrap();
    let images: Vec<_> = (0..5).map(|i| image(i, 96, 64)).collect();
    let together = predict(&model, &images);
    for (i, image) in images.iter().enumerate() {
        assert_eq!(predict(&model, std::slice::from_ref(image)).row(0), together.row(i));
    }
}

#[test]
fn images_of_several_sizes_are_scored_as_they_are_alone() {
    let folder =
        ModelFolder::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/convnext")).unwrap();
    let model = ConvNextModel::load(&folder, &ConvNextOptions::new().threads(2)).unwrap();
    let sizes = [(64, 64), (64, 64), (32, 96), (100, 37), (64, 64), (200, 33)];
    let images: Vec<_> = sizes.iter().enumerate().map(|(i, &(h, w))| image(i, h, w)).collect();
    let together = predict(&model, &images);
    for (i, image) in images.iter().enumerate() {
        assert_eq!(predict(&model, std::slice::from_ref(image)).row(0), together.row(i));
    }
}

#[test]
fn drawn_images_are_scored_as_collected_ones() {
    let model = ConvNextModel::load(&shipped(), &ConvNextOptions::new()).unwrap();
    let images: Vec<_> = (0..9).map(|i| image(i, 50, 80)).collect();
    let drawn = model.predict_drawn((50, 80, 3), 9, &|i, mut out| out.assign(&images[i])).unwrap();
    assert_eq!(drawn, predict(&model, &images));
    assert_eq!(model.predict_drawn((64, 64, 3), 0, &|_, _| {}).unwrap().dim(), (0, 10));
}

#[test]
fn an_image_too_small_for_the_stages_is_refused() {
    let folder =
        ModelFolder::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/convnext")).unwrap();
    let model = ConvNextModel::load(&folder, &ConvNextOptions::new()).unwrap();
    assert_eq!(predict(&model, &[image(0, 32, 32)]).dim(), (1, 5));
    let error = model.predict(&[image(0, 31, 40).view()]).unwrap_err().to_string();
    assert_eq!(error, "the network is given 31x40 pixels, of which its stages leave none");
}

/// A copy of a test folder, and its files' places.
fn copy(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    for entry in fs::read_dir(source).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let weights = folder.path().join("model.safetensors");
    (folder, weights)
}

fn refusal(folder: &Path) -> Error {
    ConvNextModel::load(&ModelFolder::open(folder).unwrap(), &ConvNextOptions::new()).unwrap_err()
}

/// Writes the weights again with some changed.
fn rewrite(
    weights: &Path,
    change: impl Fn(&str, Vec<usize>, Vec<u8>) -> Option<(String, Vec<usize>, Vec<u8>)>,
) {
    let bytes = fs::read(weights).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let kept: Vec<_> = file
        .iter()
        .filter_map(|(name, view)| change(name, view.shape().to_vec(), view.data().to_vec()))
        .collect();
    let views = kept.iter().map(|(name, shape, data)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), data).unwrap())
    });
    serialize_to_file(views, None, weights).unwrap();
}

#[test]
fn a_missing_weight_is_named_as_in_the_file() {
    let (folder, weights) = copy("convnext");
    let missing = "convnext.encoder.stages.1.layers.0.pwconv2.bias";
    rewrite(&weights, |name, shape, data| (name != missing).then(|| (name.to_owned(), shape, data)));
    assert_eq!(refusal(folder.path()).to_string(), format!("the weights lack {missing}"));
}

#[test]
fn a_weight_that_no_layer_takes_is_refused() {
    let (folder, weights) = copy("timm-stride-2");
    rewrite(&weights, |name, shape, data| {
        let name = if name == "head.fc.weight" { "head.pre_logits.fc.weight" } else { name };
        Some((name.to_owned(), shape, data))
    });
    assert_eq!(refusal(folder.path()).to_string(), "the weights lack head.fc.weight");
    let (folder, weights) = copy("timm-stride-2");
    let add = |name: &str, shape: Vec<usize>, data: Vec<u8>| {
        let name = if name == "stages.3.blocks.0.gamma" { "stages.3.blocks.0.scale" } else { name };
        Some((name.to_owned(), shape, data))
    };
    rewrite(&weights, add);
    let error = refusal(folder.path()).to_string();
    assert_eq!(error, "the weights hold stages.3.blocks.0.scale, which no ConvNeXt has");
}

#[test]
fn weights_of_another_shape_and_without_numbers_are_refused() {
    let (folder, weights) = copy("convnext");
    rewrite(&weights, |name, shape, data| {
        let shape = if name == "classifier.weight" { shape.into_iter().rev().collect() } else { shape };
        Some((name.to_owned(), shape, data))
    });
    let error = refusal(folder.path()).to_string();
    assert_eq!(error, "the weight classifier.weight has shape [24, 5], expected [n, 24]");
    let (folder, weights) = copy("convnext");
    rewrite(&weights, |name, shape, mut data| {
        if name == "classifier.bias" {
            data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
        }
        Some((name.to_owned(), shape, data))
    });
    assert_eq!(
        refusal(folder.path()).to_string(),
        "the weight classifier.bias holds NaN, expected finite numbers"
    );
}

#[test]
fn configs_of_other_networks_are_refused() {
    let (folder, _) = copy("convnext");
    let path = folder.path().join("config.json");
    let original = fs::read_to_string(&path).unwrap();
    for (from, to, expected) in [
        (r#""convnext""#, r#""resnet""#, "the architecture is resnet, expected convnext or convnextv2"),
        (r#""gelu""#, r#""silu""#, "hidden_act is silu, expected gelu"),
        ("36,", "40,", "hidden_sizes is [8, 20, 40, 24], expected [8, 20, 36, 24], as the weights have it"),
    ] {
        fs::write(&path, original.replacen(from, to, 1)).unwrap();
        assert_eq!(refusal(folder.path()).to_string(), expected);
    }
    let labels = r#""id2label": {"0": "a", "1": "b"}"#;
    fs::write(&path, format!("{{{labels}}}")).unwrap();
    let error = refusal(folder.path()).to_string();
    assert_eq!(error, "the network has 5 outputs, expected one for each of the 2 class names");
}

#[test]
fn files_that_are_no_weights_are_refused_in_one_line() {
    let (folder, weights) = copy("convnext");
    for (bytes, part) in [
        (
            b"version https://git-lfs.github.com/spec/v1\n".as_slice(),
            "is a Git LFS pointer, run `git lfs pull`",
        ),
        (b"{", "is not a safetensors file"),
        (&[255; 64], "is not a safetensors file"),
    ] {
        fs::write(&weights, bytes).unwrap();
        let error = refusal(folder.path()).to_string();
        assert!(error.contains(part) && !error.contains('\n'), "{error}");
    }
    fs::remove_file(&weights).unwrap();
    let error = refusal(folder.path());
    assert!(
        matches!(error, Error::Missing { .. })
            && error.to_string().contains("no model.safetensors or pytorch_model.bin"),
        "{error}"
    );
}

/// Writes the files of the folder's `pytorch_model.bin` again with some changed.
fn rewrite_archive(folder: &Path, change: impl Fn(&str, Vec<u8>) -> Option<Vec<u8>>) {
    let path = folder.join("pytorch_model.bin");
    let mut archive = zip::ZipArchive::new(Cursor::new(fs::read(&path).unwrap())).unwrap();
    let mut written = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).unwrap();
        let (name, mut bytes) = (file.name().to_owned(), Vec::new());
        file.read_to_end(&mut bytes).unwrap();
        let stored =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        if let Some(bytes) = change(name.strip_prefix("pytorch_model/").unwrap(), bytes) {
            written.start_file(name, stored).unwrap();
            written.write_all(&bytes).unwrap();
        }
    }
    written.finish().unwrap();
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn safetensors_come_before_what_torch_saved() {
    let (folder, _) = copy("convnext");
    fs::write(folder.path().join("pytorch_model.bin"), "").unwrap();
    let opened = ModelFolder::open(folder.path()).unwrap();
    assert_eq!(ConvNextModel::weight_files(&opened).unwrap(), [folder.path().join("model.safetensors")]);
    let (folder, _) = copy("convnext-pytorch");
    let opened = ModelFolder::open(folder.path()).unwrap();
    assert_eq!(ConvNextModel::weight_files(&opened).unwrap(), [folder.path().join("pytorch_model.bin")]);
}

#[test]
fn a_pickle_that_calls_functions_is_refused_by_their_names() {
    let (folder, _) = copy("convnext-pytorch");
    rewrite_archive(folder.path(), |name, bytes| {
        Some(if name == "data.pkl" {
            replaced(&bytes, b"collections\nOrderedDict", b"os\nsystem")
        } else {
            bytes
        })
    });
    let error = refusal(folder.path()).to_string();
    assert!(
        error.contains(
            "pytorch_model.bin is not a PyTorch checkpoint: byte 2 of its pickle names os.system, "
        )
    );
}

#[test]
fn archives_that_do_not_hold_a_state_dict_are_refused() {
    type Change = fn(&str, Vec<u8>) -> Option<Vec<u8>>;
    let cases: [(Change, &str); 8] = [
        (|_, bytes| Some(bytes), ""),
        // As before PyTorch 2.1.
        (|name, bytes| (name == "data.pkl" || name.starts_with("data/")).then_some(bytes), ""),
        (|name, bytes| (name != "data.pkl").then_some(bytes), "it has no data.pkl"),
        (|name, bytes| (name != "data/3").then_some(bytes), "pytorch_model/data/3: "),
        (
            |name, bytes| Some(if name == "data/3" { bytes[1..].to_vec() } else { bytes }),
            "storage 3 has 31 bytes, expected 4 values",
        ),
        (
            |name, bytes| Some(if name == "byteorder" { b"big".to_vec() } else { bytes }),
            "its numbers are not little-endian",
        ),
        (
            |name, bytes| {
                Some(if name == "data.pkl" {
                    replaced(&bytes, b"FloatStorage", b"LongStorage")
                } else {
                    bytes
                })
            },
            "is of type LongStorage, expected F64, F32, F16 or BF16",
        ),
        (
            |name, bytes| Some(if name == "data.pkl" { vec![b'('; 2 << 20] } else { bytes }),
            "expected at most",
        ),
    ];
    for (change, part) in cases {
        let (folder, _) = copy("convnext-pytorch");
        rewrite_archive(folder.path(), change);
        let loaded = ConvNextModel::load(&ModelFolder::open(folder.path()).unwrap(), &ConvNextOptions::new());
        match loaded {
            Ok(_) => assert_eq!(part, ""),
            Err(error) => {
                let error = error.to_string();
                assert!(!part.is_empty() && error.contains(part) && !error.contains('\n'), "{part}: {error}");
            }
        }
    }
    let (folder, _) = copy("convnext-pytorch");
    let path = folder.path().join("pytorch_model.bin");
    let whole = fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    let mut archive = zip::ZipArchive::new(Cursor::new(&whole)).unwrap();
    damaged[archive.by_name("pytorch_model/data/3").unwrap().data_start() as usize] ^= 1;
    for (bytes, part) in [
        (
            &b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."[..],
            "it is not a zip archive, as torch.save has written since",
        ),
        (b"", "it is not a zip archive"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer"),
        (&whole[..whole.len() / 2], "is not a PyTorch checkpoint"),
        (&damaged, "pytorch_model/data/3: Invalid checksum"),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = refusal(folder.path()).to_string();
        assert!(error.contains(part) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn views_of_one_storage_cannot_ask_for_more_memory_than_the_file_has() {
    let (folder, _) = copy("convnext-pytorch");
    // The stem's weights, (4, 3, 4, 4), as 4x3x255x255 with strides of 0.
    let (size, large) = (b"(K\x04K\x03K\x04K\x04t", b"(K\x04K\x03K\xffK\xfft");
    rewrite_archive(folder.path(), |name, bytes| {
        Some(if name == "data.pkl" { replaced(&bytes, size, large) } else { bytes })
    });
    assert!(refusal(folder.path()).to_string().ends_with("it has more weights than bytes"));
}

#[test]
fn weights_that_do_not_pass_the_folders_check_are_refused() {
    let (folder, _) = copy("convnext");
    let shown = image(0, 40, 48);
    let file = fs::File::create(folder.path().join("check.png")).unwrap();
    let mut encoder = png::Encoder::new(file, 48, 40);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header().unwrap().write_image_data(shown.as_slice().unwrap()).unwrap();
    let open = |softmax: bool| {
        ConvNextModel::load(
            &ModelFolder::open(folder.path()).unwrap(),
            &ConvNextOptions::new().softmax(softmax),
        )
    };
    let logits = predict(&open(false).unwrap(), &[shown]);
    let opened = |change: f32| {
        let outputs: Vec<f32> = logits.iter().map(|logit| logit + change).collect();
        let json = serde_json::json!({ "outputs": outputs }).to_string();
        fs::write(folder.path().join("check.json"), json).unwrap();
        // The check is of logits, whatever the scores are.
        [open(false), open(true)]
    };
    for model in opened(0.0) {
        model.unwrap();
    }
    for model in opened(0.05) {
        let error = model.unwrap_err().to_string();
        assert!(error.contains("for class 0 of check.png, expected"), "{error}");
    }
}

#[test]
fn an_index_stays_within_its_folder_and_holds_what_it_names() {
    let (folder, _) = copy("convnextv2-sharded");
    let path = folder.path().join("model.safetensors.index.json");
    let index = fs::read_to_string(&path).unwrap();
    fs::write(&path, index.replace("model-00001", "../model-00001")).unwrap();
    assert!(refusal(folder.path()).to_string().contains("is not the name of a file"));
    fs::write(&path, index.replace("\"classifier.bias\"", "\"classifier.shift\"")).unwrap();
    assert_eq!(refusal(folder.path()).to_string(), "the weights lack classifier.shift");
}

#[test]
fn an_index_of_what_torch_saved_is_read_like_the_single_file() {
    let images = [image(3, 64, 64)];
    let (folder, _) = copy("convnext-pytorch");
    let single = predict(
        &ConvNextModel::load(&ModelFolder::open(folder.path()).unwrap(), &ConvNextOptions::new()).unwrap(),
        &images,
    );
    let shard = "pytorch_model-00001-of-00001.bin";
    fs::rename(folder.path().join("pytorch_model.bin"), folder.path().join(shard)).unwrap();
    let index = folder.path().join("pytorch_model.bin.index.json");
    let names = |name: &str| format!("{{\"weight_map\": {{\"{name}\": \"{shard}\"}}}}");
    fs::write(&index, names("classifier.bias")).unwrap();
    let opened = ModelFolder::open(folder.path()).unwrap();
    assert_eq!(ConvNextModel::weight_files(&opened).unwrap(), [index.clone(), folder.path().join(shard)]);
    let model = ConvNextModel::load(&opened, &ConvNextOptions::new()).unwrap();
    assert_eq!(predict(&model, &images), single);
    fs::write(&index, names("classifier.shift")).unwrap();
    assert_eq!(refusal(folder.path()).to_string(), "the weights lack classifier.shift");
}

#[test]
fn options_of_zero_are_refused() {
    for (options, name) in
        [(ConvNextOptions::new().threads(0), "threads"), (ConvNextOptions::new().batch_size(0), "batch_size")]
    {
        let error = ConvNextModel::load(&shipped(), &options).unwrap_err().to_string();
        assert_eq!(error, format!("{name} is 0, expected at least 1"));
    }
}
