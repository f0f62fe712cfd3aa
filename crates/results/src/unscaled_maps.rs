use ndarray::Array2;

/// The maps that an image's drift at one setting is computed from, all `(height, width)` and not scaled.
///
/// They belong to a [`SaliencyDrift`](crate::SaliencyDrift). Maps that do not exist are NaN: that of the reference if
/// the image was skipped there or had another size, the half difference of fewer than four masks, and all of them for an
/// explainer whose maps have no unscaled form.
///
/// ```
/// use ndarray::Array2;
/// use results::UnscaledMaps;
///
/// let none = Array2::from_elem((64, 64), f32::NAN);
/// let maps = UnscaledMaps {
///     truth: Array2::zeros((64, 64)),
///     predicted: Array2::zeros((64, 64)),
///     reference: none.clone(),
///     half_difference: none,
/// };
/// assert!(maps.reference[[0, 0]].is_nan());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct UnscaledMaps {
    /// The true class's map.
    pub truth: Array2<f32>,
    /// The map of the class that is predicted at this setting.
    pub predicted: Array2<f32>,
    /// The map of that class at the sweep's first setting.
    pub reference: Array2<f32>,
    /// Half the difference between the true class's maps from two halves of the masks.
    pub half_difference: Array2<f32>,
}
