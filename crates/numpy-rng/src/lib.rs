//! NumPy's seeded random streams, bit for bit, and Python's.
//!
//! | stream | in Python | generator |
//! | --- | --- | --- |
//! | [`Generator`] | `numpy.random.default_rng(seed)` | PCG64 through `SeedSequence` |
//! | [`RandomState`] | `numpy.random.seed(seed)` and `numpy.random.RandomState(seed)` | MT19937 |
//! | [`PythonRandom`] | `random.Random(seed)` | MT19937 |
//!
//! [`default_rng`] is `numpy.random.default_rng`: a PCG64 generator, seeded by `SeedSequence`. Its methods
//! `random`, `integers`, `normal` and `standard_normal` return what NumPy's return, in any order of calls.
//!
//! ```
//! // >>> g = numpy.random.default_rng(123)
//! // >>> g.random(), g.integers(0, 10), g.random()
//! let mut g = numpy_rng::default_rng(123_u64);
//! assert_eq!(g.random(), 0.6823518632481435);
//! assert_eq!(g.integers(0, 10), 5);
//! assert_eq!(g.random(), 0.22035987277261138);
//! // >>> numpy.random.default_rng([123, 7]).normal(0.25, 1.5)
//! assert_eq!(numpy_rng::default_rng([123_u64, 7]).normal(0.25, 1.5), 0.5477332047547478);
//! ```
//!
//! The values are those of NumPy 1.17 to 2.x; the tests compare with 1.26. NumPy's policy (NEP 19) keeps the
//! bit streams for good, but allows later versions to change how distributions use them.
//!
//! A [`Generator`] is also a generator of the `rand` ecosystem (`rand_core` 0.10). `next_u32` draws as
//! NumPy's 32-bit draws do: the lower half of a 64-bit word first; the upper half is kept for the next draw.

mod generator;
mod mt19937;
mod pcg64;
mod poisson;
mod python_random;
mod random_state;
mod seed_sequence;
mod ziggurat;
mod ziggurat_tables;

pub use generator::{Generator, default_rng};
pub use poisson::{Poisson, poisson};
pub use python_random::PythonRandom;
pub use rand_core;
pub use random_state::RandomState;
pub use seed_sequence::{ParseSeedError, SeedSequence};
pub use ziggurat::standard_normal;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
