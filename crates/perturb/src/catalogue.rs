//! Every perturber of this crate but `Compose`: its name, its parameters in words, what it does and what it looks like.

use serde_json::{Value, json};

use crate::{
    AverageBlur, Brightness, Color, Contrast, Corruption, GaussianBlur, GaussianNoise, Haze, ImageNetC,
    MedianBlur, PepperNoise, RadialDistortion, RandomCrop, RandomRotation, RandomScale, RandomTranslation,
    Registry, SaltAndPepperNoise, SaltNoise, Sharpness, SpeckleNoise, WaterDroplet,
};

const ODD: &str = "an odd number from 1 to 9999";
const FINITE: &str = "a finite number";
const NOT_NEGATIVE: &str = "a finite number of at least 0";
const SHARE: &str = "a number from 0 to 1";
const SWITCH: &str = "true or false";
const FILL: &str = "a list of whole numbers from 0 to 255, one per channel";
const SIZE: &str = "[height, width] in pixels, or one number for both";

/// The units of parameters, of whichever perturber.
const UNITS: &[(&str, &str)] = &[
    ("ksize", "px"),
    ("psi", "rad"),
    ("f_x", "px"),
    ("f_y", "px"),
    ("D", "m"),
    ("f", "m"),
    ("p_x", "m"),
    ("p_y", "m"),
    ("w_x", "m"),
    ("w_y", "m"),
    ("s_x", "rad"),
    ("s_y", "rad"),
    ("altitude", "m"),
    ("ground_range", "m"),
    ("slant_range", "m"),
    ("img_gsd", "m"),
    ("mtf_wavelengths", "m"),
    ("opt_trans_wavelengths", "m"),
    ("qe_wavelengths", "m"),
    ("ha_wind_speed", "m/s"),
    ("aircraft_speed", "m/s"),
    ("int_time", "s"),
    ("cn2_at_1m", "m^(-2/3)"),
    ("dark_current", "electrons/s"),
    ("read_noise", "electrons"),
    ("max_n", "electrons"),
    ("bit_depth", "bits"),
    ("electrons_slope", "electrons"),
    ("electrons_offset", "electrons"),
];

/// Registers every perturber of this crate but `Compose`.
pub(crate) fn register(registry: &mut Registry) {
    blurs(registry);
    enhancers(registry);
    noises(registry);
    geometric(registry);
    environment(registry);
    corruptions(registry);
    #[cfg(feature = "optical")]
    optical(registry);
    for (parameter, unit) in UNITS {
        registry.unit(parameter, unit);
    }
}

/// The settings of a perturber at values of one parameter.
fn over<V: Into<Value> + Clone>(parameter: &str, values: &[V]) -> Vec<Value> {
    values.iter().map(|value| json!({ parameter: value.clone().into() })).collect()
}

fn blurs(registry: &mut Registry) {
    let family = "blur";
    registry
        .add::<AverageBlur>("AverageBlur", [("ksize", "a number from 1 to 4096")])
        .describe(family, "NRTK AverageBlurPerturber, cv2.blur", "The mean of a square around each pixel.")
        .example(over("ksize", &[1, 3, 7, 11, 15]));
    registry
        .add::<GaussianBlur>("GaussianBlur", [("ksize", ODD)])
        .describe(
            family,
            "NRTK GaussianBlurPerturber, cv2.GaussianBlur",
            "The mean around each pixel with Gaussian weights.",
        )
        .example(over("ksize", &[1, 5, 11, 15, 21]));
    registry
        .add::<MedianBlur>("MedianBlur", [("ksize", "an odd number from 3 to 255")])
        .describe(
            family,
            "NRTK MedianBlurPerturber, cv2.medianBlur",
            "The median of a square around each pixel.",
        )
        .example(over("ksize", &[3, 5, 9, 13, 17]));
}

fn enhancers(registry: &mut Registry) {
    let family = "enhancement";
    registry
        .add::<Brightness>("Brightness", [("factor", NOT_NEGATIVE)])
        .describe(
            family,
            "NRTK BrightnessPerturber, PIL.ImageEnhance.Brightness",
            "Values times a factor; 0 is black.",
        )
        .example(over("factor", &[0.25, 0.5, 1.0, 1.5, 2.5]));
    registry
        .add::<Contrast>("Contrast", [("factor", NOT_NEGATIVE)])
        .describe(
            family,
            "NRTK ContrastPerturber, PIL.ImageEnhance.Contrast",
            "Distances from the mean grey times a factor; 0 is grey.",
        )
        .example(over("factor", &[0.2, 0.5, 1.0, 2.0, 4.0]));
    registry
        .add::<Color>("Color", [("factor", NOT_NEGATIVE)])
        .describe(
            family,
            "NRTK ColorPerturber, PIL.ImageEnhance.Color",
            "Distances from each pixel's grey times a factor; 0 is greyscale.",
        )
        .example(over("factor", &[0.0, 0.5, 1.0, 2.0, 4.0]));
    registry
        .add::<Sharpness>("Sharpness", [("factor", "a number from 0 to 2")])
        .describe(
            family,
            "NRTK SharpnessPerturber, PIL.ImageEnhance.Sharpness",
            "Distances from a smoothed image times a factor; 0 is smooth, 2 is sharp.",
        )
        .example(over("factor", &[0.0, 0.5, 1.0, 1.5, 2.0]));
}

