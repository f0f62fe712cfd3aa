use std::thread;

use super::attempt::{Failure, attempt};
use super::{Violation, Violations};
use crate::{Augmentation, Datum};

const AUGMENT: &str = "the data can be augmented";
const PIXELS: &str = "an augmented image has at least one pixel";
const CHANNELS: &str = "an augmented image keeps its number of channels";
const TARGET: &str = "a datum keeps its target";
const IDENTITY: &str = "a datum keeps its id, index and key";
const ENTRIES: &str = "a datum keeps its metadata entries";
const SAME: &str = "the same datum gives the same result, whatever was augmented before";
const THREADS: &str = "the same datum gives the same result on every thread";
const KEY: &str = "the result depends on the datum's key, not on its index";

/// Returns the promises of [`Augmentation`] that an augmentation breaks on these data.
///
/// The data are augmented in their order, in reverse order, on other threads, and under another index. If
/// the augmentation draws random numbers, the data should have images that are large enough to tell.
///
/// ```
/// use std::sync::atomic::{AtomicU8, Ordering};
///
/// use ndarray::Array3;
/// use protocols::conformance::check_augmentation;
/// use protocols::{Augmentation, AugmentationMetadata, BoxError, Datum, DatumMetadata};
///
/// /// Keeps a generator of its own, so that the result depends on the calls before.
/// struct Stateful(AugmentationMetadata, AtomicU8);
///
/// impl Augmentation for Stateful {
///     fn metadata(&self) -> &AugmentationMetadata {
///         &self.0
///     }
///
///     fn augment(&self, mut datum: Datum) -> Result<Datum, BoxError> {
///         datum.image += self.1.fetch_add(1, Ordering::Relaxed);
///         Ok(datum)
///     }
/// }
///
/// let datum = |i| Datum {
///     image: Array3::zeros((2, 2, 3)),
///     target: 0,
///     metadata: DatumMetadata::new(format!("black {i}"), i),
/// };
/// let stateful = Stateful(AugmentationMetadata::new("stateful"), AtomicU8::new(0));
/// let violations = check_augmentation(&stateful, &[datum(0), datum(1)]);
/// assert!(violations.to_string().starts_with(
///     "the same datum gives the same result, whatever was augmented before: \
///      `black 1` differs when augmented again\n"
/// ));
/// ```
pub fn check_augmentation(augmentation: &dyn Augmentation, data: &[Datum]) -> Violations {
    let augment = |datum: &Datum| attempt(|| augmentation.augment(datum.clone()));
    let mut violations = Violations::default();
    let outcomes: Vec<_> = data.iter().map(|datum| (datum, augment(datum))).collect();
    for (before, after) in &outcomes {
        match after {
            Ok(after) => violations.extend(changes(before, after)),
            Err(failure) => {
                let found = format!("augmenting `{}` {failure}", before.metadata.id);
                violations.push(Violation::new(AUGMENT, found));
            }
        }
    }
    for (before, after) in outcomes.iter().rev() {
        if augment(before) != *after {
            let found = format!("`{}` differs when augmented again", before.metadata.id);
            violations.push(Violation::new(SAME, found));
        }
    }
    let elsewhere = |(before, after): &(&Datum, Result<Datum, Failure>)| {
        let found = format!("`{}` differs when augmented on another thread", before.metadata.id);
        (augment(before) != *after).then(|| Violation::new(THREADS, found))
    };
    thread::scope(|scope| {
        let threads: Vec<_> =
            outcomes.iter().map(|outcome| scope.spawn(move || elsewhere(outcome))).collect();
        // The threads catch panics, so they can be joined.
        violations.extend(threads.into_iter().filter_map(|thread| thread.join().ok().flatten()));
    });
    for (before, after) in &outcomes {
        let mut moved = (*before).clone();
        moved.metadata.index = before.metadata.index.wrapping_add(1);
        let image = |outcome: Result<Datum, Failure>| outcome.ok().map(|datum| datum.image);
        if image(augment(&moved)) != after.as_ref().ok().map(|datum| datum.image.clone()) {
            let found = format!("`{}` differs under another index", before.metadata.id);
            violations.push(Violation::new(KEY, found));
        }
    }
    violations
}

