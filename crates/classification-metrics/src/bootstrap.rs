use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::class_counts::ClassCounts;
use crate::statistic::Statistic;
use crate::{Average, Counts, Error, Score};

/// The number of resamples.
const RESAMPLES: usize = 2_000;

/// Returns a bootstrap confidence interval of a score that is one number, at the level `confidence` (0.95 for
/// 95 %).
///
/// It is the percentile interval of 2,000 stratified resamples: each draws, with replacement, as many images
/// of each true class as there are. The classes of a macro average are those of the original counts in every
/// resample. Random numbers are `ChaCha8` seeded with `seed`, so that the same counts and seed give the same
/// bits.
///
/// Use it for macro averages, which are not the share of anything; for a plain share,
/// [`wilson_interval`](crate::wilson_interval) is better.
///
/// Source: B. Efron and R. J. Tibshirani, "An introduction to the bootstrap", 1993, chapters 8 and 13. The
/// percentiles are `NumPy`'s (`linear`).
///
/// # Errors
///
/// [`Error::Empty`] if nothing is counted, [`Error::Confidence`] unless `0 < confidence < 1`,
/// [`Error::NotOneNumber`] for [`Average::PerClass`].
///
/// # Degenerate inputs
///
/// If all images of a class get the same prediction, resampling changes nothing: the interval of a score that
/// is 0 or 1 for every class is a point. For few images per class the interval is too narrow.
///
/// # Examples
///
/// ```
/// use classification_metrics::{Average, Counts, Score, bootstrap_interval};
///
/// let mut counts = Counts::new(2, 1)?;
/// // Of 50 images per class, 40 of the first and 25 of the second are recognised.
/// for i in 0..50 {
///     counts.count(0, usize::from(i >= 40))?;
///     counts.count(1, usize::from(i < 25))?;
/// }
/// let (low, high) = bootstrap_interval(&counts, Score::Accuracy, Average::Macro, 0.95, 7)?;
/// // 0.65, and 1.96 standard errors of 0.045.
/// assert!((low - 0.56).abs() < 0.015 && (high - 0.74).abs() < 0.015);
/// # Ok::<(), classification_metrics::Error>(())
/// ```
pub fn bootstrap_interval(
    counts: &Counts,
    score: Score,
    average: Average,
    confidence: f64,
    seed: u64,
) -> Result<(f64, f64), Error> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return Err(Error::Confidence { confidence });
    }
    if counts.total() == 0 {
        return Err(Error::Empty);
    }
    let statistic = Statistic::Score(score);
    let kept = statistic.kept(&counts.by_class(), counts.top_k());
    let strata = strata(counts);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut values = Vec::with_capacity(RESAMPLES);
    let mut classes = vec![ClassCounts::default(); counts.classes()];
    for _ in 0..RESAMPLES {
        classes.fill(ClassCounts::default());
        for (target, stratum) in &strata {
            let images = stratum.last().map_or(0, |&(_, below)| below);
            for _ in 0..images {
                // The upper half of the product is uniform over the images, within 2^-64 of each.
                let drawn = ((u128::from(rng.next_u64()) * u128::from(images)) >> 64) as u64;
                let (predicted, _) = stratum[stratum.partition_point(|&(_, below)| below <= drawn)];
                if predicted == *target {
                    classes[*target].true_positives += 1;
                } else {
                    classes[*target].false_negatives += 1;
                    classes[predicted].false_positives += 1;
                }
            }
        }
        classes.iter_mut().for_each(|class| class.complete(counts.total()));
        let value = statistic.value(average, &classes, &kept);
        values.push(value.as_scalar().ok_or(Error::NotOneNumber { average })?);
    }
    values.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Ok((percentile(&values, tail), percentile(&values, 1.0 - tail)))
}

