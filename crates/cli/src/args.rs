use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use saliency::{RiseEstimator, RiseSampling};
use study::{Limit, OnError, Rng};

use crate::shard::ShardChoice;

use crate::progress::Mode;

/// Measure how an image classifier breaks under perturbation, and where it looks while it does.
#[derive(Debug, Parser)]
#[command(name = "stressmap", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// How progress is shown
    #[arg(long, value_enum, value_name = "HOW", default_value_t, global = true)]
    pub(crate) progress: Mode,
    /// Say nothing but errors
    #[arg(long, short, conflicts_with = "progress", global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a whole study: accuracy under each perturbation, saliency maps, tables and figures
    Run(Run),
    /// Join the parts of a study that ran as shards
    Merge(Merge),
    /// Perturb one picture
    Perturb(Perturb),
    /// Explain one picture: the saliency map of every class
    Saliency(Saliency),
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// A study as TOML, such as a report's study.toml; the flags below override it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// A folder with a directory a class, a parquet file, a folder of parquet shards, or `landcover`
    #[arg(long, value_name = "PATH")]
    pub(crate) dataset: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) model: Model,
    /// How many images, in the dataset's order, or `all` [default: 27]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<Limit>,
    /// How many images to skip first [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) offset: Option<usize>,
    /// Instead of the first images, this share of each class, drawn by the seed
    #[arg(long, value_name = "F", conflicts_with_all = ["limit", "offset"])]
    pub(crate) fraction: Option<f64>,
    /// Seed of everything that is random [default: 123]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The perturbers' random streams: fast ones, or exactly NumPy's [default: chacha]
    #[arg(long, value_enum)]
    pub(crate) rng: Option<Rng>,
    #[command(flatten)]
    pub(crate) rise: Rise,
    /// Folder for the report [default: stressmap-report]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with a run that was stopped, killed or failed; begin if there is none
    #[arg(long)]
    pub(crate) resume: bool,
    /// Run one part of the study, in a folder of its own below that of the report; `auto` asks the scheduler
    #[arg(long, value_name = "I/N|auto")]
    pub(crate) shard: Option<ShardChoice>,
    /// What to do when a picture cannot be read, perturbed, scored or explained [default: stop]
    #[arg(long, value_enum)]
    pub(crate) on_error: Option<OnError>,
    /// Also write truth.npy and predicted.npy, float32 [rows, H, W] in the table's order
    #[arg(long)]
    pub(crate) save_maps: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Merge {
    /// The shards' folders, or a folder that holds them
    #[arg(required = true, value_name = "OUT")]
    pub(crate) folders: Vec<PathBuf>,
    /// Folder for the report of the whole [default: stressmap-report]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Model {
    /// Folder with model.onnx or model.pt, config.json and preprocessor_config.json [default: the shipped model]
    #[arg(long = "model", value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// What runs the model [default: by what the folder holds and what was compiled in]
    #[arg(long, value_enum)]
    pub(crate) backend: Option<Backend>,
    /// cpu, cuda or cuda:N [default: cpu]
    #[arg(long, value_name = "DEVICE")]
    pub(crate) device: Option<String>,
    /// f32, or with the backend tch f16 or bf16 [default: f32]
    #[arg(long, value_name = "KIND")]
    pub(crate) precision: Option<String>,
    /// Pictures a forward pass
    #[arg(long, value_name = "N")]
    pub(crate) batch_size: Option<std::num::NonZeroUsize>,
    /// Threads [default: one a processor]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    /// ONNX, in pure Rust
    Rten,
    /// TorchScript, on libtorch
    Tch,
}

impl Backend {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rten => "rten",
            Self::Tch => "tch",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Rise {
    /// RISE: how many masks [default: 200]
    #[arg(long, value_name = "N")]
    pub(crate) masks: Option<usize>,
    /// RISE: cells a side of a mask [default: 8]
    #[arg(long, value_name = "S")]
    pub(crate) grid: Option<usize>,
    /// RISE: probability that a cell is kept [default: 0.5]
    #[arg(long, value_name = "P")]
    pub(crate) p1: Option<f64>,
    /// RISE: colour of what is hidden [default: 95,96,93]
    #[arg(long, value_name = "R,G,B", value_delimiter = ',', num_args = 1)]
    pub(crate) fill: Option<Vec<u8>>,
    /// RISE: what is subtracted before masks are summed by their scores [default: debiased]
    #[arg(long, value_parser = one_of(RiseEstimator::ALL))]
    pub(crate) estimator: Option<RiseEstimator>,
    /// RISE: how the masks are drawn [default: independent]
    #[arg(long, value_parser = one_of(RiseSampling::ALL))]
    pub(crate) sampling: Option<RiseSampling>,
    /// RISE: stop early, when the maps' standard error is within this share of their largest value
    #[arg(long, value_name = "T")]
    pub(crate) tolerance: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct Perturb {
    /// A png or jpeg picture
    pub(crate) input: PathBuf,
    /// The png to write
    pub(crate) output: PathBuf,
    /// GaussianBlur, SaltNoise, ...; an unknown name lists them all
    #[arg(long, value_name = "NAME")]
    pub(crate) perturber: String,
    /// A parameter of the perturber, such as ksize=11; may be repeated
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(crate) parameters: Vec<String>,
    /// Seed of the one generator that the perturber draws from
    #[arg(long, value_name = "N", default_value_t = 123)]
    pub(crate) seed: u64,
    /// The kind of that generator
    #[arg(long, value_enum, default_value_t = Rng::ChaCha)]
    pub(crate) rng: Rng,
}

#[derive(Debug, Args)]
pub(crate) struct Saliency {
    /// A png or jpeg picture
    pub(crate) image: PathBuf,
    #[command(flatten)]
    pub(crate) model: Model,
    #[command(flatten)]
    pub(crate) rise: Rise,
    /// Seed of the masks
    #[arg(long, value_name = "N", default_value_t = 123)]
    pub(crate) seed: u64,
    /// Explain only the N classes with the highest scores, highest first [default: all, in the model's order]
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<std::num::NonZeroUsize>,
    /// The maps to write, float32 [classes, H, W]; an overlay of the top class stands beside it as png
    #[arg(long, value_name = "FILE", default_value = "maps.npy")]
    pub(crate) out: PathBuf,
}

/// A flag's value as one of an enum's variants, by name.
fn one_of<T>(all: &[T]) -> impl TypedValueParser<Value = T> + use<T>
where
    T: Display + FromStr<Err: std::error::Error + Send + Sync + 'static> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(ToString::to_string)).try_map(|name| name.parse())
}
