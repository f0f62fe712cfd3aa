//! The page shows the numbers of the rows, for any rows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ndarray::{Array2, Array3};
use report::{Page, SampleChoice, accuracy_points};
use results::{
    ExplainedImage, ItemResponse, Prediction, RunInfo, SaliencyComparison, SaliencyDrift, Setting, Skipped,
    StudyResults, Value, Values,
};
use sha2::{Digest, Sha256};

/// Numbers that look random and are the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A study of `images` images, the fewer of them right the stronger the perturbation.
fn study(images: usize, labels: &[&str]) -> StudyResults {
    let mut numbers = Numbers(7);
    let mut results = StudyResults {
        run: RunInfo {
            program: "stressmap 0.1.0".into(),
            command: "stressmap run".into(),
            dataset: "tiles".into(),
            model: "net".into(),
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
            images,
            seed: 3,
            ..RunInfo::default()
        },
        ..StudyResults::default()
    };
    let sweeps: [(&str, &str, [f64; 5]); 2] = [
        ("GaussianBlur", "ksize", [1.0, 5.0, 11.0, 15.0, 21.0]),
        ("SaltNoise", "amount", [0.0, 0.05, 0.1, 0.15, 0.2]),
    ];
    for (perturber, parameter, values) in sweeps {
        for (step, value) in values.into_iter().enumerate() {
            let setting = Setting::new(perturber, parameter, Value::from(value));
            let mut right = vec![(0.0, 0.0); labels.len()];
            for image_id in 0..images {
                let truth = image_id % labels.len();
                let stays = numbers.next() > 0.2 * step as f64;
                let predicted = if stays { truth } else { (truth + 1) % labels.len() };
                right[truth].0 += f64::from(u8::from(stays));
                right[truth].1 += 1.0;
                let scores = [numbers.next() / 2.0, 0.5 + numbers.next() / 2.0];
                let truth_score = scores[usize::from(stays)];
                results.predictions.push(Prediction {
                    setting: setting.clone(),
                    image_id,
                    datum: format!("tile {image_id}"),
                    truth: labels[truth].into(),
                    predicted: labels[predicted].into(),
                    truth_score,
                    predicted_score: scores[1],
                    scores: Vec::new(),
                });
                results.saliency_metrics.push(SaliencyComparison {
                    setting: setting.clone(),
                    image_id,
                    truth: labels[truth].into(),
                    predicted: labels[predicted].into(),
                    truth_score,
                    predicted_score: scores[1],
                    metrics: Values::from_iter([
                        ("entropy", 11.0 + numbers.next()),
                        ("ssd", if stays { 0.0 } else { numbers.next() }),
                        ("xcorr", if stays { 1.0 } else { 1.0 - 2.0 * numbers.next() }),
                    ]),
                });
            }
            drift(&mut results, &setting, step, &mut numbers);
            let (all, classes) = (images as f64, right.iter().filter(|(_, of)| *of > 0.0).count() as f64);
            results.item_response.push(ItemResponse {
                setting,
                accuracy_macro: right
                    .iter()
                    .filter(|(_, of)| *of > 0.0)
                    .map(|(part, of)| part / of)
                    .sum::<f64>()
                    / classes,
                accuracy_micro: right.iter().map(|(part, _)| part).sum::<f64>() / all,
                count: images,
                metrics: Values::default(),
            });
        }
    }
    results
}

/// The drift of a setting's images, which are the last that were added.
fn drift(results: &mut StudyResults, setting: &Setting, step: usize, numbers: &mut Numbers) {
    let images = results.run.images;
    let all = &results.predictions;
    let first = &all[all.len() - (step + 1) * images..][..images];
    for (row, reference) in all[all.len() - images..].iter().zip(first) {
        let mut next = || if step == 0 { 1.0 } else { 1.0 - numbers.next() };
        results.saliency_drift.push(SaliencyDrift {
            setting: setting.clone(),
            image_id: row.image_id,
            truth: row.truth.clone(),
            predicted: row.predicted.clone(),
            reference_predicted: reference.predicted.clone(),
            kept: row.predicted == reference.predicted,
            truth_pearson: next(),
            truth_spearman: next(),
            truth_ssd: 1.0 - next(),
            truth_iou: next(),
            truth_shift: 1.0 - next(),
            predicted_pearson: next(),
            predicted_spearman: next(),
            predicted_ssd: 1.0 - next(),
            predicted_iou: next(),
            predicted_shift: 1.0 - next(),
            noise_pearson: next(),
        });
    }
}

