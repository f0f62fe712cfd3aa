//! Masks by themselves, on one thread: drawing the grids, and computing every row of every mask.
//!
//! ```sh
//! cargo bench --no-default-features --bench masks
//! ```

#![expect(clippy::unwrap_used, reason = "a bench whose inputs cannot be built has nothing to measure")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use saliency::{HadamardGrid, MaskGenerator, PairedGrid, RiseGrid, SlidingWindow};

/// Size of the image and number of masks.
const SIZES: [(usize, usize); 3] = [(64, 200), (224, 1000), (512, 200)];

fn grids(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("masks/grids and shifts");
    for (size, count) in SIZES {
        group.throughput(Throughput::Elements(count as u64));
        let name = format!("{size} px, {count}");
        group.bench_function(BenchmarkId::new("RiseGrid", &name), |b| {
            b.iter(|| RiseGrid::new(black_box(count), 8, 0.5, 123).unwrap().masks(size, size).unwrap());
        });
        group.bench_function(BenchmarkId::new("PairedGrid", &name), |b| {
            b.iter(|| PairedGrid::new(black_box(count), 8, 123).unwrap().masks(size, size).unwrap());
        });
        group.bench_function(BenchmarkId::new("HadamardGrid", &name), |b| {
            b.iter(|| HadamardGrid::new(black_box(count), 8, 123).unwrap().masks(size, size).unwrap());
        });
    }
    group.finish();
}

fn rows(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("masks/rows");
    group.sample_size(10);
    for (size, count) in SIZES {
        let window = size / 8;
        let generators: [(&str, Box<dyn MaskGenerator>); 2] = [
            ("RiseGrid", Box::new(RiseGrid::new(count, 8, 0.5, 123).unwrap())),
            ("SlidingWindow", Box::new(SlidingWindow::new((window, window), (window, window)).unwrap())),
        ];
        for (name, generator) in generators {
            let masks = generator.masks(size, size).unwrap();
            let mut mask = Array2::zeros((size, size));
            group.throughput(Throughput::Elements((masks.len() * size * size) as u64));
            group.bench_function(BenchmarkId::new(name, format!("{size} px, {}", masks.len())), |b| {
                b.iter(|| {
                    (0..masks.len()).for_each(|index| masks.write(black_box(index), mask.view_mut()));
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, grids, rows);
criterion_main!(benches);
