//! Numbers of saliency maps over sizes, on one thread; elements are pixels of one map.
//!
//! ```sh
//! cargo bench --no-default-features --bench metrics
//! ```

#![expect(clippy::unwrap_used, reason = "a bench whose inputs cannot be built has nothing to measure")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use saliency_metrics::{ClipRange, entropy, ssd, xcorr};

const SIZES: [usize; 3] = [64, 224, 512];

/// A map of values from -1 to 1 and another.
fn maps(size: usize) -> (Array2<f32>, Array2<f32>) {
    let mut random = numpy_rng::default_rng(7_u64);
    let mut map = || Array2::from_shape_simple_fn((size, size), || (random.random() * 2.0 - 1.0) as f32);
    (map(), map())
}

fn metrics(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("metrics");
    for size in SIZES {
        let (map, reference) = maps(size);
        group.throughput(Throughput::Elements(map.len() as u64));
        group.bench_with_input(BenchmarkId::new("entropy", size), &map, |b, map| {
            b.iter(|| entropy(black_box(map.view()), None).unwrap());
        });
        group.bench_with_input(BenchmarkId::new("entropy of what is positive", size), &map, |b, map| {
            b.iter(|| entropy(black_box(map.view()), Some(ClipRange::POSITIVE)).unwrap());
        });
        group.bench_with_input(BenchmarkId::new("ssd", size), &(&map, &reference), |b, (map, reference)| {
            b.iter(|| ssd(black_box(map.view()), black_box(reference.view())).unwrap());
        });
        group.bench_with_input(
            BenchmarkId::new("xcorr", size),
            &(&map, &reference),
            |b, (map, reference)| {
                b.iter(|| xcorr(black_box(map.view()), black_box(reference.view())).unwrap());
            },
        );
    }
    group.finish();
}

criterion_group!(benches, metrics);
criterion_main!(benches);
