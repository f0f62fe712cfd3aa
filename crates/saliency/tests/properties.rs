//! Properties of all masks, and of the maps of a model whose scores are constant.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use ndarray::{Array2, Array3};
use proptest::prelude::*;
use protocols::{FnModel, Model, ModelMetadata, ScoreKind};
use saliency::{
    Classes, Explainer, HadamardGrid, MaskGenerator, PairedGrid, RandomGrid, Rise, RiseEstimator, RiseGrid,
    SlidingRadial, SlidingWindow,
};

fn generators() -> impl Strategy<Value = Box<dyn MaskGenerator>> {
    (1_usize..9, 1_usize..8, 0.0..=1.0, any::<u64>(), 0..6).prop_map(|(count, cells, p1, seed, kind)| {
        let generator: Box<dyn MaskGenerator> = match kind {
            0 => Box::new(RiseGrid::new(count, cells, p1, seed).unwrap()),
            1 => Box::new(PairedGrid::new(2 * count, cells, seed).unwrap()),
            2 => Box::new(HadamardGrid::new(2 * count, cells, seed).unwrap()),
            3 => Box::new(RandomGrid::new(count, (cells, count), p1, seed).unwrap()),
            4 => Box::new(SlidingRadial::new((cells as f64, p1 + 0.1), (count, cells)).unwrap()),
            _ => Box::new(SlidingWindow::new((cells, count), (count, cells)).unwrap()),
        };
        generator
    })
}

/// Gives every image the same scores.
fn constant(scores: [f32; 2]) -> impl Model {
    let labels = vec!["a".to_owned(), "b".to_owned()];
    FnModel::new(ModelMetadata::new("constant", labels, ScoreKind::Probabilities), move |images| {
        Ok(Array2::from_shape_fn((images.len(), 2), |(_, class)| scores[class]))
    })
}

proptest! {
    #[test]
    fn masks_lie_from_0_to_1(generator in generators(), height in 1_usize..30, width in 1_usize..30) {
        let masks = generator.masks(height, width).unwrap();
        prop_assert_eq!(masks.shape(), (height, width));
        for index in 0..masks.len() {
            let mut seen = 0;
            masks.rows(index, &mut |_, row| {
                assert_eq!(row.len(), width);
                assert!(row.iter().all(|value| (0.0..=1.0).contains(value)), "{row:?}");
                seen += 1;
            });
            prop_assert_eq!(seen, height);
        }
    }

    /// XAITK subtracts the masks' mean from the masks; for a constant model its maps are therefore the rest of the
    /// masks, the same for every class, and zero only if the scores are. Centred scores are zero themselves.
    #[test]
    fn a_constant_model_has_no_centred_map_and_a_debiased_one_that_is_the_masks_alone(
        scores in (0.0_f32..1.0, 0.0_f32..1.0), masks in 1_usize..20, grid in 1_usize..6, seed: u64,
    ) {
        let model = constant([scores.0, scores.1]);
        let image = Array3::from_elem((9, 11, 3), 128);
        let explain = |estimator| {
            let rise = Rise::builder().masks(masks).grid(grid).seed(seed).estimator(estimator).build().unwrap();
            rise.explain(&model, image.view(), Classes::All).unwrap()
        };
        let centred = explain(RiseEstimator::Centred);
        prop_assert!(centred.iter().all(|&value| value == 0.0), "{}", centred);
        for estimator in [RiseEstimator::Debiased, RiseEstimator::Plain] {
            let maps = explain(estimator);
            prop_assert!(maps.iter().all(|value| value.abs() <= 1.0), "{}", maps);
            if scores.0 > 0.0 && scores.1 > 0.0 {
                let (a, b) = (maps.index_axis(ndarray::Axis(0), 0), maps.index_axis(ndarray::Axis(0), 1));
                // Maps are scaled to a largest magnitude of one, so that equal shapes are equal maps.
                prop_assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-3), "{} {}", a, b);
            }
        }
    }
}
