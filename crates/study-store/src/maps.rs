//! The files `truth.npy` and `predicted.npy`: one pair of files for each size of map.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ndarray::ArrayView2;
use protocols::BoxError;
use results::SaliencyComparison;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::file::write_atomically;
use crate::map_file::{MapFile, MapRows, Size};

const NAMES: [&str; 2] = ["truth", "predicted"];

/// An image's row in the two files of its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MapRow {
    size: Size,
    /// The checksums of the true and of the predicted class's map.
    checks: [u32; 2],
}

/// The maps of a study while it runs.
pub(crate) struct Maps {
    folder: PathBuf,
    files: BTreeMap<Size, [MapFile; 2]>,
}

impl Maps {
    /// Starts new files, or resumes those of an earlier run, whose rows are these. Returns how many of the rows, counted
    /// from the first, the files hold undamaged.
    pub(crate) fn open(folder: &Path, rows: &[MapRow]) -> Result<(Self, usize), Error> {
        let mut maps = Self { folder: folder.to_path_buf(), files: BTreeMap::new() };
        if rows.is_empty() {
            remove_temporary_maps(folder)?;
            return Ok((maps, 0));
        }
        let mut checks: BTreeMap<Size, Vec<[u32; 2]>> = BTreeMap::new();
        for row in rows {
            checks.entry(row.size).or_default().push(row.checks);
        }
        let one_size = checks.len() == 1;
        for (&size, checks) in &checks {
            // A run that had finished, or nearly, has given the files their names.
            for name in NAMES {
                let (path, temporary) = (path(folder, name, size, one_size), temporary(folder, name, size));
                if !temporary.exists() && path.exists() {
                    let failed =
                        |source: std::io::Error| Error::Maps { path: path.clone(), source: source.into() };
                    std::fs::rename(&path, temporary).map_err(failed)?;
                }
            }
            maps.file(size, checks)?;
        }
        let mut intact: BTreeMap<Size, usize> = BTreeMap::new();
        let mut count = 0;
        for row in rows {
            let taken = intact.entry(row.size).or_default();
            let held =
                maps.files.get(&row.size).map_or(0, |[truth, predicted]| truth.rows().min(predicted.rows()));
            if *taken == held {
                break;
            }
            *taken += 1;
            count += 1;
        }
        for (size, files) in &mut maps.files {
            let rows = intact.get(size).copied().unwrap_or(0);
            files.iter_mut().for_each(|file| file.truncate(rows));
        }
        Ok((maps, count))
    }

    /// Appends an image's two maps, which have the same size.
    pub(crate) fn push(
        &mut self,
        truth: ArrayView2<'_, f32>,
        predicted: ArrayView2<'_, f32>,
    ) -> Result<MapRow, Error> {
        let size = truth.dim();
        let folder = self.folder.clone();
        let [truth_file, predicted_file] = self.file(size, &[])?;
        let written = |name, row: Result<u32, BoxError>| {
            row.map_err(|source| Error::Write { path: temporary(&folder, name, size), source })
        };
        let checks = [
            written("truth", truth_file.push(truth))?,
            written("predicted", predicted_file.push(predicted))?,
        ];
        Ok(MapRow { size, checks })
    }

    /// Gives the files their names: `truth.npy` and `predicted.npy` for maps of one size, else one pair of files for each
    /// size, and `maps.csv`, which says where each row's maps are.
    pub(crate) fn finish(mut self, rows: &[SaliencyComparison], sizes: &[Size]) -> Result<(), Error> {
        self.files.retain(|_, [truth, _]| truth.rows() > 0);
        let one_size = self.files.len() <= 1;
        for (size, files) in self.files {
            for (name, file) in NAMES.into_iter().zip(files) {
                let path = path(&self.folder, name, size, one_size);
                file.finish(&path).map_err(|source| Error::Write { path, source })?;
            }
        }
        if one_size {
            return Ok(());
        }
        write_atomically(&self.folder.join("maps.csv"), |out| index(rows, sizes, out))
    }

