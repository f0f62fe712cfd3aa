//! One module a topic, each a function `rows` that measures and a test that holds the rows to their goals.

#![allow(dead_code, unreachable_pub, reason = "the same modules are a test's and an example's")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod reference;

pub mod blur;
pub mod causal;
#[cfg(feature = "classification-metrics")]
pub mod classification;
#[cfg(feature = "classification-metrics")]
pub mod classification_more;
pub mod corruptions;
pub mod enhance;
pub mod environment;
pub mod geometric;
pub mod jpeg;
pub mod noise;
pub mod optical;
#[cfg(feature = "rten")]
pub mod preprocess;
pub mod rise;
pub mod rng;
pub mod saliency_metrics;
#[cfg(all(feature = "datasets", feature = "rten", feature = "study"))]
pub mod study;

/// What one comparison came to.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is compared.
    pub what: &'static str,
    /// The original.
    pub with: &'static str,
    /// How closely it must agree, in words.
    pub goal: &'static str,
    /// The largest difference over all cases, in the goal's measure.
    pub worst: f64,
    /// The largest difference that the goal admits.
    pub bound: f64,
    /// How many cases were compared.
    pub cases: usize,
}

impl Row {
    /// Fails unless the row meets its goal.
    #[track_caller]
    pub fn check(&self) {
        assert!(self.cases > 0, "{}: nothing was compared", self.what);
        assert!(
            self.worst <= self.bound,
            "{} differs by {:e} from {}, at most {:e} is allowed",
            self.what,
            self.worst,
            self.with,
            self.bound
        );
    }
}

/// Every topic's rows, in the order of the page that they make.
#[cfg(all(feature = "classification-metrics", feature = "datasets", feature = "rten", feature = "study"))]
pub fn all() -> Vec<Row> {
    let topics = [
        rng::rows,
        blur::rows,
        noise::rows,
        enhance::rows,
        geometric::rows,
        environment::rows,
        corruptions::rows,
        optical::rows,
        rise::rows,
        saliency_metrics::rows,
        causal::rows,
        classification::rows,
        classification_more::rows,
        jpeg::rows,
        preprocess::rows,
        study::rows,
    ];
    topics.into_iter().flat_map(|rows| rows()).collect()
}
