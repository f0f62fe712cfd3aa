use std::collections::BTreeMap;
use std::thread;

use super::attempt::{Failure, attempt};
use super::labels::{LABELS, repeated};
use super::{Violation, Violations};
use crate::{Dataset, Datum};

/// At most this many data are read, spread evenly over the dataset.
const SAMPLE: usize = 16;

const EMPTY: &str = "`is_empty` says whether `len` is 0";
const READ: &str = "a datum can be read";
const PIXELS: &str = "an image has at least one pixel and one channel";
const INDEX: &str = "`get(i)` has index i";
const CLASS: &str = "a datum's target is a class";
const TARGET: &str = "`target(i)` is the target of `get(i)`";
const NAME: &str = "`id(i)` is the id of `get(i)`";
const SAME: &str = "`get(i)` is the same whenever it is called";
const THREADS: &str = "`get(i)` is the same on every thread";
const KEY: &str = "data with different ids have different keys";
const OUTSIDE: &str = "an index outside the dataset is an error";

/// Returns the promises of [`Dataset`] that a dataset breaks.
///
/// Up to 16 data are read, spread evenly over the dataset: each twice on this thread and once on others.
///
/// ```
/// use ndarray::Array3;
/// use protocols::conformance::check_dataset;
/// use protocols::{BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata};
///
/// struct Careless(DatasetMetadata);
///
/// impl Dataset for Careless {
///     fn metadata(&self) -> &DatasetMetadata {
///         &self.0
///     }
///
///     fn len(&self) -> usize {
///         2
///     }
///
///     fn get(&self, _: usize) -> Result<Datum, BoxError> {
///         Ok(Datum { image: Array3::zeros((1, 1, 1)), target: 0, metadata: DatumMetadata::new("a", 0) })
///     }
/// }
///
/// let violations = check_dataset(&Careless(DatasetMetadata::new("careless", vec!["a".to_owned()])));
/// assert_eq!(
///     violations.to_string(),
///     "`get(i)` has index i: `get(1)` has index 0\n\
///      an index outside the dataset is an error: `get(2)` returned a datum\n"
/// );
/// ```
pub fn check_dataset(dataset: &dyn Dataset) -> Violations {
    let mut violations = Violations::default();
    let (labels, len) = (&dataset.metadata().labels, dataset.len());
    if let Some(label) = repeated(labels) {
        violations.push(Violation::new(LABELS, format!("`{label}` occurs twice")));
    }
    if dataset.is_empty() != (len == 0) {
        let found = format!("`is_empty` is {} and `len` is {len}", dataset.is_empty());
        violations.push(Violation::new(EMPTY, found));
    }
    let data: BTreeMap<usize, Outcome> = sample(len).map(|i| (i, read(dataset, i))).collect();
    for (&i, datum) in &data {
        match datum {
            Ok(datum) => violations.extend(datum_violations(dataset, i, datum)),
            Err(failure) => violations.push(Violation::new(READ, format!("`get({i})` {failure}"))),
        }
    }
    violations.extend(thread_violations(dataset, &data));
    violations.extend(key_violations(data.values().flatten()));
    violations.extend([len, usize::MAX].into_iter().flat_map(|index| outside_violations(dataset, index)));
    violations
}

type Outcome = Result<Datum, Failure>;

fn read(dataset: &dyn Dataset, index: usize) -> Outcome {
    attempt(|| dataset.get(index))
}

/// The indices to read: the first, the last, and others between them.
fn sample(len: usize) -> impl Iterator<Item = usize> {
    let count = len.min(SAMPLE);
    // In u128, since a dataset may claim any length.
    let spread = move |i: usize| (i as u128 * (len - 1) as u128 / (count - 1).max(1) as u128) as usize;
    (0..count).map(spread)
}

