//! Images occluded by RISE's masks, the masks' own time included, on one thread.
//!
//! ```sh
//! cargo bench --no-default-features --bench occlusion
//! ```

#![expect(clippy::unwrap_used, reason = "a bench whose inputs cannot be built has nothing to measure")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array3;
use saliency::{BlendRounding, Fill, MaskGenerator, Occluder, RiseGrid};

const SIZES: [usize; 3] = [64, 224, 512];
const MASKS: usize = 100;

fn occlusion(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("occlusion");
    group.sample_size(20);
    for size in SIZES {
        let mut random = numpy_rng::default_rng(7_u64);
        let image = Array3::from_shape_simple_fn((size, size, 3), || random.random_raw() as u8);
        let masks = RiseGrid::new(MASKS, 8, 0.5, 123).unwrap().masks(size, size).unwrap();
        let fills = [
            ("black", Fill::Black, BlendRounding::Truncate),
            ("colour", Fill::Color(vec![95, 96, 93]), BlendRounding::Truncate),
            ("colour, nearest", Fill::Color(vec![95, 96, 93]), BlendRounding::Nearest),
            ("image", Fill::Image(image.mapv(|value| value / 2)), BlendRounding::Truncate),
        ];
        group.throughput(Throughput::Bytes((MASKS * image.len()) as u64));
        for (name, fill, rounding) in fills {
            let occluder = Occluder::new(image.view(), &fill, rounding).unwrap();
            let mut buffer = image.clone();
            group.bench_function(BenchmarkId::new(name, size), |b| {
                b.iter(|| {
                    for index in 0..MASKS {
                        occluder.write(&masks, black_box(index), buffer.view_mut()).unwrap();
                    }
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, occlusion);
criterion_main!(benches);
