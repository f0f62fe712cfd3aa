use std::collections::BTreeMap;
use std::fmt;

use ndarray::{Array3, ArrayView3};
use serde_json::Value;

use crate::{Error, Perturber, Random};

/// A perturber that is a function of the image and the random numbers.
///
/// ```
/// use ndarray::Array3;
/// use perturb::{FnPerturber, Perturber, Random};
///
/// let by = 9_u8;
/// let shift = FnPerturber::new("Shift", [("by", by)], move |image, _random| {
///     Ok(image.mapv(|value| value.saturating_add(by)))
/// });
/// let black = Array3::zeros((4, 6, 3));
/// assert_eq!(shift.perturb(black.view(), &mut Random::chacha(1, 0))?[[0, 0, 0]], 9);
/// # Ok::<(), perturb::Error>(())
/// ```
#[derive(Clone)]
pub struct FnPerturber<F> {
    name: String,
    parameters: BTreeMap<String, Value>,
    function: F,
}

impl<F> FnPerturber<F>
where
    F: Fn(ArrayView3<'_, u8>, &mut Random) -> Result<Array3<u8>, Error> + Send + Sync,
{
    /// Wraps a function as [`Perturber::perturb`] describes it.
    ///
    /// `parameters` must tell the function from others of the same name: studies rely on it.
    pub fn new<N: Into<String>, V: Into<Value>>(
        name: impl Into<String>,
        parameters: impl IntoIterator<Item = (N, V)>,
        function: F,
    ) -> Self {
        let parameters = parameters.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { name: name.into(), parameters, function }
    }
}

impl<F> Perturber for FnPerturber<F>
where
    F: Fn(ArrayView3<'_, u8>, &mut Random) -> Result<Array3<u8>, Error> + Send + Sync,
{
    fn name(&self) -> &str {
        &self.name
    }

    fn parameters(&self) -> BTreeMap<String, Value> {
        self.parameters.clone()
    }

    fn perturb(&self, image: ArrayView3<'_, u8>, random: &mut Random) -> Result<Array3<u8>, Error> {
        (self.function)(image, random)
    }
}

impl<F> fmt::Debug for FnPerturber<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FnPerturber")
            .field("name", &self.name)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}