fn datum_violations(dataset: &dyn Dataset, i: usize, datum: &Datum) -> Vec<Violation> {
    let classes = dataset.metadata().labels.len();
    let (index, target) = (datum.metadata.index, datum.target);
    let mut violations = vec![];
    if datum.image.is_empty() {
        let found = format!("the image of `get({i})` is {:?}", datum.image.dim());
        violations.push(Violation::new(PIXELS, found));
    }
    if index != i {
        violations.push(Violation::new(INDEX, format!("`get({i})` has index {index}")));
    }
    if target >= classes {
        let found = format!("`get({i})` has target {target}, there are {classes} classes");
        violations.push(Violation::new(CLASS, found));
    }
    match attempt(|| dataset.target(i)) {
        Ok(alone) if alone == target => {}
        Ok(alone) => {
            let found = format!("`get({i})` has target {target}, `target({i})` is {alone}");
            violations.push(Violation::new(TARGET, found));
        }
        Err(failure) => violations.push(Violation::new(TARGET, format!("`target({i})` {failure}"))),
    }
    let id = attempt(|| dataset.id(i));
    if id.as_ref() != Ok(&datum.metadata.id) {
        let found = id.map_or_else(|failure| failure.to_string(), |id| format!("is `{id}`"));
        violations.push(Violation::new(
            NAME,
            format!("`get({i})` has id `{}`, `id({i})` {found}", datum.metadata.id),
        ));
    }
    if read(dataset, i).as_ref() != Ok(datum) {
        violations.push(Violation::new(SAME, format!("`get({i})` differs when called again")));
    }
    violations
}

/// Reads the data on several threads at once, in another order.
fn thread_violations(dataset: &dyn Dataset, data: &BTreeMap<usize, Outcome>) -> Vec<Violation> {
    let differs = |(&i, expected): (&usize, &Outcome)| {
        let found = format!("`get({i})` differs when called on another thread");
        (read(dataset, i) != *expected).then(|| Violation::new(THREADS, found))
    };
    thread::scope(|scope| {
        let readers: Vec<_> = data.iter().rev().map(|entry| scope.spawn(move || differs(entry))).collect();
        // A reader catches panics, so it can be joined.
        readers.into_iter().filter_map(|reader| reader.join().ok().flatten()).collect()
    })
}

fn key_violations<'a>(data: impl Iterator<Item = &'a Datum>) -> Vec<Violation> {
    let mut ids: BTreeMap<usize, &str> = BTreeMap::new();
    let shared = data.filter_map(|Datum { metadata, .. }| {
        let other = ids.insert(metadata.key, &metadata.id)?;
        let found = format!("`{other}` and `{}` have key {}", metadata.id, metadata.key);
        (other != metadata.id).then(|| Violation::new(KEY, found))
    });
    shared.collect()
}

