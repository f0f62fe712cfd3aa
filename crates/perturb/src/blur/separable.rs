//! A symmetric kernel with taps in 256ths, along the rows and down the columns, in exact arithmetic.

use std::ops::Range;

use multiversion::multiversion;
use multiversion::target::target_cfg_f;

use super::border::{mirrored, reflect_101};

/// The number of neighbouring values computed together; their sums stay in registers.
const LANES: usize = 4 * WORDS;

/// The number of little-endian words that hold them, four values each.
const WORDS: usize = 16;

/// The first and third byte of a word.
const EVEN: u32 = 0x00FF_00FF;

/// The size in bytes of the horizontally blurred rows kept at a time, which fits a core's first-level cache.
const NEAR: usize = 24 * 1024;

/// Subtracted from sums over both passes, which are below 2^24: the difference has a bit left for the half
/// that makes ties round up.
const OFFSET: f32 = 8_388_608.0;

/// [`LANES`] values blurred along their row: those in the first bytes of their words, then the second, third
/// and fourth. Words are split and joined without moving values across a register.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Block([[f32; WORDS]; 4]);

/// Blurs `image`, whose shape is (height, width, channels), into `out`. The number of `taps` is odd; they are
/// symmetric and sum to 256.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2+fma"))]
pub(super) fn blur(image: &[u8], out: &mut [u8], shape: (usize, usize, usize), taps: &[u16]) {
    match (target_cfg_f!(target_feature = "fma"), target_cfg_f!(target_feature = "avx512f")) {
        (true, true) => passes::<true, true>(image, out, shape, taps),
        (true, false) => passes::<true, false>(image, out, shape, taps),
        (false, _) => passes::<false, false>(image, out, shape, taps),
    }
}

/// `FUSED`: whether multiplication and addition are one instruction. The sums are exact either way, but
/// without the instruction `mul_add` would be a function call. `SHARED`: whether there are enough registers
/// for two rows of the result at once, which share their loads.
#[inline(always)]
fn passes<const FUSED: bool, const SHARED: bool>(
    image: &[u8],
    out: &mut [u8],
    (height, width, channels): (usize, usize, usize),
    taps: &[u16],
) {
    // From the middle outwards, without the outermost taps that are zero.
    let taps = &taps[taps.len() / 2..];
    let radius = taps.iter().rposition(|&tap| tap != 0).unwrap_or(0);
    let taps = &taps[..=radius];
    let stride = width * channels;
    let margin = radius * channels;
    // The number of rows that two rows of the result depend on.
    let kept = (2 * radius + 2).min(height);
    let blocks = stride.div_ceil(LANES);
    let strips = blocks.div_ceil((NEAR / (kept * size_of::<Block>())).max(2));
    let blocks = blocks.div_ceil(strips);
    let mirrored = mirrored(width, channels, radius);
    let mut padded = vec![0_u8; blocks * LANES + 2 * margin];
    // The rows around the current ones, blurred horizontally; each has the place of its number modulo `kept`.
    let mut rows = vec![Block([[0.0; WORDS]; 4]); kept * blocks];
    // The place in `rows` of the row at y - radius for each y, mirrored beyond the image.
    let places: Vec<usize> = (-(radius as isize)..=(height + radius) as isize)
        .map(|y| reflect_101(y, height) % kept * blocks)
        .collect();
    for start in (0..stride).step_by(blocks * LANES) {
        let strip = start..stride.min(start + blocks * LANES);
        let mut fresh = 0;
        for (pair, out) in out.chunks_mut(2 * stride).enumerate() {
            let y = 2 * pair;
            while fresh < height.min(y + radius + 2) {
                pad(&image[fresh * stride..][..stride], strip.clone(), margin, &mirrored, &mut padded);
                along(&padded, channels, taps, &mut rows[fresh % kept * blocks..][..blocks]);
                fresh += 1;
            }
            let places = &places[y..y + 2 * radius + 2];
            let (first, second) = out.split_at_mut(stride);
            let first = &mut first[strip.clone()];
            // The last row of the result may have no second one.
            let second = second.get_mut(strip.clone()).unwrap_or_default();
            for (block, first) in first.chunks_mut(LANES).enumerate() {
                let rows = &rows[block..];
                let [upper, lower] = if SHARED {
                    down_shared::<FUSED>(rows, places, taps)
                } else {
                    let (upper, lower) = (&places[..=2 * radius], &places[1..]);
                    [down::<FUSED>(rows, upper, taps), down::<FUSED>(rows, lower, taps)]
                };
                put(&upper, first);
                put(&lower, second.get_mut(block * LANES..).unwrap_or_default());
            }
        }
    }
}

