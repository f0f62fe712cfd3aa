//! RISE and its kin: black-box saliency maps of any image classifier.
//!
//! Which pixels does a classifier's score rest on? Hide parts of the image, observe how the score changes, and
//! combine the changes into a map. Only the scores are needed: any [`Model`] can be explained, and [`FnModel`] turns a
//! closure into a model.
//!
//! ```
//! use ndarray::{Array2, Array3};
//! use saliency::{Classes, Explainer, Fill, FnModel, ModelMetadata, Rise, ScoreKind};
//!
//! // A model that scores how red the top left pixel is.
//! let metadata = ModelMetadata::new("corner", vec!["red".to_owned()], ScoreKind::Logits);
//! let model = FnModel::new(metadata, |images| {
//!     Ok(Array2::from_shape_fn((images.len(), 1), |(i, _)| f32::from(images[i][[0, 0, 0]]) / 255.0))
//! });
//! let image = Array3::from_elem((32, 48, 3), 220);
//!
//! let rise = Rise::builder().masks(400).grid(4).seed(1).fill(Fill::Color(vec![0, 60, 60])).build()?;
//! let maps = rise.explain(&model, image.view(), Classes::All)?;
//! assert_eq!(maps.dim(), (1, 32, 48));
//! assert!(maps[[0, 0, 0]] > 0.9);
//! assert!(maps[[0, 31, 47]] < 0.5);
//! # Ok::<(), saliency::Error>(())
//! ```
//!
//! # Parts
//!
//! An [`Explainer`] returns maps. [`Rise`] is the usual choice; [`Occlusion`] is assembled from a [`MaskGenerator`],
//! which decides what is hidden ([`RiseGrid`], [`PairedGrid`], [`HadamardGrid`], [`RandomGrid`], [`SlidingWindow`],
//! [`SlidingRadial`], or your own masks in a [`MaskArray`]), a [`Fill`], which replaces what is hidden, and a
//! [`Scorer`], which turns scores into maps ([`RiseScoring`], [`OcclusionScoring`], [`SquaredDifferenceScoring`],
//! [`SimilarityScoring`]). [`CausalMetric`] measures how good a map is: insertion and deletion. [`McRise`] explains
//! with several fill colours. [`overlay()`] draws a map over its image.
//!
//! Values are those of XAITK-Saliency 0.15: every cell of a grid, masks to 1e-6, maps to 1e-5. A mask is computed when
//! one of its rows is needed, and sums over masks are taken on the grid, so memory does not grow with their number.
//!
//! # Features
//!
//! - `serde`: the enums as data.

mod blend_rounding;
mod blurred_substrate;
mod causal_metric;
mod classes;
mod colormap;
mod error;
mod explainer;
mod explanation;
mod fill;
mod grid_masks;
mod grid_samples;
mod hadamard_grid;
mod kernel;
mod mask;
mod mask_array;
mod mc_rise;
mod name;
mod noise_share;
mod occluder;
mod occlusion;
mod occlusion_scoring;
mod overlay;
mod paired_grid;
mod proximity_metric;
mod random_grid;
mod rise;
mod rise_estimator;
mod rise_grid;
mod rise_quality;
mod rise_sampling;
mod rise_scoring;
mod samples;
mod scaling;
mod scorer;
mod scores;
mod similarity_scoring;
mod sliding_radial;
mod sliding_window;
mod squared_difference_scoring;
mod upsampling;

pub use blend_rounding::BlendRounding;
pub use blurred_substrate::blurred_substrate;
pub use causal_metric::{CausalCurve, CausalMetric, CausalMetricBuilder, CausalMode};
pub use classes::{Classes, bytes_of_maps, highest};
pub use colormap::Colormap;
pub use error::{Error, ScoredImage};
pub use explainer::Explainer;
pub use explanation::Explanation;
pub use fill::Fill;
pub use hadamard_grid::HadamardGrid;
pub use mask::{MaskGenerator, Masks, Part};
pub use mask_array::MaskArray;
pub use mc_rise::{McRise, McRiseBuilder, McRiseMasks};
pub use occluder::Occluder;
pub use occlusion::{Occlusion, OcclusionBuilder};
pub use occlusion_scoring::OcclusionScoring;
pub use overlay::overlay;
pub use paired_grid::PairedGrid;
pub use protocols::{BoxError, FnModel, Model, ModelMetadata, Observer, Pass, ScoreFault, ScoreKind};
pub use proximity_metric::ProximityMetric;
pub use random_grid::RandomGrid;
pub use rise::{Rise, RiseBuilder};
pub use rise_estimator::RiseEstimator;
pub use rise_grid::RiseGrid;
pub use rise_quality::RiseQuality;
pub use rise_sampling::RiseSampling;
pub use rise_scoring::RiseScoring;
pub use scaling::{Precision, Scaling};
pub use scorer::Scorer;
pub use similarity_scoring::{SimilarityModel, SimilarityScoring};
pub use sliding_radial::SlidingRadial;
pub use sliding_window::SlidingWindow;
pub use squared_difference_scoring::SquaredDifferenceScoring;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
