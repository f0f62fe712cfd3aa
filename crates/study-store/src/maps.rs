//! The files of maps, such as `truth.npy`: one set of files for each size of map.
//!
//! While a study runs, rows are appended as they come, image by image. A finished file has them in the order of the
//! tables, setting by setting.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2};
use protocols::BoxError;
use results::{ExplainedImage, SaliencyComparison, UnscaledMaps};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::file::write_atomically;
use crate::map_file::{MapFile, MapRows, Size, copy_rows};

/// How many maps there are of an image at a setting.
const MAPS: usize = 6;
const NAMES: [&str; MAPS] =
    ["truth", "predicted", "truth_unscaled", "predicted_unscaled", "reference_unscaled", "half_difference"];

/// The number of a setting and the position of an image, which decide the order of finished files.
pub(crate) type Place = (usize, usize);

/// An image's row in the files of its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MapRow {
    size: Size,
    /// The checksums of the maps.
    checks: [u32; MAPS],
}

/// The maps of an image at a setting, in the order of the files.
pub(crate) fn maps_of<'a>(
    image: &'a ExplainedImage,
    unscaled: &'a UnscaledMaps,
) -> [ArrayView2<'a, f32>; MAPS] {
    let UnscaledMaps { truth, predicted, reference, half_difference } = unscaled;
    [&image.truth, &image.predicted, truth, predicted, reference, half_difference].map(|map| map.view())
}

/// The maps of a study while it runs.
pub(crate) struct Maps {
    folder: PathBuf,
    files: BTreeMap<Size, [MapFile; MAPS]>,
    /// The rows of all files, in the order in which they came.
    rows: Vec<(Place, MapRow)>,
}

impl Maps {
    /// Starts new files, or resumes those of an earlier run, whose rows are these. Returns how many of the rows, counted
    /// from the first, the files hold undamaged.
    pub(crate) fn open(folder: &Path, rows: Vec<(Place, MapRow)>) -> Result<(Self, usize), Error> {
        let mut maps = Self { folder: folder.to_path_buf(), files: BTreeMap::new(), rows };
        if maps.rows.is_empty() {
            remove_temporary_maps(folder)?;
            return Ok((maps, 0));
        }
        let orders = orders(&maps.rows);
        for (&size, order) in &orders {
            maps.restore(size, order, orders.len() == 1)?;
            let checks: Vec<[u32; MAPS]> = rows_of(&maps.rows, size).map(|row| row.checks).collect();
            maps.file(size, &checks)?;
        }
        let mut intact: BTreeMap<Size, usize> = BTreeMap::new();
        let mut count = 0;
        for (_, row) in &maps.rows {
            let taken = intact.entry(row.size).or_default();
            let held = maps.files.get(&row.size).and_then(|files| files.iter().map(MapFile::rows).min());
            if *taken == held.unwrap_or(0) {
                break;
            }
            *taken += 1;
            count += 1;
        }
        maps.rows.truncate(count);
        for (size, files) in &mut maps.files {
            let rows = intact.get(size).copied().unwrap_or(0);
            files.iter_mut().for_each(|file| file.truncate(rows));
        }
        Ok((maps, count))
    }

    /// Makes temporary files again of those that a finished run, or one that had nearly finished, has given their names.
    fn restore(&self, size: Size, order: &[usize], one_size: bool) -> Result<(), Error> {
        let mut places = vec![0; order.len()];
        for (place, &row) in order.iter().enumerate() {
            if let Some(to) = places.get_mut(row) {
                *to = place;
            }
        }
        for name in NAMES {
            let (path, temporary) =
                (path(&self.folder, name, size, one_size), temporary(&self.folder, name, size));
            if temporary.exists() || !path.exists() {
                continue;
            }
            let restored = if places.is_sorted() {
                std::fs::rename(&path, &temporary).map_err(BoxError::from)
            } else {
                copy_rows(&path, &temporary, &places).and_then(|()| Ok(std::fs::remove_file(&path)?))
            };
            restored.map_err(|source| Error::Maps { path, source })?;
        }
        Ok(())
    }

