//! A page that compares models, from the `results.json` of finished runs on the same data.
//!
//! `cargo run -p report --example compare -- run-a/results.json run-b/results.json > comparison.html`

use std::fs::File;
use std::io::{BufReader, Write};

use report::Comparison;
use results::StudyResults;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut studies = Vec::new();
    for path in std::env::args().skip(1) {
        studies.push(StudyResults::read_json(BufReader::new(File::open(path)?))?);
    }
    std::io::stdout().write_all(Comparison::new(&studies)?.html()?.as_bytes())?;
    Ok(())
}
