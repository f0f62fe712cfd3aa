//! The process's memory, as Linux tells it.

use std::error::Error;

/// The most memory that the process has had, in bytes.
pub fn high_water_mark() -> Result<u64, Box<dyn Error + Send + Sync>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("/proc/self/status has no VmHWM")?;
    Ok(1024 * kilobytes.parse::<u64>()?)
}
