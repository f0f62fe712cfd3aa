//! The command `stressmap`.
fn main() {}
