use ndarray::{Array3, Array4, ArrayView1, ArrayView3, ArrayViewMut3, Axis};
use protocols::{Model, Observer, Pass};

use crate::colored_masks::{ColoredMasks, color_over};
use crate::scores::check_batch;
use crate::{Classes, Error, Precision, Scaling, ScoredImage};

/// MC-RISE: RISE with several colours, which shows how each colour at a pixel changes a score.
///
/// For a colour c of k, with `h_ic` how far mask i shows it and `h_i` the sum over colours,
///
/// ```text
/// S_c = sum over i of score_i (k (1 - p1) h_ic - p1 (1 - h_i))
/// ```
///
/// scaled to a largest magnitude of one. A positive value says that the colour raises the score there, a negative one
/// that it lowers it. This is XAITK's `MCRISEStack` with `threads=0` (Hatakeyama et al. 2020). With threads the
/// original stacks the image once per mask.
///
/// # Examples
///
/// ```
/// use ndarray::{Array2, Array3};
/// use saliency::{Classes, FnModel, McRise, ModelMetadata, ScoreKind};
///
/// // Scores the brightness of the top left pixel.
/// let metadata = ModelMetadata::new("corner", vec!["bright".to_owned()], ScoreKind::Logits);
/// let model = FnModel::new(metadata, |images| {
///     Ok(Array2::from_shape_fn((images.len(), 1), |(i, _)| f32::from(images[i][[0, 0, 0]]) / 255.0))
/// });
/// let image = Array3::from_elem((16, 16, 1), 128);
///
/// let mc_rise = McRise::builder(vec![vec![0], vec![255]]).masks(400).grid(4).build()?;
/// let maps = mc_rise.explain(&model, image.view(), Classes::All, &mut ())?;
/// assert_eq!(maps.dim(), (2, 1, 16, 16));
/// // Black lowers the score there, and white raises it.
/// assert!(maps[[0, 0, 0, 0]] < 0.0 && maps[[1, 0, 0, 0]] > 0.0);
/// # Ok::<(), saliency::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct McRise {
    colors: Vec<Vec<u8>>,
    masks: usize,
    grid: usize,
    p1: f64,
    seed: u64,
    batch_size: usize,
}

/// Settings of [`McRise`].
///
/// # Examples
///
/// ```
/// use saliency::McRise;
///
/// assert!(McRise::builder(Vec::new()).build().is_err());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct McRiseBuilder {
    mc_rise: McRise,
}

impl McRiseBuilder {
    /// How many masks, the original's `n`: 200 by default.
    pub fn masks(mut self, masks: usize) -> Self {
        self.mc_rise.masks = masks;
        self
    }

    /// Cells along each axis, the original's `s`: 8 by default.
    pub fn grid(mut self, grid: usize) -> Self {
        self.mc_rise.grid = grid;
        self
    }

    /// The probability that a cell keeps the image, 0 to 1: 0.5 by default.
    pub fn p1(mut self, p1: f64) -> Self {
        self.mc_rise.p1 = p1;
        self
    }

