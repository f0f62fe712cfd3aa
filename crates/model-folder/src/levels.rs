use crate::Error;
use crate::settings::{Settings, refused};

pub(crate) const CHANNELS: usize = 3;

/// What each of a channel's 256 values becomes, by channel of the output.
pub(crate) type Levels = [[f32; 256]; CHANNELS];

/// How bytes are rescaled.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rescale {
    Not,
    /// By NumPy, in double precision.
    Times(f64),
    /// By torchvision's `ToTensor`, in single precision.
    Over255,
}

/// Rescaling and normalising in NumPy's order of operations, so that every `f32` is that of `transformers`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arithmetic {
    pub(crate) rescale: Rescale,
    /// Subtracts 1 after rescaling (`EfficientNet`'s `rescale_offset`).
    pub(crate) minus_one: bool,
    pub(crate) normalise: Option<([f64; CHANNELS], [f64; CHANNELS])>,
    /// Divides once more by the standard deviation (`EfficientNet`'s `include_top`).
    pub(crate) include_top: Option<[f64; CHANNELS]>,
}

impl Arithmetic {
    /// The settings of rescaling and normalising.
    pub(crate) fn read(
        settings: &Settings<'_>,
        mean: [f64; CHANNELS],
        std: [f64; CHANNELS],
        normalises: bool,
        efficientnet: bool,
    ) -> Result<Self, Error> {
        let rescales = settings.switch("do_rescale", true)?;
        let factor = settings.number("rescale_factor", Some(1.0 / 255.0))?;
        if rescales && factor.is_none() {
            return Err(refused("rescale_factor", "null", "a finite number"));
        }
        let std = settings.channels("image_std", std)?;
        let normalise = normalises.then_some((settings.channels("image_mean", mean)?, std));
        let include_top = (efficientnet && settings.switch("include_top", true)?).then_some(std);
        if (normalise.is_some() || include_top.is_some()) && std.contains(&0.0) {
            return Err(refused("image_std", "0", "no zeros"));
        }
        Ok(Self {
            rescale: factor.filter(|_| rescales).map_or(Rescale::Not, Rescale::Times),
            minus_one: rescales && efficientnet && settings.switch("rescale_offset", false)?,
            normalise,
            include_top,
        })
    }

    pub(crate) fn levels(&self) -> Levels {
        std::array::from_fn(|k| std::array::from_fn(|value| self.level(value as u8, k)))
    }

    fn level(&self, value: u8, channel: usize) -> f32 {
        let mut level = match self.rescale {
            Rescale::Not => f32::from(value),
            Rescale::Times(factor) => (f64::from(value) * factor) as f32,
            Rescale::Over255 => f32::from(value) / 255.0,
        };
        if self.minus_one {
            level -= 1.0;
        }
        if let Some((mean, std)) = self.normalise {
            level = (level - mean[channel] as f32) / std[channel] as f32;
        }
        if let Some(std) = self.include_top {
            level /= std[channel] as f32;
        }
        level
    }
}

/// Values as they are.
pub(crate) fn identity() -> Levels {
    [std::array::from_fn(|value| value as f32); CHANNELS]
}
