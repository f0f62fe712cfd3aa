//! Every number agrees with the Python originals.
//!
//! `tests/reference/` holds what the originals returned, and the script that asked them. Each topic
//! measures its worst difference; the test holds it against the goal, and `examples/fidelity.rs`
//! writes the same rows into `docs/fidelity.md`.

mod topics;