/// For each true class: the predicted classes, each with the number of images up to and including it.
fn strata(counts: &Counts) -> Vec<(usize, Vec<(usize, u64)>)> {
    let mut strata: Vec<(usize, Vec<(usize, u64)>)> = Vec::new();
    for (target, predicted, count) in counts.cells() {
        match strata.last_mut() {
            Some((last, stratum)) if *last == target => {
                let before = stratum.last().map_or(0, |&(_, below)| below);
                stratum.push((predicted, before + count));
            }
            _ => strata.push((target, vec![(predicted, count)])),
        }
    }
    strata
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    let position = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
    below + (above - below) * position.fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Counts of `(target, predicted, how often)`.
    fn counts(classes: usize, cells: &[(usize, usize, u64)]) -> Counts {
        let json = serde_json::json!({ "classes": classes, "top_k": 1, "cells": cells });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_large_samples_interval_is_the_normal_one() {
        // Three classes of 400, 100 and 50 images, of which 80 %, 50 % and 20 % are recognised.
        let cells = [(0, 0, 320), (0, 1, 80), (1, 1, 50), (1, 2, 50), (2, 2, 10), (2, 0, 40)];
        let (low, high) =
            bootstrap_interval(&counts(3, &cells), Score::Accuracy, Average::Macro, 0.95, 1).unwrap();
        let error = (0.16 / 400.0 + 0.25 / 100.0 + 0.16 / 50.0_f64).sqrt() / 3.0;
        // The percentiles of 2,000 resamples are known to about 6 % of a standard error.
        assert!((low - (0.5 - 1.96 * error)).abs() < 0.15 * error, "{low}");
        assert!((high - (0.5 + 1.96 * error)).abs() < 0.15 * error, "{high}");
    }

    #[test]
    fn a_class_that_is_only_predicted_counts_in_every_resample() {
        // Class 1 has no images and is predicted once, so the macro accuracy is half that of class 0.
        let only = counts(3, &[(0, 0, 9), (0, 1, 1)]);
        let (low, high) = bootstrap_interval(&only, Score::Accuracy, Average::Macro, 0.95, 1).unwrap();
        assert!(low <= 0.45 && 0.45 <= high && high == 0.5, "{low} {high}");
    }

    #[test]
    fn what_cannot_vary_is_a_point() {
        let certain = counts(3, &[(0, 0, 5), (1, 2, 5)]);
        let (low, high) = bootstrap_interval(&certain, Score::Recall, Average::Micro, 0.95, 1).unwrap();
        assert_eq!((low, high), (0.5, 0.5));
    }

    #[test]
    fn impossible_settings_are_refused() {
        let some = counts(2, &[(0, 1, 1)]);
        let interval =
            |counts, average, confidence| bootstrap_interval(counts, Score::F1, average, confidence, 1);
        for confidence in [0.0, 1.0, f64::NAN] {
            assert!(matches!(
                interval(&some, Average::Macro, confidence),
                Err(Error::Confidence { confidence: c }) if c.to_bits() == confidence.to_bits()
            ));
        }
        assert_eq!(
            interval(&some, Average::PerClass, 0.95),
            Err(Error::NotOneNumber { average: Average::PerClass })
        );
        assert_eq!(interval(&counts(2, &[]), Average::Macro, 0.95), Err(Error::Empty));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn the_interval_contains_the_macro_score(
            cells in prop::collection::vec((0_usize..3, 0_usize..20, 1_u64..4), 1..30), seed: u64,
        ) {
            // Many classes are predicted and never true.
            let counts = counts(20, &cells);
            for score in [Score::Accuracy, Score::Recall, Score::Specificity] {
                let statistic = Statistic::Score(score);
                let classes = counts.by_class();
                let kept = statistic.kept(&classes, 1);
                let value = statistic.value(Average::Macro, &classes, &kept).as_scalar().unwrap();
                let (low, high) = bootstrap_interval(&counts, score, Average::Macro, 0.99, seed).unwrap();
                prop_assert!(low <= value + 1e-6 && value <= high + 1e-6, "{} not in {}..{}", value, low, high);
            }
        }

        #[test]
        fn the_same_seed_gives_the_same_interval(cells in prop::collection::vec((0_usize..4, 0_usize..4, 1_u64..20), 1..8), seed: u64) {
            let counts = counts(4, &cells);
            let interval = || bootstrap_interval(&counts, Score::Accuracy, Average::Macro, 0.9, seed).unwrap();
            let (low, high) = interval();
            prop_assert!(0.0 <= low && low <= high && high <= 1.0);
            prop_assert_eq!((low, high), interval());
        }
    }
}
