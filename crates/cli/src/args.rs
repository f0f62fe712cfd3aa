use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use datasets::{Limit, SampleRange};
use models::{Backend, OutputKind};
use perturb::{Rng, SweepSpec};
use saliency::{RiseEstimator, RiseQuality, RiseSampling};
use serde::Serialize;
use serde_json::Value;
use study::{OnError, Preset, ShardChoice};

use crate::progress::Mode;

/// Parses one of a fixed list of names, which the help text lists.
fn one_of<T>(all: &'static [T]) -> impl TypedValueParser<Value = T>
where
    T: Clone + ToString + FromStr<Err: std::error::Error + Send + Sync> + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(ToString::to_string)).try_map(|name| name.parse::<T>())
}

/// Parses `name=value`; the value is read as JSON if it is JSON, else as a string.
fn parameter(text: &str) -> Result<(String, Value), &'static str> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE, such as ksize=11")?;
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
}

/// Parses a seed that a study file can hold.
fn seed() -> impl TypedValueParser<Value = u64> {
    clap::value_parser!(i64).range(0..).map(i64::unsigned_abs)
}

/// Measure how an image classifier breaks under perturbation, and where it looks while it does.
#[derive(Debug, Parser)]
#[command(name = "stressmap", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// How progress is shown
    #[arg(long, value_enum, value_name = "HOW", default_value_t, global = true)]
    pub(crate) progress: Mode,
    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "progress", global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one value, and it is read once")]
pub(crate) enum Command {
    /// Run a whole study: accuracy under each perturbation, saliency maps, tables and figures
    Run(Run),
    /// Merge the shards of a study
    Merge(Merge),
    /// Set finished runs of several models on the same images side by side
    Compare(Compare),
    /// Perturb one image
    Perturb(Perturb),
    /// List the perturbers, with their parameters, defaults and ranges
    Perturbers(Perturbers),
    /// Explain one image: the saliency map of its top class
    Saliency(Saliency),
}

/// The flags of a study, in the form of the values of a study file that they replace.
#[derive(Debug, Args, Serialize)]
pub(crate) struct Run {
    /// Study file, such as a report's study.toml; the flags below override it
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    dataset: DatasetFlags,
    #[command(flatten)]
    model: ModelFlags,
    /// Sweeps of a well-known study, instead of those of the study file [default: tutorial]
    #[arg(long, value_parser = one_of(Preset::ALL))]
    preset: Option<Preset>,
    /// Sweep such as GaussianBlur:ksize=1,5,11, after the preset's, or instead of those of the study; may be repeated
    #[arg(long = "sweep", value_name = "NAME:PARAM=V,V,...")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    perturbers: Vec<SweepSpec>,
    /// Seed of all random numbers [default: 123]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed())]
    seed: Option<u64>,
    /// Random streams of the perturbers: fast ones, or exactly NumPy's [default: chacha]
    #[arg(long, value_parser = one_of(Rng::ALL))]
    rng: Option<Rng>,
    #[command(flatten)]
    #[serde(rename = "saliency")]
    rise: RiseFlags,
    #[command(flatten)]
    output: OutputFlags,
    /// Resume an interrupted run, or start a new one
    #[arg(long)]
    #[serde(skip)]
    pub(crate) resume: bool,
    /// Run one shard of the study, in its own folder inside that of the report; `auto` asks the scheduler
    #[arg(long, value_name = "I/N|auto")]
    #[serde(skip)]
    pub(crate) shard: Option<ShardChoice>,
    /// What to do when an image cannot be read, perturbed, scored or explained [default: stop]
    #[arg(long, value_parser = one_of(OnError::ALL))]
    on_error: Option<OnError>,
}

#[derive(Debug, Args, Serialize)]
struct DatasetFlags {
    /// Folder with one directory per class, parquet file, folder of parquet files, hf:OWNER/NAME[@REVISION], or `landcover`
    #[arg(long, value_name = "PATH")]
    #[serde(rename = "path")]
    dataset: Option<PathBuf>,
    /// Split to study: train, validation, test, another name, or `all` [default: test, else validation, else train]
    #[arg(long, value_name = "NAME")]
    split: Option<String>,
    /// Column of the images in a parquet file or a table [default: the one that holds images]
    #[arg(long, value_name = "NAME")]
    image_column: Option<String>,
    /// Column of the classes in a parquet file or a table [default: the one that holds classes]
    #[arg(long, value_name = "NAME")]
    label_column: Option<String>,
    /// Range that becomes 0 to 255 in images of more than 8 bits [default: that of the format]
    #[arg(long, value_name = "LOW,HIGH")]
    sample_range: Option<SampleRange>,
    /// Number of images, drawn evenly over the classes by the seed [default: 100 for your own data]
    #[arg(long, value_name = "N", conflicts_with_all = ["limit", "offset", "fraction"])]
    sample: Option<usize>,
    /// Number of images, taken in the dataset's order, or `all` [default: 27 for landcover]
    #[arg(long, value_name = "N")]
    limit: Option<Limit>,
    /// Number of images to skip first [default: 0]
    #[arg(long, value_name = "N")]
    offset: Option<usize>,
    /// Share of each class to study, drawn by the seed, instead of the first images
    #[arg(long, value_name = "F", conflicts_with_all = ["limit", "offset"])]
    fraction: Option<f64>,
}

