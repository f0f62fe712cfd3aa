use results::SaliencyComparison;

/// A metric of the saliency table, as figures and the page present it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SaliencyMetric {
    /// The metric's name, which is its column in the table.
    pub(crate) name: String,
    /// The name as it is written in text.
    pub(crate) title: String,
    /// The unit or the range of the values.
    pub(crate) unit: Option<&'static str>,
    /// What the metric measures, as a sentence.
    pub(crate) description: Option<&'static str>,
    /// The value of two equal maps, of a metric that compares maps.
    pub(crate) of_equal_maps: Option<f64>,
}

/// The name of the correlation between the maps of the true and the predicted class.
const CORRELATION: &str = "xcorr";

/// The metrics of a table, in its order.
pub(crate) fn saliency_metrics(rows: &[SaliencyComparison]) -> Vec<SaliencyMetric> {
    rows.first().into_iter().flat_map(|row| row.metrics.names()).map(SaliencyMetric::new).collect()
}

impl SaliencyMetric {
    fn new(name: &str) -> Self {
        let (title, unit, description, of_equal_maps) = match name {
            "entropy" => {
                ("entropy", Some("bits"), Some("Entropy is that of the true class’s map, in bits."), None)
            }
            "ssd" => (
                "SSD",
                Some("normalised"),
                Some(
                    "SSD is the normalised sum of squared differences between the maps of the true and the predicted class.",
                ),
                Some(0.0),
            ),
            CORRELATION => (
                "cross-correlation",
                Some("-1 to 1"),
                Some("xcorr is the correlation between these maps, −1 to 1."),
                Some(1.0),
            ),
            _ => (name, None, None, None),
        };
        Self { name: name.to_owned(), title: title.to_owned(), unit, description, of_equal_maps }
    }

    /// The title and the unit, as an axis is labelled.
    pub(crate) fn label(&self) -> String {
        match self.unit {
            Some(unit) => format!("{} [{unit}]", self.title),
            None => self.title.clone(),
        }
    }

    /// The value in a row; NaN where the row has none.
    pub(crate) fn value(&self, row: &SaliencyComparison) -> f64 {
        row.metrics.get(&self.name).unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_metric_is_titled_by_its_name() {
        let metric = SaliencyMetric::new("gini <1>");
        assert_eq!((metric.label().as_str(), metric.of_equal_maps), ("gini <1>", None));
        assert_eq!(SaliencyMetric::new("ssd").label(), "SSD [normalised]");
    }
}
