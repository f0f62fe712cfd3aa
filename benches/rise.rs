//! RISE as a whole: of a model that costs nothing, so that what is left is RISE's own, and of the shipped network,
//! beside as many forward passes of it.
//!
//! ```sh
//! cargo bench --bench rise
//! ```

#![expect(clippy::unwrap_used, reason = "a bench whose inputs cannot be built has nothing to measure")]

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut3};
use saliency::{Classes, Explainer, Fill, Rise, RiseBuilder, RiseEstimator, RiseSampling};
use stressmap::backend_rten::{RtenModel, RtenOptions};
use stressmap::model_folder::ModelFolder;
use stressmap::protocols::{BoxError, Model, ModelMetadata, ScoreKind};

const CLASSES: usize = 10;

/// Draws what it is to score, and says what a pixel of it is.
struct Mock(ModelMetadata);

impl Mock {
    fn new() -> Self {
        let labels = (0..CLASSES).map(|class| class.to_string()).collect();
        Self(ModelMetadata::new("mock", labels, ScoreKind::Logits))
    }
}

impl Model for Mock {
    fn metadata(&self) -> &ModelMetadata {
        &self.0
    }

    fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
        Ok(Array2::from_shape_fn((images.len(), CLASSES), |(i, class)| {
            f32::from(images[i][[class, class, 0]])
        }))
    }

    fn predict_drawn(
        &self,
        shape: (usize, usize, usize),
        count: usize,
        draw: &(dyn Fn(usize, ArrayViewMut3<'_, u8>) + Sync),
    ) -> Result<Array2<f32>, BoxError> {
        let (mut image, mut scores) = (Array3::zeros(shape), Array2::zeros((count, CLASSES)));
        for (i, mut row) in scores.outer_iter_mut().enumerate() {
            draw(i, image.view_mut());
            row.assign(&self.predict(&[image.view()])?.row(0));
        }
        Ok(scores)
    }
}

fn image(size: usize) -> Array3<u8> {
    let mut random = numpy_rng::default_rng(7_u64);
    Array3::from_shape_simple_fn((size, size, 3), || random.random_raw() as u8)
}

fn settings(masks: usize) -> RiseBuilder {
    Rise::builder().masks(masks).seed(123).fill(Fill::Color(vec![95, 96, 93]))
}

fn without_a_model(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rise/without a model");
    group.sample_size(10);
    for (size, masks) in [(64, 200), (224, 1000)] {
        let (model, image) = (Mock::new(), image(size));
        let name = format!("{size} px, {masks} masks");
        let balanced = settings(masks).sampling(RiseSampling::Hadamard).estimator(RiseEstimator::Centred);
        // Never met: what it costs to look whether it is.
        let looked_at = settings(masks).estimator(RiseEstimator::Centred).tolerance(1e-9);
        group.throughput(Throughput::Elements(masks as u64));
        for (kind, rise) in [("debiased", settings(masks)), ("Hadamard", balanced), ("tolerance", looked_at)]
        {
            let rise = rise.build().unwrap();
            group.bench_with_input(BenchmarkId::new(kind, &name), &image, |b, image| {
                b.iter(|| rise.explain(&model, black_box(image.view()), Classes::All).unwrap());
            });
        }
    }
    group.finish();
}

fn with_a_model(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/eurosat-convnext");
    let model = RtenModel::load(&ModelFolder::open(folder).unwrap(), &RtenOptions::new()).unwrap();
    let (masks, image) = (200, image(64));
    let views = vec![image.view(); masks];
    let rise = settings(masks).build().unwrap();

    let mut group = criterion.benchmark_group("rise/with the shipped model");
    group.sample_size(10).throughput(Throughput::Elements(masks as u64));
    group.bench_function("forward passes", |b| b.iter(|| model.predict(black_box(&views)).unwrap()));
    group.bench_function("rise", |b| {
        b.iter(|| rise.explain(&model, black_box(image.view()), Classes::All).unwrap());
    });
    group.finish();
}

criterion_group!(benches, without_a_model, with_a_model);
criterion_main!(benches);
