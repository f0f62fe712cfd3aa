//! Runs the target that `FUZZ_TARGET` names.

#![no_main]

use std::sync::LazyLock;

use fuzz::targets::TARGETS;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    // The fuzzer's hook takes every panic for a crash; those of the parquet crate are caught and made errors.
    let crash = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|place| place.file().contains("/parquet-")) {
            crash(panic);
        }
    }));
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    let found = TARGETS.iter().find(|(target, ..)| *target == name);
    found.unwrap_or_else(|| panic!("no target {name}")).1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));