/// Copies a strip of a row with `margin` values on either side; beyond the row these are `mirrored`.
#[inline(always)]
fn pad(
    row: &[u8],
    strip: Range<usize>,
    margin: usize,
    (before, behind): &(Vec<usize>, Vec<usize>),
    padded: &mut [u8],
) {
    let before = &before[strip.start.min(margin)..];
    let within = &row[strip.start.saturating_sub(margin)..row.len().min(strip.end + margin)];
    let behind = &behind[..(strip.end + margin).saturating_sub(row.len())];
    let (left, rest) = padded.split_at_mut(before.len());
    let (middle, right) = rest.split_at_mut(within.len());
    left.iter_mut().zip(before).for_each(|(value, &from)| *value = row[from]);
    middle.copy_from_slice(within);
    right.iter_mut().zip(behind).for_each(|(value, &from)| *value = row[from]);
}

/// Blurs one row horizontally. Sums are at most 255 * 256, so two fit a word without a carry.
#[inline(always)]
fn along(padded: &[u8], channels: usize, taps: &[u16], out: &mut [Block]) {
    let margin = (taps.len() - 1) * channels;
    for (block, Block([first, second, third, fourth])) in out.iter_mut().enumerate() {
        let around = &padded[block * LANES..][..LANES + 2 * margin];
        let (mut evens, mut odds) = ([0; WORDS], [0; WORDS]);
        let (middle, tap) = (words(&around[margin..]), u32::from(taps[0]));
        for i in 0..WORDS {
            let value = u32::from_le_bytes(middle[i]);
            evens[i] = (value & EVEN) * tap;
            odds[i] = (value >> 8 & EVEN) * tap;
        }
        for (offset, &tap) in taps.iter().enumerate().skip(1) {
            let before = words(&around[margin - offset * channels..]);
            let behind = words(&around[margin + offset * channels..]);
            let tap = u32::from(tap);
            for i in 0..WORDS {
                let (before, behind) = (u32::from_le_bytes(before[i]), u32::from_le_bytes(behind[i]));
                evens[i] += ((before & EVEN) + (behind & EVEN)) * tap;
                odds[i] += ((before >> 8 & EVEN) + (behind >> 8 & EVEN)) * tap;
            }
        }
        // Vector units convert from signed integers only.
        for i in 0..WORDS {
            first[i] = (evens[i] & 0xFFFF) as i32 as f32;
            second[i] = (odds[i] & 0xFFFF) as i32 as f32;
            third[i] = (evens[i] >> 16) as i32 as f32;
            fourth[i] = (odds[i] >> 16) as i32 as f32;
        }
    }
}

fn words(bytes: &[u8]) -> &[[u8; 4]; WORDS] {
    &bytes[..LANES].as_chunks().0.as_chunks().0[0]
}

/// One block of the result, from the horizontally blurred rows whose blocks are at `places`, top to bottom.
#[inline(always)]
fn down<const FUSED: bool>(rows: &[Block], places: &[usize], taps: &[u16]) -> [u32; WORDS] {
    let radius = taps.len() - 1;
    let mut sums = [[0.0; WORDS]; 4];
    let (Block(middle), tap) = (&rows[places[radius]], f32::from(taps[0]));
    for part in 0..4 {
        for i in 0..WORDS {
            sums[part][i] = add::<FUSED>(0.5 - OFFSET, middle[part][i], tap);
        }
    }
    let outwards = places[..radius].iter().rev().zip(&places[radius + 1..]);
    for ((&above, &below), &tap) in outwards.zip(&taps[1..]) {
        let (Block(above), Block(below), tap) = (&rows[above], &rows[below], f32::from(tap));
        for part in 0..4 {
            for i in 0..WORDS {
                sums[part][i] = add::<FUSED>(sums[part][i], above[part][i] + below[part][i], tap);
            }
        }
    }
    round::<FUSED>(&sums)
}

