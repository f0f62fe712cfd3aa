//! Times how long the first images of a parquet file take: opening, reading, decoding.
//!
//! ```sh
//! cargo run --release --example time_parquet -- images.parquet 27 10
//! ```
//!
//! The arguments are the file, the number of images and of rounds. Writes the seconds of each round as JSON.

mod support;

use std::hint::black_box;

use stressmap::datasets::HuggingFaceParquet;
use stressmap::protocols::Dataset;
use support::Failure;
use support::clock::alternate;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, count, rounds] = arguments.as_slice() else {
        return Err("expected a file, a number of images and of rounds".into());
    };
    let (count, rounds): (usize, usize) = (count.parse()?, rounds.parse()?);
    let mut read = || {
        let dataset = HuggingFaceParquet::open(path)?;
        for index in 0..count {
            black_box(dataset.get(index)?);
        }
        Ok(())
    };
    serde_json::to_writer(std::io::stdout(), &alternate(rounds, &mut [&mut read])?[0])?;
    Ok(())
}
