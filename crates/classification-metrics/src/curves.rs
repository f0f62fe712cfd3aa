use crate::score_table::ScoreTable;

/// Images grouped by their probability of a class, from the highest on.
struct Groups {
    /// Positives and negatives of each distinct probability.
    counts: Vec<(f64, f64)>,
    positives: f64,
    negatives: f64,
}

impl Groups {
    fn new(table: &ScoreTable, class: usize) -> Self {
        let mut images: Vec<(f32, bool)> = table.column(class).collect();
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

/// The area under a class's receiver operating characteristic, by trapezoids between distinct probabilities;
/// `None` without positives or without negatives.
pub(crate) fn auroc(table: &ScoreTable, class: usize) -> Option<f64> {
    let Groups { counts, positives, negatives } = Groups::new(table, class);
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

/// A class's average precision: the mean of the precision at each distinct probability, weighted by the
/// increase of recall; `None` without positives.
pub(crate) fn average_precision(table: &ScoreTable, class: usize) -> Option<f64> {
    let Groups { counts, positives, .. } = Groups::new(table, class);
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
