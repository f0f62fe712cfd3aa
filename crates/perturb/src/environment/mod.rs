//! NRTK's perturbers of the environment.

mod depth_map;
mod haze;

pub use depth_map::DepthMap;
pub use haze::{Haze, HazeBuilder};
