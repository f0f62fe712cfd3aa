//! Blurs an image file.
//!
//! ```sh
//! cargo run --release --example blur -- in.jpg out.png
//! ```

use std::error::Error;

use stressmap::perturb::GaussianBlur;

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args_os().skip(1);
    let (Some(input), Some(output)) = (paths.next(), paths.next()) else {
        return Err("expected two arguments: the image to read and the image to write".into());
    };

    let image = image::open(input)?.into_rgb8();
    let blurred = GaussianBlur::new(11)?.apply(&image)?;
    blurred.save(output)?;
    Ok(())
}
