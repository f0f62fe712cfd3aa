//! Tells the crate the versions of its backends, which reports name.

/// The version of a package in the lock file.
fn locked(package: &str) -> Option<String> {
    let lock = std::fs::read_to_string("../../Cargo.lock").ok()?;
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(after.split_once('"')?.0.to_owned())
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    for (package, name) in [
        ("ort", "STRESSMAP_ORT_VERSION"),
        ("rten", "STRESSMAP_RTEN_VERSION"),
        ("tch", "STRESSMAP_TCH_VERSION"),
    ] {
        println!("cargo::rustc-env={name}={}", locked(package).as_deref().unwrap_or("unknown"));
    }
}
