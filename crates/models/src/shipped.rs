//! The model that the workspace ships, from `models/eurosat-convnext`.

pub(crate) const NAME: &str = "eurosat-convnext";
pub(crate) const ONNX: &[u8] = include_bytes!("../../../models/eurosat-convnext/model.onnx");
pub(crate) const SAFETENSORS: &[u8] = include_bytes!("../../../models/eurosat-convnext/model.safetensors");
#[cfg(feature = "tch")]
pub(crate) const TORCHSCRIPT: &[u8] = include_bytes!("../../../models/eurosat-convnext/model.pt");
pub(crate) const CONFIG: &str = include_str!("../../../models/eurosat-convnext/config.json");
pub(crate) const PROCESSOR: &str = include_str!("../../../models/eurosat-convnext/preprocessor_config.json");
