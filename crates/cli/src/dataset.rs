//! Which dataset, and which pictures of it.

use std::io::Write;
use std::path::Path;

use datasets::{LandCover, Note, OpenOptions, Selection};
use protocols::{Dataset, Subset};
use study::{Config, Limit, OnError};

use crate::failure::{Failure, context};

/// How many tiles of `landcover` there are when all are asked for: as many as EuroSAT's test split has.
const LANDCOVER: usize = 2_700;

/// The chosen pictures of a dataset.
pub(crate) type Chosen = Subset<Box<dyn Dataset>>;

/// Opens the chosen pictures; where errors are skipped, files of the dataset that cannot be opened are left
/// out, and returned.
pub(crate) fn open(config: &Config) -> Result<(Chosen, Vec<String>), Failure> {
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
    let mut left_out = Vec::new();
    let dataset: Box<dyn Dataset> = if chosen.path == Path::new("landcover") {
        let len = match chosen.limit {
            Limit::All => LANDCOVER,
            // A share is of as many tiles as there are in all.
            Limit::First(_) if chosen.fraction.is_some() => LANDCOVER,
            Limit::First(count) => chosen.offset.saturating_add(count),
        };
        Box::new(LandCover::new(len, config.seed).map_err(Failure::run)?)
    } else {
        let options = OpenOptions::new().skip_unreadable(config.on_error == OnError::Skip);
        let opened = options.open(&chosen.path).map_err(Failure::run)?;
        for note in opened.notes.take() {
            match note {
                Note::Skipped { reason, .. } => left_out.push(reason),
                note => writeln!(std::io::stderr(), "note: {note}").map_err(Failure::run)?,
            }
        }
        opened.dataset
    };
    let selection = match chosen.fraction {
        Some(fraction) => Selection::Stratified { fraction, seed: config.seed },
        None => Selection::Range { offset: chosen.offset, limit },
    };
    let named = context(chosen.path.display().to_string());
    let indices = match config.on_error {
        OnError::Skip => selection.indices_of_readable(&dataset),
        _ => selection.indices(&dataset),
    };
    let indices = indices.map_err(|e| Failure::run(named(e)))?;
    Ok((Subset::new(dataset, indices).map_err(Failure::run)?, left_out))
}
