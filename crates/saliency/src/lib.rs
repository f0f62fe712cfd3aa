//! RISE and its kin: black-box saliency maps of any image classifier.
//!
//! Which pixels does a classifier's score rest on? Hide parts of the picture, see how the score changes,
//! and put together what the changes say. Only the scores are needed: any [`protocols::Model`] can be
//! explained.
//!
//! An explainer has three parts, each a trait with room for others: a [`MaskGenerator`] says what is
//! hidden ([`RiseGrid`], [`HadamardGrid`], [`SlidingWindow`]), an [`Occluder`] puts a [`Fill`] there, a [`Scorer`] makes
//! maps of the scores ([`RiseScoring`], [`OcclusionScoring`]). [`Occlusion`] joins them; [`Rise`] is the
//! usual choice. Numbers are those of XAITK-Saliency 0.15: every cell of a grid, masks to 1e-6, maps to
//! 1e-5. Masks are computed when a row of one is needed and sums over masks are taken on the grid, so
//! memory does not grow with their number.
//!
//! ```
//! use ndarray::{Array2, Array3, ArrayView3};
//! use protocols::{BoxError, Model, ModelMetadata, ScoreKind};
//! use saliency::{Classes, Explainer, Fill, Rise};
//!
//! /// Scores how red the top left pixel is.
//! struct Corner(ModelMetadata);
//!
//! impl Model for Corner {
//!     fn metadata(&self) -> &ModelMetadata {
//!         &self.0
//!     }
//!     fn predict(&self, images: &[ArrayView3<'_, u8>]) -> Result<Array2<f32>, BoxError> {
//!         Ok(Array2::from_shape_fn((images.len(), 1), |(i, _)| f32::from(images[i][[0, 0, 0]]) / 255.0))
//!     }
//! }
//!
//! let model = Corner(ModelMetadata::new("corner", vec!["red".to_owned()], ScoreKind::Logits));
//! let image = Array3::from_elem((32, 48, 3), 220);
//!
//! let rise = Rise::builder().masks(400).grid(4).seed(1).fill(Fill::Color(vec![0, 60, 60])).build()?;
//! let maps = rise.explain(&model, image.view(), Classes::All)?;
//! assert_eq!(maps.dim(), (1, 32, 48));
//! assert!(maps[[0, 0, 0]] > 0.9);
//! assert!(maps[[0, 31, 47]] < 0.5);
//! # Ok::<(), saliency::Error>(())
//! ```

mod classes;
mod error;
mod explainer;
mod grid_masks;
mod hadamard_grid;
mod kernel;
mod mask;
mod mask_array;
mod observer;
mod occluder;
mod occlusion;
mod occlusion_scoring;
mod paired_grid;
mod rise;
mod rise_grid;
mod rise_scoring;
mod scaling;
mod scorer;
mod sliding_window;
mod standard_error;
mod upsampling;

pub use classes::Classes;
pub use error::{Error, Picture};
pub use explainer::{Explainer, Explanation};
pub use hadamard_grid::HadamardGrid;
pub use mask::{MaskGenerator, Masks, Part};
pub use mask_array::MaskArray;
pub use observer::{Observer, Unobserved};
pub use occluder::{Fill, Occluder, Rounding};
pub use occlusion::Occlusion;
pub use occlusion_scoring::OcclusionScoring;
pub use paired_grid::PairedGrid;
pub use rise::{Rise, RiseBuilder, RiseEstimator, RiseSampling};
pub use rise_grid::RiseGrid;
pub use rise_scoring::RiseScoring;
pub use scaling::{Precision, Scaling};
pub use scorer::Scorer;
pub use sliding_window::SlidingWindow;
