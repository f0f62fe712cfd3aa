//! Finds out how a program is linked that is to find libtorch, and tells this crate's tests and benches and the
//! build scripts of its dependents.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // torch-sys tells its direct dependents.
    let Ok(folder) = std::env::var("DEP_TCH_LIBTORCH_LIB") else { return };
    println!("cargo::rustc-env=STRESSMAP_LIBTORCH={folder}");
    let mut arguments = vec![format!("-Wl,-rpath,{folder}")];
    // The linker would drop CUDA's part of libtorch, which no symbol asks for.
    if Path::new(&folder).join("libtorch_cuda.so").exists() {
        arguments.push(format!("-L{folder}"));
        arguments.extend(["-Wl,--no-as-needed", "-ltorch_cuda", "-Wl,--as-needed"].map(str::to_owned));
    }
    for argument in &arguments {
        println!("cargo::rustc-link-arg={argument}");
    }
    println!("cargo::metadata=LINK_ARGS={}", arguments.join(";"));
}
