//! `stressmap merge`: the parts of a study joined to the whole.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use journal::Journal;
use ndarray::{Array3, ArrayView2};
use results::SaliencyComparison;
use study::{Explained, Shard};

use crate::args;
use crate::checkpoint::{self, Header, Record};
use crate::failure::{Failure, context};
use crate::maps::{Checks, MapRows, Maps};
use crate::run;

/// A finished shard.
struct Part {
    folder: PathBuf,
    header: Header,
    shard: Shard,
    records: Vec<Record>,
}

/// Writes the journal that one run would have left, up to its order, and lets that run finish: it has nothing
/// left to find and writes the report.
pub(crate) fn run(arguments: &args::Merge) -> Result<(), Failure> {
    let parts = open(&arguments.folders)?;
    let Some(first) = parts.first() else { return Err(Failure::usage("no shards were given")) };
    let out = arguments.out.clone().unwrap_or_else(|| study::OutputConfig::default().folder);
    let header = first.header.clone().whole(out);
    let config = &header.study;
    let folder = &config.output.folder;
    std::fs::create_dir_all(folder)
        .map_err(|e| Failure::run(context(format!("cannot make the folder {}", folder.display()))(e)))?;
    let mut journal = begin(folder, &header)?;
    let mut append = |record: &Record| journal.append(record).map_err(Failure::run);

    let order: HashMap<String, usize> =
        run::study(config, None)?.setting_names().map(ToString::to_string).zip(0..).collect();
    let mut explained = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let mut rows = 0;
        for record in &part.records {
            match record {
                Record::Comparison(row, checks) => {
                    let setting = order.get(&row.setting.to_string()).copied();
                    explained.push((setting, row.image_id, (row, *checks, number, rows)));
                    rows += 1;
                }
                Record::Finished => {}
                record => append(record)?,
            }
        }
    }
    explained.sort_by_key(|&(setting, image, _)| (setting, image));
    let mut maps = if config.output.save_maps { Some(JoinedMaps::open(folder, &parts)?) } else { None };
    for (_, _, (row, checks, part, at)) in explained {
        if let (Some(maps), Some(checks)) = (&mut maps, checks) {
            maps.copy(part, at, checks)?;
        }
        append(&Record::Comparison(SaliencyComparison::clone(row), checks))?;
    }
    drop(journal);
    run::execute(config, None, true)
}

/// The shards of one study, all of them, in their order.
fn open(folders: &[PathBuf]) -> Result<Vec<Part>, Failure> {
    let mut parts = Vec::new();
    for folder in folders {
        for folder in shard_folders(folder)? {
            let (header, shard, records) = checkpoint::read_shard(&folder)?;
            parts.push(Part { folder, header, shard, records });
        }
    }
    parts.sort_by_key(|part| part.shard.number());
    let Some((first, others)) = parts.split_first() else { return Ok(parts) };
    for part in others {
        let differences = first.header.differences(&part.header)?;
        if !differences.is_empty() || part.shard.of() != first.shard.of() {
            let (ours, theirs) = (first.folder.display(), part.folder.display());
            let what = if differences.is_empty() {
                format!("one is shard {} and the other {}", first.shard, part.shard)
            } else {
                differences.join("; ")
            };
            return Err(Failure::usage(format!("{ours} and {theirs} are not of one study: {what}")));
        }
    }
    let given: Vec<usize> = parts.iter().map(|part| part.shard.number()).collect();
    let expected: Vec<usize> = (1..=first.shard.of()).collect();
    if given != expected {
        let missing: Vec<_> = expected.iter().filter(|number| !given.contains(number)).collect();
        return Err(Failure::usage(format!(
            "there are shards {given:?} of {}, expected each once; {missing:?} are missing",
            first.shard.of()
        )));
    }
    Ok(parts)
}

/// A shard's own folder, or the shards' folders below one.
fn shard_folders(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if checkpoint::path(folder).exists() && !holds_shards(folder) {
        return Ok(vec![folder.to_path_buf()]);
    }
    let named = || context(format!("cannot read {}", folder.display()));
    let entries = std::fs::read_dir(folder).map_err(|e| Failure::run(named()(e)))?;
    let mut found: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| is_shard(path)).collect();
    found.sort();
    if found.is_empty() {
        let what =
            "expected a folder that `stressmap run --shard` has written, or one that holds such folders";
        return Err(Failure::run(format!("{}: {what}", folder.display())));
    }
    Ok(found)
}

fn holds_shards(folder: &Path) -> bool {
    std::fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| is_shard(&entry.path()))
}

fn is_shard(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("shard-")) && path.is_dir()
}

/// Begins the journal of the whole, over one of the same study: the shards hold whatever that held.
fn begin(folder: &Path, header: &Header) -> Result<Journal, Failure> {
    let path = checkpoint::path(folder);
    if let Ok((found, _)) = Journal::read::<Header, Record>(&path)
        && (found.shard.is_some() || !found.differences(header)?.is_empty())
    {
        let what = "holds a run of another study: name another folder by --out";
        return Err(Failure::usage(format!("{} {what}", folder.display())));
    }
    Journal::create(path, header).map_err(Failure::run)
}

/// The maps of all parts, to be copied row by row.
struct JoinedMaps {
    into: Maps,
    from: Vec<Option<[MapRows; 2]>>,
}

impl JoinedMaps {
    fn open(folder: &Path, parts: &[Part]) -> Result<Self, Failure> {
        let explained = |record: &Record| matches!(record, Record::Comparison(..));
        let rows = |part: &Part| {
            // A part of which nothing was explained has no files.
            part.records.iter().any(explained).then(|| MapRows::open(&part.folder)).transpose()
        };
        Ok(Self { into: Maps::open(folder, &[])?, from: parts.iter().map(rows).collect::<Result<_, _>>()? })
    }

    fn copy(&mut self, part: usize, row: usize, checks: Checks) -> Result<(), Failure> {
        let Some(Some([truth, predicted])) = self.from.get_mut(part) else { return Ok(()) };
        let size = truth.size;
        let (truth, predicted) = (truth.row(row, checks[0])?, predicted.row(row, checks[1])?);
        let view = |values| ArrayView2::from_shape(size, values).map_err(Failure::run);
        let image = Array3::zeros((0, 0, 0));
        let explained = Explained { image: image.view(), truth: view(&truth)?, predicted: view(&predicted)? };
        self.into.push(explained).map_err(Failure::run)?;
        Ok(())
    }
}
