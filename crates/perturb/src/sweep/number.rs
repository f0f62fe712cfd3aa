use serde_json::Value;

mod sealed {
    pub trait Sealed {}
}

/// A value that a swept parameter may have: any of Rust's number types of up to 64 bits.
///
/// ```
/// use perturb::{GaussianBlur, SaltNoise, Sweep};
///
/// assert!(Sweep::new("GaussianBlur", "ksize", [1_usize, 11], GaussianBlur::new).is_ok());
/// assert!(Sweep::new("SaltNoise", "amount", [0.0_f64, 0.1], SaltNoise::new).is_ok());
/// ```
pub trait Number: Copy + sealed::Sealed {
    /// The nearest double, which is what tables hold.
    fn to_f64(self) -> f64;
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl sealed::Sealed for $number {}

        impl Number for $number {
            #[allow(clippy::cast_lossless, reason = "lossless for some of the types only")]
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )+};
}

numbers!(f32, f64, i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

/// A double as JSON: whole numbers without a fraction, since parameters such as `ksize` are integers.
pub(crate) fn json_number(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}
