//! RISE without a model: masks, occluded pictures and scoring, on one thread.

#![expect(clippy::unwrap_used, reason = "a bench whose inputs cannot be built has nothing to measure")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array2, Array3};
use saliency::{Fill, MaskGenerator, Masks, Occluder, RiseGrid, RiseScoring, Rounding, Scorer};

/// Size of the picture and number of masks.
const SIZES: [(usize, usize); 3] = [(64, 200), (224, 1000), (512, 200)];
const CLASSES: usize = 10;

struct Inputs {
    masks: Box<dyn Masks>,
    occluder: Occluder,
    picture: Array3<u8>,
    scores: Array2<f64>,
    scorer: RiseScoring,
}

fn inputs(size: usize, masks: usize) -> Inputs {
    let mut random = numpy_rng::default_rng(7_u64);
    let image = Array3::from_shape_simple_fn((size, size, 3), || (random.random() * 256.0) as u8);
    Inputs {
        masks: RiseGrid::new(masks, 8, 0.5, 123).unwrap().masks(size, size).unwrap(),
        occluder: Occluder::new(image.view(), &Fill::Color(vec![95, 96, 93]), Rounding::Truncate).unwrap(),
        picture: image,
        scores: Array2::from_shape_simple_fn((masks, CLASSES), || random.random()),
        scorer: RiseScoring::debiased(0.5).unwrap(),
    }
}

fn rise(criterion: &mut Criterion) {
    for (size, count) in SIZES {
        let mut inputs = inputs(size, count);
        let mut group = criterion.benchmark_group(format!("rise/{size}x{size}/{count} masks"));
        group.sample_size(10).throughput(Throughput::Elements((count * size * size) as u64));
        group.bench_function("grids and shifts", |b| {
            b.iter(|| RiseGrid::new(black_box(count), 8, 0.5, 123).unwrap().masks(size, size).unwrap().len());
        });
        group.bench_function("masks", |b| {
            let mut mask = Array2::zeros((size, size));
            b.iter(|| (0..count).for_each(|index| inputs.masks.write(black_box(index), mask.view_mut())));
        });
        group.bench_function("masks and occlusion", |b| {
            let Inputs { masks, occluder, picture, .. } = &mut inputs;
            b.iter(|| {
                (0..count)
                    .for_each(|index| occluder.write(&*masks, black_box(index), picture.view_mut()).unwrap());
            });
        });
        group.bench_with_input(BenchmarkId::new("scoring", CLASSES), &inputs, |b, inputs| {
            b.iter(|| inputs.scorer.score(None, black_box(inputs.scores.view()), &inputs.masks).unwrap());
        });
        group.finish();
    }
}

criterion_group!(benches, rise);
criterion_main!(benches);
