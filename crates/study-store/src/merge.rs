//! The shards of a study, merged to the whole.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use protocols::{Dataset, Model};
use results::StudyResults;
use serde::de::DeserializeOwned;
use study::{Shard, Study, StudyObserver};

use crate::folder::{is_absent, journal_path};
use crate::header::Header;
use crate::journal::Journal;
use crate::maps::{FinishedMaps, MapRow, Maps, Place};
use crate::record::{self, Record};
use crate::{Error, StudyFolder};

/// The finished shards of one study, all of them.
///
/// ```no_run
/// # fn example(study: &study::Study, dataset: &dyn protocols::Dataset, model: &dyn protocols::Model)
/// # -> Result<(), study_store::Error> {
/// use study_store::{Shards, StudyFolder};
///
/// // A folder that holds `shard-1-of-4` to `shard-4-of-4`, or the folders themselves.
/// let shards = Shards::open(&["runs/blur"])?;
/// let results = shards.merge(&StudyFolder::open("runs/blur")?, study, dataset, model, &mut ())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Shards {
    shards: Vec<FinishedShard>,
}

#[derive(Debug)]
struct FinishedShard {
    folder: PathBuf,
    header: Header,
    shard: Shard,
    records: Vec<Record>,
}

impl Shards {
    /// Reads the shards in these folders, each the folder of one shard, or one that holds folders named `shard-…`.
    ///
    /// # Errors
    ///
    /// [`Error::NoShard`] for a folder that is neither, [`Error::UnfinishedShard`], [`Error::DifferentShards`] if they do
    /// not belong to the same study, [`Error::MissingShards`] unless every shard is there once.
    pub fn open(folders: &[impl AsRef<Path>]) -> Result<Self, Error> {
        let mut shards = Vec::new();
        for folder in folders {
            for folder in shard_folders(folder.as_ref())? {
                shards.push(FinishedShard::read(folder)?);
            }
        }
        shards.sort_by_key(|part| part.shard.number());
        let Some((first, others)) = shards.split_first() else {
            return Err(Error::NoShard { path: PathBuf::new(), source: None });
        };
        let kept = shards.iter().find_map(FinishedShard::keeps_maps);
        for other in others {
            let mut differences = first.header.differences(&other.header);
            if other.keeps_maps().is_some_and(|maps| Some(maps) != kept) {
                differences.push("only one of them has kept its maps".into());
            }
            if differences.is_empty() && other.shard.of() != first.shard.of() {
                differences.push(format!("one is shard {} and the other {}", first.shard, other.shard));
            }
            if !differences.is_empty() {
                let (one, other) = (first.folder.clone(), other.folder.clone());
                return Err(Error::DifferentShards { one, other, differences });
            }
        }
        let of = first.shard.of();
        let given: Vec<usize> = shards.iter().map(|part| part.shard.number()).collect();
        if !given.iter().copied().eq(1..=of) {
            let missing = (1..=of).filter(|number| !given.contains(number)).collect();
            return Err(Error::MissingShards { given, of, missing });
        }
        Ok(Self { shards })
    }

