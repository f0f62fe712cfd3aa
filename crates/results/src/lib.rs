//! The rows of a robustness study, and their tables.