fn noises(registry: &mut Registry) {
    let family = "noise";
    let impulse = [("amount", SHARE), ("whole_pixels", SWITCH)];
    let additive = [("mean", FINITE), ("var", NOT_NEGATIVE)];
    let amounts = over("amount", &[0.0, 0.02, 0.05, 0.1, 0.2]);
    let variances = over("var", &[0.0, 0.01, 0.02, 0.05, 0.1]);
    registry
        .add::<SaltNoise>("SaltNoise", impulse)
        .describe(
            family,
            "NRTK SaltNoisePerturber, skimage.util.random_noise",
            "A share of the values, each on its own, becomes 255.",
        )
        .example(amounts.clone());
    registry
        .add::<PepperNoise>("PepperNoise", impulse)
        .describe(
            family,
            "NRTK PepperNoisePerturber, skimage.util.random_noise",
            "A share of the values, each on its own, becomes 0.",
        )
        .example(amounts.clone());
    registry
        .add::<SaltAndPepperNoise>(
            "SaltAndPepperNoise",
            [&impulse[..], &[("salt_vs_pepper", SHARE)]].concat(),
        )
        .describe(
            family,
            "NRTK SaltAndPepperNoisePerturber, skimage.util.random_noise",
            "A share of the values becomes 255 or 0.",
        )
        .example(amounts);
    registry
        .add::<GaussianNoise>("GaussianNoise", additive)
        .describe(
            family,
            "NRTK GaussianNoisePerturber, skimage.util.random_noise",
            "Normal noise is added; mean and variance are on a scale of 0 to 1.",
        )
        .example(variances.clone());
    registry
        .add::<SpeckleNoise>("SpeckleNoise", additive)
        .describe(
            family,
            "NRTK SpeckleNoisePerturber, skimage.util.random_noise",
            "Normal noise in proportion to the value is added.",
        )
        .example(variances);
}

fn geometric(registry: &mut Registry) {
    let family = "geometry";
    registry
        .add::<RandomCrop>("RandomCrop", [("crop_size", SIZE)])
        .describe(family, "NRTK RandomCropPerturber", "A part of the image, at a random place.")
        .example(over("crop_size", &[60, 48, 36, 24, 12]));
    registry
        .add::<RandomTranslation>(
            "RandomTranslation",
            [("max_translation_limit", SIZE), ("color_fill", FILL)],
        )
        .describe(
            family,
            "NRTK RandomTranslationPerturber",
            "The image moves by a random number of pixels up to a limit.",
        )
        .example(over("max_translation_limit", &[0, 8, 16, 24, 32]));
    registry
        .add::<RandomRotation>(
            "RandomRotation",
            [
                ("limit", "[low, high] in degrees, or one number for both directions"),
                ("probability", SHARE),
                ("fill", FILL),
            ],
        )
        .describe(
            family,
            "NRTK RandomRotationPerturber, albumentations, cv2.warpAffine",
            "The image turns about its centre by a random angle.",
        )
        .example(over("limit", &[[0, 0], [10, 10], [30, 30], [60, 60], [90, 90]].map(|limit| json!(limit))));
    registry
        .add::<RandomScale>(
            "RandomScale",
            [
                ("limit", "[low, high] with -1 < low <= high <= 100, or one number for both directions"),
                (
                    "interpolation",
                    "nearest, linear, cubic, area, lanczos4, linear-exact or nearest-exact, or its number in cv2",
                ),
                ("probability", SHARE),
            ],
        )
        .describe(
            family,
            "NRTK RandomScalePerturber, albumentations, cv2.resize",
            "The image is resized by 1 plus a random number.",
        )
        .example(over(
            "limit",
            &[[-0.8, -0.8], [-0.6, -0.6], [-0.4, -0.4], [-0.2, -0.2], [0.0, 0.0]].map(|limit| json!(limit)),
        ));
    registry
        .add::<RadialDistortion>(
            "RadialDistortion",
            [("k", "three finite numbers"), ("color_fill", FILL), ("compat", SWITCH)],
        )
        .describe(
            family,
            "NRTK RadialDistortionPerturber",
            "A lens that bends straight lines; k are the coefficients of the radius to the powers 2, 4 and 6.",
        )
        .example(over(
            "k",
            &[[-0.4, 0.0, 0.0], [-0.2, 0.0, 0.0], [0.0, 0.0, 0.0], [0.2, 0.0, 0.0], [0.4, 0.0, 0.0]]
                .map(|k| json!(k)),
        ));
}

