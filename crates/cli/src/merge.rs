//! `stressmap merge`: the shards of a study, merged to the whole.

use anyhow::Result;
use study_file::{OutputConfig, StudyFile};
use study_store::Shards;

use crate::args;
use crate::exit::failed;
use crate::run::{open, summarise, watched};

pub(crate) fn run(arguments: &args::Merge) -> Result<()> {
    let shards = Shards::open(&arguments.folders).map_err(|e| failed(e.into(), None))?;
    let folder = arguments.out.clone().unwrap_or_else(|| OutputConfig::default().folder);
    let file = StudyFile::of_shards(&shards, folder).map_err(|e| failed(e, None))?;
    let opened = open(&file, None)?;
    let results = watched("run the same command again", |observer| opened.merge(&shards, observer))?;
    summarise(&opened, None, &results);
    Ok(())
}
