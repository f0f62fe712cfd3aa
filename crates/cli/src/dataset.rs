//! Which dataset, and which of its images.

use std::path::Path;

use anyhow::{Error, Result};
use datasets::{LandCover, Selection};
use protocols::{Dataset, Subset};
use study::OnError;

use crate::config::{Limit, RunConfig};
use crate::exit::wrong;

/// The number of `landcover` tiles if all are asked for: that of EuroSAT's test split.
const LANDCOVER: usize = 2_700;

/// The chosen images of a dataset.
pub(crate) type Chosen = Subset<Box<dyn Dataset>>;

/// Opens the chosen images. If errors are skipped, files of the dataset that cannot be opened are skipped too, and
/// returned.
pub(crate) fn open(config: &RunConfig) -> Result<(Chosen, Vec<String>)> {
    let (chosen, seed, on_error) = (&config.dataset, config.seed, config.on_error);
    if let Some(fraction) = chosen.fraction
        && !(fraction > 0.0 && fraction <= 1.0)
    {
        return Err(wrong(format!("--fraction is {fraction}, expected more than 0 and at most 1")));
    }
    let limit = match chosen.limit {
        Limit::All => usize::MAX,
        Limit::First(0) => return Err(wrong("--limit is 0, expected at least 1 or `all`")),
        Limit::First(count) => count,
    };
    let mut unreadable = Vec::new();
    let dataset: Box<dyn Dataset> = if chosen.path == Path::new("landcover") {
        let len = match chosen.limit {
            Limit::All => LANDCOVER,
            // A share is one of all tiles.
            Limit::First(_) if chosen.fraction.is_some() => LANDCOVER,
            Limit::First(count) => chosen.offset.saturating_add(count),
        };
        Box::new(LandCover::new(len, seed)?)
    } else if on_error == OnError::Skip {
        let (dataset, errors) = datasets::open_readable(&chosen.path)?;
        unreadable.extend(errors.into_iter().map(|error| format!("{:#}", Error::new(error))));
        dataset
    } else {
        datasets::open(&chosen.path)?
    };
    let selection = match chosen.fraction {
        Some(fraction) => Selection::Stratified { fraction, seed },
        None => Selection::Range { offset: chosen.offset, limit },
    };
    let indices = match on_error {
        OnError::Skip => selection.indices_of_readable(&dataset),
        _ => selection.indices(&dataset),
    };
    let indices = indices.map_err(|e| Error::from_boxed(e).context(chosen.path.display().to_string()))?;
    Ok((Subset::new(dataset, indices)?, unreadable))
}
