//! What is paid beside a model's forward passes: by RISE, and by an evaluation of a dataset.

use perturb::{PerturberAugmentation, Randomness, SaltNoise};
use protocols::{Dataset, Model, Options, evaluate};
use saliency::{Classes, Explainer, Fill, Rise};
use serde_json::{Value, json};

use super::Failure;
use super::clock::{Part, alternate};

/// A network on its own: runs so many forward passes on tensors that are ready.
pub type Forward<'a> = &'a dyn Fn(usize) -> Result<(), Failure>;

/// The way of running a network that takes least time; `forward(pictures, way)` runs so many.
pub fn best<W: Copy>(ways: &[W], forward: impl Fn(usize, W) -> Result<(), Failure>) -> Result<W, Failure> {
    let forward = &forward;
    let mut parts: Vec<_> = ways.iter().map(|&way| move || forward(128, way)).collect();
    let mut parts: Vec<Part<'_>> = parts.iter_mut().map(|part| part as _).collect();
    let seconds = alternate(3, &mut parts)?;
    let least = |seconds: &[f64]| seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let best = ways.iter().zip(&seconds).min_by(|a, b| least(a.1).total_cmp(&least(b.1)));
    Ok(best.map(|(&way, _)| way).ok_or("no way of running the network was given")?)
}

/// Times RISE with the tutorial's settings against as many forward passes.
pub fn rise(
    model: &dyn Model,
    forward: Forward<'_>,
    (side, masks, rounds): (usize, usize, usize),
) -> Result<Value, Failure> {
    let mut bytes = (0_u32..).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
    let picture = ndarray::Array3::from_shape_simple_fn((side, side, 3), || bytes.next().unwrap_or_default());
    let rise = Rise::builder().masks(masks).seed(123).fill(Fill::Color(vec![95, 96, 93])).build()?;
    let seconds = alternate(
        rounds,
        &mut [&mut || forward(masks), &mut || {
            rise.explain(model, picture.view(), Classes::All)?;
            Ok(())
        }],
    )?;
    Ok(json!({
        "what": "rise", "side": side, "masks": masks,
        "forward_seconds": seconds[0], "seconds": seconds[1],
    }))
}

/// Times the evaluation of a dataset under salt noise against as many forward passes.
pub fn evaluation(
    model: &dyn Model,
    dataset: &dyn Dataset,
    forward: Forward<'_>,
    rounds: usize,
) -> Result<Value, Failure> {
    let salt = PerturberAugmentation::new(SaltNoise::new(0.1)?, Randomness::ChaCha { seed: 123 });
    let options = Options::new().batch_size(64.try_into()?).augmentation(&salt);
    let seconds = alternate(
        rounds,
        &mut [&mut || forward(dataset.len()), &mut || {
            evaluate(model, dataset, &mut [], &options)?;
            Ok(())
        }],
    )?;
    Ok(json!({
        "what": "evaluate", "pictures": dataset.len(),
        "forward_seconds": seconds[0], "seconds": seconds[1],
    }))
}
