//! The shipped network on libtorch: device, precision and images a forward pass. CUDA is measured where it is.

#![expect(clippy::unwrap_used, reason = "a bench whose inputs cannot be built has nothing to measure")]

use std::hint::black_box;
use std::path::Path;

use backend_tch::{Device, Precision, TchModel, TchOptions};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use model_folder::ModelFolder;
use ndarray::{Array3, ArrayView3};
use protocols::Model;

/// How many images a call is given, and how many a forward pass; each device gets enough to be kept busy.
const IMAGES: [(Device, usize, &[usize]); 2] = [
    (Device::Cpu, 256, &[1, 4, 8, 16, 32, 64, 128]),
    (Device::Cuda(0), 8192, &[16, 32, 64, 128, 256, 512, 1024, 2048]),
];

fn inference(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/eurosat-convnext");
    let folder = ModelFolder::open(folder).unwrap();
    let image = Array3::from_shape_fn((64, 64, 3), |(y, x, k)| (3 * y + 5 * x + 40 * k) as u8);
    for (device, count, batch_sizes) in IMAGES {
        if device != Device::Cpu && !tch::Cuda::is_available() {
            continue;
        }
        let views: Vec<ArrayView3<'_, u8>> = vec![image.view(); count];
        for precision in [Precision::F32, Precision::F16, Precision::Bf16] {
            // Processors compute f16 by way of f32, if at all.
            if (device, precision) == (Device::Cpu, Precision::F16) {
                continue;
            }
            let mut group = criterion.benchmark_group(format!("inference/{device}/{precision}"));
            group.sample_size(10).throughput(Throughput::Elements(count as u64));
            for &batch_size in batch_sizes {
                let options = TchOptions::new().device(device).precision(precision).batch_size(batch_size);
                let model = TchModel::load(&folder, &options).unwrap();
                group.bench_with_input(BenchmarkId::from_parameter(batch_size), &views, |b, views| {
                    b.iter(|| model.predict(black_box(views)).unwrap());
                });
            }
            group.finish();
        }
    }
}

criterion_group!(benches, inference);
criterion_main!(benches);
