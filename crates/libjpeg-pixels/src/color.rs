//! Conversion of channels to red, green and blue, as in libjpeg's `jdcolor.c`.

use multiversion::multiversion;

/// What three channels mean.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ColorSpace {
    Rgb,
    YCbCr,
}

/// Pixels are converted in runs of this length, which the compiler vectorises.
const RUN: usize = 32;

/// Writes a row of grey values as red, green and blue.
pub(crate) fn grey_row(grey: &[u8], output: &mut [u8]) {
    for (pixel, &value) in output.as_chunks_mut::<3>().0.iter_mut().zip(grey) {
        *pixel = [value; 3];
    }
}

/// Writes a row of red, green and blue values pixel by pixel.
#[inline(always)]
pub(crate) fn rgb_row([red, green, blue]: [&[u8]; 3], output: &mut [u8]) {
    let channels = red.iter().zip(green).zip(blue);
    for (pixel, ((&red, &green), &blue)) in output.as_chunks_mut::<3>().0.iter_mut().zip(channels) {
        *pixel = [red, green, blue];
    }
}

/// Writes a row of luminance and chrominance as red, green and blue.
///
/// ```text
/// R = Y + 1.40200 (Cr - 128),  B = Y + 1.77200 (Cb - 128)
/// G = Y - 0.34414 (Cb - 128) - 0.71414 (Cr - 128)
/// ```
///
/// with 16 bits of fraction, rounded to the nearest.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn ycbcr_row(channels: [&[u8]; 3], output: &mut [u8]) {
    let [luma, blue, red] = channels;
    let (runs, rest) = output.as_chunks_mut::<{ 3 * RUN }>();
    let (lumas, luma_rest) = luma.as_chunks::<RUN>();
    let (blues, blue_rest) = blue.as_chunks::<RUN>();
    let (reds, red_rest) = red.as_chunks::<RUN>();
    let full = runs.len();
    for (run, ((luma, blue), red)) in runs.iter_mut().zip(lumas.iter().zip(blues).zip(reds)) {
        ycbcr_run([luma, blue, red], run);
    }
    // The channels may be longer than the row.
    let last = |runs: &[[u8; RUN]], rest: &[u8]| {
        let mut run = [0; RUN];
        let source = runs.get(full).map_or(rest, |run| &run[..]);
        run.iter_mut().zip(source).for_each(|(to, &from)| *to = from);
        run
    };
    let mut run = [0; 3 * RUN];
    ycbcr_run([&last(lumas, luma_rest), &last(blues, blue_rest), &last(reds, red_rest)], &mut run);
    rest.iter_mut().zip(run).for_each(|(to, from)| *to = from);
}

#[inline(always)]
fn ycbcr_run([luma, blue, red]: [&[u8; RUN]; 3], output: &mut [u8; 3 * RUN]) {
    let mut planes = [[0; RUN]; 3];
    for i in 0..RUN {
        let (y, cb, cr) = (i16::from(luma[i]), i16::from(blue[i]) - 128, i16::from(red[i]) - 128);
        // The factors without their integer part, so that both operands of each product fit 16 bits.
        let scaled = |value: i16, factor: i16| i32::from(value) * i32::from(factor);
        let rounded = |value: i32| ((value + (1 << 15)) >> 16) as i16;
        let values = [
            y + cr + rounded(scaled(cr, 26_345)),
            y - cr + rounded(scaled(cb, -22_554) + scaled(cr, 18_734)),
            y + 2 * cb + rounded(scaled(cb, -14_942)),
        ];
        for (plane, value) in planes.iter_mut().zip(values) {
            plane[i] = value.clamp(0, 255) as u8;
        }
    }
    rgb_row([&planes[0], &planes[1], &planes[2]], output);
}

#[cfg(test)]
mod tests {
    use super::ycbcr_row;

    /// The tables of `build_ycc_rgb_table`.
    fn by_table(y: i32, cb: i32, cr: i32) -> [u8; 3] {
        let fix = |x: f64| (x * 65_536.0 + 0.5) as i32;
        let (half, cb, cr) = (1 << 15, cb - 128, cr - 128);
        let red = y + ((fix(1.402) * cr + half) >> 16);
        let blue = y + ((fix(1.772) * cb + half) >> 16);
        let green = y + ((-fix(0.34414) * cb + half - fix(0.71414) * cr) >> 16);
        [red, green, blue].map(|value| value.clamp(0, 255) as u8)
    }

    #[test]
    fn every_chrominance_equals_the_table() {
        for y in [0, 1, 77, 128, 254, 255] {
            for cb in 0..=255_u8 {
                let reds: Vec<u8> = (0..=255).collect();
                let mut output = vec![0; 3 * 256];
                ycbcr_row([&[y; 256], &[cb; 256], &reds], &mut output);
                for (pixel, &cr) in output.chunks(3).zip(&reds) {
                    assert_eq!(pixel, by_table(y.into(), cb.into(), cr.into()), "{y} {cb} {cr}");
                }
            }
        }
    }

    #[test]
    fn the_length_of_a_row_does_not_matter() {
        let (y, cb, cr): (Vec<u8>, Vec<u8>, Vec<u8>) =
            ((0..100).collect(), (50..150).collect(), (100..200).rev().collect());
        let mut whole = vec![0; 300];
        ycbcr_row([&y, &cb, &cr], &mut whole);
        for width in 0..100 {
            let mut part = vec![0; 3 * width];
            ycbcr_row([&y, &cb, &cr], &mut part);
            assert_eq!(part, whole[..3 * width]);
        }
    }
}
