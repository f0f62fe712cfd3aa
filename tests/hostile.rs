//! The fuzzer's targets for a few seconds each, on inputs that crashed one of them once and on changed seeds.
//!
//! `HOSTILE_SECONDS` gives each target more than its three seconds. The fuzzer itself, which looks for new
//! paths through the code, is run as `docs/reliability.md` says.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

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

#[test]
fn every_target_comes_back_from_whatever_it_is_given() {
    let seconds =
        std::env::var("HOSTILE_SECONDS").map_or(3, |text| text.parse().expect("a number of seconds"));
    let mut crashes = Vec::new();
    for &(name, run, seeds) in targets::TARGETS {
        let regressions = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions").join(name);
        let files = std::fs::read_dir(regressions).into_iter().flatten();
        let mut inputs: Vec<Vec<u8>> =
            files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        inputs.extend(seeds());
        let start = Instant::now();
        let mut random = Random::chacha(2026, 0);
        for (count, input) in (0..).zip(inputs.clone()).chain((0..).map(|i| {
            let mut input = inputs[i % inputs.len()].clone();
            for _ in 0..=random.next_u64() % 4 {
                change(&mut input, &mut random);
            }
            (i + inputs.len(), input)
        })) {
            if count >= inputs.len() && start.elapsed() >= Duration::from_secs(seconds) {
                break;
            }
            let took = Instant::now();
            if catch_unwind(|| run(&input)).is_err() || took.elapsed() > Duration::from_secs(10) {
                let path = std::env::temp_dir().join(format!("crash-{name}"));
                std::fs::write(&path, &input).unwrap();
                crashes.push(format!("{name}: {} after {:?}", path.display(), took.elapsed()));
                break;
            }
        }
    }
    assert!(crashes.is_empty(), "{crashes:#?}");
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
