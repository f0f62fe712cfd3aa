//! The fuzzer's targets for a few seconds each, on inputs that crashed one of them once and on changed seeds.
//!
//! `HOSTILE_SECONDS` gives each target more than its three seconds. The fuzzer itself, which looks for new
//! paths through the code, is run as `docs/reliability.md` says.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../fuzz/src/targets.rs"]
#[expect(unreachable_pub, reason = "the fuzzer's crate has this module too")]
mod targets;

use std::panic::catch_unwind;
use std::path::Path;
use std::time::{Duration, Instant};

use perturb::Random;

/// Texts that parsers trip over.
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

/// Changes an input in one of the ways in which files are damaged.
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

/// A target comes back from whatever it is given.
fn comes_back(name: &str) {
    let seconds =
        std::env::var("HOSTILE_SECONDS").map_or(3, |text| text.parse().expect("a number of seconds"));
    let &(_, run, seeds) = targets::TARGETS.iter().find(|target| target.0 == name).unwrap();
    let regressions = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions").join(name);
    let files = std::fs::read_dir(regressions).into_iter().flatten();
    let mut inputs: Vec<Vec<u8>> = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    inputs.extend(seeds());
    let mut random = Random::chacha(2026, 0);
    let changed = (0..).map(|i: usize| {
        let mut input = inputs[i % inputs.len()].clone();
        for _ in 0..=random.next_u64() % 4 {
            change(&mut input, &mut random);
        }
        input
    });
    let start = Instant::now();
    let in_time = changed.take_while(|_| start.elapsed() < Duration::from_secs(seconds));
    for input in inputs.iter().cloned().chain(in_time) {
        let took = Instant::now();
        if catch_unwind(|| run(&input)).is_err() || took.elapsed() > Duration::from_secs(10) {
            let path = std::env::temp_dir().join(format!("crash-{name}"));
            std::fs::write(&path, &input).unwrap();
            panic!("{} after {:?}", path.display(), took.elapsed());
        }
    }
}

/// A test for each target, so that they run side by side.
macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                comes_back(stringify!($name));
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
    study_toml perturber_json processor_json labels_json parquet schema_json image jpeg onnx label_maps
    perturb_picture masks rise saliency_metrics counts tables journal shard
}

#[test]
#[ignore = "writes the fuzzer's first inputs to fuzz/corpus"]
fn corpus() {
    for (name, _, seeds) in targets::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (i, seed) in seeds().into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{i}")), seed).unwrap();
        }
    }
}
