//! Tells the command which backends it was built with, and with the feature `tch` lets it find libtorch where it was linked.

/// The version of a package in the lock file, which a report names.
fn locked(package: &str) -> Option<String> {
    let lock = std::fs::read_to_string("../../Cargo.lock").ok()?;
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(after.split_once('"')?.0.to_owned())
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    for (package, name) in [("rten", "STRESSMAP_RTEN_VERSION"), ("tch", "STRESSMAP_TCH_VERSION")] {
        println!("cargo::rustc-env={name}={}", locked(package).as_deref().unwrap_or("unknown"));
    }
    // Told by backend-tch's build script; without the feature nothing is.
    let arguments = std::env::var("DEP_STRESSMAP_TCH_LINK_ARGS").unwrap_or_default();
    for argument in arguments.split_terminator(';') {
        println!("cargo::rustc-link-arg={argument}");
    }
}
