use ndarray::Array2;

/// Turns each row of logits into probabilities, in place.
///
/// Each row's maximum is subtracted before exponentiation, so that nothing overflows.
///
/// # Examples
///
/// ```
/// use ndarray::array;
///
/// let mut scores = array![[1000.0_f32, 1000.0]];
/// inference::softmax_rows(&mut scores);
/// assert_eq!(scores, array![[0.5, 0.5]]);
/// ```
pub fn softmax_rows(scores: &mut Array2<f32>) {
    for mut row in scores.rows_mut() {
        let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row.mapv_inplace(|logit| (logit - highest).exp());
        let sum: f32 = row.sum();
        row.mapv_inplace(|share| share / sum);
    }
}
