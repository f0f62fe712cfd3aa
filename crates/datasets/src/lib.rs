//! Image folders, Hugging Face parquet and procedural land cover as datasets.
