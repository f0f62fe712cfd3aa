//! A study that is stopped, continued, cut into parts or given bad data.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use ndarray::{Array2, Array3, ArrayView3};
use perturb::{Axis, Randomness, Sweep};
use proptest::prelude::*;
use protocols::{
    BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata, FnModel, Model, ModelMetadata, ScoreKind,
};
use results::{ItemResponse, Prediction, SaliencyComparison, Skipped};
use saliency::Rise;
use study::{Error, Explained, Observer, Outcome, Pass, Sample, Shard, Study};

const LABELS: [&str; 3] = ["red", "green", "blue"];

/// Pictures of noise, some of which are bad in one way or another.
struct Noise {
    metadata: DatasetMetadata,
    len: usize,
    bad: Vec<(usize, Bad)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Bad {
    Unreadable,
    Channels,
    Empty,
    Label,
    Score(f32),
    /// Can be scored, not explained: the model fails on it under a mask.
    Explanation,
}

impl Noise {
    fn new(len: usize) -> Self {
        let labels = LABELS.map(str::to_owned).to_vec();
        Self { metadata: DatasetMetadata::new("noise", labels), len, bad: Vec::new() }
    }

    fn with(mut self, index: usize, bad: Bad) -> Self {
        self.bad.push((index, bad));
        self
    }
}

impl Dataset for Noise {
    fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        let bad = self.bad.iter().find(|(at, _)| *at == index).map(|(_, bad)| *bad);
        let shape = match bad {
            Some(Bad::Unreadable) => return Err("shard-1.parquet: row 7: cannot decode the picture".into()),
            Some(Bad::Channels) => (6, 5, 2),
            Some(Bad::Empty) => (0, 0, 3),
            _ => (6, 5, 3),
        };
        let mut image =
            Array3::from_shape_fn(shape, |(y, x, c)| ((index * 37 + y * 59 + x * 101 + c * 83) % 200) as u8);
        match bad {
            Some(Bad::Score(value)) => image.fill(if value.is_nan() { 250 } else { 251 }),
            Some(Bad::Explanation) => image.fill(252),
            _ => {}
        }
        let target = if bad == Some(Bad::Label) { 3 } else { index % 3 };
        Ok(Datum { image, target, metadata: DatumMetadata::new(format!("n{index}"), index) })
    }
}

/// Scores how much of each colour there is.
fn model() -> impl Model {
    let labels = LABELS.map(str::to_owned).to_vec();
    FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Logits), |images| {
        let mut scores = Array2::zeros((images.len(), 3));
        for (i, image) in images.iter().enumerate() {
            if image.dim().2 != 3 || image.is_empty() {
                return Err(format!("a picture of {:?}, expected 3 channels", image.dim()).into());
            }
            let all = |value: u8| image.iter().all(|&v| v == value);
            // Only a picture of one grey is grey under a mask, and then not of one grey.
            let grey = image.rows().into_iter().all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]);
            if grey && !all(image[[0, 0, 0]]) {
                return Err("a grey picture under a mask".into());
            }
            for channel in 0..3 {
                scores[[i, channel]] = match () {
                    () if all(250) => f32::NAN,
                    () if all(251) => f32::INFINITY,
                    () => mean(*image, channel),
                };
            }
        }
        Ok(scores)
    })
}

fn mean(image: ArrayView3<'_, u8>, channel: usize) -> f32 {
    let plane = image.index_axis(ndarray::Axis(2), channel);
    plane.iter().map(|&value| f32::from(value)).sum::<f32>() / plane.len() as f32
}

fn study() -> Study {
    let sweeps = [("AverageBlur", "ksize", vec![1.0, 3.0]), ("SaltNoise", "amount", vec![0.0, 0.3])];
    let sweeps = sweeps.map(|(name, parameter, values)| {
        Sweep::new(name, vec![Axis::new(parameter, values).unwrap()], []).unwrap()
    });
    let rise = Rise::builder().masks(12).grid(3).batch_size(5).build().unwrap();
    Study::new(sweeps.into(), Randomness::ChaCha { seed: 5 }, Box::new(rise))
        .with_batch_size(NonZeroUsize::new(3).unwrap())
}

/// Keeps what it is told, as a journal does, and stops or fails after so many calls.
#[derive(Default)]
struct Keeper {
    kept: Outcome,
    samples: Vec<(SaliencyComparison, Sample)>,
    begun: Vec<(Pass, usize, usize)>,
    advanced: usize,
    within: usize,
    stop_after: Option<usize>,
    fail_after: Option<usize>,
}

