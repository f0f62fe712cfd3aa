//! Times RISE, and an evaluation if a dataset is given, against the same number of forward passes by `rten` alone.
//!
//! ```sh
//! cargo run --release -p backend-rten --example time_rten -- models/eurosat-convnext 64 200 5 [DATASET [COUNT]]
//! ```
//!
//! The arguments are the model's folder, the images' side in pixels (they are not resized), the number of masks
//! and of rounds. Writes JSON.

#[path = "../../../examples/support/mod.rs"]
mod support;

use std::path::Path;
use std::sync::Arc;

use backend_rten::{RtenModel, RtenOptions};
use model_folder::{ImageProcessor, ModelFolder};
use protocols::{AlignedModel, Dataset, Subset};
use rten::{RunOptions, ThreadPool, ValueView};
use rten_tensor::NdTensorView;
use serde_json::json;
use support::{Failure, time_model};

/// `rten` by itself.
struct Network {
    weights: rten::Model,
    /// A pool for each processor, and one for all.
    single: Vec<Arc<ThreadPool>>,
    whole: Arc<ThreadPool>,
    side: usize,
}

impl Network {
    fn load(path: &Path, side: usize) -> Result<Self, Failure> {
        let threads = std::thread::available_parallelism()?.get();
        Ok(Self {
            weights: rten::ModelOptions::with_all_ops().prepack_weights(true).load(std::fs::read(path)?)?,
            single: (0..threads).map(|_| Arc::new(ThreadPool::with_num_threads(1))).collect(),
            whole: Arc::new(ThreadPool::with_num_threads(threads)),
            side,
        })
    }

    /// Runs whole forward passes on a pool's own thread until `images` are done, and returns how many were.
    fn run(&self, pool: &Arc<ThreadPool>, images: usize, batch: usize) -> Result<usize, Failure> {
        let input = vec![0.5; batch * 3 * self.side * self.side];
        let passes = images.div_ceil(batch);
        pool.run(|| {
            for _ in 0..passes {
                let mut options = RunOptions::default();
                options.thread_pool = Some(Arc::clone(pool));
                let view: ValueView =
                    NdTensorView::from_data([batch, 3, self.side, self.side], input.as_slice()).into();
                self.weights.run_one(view.into(), Some(options))?;
            }
            Ok(passes * batch)
        })
    }

    /// Passes of several images have all threads; those of one run on each.
    fn forward(&self, images: usize, batch: usize) -> Result<usize, Failure> {
        if batch > 1 {
            return self.run(&self.whole, images, batch);
        }
        let share = images.div_ceil(self.single.len());
        time_model::apart(self.single.len(), |i| self.run(&self.single[i], share, 1))
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, side, masks, rounds, data @ ..] = arguments.as_slice() else {
        return Err("expected a model's folder, a side, a number of masks and of rounds".into());
    };
    let (side, masks, rounds) = (side.parse()?, masks.parse()?, rounds.parse()?);
    let folder = ModelFolder::open(folder)?;
    let onnx = folder.onnx().ok_or("the folder has no model.onnx")?;
    let network = Network::load(onnx, side)?;
    let batches: Vec<_> = time_model::batches(side).collect();
    let batch = time_model::best(&batches, side, |images, batch| network.forward(images, batch))?;
    let forward = |images| network.forward(images, batch);

    let unresized =
        ImageProcessor::from_json(r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#)?;
    let model = RtenModel::from_bytes(
        &folder.name(),
        &std::fs::read(onnx)?,
        folder.labels().to_vec(),
        unresized,
        &RtenOptions::new(),
    )?;
    let mut timed = json!({ "rise": time_model::rise(&model, &forward, (side, masks, rounds))? });
    if let [dataset, count @ ..] = data {
        let dataset = datasets::open(dataset)?.dataset;
        let count = count.first().map_or(Ok(dataset.len()), |count| count.parse())?;
        let dataset = Subset::take(dataset, 0, count)?;
        let model =
            AlignedModel::new(RtenModel::load(&folder, &RtenOptions::new())?, &dataset.metadata().labels)?;
        timed["evaluate"] = time_model::evaluation(&model, &dataset, &forward, rounds)?;
    }
    timed["way"] = json!({ "images a pass": batch });
    serde_json::to_writer(std::io::stdout(), &timed)?;
    Ok(())
}
