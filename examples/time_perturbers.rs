//! Times perturbers and saliency metrics on inputs that any other program can make as well, for comparisons.
//!
//! ```sh
//! echo '[{"what": "gaussian_blur", "size": 224, "parameter": 11, "seconds": 0.2}]' > cases.json
//! cargo run --release --no-default-features --example time_perturbers -- cases.json
//! ```
//!
//! Writes each case with the median and the least nanoseconds per call, as one JSON list.
//!
//! | `what` | `parameter` |
//! | --- | --- |
//! | `gaussian_blur`, `average_blur`, `median_blur` | the kernel's size |
//! | `salt_numpy`, `salt_chacha` | the share of values hit |
//! | `gaussian_noise_numpy`, `gaussian_noise_chacha` | the variance |
//! | `brightness`, `contrast`, `color`, `sharpness` | the factor |
//! | `ssd`, `entropy`, `xcorr` | ignored |
//! | a perturber as JSON, such as `{"RandomRotation": {"limit": 30}}` | ignored; NumPy's streams |
//!
//! Byte i of an image `(size, size, 3)` is the highest of the four bytes of `2654435761 i` modulo 2^32. Value i of a
//! map `(size, size)` is that byte divided by 127.5, minus 1, in single precision; a second map starts at i = 7919.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use ndarray::{Array2, Array3};
use serde_json::{Value, json};
use stressmap::perturb::{
    AverageBlur, Brightness, Color, Contrast, GaussianBlur, GaussianNoise, MedianBlur, Perturber, Random,
    Registry, SaltNoise, Sharpness,
};
use stressmap::saliency_metrics::{entropy, ssd, xcorr};

/// Long enough that reading the clock does not matter.
const SAMPLE: Duration = Duration::from_micros(100);

type Failure = Box<dyn Error + Send + Sync>;

fn byte(index: usize) -> u8 {
    ((index as u32).wrapping_mul(2_654_435_761) >> 24) as u8
}

fn image(size: usize) -> Array3<u8> {
    let mut bytes = (0..).map(byte);
    Array3::from_shape_simple_fn((size, size, 3), || bytes.next().unwrap_or_default())
}

fn map(size: usize, first: usize) -> Array2<f32> {
    let mut bytes = (first..).map(byte);
    Array2::from_shape_simple_fn((size, size), || f32::from(bytes.next().unwrap_or_default()) / 127.5 - 1.0)
}

/// The median and the least nanoseconds per call, over samples that last `seconds` together.
fn time<T>(seconds: f64, mut call: impl FnMut() -> Result<T, Failure>) -> Result<(f64, f64), Failure> {
    let mut sample = |calls: u32| -> Result<Duration, Failure> {
        let start = Instant::now();
        for _ in 0..calls {
            black_box(call()?);
        }
        Ok(start.elapsed())
    };
    let mut calls = 1;
    while sample(calls)? < SAMPLE {
        calls *= 2;
    }
    let start = Instant::now();
    let mut samples = Vec::new();
    while samples.is_empty() || start.elapsed().as_secs_f64() < seconds {
        samples.push(sample(calls)?.as_secs_f64() * 1e9 / f64::from(calls));
    }
    samples.sort_by(f64::total_cmp);
    Ok((samples[samples.len() / 2], samples[0]))
}

fn run(what: &str, size: usize, parameter: f64, seconds: f64) -> Result<(f64, f64), Failure> {
    let perturb = |perturber: &dyn Perturber, mut random: Random| {
        let image = image(size);
        time(seconds, || Ok(perturber.perturb(black_box(image.view()), &mut random)?))
    };
    let (first, second) = (map(size, 0), map(size, 7919));
    let (first, second) = (first.view(), second.view());
    match what {
        "gaussian_blur" => perturb(&GaussianBlur::new(parameter as usize)?, Random::chacha(1, 0)),
        "average_blur" => perturb(&AverageBlur::new(parameter as usize)?, Random::chacha(1, 0)),
        "median_blur" => perturb(&MedianBlur::new(parameter as usize)?, Random::chacha(1, 0)),
        "brightness" => perturb(&Brightness::new(parameter)?, Random::chacha(1, 0)),
        "contrast" => perturb(&Contrast::new(parameter)?, Random::chacha(1, 0)),
        "color" => perturb(&Color::new(parameter)?, Random::chacha(1, 0)),
        "sharpness" => perturb(&Sharpness::new(parameter)?, Random::chacha(1, 0)),
        "gaussian_noise_numpy" => perturb(&GaussianNoise::new(0.0, parameter)?, Random::numpy(1)),
        "gaussian_noise_chacha" => perturb(&GaussianNoise::new(0.0, parameter)?, Random::chacha(1, 0)),
        "salt_numpy" => perturb(&SaltNoise::new(parameter)?, Random::numpy(1)),
        "salt_chacha" => perturb(&SaltNoise::new(parameter)?, Random::chacha(1, 0)),
        _ if what.starts_with('{') => {
            let perturber = Registry::builtin().build(&serde_json::from_str(what)?)?;
            perturb(&perturber, Random::numpy(1))
        }
        "ssd" => time(seconds, || Ok(ssd(black_box(first), black_box(second))?)),
        "entropy" => time(seconds, || Ok(entropy(black_box(first), None)?)),
        "xcorr" => time(seconds, || Ok(xcorr(black_box(first), black_box(second))?)),
        _ => Err(format!("there is no case {what:?}").into()),
    }
}

fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("expected a file of cases")?;
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let mut timed = Vec::new();
    for case in &cases {
        let number =
            |key: &str| case[key].as_f64().ok_or_else(|| format!("expected a number {key:?} in {case}"));
        let what = case["what"].as_str().ok_or_else(|| format!("expected a string \"what\" in {case}"))?;
        let (median, least) = run(what, number("size")? as usize, number("parameter")?, number("seconds")?)?;
        timed.push(json!({
            "what": what,
            "size": case["size"],
            "parameter": case["parameter"],
            "median_ns": median,
            "min_ns": least,
        }));
    }
    serde_json::to_writer(std::io::stdout(), &timed)?;
    Ok(())
}
