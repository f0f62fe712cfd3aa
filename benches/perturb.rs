//! Perturbers over image sizes and parameters, on one thread; throughput is in bytes of the image.
//!
//! ```sh
//! cargo bench --no-default-features --bench perturb -- GaussianBlur
//! ```
//!
//! Groups that end in `imageproc` are the peer in Rust, imageproc 0.27, on the same images:
//!
//! | perturber | imageproc | largest difference of a value, ksize 3 to 31 |
//! | --- | --- | --- |
//! | median blur | `median_filter` | none |
//! | Gaussian blur | `gaussian_blur_f32` with OpenCV's standard deviation for the size | 73 near the border, 14 elsewhere |
//! | Gaussian noise | `gaussian_noise`, the same distribution | not comparable: another stream |
//! | salt and pepper | `salt_and_pepper_noise`, which hits whole pixels | not comparable: another stream |
//!
//! The images are noise, the hardest case: on images blurred before, Gaussian blur differs by at most 4.
//! imageproc rounds between the two passes, cuts the kernel at two standard deviations and repeats the outermost
//! pixels beyond the border, where OpenCV mirrors.

#![expect(clippy::unwrap_used, reason = "a bench whose inputs cannot be built has nothing to measure")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use image::RgbImage;
use imageproc::filter::{gaussian_blur_f32, median_filter};
use imageproc::noise::{gaussian_noise, salt_and_pepper_noise};
use ndarray::Array3;
use perturb::{
    AverageBlur, Brightness, Color, Contrast, Corruption, Frost, GaussianBlur, GaussianNoise, Image,
    ImageNetC, MedianBlur, Perturber, PerturberSpec, Random, Registry, SaltAndPepperNoise, SaltNoise,
    Sharpness, SpeckleNoise,
};
use serde_json::{Value, json};

const SIZES: [usize; 3] = [64, 224, 512];
const SEED: u64 = 7;

/// An image of noise, which has no structure to exploit.
fn image(size: usize) -> Array3<u8> {
    let mut random = numpy_rng::default_rng(SEED);
    Array3::from_shape_simple_fn((size, size, 3), || random.random_raw() as u8)
}