/// The chosen images as noise, which does not compress, with smooth maps.
fn samples(
    results: &StudyResults,
    choice: SampleChoice,
    (height, width): (usize, usize),
) -> Vec<ExplainedImage> {
    let mut numbers = Numbers(11);
    let mut samples = Vec::new();
    for image_id in choice.choose(&results.saliency_metrics, &results.saliency_drift) {
        for row in results.saliency_metrics.iter().filter(|row| row.image_id == image_id) {
            let phase = numbers.next();
            let wave =
                |(y, x): (usize, usize)| ((y as f64 / 9.0 + phase).sin() * (x as f64 / 7.0).cos()) as f32;
            samples.push(ExplainedImage {
                setting: row.setting.clone(),
                image_id,
                image: Array3::from_shape_simple_fn((height, width, 3), || (256.0 * numbers.next()) as u8),
                truth: Array2::from_shape_fn((height, width), wave),
                predicted: Array2::from_shape_fn((height, width), |(y, x)| -wave((x, y))),
            });
        }
    }
    samples
}

/// The rows of the table `id`: of each cell its text, and the number behind it if it has one.
fn table(html: &str, id: &str) -> Vec<Vec<(String, Option<f64>)>> {
    let (_, table) = html.split_once(&format!("<table id=\"{id}\"")).unwrap();
    let (body, _) = table.split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap();
    let cell = |cell: &str| {
        let (attributes, text) = cell.split_once('>').unwrap();
        let number = attributes.split_once("data-v=\"").map(|(_, rest)| rest.split_once('"').unwrap().0);
        let text = text.split_once("</td>").unwrap().0;
        (text.to_owned(), number.map(|number| number.parse().unwrap()))
    };
    body.split("<tr>").skip(1).map(|row| row.split("<td").skip(1).map(cell).collect()).collect()
}

#[test]
fn every_number_of_the_tables_is_the_rows() {
    let results = study(24, &["Forest", "River", "SeaLake"]);
    let html = Page::new(&results).html().unwrap();

    let rows = table(&html, "saliency-metrics");
    assert_eq!(rows.len(), 240);
    for (cells, row) in rows.iter().zip(&results.saliency_metrics) {
        let texts: Vec<&str> = cells.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts[0], row.setting.to_string());
        assert_eq!(texts[2..4], [row.truth.as_str(), &row.predicted]);
        let numbers: Vec<f64> = cells.iter().filter_map(|(_, number)| *number).collect();
        let theirs = [row.image_id as f64, row.truth_score, row.predicted_score].into_iter();
        let theirs: Vec<f64> = theirs.chain(row.metrics.iter().map(|(_, value)| value)).collect();
        assert_eq!(numbers, theirs);
        // The text is the number, to three decimals.
        assert_eq!(texts[6], format!("{:.3}", row.metrics.get("entropy").unwrap()));
    }

    let points = accuracy_points(&results.item_response, &results.predictions, results.run.seed);
    let rows = table(&html, "item-response");
    assert_eq!(rows.len(), 10);
    for (cells, point) in rows.iter().zip(points) {
        assert_eq!(cells[0].0, point.response.setting.to_string());
        let numbers: Vec<f64> = cells.iter().filter_map(|(_, number)| *number).collect();
        let ((low, high), (from, to)) = (point.micro_interval, point.macro_interval.unwrap());
        let row = &point.response;
        assert_eq!(numbers, [row.accuracy_micro, low, high, row.accuracy_macro, from, to, row.count as f64]);
        assert!(from <= row.accuracy_macro && row.accuracy_macro <= to);
    }

    for (cells, setting) in
        table(&html, "quartiles").iter().zip(results.item_response.iter().map(|row| &row.setting))
    {
        let of = |name: &str| -> f64 {
            let rows = results.saliency_metrics.iter().filter(|row| row.setting == *setting);
            let mut values: Vec<f64> = rows.map(|row| row.metrics.get(name).unwrap()).collect();
            values.sort_by(f64::total_cmp);
            // The median of 24.
            f64::midpoint(values[11], values[12])
        };
        let numbers: Vec<f64> = cells.iter().filter_map(|(_, number)| *number).collect();
        let theirs = ["entropy", "ssd", "xcorr"].map(of);
        for (ours, theirs) in [numbers[1], numbers[4], numbers[7]].into_iter().zip(theirs) {
            assert!((ours - theirs).abs() < 1e-12, "{setting}: {ours} {theirs}");
        }
        assert_eq!(numbers[9], 24.0);
    }
}

