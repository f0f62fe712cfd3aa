//! Serves folders as the Hugging Face Hub serves repositories, until it is stopped; prints its address.
//!
//! ```sh
//! cargo run -p hub --example hub_server -- models/owner/name=path/to/folder datasets/owner/name@BRANCH=path/to/other
//! ```

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool for tests prints, and fails by panicking"
)]

#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/support/server.rs"]
mod server;

use std::path::Path;

/// The files in and below a folder.
fn files(folder: &Path, above: &str, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{above}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            files(&path, &format!("{name}/"), found);
        } else {
            found.push((name, std::fs::read(&path).unwrap()));
        }
    }
}

fn main() {
    let server = server::HubServer::start();
    for argument in std::env::args().skip(1) {
        let (name, folder) = argument.split_once('=').unwrap();
        let (repo, branch) = name.split_once('@').unwrap_or((name, "main"));
        let mut found = Vec::new();
        files(Path::new(folder), "", &mut found);
        let found: Vec<(&str, &[u8])> =
            found.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        server.push(repo, branch, &found);
    }
    println!("{}", server.endpoint());
    loop {
        std::thread::park();
    }
}
