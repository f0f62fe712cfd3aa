use std::collections::BTreeMap;
use std::path::PathBuf;

use protocols::{Observer, Pass};
use serde::Deserialize;

use crate::cache::{RepoFolder, has_size};
use crate::checksum::Checksum;
use crate::client::encoded;
use crate::download::{Download, Interruption, part_size};
use crate::listing::{Entry, Listing, Tree, TreeItem};
use crate::repo::is_commit;
use crate::{Error, Hub, Repo, RepoKind};

/// Files that an error lists.
const LISTED: usize = 20;

/// A repository at a commit.
#[derive(Debug)]
pub struct Repository<'a> {
    hub: &'a Hub,
    kind: RepoKind,
    /// As it was asked for.
    repo: Repo,
    commit: String,
    folder: RepoFolder,
    listing: Listing,
    is_listed: bool,
}

/// The Hub's answer to `/api/models/OWNER/NAME/revision/REVISION`, as far as it is read.
#[derive(Deserialize)]
struct Info {
    sha: String,
}

pub(crate) fn resolve<'a>(
    hub: &'a Hub,
    repo: &Repo,
    kind: RepoKind,
    observer: &mut dyn Observer,
) -> Result<Repository<'a>, Error> {
    let folder = RepoFolder::new(&hub.cache, kind, repo);
    let revision = repo.revision();
    let not_cached = || Error::NotCached {
        cache: hub.cache.clone(),
        what: format!("the revision `{revision}`"),
        kind,
        repo: repo.clone(),
    };
    let commit = if is_commit(revision) {
        revision.to_owned()
    } else if hub.offline {
        folder.commit_of(revision).ok_or_else(not_cached)?
    } else {
        let url = hub.client.api_url(kind, repo, &format!("revision/{}", encoded(revision, "")));
        let (Info { sha }, _) = hub.client.json(&url, kind, repo, &hub.cache, observer)?;
        if !is_commit(&sha) {
            return Err(Error::Answer { url, problem: format!("the commit is `{sha}`, expected 40 digits") });
        }
        folder.keep_commit(revision, &sha)?;
        sha
    };
    let (listing, is_listed) = match folder.listing(&commit) {
        Some(listing) => (listing, true),
        None if hub.offline => (folder.cached(&commit).ok_or_else(not_cached)?, false),
        None => {
            let tree = tree(hub, repo, kind, &commit, observer)?;
            let url = || hub.client.api_url(kind, repo, "tree");
            let listing = tree.listing().map_err(|problem| Error::Answer { url: url(), problem })?;
            folder.keep_listing(&commit, &tree)?;
            (listing, true)
        }
    };
    Ok(Repository { hub, kind, repo: repo.clone(), commit, folder, listing, is_listed })
}

/// Lists the files of a commit, page by page.
fn tree(
    hub: &Hub,
    repo: &Repo,
    kind: RepoKind,
    commit: &str,
    observer: &mut dyn Observer,
) -> Result<Tree, Error> {
    let first = hub.client.api_url(kind, repo, &format!("tree/{commit}?recursive=true&expand=false"));
    let mut items: Vec<TreeItem> = Vec::new();
    let mut url = first.clone();
    loop {
        let (page, headers): (Vec<TreeItem>, _) = hub.client.json(&url, kind, repo, &hub.cache, observer)?;
        let len = page.len();
        items.extend(page);
        let link = headers.get("link").and_then(|link| link.to_str().ok()).unwrap_or_default();
        // Only the query is followed: a mirror's links may lead to another host, which must not see the token.
        let next = link.split(',').find(|link| link.contains("rel=\"next\"")).and_then(|link| {
            let (_, query) = link.split_once('<')?.1.split_once('>')?.0.split_once('?')?;
            Some(hub.client.api_url(kind, repo, &format!("tree/{commit}?{query}")))
        });
        match next {
            Some(next) if next != url && len > 0 => url = next,
            _ => return Ok(Tree::of(items)),
        }
    }
}

