//! What stands in a Hugging Face model folder beside the weights: the class names and the image processor.
//!
//! [`ModelFolder`] reads `config.json` and `preprocessor_config.json`; [`ImageProcessor`] turns a picture into
//! the numbers that the network was trained on, as Hugging Face's processors do with Pillow.
//!
//! ```
//! use model_folder::{ImageProcessor, Scratch};
//! use ndarray::Array3;
//!
//! let processor = ImageProcessor::from_json(
//!     r#"{"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": 224},
//!         "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}"#,
//! )?;
//! let picture = Array3::<u8>::from_elem((300, 400, 3), 124);
//! assert_eq!(processor.output_size((300, 400)), (224, 224));
//! let mut tensor = vec![0.0; 3 * 224 * 224];
//! processor.write(picture.view(), &mut tensor, &mut Scratch::default())?;
//! assert!(tensor[0].abs() < 0.02); // 124 / 255 is ImageNet's mean red
//! # Ok::<(), model_folder::Error>(())
//! ```

mod config;
mod error;
mod folder;
mod geometry;
mod processor;
mod resample;

pub use config::labels_from_json;
pub use error::Error;
pub use folder::ModelFolder;
pub use processor::{ImageProcessor, Scratch};
