//! NRTK's perturbers of the environment.

mod depth_map;
mod haze;
mod outline;
mod refraction;
mod water_droplet;

pub use depth_map::DepthMap;
pub use haze::{Haze, HazeBuilder};
pub use water_droplet::{WaterDroplet, WaterDropletBuilder};