impl Repository<'_> {
    /// The repository's name with the commit as its revision, which gives the same files again.
    #[must_use]
    pub fn pinned(&self) -> Repo {
        self.repo.at(&self.commit).unwrap_or_else(|_| self.repo.clone())
    }

    /// The commit.
    #[must_use]
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// The paths of the commit's files, sorted.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.listing.keys().map(String::as_str)
    }

    /// Whether the commit has such a file.
    #[must_use]
    pub fn has(&self, file: &str) -> bool {
        self.listing.contains_key(file)
    }

    /// Whether [`files`](Self::files) are all of the commit's. Offline, if another program filled the cache without
    /// listing the commit, they are only those in the cache.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// The folder in the cache that holds the commit's files, as far as they were fetched.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.snapshot(&self.commit)
    }

    /// The files in a few words, for errors: `config.json, model.onnx and 3 more`.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut names: Vec<&str> = self.files().take(LISTED).collect();
        names.extend(self.listing.is_empty().then_some("nothing"));
        match self.listing.len().saturating_sub(LISTED) {
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// Downloads those of the files that are not in the cache, and returns [`folder`](Self::folder). The observer is
    /// told of bytes, and may stop the download.
    ///
    /// # Errors
    ///
    /// [`Error::NoFile`] for a file that the commit does not have, and [`Error::NotCached`] for one that would have
    /// to be downloaded if that is forbidden; [`Error::Gated`], [`Error::NoNetwork`] and the like as
    /// [`Hub::repository`]; [`Error::Broken`] and [`Error::Checksum`] for what does not arrive whole; [`Error::Io`]
    /// for the cache itself; [`Error::Stopped`] if the observer asks for it.
    pub fn fetch<S: AsRef<str>>(&self, files: &[S], observer: &mut dyn Observer) -> Result<PathBuf, Error> {
        let mut missing: BTreeMap<&str, &Entry> = BTreeMap::new();
        for file in files.iter().map(AsRef::as_ref) {
            let Some((path, entry)) = self.listing.get_key_value(file) else {
                return Err(Error::NoFile {
                    repo: self.pinned(),
                    file: file.to_owned(),
                    present: self.summary(),
                });
            };
            if !self.folder.has(&self.commit, file, entry.size) {
                missing.insert(path, entry);
            }
        }
        if missing.is_empty() {
            return Ok(self.folder());
        }
        let mut downloads: Vec<(&str, u64, &Checksum)> = Vec::new();
        for (file, entry) in &missing {
            match &entry.checksum {
                Some(checksum) if has_size(&self.folder.blob(checksum.value()), entry.size) => {
                    self.folder.link(&self.commit, file, checksum.value())?;
                }
                Some(checksum) if !self.hub.offline => downloads.push((file, entry.size, checksum)),
                _ => {
                    let names: Vec<&str> = missing.keys().copied().collect();
                    return Err(Error::NotCached {
                        cache: self.hub.cache.clone(),
                        what: names.join(", "),
                        kind: self.kind,
                        repo: self.pinned(),
                    });
                }
            }
        }
        if !downloads.is_empty() {
            self.download(&downloads, observer)?;
        }
        Ok(self.folder())
    }

    fn download(&self, files: &[(&str, u64, &Checksum)], observer: &mut dyn Observer) -> Result<(), Error> {
        let count = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        let total: usize = files.iter().map(|(_, size, _)| count(*size)).sum();
        let part = |(_, size, checksum): &(&str, u64, &Checksum)| {
            count(part_size(&self.folder.blob(checksum.value())).min(*size))
        };
        let mut counting = Counting { done: files.iter().map(part).sum(), observer };
        counting.observer.started(Pass::new("download", "bytes", Some(total)).done(counting.done));
        for &(file, size, checksum) in files {
            let download = Download {
                client: &self.hub.client,
                kind: self.kind,
                repo: &self.repo,
                folder: &self.folder,
                commit: &self.commit,
                file,
                size,
                checksum,
            };
            download.run(&mut counting).map_err(|interruption| match interruption {
                Interruption::Failed(error) => error,
                Interruption::Stopped => Error::Stopped { done: counting.done, total },
            })?;
            self.folder.link(&self.commit, file, checksum.value())?;
        }
        Ok(())
    }
}

/// Counts what its observer is told of.
struct Counting<'a> {
    done: usize,
    observer: &'a mut dyn Observer,
}

impl Observer for Counting<'_> {
    fn advanced(&mut self, count: usize) -> std::ops::ControlFlow<()> {
        self.done += count;
        self.observer.advanced(count)
    }
}
