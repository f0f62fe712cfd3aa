//! With the feature `tch`, lets the command find libtorch where it was linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Set by backend-tch's build script; without the feature there is none.
    let arguments = std::env::var("DEP_STRESSMAP_TCH_LINK_ARGS").unwrap_or_default();
    for argument in arguments.split_terminator(';') {
        println!("cargo::rustc-link-arg={argument}");
    }
}
