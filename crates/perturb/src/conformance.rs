//! Checks that a perturber keeps the promises of [`Perturber`].
//!
//! They are meant for the tests of whoever implements the trait; see [`check_perturber`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use ndarray::{Array3, ArrayView3, Axis};
use protocols::conformance::{Violation, Violations};

use crate::{Perturber, PerturberSpec, Random, Randomness, Registry, Rng};

const NAME: &str = "a perturber has a name";
const DEFINED: &str = "some image can be perturbed";
const NO_PANIC: &str = "an image is perturbed or refused";
const CHANNELS: &str = "a perturbed image keeps its number of channels, unless grey gets three";
const PIXELS: &str = "a perturbed image has at least one pixel";
const SAME: &str = "the same image and the same random numbers give the same result";
const THREADS: &str = "the result is the same on every thread";
const LAYOUT: &str = "the result does not depend on how the image lies in memory";
const IDENTITY: &str = "an identity returns every image as it is";
const REGISTERED: &str = "the registry builds the perturber from its name and parameters";
const COMPLETE: &str = "the name and the parameters determine the perturber";

/// Returns the promises of [`Perturber`] that a perturber breaks.
///
/// It is called on images of several sizes with 1, 3 and 4 channels, with random numbers of every [`Rng`]. It
/// may refuse some of them. `registry` is where it is registered. That the image itself stays unchanged need
/// not be checked: the compiler does.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use ndarray::{Array3, ArrayView3};
/// use perturb::conformance::check_perturber;
/// use perturb::{Error, Perturber, Random, Registry};
/// use serde::Deserialize;
/// use serde_json::Value;
///
/// #[derive(Debug, Deserialize)]
/// struct Shift {
///     by: u8,
/// }
///
/// impl Perturber for Shift {
///     fn name(&self) -> &str {
///         "Shift"
///     }
///
///     fn parameters(&self) -> BTreeMap<String, Value> {
///         BTreeMap::from([("by".to_owned(), self.by.into())])
///     }
///
///     fn perturb(&self, image: ArrayView3<'_, u8>, _random: &mut Random) -> Result<Array3<u8>, Error> {
///         Ok(image.mapv(|value| value.saturating_add(self.by)))
///     }
/// }
///
/// let mut registry = Registry::builtin();
/// registry.register::<Shift>("Shift")?;
/// let violations = check_perturber(&Shift { by: 3 }, &registry);
/// assert!(violations.is_empty(), "{violations}");
/// # Ok::<(), Error>(())
/// ```
pub fn check_perturber(perturber: &dyn Perturber, registry: &Registry) -> Violations {
    let mut violations = Violations::default();
    if perturber.name().is_empty() {
        violations.push(Violation::new(NAME, "it is empty"));
    }
    let cases: Vec<Case> = cases().collect();
    let outcomes: Vec<Outcome> = cases.iter().map(|case| case.run(perturber)).collect();
    if outcomes.iter().all(|outcome| matches!(outcome, Outcome::Refused(_))) {
        let found = match outcomes.first() {
            Some(Outcome::Refused(error)) => error.clone(),
            _ => String::new(),
        };
        violations.push(Violation::new(DEFINED, found));
    }
    for (case, outcome) in cases.iter().zip(&outcomes) {
        violations.extend(case.shape(outcome));
        if perturber.is_identity() {
            violations.extend(case.unchanged(outcome));
        }
    }
    let mut compare = |promise, again: &dyn Fn(&Case) -> Outcome| {
        let differs = cases.iter().zip(&outcomes).find(|(case, outcome)| again(case) != **outcome);
        violations
            .extend(differs.map(|(case, _)| Violation::new(promise, format!("{} differs", case.text()))));
    };
    compare(SAME, &|case| case.run(perturber));
    compare(THREADS, &|case| {
        // A panic is caught within the thread.
        thread::scope(|scope| scope.spawn(|| case.run(perturber)).join()).unwrap_or(Outcome::Panicked)
    });
    compare(LAYOUT, &|case| case.run_in_another_layout(perturber));
    let spec = PerturberSpec::of(perturber);
    match registry.build(&spec) {
        Ok(rebuilt) if PerturberSpec::of(&rebuilt) == spec => compare(COMPLETE, &|case| case.run(&rebuilt)),
        Ok(rebuilt) => {
            let [was, is] =
                [spec, PerturberSpec::of(&rebuilt)].map(|spec| serde_json::Value::from(spec).to_string());
            violations.push(Violation::new(REGISTERED, format!("{was} becomes {is}")));
        }
        Err(error) => violations.push(Violation::new(REGISTERED, error.to_string())),
    }
    violations
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Perturbed(Array3<u8>),
    Refused(String),
    Panicked,
}

