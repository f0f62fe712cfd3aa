//! The two ways in which a ConvNeXt's weights are named.

use crate::checkpoint::Checkpoint;

/// Who named the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `transformers`, with the prefix of its model.
    HuggingFace(&'static str),
    Timm,
}

impl Naming {
    pub(crate) fn of(weights: &Checkpoint) -> Option<Self> {
        [Self::Timm, Self::HuggingFace("convnext"), Self::HuggingFace("convnextv2")]
            .into_iter()
            .find(|naming| weights.contains(&naming.name("stem.0.weight")))
    }

    /// The name in the file of what timm calls `name`.
    pub(crate) fn name(self, name: &str) -> String {
        let Self::HuggingFace(prefix) = self else { return name.to_owned() };
        let parts: Vec<&str> = name.split('.').collect();
        match parts.as_slice() {
            ["stem", "0", kind] => format!("{prefix}.embeddings.patch_embeddings.{kind}"),
            ["stem", "1", kind] => format!("{prefix}.embeddings.layernorm.{kind}"),
            ["stages", stage, "downsample", layer, kind] => {
                format!("{prefix}.encoder.stages.{stage}.downsampling_layer.{layer}.{kind}")
            }
            ["stages", stage, "blocks", block, layer @ ..] => {
                let layer = match layer {
                    ["conv_dw", kind] => format!("dwconv.{kind}"),
                    ["norm", kind] => format!("layernorm.{kind}"),
                    ["mlp", "fc1", kind] => format!("pwconv1.{kind}"),
                    ["mlp", "fc2", kind] => format!("pwconv2.{kind}"),
                    ["mlp", "grn", kind] => format!("grn.{kind}"),
                    ["gamma"] => "layer_scale_parameter".to_owned(),
                    other => other.join("."),
                };
                format!("{prefix}.encoder.stages.{stage}.layers.{block}.{layer}")
            }
            ["head", "norm", kind] => format!("{prefix}.layernorm.{kind}"),
            ["head", "fc", kind] => format!("classifier.{kind}"),
            _ => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timm_names_have_counterparts_in_transformers() {
        let naming = Naming::HuggingFace("convnextv2");
        for (timm, expected) in [
            ("stem.0.bias", "convnextv2.embeddings.patch_embeddings.bias"),
            ("stages.2.downsample.1.weight", "convnextv2.encoder.stages.2.downsampling_layer.1.weight"),
            ("stages.0.blocks.7.mlp.grn.bias", "convnextv2.encoder.stages.0.layers.7.grn.bias"),
            ("stages.0.blocks.7.gamma", "convnextv2.encoder.stages.0.layers.7.layer_scale_parameter"),
            ("head.fc.weight", "classifier.weight"),
        ] {
            assert_eq!(naming.name(timm), expected);
            assert_eq!(Naming::Timm.name(timm), timm);
        }
    }
}
