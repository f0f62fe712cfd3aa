//! The fuzzer's targets, as a library.

pub mod targets;