struct Case {
    image: Array3<u8>,
    rng: Rng,
}

/// Images of noise, from one pixel to sizes at which vectorised code starts.
fn cases() -> impl Iterator<Item = Case> {
    let sizes = [(1, 1), (1, 9), (8, 1), (5, 7), (36, 33)];
    let shapes =
        sizes.into_iter().flat_map(|(height, width)| [1, 3, 4].map(|channels| (height, width, channels)));
    shapes.flat_map(|shape| {
        let mut noise = Random::chacha(1, 0);
        let image = Array3::from_shape_simple_fn(shape, || noise.next_u64() as u8);
        Rng::ALL.iter().map(move |&rng| Case { image: image.clone(), rng })
    })
}

impl Case {
    fn run(&self, perturber: &dyn Perturber) -> Outcome {
        self.run_on(self.image.view(), perturber)
    }

    /// With the columns side by side, from the last to the first.
    fn run_in_another_layout(&self, perturber: &dyn Perturber) -> Outcome {
        let mut turned = self.image.view().permuted_axes([1, 0, 2]);
        turned.invert_axis(Axis(0));
        let mut turned = turned.as_standard_layout().into_owned();
        turned.invert_axis(Axis(0));
        self.run_on(turned.view().permuted_axes([1, 0, 2]), perturber)
    }

    fn run_on(&self, image: ArrayView3<'_, u8>, perturber: &dyn Perturber) -> Outcome {
        let mut random = Randomness::new(self.rng, 7).datum(3);
        match catch_unwind(AssertUnwindSafe(|| perturber.perturb(image, &mut random))) {
            Ok(Ok(image)) => Outcome::Perturbed(image),
            Ok(Err(error)) => Outcome::Refused(error.to_string()),
            Err(_) => Outcome::Panicked,
        }
    }

    fn shape(&self, outcome: &Outcome) -> Option<Violation> {
        match outcome {
            Outcome::Perturbed(image) if image.is_empty() => {
                Some(Violation::new(PIXELS, format!("{} becomes {:?}", self.text(), image.dim())))
            }
            Outcome::Perturbed(image)
                if image.dim().2 != self.image.dim().2 && (self.image.dim().2, image.dim().2) != (1, 3) =>
            {
                Some(Violation::new(CHANNELS, format!("{} becomes {:?}", self.text(), image.dim())))
            }
            Outcome::Panicked => Some(Violation::new(NO_PANIC, format!("{} panics", self.text()))),
            _ => None,
        }
    }

    fn unchanged(&self, outcome: &Outcome) -> Option<Violation> {
        let changed = !matches!(outcome, Outcome::Perturbed(image) if *image == self.image);
        changed.then(|| Violation::new(IDENTITY, format!("{} is changed or refused", self.text())))
    }

    fn text(&self) -> String {
        format!("an image {:?} with {} random numbers", self.image.dim(), self.rng)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};

    use ndarray::s;
    use serde_json::Value;

    use super::*;
    use crate::{Compose, Error, FnPerturber, GaussianBlur, SaltNoise};

    const NONE: [(&str, Value); 0] = [];

    #[test]
    fn every_builtin_perturber_keeps_its_promises() {
        let registry = Registry::builtin();
        let mut perturbers: Vec<Arc<dyn Perturber>> = Vec::new();
        for name in registry.names() {
            // A camera must know what its pixels cover.
            if name != "Pybsm" {
                perturbers.push(registry.build(&PerturberSpec::new(name, NONE)).unwrap());
            }
            for (parameter, value) in [
                ("ksize", 5.into()),
                ("ksize", 1.into()),
                ("amount", 0.into()),
                ("amount", 0.3.into()),
                ("var", 0.1.into()),
                ("factor", Value::from(0.3)),
                ("limit", Value::from(0.4)),
                ("crop_size", Value::from(1)),
                ("img_gsd", Value::from(0.02)),
                ("corruption", "snow".into()),
                ("corruption", "spatter".into()),
            ] {
                perturbers.extend(registry.build(&PerturberSpec::new(name, [(parameter, value)])));
            }
        }
        perturbers.push(Arc::new(SaltNoise::new(0.4).unwrap().whole_pixels()));
        let compose = Compose::new().then(SaltNoise::new(0.1).unwrap()).then(GaussianBlur::new(3).unwrap());
        perturbers.push(Arc::new(compose));
        for perturber in perturbers {
            let violations = check_perturber(&perturber, &registry);
            assert!(violations.is_empty(), "{perturber:?}: {violations}");
        }
    }