fn outside_violations(dataset: &dyn Dataset, index: usize) -> Vec<Violation> {
    let get = attempt(|| dataset.get(index).map(|_| "returned a datum"));
    let target = attempt(|| dataset.target(index).map(|_| "returned a class"));
    let violation = |(method, outcome)| match outcome {
        Ok(found) => Some(Violation::new(OUTSIDE, format!("`{method}({index})` {found}"))),
        Err(Failure::Panic) => Some(Violation::new(OUTSIDE, format!("`{method}({index})` panicked"))),
        Err(Failure::Error(_)) => None,
    };
    let id = attempt(|| dataset.id(index).map(|_| "returned a name"));
    [("get", get), ("target", target), ("id", id)].into_iter().filter_map(violation).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::{BoxError, DatasetMetadata, DatumMetadata, MemoryDataset, Subset};

    /// A conforming dataset, changed by two functions.
    struct Changed<G, T> {
        metadata: DatasetMetadata,
        len: usize,
        get: G,
        target: T,
    }

    impl<G, T> Dataset for Changed<G, T>
    where
        G: Fn(usize, Datum) -> Result<Datum, BoxError> + Send + Sync,
        T: Fn(usize) -> Result<usize, BoxError> + Send + Sync,
    {
        fn metadata(&self) -> &DatasetMetadata {
            &self.metadata
        }

        fn len(&self) -> usize {
            self.len
        }

        fn get(&self, index: usize) -> Result<Datum, BoxError> {
            let image = Array3::from_elem((2, 3, 1), index as u8);
            let metadata = DatumMetadata::new(index.to_string(), index);
            (self.get)(index, Datum { image, target: index % 2, metadata })
        }

        fn target(&self, index: usize) -> Result<usize, BoxError> {
            (self.target)(index)
        }

        fn id(&self, index: usize) -> Result<String, BoxError> {
            (self.target)(index)?;
            Ok(index.to_string())
        }
    }

    fn within(index: usize) -> Result<(), BoxError> {
        if index < 40 { Ok(()) } else { Err("no such datum".into()) }
    }

    /// The promises that a dataset of 40 data breaks whose data are changed by `get`.
    fn broken(get: impl Fn(usize, Datum) -> Result<Datum, BoxError> + Send + Sync) -> Vec<&'static str> {
        let get = |index, datum| {
            within(index)?;
            get(index, datum)
        };
        let target = |index| {
            within(index)?;
            Ok(index % 2)
        };
        let metadata = DatasetMetadata::new("changed", ["a", "b"].map(str::to_owned).to_vec());
        let violations = check_dataset(&Changed { metadata, len: 40, get, target });
        violations.iter().map(|violation| violation.promise).collect()
    }

    #[test]
    fn a_conforming_dataset_breaks_no_promise() {
        assert!(broken(|_, datum| Ok(datum)).is_empty());
    }

    #[test]
    fn our_own_datasets_conform() {
        let images = (0..30).map(|i| (Array3::from_elem((2, 3, 1), i), usize::from(i > 9))).collect();
        let dataset = MemoryDataset::new("d", ["a", "b"].map(str::to_owned).to_vec(), images).unwrap();
        let subset = Subset::new(&dataset, vec![3, 29, 3, 0]).unwrap();
        let empty = Subset::take(&dataset, 0, 0).unwrap();
        for dataset in [&dataset as &dyn Dataset, &subset, &empty] {
            let violations = check_dataset(dataset);
            assert!(violations.is_empty(), "{violations}");
        }
    }

    #[test]
    fn each_broken_promise_is_found() {
        assert_eq!(broken(|_, _| Err("gone".into())), [READ]);
        assert_eq!(broken(|_, _| panic!("expected by a test")), [READ]);
        assert_eq!(broken(|_, datum| Ok(Datum { image: Array3::zeros((0, 3, 1)), ..datum })), [PIXELS]);
        assert_eq!(broken(|_, datum| Ok(Datum { target: 2, ..datum })), [CLASS, TARGET]);
        let index = |_, mut datum: Datum| {
            datum.metadata.index = 0;
            Ok(datum)
        };
        assert_eq!(broken(index), [INDEX]);
        let key = |_, mut datum: Datum| {
            datum.metadata.key = 0;
            Ok(datum)
        };
        let id = |_, mut datum: Datum| {
            datum.metadata.id.push('!');
            Ok(datum)
        };
        assert_eq!(broken(id), [NAME]);
        assert_eq!(broken(key), [KEY]);
    }

    #[test]
    fn a_datum_that_changes_is_found() {
        use std::sync::atomic::{AtomicU8, Ordering};
        let count = AtomicU8::new(0);
        let counting = |_, datum| {
            let image = Array3::from_elem((2, 3, 1), count.fetch_add(1, Ordering::Relaxed));
            Ok(Datum { image, ..datum })
        };
        assert_eq!(broken(counting), [SAME, THREADS]);
        let here = thread::current().id();
        let threaded = |_, datum| {
            let image = Array3::from_elem((2, 3, 1), u8::from(thread::current().id() == here));
            Ok(Datum { image, ..datum })
        };
        assert_eq!(broken(threaded), [THREADS]);
    }

    #[test]
    fn a_datum_outside_is_found() {
        let metadata = || DatasetMetadata::new("endless", ["a", "a"].map(str::to_owned).to_vec());
        let (get, target) = (|_, datum| Ok(datum), |index| Ok(index % 2));
        let promises = |dataset: &dyn Dataset| -> Vec<_> {
            check_dataset(dataset).iter().map(|violation| violation.promise).collect()
        };
        assert_eq!(promises(&Changed { metadata: metadata(), len: 3, get, target }), [LABELS, OUTSIDE]);
        let target = |index| if index < 3 { Ok(index % 2) } else { panic!("expected by a test") };
        let get = |index, datum| if index < 3 { Ok(datum) } else { Err("outside".into()) };
        assert_eq!(promises(&Changed { metadata: metadata(), len: 3, get, target }), [LABELS, OUTSIDE]);
    }
}
