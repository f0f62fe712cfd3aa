//! Procedural land cover: satellite tiles generated from a seed.
//!
//! Only additions, multiplications, divisions and square roots of f32 are used, which every machine rounds
//! in the same way: a seed gives the same tiles everywhere.

mod buildings;
mod built;
mod canvas;
mod color;
mod draw;
mod farmed;
mod noise;
mod patches;
mod path;
mod water;
mod wild;

use protocols::{BoxError, Dataset, DatasetMetadata, Datum, DatumMetadata};

use canvas::Canvas;
use draw::Draw;

use crate::Error;

/// Paints one tile of a class.
type Painter = fn(&mut Canvas, &mut Draw);

/// The classes in the order of the published Hugging Face copy of EuroSAT.
const CLASSES: [(&str, Painter); 10] = [
    ("Forest", wild::forest),
    ("River", water::river),
    ("Highway", built::highway),
    ("AnnualCrop", farmed::annual_crop),
    ("SeaLake", water::sea_lake),
    ("HerbaceousVegetation", wild::herbaceous_vegetation),
    ("Industrial", built::industrial),
    ("Residential", built::residential),
    ("PermanentCrop", farmed::permanent_crop),
    ("Pasture", farmed::pasture),
];

/// Procedural satellite tiles, 64x64 RGB, of EuroSAT's ten classes.
///
/// Datum i is of class i % 10 in the order of [`labels`](protocols::DatasetMetadata::labels), and depends on
/// the seed and i alone. It shares no random numbers with the noise that the same seed gives image i. The tiles resemble Sentinel-2's at 10 m
/// per pixel (colours, textures and sizes were matched to EuroSAT's, class by class). They are for trying
/// things out where no data is at hand, and no substitute for real tiles.
///
/// ```
/// use datasets::LandCover;
/// use protocols::Dataset;
///
/// let tiles = LandCover::new(1_000_000, 7)?;
/// let datum = tiles.get(123_456)?;
/// assert_eq!(datum.image.dim(), (64, 64, 3));
/// assert_eq!(tiles.metadata().labels[datum.target], "Industrial");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Debug)]
pub struct LandCover {
    metadata: DatasetMetadata,
    len: usize,
    seed: u64,
}

impl LandCover {
    /// Creates a dataset of `len` tiles. Each is drawn when it is asked for.
    ///
    /// # Errors
    ///
    /// [`Error::NoTiles`] for a length of zero.
    pub fn new(len: usize, seed: u64) -> Result<Self, Error> {
        if len == 0 {
            return Err(Error::NoTiles);
        }
        let labels = CLASSES.iter().map(|(name, _)| (*name).to_owned()).collect();
        Ok(Self { metadata: DatasetMetadata::new("landcover", labels), len, seed })
    }
}

impl Dataset for LandCover {
    fn metadata(&self) -> &DatasetMetadata {
        &self.metadata
    }

    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> Result<Datum, BoxError> {
        let target = self.target(index)?;
        let mut draw = Draw::new(self.seed, index as u64);
        let mut canvas = Canvas::new();
        CLASSES[target].1(&mut canvas, &mut draw);
        let image = canvas.finish(&mut draw);
        Ok(Datum { image, target, metadata: DatumMetadata::new(self.id(index)?, index) })
    }

    fn target(&self, index: usize) -> Result<usize, BoxError> {
        if index < self.len {
            Ok(index % CLASSES.len())
        } else {
            Err(self.metadata.out_of_range(index, self.len).into())
        }
    }

    fn id(&self, index: usize) -> Result<String, BoxError> {
        self.target(index)?;
        Ok(format!("landcover-{}-{index}", self.seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_depends_on_the_seed_and_its_index_alone() {
        let (few, many) = (LandCover::new(20, 5).unwrap(), LandCover::new(500, 5).unwrap());
        assert_eq!(few.get(13).unwrap(), many.get(13).unwrap());
        assert_ne!(few.get(13).unwrap().image, few.get(3).unwrap().image);
        assert_ne!(few.get(13).unwrap().image, LandCover::new(20, 6).unwrap().get(13).unwrap().image);
    }

    #[test]
    fn a_tile_beyond_the_last_is_an_error() {
        let tiles = LandCover::new(20, 5).unwrap();
        let expected = "index 20 lies outside dataset `landcover`, expected less than 20";
        assert_eq!(tiles.get(20).unwrap_err().to_string(), expected);
        assert_eq!(tiles.target(20).unwrap_err().to_string(), expected);
    }

    #[test]
    fn the_tiles_are_the_same_on_every_machine() {
        let tiles = LandCover::new(10, 1).unwrap();
        let sums: Vec<u64> = (0..10)
            .map(|i| tiles.get(i).unwrap().image.iter().zip(1_u64..).map(|(&v, k)| u64::from(v) * k).sum())
            .collect();
        assert_eq!(sums, SUMS);
    }

    /// Changing what a seed draws is a breaking change.
    const SUMS: [u64; 10] = [
        4_328_079_711,
        6_491_368_632,
        7_847_534_914,
        8_063_423_627,
        7_356_250_724,
        6_789_151_071,
        8_698_298_269,
        7_672_276_730,
        6_985_923_888,
        6_693_128_199,
    ];

    #[test]
    fn every_class_is_lit_as_the_real_tiles_are() {
        let tiles = LandCover::new(400, 2).unwrap();
        // Mean red, green and blue of EuroSAT's test split.
        let real = [
            [39.0, 64.0, 76.0],
            [67.0, 86.0, 97.0],
            [89.0, 97.0, 104.0],
            [128.0, 118.0, 116.0],
            [47.0, 73.0, 89.0],
            [96.0, 97.0, 102.0],
            [123.0, 125.0, 134.0],
            [99.0, 103.0, 113.0],
            [121.0, 116.0, 114.0],
            [64.0, 90.0, 96.0],
        ];
        for (class, real) in real.iter().enumerate() {
            let mut sums = [0.0; 3];
            for i in 0..20 {
                for (k, &value) in tiles.get(10 * i + class).unwrap().image.iter().enumerate() {
                    sums[k % 3] += f64::from(value);
                }
            }
            for (sum, real) in sums.iter().zip(real) {
                let mean = sum / (20.0 * 4096.0);
                assert!((mean - real).abs() < 18.0, "{}: {mean} for {real}", CLASSES[class].0);
            }
        }
    }

    #[test]
    fn no_tiles_are_no_dataset() {
        assert!(matches!(LandCover::new(0, 1), Err(Error::NoTiles)));
    }
}
