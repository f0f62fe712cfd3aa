//! `TimmWrapperImageProcessor`: timm's evaluation transforms by torchvision on Pillow images.

use serde_json::{Map, Value};

use crate::geometry::{CentreCrop, Resize};
use crate::kind::{IMAGENET_MEAN, IMAGENET_STD, TIMM_WRAPPER};
use crate::levels::{Arithmetic, CHANNELS, Rescale};
use crate::processor::{crop_fraction, scaled};
use crate::resample::Filter;
use crate::settings::{MAX_SIDE, Settings, refused};
use crate::{Error, ImageProcessor};

/// timm's `resolve_data_config` and `transforms_imagenet_eval` for the `pretrained_cfg` of a `config.json`.
pub(crate) fn timm_wrapper(config: &Map<String, Value>) -> Result<ImageProcessor, Error> {
    let Some(Value::Object(pretrained)) = config.get("pretrained_cfg") else {
        return Err(refused("pretrained_cfg", "absent", "timm's settings of the model"));
    };
    let settings = Settings(pretrained);
    let (height, width) = input_size(pretrained)?;
    let fraction = crop_fraction(&settings, None)?.unwrap_or(0.875);
    let (scaled_height, scaled_width) = (scaled(height, fraction)?, scaled(width, fraction)?);
    let resize = match settings.text("crop_mode")? {
        None | Some("center") if height == width => Resize::Shortest(scaled_height),
        Some("squash") => Resize::Exact(scaled_height, scaled_width),
        None | Some("center") => {
            let value = format!("{height}x{width}");
            return Err(refused("input_size", value, "equal sides for the crop_mode center"));
        }
        Some(other) => return Err(refused("crop_mode", other, "center or squash")),
    };
    let filter = settings.filter("interpolation", Filter::Bicubic)?;
    let arithmetic = Arithmetic {
        rescale: Rescale::Over255,
        minus_one: false,
        normalise: Some((settings.channels("mean", IMAGENET_MEAN)?, settings.channels("std", IMAGENET_STD)?)),
        include_top: None,
    };
    if arithmetic.normalise.is_some_and(|(_, std)| std.contains(&0.0)) {
        return Err(refused("std", "0", "no zeros"));
    }
    let crop = CentreCrop { height, width, rounds: true };
    Ok(ImageProcessor::new(TIMM_WRAPPER, resize, filter, crop, &arithmetic))
}

/// The height and width of `input_size`, which is `[channels, height, width]`.
fn input_size(pretrained: &Map<String, Value>) -> Result<(usize, usize), Error> {
    let Some(value) = pretrained.get("input_size").filter(|value| !value.is_null()) else {
        return Ok((224, 224));
    };
    let sides: Option<Vec<usize>> = value.as_array().map(|sides| {
        let side = |side: &Value| side.as_u64().and_then(|side| usize::try_from(side).ok());
        sides.iter().filter_map(side).collect()
    });
    match sides.as_deref() {
        Some(&[CHANNELS, height, width])
            if (1..=MAX_SIDE).contains(&height) && (1..=MAX_SIDE).contains(&width) =>
        {
            Ok((height, width))
        }
        _ => Err(refused("input_size", value, "3 channels, height and width, each side from 1 to 16384")),
    }
}
