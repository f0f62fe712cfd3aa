//! Fetches files of a repository into the cache that the environment names, and prints where they are.
//!
//! ```sh
//! cargo run -p hub --example fetch_files -- model hf:google/vit-base-patch16-224 config.json
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use hub::{Error, Hub, Repo, RepoKind};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = || Error::Setting {
        what: "the command",
        value: String::new(),
        expected: "KIND hf:OWNER/NAME FILE...",
    };
    let kind: RepoKind = arguments.next().ok_or_else(usage)?.parse()?;
    let repo: Repo = arguments.next().ok_or_else(usage)?.parse()?;
    let files: Vec<String> = arguments.collect();
    let hub = Hub::builder().environment(|name| std::env::var(name).ok()).build()?;
    let repository = hub.repository(&repo, kind, &mut ())?;
    println!("{}", repository.fetch(&files, &mut ())?.display());
    Ok(())
}
