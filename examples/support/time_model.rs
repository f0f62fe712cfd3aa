//! What is paid beside a model's forward passes: by RISE, and by an evaluation of a dataset.

use std::panic::resume_unwind;

use perturb::{PerturberAugmentation, Randomness, Rng, SaltNoise};
use protocols::{Dataset, EvaluateOptions, Model, evaluate};
use saliency::{Classes, Explainer, Fill, Rise};
use serde_json::{Value, json};

use super::Failure;
use super::clock::alternate;

/// A network on its own: runs whole forward passes on tensors that are ready, for at least so many images, and returns
/// for how many.
pub type Forward<'a> = &'a dyn Fn(usize) -> Result<usize, Failure>;

/// How many images of this side a forward pass may take: powers of two up to 64, or to 16 of 224x224 pixels.
pub fn batches(side: usize) -> impl Iterator<Item = usize> {
    (0..=6).map(|power| 1 << power).take_while(move |batch| batch * side * side <= 16 * 224 * 224)
}

/// The way of running a network that takes least time an image; `forward(images, way)` runs it.
///
/// Each way is tried once, on as many images as the largest batch has, and the quickest quarter of them again.
pub fn best<W: Copy>(
    ways: &[W],
    side: usize,
    forward: impl Fn(usize, W) -> Result<usize, Failure>,
) -> Result<W, Failure> {
    let images = batches(side).last().unwrap_or(1);
    let each = |way: W, rounds: usize| {
        let mut run = 0;
        let mut pass = || {
            run = forward(images, way)?;
            Ok(())
        };
        let seconds = alternate(rounds, &mut [&mut pass])?;
        Ok::<_, Failure>((seconds[0].iter().copied().fold(f64::INFINITY, f64::min) / run as f64, way))
    };
    let mut tried = ways.iter().map(|&way| each(way, 1)).collect::<Result<Vec<_>, _>>()?;
    tried.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    tried.truncate(ways.len().div_ceil(4));
    let again = tried.into_iter().map(|(_, way)| each(way, 5)).collect::<Result<Vec<_>, _>>()?;
    let best = again.into_iter().min_by(|(a, _), (b, _)| a.total_cmp(b));
    Ok(best.ok_or("no way of running the network was given")?.1)
}

/// Runs `work(i)` for each i below `threads` on a thread of its own, and adds up for how many images they ran.
pub fn apart(
    threads: usize,
    work: impl Fn(usize) -> Result<usize, Failure> + Sync,
) -> Result<usize, Failure> {
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|i| scope.spawn(move || work(i))).collect();
        let done =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done.sum()
    })
}

/// Times `ours`, which gives the model `images`, against the network alone: seconds an image, round by round.
fn beside(
    forward: Forward<'_>,
    images: usize,
    rounds: usize,
    ours: &mut dyn FnMut() -> Result<(), Failure>,
) -> Result<Value, Failure> {
    let mut run = 0;
    let mut alone = || {
        run = forward(images)?;
        Ok(())
    };
    let seconds = alternate(rounds, &mut [&mut alone, ours])?;
    let each = |seconds: &[f64], images: usize| -> Vec<f64> {
        seconds.iter().map(|seconds| seconds / images as f64).collect()
    };
    Ok(json!({
        "images": images, "alone": each(&seconds[0], run), "ours": each(&seconds[1], images),
    }))
}

/// Times RISE with the tutorial's settings against as many forward passes.
pub fn rise(
    model: &dyn Model,
    forward: Forward<'_>,
    (side, masks, rounds): (usize, usize, usize),
) -> Result<Value, Failure> {
    let mut bytes = (0_u32..).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
    let image = ndarray::Array3::from_shape_simple_fn((side, side, 3), || bytes.next().unwrap_or_default());
    let rise = Rise::builder().masks(masks).seed(123).fill(Fill::Color(vec![95, 96, 93])).build()?;
    beside(forward, masks, rounds, &mut || {
        rise.explain(model, image.view(), Classes::All)?;
        Ok(())
    })
}

/// Times the evaluation of a dataset under salt noise against as many forward passes.
pub fn evaluation(
    model: &dyn Model,
    dataset: &dyn Dataset,
    forward: Forward<'_>,
    rounds: usize,
) -> Result<Value, Failure> {
    let salt = PerturberAugmentation::new(SaltNoise::new(0.1)?, Randomness::new(Rng::ChaCha, 123));
    beside(forward, dataset.len(), rounds, &mut || {
        let options = EvaluateOptions::new().batch_size(64).augmentation(&salt);
        evaluate(model, dataset, &mut [], options)?;
        Ok(())
    })
}
