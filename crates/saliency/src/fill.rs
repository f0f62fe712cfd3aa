use ndarray::Array3;

/// What replaces the pixels that a mask hides.
///
/// The variant also fixes the precision of the blend, since XAITK's follows from NumPy's promotion of the fill's type:
/// one number or an image stays in f32, a colour is promoted to f64.
///
/// # Examples
///
/// ```
/// use saliency::Fill;
///
/// let mean = Fill::Color(vec![95, 96, 93]);
/// assert_ne!(mean, Fill::default());
/// assert_eq!(Fill::default(), Fill::Black);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fill {
    /// Zero: the image is multiplied by the mask.
    #[default]
    Black,
    /// One number for all channels.
    Value(u8),
    /// A number for each channel.
    Color(Vec<u8>),
    /// An image of the same shape, (height, width, channels).
    Image(Array3<u8>),
}
