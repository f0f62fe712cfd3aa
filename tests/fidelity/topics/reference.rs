//! Reads `tests/reference/`: an `.npz` of arrays and a `.json` of cases a topic.

use std::cell::RefCell;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use ndarray::{Array3, ArrayD, ArrayView3, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, ReadableElement};
use serde_json::Value;

/// The arrays and cases of one topic.
pub struct Reference {
    /// Each case's parameters; where a case names an array, it is by its key.
    pub cases: Vec<Value>,
    arrays: RefCell<NpzReader<BufReader<File>>>,
}

impl Reference {
    /// Opens `tests/reference/{topic}.npz` and `.json`.
    pub fn open(topic: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
        let open = |ending: &str| {
            let path = folder.join(format!("{topic}.{ending}"));
            BufReader::new(File::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
        };
        Self {
            cases: serde_json::from_reader(open("json")).unwrap(),
            arrays: RefCell::new(NpzReader::new(open("npz")).unwrap()),
        }
    }

    /// The array that `case[field]` names.
    pub fn array<A: ReadableElement>(&self, case: &Value, field: &str) -> ArrayD<A> {
        let key = case[field].as_str().unwrap_or_else(|| panic!("no array `{field}` in {case}"));
        self.arrays.borrow_mut().by_name::<OwnedRepr<A>, IxDyn>(key).unwrap_or_else(|e| panic!("{key}: {e}"))
    }

    /// The image that `case[field]` names, as `(height, width, channels)`, and how many axes it had.
    pub fn image(&self, case: &Value, field: &str) -> (Array3<u8>, usize) {
        let array = self.array::<u8>(case, field);
        let axes = array.ndim();
        let shape = array.shape();
        let shape = (shape[0], shape[1], if axes == 3 { shape[2] } else { 1 });
        (array.to_shape(shape).unwrap().into_owned(), axes)
    }
}

/// How many values of a perturber's first and second call on the same image differ, and how many calls were compared.
pub fn differing_on_both_calls(
    reference: &Reference,
    case: &Value,
    mut perturb: impl FnMut(ArrayView3<'_, u8>) -> Array3<u8>,
    image: ArrayView3<'_, u8>,
) -> (u32, usize) {
    let calls = ["out", "second_call"].into_iter().filter(|&field| case[field].is_string());
    calls.fold((0, 0), |(differing, compared), field| {
        let (theirs, _) = reference.image(case, field);
        let ours = perturb(image);
        let here = if ours.dim() == theirs.dim() {
            ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs).count()
        } else {
            theirs.len().max(1)
        };
        (differing + here as u32, compared + 1)
    })
}

impl Reference {
    /// The array that `case[field]` names, of bytes or of floating-point numbers.
    pub fn numbers(&self, case: &Value, field: &str) -> ArrayD<f64> {
        let key = case[field].as_str().unwrap_or_else(|| panic!("no array `{field}` in {case}"));
        let mut arrays = self.arrays.borrow_mut();
        if let Ok(array) = arrays.by_name::<OwnedRepr<f64>, IxDyn>(key) {
            return array;
        }
        if let Ok(array) = arrays.by_name::<OwnedRepr<f32>, IxDyn>(key) {
            return array.mapv(f64::from);
        }
        arrays.by_name::<OwnedRepr<u8>, IxDyn>(key).unwrap_or_else(|e| panic!("{key}: {e}")).mapv(f64::from)
    }
}
