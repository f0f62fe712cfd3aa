//! What several tests of the command need.

use protocols::Dataset;

/// The classes of the shipped model, in alphabetical order, as an image folder has them.
pub(crate) fn classes() -> Vec<String> {
    let tiles = datasets::LandCover::new(1, 0).unwrap();
    let mut classes = tiles.metadata().labels.clone();
    classes.sort();
    classes
}
