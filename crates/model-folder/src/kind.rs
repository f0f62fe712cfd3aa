//! The image processors of Hugging Face's `transformers` 5.23 and their defaults.

use crate::resample::Filter;

/// How a processor's class resizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scheme {
    /// To `size`: the shortest edge, or both sides.
    Plain,
    /// `ConvNext`: below 384 the shortest edge to `size / crop_pct`, then a square from the centre; else both sides.
    ConvNext,
    /// `Levit`: the shortest edge to `256 / 224` of `size`.
    Levit,
    /// `PoolFormer`: the shortest edge to `size / crop_pct`.
    PoolFormer,
}

/// A size by default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Size {
    Shortest(usize),
    Square(usize),
}

/// A class of image processors.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the original's class attributes")]
pub(crate) struct Kind {
    /// The class's name without `ImageProcessor`.
    pub(crate) name: &'static str,
    pub(crate) scheme: Scheme,
    pub(crate) size: Size,
    /// A number for `size` means a square, not the shortest edge.
    pub(crate) square: bool,
    pub(crate) filter: Filter,
    /// The centre crop's side, and whether it is cropped by default. None for a class that never crops.
    pub(crate) crop: Crop,
    pub(crate) mean: [f64; 3],
    pub(crate) std: [f64; 3],
    pub(crate) normalises: bool,
    pub(crate) converts_to_rgb: bool,
    /// Reverses the channels to blue, green, red.
    pub(crate) flips: bool,
    /// `EfficientNet`'s `rescale_offset` and `include_top`.
    pub(crate) efficientnet: bool,
}

/// A class's centre crop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Crop {
    /// The class ignores `do_center_crop`.
    Never,
    /// Only where `do_center_crop` is set, to `crop_size`, whose default is this, if any.
    Off(Option<usize>),
    /// To a square of this side by default.
    On(usize),
}