#[test]
fn the_drift_table_has_the_medians_of_the_rows() {
    let results = study(25, &["Forest", "River", "SeaLake"]);
    let html = Page::new(&results).html().unwrap();
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
    };
    let table = table(&html, "drift-settings");
    let mut cells = table.iter();
    for row in &results.item_response {
        let rows = || results.saliency_drift.iter().filter(|drift| drift.setting == row.setting);
        for name in ["all", "kept", "changed"] {
            let is_in = |row: &SaliencyDrift| name == "all" || row.kept == (name == "kept");
            let of = |value: fn(&SaliencyDrift) -> f64| -> Vec<f64> {
                rows().filter(|row| is_in(row)).map(value).collect()
            };
            let pearson = of(|row| row.truth_pearson);
            if pearson.is_empty() {
                continue;
            }
            let cells = cells.next().unwrap();
            assert_eq!((cells[0].0.clone(), &*cells[1].0), (row.setting.to_string(), name));
            let number = |at: usize| cells[at].1.unwrap();
            assert_eq!(number(2), pearson.len() as f64);
            let (of_maps, of_noise) = (median(pearson), median(of(|row| row.noise_pearson)));
            assert!((number(3) - of_maps).abs() < 1e-12 && (number(8) - of_noise).abs() < 1e-12);
            assert!(number(4) <= number(3) && number(3) <= number(5));
            if of_noise < 1.0 {
                assert!((number(9) - (1.0 - of_maps) / (1.0 - of_noise)).abs() < 1e-9);
            }
            assert!((number(10) - median(of(|row| row.truth_iou))).abs() < 1e-12);
            assert!((number(11) - median(of(|row| row.truth_shift))).abs() < 1e-12);
            assert!((number(12) - median(of(|row| row.predicted_pearson))).abs() < 1e-12);
        }
    }
    assert!(cells.next().is_none());
    // The headline says it of the end of each sweep.
    let last = results.saliency_drift.iter().filter(|row| row.setting == results.item_response[4].setting);
    let at_end = median(last.map(|row| row.truth_pearson).collect());
    let headline = html.split_once("id=\"headline\"").unwrap().1.split_once("</section>").unwrap().0;
    assert!(
        headline.contains(&format!("data-v=\"{at_end}\"")) && headline.contains("the masks’ noise alone")
    );
    // The images that moved most come first.
    let mut moved: Vec<f64> = (0..25)
        .map(|image| {
            let rows = results.saliency_drift.iter().filter(|row| row.image_id == image);
            let rows = rows.filter(|row| row.setting.perturber == "SaltNoise");
            rows.map(|row| row.truth_pearson).fold(f64::INFINITY, f64::min)
        })
        .collect();
    moved.sort_by(f64::total_cmp);
    let shown: Vec<f64> = self::table(&html, "moved-1").iter().map(|cells| cells[5].1.unwrap()).collect();
    assert_eq!(shown, moved[..5]);
}

