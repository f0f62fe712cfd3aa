//! `stressmap perturb`: one image; `stressmap perturbers`: what can be done to it.

use anyhow::Result;
use perturb::{ParameterInfo, PerturberSpec, Random, Registry, Rng};

use crate::args::Perturb;
use crate::exit::{usage, wrong};
use crate::images;
use crate::progress::print;

pub(crate) fn run(arguments: &Perturb) -> Result<()> {
    let parameters = arguments.parameters.iter().map(|text| parameter(text)).collect::<Result<Vec<_>>>()?;
    let spec = PerturberSpec::new(&arguments.perturber, parameters);
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

/// `stressmap perturbers`: what there is.
pub(crate) fn list() -> Result<()> {
    let registry = Registry::builtin();
    for name in registry.names() {
        print(name);
        for ParameterInfo { name, default, expected, .. } in registry.parameters(name)? {
            let default = default.map(|value| format!(" [default: {value}]")).unwrap_or_default();
            print(&format!("    {name}: {}{default}", expected.unwrap_or_default()));
        }
    }
    Ok(())
}

/// `name=value`; the value is read as JSON if it is JSON, else as a string.
fn parameter(text: &str) -> Result<(String, serde_json::Value)> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(wrong(format!("--param is `{text}`, expected NAME=VALUE, such as ksize=11")));
    };
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}
