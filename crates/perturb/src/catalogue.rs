use crate::{
    AverageBlur, Brightness, Color, Contrast, GaussianBlur, GaussianNoise, Haze, ImageNetC, MedianBlur,
    PepperNoise, RadialDistortion, RandomCrop, RandomRotation, RandomScale, RandomTranslation, Registry,
    SaltAndPepperNoise, SaltNoise, Sharpness, SpeckleNoise, WaterDroplet,
};

const ODD: &str = "an odd number from 1 to 9999";
const FINITE: &str = "a finite number";
const NOT_NEGATIVE: &str = "a finite number of at least 0";
const SHARE: &str = "a number from 0 to 1";
const SWITCH: &str = "true or false";
const FILL: &str = "a list of whole numbers from 0 to 255, one per channel";
const SIZE: &str = "[height, width] in pixels, or one number for both";

/// Adds every perturber of this crate but `Compose`, with words for what its parameters must be.
pub(crate) fn register(registry: &mut Registry) {
    let impulse = [("amount", SHARE), ("whole_pixels", SWITCH)];
    let additive = [("mean", FINITE), ("var", NOT_NEGATIVE)];
    registry.add::<AverageBlur>("AverageBlur", [("ksize", "a number from 1 to 4096")]);
    registry.add::<Brightness>("Brightness", [("factor", NOT_NEGATIVE)]);
    registry.add::<Color>("Color", [("factor", NOT_NEGATIVE)]);
    registry.add::<Contrast>("Contrast", [("factor", NOT_NEGATIVE)]);
    registry.add::<GaussianBlur>("GaussianBlur", [("ksize", ODD)]);
    registry.add::<GaussianNoise>("GaussianNoise", additive);
    registry.add::<MedianBlur>("MedianBlur", [("ksize", "an odd number from 3 to 255")]);
    registry.add::<PepperNoise>("PepperNoise", impulse);
    registry.add::<SaltAndPepperNoise>(
        "SaltAndPepperNoise",
        [&impulse[..], &[("salt_vs_pepper", SHARE)]].concat(),
    );
    registry.add::<SaltNoise>("SaltNoise", impulse);
    registry.add::<Sharpness>("Sharpness", [("factor", "a number from 0 to 2")]);
    registry.add::<SpeckleNoise>("SpeckleNoise", additive);
    registry.add::<RandomCrop>("RandomCrop", [("crop_size", SIZE)]);
    registry.add::<RandomTranslation>(
        "RandomTranslation",
        [("max_translation_limit", SIZE), ("color_fill", FILL)],
    );
    registry.add::<RandomRotation>(
        "RandomRotation",
        [
            ("limit", "[low, high] in degrees, or one number for both directions"),
            ("probability", SHARE),
            ("fill", FILL),
        ],
    );
    registry.add::<RandomScale>(
        "RandomScale",
        [
            ("limit", "[low, high] with -1 < low <= high <= 100, or one number for both directions"),
            ("interpolation", "nearest, linear, area, linear-exact or nearest-exact, or its number in cv2"),
            ("probability", SHARE),
        ],
    );
    registry.add::<RadialDistortion>(
        "RadialDistortion",
        [("k", "three finite numbers"), ("color_fill", FILL), ("compat", SWITCH)],
    );
    registry.add::<Haze>(
        "Haze",
        [
            ("factor", "a finite number"),
            ("depth_map", "a number, or rows of numbers"),
            ("sky_color", "a list of numbers, one per channel"),
            ("compat", SWITCH),
        ],
    );
    registry.add::<WaterDroplet>(
        "WaterDroplet",
        [
            ("size_range", "two ascending numbers from 0 to 100"),
            ("num_drops", "a number from 0 to 10000"),
            ("blur_strength", SHARE),
            ("psi", "an angle above 0 and below pi"),
            ("n_air", "a number from 0.1 to 100"),
            ("n_water", "a number above n_air, up to 100"),
            ("f_x", "a number of pixels above 0"),
            ("f_y", "a number of pixels above 0"),
            ("compat", SWITCH),
        ],
    );
    registry.add::<ImageNetC>(
        "ImageNetC",
        [
            ("corruption", "gaussian_noise or another corruption's name"),
            ("severity", "a whole number from 0 to 5"),
        ],
    );
    #[cfg(feature = "optical")]
    optical(registry);
}

#[cfg(feature = "optical")]
fn optical(registry: &mut Registry) {
    use crate::{CircularAperture, Defocus, Detector, Jitter, Pybsm, TurbulenceAperture};

    const POSITIVE: &str = "a number above 0";
    const ETA: &str = "a number from 0 to 0.999";
    const WAVELENGTHS: &str = "wavelengths from 1e-9 to 1e-3 metres";
    const WEIGHTS: &str = "as many weights as mtf_wavelengths";
    const CURVE: &str = "ascending wavelengths from 1e-9 to 1e-3 metres";
    const SHARES: &str = "numbers from 0 to 1, one per wavelength";

    let camera = [
        ("D", POSITIVE),
        ("f", POSITIVE),
        ("p_x", POSITIVE),
        ("p_y", POSITIVE),
        ("ground_range", NOT_NEGATIVE),
        ("altitude", POSITIVE),
        ("img_gsd", POSITIVE),
        ("compat", SWITCH),
    ];
    let with = |own: &[(&'static str, &'static str)]| [&camera[..], own].concat();
    let light = [("mtf_wavelengths", WAVELENGTHS), ("mtf_weights", WEIGHTS)];
    registry.add::<CircularAperture>("CircularAperture", with(&[&light[..], &[("eta", ETA)]].concat()));
    registry.add::<Defocus>("Defocus", with(&[("w_x", NOT_NEGATIVE), ("w_y", NOT_NEGATIVE)]));
    registry.add::<Detector>("Detector", with(&[("w_x", NOT_NEGATIVE), ("w_y", NOT_NEGATIVE)]));
    registry.add::<Jitter>("Jitter", with(&[("s_x", NOT_NEGATIVE), ("s_y", NOT_NEGATIVE)]));
    let air = [("ha_wind_speed", NOT_NEGATIVE), ("aircraft_speed", NOT_NEGATIVE)];
    let exposure = [("int_time", POSITIVE), ("n_tdi", POSITIVE)];
    let own = [("slant_range", "at least the altitude"), ("cn2_at_1m", POSITIVE)];
    registry
        .add::<TurbulenceAperture>("TurbulenceAperture", with(&[&light[..], &air, &exposure, &own].concat()));
    let own = [
        ("reflectance_range", "two ascending numbers from 0 to 1"),
        ("pixel_conversion_mode", "radiometric or minmax"),
        ("opt_trans_wavelengths", CURVE),
        ("optics_transmission", SHARES),
        ("eta", ETA),
        ("w_x", NOT_NEGATIVE),
        ("w_y", NOT_NEGATIVE),
        ("dark_current", NOT_NEGATIVE),
        ("read_noise", NOT_NEGATIVE),
        ("max_n", POSITIVE),
        ("bit_depth", POSITIVE),
        ("s_x", NOT_NEGATIVE),
        ("s_y", NOT_NEGATIVE),
        ("qe_wavelengths", CURVE),
        ("qe", SHARES),
        ("cn2_at_1m", NOT_NEGATIVE),
        ("atmosphere", "rows of six numbers of at least 0"),
        ("electrons_slope", POSITIVE),
        ("electrons_offset", NOT_NEGATIVE),
    ];
    registry.add::<Pybsm>("Pybsm", with(&[&light[..], &air, &exposure, &own].concat()));
}