#[test]
fn the_severity_tables_are_the_rows_of_the_robustness_table() {
    let results = study(24, &["Forest", "River", "SeaLake"]);
    let html = Page::new(&results).html().unwrap();
    let rows = report::robustness(&results.item_response, &results.predictions);
    let number = |setting: &Setting, class: Option<&str>, measure: &str| {
        let found = rows.iter().find(|row| {
            (row.perturber.as_str(), row.value.as_ref()) == (&*setting.perturber, Some(&setting.value))
                && (row.class.as_deref(), row.measure.as_str()) == (class, measure)
                && row.image_id.is_none()
        });
        found.map(|row| row.number)
    };
    for (cells, row) in table(&html, "severity-settings").iter().zip(&results.item_response) {
        let setting = &row.setting;
        assert_eq!(cells[0].0, setting.to_string());
        let of = |measure| number(setting, None, measure).unwrap();
        let right = |id: usize, setting: &Setting| {
            let found = |p: &&Prediction| p.image_id == id && p.setting == *setting;
            let prediction = results.predictions.iter().find(found).unwrap();
            prediction.truth == prediction.predicted
        };
        let first = results.item_response.iter().find(|r| r.setting.perturber == setting.perturber).unwrap();
        let lost = (0..24).filter(|&id| right(id, &first.setting) && !right(id, setting)).count();
        assert_eq!((cells[1].1, of("lost")), (Some(lost as f64), lost as f64));
        assert_eq!(cells[2].1, Some(of("regained")));
        assert_eq!(cells[3].1, Some(of("mcnemar_p")));
        assert_eq!(cells[5].1, Some(of("calibration_error")));
        let difference = row.accuracy_micro - first.accuracy_micro;
        assert!((of("difference") - difference).abs() < 1e-12);
        assert!(of("difference_low") <= difference && difference <= of("difference_high"));
        // Every image is first lost once, or never.
        for (i, sweep) in ["GaussianBlur", "SaltNoise"].into_iter().enumerate() {
            let table = table(&html, &format!("first-lost-{i}"));
            assert_eq!(table.len(), 3);
            for cells in &table {
                let counts: Vec<f64> = cells[1..].iter().map(|(_, number)| number.unwrap()).collect();
                assert_eq!(counts.iter().sum::<f64>(), 8.0, "{sweep}");
                if setting.perturber == sweep {
                    let at = results.item_response.iter().filter(|r| r.setting.perturber == sweep);
                    let at = at.take_while(|r| r.setting != *setting).count();
                    let theirs = number(setting, Some(&cells[0].0), "first_lost").unwrap_or(0.0);
                    assert_eq!(counts[at], theirs);
                }
            }
        }
    }
    assert!(html.contains("With 24 images an accuracy of about 50 % is known within 19 points"));
}

#[test]
fn the_matrices_count_the_predictions() {
    let labels = ["Forest", "River", "SeaLake"];
    let results = study(24, &labels);
    let html = Page::new(&results).html().unwrap();
    for (i, row) in results.item_response.iter().enumerate() {
        let id = format!("id=\"matrix-{}-{}\"", i / 5, i % 5);
        let matrix = html.split_once(&id).unwrap().1.split_once("</table>").unwrap().0;
        let counts: Vec<u64> = matrix
            .split("<td style")
            .skip(1)
            .map(|cell| cell.split_once('>').unwrap().1.split_once('<').unwrap().0.parse().unwrap_or(0))
            .collect();
        for (truth, of_truth) in labels.iter().zip(counts.chunks(3)) {
            for (predicted, count) in labels.iter().zip(of_truth) {
                let theirs =
                    results.predictions.iter().filter(|prediction| prediction.setting == row.setting).filter(
                        |prediction| prediction.truth == *truth && prediction.predicted == *predicted,
                    );
                assert_eq!(*count, theirs.count() as u64, "{} {truth} {predicted}", row.setting);
            }
        }
    }
}

