//! The files of `torch.save`: a zip archive of a pickle and of the storages that it names.
//!
//! `docs/source/notes/serialization.rst` of PyTorch describes the layout.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

use model_folder::read_file;
use zip::{CompressionMethod, ZipArchive};

use crate::Error;
use crate::checkpoint::{Kind, Tensor};
use crate::pickle::{self, Storage, TensorView};

/// The archive's file that holds the state dict.
const PICKLE: &str = "data.pkl";

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Reads a state dict's tensors.
pub(crate) fn read(path: &Path, tensors: &mut BTreeMap<String, Tensor>) -> Result<(), Error> {
    let bytes = read_file(path, "a PyTorch checkpoint")?;
    let format =
        |problem| Error::Format { path: path.to_path_buf(), expected: "a PyTorch checkpoint", problem };
    if !bytes.starts_with(b"PK") {
        let problem = "it is not a zip archive, as torch.save has written since PyTorch 1.6";
        return Err(format(problem.to_owned()));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes.as_slice())).map_err(|e| format(e.to_string()))?;
    let folder = folder(&archive).map_err(format)?;
    let order = format!("{folder}byteorder");
    // Versions before 2.1 do not write it.
    if archive.index_for_name(&order).is_some()
        && record(&mut archive, &order, "little".len()).map_err(format)? != b"little"
    {
        return Err(format("its numbers are not little-endian".to_owned()));
    }
    let pickle = record(&mut archive, &format!("{folder}{PICKLE}"), pickle::LONGEST).map_err(format)?;
    let mut views = pickle::read(&pickle).map_err(format)?;

    // Every view of a storage together, so that each storage is read once and not kept.
    views.sort_by_key(|(_, view)| view.storage);
    let (mut values, mut last) = (0_usize, None);
    for (name, view) in views {
        let Storage { key, kind, len } = view.storage;
        let Some(number) = Kind::of_storage(kind) else {
            return Err(Error::Type { name: name.to_owned(), found: kind.to_owned() });
        };
        let data = match last.take() {
            Some((storage, data)) if storage == view.storage => data,
            _ => {
                let data =
                    record(&mut archive, &format!("{folder}data/{key}"), bytes.len()).map_err(format)?;
                if len.checked_mul(number.width()) != Some(data.len()) {
                    let found = data.len();
                    return Err(format(format!("storage {key} has {found} bytes, expected {len} values")));
                }
                data
            }
        };
        // Views of one storage could otherwise ask for any amount of memory.
        values = values.saturating_add(view.len());
        if values > bytes.len() {
            return Err(format("it has more weights than bytes".to_owned()));
        }
        let gathered = gathered(&view, number, &data);
        let gathered = gathered.ok_or_else(|| format(format!("{name} lies outside of storage {key}")))?;
        tensors.insert(name.to_owned(), Tensor { shape: view.shape.clone(), values: gathered });
        last = Some((view.storage, data));
    }
    Ok(())
}

/// The folder of the archive that holds everything, with a slash behind it.
fn folder(archive: &Archive<'_>) -> Result<String, String> {
    let mut folders = archive.file_names().filter_map(|name| name.strip_suffix(PICKLE));
    let folder = folders.find(|folder| folder.is_empty() || folder.ends_with('/'));
    folder.map(str::to_owned).ok_or_else(|| format!("it has no {PICKLE}"))
}

/// A file of the archive, which must be stored as it is and have at most so many bytes.
fn record(archive: &mut Archive<'_>, name: &str, most: usize) -> Result<Vec<u8>, String> {
    let mut file = archive.by_name(name).map_err(|e| format!("{name}: {e}"))?;
    if file.compression() != CompressionMethod::Stored {
        return Err(format!("{name} is compressed, expected it stored as it is"));
    }
    if file.size() > most as u64 {
        return Err(format!("{name} has {} bytes, expected at most {most}", file.size()));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|e| format!("{name}: {e}"))?;
    Ok(bytes)
}

impl TensorView<'_> {
    /// The number of values.
    fn len(&self) -> usize {
        self.shape.iter().fold(1, |len, &side| len.saturating_mul(side))
    }

    /// Whether the values follow one another in the storage.
    fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        self.shape.iter().zip(&self.strides).rev().all(|(&side, &stride)| {
            let fits = side == 1 || stride == expected;
            expected *= side;
            fits
        })
    }
}

/// A view's values, the last axis' next to each other, unless it leaves its storage.
fn gathered(view: &TensorView<'_>, kind: Kind, data: &[u8]) -> Option<Vec<f32>> {
    let width = kind.width();
    let len = view.len();
    if len == 0 {
        return Some(Vec::new());
    }
    let reach =
        view.shape.iter().zip(&view.strides).try_fold(0_usize, |reach, (&side, &stride)| {
            reach.checked_add((side - 1).checked_mul(stride)?)
        })?;
    let end = view.offset.checked_add(reach)?.checked_add(1)?.checked_mul(width)?;
    let data = data.get(view.offset * width..end)?;
    if view.is_contiguous() {
        return Some(kind.numbers(data));
    }
    let mut index = vec![0; view.shape.len()];
    let mut place = 0;
    let mut values = Vec::with_capacity(len * width);
    for _ in 0..len {
        values.extend_from_slice(&data[place * width..][..width]);
        for (axis, position) in index.iter_mut().enumerate().rev() {
            *position += 1;
            place += view.strides[axis];
            if *position < view.shape[axis] {
                break;
            }
            place -= view.strides[axis] * *position;
            *position = 0;
        }
    }
    Some(kind.numbers(&values))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(offset: usize, shape: &[usize], strides: &[usize]) -> Option<Vec<f32>> {
        let data: Vec<u8> = (0..12_u8).flat_map(|i| f32::from(i).to_le_bytes()).collect();
        let storage = Storage { key: "0", kind: "FloatStorage", len: 12 };
        let view = TensorView { storage, offset, shape: shape.to_vec(), strides: strides.to_vec() };
        gathered(&view, Kind::F32, &data)
    }

    #[test]
    fn a_view_has_its_storages_values_in_the_order_of_its_axes() {
        assert_eq!(view(2, &[2, 3], &[3, 1]).unwrap(), [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        assert_eq!(view(0, &[3, 2], &[1, 3]).unwrap(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(view(1, &[2, 1, 2], &[6, 99, 2]).unwrap(), [1.0, 3.0, 7.0, 9.0]);
        assert_eq!(view(5, &[], &[]).unwrap(), [5.0]);
        assert_eq!(view(3, &[2, 2], &[0, 1]).unwrap(), [3.0, 4.0, 3.0, 4.0]);
        assert_eq!(view(99, &[0, 2], &[2, 1]).unwrap(), [0.0; 0]);
    }

    #[test]
    fn a_view_stays_within_its_storage() {
        for (offset, shape, strides) in [
            (12, &[][..], &[][..]),
            (0, &[13], &[1]),
            (7, &[2, 3], &[3, 1]),
            (0, &[3], &[6]),
            (0, &[2], &[usize::MAX]),
            (usize::MAX, &[1], &[1]),
            (0, &[usize::MAX, 2], &[1, 1]),
        ] {
            assert_eq!(view(offset, shape, strides), None, "{offset} {shape:?} {strides:?}");
        }
    }
}
