//! What is done with hostile input, a function each: whatever the bytes, it must come back.
//!
//! Errors are fine; panics, and wrong answers where an answer can be checked, are not. The fuzzer runs these
//! for as long as it is told (`fuzz/fuzz_targets`), the workspace's tests for seconds (`tests/hostile.rs`).

use std::path::PathBuf;

use backend_rten::{RtenModel, RtenOptions};
use classification_metrics::{
    Average, CalibrationNorm, Counts, HingeMode, Multiclass, Normalization, Probabilistic, Score,
};
use convnext::{ConvNextModel, ConvNextOptions};
use datasets::DecodeOptions;
use model_folder::{ImageProcessor, ModelFolder, Scratch, labels_from_json};
use ndarray::{Array2, Array3, ArrayView3};
use perturb::{Perturber, PerturberSpec, Random, Registry};
use protocols::{
    AlignedModel, BoxError, Dataset, FnModel, MergeableMetric, Metric, Model, ModelMetadata, ScoreKind,
};
use saliency::{Classes, Explainer, Fill, MaskArray, Rise, RiseEstimator, RiseSampling, RiseScoring, Scorer};

/// A target's name, what it does, and inputs to begin with.
pub type Target = (&'static str, fn(&[u8]), fn() -> Vec<Vec<u8>>);

/// All of them.
pub const TARGETS: &[Target] = &[
    ("study_toml", study_toml, seeds::study_toml),
    ("perturber_json", perturber_json, seeds::perturber_json),
    ("processor_json", processor_json, seeds::processor_json),
    ("labels_json", labels_json, seeds::labels_json),
    ("parquet", parquet, seeds::parquet),
    ("schema_json", schema_json, seeds::schema_json),
    ("image", image, seeds::image),
    ("image_table", image_table, seeds::image_table),
    ("jpeg", jpeg, seeds::jpeg),
    ("onnx", onnx, seeds::onnx),
    ("weights", weights, seeds::weights),
    ("state_dict", state_dict, seeds::state_dict),
    ("label_maps", label_maps, seeds::label_maps),
    ("perturb_image", perturb_image, seeds::numbers),
    ("masks", masks, seeds::masks),
    ("rise", rise, seeds::rise),
    ("saliency_metrics", saliency_metrics, seeds::saliency_metrics),
    ("counts", counts, seeds::counts),
    ("tables", tables, seeds::tables),
    ("journal", journal, seeds::journal),
    ("shard", shard, seeds::shard),
];

/// Numbers out of bytes; zeros once they are used up.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn up_to(&mut self, most: usize) -> usize {
        usize::from(self.byte()) % (most + 1)
    }

    /// Any float: a common one, an extreme one, or four bytes as they come.
    fn float(&mut self) -> f32 {
        const EXTREME: [f32; 10] = [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            f32::MIN,
            f32::MIN_POSITIVE,
            1e-45,
            -0.0,
            1.0,
            0.5,
        ];
        match self.byte() {
            kind @ 0..=9 => EXTREME[usize::from(kind)],
            kind @ 10..=200 => f32::from(kind) / 256.0,
            _ => f32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()]),
        }
    }

    fn floats(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.float()).collect()
    }

    fn picture(&mut self, side: usize, channels: usize) -> Array3<u8> {
        let shape = (self.up_to(side), self.up_to(side), self.up_to(channels));
        Array3::from_shape_simple_fn(shape, || self.byte())
    }
}

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// A study is read or refused; what is read is written and read back to the same, and can be set up.
fn study_toml(data: &[u8]) {
    let Some(Ok(config)) = text(data).map(study::StudyConfig::from_toml) else { return };
    let written = config.to_toml();
    let again = study::StudyConfig::from_toml(&written);
    // NaN is a number in TOML, and equal to nothing.
    assert_eq!(again.map(|again| again.to_toml()).ok(), Some(written));
    let _ = config.study(&Registry::builtin());
}

/// What a perturber returns: an image with pixels if there were some, of as many channels or three, and of the same size
/// unless the perturber changes it.
fn check_perturbed(name: &str, image: &Array3<u8>, perturbed: &Array3<u8>) {
    let ((height, width, channels), after) = (image.dim(), perturbed.dim());
    assert!(after.2 == channels || (channels == 1 && after.2 == 3));
    assert_eq!(perturbed.is_empty(), image.is_empty());
    if !["RandomCrop", "RandomScale", "Compose"].contains(&name) {
        assert_eq!((after.0, after.1), (height, width));
    }
}

