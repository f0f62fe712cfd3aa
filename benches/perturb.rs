//! Perturbers over sizes of picture and parameters, on one thread; bytes are those of the picture.
//!
//! ```sh
//! cargo bench --no-default-features --bench perturb -- GaussianBlur
//! ```

#![expect(clippy::unwrap_used, reason = "a bench whose inputs cannot be built has nothing to measure")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array3;
use perturb::{
    AverageBlur, Brightness, Color, Contrast, GaussianBlur, GaussianNoise, MedianBlur, Perturber, Random,
    SaltAndPepperNoise, SaltNoise, Sharpness, SpeckleNoise,
};

const SIZES: [usize; 3] = [64, 224, 512];
const SEED: u64 = 7;

/// A picture of noise, which nothing can make use of.
fn picture(size: usize) -> Array3<u8> {
    let mut random = numpy_rng::default_rng(SEED);
    Array3::from_shape_simple_fn((size, size, 3), || random.random_raw() as u8)
}

/// Benches one kind of perturber at each of its settings, which are built before anything is measured.
fn perturber(
    criterion: &mut Criterion,
    name: &str,
    random: fn(u64) -> Random,
    settings: &[(String, Box<dyn Perturber>)],
) {
    let mut group = criterion.benchmark_group(name);
    for size in SIZES {
        let picture = picture(size);
        group.throughput(Throughput::Bytes(picture.len() as u64));
        for (setting, perturber) in settings {
            group.bench_with_input(BenchmarkId::new(setting, size), &picture, |b, picture| {
                let mut random = random(SEED);
                b.iter(|| perturber.perturb(black_box(picture.view()), &mut random).unwrap());
            });
        }
    }
    group.finish();
}

fn chacha(seed: u64) -> Random {
    Random::chacha(seed, 0)
}

/// Settings of a perturber by the values of its parameter.
fn settings<T: Copy + std::fmt::Display, P: Perturber + 'static>(
    parameter: &str,
    values: &[T],
    build: impl Fn(T) -> Result<P, perturb::Error>,
) -> Vec<(String, Box<dyn Perturber>)> {
    let setting = |&value: &T| {
        let perturber: Box<dyn Perturber> = Box::new(build(value).unwrap());
        (format!("{parameter}={value}"), perturber)
    };
    values.iter().map(setting).collect()
}

fn blurs(criterion: &mut Criterion) {
    perturber(criterion, "GaussianBlur", chacha, &settings("ksize", &[3, 5, 11, 31], GaussianBlur::new));
    perturber(criterion, "AverageBlur", chacha, &settings("ksize", &[3, 11], AverageBlur::new));
    perturber(criterion, "MedianBlur", chacha, &settings("ksize", &[3, 5, 11, 31], MedianBlur::new));
}

fn impulse_noise(criterion: &mut Criterion) {
    let amounts = [0.01, 0.05, 0.5];
    perturber(criterion, "SaltNoise/ChaCha", chacha, &settings("amount", &amounts, SaltNoise::new));
    perturber(criterion, "SaltNoise/NumPy", Random::numpy, &settings("amount", &amounts, SaltNoise::new));
    let both = |amount| SaltAndPepperNoise::new(amount, 0.5);
    perturber(criterion, "SaltAndPepperNoise/ChaCha", chacha, &settings("amount", &[0.05], both));
    perturber(criterion, "SaltAndPepperNoise/NumPy", Random::numpy, &settings("amount", &[0.05], both));
}

fn additive_noise(criterion: &mut Criterion) {
    let gaussian = settings("var", &[0.05], |var| GaussianNoise::new(0.0, var));
    perturber(criterion, "GaussianNoise/ChaCha", chacha, &gaussian);
    perturber(criterion, "GaussianNoise/NumPy", Random::numpy, &gaussian);
    let speckle = settings("var", &[0.05], |var| SpeckleNoise::new(0.0, var));
    perturber(criterion, "SpeckleNoise/NumPy", Random::numpy, &speckle);
}

fn enhancers(criterion: &mut Criterion) {
    perturber(criterion, "Brightness", chacha, &settings("factor", &[0.5], Brightness::new));
    perturber(criterion, "Color", chacha, &settings("factor", &[0.5], Color::new));
    perturber(criterion, "Contrast", chacha, &settings("factor", &[0.5], Contrast::new));
    perturber(criterion, "Sharpness", chacha, &settings("factor", &[0.5], Sharpness::new));
}

criterion_group!(benches, blurs, impulse_noise, additive_noise, enhancers);
criterion_main!(benches);