/// Measures a perturber at each of its settings.
fn perturber(
    criterion: &mut Criterion,
    name: &str,
    random: fn(u64) -> Random,
    settings: &[(String, Box<dyn Perturber>)],
) {
    let mut group = criterion.benchmark_group(name);
    for size in SIZES {
        let image = image(size);
        group.throughput(Throughput::Bytes(image.len() as u64));
        for (setting, perturber) in settings {
            group.bench_with_input(BenchmarkId::new(setting, size), &image, |b, image| {
                let mut random = random(SEED);
                b.iter(|| perturber.perturb(black_box(image.view()), &mut random).unwrap());
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

/// Settings of a perturber by their parameters.
fn registered(name: &str, settings: &[(&str, Value)]) -> Vec<(String, Box<dyn Perturber>)> {
    let registry = Registry::builtin();
    let setting = |(label, parameters): &(&str, Value)| {
        let spec = PerturberSpec::new(name, parameters.as_object().unwrap().clone());
        let perturber: Box<dyn Perturber> = Box::new(registry.build(&spec).unwrap());
        ((*label).to_owned(), perturber)
    };
    settings.iter().map(setting).collect()
}

fn geometric(criterion: &mut Criterion) {
    let mut bench =
        |name, settings: &[(&str, Value)]| perturber(criterion, name, chacha, &registered(name, settings));
    bench("RandomCrop", &[("crop_size=32", json!({"crop_size": 32}))]);
    bench("RandomTranslation", &[("limit=16", json!({"max_translation_limit": 16}))]);
    bench("RandomRotation", &[("limit=30", json!({"limit": 30}))]);
    let scale = |interpolation| json!({"limit": [0.3, 0.3], "interpolation": interpolation});
    let settings =
        ["linear", "cubic", "area", "lanczos4"].map(|interpolation| (interpolation, scale(interpolation)));
    bench("RandomScale", &settings);
    bench("RadialDistortion", &[("k=0.3", json!({"k": [0.3, 0, 0]}))]);
}

fn environment(criterion: &mut Criterion) {
    perturber(criterion, "Haze", chacha, &registered("Haze", &[("factor=1", json!({"factor": 1}))]));
    let drops = registered("WaterDroplet", &[("num_drops=20", json!({"num_drops": 20}))]);
    perturber(criterion, "WaterDroplet", chacha, &drops);
}

fn corruptions(criterion: &mut Criterion) {
    for &corruption in Corruption::ALL {
        let build = |severity| ImageNetC::new(corruption, severity);
        perturber(criterion, &format!("ImageNetC/{corruption}"), chacha, &settings("severity", &[5], build));
    }
    let frost = |severity| Frost::new(vec![image(600)], severity);
    perturber(criterion, "Frost", chacha, &settings("severity", &[5], frost));
}

/// The kernel is computed before the measurement, as for the first image of a dataset.
fn optical(criterion: &mut Criterion) {
    let mut bench =
        |name, settings: &[(&str, Value)]| perturber(criterion, name, chacha, &registered(name, settings));
    bench("CircularAperture", &[("default", json!({}))]);
    bench("Defocus", &[("w=2e-4", json!({"w_x": 2e-4, "w_y": 2e-4}))]);
    bench("Detector", &[("default", json!({}))]);
    bench("Jitter", &[("s=5e-5", json!({"s_x": 5e-5, "s_y": 5e-5}))]);
    bench("TurbulenceAperture", &[("default", json!({}))]);
    bench("Pybsm", &[("camera", json!({"D": 0.02, "f": 0.08, "altitude": 500, "img_gsd": 0.05}))]);
}

/// A setting of a function of imageproc's.
type PeerSetting<'a> = (String, &'a dyn Fn(&RgbImage) -> RgbImage);

/// Measures a function of imageproc's at each of its settings.
fn peer(criterion: &mut Criterion, name: &str, settings: &[PeerSetting<'_>]) {
    let mut group = criterion.benchmark_group(format!("{name}/imageproc"));
    for size in SIZES {
        let image = RgbImage::from_array(image(size)).unwrap();
        group.throughput(Throughput::Bytes(image.as_raw().len() as u64));
        for (setting, perturb) in settings {
            group.bench_with_input(BenchmarkId::new(setting, size), &image, |b, image| {
                b.iter(|| perturb(black_box(image)));
            });
        }
    }
    group.finish();
}

/// OpenCV's standard deviation for a kernel's size.
fn deviation(ksize: usize) -> f32 {
    0.3 * ((ksize as f32 - 1.0) * 0.5 - 1.0) + 0.8
}

fn median(image: &RgbImage, ksize: usize) -> RgbImage {
    median_filter(image, (ksize / 2) as u32, (ksize / 2) as u32)
}

fn imageproc(criterion: &mut Criterion) {
    let gaussian = |ksize| move |image: &RgbImage| gaussian_blur_f32(image, deviation(ksize));
    let (gaussian_3, gaussian_11, gaussian_31) = (gaussian(3), gaussian(11), gaussian(31));
    peer(
        criterion,
        "GaussianBlur",
        &[
            ("ksize=3".into(), &gaussian_3),
            ("ksize=11".into(), &gaussian_11),
            ("ksize=31".into(), &gaussian_31),
        ],
    );
    let (median_3, median_11) = (|image: &RgbImage| median(image, 3), |image: &RgbImage| median(image, 11));
    peer(criterion, "MedianBlur", &[("ksize=3".into(), &median_3), ("ksize=11".into(), &median_11)]);
    let salt_and_pepper = |image: &RgbImage| salt_and_pepper_noise(image, 0.05, SEED);
    peer(criterion, "SaltAndPepperNoise", &[("amount=0.05".into(), &salt_and_pepper)]);
    let additive = |image: &RgbImage| gaussian_noise(image, 0.0, 255.0 * 0.05_f64.sqrt(), SEED);
    peer(criterion, "GaussianNoise", &[("var=0.05".into(), &additive)]);
}

criterion_group!(
    benches,
    blurs,
    impulse_noise,
    additive_noise,
    enhancers,
    geometric,
    environment,
    corruptions,
    optical,
    imageproc
);
criterion_main!(benches);