/// A perturber is read or refused; what is read is written and read back, and perturbs an image or refuses it.
fn perturber_json(data: &[u8]) {
    let Ok(spec) = serde_json::from_slice::<PerturberSpec>(data) else { return };
    let written = serde_json::to_string(&spec).expect("a perturber has a JSON form");
    let again: PerturberSpec = serde_json::from_str(&written).expect("a perturber reads back");
    assert_eq!(spec, again);
    let registry = Registry::builtin();
    let Ok(perturber) = registry.build(&spec) else { return };
    let complete = PerturberSpec::of(&perturber);
    let rebuilt = registry.build(&complete).expect("its parameters build it again");
    assert_eq!(PerturberSpec::of(&rebuilt), complete);
    for shape in [(7, 5, 3), (34, 33, 1)] {
        let image = Array3::from_shape_fn(shape, |(y, x, c)| (y * 40 + x * 7 + c * 90) as u8);
        if let Ok(perturbed) = perturber.perturb(image.view(), &mut Random::numpy(1)) {
            check_perturbed(perturber.name(), &image, &perturbed);
        }
    }
}

/// A processor is read or refused; what is read prepares an image or refuses it.
fn processor_json(data: &[u8]) {
    let Some(Ok(processor)) = text(data).map(ImageProcessor::from_json) else { return };
    for (height, width, channels) in [(3, 5, 3), (1, 1, 1), (4, 4, 2)] {
        let picture = Array3::from_elem((height, width, channels), 77);
        let Ok((rows, columns)) = processor.output_size((height, width)) else { continue };
        // A model that asks for more is refused by its backend for want of memory.
        let Some(values) = rows.checked_mul(columns).filter(|values| *values < 1 << 20) else { continue };
        let mut out = vec![0.0; 3 * values];
        let _ = processor.write(picture.view(), &mut out, &mut Scratch::default());
    }
}

/// Class names are read or refused.
fn labels_json(data: &[u8]) {
    if let Some(Ok(labels)) = text(data).map(labels_from_json) {
        assert!(!labels.is_empty());
    }
}

/// A file of these bytes, which is gone afterwards.
fn with_file(data: &[u8], ending: &str, run: impl FnOnce(&PathBuf)) {
    let thread = std::thread::current().id();
    let name = format!("hostile-{}-{thread:?}.{ending}", std::process::id());
    let path = std::env::temp_dir().join(name.replace(['(', ')'], ""));
    std::fs::write(&path, data).expect("a file for the input");
    run(&path);
    let _ = std::fs::remove_file(path);
}

/// A folder of these files, which is gone afterwards.
fn with_folder(files: &[(&str, &[u8])], run: impl FnOnce(&PathBuf)) {
    let thread = std::thread::current().id();
    let name = format!("hostile-{}-{thread:?}", std::process::id());
    let folder = std::env::temp_dir().join(name.replace(['(', ')'], ""));
    std::fs::create_dir_all(&folder).expect("a folder for the input");
    for (name, data) in files {
        std::fs::write(folder.join(name), data).expect("a file for the input");
    }
    run(&folder);
    let _ = std::fs::remove_dir_all(folder);
}

/// A parquet file is opened or refused; what is opened gives each row or says why not.
fn parquet(data: &[u8]) {
    with_file(data, "parquet", |path| {
        let Ok(opened) = datasets::open(path) else { return };
        let dataset = opened.dataset;
        for index in 0..dataset.len().min(30) {
            let _ = dataset.target(index);
            if let Ok(datum) = dataset.get(index) {
                assert!(datum.target < dataset.metadata().labels.len() && datum.metadata.index == index);
            }
        }
    });
}

/// The same with whole pages, under any text for the schema's `huggingface` metadata.
fn schema_json(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let file = seeds::parquet_file(Some(text), &[(seeds::png(3, 2), 0), (b"no image".to_vec(), 1)]);
    parquet(&file);
}

/// An image is decoded or refused, with a sample range or without; one that is decoded has pixels.
fn image(data: &[u8]) {
    let range = datasets::SampleRange::new(-1.0, 300.0).expect("a range");
    for options in [DecodeOptions::new().upright(true), DecodeOptions::new().sample_range(range)] {
        if let Ok(decoded) = options.decode(data, || "input".to_owned()) {
            let (height, width, channels) = decoded.image.dim();
            assert!(height > 0 && width > 0 && channels == 3);
        }
    }
}

/// A table of images is read or refused, as CSV and as JSON lines.
fn image_table(data: &[u8]) {
    for name in ["metadata.csv", "metadata.jsonl"] {
        with_folder(&[(name, data)], |folder| {
            let Ok(opened) = datasets::open(folder) else { return };
            let dataset = opened.dataset;
            for index in 0..dataset.len().min(30) {
                if let Ok(target) = dataset.target(index) {
                    assert!(target < dataset.metadata().labels.len());
                }
            }
        });
    }
}

