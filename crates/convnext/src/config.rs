//! What is read of `config.json`: the weights' shapes tell the rest.

use std::path::Path;

use model_folder::read_file;
use serde::Deserialize;

use crate::Error;
use crate::naming::Naming;

/// Added to the variance by layer norms, but for the last one of transformers' networks.
const EPSILON: f32 = 1e-6;

/// Of transformers' last layer norm, where the config does not say.
const LAST_EPSILON: f32 = 1e-12;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Config {
    /// The kind of network in transformers' configs.
    model_type: Option<String>,
    /// The network in timm's configs.
    architecture: Option<String>,
    hidden_act: Option<String>,
    layer_norm_eps: Option<f32>,
    depths: Option<Vec<usize>>,
    hidden_sizes: Option<Vec<usize>>,
    /// What timm's configs say beyond the architecture.
    model_args: ModelArguments,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ModelArguments {
    act_layer: Option<String>,
    norm_eps: Option<f32>,
}

impl Config {
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("config.json");
        let bytes = read_file(&path, "the config of a ConvNeXt")?;
        Self::from_bytes(&bytes, &path)
    }

    /// The config in a file that is in memory; errors name it by `path`.
    pub(crate) fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let config: Self = serde_json::from_slice(bytes).map_err(|e| Error::Format {
            path: path.to_path_buf(),
            expected: "the config of a ConvNeXt",
            problem: e.to_string(),
        })?;
        config.check()?;
        Ok(config)
    }

    /// Refuses other networks, and other activations than the exact GELU.
    fn check(&self) -> Result<(), Error> {
        let known = match (&self.model_type, &self.architecture) {
            (Some(kind), _) => matches!(kind.as_str(), "convnext" | "convnextv2"),
            (None, Some(name)) => name.starts_with("convnext"),
            (None, None) => true,
        };
        if !known {
            let found = self.model_type.as_ref().or(self.architecture.as_ref());
            return Err(Error::Architecture { found: found.cloned().unwrap_or_default() });
        }
        for (setting, found) in
            [("hidden_act", &self.hidden_act), ("model_args.act_layer", &self.model_args.act_layer)]
        {
            if let Some(found) = found.as_ref().filter(|found| *found != "gelu") {
                let expected = "gelu".to_owned();
                return Err(Error::Setting { setting, found: found.clone(), expected });
            }
        }
        Ok(())
    }

    /// Refuses weights whose stages have other depths or widths than the config says.
    pub(crate) fn check_stages(&self, depths: &[usize], widths: &[usize]) -> Result<(), Error> {
        for (setting, said, found) in
            [("depths", &self.depths, depths), ("hidden_sizes", &self.hidden_sizes, widths)]
        {
            if let Some(said) = said.as_ref().filter(|said| *said != found) {
                let expected = format!("{found:?}, as the weights have it");
                return Err(Error::Setting { setting, found: format!("{said:?}"), expected });
            }
        }
        Ok(())
    }

    /// What the layer norms add to the variance.
    pub(crate) fn epsilon(&self, naming: Naming) -> f32 {
        // timm's largest network has its own; the other settings of its networks can be seen in the weights.
        let largest = self.architecture.as_ref().is_some_and(|name| name.starts_with("convnext_xxlarge"));
        match naming {
            Naming::HuggingFace(_) => EPSILON,
            Naming::Timm if largest => self.model_args.norm_eps.unwrap_or(1e-5),
            Naming::Timm => self.model_args.norm_eps.unwrap_or(EPSILON),
        }
    }

    /// What the last layer norm adds to the variance.
    pub(crate) fn last_epsilon(&self, naming: Naming) -> f32 {
        match naming {
            Naming::HuggingFace(_) => self.layer_norm_eps.unwrap_or(LAST_EPSILON),
            Naming::Timm => self.epsilon(naming),
        }
    }
}
