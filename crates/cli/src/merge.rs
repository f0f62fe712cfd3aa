//! `stressmap merge`: the shards of a study, merged to the whole.

use anyhow::Result;
use study_store::Shards;

use crate::args;
use crate::config::{OutputConfig, RunConfig};
use crate::exit::of_store;
use crate::progress::Meters;
use crate::run::{Prepared, summarise};
use crate::stop::Stop;

pub(crate) fn run(arguments: &args::Merge) -> Result<()> {
    let shards = Shards::open(&arguments.folders).map_err(|e| of_store(e, None))?;
    let mut config: RunConfig = shards.notes()?;
    config.output.folder = arguments.out.clone().unwrap_or_else(|| OutputConfig::default().folder);
    config.output.save_maps = shards.maps();
    let Prepared { study, chosen, model, folder } = Prepared::new(&config, None)?;
    let stop = Stop::listen("run the same command again")?;
    let mut observer = Meters::new(stop.clone());
    let results = shards.merge(&folder, &study, &chosen.images, &model, &mut observer);
    drop(observer);
    summarise(folder.path(), None, &results.map_err(|e| of_store(e, stop.signal()))?);
    Ok(())
}
