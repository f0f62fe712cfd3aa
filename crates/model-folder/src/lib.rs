//! A Hugging Face model folder: its class names and its image processor.
