use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::counts::ClassCounts;
use crate::{Average, Counts, Error, Score};

/// How often the pictures are drawn again.
const RESAMPLES: usize = 2_000;

/// Returns a confidence interval of any score that is one number, at the level `confidence` (0.95 for 95 %), by
/// drawing the pictures again: each class's from its own, as many as it has.
///
/// It is the percentile interval of the stratified bootstrap over 2,000 draws from `ChaCha8` seeded by `seed`, so that
/// the same counts and seed give the same bits. It is what there is for macro averages, which are no share of
/// anything; for a plain share [`wilson_interval`](crate::wilson_interval) is the better one.
///
/// Source: B. Efron and R. J. Tibshirani, "An introduction to the bootstrap", 1993, chapters 8 and 13. The
/// percentiles are `NumPy`'s (`linear`).
///
/// # Errors
///
/// [`Error::Empty`] if nothing was counted, [`Error::Confidence`] unless `0 < confidence < 1`,
/// [`Error::NotOneNumber`] for [`Average::PerClass`].
///
/// # Degenerate inputs
///
/// Where every picture of a class was predicted alike, drawing again changes nothing: the interval of a score that is
/// 0 or 1 for every class is a point. Of few pictures a class it is too narrow.
///
/// # Examples
///
/// ```
/// use classification_metrics::{Average, Counts, Score, bootstrap_interval};
///
/// let mut counts = Counts::new(2, 1)?;
/// // Of 50 pictures a class, 40 of the first and 25 of the second are right.
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
    let strata = strata(counts);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut values = Vec::with_capacity(RESAMPLES);
    let mut classes = vec![ClassCounts::default(); counts.classes()];
    for _ in 0..RESAMPLES {
        classes.fill(ClassCounts::default());
        for (target, stratum) in &strata {
            let pictures = stratum.last().map_or(0, |&(_, below)| below);
            for _ in 0..pictures {
                // The upper half of a product is evenly spread over 0 to `pictures`, within 2^-64 of each.
                let drawn = ((u128::from(rng.next_u64()) * u128::from(pictures)) >> 64) as u64;
                let (predicted, _) = stratum[stratum.partition_point(|&(_, below)| below <= drawn)];
                if predicted == *target {
                    classes[*target].true_positives += 1;
                } else {
                    classes[*target].false_negatives += 1;
                    classes[predicted].false_positives += 1;
                }
            }
        }
        let value = score.value(average, &classes, counts.top_k());
        values.push(value.as_scalar().ok_or(Error::NotOneNumber { average })?);
    }
    values.sort_by(f64::total_cmp);
    let tail = (1.0 - confidence) / 2.0;
    Ok((percentile(&values, tail), percentile(&values, 1.0 - tail)))
}

/// By true class: the predicted classes, each with how many of its pictures are that one or come before.
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
        // Three classes of 400, 100 and 50 pictures, of which 80 %, 50 % and 20 % are right.
        let cells = [(0, 0, 320), (0, 1, 80), (1, 1, 50), (1, 2, 50), (2, 2, 10), (2, 0, 40)];
        let (low, high) =
            bootstrap_interval(&counts(3, &cells), Score::Accuracy, Average::Macro, 0.95, 1).unwrap();
        let error = (0.16 / 400.0 + 0.25 / 100.0 + 0.16 / 50.0_f64).sqrt() / 3.0;
        // The percentiles of 2,000 draws are known to about 6 % of a standard error.
        assert!((low - (0.5 - 1.96 * error)).abs() < 0.15 * error, "{low}");
        assert!((high - (0.5 + 1.96 * error)).abs() < 0.15 * error, "{high}");
    }

    #[test]
    fn a_class_that_is_only_predicted_weighs_as_it_does_in_the_score() {
        // Class 1 has no pictures; whenever it is predicted, it halves the mean.
        let only = counts(3, &[(0, 0, 9), (0, 1, 1)]);
        let (low, high) = bootstrap_interval(&only, Score::Accuracy, Average::Macro, 0.95, 1).unwrap();
        assert!(low < 0.4 && high == 1.0, "{low} {high}");
    }

    #[test]
    fn what_cannot_vary_is_a_point() {
        let certain = counts(3, &[(0, 0, 5), (1, 2, 5)]);
        let (low, high) = bootstrap_interval(&certain, Score::Recall, Average::Micro, 0.95, 1).unwrap();
        assert_eq!((low, high), (0.5, 0.5));
    }

    #[test]
    fn impossible_wishes_are_refused() {
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
        fn the_same_seed_gives_the_same_interval(cells in proptest::collection::vec((0_usize..4, 0_usize..4, 1_u64..20), 1..8), seed: u64) {
            let counts = counts(4, &cells);
            let interval = || bootstrap_interval(&counts, Score::Accuracy, Average::Macro, 0.9, seed).unwrap();
            let (low, high) = interval();
            prop_assert!(0.0 <= low && low <= high && high <= 1.0);
            prop_assert_eq!((low, high), interval());
        }
    }
}