    /// The notes that [`StudyFolder::notes`] stored with the first shard.
    ///
    /// # Errors
    ///
    /// [`Error::Identity`] if they are not of this type.
    pub fn notes<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let notes = self.shards.first().map_or(serde_json::Value::Null, |part| part.header.notes.clone());
        serde_json::from_value(notes).map_err(|source| Error::Identity { source })
    }

    /// Whether the shards have kept their maps; the whole study then keeps them too.
    #[must_use]
    pub fn maps(&self) -> bool {
        let kept = self.shards.iter().find_map(FinishedShard::keeps_maps);
        kept.unwrap_or_else(|| self.shards.first().is_some_and(|part| part.header.maps))
    }

    /// Merges the shards into `folder`: its files are those of one run of the whole study, byte for byte.
    ///
    /// The model is asked again only for sample images of the report.
    ///
    /// # Errors
    ///
    /// [`Error::Different`] if `study`, `dataset`, `model` or the folder's identity is not that of the shards, or the folder
    /// holds another study; [`Error::Unfinished`] if its journal cannot be read; and as [`StudyFolder::resume`].
    pub fn merge(
        &self,
        folder: &StudyFolder,
        study: &Study,
        dataset: &dyn Dataset,
        model: &dyn Model,
        observer: &mut dyn StudyObserver,
    ) -> Result<StudyResults, Error> {
        let folder = folder.clone().save_maps(self.maps());
        let header = folder.header(study, dataset, model);
        if let Some(first) = self.shards.first() {
            same_study(&first.header, &header, &first.folder)?;
        }
        let path = journal_path(folder.path());
        // A journal of the same study is replaced: the shards hold everything that it can hold.
        match Journal::read::<Header, Record>(&path) {
            Ok((found, _)) => {
                let foreign = found.shard.is_some().then(|| "it holds a shard".to_owned());
                let differences: Vec<String> =
                    found.differences(&header).into_iter().chain(foreign).collect();
                if !differences.is_empty() {
                    return Err(Error::Different { folder: folder.path().to_path_buf(), differences });
                }
            }
            Err(error) if is_absent(&error) => {}
            Err(error) => {
                let (folder, damage) = (folder.path().to_path_buf(), Some(error.to_string()));
                return Err(Error::Unfinished { folder, journal: path, damage });
            }
        }
        let mut journal = Journal::create(&path, &header)?;
        let mut records = Vec::new();
        let mut append = |record: Record| -> Result<(), Error> {
            journal.append(&record)?;
            records.push(record);
            Ok(())
        };
        for record in self.shards.iter().flat_map(|part| &part.records) {
            if let Record::Predictions(_) | Record::Skipped(_) = record {
                append(record.clone())?;
            }
        }
        let mut maps = if header.maps { Some(MergedMaps::open(folder.path(), &self.shards)?) } else { None };
        for (place, part, record) in self.explained(study) {
            if let (Some(maps), Record::Explained { maps: Some(row), .. }) = (&mut maps, record) {
                maps.copy(part, place, *row)?;
            }
            append(record.clone())?;
        }
        // The files of maps are opened again to be completed.
        drop(maps);
        folder.execute((journal, records), &header, study, dataset, model, observer)
    }

    /// The explained images of all shards, each with its place and its shard, in the order of the whole study's tables.
    fn explained(&self, study: &Study) -> Vec<(Place, usize, &Record)> {
        let numbers: HashMap<String, usize> = study.settings().map(ToString::to_string).zip(0..).collect();
        let mut rows = Vec::new();
        for (part, shard) in self.shards.iter().enumerate() {
            for record in &shard.records {
                if let Record::Explained { comparison, .. } = record {
                    // A setting that the study does not have is refused when the study is resumed.
                    let number = numbers.get(&comparison.setting.to_string()).copied().unwrap_or(usize::MAX);
                    rows.push(((number, comparison.image_id), part, record));
                }
            }
        }
        rows.sort_by_key(|(place, _, _)| *place);
        rows
    }
}

impl FinishedShard {
    fn read(folder: PathBuf) -> Result<Self, Error> {
        let refused = |source| Error::NoShard { path: folder.clone(), source };
        let (header, records) =
            Journal::read::<Header, Record>(journal_path(&folder)).map_err(|e| refused(Some(e.into())))?;
        let shard = header.shard.ok_or_else(|| refused(Some("it holds a whole study".into())))?;
        if record::unfinished(&records) {
            return Err(Error::UnfinishedShard { path: folder, shard });
        }
        Ok(Self { folder, header, shard, records })
    }

    fn keeps_maps(&self) -> Option<bool> {
        record::keeps_maps(&self.records)
    }
}

fn same_study(shards: &Header, whole: &Header, folder: &Path) -> Result<(), Error> {
    let differences = shards.differences(whole);
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::Different { folder: folder.to_path_buf(), differences })
}

/// A shard's own folder, or the folders of shards in one.
fn shard_folders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = std::fs::read_dir(folder).map_err(|source| Error::Folder {
        path: folder.to_path_buf(),
        what: "read",
        source,
    })?;
    let mut found: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| is_shard(path)).collect();
    found.sort();
    match found.is_empty() {
        true if journal_path(folder).exists() => Ok(vec![folder.to_path_buf()]),
        true => Err(Error::NoShard { path: folder.to_path_buf(), source: None }),
        false => Ok(found),
    }
}

fn is_shard(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("shard-")) && path.is_dir()
}

/// The maps of all shards, copied row by row.
struct MergedMaps {
    into: Maps,
    from: Vec<FinishedMaps>,
}

impl MergedMaps {
    fn open(folder: &Path, shards: &[FinishedShard]) -> Result<Self, Error> {
        let rows = |part: &FinishedShard| {
            let rows = part.records.iter().filter_map(|record| match record {
                Record::Explained { maps, .. } => *maps,
                _ => None,
            });
            FinishedMaps::open(&part.folder, &rows.collect::<Vec<_>>())
        };
        Ok(Self {
            into: Maps::open(folder, Vec::new())?.0,
            from: shards.iter().map(rows).collect::<Result<_, _>>()?,
        })
    }

    fn copy(&mut self, part: usize, place: Place, row: MapRow) -> Result<(), Error> {
        match self.from.get_mut(part) {
            Some(from) => from.copy_next(place, row, &mut self.into),
            None => Ok(()),
        }
    }
}