impl Keeper {
    fn keep(&mut self) -> Result<(), BoxError> {
        match &mut self.fail_after {
            Some(0) => Err("no space left".into()),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Observer for Keeper {
    fn begin(&mut self, pass: Pass, done: usize, total: usize) {
        self.begun.push((pass, done, total));
    }

    fn advance(&mut self, count: usize) -> ControlFlow<()> {
        self.advanced += count;
        self.within += usize::from(count == 0);
        match &mut self.stop_after {
            Some(0) => return ControlFlow::Break(()),
            Some(left) => *left -= 1,
            None => {}
        }
        ControlFlow::Continue(())
    }

    fn predictions(&mut self, rows: &[Prediction]) -> Result<(), BoxError> {
        self.keep()?;
        self.kept.predictions.extend_from_slice(rows);
        Ok(())
    }

    fn item_response(&mut self, row: &ItemResponse) -> Result<(), BoxError> {
        self.kept.responses.push(row.clone());
        Ok(())
    }

    fn comparison(&mut self, row: &SaliencyComparison, explained: Explained<'_>) -> Result<(), BoxError> {
        self.keep()?;
        self.kept.comparisons.push(row.clone());
        self.samples.push((row.clone(), explained.into()));
        Ok(())
    }

    fn skipped(&mut self, row: &Skipped) -> Result<(), BoxError> {
        self.keep()?;
        self.kept.skipped.push(row.clone());
        Ok(())
    }
}

fn sorted(mut rows: Vec<Skipped>) -> Vec<String> {
    rows.sort_by_key(|row| (row.setting.to_string(), row.image_id));
    rows.iter().map(|row| format!("{row:?}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_study_that_is_stopped_again_and_again_finds_what_one_run_does(
        len in 1_usize..11,
        stops in prop::collection::vec(0_usize..40, 0..6),
        failing in any::<bool>(),
        bad in prop::collection::vec((0_usize..11, 0_usize..6), 0..3),
    ) {
        let kinds = [Bad::Unreadable, Bad::Channels, Bad::Label, Bad::Score(f32::NAN), Bad::Explanation, Bad::Empty];
        let dataset = bad.iter().fold(Noise::new(len), |dataset, &(at, kind)| dataset.with(at, kinds[kind]));
        let (study, model) = (study().skip_failures(), model());
        let whole = study.run(&dataset, &model, &mut ()).unwrap();
        let mut kept = Outcome::default();
        for stop in stops {
            let mut keeper = Keeper::default();
            if failing { keeper.fail_after = Some(stop) } else { keeper.stop_after = Some(stop) }
            match study.resume(kept.clone(), &dataset, &model, &mut keeper) {
                Ok(outcome) => prop_assert_eq!(&outcome.comparisons, &whole.comparisons),
                Err(Error::Stopped) => prop_assert!(!failing),
                Err(Error::Observer { .. }) => prop_assert!(failing),
                Err(error) => prop_assert!(false, "{:?}", error),
            }
            kept.predictions.extend(keeper.kept.predictions);
            kept.comparisons.extend(keeper.kept.comparisons);
            kept.skipped.extend(keeper.kept.skipped);
        }
        let mut keeper = Keeper::default();
        let outcome = study.resume(kept.clone(), &dataset, &model, &mut keeper).unwrap();
        // Accuracies of settings without a picture are not numbers.
        prop_assert_eq!(format!("{:?}", outcome), format!("{:?}", whole));
        // The last run did the rest alone, and every picture once.
        for (pass, done, total) in &keeper.begun {
            prop_assert!(done <= total, "{:?} {} {}", pass, done, total);
        }
        let missing: usize = keeper.begun.iter().map(|(_, done, total)| total - done).sum();
        prop_assert_eq!(keeper.advanced, missing);
        kept.skipped.extend(keeper.kept.skipped);
        prop_assert_eq!(sorted(kept.skipped), sorted(whole.skipped));
    }

    #[test]
    fn parts_join_to_the_whole(len in 1_usize..12, parts in 1_usize..6) {
        let (dataset, model) = (Noise::new(len).with(3, Bad::Unreadable), model());
        let whole = study().skip_failures().run(&dataset, &model, &mut ()).unwrap();
        let mut joined = Outcome::default();
        for number in 1..=parts {
            let shard = study().skip_failures().with_shard(Shard::new(number, parts).unwrap());
            let part = shard.run(&dataset, &model, &mut ()).unwrap();
            joined.predictions.extend(part.predictions);
            joined.comparisons.extend(part.comparisons);
            joined.skipped.extend(part.skipped);
        }
        let joined = study().skip_failures().resume(joined, &dataset, &fails(), &mut ()).unwrap();
        prop_assert_eq!(format!("{:?}", joined), format!("{:?}", whole));
    }
}

/// A model that must not be asked.
fn fails() -> impl Model {
    let labels = LABELS.map(str::to_owned).to_vec();
    FnModel::new(ModelMetadata::new("m", labels, ScoreKind::Logits), |_| Err("asked".into()))
}

#[test]
fn it_stops_within_a_picture_too() {
    let mut keeper = Keeper::default();
    study().run(&Noise::new(2), &model(), &mut keeper).unwrap();
    // 12 masks in batches of 5 are asked about three times a picture.
    assert_eq!(keeper.within, 3 * 2 * 4);
    // Four settings of one batch each, then the first batch of masks.
    let mut keeper = Keeper { stop_after: Some(4), ..Keeper::default() };
    assert!(matches!(study().run(&Noise::new(2), &model(), &mut keeper), Err(Error::Stopped)));
    assert_eq!((keeper.kept.predictions.len(), keeper.kept.comparisons.len()), (8, 0));
}

#[test]
fn a_picture_is_explained_again_to_the_same_maps() {
    let mut keeper = Keeper::default();
    let dataset = Noise::new(3);
    study().run(&dataset, &model(), &mut keeper).unwrap();
    for (row, sample) in keeper.samples {
        assert_eq!(study().explain(&row, &dataset, &model()).unwrap(), sample);
        let other = SaliencyComparison { image_id: 3, ..row.clone() };
        assert!(matches!(study().explain(&other, &dataset, &model()), Err(Error::Foreign { .. })));
        let other = SaliencyComparison { truth: "grey".into(), ..row };
        assert!(matches!(study().explain(&other, &dataset, &model()), Err(Error::Foreign { .. })));
    }
}

#[test]
fn bad_data_stop_the_study_by_name_or_are_left_out_and_listed() {
    for (bad, said) in [
        (Bad::Unreadable, "row 7: cannot decode"),
        (Bad::Channels, "(6, 5, 2)"),
        (Bad::Empty, "(0, 0, 3)"),
        (Bad::Label, "class 3"),
        (Bad::Score(f32::NAN), "NaN"),
        (Bad::Score(f32::INFINITY), "inf"),
        (Bad::Explanation, "grey picture"),
    ] {
        let dataset = Noise::new(5).with(2, bad);
        let error = study().run(&dataset, &model(), &mut ()).unwrap_err();
        let chain = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
        let chain = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        assert!(chain.contains(said) && (chain.contains("datum 2") || chain.contains("image 2")), "{chain}");

        let mut keeper = Keeper::default();
        let outcome = study().skip_failures().run(&dataset, &model(), &mut keeper).unwrap();
        let scored = bad == Bad::Explanation;
        // Salt and blur make other pictures of some that could not be explained or scored.
        let untouched: Vec<_> = outcome
            .skipped
            .iter()
            .filter(|row| row.setting.value.number() < Some(0.1) || row.setting.value.number() == Some(1.0))
            .collect();
        assert_eq!(untouched.len(), 2, "{bad:?} {:?}", outcome.skipped);
        assert!(untouched.iter().all(|row| row.image_id == 2 && row.error.contains(said)), "{untouched:?}");
        assert_eq!(outcome.responses[0].count, if scored { 5 } else { 4 });
        assert_eq!(
            outcome.comparisons.iter().filter(|row| row.setting == outcome.responses[0].setting).count(),
            4
        );
        assert_eq!(sorted(keeper.kept.skipped), sorted(outcome.skipped));
    }
}

#[test]
fn a_study_of_which_everything_is_left_out_has_no_accuracy() {
    let dataset = Noise::new(1).with(0, Bad::Unreadable);
    let outcome = study().skip_failures().run(&dataset, &model(), &mut ()).unwrap();
    assert_eq!((outcome.skipped.len(), outcome.comparisons.len()), (4, 0));
    assert!(outcome.responses.iter().all(|row| row.count == 0 && row.accuracy_micro.is_nan()));
}

#[test]
fn what_is_not_of_the_study_is_refused() {
    let dataset = Noise::new(4);
    let whole = study().run(&dataset, &model(), &mut ()).unwrap();
    let refused = |change: &dyn Fn(&mut Outcome), said: &str| {
        let mut finished = whole.clone();
        change(&mut finished);
        let error = study().resume(finished, &dataset, &model(), &mut ()).unwrap_err();
        assert!(matches!(error, Error::Foreign { .. }) && error.to_string().contains(said), "{error}");
    };
    refused(&|o| o.predictions[0].setting.perturber = "Fog".into(), "Fog ksize 1: image 0 is of a setting");
    refused(&|o| o.predictions[3].image_id = 4, "image 4 is not among");
    refused(&|o| o.predictions.push(o.predictions[0].clone()), "image 0 comes twice");
    refused(&|o| drop(o.predictions.remove(0)), "image 0 is explained, yet has no scores");
    let twice = |name| Sweep::new(name, vec![Axis::new("ksize", vec![3.0]).unwrap()], []).unwrap();
    let rise = Rise::builder().masks(4).build().unwrap();
    let twice = Study::new(
        vec![twice("AverageBlur"), twice("AverageBlur")],
        Randomness::ChaCha { seed: 5 },
        Box::new(rise),
    );
    let finished = twice.run(&dataset, &model(), &mut ()).unwrap();
    assert_eq!(finished.responses.len(), 2);
    assert!(matches!(twice.resume(finished, &dataset, &model(), &mut ()), Err(Error::Foreign { .. })));
}
