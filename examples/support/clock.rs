//! Times that can be compared.

use std::time::Instant;

use super::Failure;

/// Something to be timed.
pub type Part<'a> = &'a mut dyn FnMut() -> Result<(), Failure>;

/// The seconds that each part takes in each round: the parts take turns, so that whatever else the machine does
/// meets them all. A first round is not counted.
pub fn alternate(rounds: usize, parts: &mut [Part<'_>]) -> Result<Vec<Vec<f64>>, Failure> {
    let mut seconds = vec![Vec::with_capacity(rounds); parts.len()];
    for round in 0..=rounds {
        for (part, seconds) in parts.iter_mut().zip(&mut seconds) {
            let start = Instant::now();
            part()?;
            if round > 0 {
                seconds.push(start.elapsed().as_secs_f64());
            }
        }
    }
    Ok(seconds)
}