    fn promises(perturber: &dyn Perturber, registry: &Registry) -> Vec<&'static str> {
        check_perturber(perturber, registry).iter().map(|violation| violation.promise).collect()
    }

    /// The promises that a perturber without parameters breaks.
    fn broken(
        name: &'static str,
        perturb: impl Fn(ArrayView3<'_, u8>, &mut Random) -> Result<Array3<u8>, Error>
        + Clone
        + Send
        + Sync
        + 'static,
    ) -> Vec<&'static str> {
        let mut registry = Registry::new();
        let again = perturb.clone();
        let build = move || FnPerturber::new(name, NONE, again.clone());
        registry.register_with(name, move |_, _| Ok(Arc::new(build()))).unwrap();
        check_perturber(&FnPerturber::new(name, NONE, perturb), &registry)
            .iter()
            .map(|violation| violation.promise)
            .collect()
    }

    #[test]
    fn each_broken_promise_is_found() {
        assert_eq!(broken("Copy", |image, _| Ok(image.to_owned())), [""; 0]);
        assert_eq!(broken("Crop", |image, _| Ok(image.slice(s![..1, ..1, ..]).to_owned())), [""; 0]);
        assert_eq!(broken("", |image, _| Ok(image.to_owned())), [NAME]);
        let refuse = || Error::Channels { perturber: "Never", channels: 1, expected: "none" };
        assert_eq!(broken("Never", move |_, _| Err(refuse())), [DEFINED]);
        assert_eq!(broken("Panic", |_, _| panic!("expected by a test")), [NO_PANIC]);
        assert_eq!(broken("Grey", |image, _| Ok(image.slice(s![.., .., ..1]).to_owned())), [CHANNELS]);
        assert_eq!(broken("None", |image, _| Ok(image.slice(s![..0, .., ..]).to_owned())), [PIXELS]);
        let here = thread::current().id();
        let threaded = move |image: ArrayView3<'_, u8>, _: &mut Random| {
            Ok(image.mapv(|value| value ^ u8::from(thread::current().id() == here)))
        };
        assert_eq!(broken("Threaded", threaded), [THREADS]);
        let memory = |image: ArrayView3<'_, u8>, _: &mut Random| {
            Ok(image.mapv(|value| value ^ u8::from(image.is_standard_layout())))
        };
        assert_eq!(broken("Memory", memory), [LAYOUT]);
    }

    #[test]
    fn a_result_that_depends_on_earlier_calls_is_found() {
        let calls = Arc::new(AtomicU8::new(0));
        let counting = move |image: ArrayView3<'_, u8>, _: &mut Random| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            Ok(image.mapv(|value| value.wrapping_add(call)))
        };
        assert!(broken("Counting", counting).contains(&SAME));
    }

    #[test]
    fn what_a_registry_does_not_build_again_is_found() {
        let invert = FnPerturber::new("Invert", NONE, |image, _| Ok(image.mapv(|value| 255 - value)));
        assert_eq!(promises(&invert, &Registry::new()), [REGISTERED]);
        // Nothing tells inverting from copying, since both have no parameters.
        let mut registry = Registry::new();
        let copy = || FnPerturber::new("Invert", NONE, |image, _| Ok(image.to_owned()));
        registry.register_with("Invert", move |_, _| Ok(Arc::new(copy()))).unwrap();
        assert_eq!(promises(&invert, &registry), [COMPLETE]);
        let mut registry = Registry::new();
        registry.register_with("Invert", |_, _| Ok(Arc::new(SaltNoise::new(0.1)?))).unwrap();
        assert_eq!(promises(&invert, &registry), [REGISTERED]);
    }
}