/// The same for JPEG, within limits that keep it quick.
fn jpeg(data: &[u8]) {
    let limits = libjpeg_pixels::Limits { max_pixels: 1 << 16, max_scans: 20 };
    if let Ok(picture) = libjpeg_pixels::decode(data, limits) {
        assert_eq!(picture.pixels().len(), picture.width() * picture.height() * 3);
        assert!(!picture.pixels().is_empty());
    }
}

/// A model is loaded or refused; what is loaded scores an image or refuses it.
fn onnx(data: &[u8]) {
    let labels = ["a", "b", "c"].map(str::to_owned).to_vec();
    let processor =
        ImageProcessor::from_json(r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#)
            .expect("a processor");
    let options = RtenOptions::new().threads(1);
    let Ok(model) = RtenModel::from_bytes("input", data, labels, processor, &options) else {
        return;
    };
    if let Ok(scores) = model.predict(&[Array3::from_elem((6, 10, 3), 9).view()]) {
        assert_eq!(scores.dim(), (1, 3));
    }
}

/// A `ConvNeXt`'s weights are loaded or refused, by their first bytes as a file of `torch.save` or as safetensors; what
/// is loaded scores an image or refuses it.
fn weights(data: &[u8]) {
    const CONFIG: &str = r#"{"model_type": "convnext", "num_labels": 3}"#;
    const PROCESSOR: &str = r#"{"image_processor_type": "ConvNextImageProcessor", "do_resize": false}"#;
    let name = if data.starts_with(b"PK") { "pytorch_model.bin" } else { "model.safetensors" };
    let files = [
        ("config.json", CONFIG.as_bytes()),
        ("preprocessor_config.json", PROCESSOR.as_bytes()),
        (name, data),
    ];
    with_folder(&files, |folder| {
        let folder = ModelFolder::open(folder).expect("a folder");
        let Ok(model) = ConvNextModel::load(&folder, &ConvNextOptions::new().threads(1)) else { return };
        if let Ok(scores) = model.predict(&[Array3::from_elem((9, 16, 3), 9).view()]) {
            assert_eq!(scores.dim(), (1, 3));
        }
    });
}

/// The same for the pickle in a file of `torch.save`, whose checksum is right.
fn state_dict(data: &[u8]) {
    weights(&seeds::torch_file(data));
}

/// Two lists of names, a name a line, with an empty line between: they are matched or refused.
fn label_maps(data: &[u8]) {
    let Some((ours, theirs)) = text(data).and_then(|text| text.split_once("\n\n")) else { return };
    let names = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (ours, theirs) = (names(ours), names(theirs));
    let classes = ours.len();
    let model = FnModel::new(ModelMetadata::new("m", ours.clone(), ScoreKind::Logits), move |images| {
        Ok(Array2::from_shape_fn((images.len(), classes), |(_, class)| class as f32))
    });
    let Ok(aligned) = AlignedModel::new(model, &theirs) else { return };
    let scores = aligned.predict(&[Array3::zeros((1, 1, 1)).view()]).expect("a model that answers");
    for (column, name) in theirs.iter().enumerate() {
        assert_eq!(ours[scores[[0, column]] as usize], *name);
    }
}

/// Any perturber on an image of any shape: perturbed or refused.
fn perturb_image(data: &[u8]) {
    let mut bytes = Bytes(data);
    let registry = Registry::builtin();
    let names: Vec<&str> = registry.names().collect();
    let name = names[bytes.up_to(names.len() - 1)];
    let parameters = [
        ("ksize", serde_json::Value::from(bytes.up_to(40))),
        ("amount", (f64::from(bytes.byte()) / 255.0).into()),
        ("var", (f64::from(bytes.byte()) / 64.0).into()),
        ("factor", (f64::from(bytes.byte()) / 32.0).into()),
    ];
    // Each takes the parameters that it knows; most know one of these.
    for (parameter, value) in parameters {
        let Ok(perturber) = registry.build(&PerturberSpec::new(name, [(parameter, value)])) else { continue };
        let picture = bytes.picture(20, 4);
        let before = picture.clone();
        if let Ok(perturbed) = perturber.perturb(picture.view(), &mut Random::chacha(3, 4)) {
            check_perturbed(name, &picture, &perturbed);
        }
        assert_eq!(picture, before);
    }
}

/// Masks of any shape and value, and scores of any value: maps of numbers, or an error.
fn masks(data: &[u8]) {
    let mut bytes = Bytes(data);
    let shape = (bytes.up_to(5), bytes.up_to(6), bytes.up_to(6));
    let values = bytes.floats(shape.0 * shape.1 * shape.2);
    let Ok(array) = Array3::from_shape_vec(shape, values) else { return };
    let Ok(masks) = MaskArray::new(array) else { return };
    let (rows, classes) = (bytes.up_to(6), bytes.up_to(3));
    let scores = bytes.floats(rows * classes).into_iter().map(f64::from).collect();
    let Ok(scores) = Array2::from_shape_vec((rows, classes), scores) else { return };
    let debiased = RiseScoring::debiased(f64::from(bytes.float()));
    for scoring in debiased.into_iter().chain([RiseScoring::plain(), RiseScoring::centred()]) {
        if let Ok(maps) = scoring.score(None, scores.view(), &masks) {
            assert_eq!(maps.dim(), (classes, shape.1, shape.2));
            assert!(maps.iter().all(|value| value.is_finite()), "{maps}");
        }
    }
}

/// RISE with any settings on an image of any shape and a model of any scores: maps within [-1, 1], or an
/// error.
fn rise(data: &[u8]) {
    let mut bytes = Bytes(data);
    let mut builder = Rise::builder()
        .masks(bytes.up_to(20))
        .grid(bytes.up_to(9))
        .p1(f64::from(bytes.float()))
        .sampling(RiseSampling::ALL[bytes.up_to(2)])
        .estimator(RiseEstimator::ALL[bytes.up_to(2)])
        .batch_size(bytes.up_to(8));
    if bytes.byte() > 200 {
        builder = builder.tolerance(f64::from(bytes.float()));
    }
    let fill = bytes.up_to(4);
    builder = builder.fill(Fill::Color((0..fill).map(|_| bytes.byte()).collect()));
    let Ok(rise) = builder.build() else { return };
    let picture = bytes.picture(24, 4);
    let scores = bytes.floats(6);
    let model = FnModel::new(
        ModelMetadata::new("m", vec!["a".into(), "b".into()], ScoreKind::Logits),
        |images: &[ArrayView3<'_, u8>]| -> Result<Array2<f32>, BoxError> {
            Ok(Array2::from_shape_fn((images.len(), 2), |(i, class)| {
                let first = images[i].iter().next().copied().unwrap_or(0);
                scores[usize::from(first) % 3 * 2 + class]
            }))
        },
    );
    let chosen = [bytes.up_to(3), bytes.up_to(3)];
    if let Ok(maps) = rise.explain(&model, picture.view(), Classes::Chosen(&chosen)) {
        assert_eq!(maps.dim(), (2, picture.dim().0, picture.dim().1));
        assert!(maps.iter().all(|value| value.abs() <= 1.0), "{maps}");
    }
}

/// Two maps of any shapes and values: numbers within their ranges, what is documented for the degenerate, or
/// an error.
fn saliency_metrics(data: &[u8]) {
    let mut bytes = Bytes(data);
    let mut map = || {
        let shape = (bytes.up_to(6), bytes.up_to(6));
        Array2::from_shape_vec(shape, bytes.floats(shape.0 * shape.1)).expect("as many values")
    };
    let (first, second) = (map(), map());
    let wide = |map: &Array2<f32>| map.mapv(f64::from);
    let finite = first.iter().chain(&second).all(|value| value.is_finite());
    if let Ok(entropy) = saliency_metrics::entropy(first.view(), None) {
        assert!(entropy.is_nan() || entropy >= 0.0, "{entropy}");
    }
    let _ = saliency_metrics::ssd(first.view(), second.view());
    let _ = saliency_metrics::ssd(wide(&first).view(), wide(&second).view());
    if let Ok(xcorr) = saliency_metrics::xcorr(first.view(), second.view()) {
        assert!(!finite || xcorr.is_nan() || xcorr.abs() <= 1.0 + 1e-6, "{xcorr}");
    }
    let _ = saliency_metrics::xcorr(wide(&first).view(), wide(&second).view());
}

/// A state is merged or refused, scores are counted or refused; what is counted has values.
fn counts(data: &[u8]) {
    let metric = || {
        let builder = Multiclass::builder(3).confusion_matrix(Normalization::None);
        let all = Average::ALL.iter().fold(builder, |builder, &average| {
            builder.score(Score::Accuracy, average).score(Score::F1, average)
        });
        all.build().expect("three classes")
    };
    if let Ok(state) = serde_json::from_slice(data) {
        let mut merged = metric();
        if merged.merge(&state).is_ok() {
            assert!(merged.merge(&metric().state()).is_ok());
            let _ = merged.compute();
        }
    }
    let probabilistic = |scores| {
        let builder =
            Probabilistic::builder(3, scores).auroc(Average::Macro).average_precision(Average::PerClass);
        let builder = builder.calibration_error(4, CalibrationNorm::Max).hinge_loss(HingeMode::OneVsAll);
        builder.build().expect("three classes")
    };
    if let Ok(state) = serde_json::from_slice(data) {
        let mut merged = probabilistic(ScoreKind::Probabilities);
        if merged.merge(&state).is_ok() {
            assert!(merged.merge(&merged.state()).is_ok());
            let _ = merged.compute();
        }
    }
    if let Ok(counts) = serde_json::from_slice::<Counts>(data) {
        let text = serde_json::to_string(&counts).expect("counts have a JSON form");
        assert_eq!(serde_json::from_str::<Counts>(&text).ok(), Some(counts));
    }
    let mut bytes = Bytes(data);
    let (rows, columns) = (bytes.up_to(5), bytes.up_to(4));
    let scores = Array2::from_shape_vec((rows, columns), bytes.floats(rows * columns)).expect("as many");
    let count = bytes.up_to(5);
    let targets: Vec<usize> = (0..count).map(|_| bytes.up_to(4)).collect();
    for kind in ScoreKind::ALL {
        let mut added = probabilistic(*kind);
        if added.update(scores.view(), &targets, &[]).is_ok() && rows > 0 {
            assert!(added.compute().is_ok());
        }
    }
    let mut counted = metric();
    if counted.update(scores.view(), &targets, &[]).is_ok() && rows > 0 {
        let values = counted.compute().expect("images were counted");
        let accuracy = values["accuracy_micro"].as_scalar().expect("a number");
        assert!((0.0..=1.0).contains(&accuracy));
    }
}

/// Tables are read or refused; what is read is written and read back to the same bytes.
fn tables(data: &[u8]) {
    fn table<R: results::Row + serde::Serialize + serde::de::DeserializeOwned>(data: &[u8]) {
        if let Ok(rows) = results::read_csv::<R>(data) {
            let write = |rows: &[R]| {
                let mut file = Vec::new();
                results::write_csv(rows, &mut file).map(|()| file)
            };
            let written = write(&rows).expect("rows that were read");
            let again = results::read_csv::<R>(written.as_slice()).expect("rows that were written");
            assert_eq!(write(&again).ok(), Some(written));
        }
        let _ = results::read_json::<R>(data);
    }
    table::<results::ItemResponse>(data);
    table::<results::Prediction>(data);
    table::<results::SaliencyComparison>(data);
    table::<results::Skipped>(data);
    if let Some(Ok(value)) = text(data).map(str::parse::<results::Value>) {
        assert_eq!(
            value.to_string().parse::<results::Value>().map(|v| v.to_string()).ok(),
            Some(value.to_string())
        );
    }
}

/// A journal of these bytes, and one of these lines under their checksums, is read or refused; one that is
/// opened can be appended to, and the rest is kept.
fn journal(data: &[u8]) {
    journal_file(data);
    let lines = data
        .split(|&byte| byte == b'\n')
        .flat_map(|line| [format!("{:08x} ", crc32fast::hash(line)).as_bytes(), line, b"\n"].concat());
    journal_file(&lines.collect::<Vec<_>>());
}

fn journal_file(data: &[u8]) {
    use study_store::journal::Journal;
    type Line = serde_json::Value;
    with_file(data, "journal", |path| {
        let Ok((mut journal, header, records)) = Journal::open::<Line, Line>(path) else { return };
        journal.append(&"more").expect("a file that can be written");
        drop(journal);
        let (same, mut more) = Journal::read::<Line, Line>(path).expect("a journal that was opened");
        assert_eq!((same, more.pop()), (header, Some("more".into())));
        assert_eq!(more, records);
    });
}

/// A part of a study is read or refused; what is read has its stretch.
fn shard(data: &[u8]) {
    if let Some(Ok(shard)) = text(data).map(str::parse::<study::Shard>) {
        for len in [0, 1, 1000, usize::MAX] {
            let range = shard.range(len);
            assert!(range.start <= range.end && range.end <= len);
        }
    }
}

/// Inputs to begin with.
mod seeds {
    use std::io::{Cursor, Read, Write};
    use std::sync::Arc;

    use image::{DynamicImage, ImageFormat, RgbImage};
    use parquet::basic::Compression;
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::metadata::KeyValue;
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;

    fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
        texts.iter().map(|text| text.as_bytes().to_vec()).collect()
    }

    pub(super) fn study_toml() -> Vec<Vec<u8>> {
        let sweep = "[saliency]\nmasks = 5\np1 = 0.5\n[[perturbers]]\nname = \"GaussianNoise\"\nparameter = \"var\"\n\
                     linspace = { start = 0.0, stop = 0.1, num = 5 }\n";
        let mut seeds = texts(&["", "seed = 7\non_error = \"skip\"\n[dataset]\nlimit = \"all\"\n", sweep]);
        seeds.push(study::StudyConfig::default().to_toml().into_bytes());
        seeds
    }

    pub(super) fn perturber_json() -> Vec<Vec<u8>> {
        texts(&[
            r#"{"GaussianBlur": {"ksize": 11}}"#,
            r#"{"AverageBlur": {"ksize": 3}}"#,
            r#"{"MedianBlur": {"ksize": 5}}"#,
            r#"{"SaltNoise": {"amount": 0.25}}"#,
            r#"{"SaltAndPepperNoise": {"amount": 0.25, "salt_vs_pepper": 0.5}}"#,
            r#"{"GaussianNoise": {"mean": 0.0, "var": 0.05}}"#,
            r#"{"SpeckleNoise": {"var": 0.05}}"#,
            r#"{"Brightness": {"factor": 1.5}}"#,
            r#"{"Sharpness": {"factor": 2.0}}"#,
            r#"{"RandomCrop": {"crop_size": [3, 4]}}"#,
            r#"{"RandomTranslation": {"max_translation_limit": [2, 1], "color_fill": [1, 2, 3]}}"#,
            r#"{"RandomRotation": {"limit": [-30, 60], "probability": 0.5, "fill": [9]}}"#,
            r#"{"RandomScale": {"limit": 0.5, "interpolation": "cubic"}}"#,
            r#"{"RandomScale": {"limit": [0.2, 0.9], "interpolation": 4}}"#,
            r#"{"RadialDistortion": {"k": [0.3, -0.1, 0.02]}}"#,
            r#"{"Haze": {"factor": 0.5, "depth_map": [[1.0, 2.0]], "sky_color": [200.0]}}"#,
            r#"{"WaterDroplet": {"num_drops": 3, "size_range": [0.5, 4], "psi": 1.0}}"#,
            r#"{"ImageNetC": {"corruption": "spatter", "severity": 2}}"#,
            r#"{"ImageNetC": {"corruption": "snow", "severity": 5}}"#,
            r#"{"Compose": {"perturbers": [{"AverageBlur": {"ksize": 3}}, {"SaltNoise": {"amount": 0.5}}]}}"#,
        ])
    }

    pub(super) fn processor_json() -> Vec<Vec<u8>> {
        texts(&[
            r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#,
            r#"{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3}"#,
            r#"{"image_processor_type": "ViTImageProcessor", "size": {"height": 8, "width": 9}, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#,
            r#"{"image_processor_type": "CLIPImageProcessor", "size": {"shortest_edge": 12}, "crop_size": {"height": 7, "width": 30}, "rescale_factor": 0.00392}"#,
        ])
    }

    pub(super) fn labels_json() -> Vec<Vec<u8>> {
        texts(&[
            r#"{"id2label": {"0": "a", "1": "b"}}"#,
            r#"{"num_labels": 3}"#,
            r#"{"label2id": {"a": 0, "b": "1"}}"#,
            r#"{"label_names": ["a", "a"]}"#,
            r#"{"id2label": ["a", "b"]}"#,
        ])
    }

    pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
        encoded(width, height, ImageFormat::Png)
    }

    fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 37 % 256) as u8, (y * 59 % 256) as u8, (x * y % 256) as u8])
        });
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(picture).write_to(&mut bytes, format).expect("an image");
        bytes.into_inner()
    }

    pub(super) fn image() -> Vec<Vec<u8>> {
        use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
        let mut files = [Png, Jpeg, Bmp, Gif, Tiff, WebP].map(|format| encoded(13, 9, format)).to_vec();
        files.extend(
            [
                &include_bytes!("../../crates/datasets/tests/files/images/palette.tif")[..],
                include_bytes!("../../crates/datasets/tests/files/images/float_rgb.tif"),
                include_bytes!("../../crates/datasets/tests/files/images/two_bands.tif"),
                include_bytes!("../../crates/datasets/tests/files/images/maxval_1023.ppm"),
                include_bytes!("../../crates/datasets/tests/files/images/text_100.ppm"),
                include_bytes!("../../crates/datasets/tests/files/images/orientation_6.jpg"),
                include_bytes!("../../crates/datasets/tests/files/images/xmp_8.jpg"),
            ]
            .map(<[u8]>::to_vec),
        );
        files
    }

    pub(super) fn image_table() -> Vec<Vec<u8>> {
        texts(&[
            "file_name,label\na.png,forest\ntest/b.png,\n",
            "image;class\n\"a;b.png\";3\n",
            "{\"file_name\": \"a.png\", \"label\": 3}\n{\"file_name\": \"b.png\"}\n",
        ])
    }

    pub(super) fn jpeg() -> Vec<Vec<u8>> {
        let mut grey = Cursor::new(Vec::new());
        let picture = image::GrayImage::from_fn(17, 11, |x, y| image::Luma([(x * y) as u8]));
        DynamicImage::from(picture).write_to(&mut grey, ImageFormat::Jpeg).expect("an image");
        vec![encoded(13, 9, ImageFormat::Jpeg), encoded(40, 33, ImageFormat::Jpeg), grey.into_inner()]
    }

    const NAMES: &str =
        r#"{"info": {"features": {"label": {"names": ["Forest", "River"], "_type": "ClassLabel"}}}}"#;

    pub(super) fn schema_json() -> Vec<Vec<u8>> {
        texts(&[NAMES, r#"{"info": {"features": {"label": {"names": {"0": "a", "1": "b"}}}}}"#, "{}"])
    }

    pub(super) fn parquet_file(metadata: Option<&str>, rows: &[(Vec<u8>, i64)]) -> Vec<u8> {
        packed(metadata, rows, Compression::SNAPPY)
    }

    fn packed(metadata: Option<&str>, rows: &[(Vec<u8>, i64)], compression: Compression) -> Vec<u8> {
        let schema = "message schema { required binary image; required int64 label; }";
        let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).expect("a schema"));
        let metadata = metadata.map(|text| vec![KeyValue::new("huggingface".to_owned(), text.to_owned())]);
        let properties = WriterProperties::builder()
            .set_key_value_metadata(metadata)
            .set_compression(compression)
            .set_dictionary_enabled(compression == Compression::SNAPPY)
            .build();
        let mut bytes = Vec::new();
        let write = || -> parquet::errors::Result<()> {
            let mut file = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties))?;
            let mut group = file.next_row_group()?;
            let pictures: Vec<_> = rows.iter().map(|(bytes, _)| ByteArray::from(bytes.clone())).collect();
            if let Some(mut column) = group.next_column()? {
                column.typed::<ByteArrayType>().write_batch(&pictures, None, None)?;
                column.close()?;
            }
            let labels: Vec<_> = rows.iter().map(|(_, label)| *label).collect();
            if let Some(mut column) = group.next_column()? {
                column.typed::<Int64Type>().write_batch(&labels, None, None)?;
                column.close()?;
            }
            group.close()?;
            file.close()?;
            Ok(())
        };
        write().expect("a parquet file");
        bytes
    }

    pub(super) fn parquet() -> Vec<Vec<u8>> {
        let rows: Vec<_> = (0..6).map(|i| (png(i + 1, 2), i64::from(i % 2))).collect();
        [Compression::SNAPPY, Compression::UNCOMPRESSED]
            .map(|packing| packed(Some(NAMES), &rows, packing))
            .to_vec()
    }

    pub(super) fn weights() -> Vec<Vec<u8>> {
        vec![
            include_bytes!("../../crates/convnext/tests/data/convnext-pytorch/pytorch_model.bin").to_vec(),
            include_bytes!("../../crates/convnext/tests/data/timm-stride-2/model.safetensors").to_vec(),
        ]
    }

    /// The pickle of a whole network.
    pub(super) fn state_dict() -> Vec<Vec<u8>> {
        let whole = &weights()[0];
        let mut archive = zip::ZipArchive::new(Cursor::new(whole)).expect("an archive");
        let mut pickle = Vec::new();
        let mut file = archive.by_name("pytorch_model/data.pkl").expect("a pickle");
        file.read_to_end(&mut pickle).expect("a pickle");
        vec![pickle]
    }

    /// What `torch.save` writes, with another pickle.
    pub(super) fn torch_file(pickle: &[u8]) -> Vec<u8> {
        let mut archive = zip::ZipArchive::new(Cursor::new(weights().swap_remove(0))).expect("an archive");
        let mut written = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let stored =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for i in 0..archive.len() {
            let mut file = archive.by_index(i).expect("a file");
            let name = file.name().to_owned();
            written.start_file(&name, stored).expect("a file");
            if name.ends_with("data.pkl") {
                written.write_all(pickle).expect("a pickle");
            } else {
                std::io::copy(&mut file, &mut written).expect("a storage");
            }
        }
        written.finish().expect("an archive").into_inner()
    }

    pub(super) fn onnx() -> Vec<Vec<u8>> {
        vec![
            include_bytes!("../../crates/backend-rten/tests/data/tiny.onnx").to_vec(),
            include_bytes!("../../crates/backend-rten/tests/data/reciprocal.onnx").to_vec(),
            include_bytes!("../../crates/backend-rten/tests/data/pair.onnx").to_vec(),
        ]
    }

    pub(super) fn label_maps() -> Vec<Vec<u8>> {
        texts(&["a\nb\nc\n\nc\na\nb", "a\nb\n\na\nb\nc", "a\na\n\na\na", "\n\n"])
    }

    /// Bytes without a pattern, `from` to 255.
    fn spread(count: u32, from: u8) -> impl Iterator<Item = u8> {
        (1..=count).map(move |i| ((i.wrapping_mul(2_654_435_761) >> 24) as u8).max(from))
    }

    pub(super) fn numbers() -> Vec<Vec<u8>> {
        let ramp: Vec<u8> = (0..=255).collect();
        vec![ramp, spread(600, 0).collect(), vec![7; 64], vec![5, 5, 5, 0, 1, 2]]
    }

    pub(super) fn masks() -> Vec<Vec<u8>> {
        let values = |count| spread(count, 10).map(|value| value.min(200));
        // Three masks of 4 x 5, three rows of two scores, and p1 = 0.5.
        let whole = [3, 4, 5].into_iter().chain(values(60)).chain([3, 2]).chain(values(6)).chain([9]);
        let constant = [2, 2, 2].into_iter().chain(values(8)).chain([2, 1, 9, 9, 9]);
        vec![whole.collect(), constant.collect()]
    }

    pub(super) fn rise() -> Vec<Vec<u8>> {
        // Masks, grid, p1 = 0.5, sampling, estimator, batch, tolerance and fill; then the image.
        let with = |head: [u8; 11]| {
            head.into_iter().chain([12, 14, 3]).chain(spread(504, 10)).chain([0, 1]).collect()
        };
        let head = |sampling, estimator| [10, 4, 9, sampling, estimator, 3, 0, 3, 9, 99, 199];
        (0..3).flat_map(|sampling| (0..3).map(move |estimator| with(head(sampling, estimator)))).collect()
    }

    pub(super) fn saliency_metrics() -> Vec<Vec<u8>> {
        let map = |from| [4, 5].into_iter().chain(spread(20, from).map(|value| value.min(200)));
        vec![map(10).chain(map(50)).collect(), map(10).chain(map(10)).collect(), vec![4; 300]]
    }

    pub(super) fn counts() -> Vec<Vec<u8>> {
        let mut seeds = vec![
            [2, 3].into_iter().chain(spread(6, 10).map(|value| value.min(200))).chain([2, 0, 1]).collect(),
        ];
        seeds.extend(texts(&[
            r#"{"classes": 3, "top_k": 1, "cells": [[0, 1, 5], [2, 2, 18446744073709551615]]}"#,
            r#"{"classes": 3, "top_k": 1, "cells": []}"#,
        ]));
        seeds
    }

    pub(super) fn tables() -> Vec<Vec<u8>> {
        texts(&[
            "perturber,parameter,value,accuracy_macro,accuracy_micro,count\nGaussianBlur,ksize,11,0.5,NaN,8\n",
            "perturber,parameter,value,image_id,truth,predicted,truth_score,predicted_score,entropy,ssd,xcorr\n\
             SaltNoise,amount,0.1,3,\"a,\"\"b\",c,0.25,0.5,11.8,inf,-1e-17\n",
            "perturber,parameter,value,image_id,datum,error\na,b,1;2,4,n,e\n",
            r#"[{"perturber":"a","parameter":"b","value":"1","accuracy_macro":"NaN","accuracy_micro":1,"count":1}]"#,
            "11;0.05",
        ])
    }

    pub(super) fn journal() -> Vec<Vec<u8>> {
        texts(&["83dcefb7 1\n", "83dcefb7 1\n83dcefb7 1\n83dcef", "1\n{\"a\": [2, \"b\"]}\nnull", "\n"])
    }

    pub(super) fn shard() -> Vec<Vec<u8>> {
        texts(&["2/4", "1/18446744073709551615", "0/0", "auto", "-1/3"])
    }
}
