//! `stressmap perturb`: one picture.

use ::perturb::{Perturber, PerturberSpec, Random, Registry, Rng};

use crate::args::Perturb;
use crate::failure::Failure;
use crate::pictures;

pub(crate) fn run(arguments: &Perturb) -> Result<(), Failure> {
    let parameters =
        arguments.parameters.iter().map(|text| parameter(text)).collect::<Result<Vec<_>, _>>()?;
    let spec = PerturberSpec::new(&arguments.perturber, parameters);
    let perturber = Registry::builtin().build(&spec).map_err(Failure::usage)?;
    let image = pictures::read(&arguments.input)?;
    let mut random = match arguments.rng {
        Rng::Numpy => Random::numpy(arguments.seed),
        _ => Random::chacha(arguments.seed, 0),
    };
    let perturbed = perturber.perturb(image.view(), &mut random).map_err(Failure::run)?;
    pictures::write_png(&arguments.output, perturbed.view())
}

/// `name=value`, the value a JSON one where it reads as such.
fn parameter(text: &str) -> Result<(String, serde_json::Value), Failure> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(Failure::usage(format!("--param is `{text}`, expected NAME=VALUE, such as ksize=11")));
    };
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}