    /// The seed of the masks: 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.mc_rise.seed = seed;
        self
    }

    /// Occluded images per forward pass: 64 by default.
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.mc_rise.batch_size = batch_size;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`] unless there is a colour, `masks`, `grid` and `batch_size` are at least 1, there are at
    /// most 2^32 cells in all, and `p1` is from 0 to 1.
    pub fn build(self) -> Result<McRise, Error> {
        let McRise { ref colors, masks, grid, p1, batch_size, .. } = self.mc_rise;
        let refuse = |parameter, value, expected| {
            Err(Error::Parameter { component: "McRise", parameter, value, expected })
        };
        for (parameter, value) in
            [("colors", colors.len()), ("masks", masks), ("grid", grid), ("batch_size", batch_size)]
        {
            if value == 0 {
                return refuse(parameter, 0.0, "at least one");
            }
        }
        let cells = grid.checked_mul(grid).and_then(|cells| cells.checked_mul(masks));
        if cells.is_none_or(|cells| u32::try_from(cells).is_err()) {
            return refuse("masks", masks as f64, "at most 2^32 cells in all masks together");
        }
        if !(0.0..=1.0).contains(&p1) {
            return refuse("p1", p1, "a probability from 0 to 1");
        }
        Ok(self.mc_rise)
    }
}

impl McRise {
    /// Settings with these colours, each with a number per channel; the rest is as by default.
    pub fn builder(colors: Vec<Vec<u8>>) -> McRiseBuilder {
        McRiseBuilder { mc_rise: Self { colors, masks: 200, grid: 8, p1: 0.5, seed: 0, batch_size: 64 } }
    }

    /// Returns the maps of each colour and class, f32 of shape (colours, classes, height, width).
    ///
    /// `image` is (height, width, channels). `observer` is told of one pass, `explain`, that counts masks.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyImage`], [`Error::FillChannels`] if a colour does not match the image, [`Error::Class`],
    /// [`Error::Model`], [`Error::Scores`] or [`Error::Score`] if the model fails or returns invalid scores, and
    /// [`Error::Stopped`] if the observer stops the computation.
    pub fn explain(
        &self,
        model: &dyn Model,
        image: ArrayView3<'_, u8>,
        classes: Classes<'_>,
        observer: &mut dyn Observer,
    ) -> Result<Array4<f32>, Error> {
        let classes = classes.resolve(model.metadata().labels.len())?;
        let (height, width, channels) = image.dim();
        if image.is_empty() {
            return Err(Error::EmptyImage { height, width, channels });
        }
        if let Some(color) = self.colors.iter().find(|color| color.len() != channels) {
            return Err(Error::FillChannels { fill: color.len(), image: channels });
        }
        let size = (self.masks, self.grid);
        let masks = ColoredMasks::new(size, self.p1, self.colors.len(), self.seed, (height, width))?;
        let mut sums = Array4::zeros((self.colors.len(), classes.len(), height, width));
        let new_mask = || Array3::zeros((self.colors.len(), height, width));
        observer.started(Pass::new("explain", "masks", Some(masks.len())));
        for first in (0..masks.len()).step_by(self.batch_size) {
            let count = self.batch_size.min(masks.len() - first);
            let draw = |offset: usize, buffer: ArrayViewMut3<'_, u8>| {
                let mut shown = new_mask();
                masks.write(first + offset, shown.view_mut());
                color_over(image, &self.colors, &shown, buffer);
            };
            let scores = model
                .predict_drawn(image.dim(), count, &draw)
                .map_err(|source| Error::Model { image: ScoredImage::Occluded(first), source })?;
            check_batch(model, scores.view(), count, |row| ScoredImage::Occluded(first + row))?;
            let mut shown = new_mask();
            for (row, scores) in scores.outer_iter().enumerate() {
                masks.write(first + row, shown.view_mut());
                add(&mut sums, &shown, scores.select(Axis(0), &classes).mapv(f64::from).view(), self.p1);
            }
            if observer.advanced(count).is_break() {
                return Err(Error::Stopped { done: first + count, total: masks.len() });
            }
        }
        Ok(scaled(&sums, Precision::Single))
    }
}

/// Adds one mask's share to each colour's and class's sum.
fn add(sums: &mut Array4<f64>, shown: &Array3<f64>, scores: ArrayView1<'_, f64>, p1: f64) {
    let colors = shown.dim().0 as f64;
    let kept = 1.0 - shown.sum_axis(Axis(0));
    for (mut sums, shown) in sums.outer_iter_mut().zip(shown.outer_iter()) {
        let weights = shown.mapv(|shown| colors * shown * (1.0 - p1)) - &kept * p1;
        for (mut sum, &score) in sums.outer_iter_mut().zip(scores) {
            sum.scaled_add(score, &weights);
        }
    }
}

