//! With the feature `tch`, lets the command find libtorch where it was linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Told by backend-tch's build script; without the feature nothing is.
    if let Ok(folder) = std::env::var("DEP_STRESSMAP_TCH_LIB") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
        // The linker would drop CUDA's part of libtorch, which no symbol asks for.
        if std::path::Path::new(&folder).join("libtorch_cuda.so").exists() {
            println!("cargo::rustc-link-arg=-L{folder}");
            println!("cargo::rustc-link-arg=-Wl,--no-as-needed");
            println!("cargo::rustc-link-arg=-ltorch_cuda");
            println!("cargo::rustc-link-arg=-Wl,--as-needed");
        }
    }
}
