//! What the examples that measure have in common.

#![allow(dead_code, unreachable_pub, reason = "each example uses what it needs")]

pub mod clock;
pub mod time_model;

/// Whatever can go wrong.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
