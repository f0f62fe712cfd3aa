//! Times RISE, and an evaluation if a dataset is given, against the same number of forward passes by libtorch alone.
//!
//! ```sh
//! cargo run --release -p backend-tch --example time_tch -- models/eurosat-convnext 64 200 5 [DATASET [COUNT]]
//! cargo run --release -p backend-tch --example time_tch -- --device cuda --precision bf16 models/eurosat-convnext 64 2000 5
//! ```
//!
//! The arguments are the model's folder, the images' side in pixels (they are not resized), the number of masks
//! and of rounds. Writes JSON. On a GPU the input of the passes by libtorch alone lies there already.

#[path = "../../../examples/support/mod.rs"]
mod support;

use std::path::Path;

use backend_tch::{Device, Precision, TchModel, TchOptions};
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
    device: tch::Device,
    kind: Kind,
    side: i64,
    threads: usize,
}

impl Network {
    fn load(path: &Path, side: usize, device: Device, precision: Precision) -> Result<Self, Failure> {
        let device = match device {
            Device::Cuda(number) => tch::Device::Cuda(number),
            _ => tch::Device::Cpu,
        };
        let kind = match precision {
            Precision::F16 => Kind::Half,
            Precision::Bf16 => Kind::BFloat16,
            _ => Kind::Float,
        };
        let mut module = CModule::load_on_device(path, device)?;
        module.f_set_eval()?;
        module.to(device, kind, false);
        let threads = std::thread::available_parallelism()?.get();
        Ok(Self { module, device, kind, side: side as i64, threads })
    }

    /// The ways that are worth a trial. A GPU has one queue of work, which one thread keeps full.
    fn ways(&self, side: usize) -> Vec<Way> {
        let apart: &[bool] = if self.device.is_cuda() { &[false] } else { &[false, true] };
        let batches: Vec<usize> = if self.device.is_cuda() {
            (5..=11)
                .map(|power| 1 << power)
                .take_while(|batch| batch * side * side <= 256 * 224 * 224)
                .collect()
        } else {
            time_model::batches(side).collect()
        };
        let layouts =
            [false, true].into_iter().flat_map(|last| apart.iter().map(move |&apart| (last, apart)));
        let layouts: Vec<_> = layouts.collect();
        batches
            .into_iter()
            .flat_map(|batch| {
                layouts.iter().map(move |&(channels_last, apart)| Way { batch, channels_last, apart })
            })
            .collect()
    }

    /// Runs whole forward passes from this thread until `images` are done, and returns how many were.
    fn run(&self, images: usize, way: Way) -> Result<usize, Failure> {
        let (count, side, options) = (way.batch as i64, self.side, (self.kind, self.device));
        let input = if way.channels_last {
            Tensor::f_rand([count, side, side, 3], options)?.f_permute([0, 3, 1, 2])?
        } else {
            Tensor::f_rand([count, 3, side, side], options)?
        };
        let passes = images.div_ceil(way.batch);
        tch::no_grad(|| {
            for _ in 0..passes {
                drop(self.module.forward_ts(&[&input])?);
            }
            if let tch::Device::Cuda(number) = self.device {
                tch::Cuda::synchronize(number as i64);
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
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let (mut device, mut precision) = (Device::Cpu, Precision::F32);
    while arguments.len() > 1 && arguments[0].starts_with("--") {
        let value = arguments.remove(1);
        match arguments.remove(0).as_str() {
            "--device" => device = value.parse()?,
            "--precision" => precision = value.parse()?,
            other => return Err(format!("{other} is not an option, expected --device or --precision").into()),
        }
    }
    let [folder, side, masks, rounds, data @ ..] = arguments.as_slice() else {
        return Err("expected a model's folder, a side, a number of masks and of rounds".into());
    };
    let (side, masks, rounds) = (side.parse()?, masks.parse()?, rounds.parse()?);
    let folder = ModelFolder::open(folder)?;
    let torchscript = folder.torchscript().ok_or("the folder has no model.pt")?;
    let network = Network::load(torchscript, side, device, precision)?;
    let ways = network.ways(side);
    if network.device.is_cuda() {
        // The first pass of each shape loads kernels.
        ways.iter().try_for_each(|&way| network.forward(1, way).map(drop))?;
    }
    let way = time_model::best(&ways, side, |images, way| network.forward(images, way))?;
    let forward = |images| network.forward(images, way);

    let options = TchOptions::new().device(device).precision(precision);
    let unresized =
        ImageProcessor::from_json(r#"{"image_processor_type": "ViTImageProcessor", "do_resize": false}"#)?;
    let model = TchModel::from_bytes(
        &folder.name(),
        &std::fs::read(torchscript)?,
        folder.labels().to_vec(),
        unresized,
        &options,
    )?;
    let mut timed = json!({ "rise": time_model::rise(&model, &forward, (side, masks, rounds))? });
    if let [dataset, count @ ..] = data {
        let dataset = datasets::open(dataset)?.dataset;
        let count = count.first().map_or(Ok(dataset.len()), |count| count.parse())?;
        let dataset = Subset::take(dataset, 0, count)?;
        let model = AlignedModel::new(TchModel::load(&folder, &options)?, &dataset.metadata().labels)?;
        timed["evaluate"] = time_model::evaluation(&model, &dataset, &forward, rounds)?;
    }
    timed["way"] = json!({
        "images per pass": way.batch, "channels last": way.channels_last, "one pass per thread": way.apart,
    });
    serde_json::to_writer(std::io::stdout(), &timed)?;
    Ok(())
}