    fn file(&mut self, size: Size, checks: &[[u32; 2]]) -> Result<&mut [MapFile; 2], Error> {
        use std::collections::btree_map::Entry;

        let folder = &self.folder;
        let open = |name, checks: Vec<u32>| {
            let path = temporary(folder, name, size);
            MapFile::open(path.clone(), size, &checks).map_err(|source| Error::Maps { path, source })
        };
        match self.files.entry(size) {
            Entry::Occupied(files) => Ok(files.into_mut()),
            Entry::Vacant(place) => {
                let [truth, predicted] = NAMES;
                let truth = open(truth, checks.iter().map(|[truth, _]| *truth).collect())?;
                let predicted = open(predicted, checks.iter().map(|[_, predicted]| *predicted).collect())?;
                Ok(place.insert([truth, predicted]))
            }
        }
    }
}

/// One line per row of the table: its place in the files of its size.
fn index(rows: &[SaliencyComparison], sizes: &[Size], mut out: impl std::io::Write) -> std::io::Result<()> {
    let mut taken: BTreeMap<Size, usize> = BTreeMap::new();
    writeln!(out, "perturber,parameter,value,image_id,height,width,row")?;
    for (row, size @ (height, width)) in rows.iter().zip(sizes) {
        let at = taken.entry(*size).or_default();
        let setting = &row.setting;
        let perturber = setting.perturber.replace('"', "\"\"");
        writeln!(
            out,
            "\"{perturber}\",{},{},{},{height},{width},{at}",
            setting.parameter, setting.value, row.image_id
        )?;
        *at += 1;
    }
    Ok(())
}

impl MapRow {
    pub(crate) fn size(&self) -> Size {
        self.size
    }
}

/// The maps of a finished shard.
pub(crate) struct FinishedMaps {
    folder: PathBuf,
    one_size: bool,
    files: BTreeMap<Size, [MapRows; 2]>,
    /// The rows read so far, by size.
    taken: BTreeMap<Size, usize>,
}

impl FinishedMaps {
    /// The files of a shard that has these rows.
    pub(crate) fn open(folder: &Path, rows: &[MapRow]) -> Result<Self, Error> {
        let mut sizes: Vec<Size> = rows.iter().map(MapRow::size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let one_size = sizes.len() <= 1;
        let mut files = BTreeMap::new();
        for size in sizes {
            let open = |name| {
                let path = path(folder, name, size, one_size);
                MapRows::open(&path).map_err(|source| Error::Maps { path, source })
            };
            files.insert(size, [open("truth")?, open("predicted")?]);
        }
        Ok(Self { folder: folder.to_path_buf(), one_size, files, taken: BTreeMap::new() })
    }

    /// Copies the shard's next row.
    pub(crate) fn copy_next(&mut self, row: MapRow, into: &mut Maps) -> Result<(), Error> {
        let at = self.taken.entry(row.size).or_default();
        let Some([truth, predicted]) = self.files.get_mut(&row.size) else { return Ok(()) };
        let failed = |name| {
            let path = path(&self.folder, name, row.size, self.one_size);
            move |source| Error::Maps { path, source }
        };
        let [truth_check, predicted_check] = row.checks;
        let truth = truth.row(*at, truth_check).map_err(failed("truth"))?;
        let predicted = predicted.row(*at, predicted_check).map_err(failed("predicted"))?;
        *at += 1;
        let view = |values| ArrayView2::from_shape(row.size, values).map_err(|e| failed("truth")(e.into()));
        let (truth, predicted) = (view(&truth)?, view(&predicted)?);
        into.push(truth, predicted)?;
        Ok(())
    }
}

fn path(folder: &Path, name: &str, (height, width): Size, one_size: bool) -> PathBuf {
    folder.join(if one_size { format!("{name}.npy") } else { format!("{name}-{height}x{width}.npy") })
}

fn temporary(folder: &Path, name: &str, (height, width): Size) -> PathBuf {
    folder.join(format!(".{name}-{height}x{width}.npy.part"))
}

/// Removes what an earlier run has left.
fn remove_temporary_maps(folder: &Path) -> Result<(), Error> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let ours =
            NAMES.iter().any(|known| name.starts_with(&format!(".{known}-"))) && name.ends_with(".npy.part");
        if ours {
            std::fs::remove_file(&path).map_err(|e| Error::Maps { path: path.clone(), source: e.into() })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3, Axis};

    use super::*;

    fn map(value: f32) -> Array2<f32> {
        Array2::from_elem((3, 5), value)
    }