const HALF: [f64; 3] = [0.5; 3];
pub(crate) const IMAGENET_MEAN: [f64; 3] = [0.485, 0.456, 0.406];
pub(crate) const IMAGENET_STD: [f64; 3] = [0.229, 0.224, 0.225];
const CLIP_MEAN: [f64; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const CLIP_STD: [f64; 3] = [0.268_629_54, 0.261_302_58, 0.275_777_11];

const VIT: Kind = Kind {
    name: "ViT",
    scheme: Scheme::Plain,
    size: Size::Square(224),
    square: true,
    filter: Filter::Bilinear,
    crop: Crop::Off(None),
    mean: HALF,
    std: HALF,
    normalises: true,
    converts_to_rgb: false,
    flips: false,
    efficientnet: false,
};
const BIT: Kind = Kind {
    name: "Bit",
    size: Size::Shortest(224),
    square: false,
    filter: Filter::Bicubic,
    crop: Crop::On(224),
    mean: CLIP_MEAN,
    std: CLIP_STD,
    converts_to_rgb: true,
    ..VIT
};
const MOBILENET: Kind =
    Kind { name: "MobileNetV1", size: Size::Shortest(256), square: false, crop: Crop::On(224), ..VIT };
const LEVIT: Kind = Kind {
    name: "Levit",
    scheme: Scheme::Levit,
    size: Size::Shortest(224),
    square: false,
    filter: Filter::Bicubic,
    crop: Crop::On(224),
    mean: IMAGENET_MEAN,
    std: IMAGENET_STD,
    ..VIT
};

pub(crate) const KINDS: [Kind; 15] = [
    VIT,
    Kind { name: "Beit", filter: Filter::Bicubic, crop: Crop::Off(Some(224)), ..VIT },
    BIT,
    Kind { name: "CLIP", ..BIT },
    Kind {
        name: "ConvNext",
        scheme: Scheme::ConvNext,
        size: Size::Shortest(384),
        square: false,
        filter: Filter::Bicubic,
        ..VIT
    },
    Kind { name: "DeiT", size: Size::Square(256), filter: Filter::Bicubic, crop: Crop::On(224), ..VIT },
    Kind {
        name: "EfficientNet",
        size: Size::Square(346),
        filter: Filter::Bicubic,
        crop: Crop::Off(Some(289)),
        efficientnet: true,
        ..VIT
    },
    LEVIT,
    MOBILENET,
    Kind { name: "MobileNetV2", ..MOBILENET },
    Kind {
        name: "MobileViT",
        size: Size::Shortest(224),
        square: false,
        filter: Filter::Bicubic,
        crop: Crop::On(256),
        normalises: false,
        flips: true,
        ..VIT
    },
    Kind { name: "PoolFormer", scheme: Scheme::PoolFormer, ..LEVIT },
    Kind { name: "Pvt", filter: Filter::Bicubic, mean: IMAGENET_MEAN, std: IMAGENET_STD, ..VIT },
    Kind {
        name: "Segformer",
        size: Size::Square(512),
        crop: Crop::Never,
        mean: IMAGENET_MEAN,
        std: IMAGENET_STD,
        ..VIT
    },
    Kind { name: "Siglip", square: false, filter: Filter::Bicubic, converts_to_rgb: true, ..VIT },
];

/// `AutoImageProcessor`'s choice for each `model_type` that classifies images.
const MODEL_TYPES: [(&str, &str); 43] = [
    ("aimv2", "CLIP"),
    ("aimv2_vision_model", "CLIP"),
    ("align", "EfficientNet"),
    ("altclip", "CLIP"),
    ("beit", "Beit"),
    ("bit", "Bit"),
    ("clip", "CLIP"),
    ("convnext", "ConvNext"),
    ("convnextv2", "ConvNext"),
    ("cvt", "ConvNext"),
    ("data2vec-vision", "Beit"),
    ("deit", "DeiT"),
    ("dinat", "ViT"),
    ("dinov2", "Bit"),
    ("efficientnet", "EfficientNet"),
    ("focalnet", "Bit"),
    ("git", "CLIP"),
    ("groupvit", "CLIP"),
    ("hiera", "Bit"),
    ("ijepa", "ViT"),
    ("levit", "Levit"),
    ("metaclip_2", "CLIP"),
    ("mlcd", "CLIP"),
    ("mobilenet_v1", "MobileNetV1"),
    ("mobilenet_v2", "MobileNetV2"),
    ("mobilevit", "MobileViT"),
    ("mobilevitv2", "MobileViT"),
    ("pixio", "Bit"),
    ("poolformer", "PoolFormer"),
    ("pvt", "Pvt"),
    ("pvt_v2", "Pvt"),
    ("regnet", "ConvNext"),
    ("resnet", "ConvNext"),
    ("segformer", "Segformer"),
    ("siglip", "Siglip"),
    ("swiftformer", "ViT"),
    ("swin", "ViT"),
    ("swinv2", "ViT"),
    ("upernet", "Segformer"),
    ("vit", "ViT"),
    ("vit_mae", "ViT"),
    ("vit_msn", "ViT"),
    ("xclip", "CLIP"),
];

/// The name of timm's wrapper, whose settings are in `config.json`.
pub(crate) const TIMM_WRAPPER: &str = "TimmWrapperImageProcessor";

impl Kind {
    /// The class of this name, in any of the forms that folders hold.
    pub(crate) fn of_class(class: &str) -> Option<Self> {
        let name = ["ImageProcessorFast", "ImageProcessorPil", "ImageProcessor", "FeatureExtractor"]
            .iter()
            .find_map(|ending| class.strip_suffix(ending))?;
        KINDS.iter().find(|kind| kind.name == name).copied()
    }

    /// The class that `AutoImageProcessor` takes for a model of this `model_type`.
    pub(crate) fn of_model_type(model_type: &str) -> Option<Self> {
        let (_, name) = MODEL_TYPES.iter().find(|&&(known, _)| known == model_type)?;
        KINDS.iter().find(|kind| kind.name == *name).copied()
    }

    pub(crate) fn class(&self) -> String {
        format!("{}ImageProcessor", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_type_has_a_known_class() {
        for (model_type, _) in MODEL_TYPES {
            assert!(Kind::of_model_type(model_type).is_some(), "{model_type}");
        }
    }

    #[test]
    fn a_class_is_known_in_each_of_its_forms() {
        for class in
            ["ViTImageProcessor", "ViTImageProcessorFast", "ViTImageProcessorPil", "ViTFeatureExtractor"]
        {
            assert_eq!(Kind::of_class(class), Some(VIT), "{class}");
        }
        assert_eq!(Kind::of_class("ViT"), None);
    }
}
