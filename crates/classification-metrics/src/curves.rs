use crate::score_table::ScoreTable;

/// Images grouped by their probability of a class, or by the highest threshold that it reaches, from the highest on.
struct Groups {
    /// Positives and negatives of each group.
    counts: Vec<(f64, f64)>,
    positives: f64,
    negatives: f64,
}

impl Groups {
    fn new(table: &ScoreTable, class: usize, thresholds: Option<usize>) -> Self {
        let mut images: Vec<(f32, bool)> = table.column(class).collect();
        if let Some(count) = thresholds {
            let thresholds = evenly_spaced(count);
            for (probability, _) in &mut images {
                let reached = thresholds.partition_point(|threshold| threshold <= probability);
                *probability = thresholds[reached.saturating_sub(1)];
            }
        }
        images.sort_by(|a, b| b.0.total_cmp(&a.0));
        let counts: Vec<_> = images
            .chunk_by(|a, b| a.0 == b.0)
            .map(|group| {
                let positives = group.iter().filter(|(_, positive)| *positive).count();
                (positives as f64, (group.len() - positives) as f64)
            })
            .collect();
        let positives = counts.iter().map(|group| group.0).sum();
        let negatives = counts.iter().map(|group| group.1).sum();
        Self { counts, positives, negatives }
    }
}

/// `torch.linspace(0, 1, count)`, from both ends towards the middle.
fn evenly_spaced(count: usize) -> Vec<f32> {
    let last = count - 1;
    let step = 1.0 / last as f32;
    (0..count).map(|i| if i < count / 2 { i as f32 * step } else { 1.0 - (last - i) as f32 * step }).collect()
}

/// The area under a class's receiver operating characteristic, by trapezoids between distinct probabilities or between
/// this many thresholds from 0 to 1; `None` without positives or without negatives.
pub(crate) fn auroc(table: &ScoreTable, class: usize, thresholds: Option<usize>) -> Option<f64> {
    let Groups { counts, positives, negatives } = Groups::new(table, class, thresholds);
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let (mut above, mut area) = (0.0, 0.0);
    for (positive, negative) in counts {
        area += negative * (above + positive / 2.0);
        above += positive;
    }
    Some(area / (positives * negatives))
}

/// A class's average precision: the mean of the precision at each distinct probability or at each threshold, weighted
/// by the increase of recall; `None` without positives.
pub(crate) fn average_precision(table: &ScoreTable, class: usize, thresholds: Option<usize>) -> Option<f64> {
    let Groups { counts, positives, .. } = Groups::new(table, class, thresholds);
    if positives == 0.0 {
        return None;
    }
    let (mut true_positives, mut predicted, mut sum) = (0.0, 0.0, 0.0);
    for (positive, negative) in counts {
        true_positives += positive;
        predicted += positive + negative;
        sum += positive * true_positives / predicted;
    }
    Some(sum / positives)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_evenly_spaced_from_0_to_1() {
        assert_eq!(evenly_spaced(2), [0.0, 1.0]);
        assert_eq!(evenly_spaced(5), [0.0, 0.25, 0.5, 0.75, 1.0]);
    }
}
