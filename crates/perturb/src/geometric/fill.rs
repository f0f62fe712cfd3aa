use crate::Error;

/// The value of each channel where an image has no pixel: black by default, else one value per channel.
pub(super) fn per_channel(
    perturber: &'static str,
    color_fill: &[u8],
    channels: usize,
) -> Result<Vec<u8>, Error> {
    if color_fill.is_empty() {
        return Ok(vec![0; channels]);
    }
    if color_fill.len() == channels {
        return Ok(color_fill.to_vec());
    }
    Err(Error::Channels { perturber, channels, expected: "as many as color_fill has values" })
}
