//! NRTK's blurs, over OpenCV.

use perturb::{AverageBlur, GaussianBlur, MedianBlur, Perturber, Random};

use super::Row;
use super::reference::Reference;

pub fn rows() -> Vec<Row> {
    let reference = Reference::open("perturb");
    let mut tallies = [(0, 0); 3];
    for case in &reference.cases {
        let ksize = || case["params"]["ksize"].as_u64().unwrap() as usize;
        let (blur, topic): (Box<dyn Perturber>, _) = match case["kind"].as_str().unwrap() {
            "GaussianBlurPerturber" => (Box::new(GaussianBlur::new(ksize()).unwrap()), 0),
            "AverageBlurPerturber" => (Box::new(AverageBlur::new(ksize()).unwrap()), 1),
            "MedianBlurPerturber" => (Box::new(MedianBlur::new(ksize()).unwrap()), 2),
            _ => continue,
        };
        let (image, _) = reference.image(case, "image");
        let (theirs, _) = reference.image(case, "out");
        let ours = blur.perturb(image.view(), &mut Random::chacha(0, 0)).unwrap();
        tallies[topic].0 += ours.iter().zip(&theirs).filter(|(a, b)| a != b).count();
        tallies[topic].1 += 1;
    }
    let row = |what, (differing, cases): (usize, usize)| Row {
        what,
        with: "NRTK, OpenCV",
        goal: "every pixel",
        worst: differing as f64,
        bound: 0.0,
        cases,
    };
    vec![
        row("Gaussian blur, ksize 1 to 31, 1 to 4 channels", tallies[0]),
        row("average blur", tallies[1]),
        row("median blur", tallies[2]),
    ]
}

#[test]
fn blurs_are_nrtks() {
    rows().iter().for_each(Row::check);
}
