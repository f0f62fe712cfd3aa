//! The parts of a Hugging Face model folder beside the weights: the class names and the image processor.
//!
//! [`ModelFolder`] reads `config.json` and `preprocessor_config.json`. [`ImageProcessor`] turns an image into a
//! network's input, with every `f32` that `transformers` computes with Pillow.
//!
//! ```
//! use model_folder::{ImageProcessor, Scratch};
//! use ndarray::Array3;
//!
//! let processor = ImageProcessor::from_json(
//!     r#"{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 224},
//!         "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}"#,
//! )?;
//! let image = Array3::<u8>::from_elem((300, 400, 3), 124);
//! assert_eq!(processor.output_size((300, 400))?, (224, 224));
//! let mut tensor = vec![0.0; 3 * 224 * 224];
//! processor.write(image.view(), &mut tensor, &mut Scratch::default())?;
//! assert!(tensor[0].abs() < 0.02); // 124 / 255 is ImageNet's mean red
//! # Ok::<(), model_folder::Error>(())
//! ```

mod alpha;
mod check;
mod error;
mod file;
mod folder;
mod geometry;
mod kind;
mod labels;
mod levels;
mod processor;
mod resample;
mod settings;
mod timm;

pub use check::Check;
pub use error::Error;
pub use file::read_file;
pub use folder::ModelFolder;
pub use labels::labels_from_json;
pub use processor::{ImageProcessor, Scratch};
