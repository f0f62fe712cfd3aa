/// Vector registers of this many f32 are what `torch.sum` adds in on x86-64.
const LANES: usize = 8;

/// So many rows are added up independently, then together.
const ROWS: usize = 4;

/// So many partial sums of growing length keep the error small.
const LEVELS: usize = 4;

/// The sum of f32 values in the order in which `torch.sum` adds them, so that it has the same bits.
///
/// Source: `aten/src/ATen/native/cpu/SumKernel.cpp` of PyTorch 2.13 (`vectorized_inner_sum`,
/// `scalar_inner_sum`), as its AVX2 and its AVX-512 build both have it.
pub(crate) fn torch_sum(values: &[f32]) -> f32 {
    if values.len() < LANES {
        let [sum] = sum_of_vectors(values.as_chunks::<1>().0);
        return sum;
    }
    let (vectors, tail) = values.as_chunks::<LANES>();
    let lanes = sum_of_vectors(vectors);
    tail.iter().chain(&lanes).fold(0.0, |sum, value| sum + value)
}

fn sum_of_vectors<const N: usize>(vectors: &[[f32; N]]) -> [f32; N] {
    let (blocks, tail) = vectors.as_chunks::<ROWS>();
    let mut rows = sum_of_blocks(blocks);
    for vector in tail {
        add(&mut rows[0], vector);
    }
    let [mut sum, others @ ..] = rows;
    others.iter().for_each(|row| add(&mut sum, row));
    sum
}

/// `multi_row_sum`: every 2^power blocks the sum moves up a level.
fn sum_of_blocks<const N: usize>(blocks: &[[[f32; N]; ROWS]]) -> [[f32; N]; ROWS] {
    let ceil_log2 = blocks.len().max(1).next_power_of_two().ilog2() as usize;
    let power = (ceil_log2 / LEVELS).max(4);
    let step = 1_usize << power;
    let mut levels = [[[0.0; N]; ROWS]; LEVELS];
    let add_rows = |sum: &mut [[f32; N]; ROWS], rows: &[[f32; N]; ROWS]| {
        sum.iter_mut().zip(rows).for_each(|(sum, row)| add(sum, row));
    };
    for (i, block) in blocks.iter().enumerate() {
        add_rows(&mut levels[0], block);
        let done = i + 1;
        if done % step != 0 {
            continue;
        }
        for level in 1..LEVELS {
            let below = std::mem::replace(&mut levels[level - 1], [[0.0; N]; ROWS]);
            add_rows(&mut levels[level], &below);
            if done & ((step - 1) << (level * power)) != 0 {
                break;
            }
        }
    }
    let [mut sum, others @ ..] = levels;
    others.iter().for_each(|level| add_rows(&mut sum, level));
    sum
}

fn add<const N: usize>(sum: &mut [f32; N], values: &[f32; N]) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PyTorch 2.13 returns for `torch.tensor([1 / (i % 17 + 1) for i in range(n)], dtype=torch.float32).sum()`.
    const EXPECTED: [(usize, f32); 8] = [
        (3, 1.833_333_4),
        (7, 2.592_857_1),
        (8, 2.717_857_4),
        (10, 2.928_968_2),
        (27, 6.368_520_7),
        (100, 20.515_993),
        (1000, 202.745_62),
        (5000, 1_012.728_45),
    ];

    #[test]
    fn has_the_bits_of_torch() {
        for (count, expected) in EXPECTED {
            let values: Vec<f32> = (0..count).map(|i| 1.0 / (i % 17 + 1) as f32).collect();
            assert_eq!(torch_sum(&values).to_bits(), expected.to_bits(), "{count} values");
        }
    }

    #[test]
    fn nothing_is_zero() {
        assert_eq!(torch_sum(&[]), 0.0);
    }
}
