//! The evaluation of a dataset by the shipped network, beside the forward passes alone: images are drawn and
//! perturbed while the network runs.
//!
//! ```sh
//! cargo bench --bench evaluate
//! ```

#![expect(clippy::unwrap_used, reason = "a bench whose inputs cannot be built has nothing to measure")]

use std::hint::black_box;
use std::path::Path;

use classification_metrics::{Average, Multiclass, Score};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use perturb::{GaussianBlur, Perturber, PerturberAugmentation, Randomness, Rng, SaltNoise};
use stressmap::backend_rten::{RtenModel, RtenOptions};
use stressmap::datasets::LandCover;
use stressmap::model_folder::ModelFolder;
use stressmap::protocols::{AlignedModel, Dataset, EvaluateOptions, Model, evaluate};

const TILES: usize = 130;

fn evaluation(criterion: &mut Criterion) {
    let tiles = LandCover::new(TILES, 1).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/eurosat-convnext");
    let model = RtenModel::load(&ModelFolder::open(folder).unwrap(), &RtenOptions::new()).unwrap();
    let model = AlignedModel::new(model, &tiles.metadata().labels).unwrap();
    let inputs: Vec<_> = (0..TILES).map(|i| tiles.get(i).unwrap().image).collect();
    let views: Vec<_> = inputs.iter().map(|input| input.view()).collect();

    let mut group = criterion.benchmark_group("evaluate");
    group.sample_size(10).throughput(Throughput::Elements(TILES as u64));
    group.bench_function("forward passes alone", |b| b.iter(|| model.predict(black_box(&views)).unwrap()));
    let perturbers: [Box<dyn Perturber>; 2] =
        [Box::new(GaussianBlur::new(11).unwrap()), Box::new(SaltNoise::new(0.1).unwrap())];
    for perturber in perturbers {
        let name = perturber.name().to_owned();
        let augmentation = PerturberAugmentation::new(perturber, Randomness::new(Rng::ChaCha, 123));
        for loaders in [0, 1, 2] {
            group.bench_function(BenchmarkId::new(&name, format!("{loaders} loaders")), |b| {
                b.iter(|| {
                    let mut accuracy =
                        Multiclass::builder(10).score(Score::Accuracy, Average::Macro).build().unwrap();
                    let options = EvaluateOptions::new().loader_threads(loaders).augmentation(&augmentation);
                    evaluate(&model, &tiles, &mut [&mut accuracy], black_box(options)).unwrap()
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, evaluation);
criterion_main!(benches);