/// The block and the one below it. The rows that one of them pairs at some distance from its middle were read
/// by the other one step nearer to its own.
#[inline(always)]
fn down_shared<const FUSED: bool>(rows: &[Block], places: &[usize], taps: &[u16]) -> [[u32; WORDS]; 2] {
    let radius = taps.len() - 1;
    let (mut upper, mut lower) = ([[0.0; WORDS]; 4], [[0.0; WORDS]; 4]);
    let (Block(mut above), Block(mut below)) = (rows[places[radius]], rows[places[radius + 1]]);
    let tap = f32::from(taps[0]);
    for part in 0..4 {
        for i in 0..WORDS {
            upper[part][i] = add::<FUSED>(0.5 - OFFSET, above[part][i], tap);
            lower[part][i] = add::<FUSED>(0.5 - OFFSET, below[part][i], tap);
        }
    }
    let outwards = places[..radius].iter().rev().zip(&places[radius + 2..]);
    for ((&higher, &deeper), &tap) in outwards.zip(&taps[1..]) {
        let (Block(higher), Block(deeper), tap) = (&rows[higher], &rows[deeper], f32::from(tap));
        for part in 0..4 {
            for i in 0..WORDS {
                upper[part][i] = add::<FUSED>(upper[part][i], higher[part][i] + below[part][i], tap);
                lower[part][i] = add::<FUSED>(lower[part][i], above[part][i] + deeper[part][i], tap);
                above[part][i] = higher[part][i];
                below[part][i] = deeper[part][i];
            }
        }
    }
    [round::<FUSED>(&upper), round::<FUSED>(&lower)]
}

#[inline(always)]
// Not to be called from closures, which are compiled without the instruction sets of their callers.
fn add<const FUSED: bool>(sum: f32, value: f32, tap: f32) -> f32 {
    if FUSED { value.mul_add(tap, sum) } else { sum + value * tap }
}

/// Divides the sums by 2^16, rounds, and joins the values to words.
#[inline(always)]
fn round<const FUSED: bool>([first, second, third, fourth]: &[[f32; WORDS]; 4]) -> [u32; WORDS] {
    // Floats from 2^23 are whole numbers, so this addition rounds; the lowest bits are the result.
    const WHOLE: f32 = OFFSET / 65_536.0 + 8_388_608.0;
    let mut words = [0; WORDS];
    for i in 0..WORDS {
        let first = add::<FUSED>(WHOLE, first[i], 1.0 / 65_536.0).to_bits() & 0xFF;
        let second = add::<FUSED>(WHOLE, second[i], 1.0 / 65_536.0).to_bits() & 0xFF;
        let third = add::<FUSED>(WHOLE, third[i], 1.0 / 65_536.0).to_bits() & 0xFF;
        let fourth = add::<FUSED>(WHOLE, fourth[i], 1.0 / 65_536.0).to_bits() & 0xFF;
        words[i] = first | second << 8 | third << 16 | fourth << 24;
    }
    words
}

/// Writes a block's bytes, or as many as fit `out`.
#[inline(always)]
fn put(words: &[u32; WORDS], out: &mut [u8]) {
    if let Some(out) = out.first_chunk_mut::<LANES>() {
        store(words, out);
    } else {
        let mut block = [0; LANES];
        store(words, &mut block);
        out.copy_from_slice(&block[..out.len()]);
    }
}

#[inline(always)]
fn store(words: &[u32; WORDS], out: &mut [u8; LANES]) {
    for (out, word) in out.as_chunks_mut().0.iter_mut().zip(words) {
        *out = word.to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;
    use crate::blur::kernel;

    type Blur = fn(&[u8], &mut [u8], (usize, usize, usize), &[u16]);

    #[test]
    fn every_instruction_set_gives_the_same() {
        let variants: [Blur; 3] = [passes::<true, true>, passes::<true, false>, passes::<false, false>];
        let mut random = Random::chacha(3, 0);
        for shape in [(1, 1, 1), (4, 3, 3), (7, 30, 3), (40, 199, 3), (61, 64, 1)] {
            let image: Vec<u8> = (0..shape.0 * shape.1 * shape.2).map(|_| random.next_u64() as u8).collect();
            for ksize in [3, 7, 31] {
                let [mut dispatched, mut chosen] = [vec![0; image.len()], vec![0; image.len()]];
                blur(&image, &mut dispatched, shape, &kernel::gaussian(ksize));
                for variant in variants {
                    variant(&image, &mut chosen, shape, &kernel::gaussian(ksize));
                    assert!(dispatched == chosen, "{ksize} on {shape:?}");
                }
            }
        }
    }
}
