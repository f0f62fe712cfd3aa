//! Datasets of the Hugging Face Hub.

use std::path::{Path, PathBuf};

use hub::{Hub, Repo, RepoKind, Repository};
use protocols::Observer;

use crate::listing::{Listing, note_passed_over};
use crate::note::{Note, Notes};
use crate::open::{Found, OpenOptions, OpenedDataset, parquet_files};
use crate::{ChosenImages, DatasetConfig, Error, HuggingFaceParquet, split};

/// The branch on which the Hub keeps every dataset as parquet: `<config>/<split>/0000.parquet`.
const CONVERTED: &str = "refs/convert/parquet";

/// A dataset whose files are on this machine.
///
/// ```
/// use datasets::DatasetConfig;
/// use hub::Hub;
///
/// // What is not on the Hub is as it was.
/// let hub = Hub::builder().offline(true).build()?;
/// let fetched = DatasetConfig::default().fetch(&hub, &mut ())?;
/// assert_eq!(fetched.pinned, DatasetConfig::default());
/// assert_eq!(fetched.open(123, false)?.images.indices().len(), 27);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct FetchedDataset {
    /// The same choice of images, with the commit in the place of a branch: `hf:OWNER/NAME@COMMIT`. It gives the same images
    /// again.
    pub pinned: DatasetConfig,
    /// What was fetched, if anything had to be.
    files: Option<Files>,
}

/// The parquet files of a repository's commit.
#[derive(Debug)]
struct Files {
    /// Such as `cm93/eurosat`.
    id: String,
    folder: PathBuf,
    /// All that are listed, with their splits; those of the split that is read are on this machine.
    found: Vec<Found>,
    /// Whether there may be more than are known.
    unlisted: bool,
}

impl DatasetConfig {
    /// Fetches a dataset whose path is `hf:OWNER/NAME` or `hf:OWNER/NAME@REVISION`: the parquet files of its split, in `data/` or
    /// at the root, or else those of the branch `refs/convert/parquet`. Any other dataset stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::Hub`] for what cannot be downloaded, [`Error::NoParquet`] if the Hub has the dataset in other forms only,
    /// [`Error::Split`] and [`Error::SplitChoice`] for its splits, [`Error::SeveralDatasets`] if it has several configurations,
    /// and [`Error::Incomplete`] if the cache has a part of the split and may not fetch the rest.
    pub fn fetch(&self, hub: &Hub, observer: &mut dyn Observer) -> Result<FetchedDataset, Error> {
        let Some(repo) = self.path.to_str().filter(|path| Repo::is_named_by(path)) else {
            return Ok(FetchedDataset { pinned: self.clone(), files: None });
        };
        let repo: Repo = repo.parse()?;
        let (repository, found) = parquet(hub, &repo, observer)?;
        let path = PathBuf::from(repository.pinned().to_string());
        let splits: Vec<_> = found.iter().map(|(_, split)| split.clone()).collect();
        let choice = split::choose(&path, self.split.as_deref(), &splits, &Notes::default())?;
        let chosen = found.iter().filter(|(_, split)| choice.takes(split.as_deref()));
        let files: Vec<String> = chosen.map(|(file, _)| file.to_string_lossy().into_owned()).collect();
        if !repository.is_listed() {
            all_shards(&path, &files)?;
        }
        let folder = repository.fetch(&files, observer)?;
        let found = found.into_iter().map(|(file, split)| (folder.join(file), split)).collect();
        let files = Files { id: repo.id().to_owned(), folder, found, unlisted: !repository.is_listed() };
        Ok(FetchedDataset { pinned: Self { path, ..self.clone() }, files: Some(files) })
    }
}

