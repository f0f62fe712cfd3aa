//! Writes each target's first inputs to `corpus/`.

use std::path::Path;

use fuzz::targets::TARGETS;

fn main() -> std::io::Result<()> {
    for (name, _, seeds) in TARGETS {
        let folder = Path::new("corpus").join(name);
        std::fs::create_dir_all(&folder)?;
        for (i, seed) in seeds().into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{i}")), seed)?;
        }
    }
    Ok(())
}
