use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Where libtorch was at build time; the program looks for it there.
const LIBTORCH: &str = match option_env!("STRESSMAP_LIBTORCH") {
    Some(folder) => folder,
    None => "an unknown folder",
};

/// Where a network runs.
///
/// ```
/// use backend_tch::Device;
///
/// assert_eq!("cuda:1".parse::<Device>()?, Device::Cuda(1));
/// assert_eq!(Device::Cuda(0).to_string(), "cuda:0");
/// assert!("gpu".parse::<Device>().is_err());
/// # Ok::<(), backend_tch::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// The CUDA device with this number.
    Cuda(usize),
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|number| number.parse().ok())
                .map(Self::Cuda)
                .ok_or_else(|| Error::Device { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

impl Device {
    /// libtorch's name of the device, if it exists.
    pub(crate) fn to_tch(self) -> Result<tch::Device, Error> {
        let Self::Cuda(number) = self else { return Ok(tch::Device::Cpu) };
        // libtorch's `hasCUDA` tells whether there is a device, `hasCUDART` whether CUDA was built in.
        let built = tch::utils::has_cudart();
        let found = if tch::Cuda::is_available() { tch::Cuda::device_count().max(0) as usize } else { 0 };
        if number < found {
            return Ok(tch::Device::Cuda(number));
        }
        let built = if built { "with" } else { "without" };
        Err(Error::NoDevice { device: self.to_string(), libtorch: LIBTORCH, built, found })
    }
}
