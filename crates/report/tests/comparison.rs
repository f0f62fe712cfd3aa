//! Models side by side: what is compared is of the same images, and the numbers are those of the rows.

use ndarray::{Array2, Array3};
use report::{Comparison, Error};
use results::{
    ExplainedImage, ItemResponse, Prediction, RunInfo, SaliencyComparison, Setting, StudyResults, Value,
    Values,
};

const EVIL: &str = "<img src=x onerror=alert(1)>";

/// A study of six images at three settings, of which `right` says which are right.
fn study(model: &str, right: [[bool; 6]; 3]) -> StudyResults {
    let mut results = StudyResults {
        run: RunInfo {
            dataset: "tiles".into(),
            model: model.into(),
            labels: vec!["a".into(), "b".into()],
            images: 6,
            ..RunInfo::default()
        },
        ..StudyResults::default()
    };
    for (ksize, right) in [1.0, 3.0, 7.0].into_iter().zip(right) {
        let setting = Setting::new("Blur", "ksize", Value::from(ksize));
        let accuracy = right.iter().filter(|&&right| right).count() as f64 / 6.0;
        results.item_response.push(ItemResponse {
            setting: setting.clone(),
            accuracy_macro: accuracy,
            accuracy_micro: accuracy,
            count: 6,
            metrics: Values::default(),
        });
        for (image_id, right) in right.into_iter().enumerate() {
            let predicted = if right { "a" } else { "b" };
            results.predictions.push(Prediction {
                setting: setting.clone(),
                image_id,
                datum: format!("{EVIL} {image_id}"),
                truth: "a".into(),
                predicted: predicted.into(),
                truth_score: 0.5,
                predicted_score: 0.5,
                scores: Vec::new(),
            });
            results.saliency_metrics.push(SaliencyComparison {
                setting: setting.clone(),
                image_id,
                truth: "a".into(),
                predicted: predicted.into(),
                truth_score: 0.5,
                predicted_score: 0.5,
                metrics: Values::default(),
            });
        }
    }
    results
}

fn two() -> [StudyResults; 2] {
    let (t, f) = (true, false);
    [
        study("net", [[t, t, t, t, t, f], [t, t, t, f, f, f], [t, f, f, f, f, f]]),
        study("net", [[t, t, t, t, f, f], [t, t, t, t, f, f], [t, t, t, t, f, f]]),
    ]
}

#[test]
fn pairs_count_who_is_right_alone() {
    let studies = two();
    let comparison = Comparison::new(&studies).unwrap();
    assert_eq!(comparison.models(), ["net", "net (2)"]);
    let alone: Vec<_> =
        comparison.paired().iter().map(|pair| (pair.test.only_first(), pair.test.only_second())).collect();
    assert_eq!(alone, [(1, 0), (0, 1), (0, 3)]);
    assert_eq!(comparison.paired()[2].test.difference(), -0.5);
    let lost: Vec<Vec<_>> = (0..2)
        .map(|model| {
            let lost = comparison.lost_only_by(model);
            lost.iter().map(|row| (row.setting.value.number().unwrap(), row.image_id)).collect()
        })
        .collect();
    assert_eq!(lost, [vec![(3.0, 3), (7.0, 1), (7.0, 2), (7.0, 3)], vec![(1.0, 4)]]);
    // The models in turn, and what repeats an image last.
    let shown: Vec<_> =
        comparison.shown().iter().map(|row| (row.setting.value.number().unwrap(), row.image_id)).collect();
    assert_eq!(shown, [(3.0, 3), (1.0, 4), (7.0, 1), (7.0, 2), (7.0, 3)]);
}

#[test]
fn the_order_changes_where_the_second_overtakes_and_not_where_it_stays() {
    let studies = two();
    let changes = Comparison::new(&studies).unwrap().order_changes();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].at.value.number(), Some(3.0));
    assert_eq!((&*changes[0].before, &*changes[0].after), (&[0, 1][..], &[1, 0][..]));

    // Two of six, once of single precision.
    let third = [true, true, false, false, false, false];
    let mut studies = [study("a", [third; 3]), study("b", [third; 3])];
    studies[1].item_response[2].accuracy_micro = f64::from(1.0_f32 / 3.0);
    assert!(Comparison::new(&studies).unwrap().order_changes().is_empty());
}

#[test]
fn the_table_to_paste_has_the_accuracies_and_the_areas() {
    let studies = two();
    let markdown = Comparison::new(&studies).unwrap().markdown();
    let rows: Vec<&str> = markdown.lines().collect();
    assert_eq!(rows[0], "| setting | net | net (2) |");
    assert_eq!(rows[4], "| Blur ksize 7 | 0.167 | 0.667 |");
    // (2 (5/6 + 3/6) / 2 + 4 (3/6 + 1/6) / 2) / 6
    assert_eq!(rows[5], "| Blur ksize, area | 0.444 | 0.667 |");
}

#[test]
fn studies_of_other_images_or_settings_are_refused_by_what_differs() {
    let refused = |change: fn(&mut StudyResults)| {
        let mut studies = two();
        change(&mut studies[1]);
        match Comparison::new(&studies).unwrap_err() {
            Error::Incomparable { study: 2, difference } => difference,
            other => panic!("{other}"),
        }
    };
    assert_eq!(refused(|study| study.run.dataset = "x".into()), "its dataset is `x`, expected `tiles`");
    assert_eq!(refused(|study| study.run.labels[1] = "c".into()), "its class 1 is `c`, expected `b`");
    assert_eq!(refused(|study| study.run.seed = 4), "its seed is 4, expected 0");
    assert_eq!(
        refused(|study| study.item_response[1].setting.parameter = "p".into()),
        "its setting 1 is `Blur p 3`, expected `Blur ksize 3`"
    );
    assert!(
        refused(|study| study.predictions[7].datum = "x".into()).contains("is `x` of class `a`, expected")
    );
    assert_eq!(refused(|study| drop(study.predictions.pop())), "it lacks image 5 at Blur ksize 7");
    let one = &two()[..1];
    assert!(matches!(Comparison::new(one), Err(Error::TooFew { count: 1 })));
}

#[test]
fn the_page_shows_the_maps_of_both_models_and_keeps_names_as_text() {
    let mut studies = two();
    studies[1].run.model = EVIL.into();
    let explained: Vec<Vec<ExplainedImage>> = studies
        .iter()
        .map(|study| {
            let rows = study.saliency_metrics.iter();
            let explained = rows.map(|row| ExplainedImage {
                setting: row.setting.clone(),
                image_id: row.image_id,
                image: Array3::zeros((4, 6, 3)),
                truth: Array2::zeros((4, 6)),
                predicted: Array2::ones((4, 6)),
            });
            explained.collect()
        })
        .collect();
    let comparison = Comparison::new(&studies).unwrap();
    let without = comparison.html().unwrap();
    assert!(!without.contains("Where each model looks"));
    let html = comparison.clone().images(&explained).html().unwrap();
    assert!(!html.contains("<img") && html.contains("&lt;img src=x onerror=alert(1)&gt; 4"));
    // Five images are lost by one model alone; each is shown with both models' maps.
    assert_eq!(html.matches("<figure class=\"models\">").count(), 5);
    assert_eq!(html.matches("aria-label=\"Map of").count(), 10);
    for name in html.split("href=\"#x").skip(1).map(|rest| rest.split_once('"').unwrap().0) {
        assert!(html.contains(&format!("id=\"x{name}\"")), "{name} is referred to and missing");
    }
    assert!(comparison.curves().unwrap().svg().contains("net"));
    assert_eq!(html, comparison.images(&explained).html().unwrap());
}