fn environment(registry: &mut Registry) {
    let family = "environment";
    registry
        .add::<Haze>(
            "Haze",
            [
                ("factor", "a finite number"),
                ("depth_map", "a number, or rows of numbers"),
                ("sky_color", "a list of numbers, one per channel"),
                ("compat", SWITCH),
            ],
        )
        .describe(family, "NRTK HazePerturber", "Values fade to the sky's colour with exp(-factor * depth).")
        .example(over("factor", &[0.0, 0.3, 0.7, 1.2, 2.0]));
    let drops = |drops: usize| json!({"num_drops": drops, "size_range": [2, 6], "blur_strength": 0.25});
    registry
        .add::<WaterDroplet>(
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
        )
        .describe(
            family,
            "NRTK WaterDropletPerturber",
            "Drops of water on a window in front of the camera refract the image.",
        )
        .example([0, 5, 10, 20, 40].map(drops));
}

fn corruptions(registry: &mut Registry) {
    let entry = registry.add::<ImageNetC>(
        "ImageNetC",
        [
            ("corruption", "gaussian_noise or another corruption's name"),
            ("severity", "a whole number from 0 to 5"),
        ],
    );
    entry.describe(
        "corruption",
        "imagecorruptions 1.1.2, of the benchmark by Hendrycks and Dietterich (2019)",
        "A corruption of ImageNet-C at a severity; 0 is the clean image.",
    );
    for corruption in Corruption::ALL {
        let name = corruption.to_string();
        entry.example([1, 3, 5].map(|severity| json!({"corruption": name, "severity": severity})));
    }
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
    let both = |x: &str, y: &str, values: [f64; 5]| values.map(|value| json!({x: value, y: value}));
    let family = "optics";
    registry
        .add::<CircularAperture>("CircularAperture", with(&[&light[..], &[("eta", ETA)]].concat()))
        .describe(
            family,
            "NRTK CircularAperturePerturber, pyBSM",
            "Diffraction at an aperture, of which a share eta of the diameter is obscured.",
        )
        .example(over("eta", &[0.0, 0.3, 0.5, 0.7, 0.9]));
    registry
        .add::<Defocus>("Defocus", with(&[("w_x", NOT_NEGATIVE), ("w_y", NOT_NEGATIVE)]))
        .describe(
            family,
            "NRTK DefocusPerturber, pyBSM",
            "A lens out of focus, whose spot has these widths in radians.",
        )
        .unit("w_x", "rad")
        .unit("w_y", "rad")
        .example(both("w_x", "w_y", [0.0, 1e-4, 2e-4, 4e-4, 6e-4]));
    registry
        .add::<Detector>("Detector", with(&[("w_x", NOT_NEGATIVE), ("w_y", NOT_NEGATIVE)]))
        .describe(
            family,
            "NRTK DetectorPerturber, pyBSM",
            "Integration over the detector's pixels, of these widths in metres.",
        )
        .example(both("w_x", "w_y", [0.0, 5e-6, 1e-5, 2e-5, 3e-5]));
    registry
        .add::<Jitter>("Jitter", with(&[("s_x", NOT_NEGATIVE), ("s_y", NOT_NEGATIVE)]))
        .describe(
            family,
            "NRTK JitterPerturber, pyBSM",
            "Vibration of the line of sight, with these deviations in radians.",
        )
        .example(both("s_x", "s_y", [0.0, 2.5e-5, 5e-5, 1e-4, 2e-4]));
    let air = [("ha_wind_speed", NOT_NEGATIVE), ("aircraft_speed", NOT_NEGATIVE)];
    let exposure = [("int_time", POSITIVE), ("n_tdi", POSITIVE)];
    let own = [("slant_range", "at least the altitude"), ("cn2_at_1m", POSITIVE)];
    registry
        .add::<TurbulenceAperture>("TurbulenceAperture", with(&[&light[..], &air, &exposure, &own].concat()))
        .describe(
            family,
            "NRTK TurbulenceAperturePerturber, pyBSM",
            "Turbulent air, whose structure parameter one metre above the ground is cn2_at_1m.",
        )
        .example(over("cn2_at_1m", &[1.7e-14, 1.7e-13, 5e-13, 1.7e-12, 5e-12]));
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
    registry
        .add::<Pybsm>("Pybsm", with(&[&light[..], &air, &exposure, &own].concat()))
        .describe(
            family,
            "NRTK PybsmPerturber, pyBSM",
            "A whole sensor: aperture, air, detector and vibration, and the noise of its electrons.",
        )
        .example(
            [0.02, 0.005, 0.0025, 0.00125, 0.0006]
                .map(|d| json!({"D": d, "f": 0.08, "altitude": 500, "img_gsd": 0.05})),
        );
}