#[derive(Debug, Args, Serialize)]
struct OutputFlags {
    /// Folder for the report [default: stressmap-report]
    #[arg(long, value_name = "DIR")]
    #[serde(rename = "folder")]
    out: Option<PathBuf>,
    /// Also write truth.npy, predicted.npy and the unscaled maps, float32 [rows, H, W], in the order of saliency_metrics.csv; one set per image size
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    save_maps: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Folders of finished runs
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// Folder for the comparison
    #[arg(long, value_name = "DIR", default_value = "stressmap-comparison")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// Folders of shards, or a folder that holds them
    #[arg(required = true, value_name = "SHARDS")]
    pub(crate) folders: Vec<PathBuf>,
    /// Folder for the report of the whole study [default: stressmap-report]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args, Serialize)]
struct ModelFlags {
    /// Folder as `save_pretrained` or an export leaves it, the .onnx or .pt file in it, or hf:OWNER/NAME[@REVISION] [default: the shipped model]
    #[arg(long, value_name = "DIR")]
    #[serde(rename = "folder")]
    model: Option<PathBuf>,
    /// Backend that runs the model [default: depends on the model's files]
    #[arg(long, value_parser = one_of(Backend::ALL))]
    backend: Option<Backend>,
    /// Name of the network's output to take [default: the only one, or `logits`]
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    /// What the network returns; `auto` finds out [default: auto]
    #[arg(long, value_parser = one_of(OutputKind::ALL))]
    scores: Option<OutputKind>,
    /// cpu, cuda or cuda:N, or with the backend ort tensorrt [default: cpu]
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// f32, or with the backend tch f16 or bf16 [default: f32]
    #[arg(long, value_name = "KIND")]
    precision: Option<String>,
    /// Images per forward pass [default: depends on the backend]
    #[arg(long, value_name = "N")]
    batch_size: Option<usize>,
    /// Threads [default: one per processor]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

#[derive(Debug, Args, Serialize)]
struct RiseFlags {
    /// RISE: number of masks [default: 200]
    #[arg(long, value_name = "N")]
    masks: Option<usize>,
    /// RISE: cells along each side of a mask [default: 8]
    #[arg(long, value_name = "S")]
    grid: Option<usize>,
    /// RISE: probability that a cell is kept [default: 0.5]
    #[arg(long, value_name = "P")]
    p1: Option<f64>,
    /// RISE: colour of hidden pixels [default: 95,96,93]
    #[arg(long, value_name = "R,G,B", value_delimiter = ',', num_args = 1)]
    fill: Option<Vec<u8>>,
    /// RISE: estimator and sampling by one name: XAITK's, or those that know the map best [default: tutorial]
    #[arg(long, value_parser = one_of(RiseQuality::ALL), conflicts_with_all = ["estimator", "sampling"])]
    quality: Option<RiseQuality>,
    /// RISE: how scores and masks become maps [default: debiased]
    #[arg(long, value_parser = one_of(RiseEstimator::ALL))]
    estimator: Option<RiseEstimator>,
    /// RISE: how masks are drawn [default: independent]
    #[arg(long, value_parser = one_of(RiseSampling::ALL))]
    sampling: Option<RiseSampling>,
    /// RISE: stop as soon as at most this share of each map is noise, above 0 and at most 0.5 [default: never]
    #[arg(long, value_name = "T")]
    tolerance: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct Perturb {
    /// Image to perturb
    pub(crate) input: PathBuf,
    /// PNG or JPEG file to write
    pub(crate) output: PathBuf,
    /// Perturber, such as GaussianBlur; an unknown name lists them all
    #[arg(long, value_name = "NAME")]
    pub(crate) perturber: String,
    /// Parameter of the perturber, such as ksize=11; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(crate) parameters: Vec<(String, Value)>,
    /// Seed of the perturber's random numbers
    #[arg(long, value_name = "N", default_value_t = 123)]
    pub(crate) seed: u64,
    /// Random stream: a fast one, or exactly NumPy's
    #[arg(long, value_parser = one_of(Rng::ALL), default_value_t = Rng::ChaCha)]
    pub(crate) rng: Rng,
}

#[derive(Debug, Args)]
pub(crate) struct Perturbers {
    /// Page to write that shows what each one does; a name that ends in .md gets Markdown, and its images beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) gallery: Option<PathBuf>,
}

#[derive(Debug, Args, Serialize)]
pub(crate) struct Saliency {
    /// Image to explain
    #[serde(skip)]
    pub(crate) image: PathBuf,
    #[command(flatten)]
    model: ModelFlags,
    #[command(flatten)]
    #[serde(rename = "saliency")]
    rise: RiseFlags,
    /// Seed of the masks
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed(), default_value_t = 123)]
    seed: u64,
    /// Explain the N classes with the highest scores, highest first
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[serde(skip)]
    pub(crate) top: usize,
    /// Explain all classes, in the model's order
    #[arg(long, conflicts_with = "top")]
    #[serde(skip)]
    pub(crate) all: bool,
    /// Maps to write, float32 [classes, H, W]; the overlay of the top class is written beside them as PNG
    #[arg(long, value_name = "FILE", default_value = "maps.npy")]
    #[serde(skip)]
    pub(crate) out: PathBuf,
}
