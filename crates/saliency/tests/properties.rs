//! What holds for all masks, and for maps of a model that sees nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use ndarray::{Array2, Array3};
use proptest::prelude::*;
use protocols::{FnModel, Model, ModelMetadata, ScoreKind};
use saliency::{
    Classes, Explainer, HadamardGrid, MaskGenerator, PairedGrid, Rise, RiseEstimator, RiseGrid, SlidingWindow,
};

fn generators() -> impl Strategy<Value = Box<dyn MaskGenerator>> {
    (1_usize..9, 1_usize..8, 0.0..=1.0, any::<u64>(), 0..4).prop_map(|(count, cells, p1, seed, kind)| {
        let generator: Box<dyn MaskGenerator> = match kind {
            0 => Box::new(RiseGrid::new(count, cells, p1, seed).unwrap()),
            1 => Box::new(PairedGrid::new(2 * count, cells, seed).unwrap()),
            2 => Box::new(HadamardGrid::new(2 * count, cells, seed).unwrap()),
            _ => Box::new(SlidingWindow::new((cells, count), (count, cells)).unwrap()),
        };
        generator
    })
}

/// Gives every picture the same scores.
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

    /// XAITK subtracts the masks' mean from the masks; its maps of a model that sees nothing are therefore
    /// what is left of the masks, the same for every class, and zero only where the scores are. Centred
    /// scores are zero themselves.
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
