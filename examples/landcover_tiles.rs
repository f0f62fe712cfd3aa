//! Writes procedural land cover tiles as `(count, 64, 64, 3)` u8 `.npy`, class `i % 10` in alphabetical order.
//!
//! ```sh
//! cargo run --release --example landcover_tiles -- tiles.npy 20000 1
//! ```

use std::error::Error;

use datasets::LandCover;
use ndarray::{Array4, Axis};
use protocols::Dataset;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, count, seed] = arguments.as_slice() else {
        return Err("expected a file, a count and a seed".into());
    };
    let count: usize = count.parse()?;
    let tiles = LandCover::new(count.next_multiple_of(10).max(10), seed.parse()?)?;
    let mut alphabetical: Vec<usize> = (0..10).collect();
    alphabetical.sort_by_key(|&class| &tiles.metadata().labels[class]);

    let mut written = Array4::<u8>::zeros((count, 64, 64, 3));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = count.div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for (part, mut out) in written.axis_chunks_iter_mut(Axis(0), share).enumerate() {
            let (tiles, alphabetical) = (&tiles, &alphabetical);
            scope.spawn(move || -> Result<(), Box<dyn Error + Send + Sync>> {
                for (offset, mut tile) in out.outer_iter_mut().enumerate() {
                    let i = part * share + offset;
                    tile.assign(&tiles.get(i / 10 * 10 + alphabetical[i % 10])?.image);
                }
                Ok(())
            });
        }
    });
    ndarray_npy::write_npy(path, &written)?;
    Ok(())
}
