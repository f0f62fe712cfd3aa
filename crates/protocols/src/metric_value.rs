use ndarray::Array2;

/// One named result of a metric.
///
/// ```
/// use protocols::MetricValue;
///
/// assert_eq!(MetricValue::Scalar(0.75).as_scalar(), Some(0.75));
/// assert_eq!(MetricValue::PerClass(vec![1.0, 0.5]).as_scalar(), None);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MetricValue {
    /// A single number.
    Scalar(f64),
    /// One number per class, by class index.
    PerClass(Vec<f64>),
    /// A table, such as the confusion matrix.
    Matrix(Array2<f64>),
}

impl MetricValue {
    /// The single number, or `None` if it is not one.
    #[must_use]
    pub fn as_scalar(&self) -> Option<f64> {
        match self {
            Self::Scalar(value) => Some(*value),
            _ => None,
        }
    }

    /// The numbers per class, or `None` if it is something else.
    #[must_use]
    pub fn as_per_class(&self) -> Option<&[f64]> {
        match self {
            Self::PerClass(values) => Some(values),
            _ => None,
        }
    }

    /// The table, or `None` if it is something else.
    #[must_use]
    pub fn as_matrix(&self) -> Option<&Array2<f64>> {
        match self {
            Self::Matrix(values) => Some(values),
            _ => None,
        }
    }
}
