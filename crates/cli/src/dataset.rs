//! Which dataset, and which of its images.

use anyhow::{Error, Result};
use datasets::{LandCover, Note, Notes, OpenOptions, Selection, absent_classes};
use protocols::{Dataset, Subset};
use study::OnError;

use crate::config::{DatasetConfig, Limit, RunConfig};
use crate::exit::wrong;
use crate::progress::note;

/// The number of `landcover` tiles if all are asked for: that of EuroSAT's test split.
const LANDCOVER: usize = 2_700;

/// The chosen images of a dataset.
pub(crate) struct Chosen {
    pub(crate) images: Subset<Box<dyn Dataset>>,
    /// Which of the dataset's images these are.
    pub(crate) selection: Selection,
    /// What was guessed or passed over at opening, for the report.
    pub(crate) notes: Vec<String>,
    /// Files that cannot be opened.
    pub(crate) unreadable: Vec<String>,
    /// What is noticed while images are read.
    pub(crate) later: Notes,
}

impl DatasetConfig {
    /// Which images are taken.
    fn selection(&self, seed: u64) -> Result<Selection> {
        if let Some(fraction) = self.fraction {
            if !(fraction > 0.0 && fraction <= 1.0) {
                return Err(wrong(format!("--fraction is {fraction}, expected more than 0 and at most 1")));
            }
            return Ok(Selection::Stratified { fraction, seed });
        }
        if let Some(count) = self.sample {
            if count == 0 {
                return Err(wrong("--sample is 0, expected at least 1"));
            }
            return Ok(Selection::Balanced { count, seed });
        }
        let limit = match self.limit {
            Some(Limit::First(0)) => return Err(wrong("--limit is 0, expected at least 1 or `all`")),
            Some(Limit::First(count)) => count,
            Some(Limit::All) | None => usize::MAX,
        };
        Ok(Selection::Range { offset: self.offset, limit })
    }
}

/// Opens the chosen images.
pub(crate) fn open(config: &RunConfig) -> Result<Chosen> {
    let (chosen, on_error) = (&config.dataset, config.on_error);
    let selection = chosen.selection(config.seed)?;
    let (dataset, later): (Box<dyn Dataset>, Notes) = if chosen.is_landcover() {
        let len = match selection {
            Selection::Range { limit: usize::MAX, .. } => LANDCOVER,
            Selection::Range { offset, limit } => offset.saturating_add(limit),
            // A share is one of all tiles.
            _ => LANDCOVER,
        };
        (Box::new(LandCover::new(len, config.seed)?), Notes::default())
    } else {
        let opened = open_options(chosen, on_error)?.open(&chosen.path)?;
        (opened.dataset, opened.notes)
    };
    let (mut notes, mut unreadable) = (Vec::new(), Vec::new());
    for found in later.take() {
        match found {
            Note::Skipped { reason, .. } => unreadable.push(reason),
            found => notes.push(found.to_string()),
        }
    }
    let indices = match on_error {
        OnError::Skip => selection.indices_of_readable(&dataset),
        _ => selection.indices(&dataset),
    };
    let indices = indices.map_err(|e| Error::from_boxed(e).context(chosen.path.display().to_string()))?;
    if matches!(selection, Selection::Range { .. }) && !chosen.is_landcover() && indices.len() < dataset.len()
    {
        notes.extend(absent(&dataset, &indices));
    }
    notes.iter().for_each(|text| note(text));
    let images = Subset::new(dataset, indices)?;
    Ok(Chosen { images, selection, notes, unreadable, later })
}

fn open_options(chosen: &DatasetConfig, on_error: OnError) -> Result<OpenOptions> {
    let mut options = OpenOptions::new().skip_unreadable(on_error == OnError::Skip);
    if let Some(split) = &chosen.split {
        options = options.split(split);
    }
    if let Some(column) = &chosen.image_column {
        options = options.image_column(column);
    }
    if let Some(column) = &chosen.label_column {
        options = options.label_column(column);
    }
    if let Some([low, high]) = chosen.sample_range {
        options = options.sample_range(datasets::SampleRange::new(low, high).map_err(crate::exit::usage)?);
    }
    Ok(options)
}

/// Names the classes that the first images leave out, ten at most.
fn absent(dataset: &dyn Dataset, indices: &[usize]) -> Option<String> {
    const MOST: usize = 10;
    let labels = &dataset.metadata().labels;
    let absent = absent_classes(dataset, indices);
    let names: Vec<&str> = absent.iter().take(MOST).map(|&class| labels[class].as_str()).collect();
    let more = if absent.len() > MOST { ", …" } else { "" };
    (!absent.is_empty()).then(|| {
        let (images, classes, all) = (indices.len(), absent.len(), labels.len());
        format!(
            "the {images} images lack {classes} of {all} classes ({}{more}); --sample {images} draws evenly over the classes",
            names.join(", ")
        )
    })
}