fn scaled(sums: &Array4<f64>, precision: Precision) -> Array4<f32> {
    let mut maps = Array4::zeros(sums.dim());
    for (sums, mut maps) in sums.outer_iter().zip(maps.outer_iter_mut()) {
        for (sum, mut map) in sums.outer_iter().zip(maps.outer_iter_mut()) {
            map.assign(&Scaling::MaxAbs(precision).apply(sum));
        }
    }
    maps
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use ndarray::{Array1, Array2, ArrayD, Axis, IxDyn, OwnedRepr};
    use ndarray_npy::{NpzReader, ReadableElement};
    use serde_json::Value;

    use super::*;

    struct Reference {
        cases: Vec<Value>,
        arrays: NpzReader<File>,
    }

    impl Reference {
        fn open() -> Self {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference");
            let open = |name: &str| File::open(folder.join(name)).unwrap();
            Self {
                cases: serde_json::from_reader(open("masks_more.json")).unwrap(),
                arrays: NpzReader::new(open("masks_more.npz")).unwrap(),
            }
        }

        fn of(&self, kind: &str) -> Vec<Value> {
            let cases = self.cases.iter().filter(|case| case["kind"] == kind && case.get("error").is_none());
            let cases: Vec<Value> = cases.cloned().collect();
            assert!(cases.len() > 3, "{kind}");
            cases
        }

        fn array<A: ReadableElement>(&mut self, case: &Value, field: &str) -> Option<ArrayD<A>> {
            self.arrays.by_name::<OwnedRepr<A>, IxDyn>(case[field].as_str().unwrap()).ok()
        }

        fn numbers(&mut self, case: &Value, field: &str) -> ArrayD<f64> {
            match self.array::<f64>(case, field) {
                Some(double) => double,
                None => self.array::<f32>(case, field).unwrap().mapv(f64::from),
            }
        }
    }

    fn masks(params: &Value, colors: usize, shape: (usize, usize)) -> ColoredMasks {
        let number = |field: &str| params[field].as_u64().unwrap();
        let size = (number("n") as usize, number("s") as usize);
        ColoredMasks::new(size, params["p1"].as_f64().unwrap(), colors, number("seed"), shape).unwrap()
    }

    #[track_caller]
    fn close(ours: &Array4<f32>, theirs: &ArrayD<f64>, case: &Value) {
        assert_eq!(ours.shape(), theirs.shape());
        let worst = ours.iter().zip(theirs).map(|(&a, b)| (f64::from(a) - b).abs()).fold(0.0, f64::max);
        assert!(worst <= 1e-6, "{worst} {case}");
    }

    #[test]
    fn masks_are_xaitks_bit_for_bit() {
        let mut reference = Reference::open();
        for case in reference.of("MCRISEGrid") {
            let theirs = reference.array::<f64>(&case, "masks").unwrap();
            let (colors, height, width) = (theirs.shape()[0], theirs.shape()[2], theirs.shape()[3]);
            let masks = masks(&case["params"], colors, (height, width));
            let mut shown = Array3::zeros((colors, height, width));
            for (index, theirs) in theirs.axis_iter(Axis(1)).enumerate() {
                masks.write(index, shown.view_mut());
                assert!(shown.iter().zip(theirs).all(|(ours, theirs)| *ours == 1.0 - theirs), "{case}");
            }
        }
    }

    #[test]
    fn scoring_is_xaitks() {
        let mut reference = Reference::open();
        for case in reference.of("MCRISEScoring") {
            let masks = reference.numbers(&case, "masks");
            let scores: Array2<f64> = reference.numbers(&case, "perturbed").into_dimensionality().unwrap();
            let theirs = reference.numbers(&case, "map");
            let shape = (theirs.shape()[0], theirs.shape()[1], theirs.shape()[2], theirs.shape()[3]);
            let mut sums = Array4::zeros(shape);
            for (scores, masks) in scores.outer_iter().zip(masks.axis_iter(Axis(1))) {
                let shown = masks.mapv(|mask| 1.0 - mask).into_dimensionality().unwrap();
                add(&mut sums, &shown, scores, case["params"]["p1"].as_f64().unwrap());
            }
            close(&scaled(&sums, Precision::Double), &theirs, &case);
        }
    }

    #[test]
    fn maps_are_xaitks() {
        let mut reference = Reference::open();
        for case in reference.of("MCRISEStack") {
            let image: Array3<u8> = reference.array(&case, "image").unwrap().into_dimensionality().unwrap();
            let weight: Array2<f64> = reference.numbers(&case, "weight").into_dimensionality().unwrap();
            let bias: Array1<f64> = reference.numbers(&case, "bias").into_dimensionality().unwrap();
            let params = &case["params"];
            let colors: Vec<Vec<u8>> = serde_json::from_value(params["fill_colors"].clone()).unwrap();
            let (height, width, _) = image.dim();
            let masks = masks(params, colors.len(), (height, width));
            let mut sums = Array4::zeros((colors.len(), bias.len(), height, width));
            let (mut shown, mut buffer) = (Array3::zeros((colors.len(), height, width)), image.clone());
            for index in 0..masks.len() {
                masks.write(index, shown.view_mut());
                color_over(image.view(), &colors, &shown, buffer.view_mut());
                let values: Array1<f64> = buffer.iter().map(|&value| f64::from(value) / 255.0).collect();
                let logits = weight.dot(&values) + &bias;
                let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let exponentials = logits.mapv(|logit| (logit - largest).exp());
                let scores = &exponentials / exponentials.sum();
                add(&mut sums, &shown, scores.view(), params["p1"].as_f64().unwrap());
            }
            close(&scaled(&sums, Precision::Double), &reference.numbers(&case, "map"), &case);
        }
    }

    #[test]
    fn settings_and_colours_that_do_not_match_are_refused() {
        for (builder, name) in [
            (McRise::builder(Vec::new()), "colors"),
            (McRise::builder(vec![vec![0]]).masks(0), "masks"),
            (McRise::builder(vec![vec![0]]).grid(0), "grid"),
            (McRise::builder(vec![vec![0]]).p1(f64::NAN), "p1"),
            (McRise::builder(vec![vec![0]]).batch_size(0), "batch_size"),
        ] {
            let error = builder.build().unwrap_err();
            assert!(matches!(error, Error::Parameter { parameter, .. } if parameter == name), "{error}");
        }
    }
}
