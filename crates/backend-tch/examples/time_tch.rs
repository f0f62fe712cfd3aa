//! Times RISE, and an evaluation if a dataset is given, against the same number of forward passes by libtorch alone.
//!
//! ```sh
//! cargo run --release -p backend-tch --example time_tch -- models/eurosat-convnext 64 200 5 [DATASET [COUNT]]
//! ```
//!
//! The arguments are the model's folder, the images' side in pixels (they are not resized), the number of masks
//! and of rounds. Writes JSON.

#[path = "../../../examples/support/mod.rs"]
mod support;

use std::path::Path;

use backend_tch::{TchModel, TchOptions};
use model_folder::{ImageProcessor, ModelFolder};
use protocols::{AlignedModel, Dataset, Subset};
use serde_json::json;
use support::{Failure, time_model};
use tch::{CModule, Kind, Tensor};

/// How images are given to the network.
#[derive(Clone, Copy, Debug)]
struct Way {
    batch: usize,
    channels_last: bool,
    /// Whether each thread runs passes of its own, or all threads share one pass after another.
    apart: bool,
}

/// libtorch by itself.
struct Network {
    module: CModule,
    side: i64,
    threads: usize,
}

impl Network {
    fn load(path: &Path, side: usize) -> Result<Self, Failure> {
        let mut module = CModule::load(path)?;
        module.f_set_eval()?;
        Ok(Self { module, side: side as i64, threads: std::thread::available_parallelism()?.get() })
    }

    /// Runs whole forward passes from this thread until `images` are done, and returns how many were.
    fn run(&self, images: usize, way: Way) -> Result<usize, Failure> {
        let (count, side, device) = (way.batch as i64, self.side, tch::Device::Cpu);
        let input = if way.channels_last {
            Tensor::f_rand([count, side, side, 3], (Kind::Float, device))?.f_permute([0, 3, 1, 2])?
        } else {
            Tensor::f_rand([count, 3, side, side], (Kind::Float, device))?
        };
        let passes = images.div_ceil(way.batch);
        tch::no_grad(|| {
            for _ in 0..passes {
                drop(self.module.forward_ts(&[&input])?);
            }
            Ok(passes * way.batch)
        })
    }

    fn forward(&self, images: usize, way: Way) -> Result<usize, Failure> {
        if !way.apart {
            tch::set_num_threads(self.threads as i32);
            return self.run(images, way);
        }
        tch::set_num_threads(1);
        let share = images.div_ceil(self.threads);
        time_model::apart(self.threads, |_| self.run(share, way))
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, side, masks, rounds, data @ ..] = arguments.as_slice() else {
        return Err("expected a model's folder, a side, a number of masks and of rounds".into());
    };
    let (side, masks, rounds) = (side.parse()?, masks.parse()?, rounds.parse()?);
    let folder = ModelFolder::open(folder)?;
    let torchscript = folder.torchscript().ok_or("the folder has no model.pt")?;
    let network = Network::load(torchscript, side)?;
    let layouts = [(false, false), (false, true), (true, false), (true, true)];
    let ways: Vec<_> = time_model::batches(side)
        .flat_map(|batch| layouts.map(|(channels_last, apart)| Way { batch, channels_last, apart }))
        .collect();
    let way = time_model::best(&ways, side, |images, way| network.forward(images, way))?;
    let forward = |images| network.forward(images, way);

    let unresized =
        ImageProcessor::from_json(r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#)?;
    let model = TchModel::from_bytes(
        &folder.name(),
        &std::fs::read(torchscript)?,
        folder.labels().to_vec(),
        unresized,
        &TchOptions::new(),
    )?;
    let mut timed = json!({ "rise": time_model::rise(&model, &forward, (side, masks, rounds))? });
    if let [dataset, count @ ..] = data {
        let dataset = datasets::open(dataset)?.dataset;
        let count = count.first().map_or(Ok(dataset.len()), |count| count.parse())?;
        let dataset = Subset::take(dataset, 0, count)?;
        let model =
            AlignedModel::new(TchModel::load(&folder, &TchOptions::new())?, &dataset.metadata().labels)?;
        timed["evaluate"] = time_model::evaluation(&model, &dataset, &forward, rounds)?;
    }
    timed["way"] = json!({
        "images per pass": way.batch, "channels last": way.channels_last, "one pass per thread": way.apart,
    });
    serde_json::to_writer(std::io::stdout(), &timed)?;
    Ok(())
}