impl FetchedDataset {
    /// Opens the dataset and chooses its images, as [`DatasetConfig::open`].
    ///
    /// # Errors
    ///
    /// As [`DatasetConfig::open`].
    pub fn open(&self, seed: u64, skip_unreadable: bool) -> Result<ChosenImages, Error> {
        match &self.files {
            None => self.pinned.open(seed, skip_unreadable),
            Some(files) => {
                let open = |options: &OpenOptions| files.open(&self.pinned.path, options);
                let mut chosen = self.pinned.open_by(seed, skip_unreadable, open)?;
                // A report names the repository: where the cache is differs between machines.
                let (folder, name) =
                    (files.folder.display().to_string(), self.pinned.path.display().to_string());
                for text in chosen.notes.iter_mut().chain(&mut chosen.unreadable) {
                    *text = text.replace(&folder, &name);
                }
                Ok(chosen)
            }
        }
    }
}

impl Files {
    /// Opens the files under the repository's name: where the cache is, and what else it holds, changes nothing.
    fn open(&self, path: &Path, options: &OpenOptions) -> Result<OpenedDataset, Error> {
        let named = self.found.iter().filter(|(_, split)| split.is_some()).count();
        let (found, unnamed): (Vec<Found>, Vec<Found>) =
            self.found.iter().cloned().partition(|(_, split)| named == 0 || split.is_some());
        let dataset = HuggingFaceParquet::from_found(&self.id, path, found, options)?;
        let below = |(file, _): &'_ Found| file.strip_prefix(&self.folder).unwrap_or(file).to_path_buf();
        let unnamed: Vec<PathBuf> = unnamed.iter().map(below).collect();
        note_passed_over(path, unnamed.iter().map(PathBuf::as_path), dataset.notes());
        if self.unlisted {
            dataset.notes().push(Note::Unlisted { path: path.to_path_buf() });
        }
        Ok(dataset.into())
    }
}

/// The repository's commit that holds the dataset as parquet, and its files there, relative to its root.
fn parquet<'a>(
    hub: &'a Hub,
    repo: &Repo,
    observer: &mut dyn Observer,
) -> Result<(Repository<'a>, Vec<Found>), Error> {
    let repository = hub.repository(repo, RepoKind::Dataset, observer)?;
    let own = match of(&repository) {
        Ok(Some(found)) => return Ok((repository, found)),
        Ok(None) => Error::NoParquet { repo: repository.pinned().to_string(), present: repository.summary() },
        Err(error) => error,
    };
    // A commit is what was asked for; its conversion would be that of another.
    if repo.revision() != "main" {
        return Err(own);
    }
    let converted = match hub.repository(&repo.at(CONVERTED)?, RepoKind::Dataset, observer) {
        Ok(converted) => converted,
        Err(hub::Error::NoRevision { .. } | hub::Error::NotCached { .. }) => return Err(own),
        Err(error) => return Err(error.into()),
    };
    match of(&converted)? {
        Some(found) => Ok((converted, found)),
        None => Err(own),
    }
}

/// The parquet files of a repository that are what it is about: in its root or `data`, or in places that tell their splits.
fn of(repository: &Repository<'_>) -> Result<Option<Vec<Found>>, Error> {
    let listing = Listing::of_names(repository.files());
    let placed = |(file, split): &Found| {
        let parent = file.parent();
        split.is_some() || parent == Some(Path::new("")) || parent == Some(Path::new("data"))
    };
    match parquet_files(&listing) {
        Err(Error::SeveralDatasets { datasets, .. }) => {
            Err(Error::SeveralDatasets { path: repository.pinned().to_string().into(), datasets })
        }
        found => Ok(found?.filter(|found| found.iter().all(placed))),
    }
}

/// Refuses a part of a split, where file names such as `test-00000-of-00002` tell that there are more.
fn all_shards(path: &Path, files: &[String]) -> Result<(), Error> {
    let total = |file: &String| {
        let (_, total) = file.rsplit_once("-of-")?;
        total.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok()
    };
    match files.iter().find_map(total) {
        Some(expected) if files.len() < expected => {
            Err(Error::Incomplete { path: path.to_path_buf(), found: files.len(), expected })
        }
        _ => Ok(()),
    }
}
