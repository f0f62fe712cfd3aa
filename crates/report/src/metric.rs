use results::SaliencyComparison;

pub(crate) fn metric(row: &SaliencyComparison, name: &str) -> f64 {
    row.metrics.get(name).unwrap_or(f64::NAN)
}