    fn push(maps: &mut Maps, value: f32) -> MapRow {
        maps.push(map(value).view(), map(-value).view()).unwrap()
    }

    #[test]
    fn files_are_resumed_after_the_last_undamaged_row() {
        let folder = tempfile::tempdir().unwrap();
        let (mut maps, _) = Maps::open(folder.path(), &[]).unwrap();
        let mut rows: Vec<_> = (0..4).map(|value| push(&mut maps, value as f32)).collect();
        drop(maps);
        assert!(!folder.path().join("truth.npy").exists());
        // The third row of one file is damaged, as a power failure may leave it.
        let temporary = folder.path().join(".predicted-3x5.npy.part");
        let mut bytes = std::fs::read(&temporary).unwrap();
        bytes[128 + 2 * 60 + 7] ^= 1;
        std::fs::write(&temporary, bytes).unwrap();

        let (mut maps, intact) = Maps::open(folder.path(), &rows).unwrap();
        assert_eq!(intact, 2);
        rows.truncate(2);
        rows.push(push(&mut maps, 7.0));
        maps.finish(&[], &[]).unwrap();
        // The files have their names, and the run is resumed once more.
        let (maps, intact) = Maps::open(folder.path(), &rows).unwrap();
        assert_eq!(intact, 3);
        maps.finish(&[], &[]).unwrap();

        for (name, sign) in [("truth", 1.0), ("predicted", -1.0)] {
            let read: Array3<f32> = ndarray_npy::read_npy(folder.path().join(format!("{name}.npy"))).unwrap();
            let expected = ndarray::stack![Axis(0), map(0.0), map(sign), map(7.0 * sign)];
            assert_eq!(read, expected);
        }
        let mut finished = FinishedMaps::open(folder.path(), &rows).unwrap();
        let other = tempfile::tempdir().unwrap();
        let (mut copy, _) = Maps::open(other.path(), &[]).unwrap();
        rows.iter().for_each(|&row| finished.copy_next(row, &mut copy).unwrap());
        copy.finish(&[], &[]).unwrap();
        let read = |folder: &tempfile::TempDir| std::fs::read(folder.path().join("truth.npy")).unwrap();
        assert!(read(&folder) == read(&other));
        let wrong = MapRow { checks: [1, 2], ..rows[0] };
        let mut finished = FinishedMaps::open(folder.path(), &rows).unwrap();
        assert!(finished.copy_next(wrong, &mut Maps::open(other.path(), &[]).unwrap().0).is_err());
    }

    #[test]
    fn maps_of_two_sizes_go_to_two_pairs_of_files() {
        let folder = tempfile::tempdir().unwrap();
        let (mut maps, _) = Maps::open(folder.path(), &[]).unwrap();
        let wide = Array2::from_elem((2, 6), 4.0);
        let mut rows = vec![push(&mut maps, 1.0)];
        rows.push(maps.push(wide.view(), wide.view()).unwrap());
        rows.push(push(&mut maps, 2.0));
        drop(maps);
        let (maps, intact) = Maps::open(folder.path(), &rows).unwrap();
        assert_eq!(intact, 3);
        let sizes: Vec<_> = rows.iter().map(MapRow::size).collect();
        let row = |image_id| SaliencyComparison {
            setting: results::Setting::new("Blur", "ksize", results::Value::from(3.0)),
            image_id,
            truth: "a".into(),
            predicted: "a".into(),
            truth_score: 1.0,
            predicted_score: 1.0,
            metrics: results::Values::default(),
        };
        maps.finish(&[row(0), row(1), row(2)], &sizes).unwrap();
        let read = |name: &str| -> Array3<f32> { ndarray_npy::read_npy(folder.path().join(name)).unwrap() };
        assert_eq!(read("truth-3x5.npy").dim(), (2, 3, 5));
        assert_eq!(read("predicted-2x6.npy").dim(), (1, 2, 6));
        let index = std::fs::read_to_string(folder.path().join("maps.csv")).unwrap();
        assert!(
            index.ends_with("\"Blur\",ksize,3,0,3,5,0\n\"Blur\",ksize,3,1,2,6,0\n\"Blur\",ksize,3,2,3,5,1\n")
        );
        // Finished, they can be resumed too.
        assert_eq!(Maps::open(folder.path(), &rows).unwrap().1, 3);
    }
}
