//! Maps of scores, on one thread: RISE's and occlusion's scoring, and the share of noise that a tolerance asks for.
//!
//! ```sh
//! cargo bench --no-default-features --bench scoring
//! ```

#![expect(clippy::unwrap_used, reason = "a bench whose inputs cannot be built has nothing to measure")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array1, Array2};
use saliency::{MaskGenerator, OcclusionScoring, RiseGrid, RiseScoring, Scorer};

/// Size of the image, number of masks and of classes.
const SIZES: [(usize, usize, usize); 4] = [(64, 200, 10), (224, 1000, 10), (224, 8000, 10), (224, 1000, 100)];

fn scoring(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scoring");
    group.sample_size(10);
    for (size, count, classes) in SIZES {
        let masks = RiseGrid::new(count, 8, 0.5, 123).unwrap().masks(size, size).unwrap();
        let mut random = numpy_rng::default_rng(7_u64);
        let scores = Array2::from_shape_simple_fn((count, classes), || random.random());
        let reference = Array1::from_elem(classes, 0.9);
        let name = format!("{size} px, {count} masks, {classes} classes");
        group.throughput(Throughput::Elements((count * classes) as u64));
        let scorers: [(&str, Box<dyn Scorer>); 3] = [
            ("debiased", Box::new(RiseScoring::debiased(0.5).unwrap())),
            ("centred", Box::new(RiseScoring::centred())),
            ("occlusion", Box::new(OcclusionScoring::new())),
        ];
        for (kind, scorer) in scorers {
            group.bench_function(BenchmarkId::new(kind, &name), |b| {
                b.iter(|| scorer.score(Some(reference.view()), black_box(scores.view()), &masks).unwrap());
            });
        }
        group.bench_function(BenchmarkId::new("noise share, centred", &name), |b| {
            b.iter(|| {
                let share = |scores| RiseScoring::centred().noise_share(black_box(scores), &masks).unwrap();
                scores.columns().into_iter().map(share).next_back()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, scoring);
criterion_main!(benches);
