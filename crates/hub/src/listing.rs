//! The files of a commit, in memory and as `huggingface_hub` keeps them: `trees/<commit>.json`.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::checksum::Checksum;
use crate::repo::is_hexadecimal;

/// The only version of the file that there is.
const VERSION: u32 = 1;

/// A file of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) size: u64,
    /// None for files that are known from the cache alone.
    pub(crate) checksum: Option<Checksum>,
}

/// The files of a commit by path.
pub(crate) type Listing = BTreeMap<String, Entry>;

/// An element of the Hub's answer to `/api/models/OWNER/NAME/tree/COMMIT`.
#[derive(Deserialize)]
pub(crate) struct TreeItem {
    r#type: String,
    path: String,
    oid: String,
    size: u64,
    lfs: Option<Lfs>,
    #[serde(rename = "xetHash")]
    xet_hash: Option<String>,
}

#[derive(Deserialize)]
struct Lfs {
    oid: String,
    size: u64,
}

/// What is stored of a file.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Stored {
    size: u64,
    blob_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    lfs_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lfs_size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xet_hash: Option<String>,
}

/// The stored form of a [`Listing`], that of `huggingface_hub`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tree {
    format_version: u32,
    files: BTreeMap<String, Stored>,
}

impl Tree {
    /// The files among the Hub's items.
    pub(crate) fn of(items: Vec<TreeItem>) -> Self {
        let files = items.into_iter().filter(|item| item.r#type == "file").map(|item| {
            let (lfs_sha256, lfs_size) = item.lfs.map(|lfs| (lfs.oid, lfs.size)).unzip();
            let stored =
                Stored { size: item.size, blob_id: item.oid, lfs_sha256, lfs_size, xet_hash: item.xet_hash };
            (item.path, stored)
        });
        Self { format_version: VERSION, files: files.collect() }
    }

    /// The listing, or what is wrong with it: paths and sums become names of files.
    pub(crate) fn listing(&self) -> Result<Listing, String> {
        if self.format_version != VERSION {
            return Err(format!("the listing has the version {}, expected {VERSION}", self.format_version));
        }
        let entry = |(path, stored): (&String, &Stored)| {
            if !is_relative(path) {
                return Err(format!("the path `{path}` leads out of the repository"));
            }
            let (checksum, len, size) = match &stored.lfs_sha256 {
                Some(sum) => (Checksum::Sha256(sum.clone()), 64, stored.lfs_size.unwrap_or(stored.size)),
                None => (Checksum::GitBlob(stored.blob_id.clone()), 40, stored.size),
            };
            if !is_hexadecimal(checksum.value(), len) {
                return Err(format!("{path} has the checksum `{}`, expected {len} digits", checksum.value()));
            }
            Ok((path.clone(), Entry { size, checksum: Some(checksum) }))
        };
        self.files.iter().map(entry).collect()
    }
}

/// Whether a path stays below the folder that it is joined to.
pub(crate) fn is_relative(path: &str) -> bool {
    let normal = |part: Component<'_>| matches!(part, Component::Normal(_));
    !path.is_empty() && !path.contains(['\\', '\0']) && Path::new(path).components().all(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(path: &str, oid: &str) -> Result<Listing, String> {
        let item = serde_json::json!([{"type": "file", "path": path, "oid": oid, "size": 3}]);
        Tree::of(serde_json::from_value(item).unwrap()).listing()
    }

    #[test]
    fn a_stored_listing_is_that_of_huggingface_hub() {
        let (blob, sum) = ("1".repeat(40), "2".repeat(64));
        let items = serde_json::json!([
            {"type": "directory", "path": "onnx", "oid": blob, "size": 0},
            {"type": "file", "path": "config.json", "oid": blob, "size": 519},
            {"type": "file", "path": "m.bin", "oid": blob, "size": 9, "lfs": {"oid": sum, "size": 9, "pointerSize": 134}},
        ]);
        let tree = Tree::of(serde_json::from_value(items).unwrap());
        let stored = serde_json::json!({"format_version": 1, "files": {
            "config.json": {"size": 519, "blob_id": blob},
            "m.bin": {"size": 9, "blob_id": blob, "lfs_sha256": sum, "lfs_size": 9},
        }});
        assert_eq!(serde_json::to_value(&tree).unwrap(), stored);
        let listing = serde_json::from_value::<Tree>(stored).unwrap().listing().unwrap();
        let expected = Entry { size: 9, checksum: Some(Checksum::Sha256(sum)) };
        assert_eq!((listing.len(), &listing["m.bin"]), (2, &expected));
    }

    #[test]
    fn names_that_lead_out_of_the_cache_are_refused() {
        let sum = "1".repeat(40);
        assert!(listing("a/b.json", &sum).is_ok());
        for path in ["../a", "/etc/passwd", "a/../../b", "", "a\\..\\b", "./a"] {
            assert!(listing(path, &sum).is_err(), "{path}");
        }
        for oid in ["", "../../x", "ABCDEF", &"g".repeat(40)] {
            assert!(listing("a", oid).is_err(), "{oid}");
        }
    }
}
