use serde::{Deserialize, Serialize};

/// The air between the ground and a camera, at one wavelength: a row of pyBSM's atmosphere (MODTRAN).
///
/// As data it is the list of its six numbers, in this order. Radiances are in W/(sr m^2 m).
///
/// ```
/// use perturb::AtmosphereRow;
///
/// let row: AtmosphereRow = serde_json::from_str("[5e-7, 0.64, 0.0, 0.0, 3.03e7, 2.95e7]")?;
/// assert_eq!((row.wavelength, row.transmission), (5e-7, 0.64));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 6]", into = "[f64; 6]")]
pub struct AtmosphereRow {
    /// Wavelength, in metres.
    pub wavelength: f64,
    /// Share of the light that comes through, 0 to 1.
    pub transmission: f64,
    /// Thermal radiance of the path itself.
    pub path: f64,
    /// Thermal radiance from ground of reflectance 0.15.
    pub surface_emission: f64,
    /// Radiance that is scattered into the path.
    pub scatter: f64,
    /// Radiance of the sun reflected by ground of reflectance 0.15.
    pub reflected: f64,
}

impl From<[f64; 6]> for AtmosphereRow {
    fn from([wavelength, transmission, path, surface_emission, scatter, reflected]: [f64; 6]) -> Self {
        Self { wavelength, transmission, path, surface_emission, scatter, reflected }
    }
}

impl From<AtmosphereRow> for [f64; 6] {
    fn from(row: AtmosphereRow) -> Self {
        [row.wavelength, row.transmission, row.path, row.surface_emission, row.scatter, row.reflected]
    }
}

/// The shortest wavelength of the default band, in metres.
pub(super) const SHORTEST: f64 = 5e-7;

/// The wavelengths that are averaged over, and their weights.
///
/// Those given; otherwise the edges of the default band, or for a simulated camera the light that the default camera
/// gets through the default atmosphere.
pub(super) fn light(wavelengths: &[f64], weights: &[f64], simulated: bool) -> (Vec<f64>, Vec<f64>) {
    let (wavelengths, default_weights) = match (wavelengths, simulated) {
        ([], false) => (vec![0.5e-6, 0.66e-6], vec![1.0; 2]),
        ([], true) => (DEFAULT.map(|row| row[0]).to_vec(), LIGHT.to_vec()),
        (given, _) => (given.to_vec(), vec![1.0; given.len()]),
    };
    (wavelengths, if weights.is_empty() { default_weights } else { weights.to_vec() })
}

/// The rows of pyBSM's database for a camera 9 km above the ground that looks straight down, with 23 km of visibility
/// and haze model 1, from 0.5 to 0.66 micrometres.
#[rustfmt::skip]
pub(super) const DEFAULT: [[f64; 6]; 17] = [
    [5e-7, 0.639_074_027_538_299_6, 0.0, 0.0, 30_294_000.0, 29_543_000.0],
    [5.1e-7, 0.647_968_113_422_393_8, 0.0, 0.0, 28_079_000.0, 29_420_000.0],
    [5.2e-7, 0.657_142_281_532_287_6, 0.0, 0.0, 26_069_000.0, 29_354_000.0],
    [5.3e-7, 0.665_070_116_519_928, 0.0, 0.0, 24_778_998.0, 29_857_998.0],
    [5.4e-7, 0.672_180_175_781_25, 0.0, 0.0, 23_711_000.0, 30_415_000.0],
    [5.5e-7, 0.679_688_692_092_895_5, 0.0, 0.0, 22_443_000.0, 30_642_998.0],
    [5.6e-7, 0.685_654_699_802_398_7, 0.0, 0.0, 21_029_000.0, 30_527_000.0],
    [5.7e-7, 0.689_664_423_465_728_8, 0.0, 0.0, 19_669_000.0, 30_306_998.0],
    [5.800_000_000_000_001e-7, 0.691_168_725_490_570_1, 0.0, 1.113_399_922_459_619e-22, 18_398_000.0, 29_887_000.0],
    [5.9e-7, 0.693_257_272_243_499_8, 4.459_199_718_741_331e-22, 3.662_199_990_410_747_5e-21, 17_178_000.0, 29_349_000.0],
    [6e-7, 0.704_793_989_658_355_7, 3.425_399_749_125_053e-21, 2.040_399_954_636_017_8e-20, 16_333_000.0, 29_686_998.0],
    [6.1e-7, 0.719_167_590_141_296_4, 1.371_600_034_021_173e-20, 7.421_999_538_284_51e-20, 15_608_000.0, 30_227_000.0],
    [6.2e-7, 0.725_069_820_880_889_9, 4.432_200_127_533_913e-20, 2.394_800_059_711_592_6e-19, 14_661_000.0, 29_959_000.0],
    [6.3e-7, 0.727_737_426_757_812_5, 1.354_599_889_157_817_2e-19, 7.433_799_786_710_461e-19, 13_800_000.0, 29_608_000.0],
    [6.4e-7, 0.730_594_515_800_476_1, 3.982_899_723_355_146_3e-19, 2.212_000_071_975_003_6e-18, 13_073_999.0, 29_305_000.0],
    [6.5e-7, 0.733_784_675_598_144_5, 1.138_100_020_428_540_9e-18, 6.445_299_929_555_504_5e-18, 12_340_000.0, 28_877_000.0],
    [6.599_999_999_999_999e-7, 0.743_704_319_000_244_1, 3.154_899_943_501_749_7e-18, 1.826_900_016_664_408_7e-17, 11_874_999.0, 29_255_998.0],
];

/// The photoelectrons that the default camera gets from a white ground through this air, as shares of the most.
#[rustfmt::skip]
const LIGHT: [f64; 17] = [
    0.832_018_377_752_543_1,
    0.837_324_490_008_630_9,
    0.844_413_650_470_486_3,
    0.868_685_917_418_649_9,
    0.895_536_437_314_507_6,
    0.913_135_301_288_212_3,
    0.920_768_339_049_596,
    0.925_412_434_431_072_9,
    0.924_357_867_716_813,
    0.919_528_723_906_842_7,
    0.941_301_477_950_702_5,
    0.969_831_869_974_003_4,
    0.973_319_907_683_799_5,
    0.974_251_681_567_536_4,
    0.976_846_994_466_613_9,
    0.975_035_685_788_881_4,
    1.0,
];