fn changes(before: &Datum, after: &Datum) -> Vec<Violation> {
    let id = &before.metadata.id;
    let (shape, (_, _, channels)) = (after.image.dim(), before.image.dim());
    let mut violations = vec![];
    if after.image.is_empty() {
        violations.push(Violation::new(PIXELS, format!("`{id}` becomes {shape:?}")));
    } else if shape.2 != channels {
        let found = format!("`{id}` has {channels} channels and then {}", shape.2);
        violations.push(Violation::new(CHANNELS, found));
    }
    if after.target != before.target {
        let found = format!("`{id}` has target {} and then {}", before.target, after.target);
        violations.push(Violation::new(TARGET, found));
    }
    let identity = |datum: &Datum| (datum.metadata.id.clone(), datum.metadata.index, datum.metadata.key);
    if identity(after) != identity(before) {
        let found = format!("{:?} becomes {:?}", identity(before), identity(after));
        violations.push(Violation::new(IDENTITY, found));
    }
    let lost = before.metadata.entries.keys().find(|key| !after.metadata.entries.contains_key(*key));
    if let Some(key) = lost {
        violations.push(Violation::new(ENTRIES, format!("`{id}` loses the entry `{key}`")));
    }
    violations
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use ndarray::Array3;

    use super::*;
    use crate::{AugmentationMetadata, BoxError, DatumMetadata};

    struct FnAugmentation<F>(AugmentationMetadata, F);

    impl<F: Fn(Datum) -> Result<Datum, BoxError> + Send + Sync> Augmentation for FnAugmentation<F> {
        fn metadata(&self) -> &AugmentationMetadata {
            &self.0
        }

        fn augment(&self, datum: Datum) -> Result<Datum, BoxError> {
            self.1(datum)
        }
    }

    /// The promises that an augmentation breaks.
    fn broken(augment: impl Fn(Datum) -> Result<Datum, BoxError> + Send + Sync) -> Vec<&'static str> {
        let data: Vec<_> = (0..3)
            .map(|i| {
                let mut metadata = DatumMetadata::new(format!("n{i}"), i);
                metadata.entries.insert("sensor".to_owned(), "none".into());
                Datum { image: Array3::from_elem((2, 3, 3), i as u8), target: 1, metadata }
            })
            .collect();
        let augmentation = FnAugmentation(AugmentationMetadata::new("f"), augment);
        check_augmentation(&augmentation, &data).iter().map(|violation| violation.promise).collect()
    }

    fn changed(change: impl Fn(&mut Datum) + Send + Sync) -> Vec<&'static str> {
        broken(move |mut datum| {
            change(&mut datum);
            Ok(datum)
        })
    }

    #[test]
    fn a_conforming_augmentation_breaks_no_promise() {
        assert!(changed(|_| {}).is_empty());
        assert!(
            changed(|datum| datum.image = Array3::from_elem((7, 1, 3), datum.metadata.key as u8)).is_empty()
        );
        let entry = |datum: &mut Datum| drop(datum.metadata.entries.insert("new".to_owned(), 3.into()));
        assert!(changed(entry).is_empty());
    }

    #[test]
    fn each_broken_promise_is_found() {
        assert_eq!(broken(|_| Err("too small".into())), [AUGMENT]);
        assert_eq!(broken(|_| panic!("expected by a test")), [AUGMENT]);
        assert_eq!(changed(|datum| datum.image = Array3::zeros((0, 4, 3))), [PIXELS]);
        assert_eq!(changed(|datum| datum.image = Array3::zeros((4, 4, 1))), [CHANNELS]);
        assert_eq!(changed(|datum| datum.target = 0), [TARGET]);
        assert_eq!(changed(|datum| datum.metadata.id.clear()), [IDENTITY]);
        assert_eq!(changed(|datum| datum.metadata.index += 1), [IDENTITY]);
        assert_eq!(changed(|datum| datum.metadata.key += 1), [IDENTITY]);
        assert_eq!(changed(|datum| datum.metadata.entries.clear()), [ENTRIES]);
        assert_eq!(changed(|datum| datum.image += datum.metadata.index as u8), [KEY]);
    }

    #[test]
    fn a_result_that_changes_is_found() {
        let count = AtomicU8::new(0);
        let counting = |datum: &mut Datum| datum.image += count.fetch_add(1, Ordering::Relaxed);
        assert_eq!(changed(counting), [SAME, THREADS, KEY]);
        let here = thread::current().id();
        let threaded = move |datum: &mut Datum| datum.image += u8::from(thread::current().id() == here);
        assert_eq!(changed(threaded), [THREADS]);
    }
}
