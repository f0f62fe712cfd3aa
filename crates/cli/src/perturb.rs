//! `stressmap perturb`: one image; `stressmap perturbers`: what can be done to it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use datasets::LandCover;
use perturb::{PerturberSpec, Random, Registry, Rng};
use protocols::Dataset as _;
use report::Gallery;

use crate::args::{Perturb, Perturbers};
use crate::exit::usage;
use crate::images;
use crate::progress::print;

pub(crate) fn run(arguments: &Perturb) -> Result<()> {
    let spec = PerturberSpec::new(&arguments.perturber, arguments.parameters.clone());
    let perturber = Registry::builtin().build(&spec).map_err(usage)?;
    let format = images::format(&arguments.output)?;
    let image = images::read(&arguments.input)?;
    let mut random = match arguments.rng {
        Rng::Numpy => Random::numpy(arguments.seed),
        _ => Random::chacha(arguments.seed, 0),
    };
    let perturbed = perturber.perturb(image.view(), &mut random)?;
    images::write(&arguments.output, perturbed.view(), format)
}

/// `stressmap perturbers`: what there is, as text or in images.
pub(crate) fn list(arguments: &Perturbers) -> Result<()> {
    let registry = Registry::builtin();
    if let Some(path) = &arguments.gallery {
        return write_gallery(&registry, path);
    }
    for name in registry.names() {
        print(name);
        registry.parameters(name)?.iter().for_each(|parameter| print(&format!("    {parameter}")));
    }
    Ok(())
}

/// Writes a page, or Markdown and its images in `images/perturbers` beside it.
fn write_gallery(registry: &Registry, path: &Path) -> Result<()> {
    const FOLDER: &str = "images/perturbers";
    let tile = LandCover::new(10, 123)?.get(7).map_err(anyhow::Error::from_boxed)?.image;
    let gallery = Gallery::new(registry, &[Gallery::photograph()?, tile])?;
    let (text, images) = match path.extension() {
        Some(extension) if extension == "md" => gallery.markdown(FOLDER)?,
        _ => (gallery.html()?, Vec::new()),
    };
    let folder = path.with_file_name(FOLDER);
    let write = || {
        images.iter().try_for_each(|(name, file)| {
            fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(name), file))
        })?;
        fs::write(path, text)
    };
    write().with_context(|| format!("cannot write {} and its images", path.display()))
}