    /// Appends an image's maps, which have the same size.
    pub(crate) fn push(&mut self, place: Place, maps: [ArrayView2<'_, f32>; MAPS]) -> Result<MapRow, Error> {
        let [first, ..] = maps;
        let size = first.dim();
        let folder = self.folder.clone();
        let files = self.file(size, &[])?;
        let mut checks = [0; MAPS];
        for (((name, file), map), check) in NAMES.into_iter().zip(files).zip(maps).zip(&mut checks) {
            let row = file.push(map);
            *check = row.map_err(|source| Error::Write { path: temporary(&folder, name, size), source })?;
        }
        let row = MapRow { size, checks };
        self.rows.push((place, row));
        Ok(row)
    }

    /// Gives the files their names, such as `truth.npy` for maps of one size; else there is one set of files for each
    /// size, and `maps.csv`, which says where the maps of each of the comparisons are.
    pub(crate) fn finish(mut self, comparisons: &[SaliencyComparison]) -> Result<(), Error> {
        self.files.retain(|_, [first, ..]| first.rows() > 0);
        let one_size = self.files.len() <= 1;
        let orders = orders(&self.rows);
        for (size, files) in self.files {
            let order = orders.get(&size).map_or(&[][..], Vec::as_slice);
            for (name, file) in NAMES.into_iter().zip(files) {
                let path = path(&self.folder, name, size, one_size);
                file.finish(&path, order).map_err(|source| Error::Write { path, source })?;
            }
        }
        if one_size {
            return Ok(());
        }
        self.rows.sort_by_key(|(place, _)| *place);
        let sizes: Vec<Size> = self.rows.iter().map(|(_, row)| row.size).collect();
        write_atomically(&self.folder.join("maps.csv"), |out| index(comparisons, &sizes, out))
    }

    fn file(&mut self, size: Size, checks: &[[u32; MAPS]]) -> Result<&mut [MapFile; MAPS], Error> {
        use std::collections::btree_map::Entry;

        match self.files.entry(size) {
            Entry::Occupied(files) => Ok(files.into_mut()),
            Entry::Vacant(place) => {
                let mut files = Vec::with_capacity(MAPS);
                for (at, name) in NAMES.into_iter().enumerate() {
                    let path = temporary(&self.folder, name, size);
                    let checks: Vec<u32> = checks.iter().filter_map(|row| row.get(at).copied()).collect();
                    let file = MapFile::open(path.clone(), size, &checks);
                    files.push(file.map_err(|source| Error::Maps { path, source })?);
                }
                Ok(place.insert(of_every_name(files)))
            }
        }
    }
}

/// What was collected name by name.
#[expect(clippy::expect_used, reason = "there is one item for each name")]
fn of_every_name<T>(items: Vec<T>) -> [T; MAPS] {
    items.try_into().ok().expect("as many items as names")
}

/// The rows of one size.
fn rows_of(rows: &[(Place, MapRow)], size: Size) -> impl Iterator<Item = &MapRow> {
    rows.iter().map(|(_, row)| row).filter(move |row| row.size == size)
}

/// For each size the positions of its rows as they came, in the order of a finished file.
fn orders(rows: &[(Place, MapRow)]) -> BTreeMap<Size, Vec<usize>> {
    let mut places: BTreeMap<Size, Vec<(Place, usize)>> = BTreeMap::new();
    for (place, row) in rows {
        let of_size = places.entry(row.size).or_default();
        of_size.push((*place, of_size.len()));
    }
    let sorted = |mut of_size: Vec<(Place, usize)>| {
        of_size.sort_unstable();
        of_size.into_iter().map(|(_, position)| position).collect()
    };
    places.into_iter().map(|(size, of_size)| (size, sorted(of_size))).collect()
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

/// The maps of a finished shard.
pub(crate) struct FinishedMaps {
    folder: PathBuf,
    one_size: bool,
    files: BTreeMap<Size, [MapRows; MAPS]>,
    /// The rows read so far, by size.
    taken: BTreeMap<Size, usize>,
}

impl FinishedMaps {
    /// The files of a shard that has these rows.
    pub(crate) fn open(folder: &Path, rows: &[MapRow]) -> Result<Self, Error> {
        let mut sizes: Vec<Size> = rows.iter().map(|row| row.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let one_size = sizes.len() <= 1;
        let mut files = BTreeMap::new();
        for size in sizes {
            let mut of_size = Vec::with_capacity(MAPS);
            for name in NAMES {
                let path = path(folder, name, size, one_size);
                of_size.push(MapRows::open(&path).map_err(|source| Error::Maps { path, source })?);
            }
            files.insert(size, of_every_name(of_size));
        }
        Ok(Self { folder: folder.to_path_buf(), one_size, files, taken: BTreeMap::new() })
    }

    /// Copies the shard's next row, in the order of its table.
    pub(crate) fn copy_next(&mut self, place: Place, row: MapRow, into: &mut Maps) -> Result<(), Error> {
        let at = self.taken.entry(row.size).or_default();
        let Some(files) = self.files.get_mut(&row.size) else { return Ok(()) };
        let mut maps = Vec::with_capacity(MAPS);
        for ((name, file), check) in NAMES.into_iter().zip(files).zip(row.checks) {
            let read = file.row(*at, check);
            let map = read.and_then(|values| Ok(Array2::from_shape_vec(row.size, values)?));
            let path = path(&self.folder, name, row.size, self.one_size);
            maps.push(map.map_err(|source| Error::Maps { path, source })?);
        }
        *at += 1;
        into.push(place, of_every_name(maps.iter().map(|map| map.view()).collect()))?;
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

    /// Appends maps of a value and of its multiples, so that the files differ.
    fn push(maps: &mut Maps, place: Place, value: f32) -> (Place, MapRow) {
        let of_files: [Array2<f32>; MAPS] = std::array::from_fn(|at| map(value * (at + 1) as f32));
        (place, maps.push(place, of_files.each_ref().map(|map| map.view())).unwrap())
    }

    fn read(folder: &Path, name: &str) -> Array3<f32> {
        ndarray_npy::read_npy(folder.join(name)).unwrap()
    }

    #[test]
    fn files_are_resumed_after_the_last_undamaged_row() {
        let folder = tempfile::tempdir().unwrap();
        let (mut maps, _) = Maps::open(folder.path(), Vec::new()).unwrap();
        let mut rows: Vec<_> = (0..4).map(|at| push(&mut maps, (0, at), at as f32)).collect();
        drop(maps);
        assert!(!folder.path().join("truth.npy").exists());
        // The third row of one file is damaged, as a power failure may leave it.
        let temporary = folder.path().join(".reference_unscaled-3x5.npy.part");
        let mut bytes = std::fs::read(&temporary).unwrap();
        bytes[128 + 2 * 60 + 7] ^= 1;
        std::fs::write(&temporary, bytes).unwrap();

        let (mut maps, intact) = Maps::open(folder.path(), rows.clone()).unwrap();
        assert_eq!(intact, 2);
        rows.truncate(2);
        rows.push(push(&mut maps, (0, 2), 7.0));
        maps.finish(&[]).unwrap();
        // The files have their names, and the run is resumed once more.
        let (maps, intact) = Maps::open(folder.path(), rows.clone()).unwrap();
        assert_eq!(intact, 3);
        maps.finish(&[]).unwrap();

        for (at, name) in NAMES.into_iter().enumerate() {
            let times = (at + 1) as f32;
            let expected = ndarray::stack![Axis(0), map(0.0), map(times), map(7.0 * times)];
            assert_eq!(read(folder.path(), &format!("{name}.npy")), expected);
        }
        let map_rows: Vec<MapRow> = rows.iter().map(|(_, row)| *row).collect();
        let mut finished = FinishedMaps::open(folder.path(), &map_rows).unwrap();
        let other = tempfile::tempdir().unwrap();
        let (mut copy, _) = Maps::open(other.path(), Vec::new()).unwrap();
        rows.iter().for_each(|&(place, row)| finished.copy_next(place, row, &mut copy).unwrap());
        copy.finish(&[]).unwrap();
        let bytes = |folder: &tempfile::TempDir| std::fs::read(folder.path().join("truth.npy")).unwrap();
        assert!(bytes(&folder) == bytes(&other));
        let wrong = MapRow { checks: [1, 2, 3, 4, 5, 6], ..rows[0].1 };
        let mut finished = FinishedMaps::open(folder.path(), &map_rows).unwrap();
        let mut into = Maps::open(other.path(), Vec::new()).unwrap().0;
        assert!(finished.copy_next((0, 0), wrong, &mut into).is_err());
    }

    #[test]
    fn rows_that_come_image_by_image_are_finished_setting_by_setting() {
        let folder = tempfile::tempdir().unwrap();
        let (mut maps, _) = Maps::open(folder.path(), Vec::new()).unwrap();
        // Three settings of two images, of which one lacks the second setting.
        let places = [(0, 0), (1, 0), (2, 0), (0, 1), (2, 1)];
        let rows: Vec<_> = places
            .into_iter()
            .zip([1.0, 2.0, 3.0, 4.0, 5.0])
            .map(|(place, value)| push(&mut maps, place, value))
            .collect();
        maps.finish(&[]).unwrap();
        let values =
            || -> Vec<f32> { read(folder.path(), "truth.npy").outer_iter().map(|map| map[[0, 0]]).collect() };
        assert_eq!(values(), [1.0, 4.0, 2.0, 3.0, 5.0]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), MAPS);
        // Finished, they are resumed in the order in which they came, and grow.
        let (mut maps, intact) = Maps::open(folder.path(), rows).unwrap();
        assert_eq!(intact, 5);
        push(&mut maps, (1, 1), 6.0);
        maps.finish(&[]).unwrap();
        assert_eq!(values(), [1.0, 4.0, 2.0, 6.0, 3.0, 5.0]);
    }

    #[test]
    fn maps_of_two_sizes_go_to_two_sets_of_files() {
        let folder = tempfile::tempdir().unwrap();
        let (mut maps, _) = Maps::open(folder.path(), Vec::new()).unwrap();
        let wide = Array2::from_elem((2, 6), 4.0);
        let mut rows = vec![push(&mut maps, (0, 0), 1.0)];
        rows.push(((0, 1), maps.push((0, 1), [0; MAPS].map(|_| wide.view())).unwrap()));
        rows.push(push(&mut maps, (0, 2), 2.0));
        drop(maps);
        let (maps, intact) = Maps::open(folder.path(), rows.clone()).unwrap();
        assert_eq!(intact, 3);
        let row = |image_id| SaliencyComparison {
            setting: results::Setting::new("Blur", "ksize", results::Value::from(3.0)),
            image_id,
            truth: "a".into(),
            predicted: "a".into(),
            truth_score: 1.0,
            predicted_score: 1.0,
            metrics: results::Values::default(),
        };
        maps.finish(&[row(0), row(1), row(2)]).unwrap();
        assert_eq!(read(folder.path(), "truth-3x5.npy").dim(), (2, 3, 5));
        assert_eq!(read(folder.path(), "half_difference-2x6.npy").dim(), (1, 2, 6));
        let index = std::fs::read_to_string(folder.path().join("maps.csv")).unwrap();
        assert!(
            index.ends_with("\"Blur\",ksize,3,0,3,5,0\n\"Blur\",ksize,3,1,2,6,0\n\"Blur\",ksize,3,2,3,5,1\n")
        );
        // Finished, they can be resumed too.
        assert_eq!(Maps::open(folder.path(), rows).unwrap().1, 3);
    }
}
