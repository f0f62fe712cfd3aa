//! `stressmap run`: the whole study, or a part of it.

use anyhow::Result;
use perturb::Registry;
use protocols::Dataset as _;
use results::StudyResults;
use study::Shard;
use study_file::{Error, OpenedStudy, StudyFile};

use crate::args;
use crate::exit::{failed, usage};
use crate::onnx_runtime::onnx_runtime;
use crate::progress::{Meters, note, print};
use crate::stop::Stop;

/// What is left of a download that is stopped.
#[cfg(feature = "hub")]
pub(crate) const PARTS: &str = "what has arrived is kept, and the same command resumes the download";

pub(crate) fn run(arguments: &args::Run) -> Result<()> {
    let file = arguments.config.as_ref().map_or_else(|| Ok(StudyFile::default()), StudyFile::read);
    let file = file.and_then(|file| file.overlaid(arguments)).map_err(|e| failed(e, None))?;
    let shard = arguments.shard.map(|choice| choice.resolve(variable)).transpose().map_err(usage)?;
    let opened = open(&file, shard)?;
    let chosen = opened.images();
    let images = opened.study().images(&chosen.images).len();
    let settings = opened.study().settings().len();
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    print(&format!("{} ({}), {}", count(images, "image"), chosen.selection, count(settings, "setting")));
    chosen.unreadable.iter().for_each(|file| print(&format!("skipped: {file}")));
    let results = watched("finished results are kept, and the same command with --resume continues", |to| {
        if arguments.resume { opened.resume(to) } else { opened.run(to) }
    });
    chosen.later.take().iter().for_each(|found| note(&found.to_string()));
    summarise(&opened, shard, &results?);
    let all = chosen.images.dataset().len();
    if images < all && shard.is_none() && !file.dataset.is_landcover() {
        let times = all as f64 / images as f64;
        print(&format!("--limit all studies all {all} images, which takes about {times:.0} times as long"));
    }
    Ok(())
}

pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Opens what a study file names, and prints what is noticed.
pub(crate) fn open(file: &StudyFile, shard: Option<Shard>) -> Result<OpenedStudy> {
    let mut file = file.clone();
    file.model.onnx_runtime = Some(onnx_runtime());
    let registry = Registry::builtin();
    #[cfg(feature = "hub")]
    if let Some(hub) = file.hub(variable).map_err(usage)? {
        return watched(PARTS, |observer| file.fetch(&hub, &registry, shard, &mut note, observer));
    }
    file.open(&registry, shard, &mut note).map_err(|e| failed(e, None))
}

/// Computes with progress, until a signal stops it; `left` says what is then left of the work.
pub(crate) fn watched<T>(
    left: &'static str,
    compute: impl FnOnce(&mut Meters) -> Result<T, Error>,
) -> Result<T> {
    let stop = Stop::listen(left)?;
    let mut observer = Meters::new(stop.clone());
    let computed = compute(&mut observer);
    drop(observer);
    computed.map_err(|e| failed(e, stop.signal()))
}

/// One line per setting, and where the report is.
pub(crate) fn summarise(opened: &OpenedStudy, shard: Option<Shard>, results: &StudyResults) {
    let folder = opened.folder().display();
    print(&format!("\n{}", results.summary()));
    print(&match shard {
        None => format!("\nThe report is in {folder}"),
        Some(shard) => format!("\nShard {shard} is in {folder}; `stressmap merge` makes the report"),
    });
}
