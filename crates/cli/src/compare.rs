//! `stressmap compare`: finished runs of several models, side by side.

use anyhow::Result;
use report::Comparison;
use results::StudyResults;
use study_file::StudyFile;
use study_store::{FinishedRun, write_comparison};

use crate::args;
use crate::exit::{failed, usage};
use crate::progress::print;
use crate::run::open;

pub(crate) fn run(arguments: &args::Compare) -> Result<()> {
    let runs: Result<Vec<FinishedRun>, _> = arguments.runs.iter().map(FinishedRun::open).collect();
    let runs = runs.map_err(|e| failed(e.into(), None))?;
    let studies: Vec<StudyResults> = runs.iter().map(|run| run.results().clone()).collect();
    let comparison = Comparison::new(&studies).map_err(usage)?;
    let shown = comparison.shown();
    let mut images = Vec::new();
    for run in runs.iter().filter(|_| !shown.is_empty()) {
        let opened = open(&StudyFile::of_run(run).map_err(|e| failed(e, None))?, None)?;
        images.push(opened.explain(run, &shown).map_err(|e| failed(e, None))?);
    }
    write_comparison(&arguments.out, &comparison.images(&images)).map_err(|e| failed(e.into(), None))?;
    print(&format!("The comparison is in {}", arguments.out.join("comparison.html").display()));
    Ok(())
}
