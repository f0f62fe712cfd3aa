use std::sync::{Arc, Mutex, PoisonError};

use ort::logging::{LogLevel, LoggerFunction};

use crate::{Device, Error};

/// Which execution providers compute a network, and how many operators each.
///
/// ONNX Runtime gives operators that a device does not have to the CPU, without a word but in its log, at the level
/// `Verbose`: ` Node(s) placed on [CUDAExecutionProvider]. Number of nodes: 12`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placement {
    nodes: Arc<Mutex<Vec<(String, usize)>>>,
}

impl Placement {
    /// The level at which a session must log for this.
    pub(crate) const LEVEL: LogLevel = LogLevel::Verbose;

    /// A logger that learns the placement when a session is made.
    pub(crate) fn logger(&self) -> LoggerFunction {
        let nodes = Arc::clone(&self.nodes);
        Arc::new(move |_, _, _, _, message: &str| {
            if let Some(placed) = read(message) {
                nodes.lock().unwrap_or_else(PoisonError::into_inner).push(placed);
            }
        })
    }

    /// Refuses a network of which the device computes nothing, and says how much the CPU computes beside it.
    pub(crate) fn check(&self, name: &str, device: Device) -> Result<Option<String>, Error> {
        let nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |wanted: &str| -> usize {
            nodes.iter().filter(|(provider, _)| provider == wanted).map(|(_, count)| count).sum()
        };
        let ours = count(device.provider());
        if ours == 0 {
            let found: Vec<_> = nodes.iter().map(|(provider, _)| provider.as_str()).collect();
            let found = if found.is_empty() { "an unknown device".to_owned() } else { found.join(" and ") };
            return Err(Error::Placement { name: name.to_owned(), device: device.to_string(), found });
        }
        let others = count(Device::Cpu.provider());
        Ok((device != Device::Cpu && others > 0).then(|| {
            format!(
                "ONNX Runtime computes {others} of the network's operators on the CPU, which {device} lacks"
            )
        }))
    }
}

/// The execution provider and the number of operators that a message is about.
fn read(message: &str) -> Option<(String, usize)> {
    let (provider, count) = message.split_once("placed on [")?.1.split_once(']')?;
    let count = count.rsplit_once(": ")?.1.trim().parse().ok()?;
    Some((provider.to_owned(), count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placement(messages: &[&str]) -> Placement {
        let placement = Placement::default();
        let logger = placement.logger();
        messages.iter().for_each(|message| logger(LogLevel::Verbose, "", "", "", message));
        placement
    }

    const CUDA: &str = " Node(s) placed on [CUDAExecutionProvider]. Number of nodes: 118";
    const CPU: &str = " Node(s) placed on [CPUExecutionProvider]. Number of nodes: 6";

    #[test]
    fn a_network_on_the_device_alone_is_nothing_to_speak_of() {
        let all = placement(&[
            "Node placements",
            " All nodes placed on [CUDAExecutionProvider]. Number of nodes: 3",
        ]);
        assert_eq!(all.check("m", Device::Cuda(0)).unwrap(), None);
    }

    #[test]
    fn operators_that_the_device_lacks_are_counted() {
        let said = placement(&[CPU, CUDA]).check("m", Device::Cuda(1)).unwrap().unwrap();
        assert_eq!(said, "ONNX Runtime computes 6 of the network's operators on the CPU, which cuda:1 lacks");
    }

    #[test]
    fn a_network_on_other_devices_only_is_refused() {
        for (messages, found) in [
            (&[CPU][..], "CPUExecutionProvider"),
            (&[CUDA, CPU], "CUDAExecutionProvider and CPUExecutionProvider"),
            (&["Node placements"], "an unknown device"),
        ] {
            let error = placement(messages).check("m", Device::TensorRt(0)).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("m: ONNX Runtime computes the network on {found}, not on the device tensorrt:0")
            );
        }
    }
}
