//! `numpy.random.default_rng`.

use std::cell::Cell;

use numpy_rng::{Generator, SeedSequence};

use super::Row;
use super::reference::Reference;

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("rng");
    let differing = [const { Cell::new(0_u32) }; 4];
    let count =
        |topic: usize, differs: bool| differing[topic].set(differing[topic].get() + u32::from(differs));
    for case in &reference.cases {
        let seed: SeedSequence = case["seed"].as_str().unwrap().parse().unwrap();
        let mut g = Generator::new(seed.clone());
        for &raw in &reference.array::<u64>(case, "raw") {
            count(0, g.random_raw() != raw);
        }
        let mut g = Generator::new(seed);
        let random = |g: &mut Generator, field| {
            for value in &reference.array::<f64>(case, field) {
                count(1, g.random().to_bits() != value.to_bits());
            }
        };
        random(&mut g, "random_7");
        let highs = case["integers_highs"].as_array().unwrap();
        for (high, &value) in highs.iter().zip(&reference.array::<i64>(case, "integers")) {
            count(2, g.integers(0, high.as_i64().unwrap()) != value);
        }
        for &value in &reference.array::<i64>(case, "integers_0_10_size_9") {
            count(2, g.integers(0, 10) != value);
        }
        random(&mut g, "random_5");
        for value in &reference.array::<f64>(case, "normal_mean_0p25_std_1p5_size_64") {
            count(3, g.normal(0.25, 1.5).to_bits() != value.to_bits());
        }
        random(&mut g, "random_3");
    }
    let cases = reference.cases.len();
    let row = |what, differing: u32| Row {
        what,
        with: "numpy.random.default_rng",
        goal: "every bit",
        worst: f64::from(differing),
        bound: 0.0,
        cases,
    };
    vec![
        row("PCG64 words, seeds to over 64 bits", differing[0].get()),
        row("`random()`, between other draws", differing[1].get()),
        row("`integers(low, high)`, from 1 to 2^40", differing[2].get()),
        row("`normal()`", differing[3].get()),
    ]
}

#[test]
fn streams_are_numpys() {
    rows().iter().for_each(Row::check);
}