#[test]
fn the_headline_says_where_half_is_lost() {
    let results = study(40, &["Forest", "River"]);
    let html = Page::new(&results).html().unwrap();
    let headline = html.split_once("id=\"headline\"").unwrap().1.split_once("</section>").unwrap().0;
    for sweep in results.item_response.chunks(5) {
        let half = sweep[0].accuracy_micro / 2.0;
        let at = sweep.iter().find(|row| row.accuracy_micro <= half).unwrap();
        let sentence = format!("<b>Half is lost at {} {}</b>", at.setting.parameter, at.setting.value);
        assert!(headline.contains(&sentence), "{sentence}");
        assert!(headline.contains(&format!("data-v=\"{}\"", sweep[4].accuracy_micro)));
    }
}

#[test]
fn names_from_data_stay_text() {
    let evil = "</script><img src=x onerror=alert(1)>\"'&";
    let mut results = study(6, &[evil, "b"]);
    results.run.command = evil.into();
    results.run.study = evil.into();
    results.run.model = evil.into();
    results.run.details = vec![(evil.into(), evil.into())];
    let rename = |setting: &mut Setting| {
        if setting.perturber == "SaltNoise" {
            setting.perturber = evil.into();
            setting.parameter = evil.into();
        }
    };
    results.item_response.iter_mut().for_each(|row| rename(&mut row.setting));
    results.predictions.iter_mut().for_each(|row| {
        rename(&mut row.setting);
        row.datum = evil.into();
    });
    results.saliency_metrics.iter_mut().for_each(|row| rename(&mut row.setting));
    results.saliency_drift.iter_mut().for_each(|row| rename(&mut row.setting));
    let setting = results.item_response[9].setting.clone();
    results.skipped =
        vec![Skipped { setting, image_id: 7, datum: evil.into(), error: format!("{evil}\u{0}") }];
    let samples = samples(&results, SampleChoice::default(), (8, 8));
    let html = Page::new(&results).images(&samples).files(&[evil]).html().unwrap();
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;&quot;'&amp;"));
    // `<img` occurs nowhere, since images are SVG's; the one script is the page's own.
    assert!(!html.contains("<img"));
    assert_eq!((html.matches("<script").count(), html.matches("</script").count()), (1, 1));
    // The same holds for every figure.
    let points = accuracy_points(&results.item_response, &results.predictions, 1);
    let confusions = report::confusions(&results.predictions, &results.run.labels);
    for figure in [
        report::item_response_curves(&points).unwrap(),
        report::metric_curves(&results.saliency_metrics).unwrap(),
        report::confusion_matrices(&confusions).unwrap(),
    ] {
        assert!(!figure.svg().contains("<img") && figure.svg().contains("&lt;/script&gt;"));
        figure.image().unwrap();
    }
}

