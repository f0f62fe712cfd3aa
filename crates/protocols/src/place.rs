use std::fmt;

/// Which datum, or which range of data, an error is about.
///
/// ```
/// use protocols::Place;
///
/// let place = Place::of_datum(4).in_dataset("EuroSAT").named("Forest/4.png");
/// assert_eq!(place.to_string(), "datum 4 (`Forest/4.png`) of dataset `EuroSAT`");
/// assert_eq!(Place::of_data(0, 7).to_string(), "data 0 to 7");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Place {
    /// The dataset's name, if it is known.
    pub dataset: Option<String>,
    /// The first datum's index.
    pub first: usize,
    /// The last datum's index; `first` for a single datum.
    pub last: usize,
    /// The first datum's name, if it is known.
    pub id: Option<String>,
}

impl Place {
    /// A single datum.
    #[must_use]
    pub fn of_datum(index: usize) -> Self {
        Self::of_data(index, index)
    }

    /// The data from index `first` to index `last`, both included.
    #[must_use]
    pub fn of_data(first: usize, last: usize) -> Self {
        Self { dataset: None, first, last, id: None }
    }

    /// Names the dataset.
    #[must_use]
    pub fn in_dataset(self, id: impl Into<String>) -> Self {
        Self { dataset: Some(id.into()), ..self }
    }

    /// Names the (first) datum.
    #[must_use]
    pub fn named(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "datum {}", self.first)?;
        } else {
            write!(f, "data {} to {}", self.first, self.last)?;
        }
        match &self.id {
            Some(id) if self.first == self.last => write!(f, " (`{id}`)")?,
            Some(id) => write!(f, " (starting with `{id}`)")?,
            None => {}
        }
        match &self.dataset {
            Some(dataset) => write!(f, " of dataset `{dataset}`"),
            None => Ok(()),
        }
    }
}
