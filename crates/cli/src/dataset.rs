//! Which dataset, and which pictures of it.

use std::path::Path;

use datasets::{LandCover, Selection};
use protocols::{Dataset, Subset};
use study::{Config, Limit};

use crate::failure::{Failure, context};

/// How many tiles of `landcover` there are when all are asked for: as many as EuroSAT's test split has.
const LANDCOVER: usize = 2_700;

pub(crate) fn open(config: &Config) -> Result<Subset<Box<dyn Dataset>>, Failure> {
    let chosen = &config.dataset;
    if let Some(fraction) = chosen.fraction
        && !(fraction > 0.0 && fraction <= 1.0)
    {
        return Err(Failure::usage(format!("--fraction is {fraction}, expected more than 0 and at most 1")));
    }
    let limit = match chosen.limit {
        Limit::All => usize::MAX,
        Limit::First(0) => return Err(Failure::usage("--limit is 0, expected at least 1 or `all`")),
        Limit::First(count) => count,
    };
    let dataset: Box<dyn Dataset> = if chosen.path == Path::new("landcover") {
        let len = match chosen.limit {
            Limit::All => LANDCOVER,
            // A share is of as many tiles as there are in all.
            Limit::First(_) if chosen.fraction.is_some() => LANDCOVER,
            Limit::First(count) => chosen.offset.saturating_add(count),
        };
        Box::new(LandCover::new(len, config.seed).map_err(Failure::run)?)
    } else {
        datasets::open(&chosen.path).map_err(Failure::run)?
    };
    let selection = match chosen.fraction {
        Some(fraction) => Selection::Stratified { fraction, seed: config.seed },
        None => Selection::Range { offset: chosen.offset, limit },
    };
    let named = context(chosen.path.display().to_string());
    let indices = selection.indices(&dataset).map_err(|e| Failure::run(named(e)))?;
    Subset::new(dataset, indices).map_err(Failure::run)
}