#[test]
fn empty_results_and_undefined_numbers_make_a_page() {
    let html = Page::new(&StudyResults::default()).html().unwrap();
    assert!(html.contains("No accuracy was measured") && html.ends_with("</html>\n"));

    let mut results = study(4, &["a", "b"]);
    for (row, undefined) in results
        .saliency_metrics
        .iter_mut()
        .zip([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().cycle())
    {
        row.metrics = ["entropy", "ssd", "xcorr"].map(|name| (name, undefined)).into_iter().collect();
    }
    for row in &mut results.item_response {
        (row.accuracy_micro, row.accuracy_macro) = (f64::NAN, f64::NAN);
    }
    let samples = samples(&results, SampleChoice::default(), (5, 7));
    let html = Page::new(&results).images(&samples).html().unwrap();
    assert!(html.contains(">undefined</td>") && html.contains("120 undefined values are left out"));
    // No position in a figure is undefined; a text may say so.
    let places = html.split("points=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0);
    assert!(places.into_iter().all(|points| !points.contains("NaN") && !points.contains("inf")));

    // A study that stopped before any image was explained.
    results.saliency_metrics.clear();
    results.saliency_drift.clear();
    results.item_response.truncate(1);
    assert!(Page::new(&results).html().unwrap().contains("No image was explained"));
}

#[test]
fn failures_are_counted_and_shown() {
    let mut results = study(4, &["a", "b"]);
    let setting = results.item_response[2].setting.clone();
    let failure = |image_id| Skipped {
        setting: setting.clone(),
        image_id,
        datum: format!("broken {image_id}"),
        error: "cannot decode".into(),
    };
    results.skipped = (0..150).map(failure).collect();
    let html = Page::new(&results).html().unwrap();
    assert!(html.contains("150 failures were skipped"));
    assert!(html.contains("100 of 150 failures are listed"));
    assert_eq!(table(&html, "skipped-rows")[99][2].0, "broken 99");
}

#[test]
fn the_page_allows_its_own_script_alone() {
    let html = Page::new(&StudyResults::default()).html().unwrap();
    let script = html.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
    let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
    assert!(html.contains(&format!("script-src 'sha256-{hash}'")), "the script's hash is {hash}");
    assert!(html.contains("default-src 'none'"));
    assert!(!html.contains("http://") && !html.contains("https://"), "nothing is elsewhere");
}

#[test]
fn a_large_study_makes_a_small_page() {
    let labels = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let results = study(2_700, &labels);
    let choice = SampleChoice::default();
    let images = choice.choose(&results.saliency_metrics, &results.saliency_drift);
    assert!(images.len() >= labels.len() && images.len() <= 32);
    // Noise of 300 by 200 pixels is more than there is room for: images are reduced, and the last ones left out.
    let samples = samples(&results, choice, (200, 300));
    let html = Page::new(&results).images(&samples).files(&["saliency_metrics.csv"]).html().unwrap();
    assert!(html.len() < 20 << 20, "{} bytes", html.len());
    assert!(html.contains(&format!("There are maps of {} images", images.len())));
    let rows = table(&html, "saliency-metrics");
    assert!(rows.len() <= 400 && html.contains(&format!("{} of 27000 rows are shown", rows.len())));
    assert!(html.contains("<a href=\"saliency_metrics.csv\">"));
}

#[test]
fn the_same_results_make_the_same_page() {
    let results = study(12, &["a", "b"]);
    let samples = samples(&results, SampleChoice::default(), (6, 4));
    let page = || Page::new(&results).images(&samples).html().unwrap();
    assert!(page() == page());
}

#[test]
fn images_that_do_not_fit_are_refused() {
    let results = study(3, &["a", "b"]);
    let mut samples = samples(&results, SampleChoice::default(), (6, 4));
    samples[0].truth = Array2::zeros((4, 6));
    let error = Page::new(&results).images(&samples).html().unwrap_err();
    assert!(matches!(error, report::Error::MapSize { map: (4, 6), image: (6, 4) }));

    samples[0].truth = Array2::zeros((6, 4));
    samples[0].image_id = 77;
    let error = Page::new(&results).images(&samples).html().unwrap_err();
    assert!(matches!(error, report::Error::NoRow { image_id: 77, .. }));
}

#[test]
fn metrics_that_the_page_does_not_know_are_shown_by_name() {
    let mut results = study(6, &["a", "b"]);
    for row in &mut results.saliency_metrics {
        row.metrics = Values::from_iter([("gini <i>", row.truth_score), ("ssd", 0.25)]);
    }
    for row in &mut results.item_response {
        row.metrics = Values::from_iter([("f1_macro", row.accuracy_micro / 2.0)]);
    }
    let samples = samples(&results, SampleChoice::default(), (6, 4));
    let html = Page::new(&results).images(&samples).html().unwrap();
    let rows = table(&html, "saliency-metrics");
    for (cells, row) in rows.iter().zip(&results.saliency_metrics) {
        assert_eq!([cells[6].1, cells[7].1], [Some(row.truth_score), Some(0.25)]);
    }
    assert!(html.contains("<th scope=\"col\">gini &lt;i&gt;</th>") && html.contains("ssd is 0."));
    for (cells, row) in table(&html, "item-response").iter().zip(&results.item_response) {
        assert_eq!(cells[8].1, Some(row.accuracy_micro / 2.0));
    }
    // Without the correlation nothing is said of it.
    assert!(!html.contains("xcorr"));
    assert!(report::metric_curves(&results.saliency_metrics).unwrap().svg().contains("gini &lt;i&gt;"));
}
