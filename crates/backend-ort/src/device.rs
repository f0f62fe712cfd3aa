use std::fmt;
use std::str::FromStr;

use ort::ep::{self, ExecutionProvider, ExecutionProviderDispatch};

use crate::Error;

/// Where a network runs.
///
/// ```
/// use backend_ort::Device;
///
/// assert_eq!("cuda:1".parse::<Device>()?, Device::Cuda(1));
/// assert_eq!(Device::TensorRt(0).to_string(), "tensorrt:0");
/// assert!("gpu".parse::<Device>().is_err());
/// # Ok::<(), backend_ort::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// The CUDA device with this number.
    Cuda(usize),
    /// TensorRT on the CUDA device with this number; what TensorRT does not take runs on CUDA.
    TensorRt(usize),
}

impl FromStr for Device {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (kind, number) = text.split_once(':').unwrap_or((text, "0"));
        match (kind, number.parse()) {
            ("cpu", _) if kind == text => Ok(Self::Cpu),
            ("cuda", Ok(number)) => Ok(Self::Cuda(number)),
            ("tensorrt", Ok(number)) => Ok(Self::TensorRt(number)),
            _ => Err(Error::Device { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
            Self::TensorRt(number) => write!(f, "tensorrt:{number}"),
        }
    }
}

impl Device {
    /// The name of the execution provider that must compute the network.
    pub(crate) fn provider(self) -> &'static str {
        match self {
            Self::Cpu => ep::CPU::NAME,
            Self::Cuda(_) => ep::CUDA::NAME,
            Self::TensorRt(_) => ep::TensorRT::NAME,
        }
    }

    /// Whether the library was built with the execution provider.
    pub(crate) fn is_built(self) -> ort::Result<bool> {
        match self {
            Self::Cpu => Ok(true),
            Self::Cuda(_) => ep::CUDA::is_available(),
            Self::TensorRt(_) => ep::TensorRT::is_available(),
        }
    }

    /// The execution providers that a session registers, most preferred first. One that cannot be registered is an
    /// error.
    pub(crate) fn providers(self) -> Vec<ExecutionProviderDispatch> {
        match self {
            Self::Cpu => vec![],
            Self::Cuda(number) => vec![cuda(number)],
            Self::TensorRt(number) => {
                let tensorrt = ep::TensorRT::default().with_device_id(id(number));
                vec![tensorrt.build().error_on_failure(), cuda(number)]
            }
        }
    }

    /// The number of the CUDA device that images are uploaded to.
    pub(crate) fn cuda(self) -> Option<i32> {
        match self {
            Self::Cpu => None,
            Self::Cuda(number) | Self::TensorRt(number) => Some(id(number)),
        }
    }
}

/// ONNX Runtime's number of a device, which for a number beyond its range is one that no machine has.
fn id(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// CUDA in float32, with algorithms that do not depend on how long a trial of each took.
fn cuda(number: usize) -> ExecutionProviderDispatch {
    ep::CUDA::default()
        .with_device_id(id(number))
        .with_tf32(false)
        .with_conv_algorithm_search(ep::cuda::ConvAlgorithmSearch::Heuristic)
        .build()
        .error_on_failure()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_they_are_written() {
        for device in [Device::Cpu, Device::Cuda(0), Device::Cuda(3), Device::TensorRt(1)] {
            assert_eq!(device.to_string().parse::<Device>().unwrap(), device);
        }
        assert_eq!("cuda".parse::<Device>().unwrap(), Device::Cuda(0));
        assert_eq!("tensorrt".parse::<Device>().unwrap(), Device::TensorRt(0));
        for text in ["gpu", "cpu:0", "cpu:", "cuda:", "cuda:x", "cuda:-1", ""] {
            let error = text.parse::<Device>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("`{text}` is not a device, expected cpu, cuda, cuda:N, tensorrt or tensorrt:N")
            );
        }
    }
}
