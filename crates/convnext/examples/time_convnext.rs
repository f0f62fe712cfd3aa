//! Times forward passes on one thread: this crate's, `backend-rten`'s where the folder has `model.onnx`, and a large
//! matrix product, whose speed stands for what the processor can do.
//!
//! ```sh
//! cargo run --release -p convnext --example time_convnext -- models/eurosat-convnext 64 [IMAGES [ROUNDS]]
//! ```
//!
//! The side is that of square images, which the folder's processor should leave as they are. The three take turns;
//! each one's best round counts, since other programs can only slow a round down. Writes JSON.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use backend_rten::{RtenModel, RtenOptions};
use convnext::{ConvNextModel, ConvNextOptions};
use model_folder::ModelFolder;
use protocols::Model;
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Side of the large product's matrices.
const LARGE: usize = 512;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, side, rest @ ..] = arguments.as_slice() else {
        return Err("expected a model folder and the images' side".into());
    };
    let side: usize = side.parse()?;
    let images = rest.first().map_or(Ok(8), |images| images.parse())?;
    let rounds = rest.get(1).map_or(Ok(200), |rounds| rounds.parse())?;
    let operations = 2.0 * multiply_adds(Path::new(folder), side)?;
    let folder = ModelFolder::open(folder)?;
    let ours = ConvNextModel::load(&folder, &ConvNextOptions::new().threads(1))?;
    let theirs = match folder.onnx() {
        Some(_) => Some(RtenModel::load(&folder, &RtenOptions::new().threads(1))?),
        None => None,
    };
    let product = LargeProduct::new()?;

    let (mut native, mut rten, mut large) = (f64::MAX, f64::MAX, f64::MAX);
    for _ in 0..rounds {
        native = native.min(forward(&ours, side, images)?);
        if let Some(theirs) = &theirs {
            rten = rten.min(forward(theirs, side, images.div_ceil(4))?);
        }
        large = large.min(product.seconds()?);
    }
    let speed = operations / native;
    let peak = 2.0 * (LARGE * LARGE * LARGE) as f64 / large;
    let timed = json!({
        "milliseconds per image": {
            "convnext": native * 1e3,
            "backend-rten": theirs.is_some().then_some(rten * 1e3),
        },
        "multiply-adds per image, in millions": operations / 2e6,
        "convnext, in GFLOP/s": speed / 1e9,
        "a large matrix product, in GFLOP/s": peak / 1e9,
        "share": speed / peak,
    });
    serde_json::to_writer_pretty(std::io::stdout(), &timed)?;
    Ok(())
}

/// Seconds per image.
fn forward(model: &dyn Model, side: usize, images: usize) -> Result<f64, Failure> {
    let start = Instant::now();
    let draw = |i: usize, mut image: ndarray::ArrayViewMut3<'_, u8>| image.fill(i as u8);
    black_box(model.predict_drawn((side, side, 3), images, &draw)?);
    Ok(start.elapsed().as_secs_f64() / images as f64)
}

/// What the stages' blocks, the stem, the downsampling layers and the head multiply and add for one image.
fn multiply_adds(folder: &Path, side: usize) -> Result<f64, Failure> {
    let config: Value = serde_json::from_str(&fs::read_to_string(folder.join("config.json"))?)?;
    let list = |name: &str, default: [u64; 4]| -> Vec<usize> {
        let values = config[name].as_array().map(|values| values.iter().filter_map(Value::as_u64).collect());
        let values: Vec<u64> = values.unwrap_or_else(|| default.to_vec());
        values.into_iter().map(|value| value as usize).collect()
    };
    let (depths, widths) = (list("depths", [3, 3, 9, 3]), list("hidden_sizes", [96, 192, 384, 768]));
    let patch = config["patch_size"].as_u64().unwrap_or(4) as usize;
    let mut side = side / patch;
    let mut channels = widths.first().copied().unwrap_or(0);
    let mut count = side * side * patch * patch * 3 * channels;
    for (stage, (&depth, &width)) in depths.iter().zip(&widths).enumerate() {
        // timm's rule for its stem of stride 2.
        if stage > 0 || patch == 2 {
            side /= 2;
            count += side * side * 4 * channels * width;
        }
        channels = width;
        count += depth * side * side * (8 * channels * channels + 49 * channels);
    }
    let classes = config["id2label"].as_object().map_or(0, serde_json::Map::len);
    Ok((count + channels * classes) as f64)
}

/// A product of two square matrices on one thread.
struct LargeProduct {
    pool: rayon::ThreadPool,
    left: Vec<f32>,
    right: rten_gemm::PackedBMatrix<f32>,
    kernel: rten_gemm::GemmExecutor,
}

impl LargeProduct {
    fn new() -> Result<Self, Failure> {
        let values: Vec<f32> = (0..LARGE * LARGE).map(|i| (i % 101) as f32 / 50.0 - 1.0).collect();
        let kernel = rten_gemm::GemmExecutor::new();
        let right = kernel.prepack_b(rten_tensor::NdTensorView::from_data([LARGE, LARGE], values.as_slice()));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
        Ok(Self { pool, left: values, right, kernel })
    }

    fn seconds(&self) -> Result<f64, Failure> {
        let mut out = vec![0.0; LARGE * LARGE];
        let left = rten_tensor::NdTensorView::from_data([LARGE, LARGE], self.left.as_slice());
        let start = Instant::now();
        self.pool.install(|| {
            let (a, b) = (rten_gemm::GemmInputA::Unpacked(left), rten_gemm::GemmInputB::Packed(&self.right));
            self.kernel.gemm(&mut out, a, b, rten_gemm::GemmOptions::default())
        })?;
        black_box(out);
        Ok(start.elapsed().as_secs_f64())
    }
}
