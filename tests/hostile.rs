//! Each of the fuzzer's targets on the inputs that once crashed it, and on a fixed number of mutated seeds.
//!
//! `HOSTILE_INPUTS` sets another number of mutated inputs per target. The fuzzer itself, which looks for new paths
//! through the code, is run as `docs/reliability.md` says.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../fuzz/src/targets.rs"]
#[expect(unreachable_pub, reason = "the fuzzer's crate has this module too")]
mod targets;

use std::panic::catch_unwind;
use std::path::Path;

use perturb::Random;

/// Mutated inputs per target.
const INPUTS: usize = 400;

/// Of parquet files there are fewer: a damaged footer may keep the parquet crate busy for seconds.
const PARQUET_INPUTS: usize = 20;

/// Strings that break parsers.
const TOKENS: [&[u8]; 14] = [
    b"0",
    b"-1",
    b"1e999",
    b"NaN",
    b"inf",
    b"18446744073709551615",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\"",
    b"[",
    b"{",
    b"\n",
    b"\xf0\x9f\x8c\xb2",
    b"null",
];

/// Damages an input in one of the ways in which files are damaged.
fn change(input: &mut Vec<u8>, random: &mut Random) {
    let mut below = |most: usize| (random.next_u64() % most.max(1) as u64) as usize;
    let at = below(input.len() + 1);
    match below(6) {
        0 => input.truncate(at),
        1 => input.splice(at..at, TOKENS[below(TOKENS.len())].iter().copied()).for_each(drop),
        2 => {
            let end = (at + below(8)).min(input.len());
            input.drain(at..end);
        }
        3 => {
            let end = (at + below(64)).min(input.len());
            let repeated = input[at..end].to_vec();
            input.splice(at..at, repeated);
        }
        _ if at < input.len() => {
            input[at] = if below(2) == 0 { below(256) as u8 } else { input[at] ^ (1 << below(8)) }
        }
        _ => {}
    }
}

/// A target returns whatever it is given.
fn returns(name: &str) {
    let count = match std::env::var("HOSTILE_INPUTS") {
        Ok(text) => text.parse().expect("a number of inputs"),
        Err(_) if name == "parquet" => PARQUET_INPUTS,
        Err(_) => INPUTS,
    };
    let &(_, run, seeds) = targets::TARGETS.iter().find(|target| target.0 == name).unwrap();
    let regressions = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions").join(name);
    let files = std::fs::read_dir(regressions).into_iter().flatten();
    let mut inputs: Vec<Vec<u8>> = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    inputs.extend(seeds());
    let mut random = Random::chacha(2026, 0);
    let mutated = (0..count).map(|i| {
        let mut input = inputs[i % inputs.len()].clone();
        for _ in 0..=random.next_u64() % 4 {
            change(&mut input, &mut random);
        }
        input
    });
    for input in inputs.iter().cloned().chain(mutated) {
        if catch_unwind(|| run(&input)).is_err() {
            let path = std::env::temp_dir().join(format!("crash-{name}"));
            std::fs::write(&path, &input).unwrap();
            panic!("the input is in {}", path.display());
        }
    }
}

/// One test per target, so that they run in parallel.
macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                returns(stringify!($name));
            }
        )*

        #[test]
        fn every_target_has_a_test() {
            let names: Vec<_> = targets::TARGETS.iter().map(|target| target.0).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}

tests! {
    study_toml perturber_json processor_json labels_json parquet schema_json image image_table jpeg onnx weights state_dict
    label_maps perturb_image masks rise saliency_metrics counts tables journal shard
}

#[test]
#[ignore = "writes the fuzzer's seeds to fuzz/corpus"]
fn corpus() {
    for (name, _, seeds) in targets::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (i, seed) in seeds().into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{i}")), seed).unwrap();
        }
    }
}
