//! The command, as a person runs it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use perturb::Perturber as _;
use results::{ItemResponse, Prediction, SaliencyComparison, StudyResults, read_csv};
use support::classes;

fn stressmap(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stressmap")).current_dir(folder).args(arguments).output().unwrap()
}

/// Runs the command, which must fail with this code, and returns the line that it prints.
fn refused(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = stressmap(folder, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(!said.contains("panicked") && !said.contains("backtrace"), "{said}");
    said
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = stressmap(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn png(path: &Path) {
    let image = image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([(6 * x) as u8, (8 * y) as u8, 90]));
    image.save(path).unwrap();
}

#[test]
fn a_run_leaves_the_report_and_its_study_gives_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--limit", "3", "--masks", "6", "--save-maps", "--out", "first"];
    let said = done(folder.path(), &[&["run"][..], &flags].concat());
    assert!(
        said.contains("3 images") && said.contains("10 settings") && said.contains("SaltNoise amount 0.2"),
        "{said}"
    );
    let first = folder.path().join("first");
    let read = |name: &str| std::fs::read(first.join(name)).unwrap();
    let responses: Vec<ItemResponse> = read_csv(read("item_response.csv").as_slice()).unwrap();
    let comparisons: Vec<SaliencyComparison> = read_csv(read("saliency_metrics.csv").as_slice()).unwrap();
    assert_eq!((responses.len(), comparisons.len()), (10, 30));
    // Nothing is changed by a blur of one pixel, nor by no salt.
    assert_eq!(responses[0].accuracy_micro, responses[5].accuracy_micro);
    let maps: ndarray::Array3<f32> = ndarray_npy::read_npy(first.join("truth.npy")).unwrap();
    assert_eq!(maps.dim(), (30, 64, 64));
    for name in [
        "confusion",
        "item_response",
        "metrics",
        "perturbed",
        "saliency_GaussianBlur",
        "saliency_SaltNoise",
        "saliency_SaltNoise_diverging",
    ] {
        assert!(read(&format!("{name}.png")).starts_with(b"\x89PNG"), "{name}");
        assert!(read(&format!("{name}.svg")).starts_with(b"<svg"), "{name}");
    }

    // One file has all that the tables have, to the same bits.
    let predictions: Vec<Prediction> = read_csv(read("predictions.csv").as_slice()).unwrap();
    let results = StudyResults::read_json(read("results.json").as_slice()).unwrap();
    assert_eq!(results.item_response, responses);
    assert_eq!((results.predictions, results.saliency_metrics), (predictions, comparisons));
    assert_eq!((results.run.images, results.run.labels.len(), results.run.seed), (3, 10, 123));
    // The study in it gives the same numbers, wherever they are written to.
    let study = &results.run.study;
    assert!(study.contains("masks = 6") && study.contains("save_maps = false"), "{study}");
    let page = String::from_utf8(read("report.html")).unwrap();
    for row in &responses {
        assert!(page.contains(&format!("data-v=\"{}\"", row.accuracy_macro)), "{}", row.setting);
    }
    // Three images are few enough to show all of them, at every setting.
    assert_eq!(page.matches("class=\"cell\"").count(), 30);

    done(folder.path(), &["run", "--config", "first/study.toml", "--out", "second"]);
    for name in ["item_response.csv", "predictions.csv", "saliency_metrics.csv", "truth.npy", "predicted.npy"]
    {
        assert!(
            read(name) == std::fs::read(folder.path().join("second").join(name)).unwrap(),
            "{name} differs"
        );
    }
}

#[test]
fn finished_runs_are_set_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let run = |out: &str, masks: &str| {
        let flags = ["--limit", "4", "--masks", masks, "--sweep", "AverageBlur:ksize=1,9", "--out", out];
        done(folder.path(), &[&["run"], &flags[..]].concat());
    };
    run("one", "8");
    run("two", "16");
    let said = done(folder.path(), &["compare", "one", "two", "--out", "both"]);
    assert!(said.contains("The comparison is in both/comparison.html"), "{said}");
    let page = std::fs::read_to_string(folder.path().join("both/comparison.html")).unwrap();
    // The same model twice, which loses no image alone.
    assert!(
        page.contains("(2)") && page.contains("No image is wrong with one model and right with all others.")
    );
    png(&folder.path().join("both/curves.png"));
    done(
        folder.path(),
        &["run", "--limit", "5", "--masks", "8", "--sweep", "AverageBlur:ksize=1,9", "--out", "five"],
    );
    let said = refused(folder.path(), &["compare", "one", "five"], 2);
    assert!(said.contains("study 2 cannot be compared with the first"), "{said}");
    let said = refused(folder.path(), &["compare", "one", "both"], 2);
    assert!(said.contains("both: expected the folder of a finished run"), "{said}");
}

#[test]
fn a_perturbed_image_is_that_of_the_library() {
    let folder = tempfile::tempdir().unwrap();
    png(&folder.path().join("in.png"));
    let salt =
        ["perturb", "in.png", "out.png", "--perturber", "SaltNoise", "--param", "amount=0.1", "--seed", "7"];
    done(folder.path(), &[&salt[..], &["--rng", "numpy"]].concat());
    let read = |name: &str| {
        perturb::Image::to_array(&image::open(folder.path().join(name)).unwrap()).unwrap().into_owned()
    };
    let noise = perturb::SaltNoise::new(0.1).unwrap();
    let ours = noise.perturb(read("in.png").view(), &mut perturb::Random::numpy(7)).unwrap();
    assert_eq!(read("out.png"), ours);
}

#[test]
fn an_explained_image_has_one_map_per_class_and_an_overlay() {
    let folder = tempfile::tempdir().unwrap();
    png(&folder.path().join("in.png"));
    done(folder.path(), &["saliency", "in.png", "--masks", "8", "--all", "--out", "maps.npy"]);
    let maps: ndarray::Array3<f32> = ndarray_npy::read_npy(folder.path().join("maps.npy")).unwrap();
    assert_eq!(maps.dim(), (10, 30, 40));
    assert_eq!(image::open(folder.path().join("maps.png")).unwrap().width(), 40);

    // A tolerance that is met, of the class that the model is surest of.
    let stopped = "saliency in.png --masks 2000 --sampling hadamard --estimator centred --tolerance 0.5 --top 1 --out few.npy";
    let said = done(folder.path(), &stopped.split(' ').collect::<Vec<_>>());
    let used = said.lines().find_map(|line| line.strip_suffix(" of 2000 masks were used"));
    assert!(used.is_some_and(|used| used.parse::<usize>().unwrap() < 2000), "{said}");
    let said = done(folder.path(), &["saliency", "in.png", "--masks", "8", "--top", "3", "--out", "top.npy"]);
    let top: ndarray::Array3<f32> = ndarray_npy::read_npy(folder.path().join("top.npy")).unwrap();
    assert_eq!(top.dim(), (3, 30, 40));
    let scores: Vec<f32> = said.lines().filter_map(|line| line.split_once(": ")?.1.parse().ok()).collect();
    assert!(scores.len() == 3 && scores.is_sorted_by(|a, b| a >= b), "{said}");
    let model = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/eurosat-convnext/config.json"),
    );
    let labels = model_folder::labels_from_json(&model.unwrap()).unwrap();
    let first = labels.iter().position(|label| said.starts_with(&format!("{label}: "))).unwrap();
    // Products of other numbers of classes may differ in the last bits.
    let apart = &top.index_axis(ndarray::Axis(0), 0) - &maps.index_axis(ndarray::Axis(0), first);
    assert!(apart.iter().all(|difference| difference.abs() < 1e-5), "{apart}");
    let overlay = |name: &str| image::open(folder.path().join(name)).unwrap().into_rgb8();
    let (few, all) = (overlay("top.png"), overlay("maps.png"));
    assert!(few.as_raw().iter().zip(all.as_raw()).all(|(a, b)| a.abs_diff(*b) <= 1));
}

#[test]
fn a_sweep_can_be_given_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let listed = done(folder.path(), &["perturbers"]);
    assert!(
        listed.contains("GaussianBlur\n    ksize: an odd number from 1 to 9999, in px [default: 1]"),
        "{listed}"
    );
    let sweeps = ["--sweep", "GaussianBlur:ksize=1,7", "--sweep", "GaussianNoise:var=0.1,0.2:mean=0.2"];
    let said = done(folder.path(), &[&["run", "--limit", "2", "--masks", "4"][..], &sweeps].concat());
    assert!(said.contains("4 settings") && said.contains("GaussianNoise(mean=0.2) var 0.1"), "{said}");
    let said = refused(folder.path(), &["run", "--sweep", "GaussianBlur:ksize"], 2);
    assert!(said.contains("expected NAME:PARAMETER=VALUE"), "{said}");
    let said = refused(folder.path(), &["run", "--sweep", "GaussianBlur:ksize=2"], 2);
    assert!(said.contains("ksize is 2, expected an odd"), "{said}");
    let twice = ["--sweep", "GaussianBlur:ksize=3", "--sweep", "GaussianBlur:ksize=3,5"];
    let said = refused(folder.path(), &[&["run"][..], &twice].concat(), 2);
    assert!(said.contains("two settings `GaussianBlur ksize 3`"), "{said}");
}

#[test]
fn progress_is_shown_in_the_chosen_way() {
    let folder = tempfile::tempdir().unwrap();
    png(&folder.path().join("in.png"));
    let said = |flags: &[&str]| {
        let output = stressmap(folder.path(), &[&["saliency", "in.png", "--masks", "8"], flags].concat());
        assert!(output.status.success());
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap())
    };
    // Without a terminal there are lines instead of a bar.
    let [out, err] = said(&[]);
    assert!(
        out.contains("maps.npy holds the map of this class") && err.starts_with("explain: 8/8 masks in "),
        "{err}"
    );
    assert_eq!(said(&["--progress", "bar"])[1], "");
    assert_eq!(said(&["--quiet"]), ["", ""]);
    assert_eq!(said(&["--progress", "quiet"]), ["", ""]);

    let [out, err] = said(&["--progress", "json"]);
    assert!(out.contains("maps.npy"));
    let events: Vec<serde_json::Value> =
        err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        events[0],
        serde_json::json!({"event": "begin", "what": "explain", "unit": "masks", "done": 0, "total": 8})
    );
    let end = events.last().unwrap();
    assert_eq!((&end["event"], &end["done"]), (&"end".into(), &8.into()));
    let failed = refused(folder.path(), &["saliency", "nowhere.png", "--progress", "json"], 1);
    let event: serde_json::Value = serde_json::from_str(&failed).unwrap();
    assert_eq!(event["event"], "error");
    assert!(event["message"].as_str().unwrap().contains("cannot read nowhere.png"));
}

#[test]
fn impossible_requests_are_usage_errors() {
    let folder = tempfile::tempdir().unwrap();
    png(&folder.path().join("in.png"));
    for (arguments, part) in [
        (&["run", "--p1", "1.5"][..], "p1 is 1.5"),
        (&["run", "--masks", "0"], "0"),
        (&["run", "--limit", "0"], "limit is 0"),
        (&["run", "--seed", "-1"], "-1 is not in 0.."),
        (&["run", "--limit", "some"], "expected a number or `all`"),
        (&["run", "--fraction", "1.5"], "fraction is 1.5"),
        (&["run", "--fraction", "0.5", "--limit", "3"], "cannot be used with"),
        (&["run", "--split", "test"], "`split` is set, expected a dataset of files"),
        (&["run", "--sample", "5000"], "sample is 5000, expected at most 2700"),
        (&["run", "--fill", "1,2,300"], "300"),
        (&["run", "--sample-range", "4095"], "expected two finite numbers"),
        (&["run", "--sample-range", "0,1,2"], "expected two finite numbers"),
        (&["run", "--device", "cuda", "--backend", "rten"], "runs on cpu only"),
        (&["run", "--precision", "bf16", "--backend", "rten"], "f32 only"),
        (&["run", "--rng", "dice"], "dice"),
        (&["run", "--nonsense"], "--nonsense"),
        (&["run", "--progress", "dots"], "dots"),
        (&["saliency", "in.png", "--out", "maps.png"], "maps.png, the name of the overlay"),
        (&["saliency", "in.png", "--top", "0"], "--top is 0"),
        (&["run", "--quiet", "--progress", "plain"], "cannot be used with"),
        (
            &["perturb", "in.png", "o.png", "--perturber", "GaussianBlur", "--param", "ksize=4"],
            "ksize is 4, expected an odd",
        ),
        (&["perturb", "in.png", "o.png", "--perturber", "GaussianBlur", "--param", "ksize=0"], "ksize is 0"),
        (&["perturb", "in.png", "o.png", "--perturber", "SaltNoise", "--param", "amount=2"], "amount is 2"),
        (
            &["perturb", "in.png", "o.png", "--perturber", "SaltNoise", "--param", "amount"],
            "expected NAME=VALUE",
        ),
        (&["perturb", "in.png", "o.png", "--perturber", "Salty"], "no perturber `Salty`"),
    ] {
        let said = refused(folder.path(), arguments, 2);
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
    assert!(!folder.path().join("o.png").exists());
}

#[test]
fn unreadable_input_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::create_dir_all(path.join("data/Forest")).unwrap();
    std::fs::create_dir_all(path.join("data/Swamp")).unwrap();
    png(&path.join("data/Forest/a.png"));
    png(&path.join("data/Swamp/b.png"));
    std::fs::create_dir_all(path.join("empty/Forest")).unwrap();
    std::fs::create_dir_all(path.join("model")).unwrap();
    std::fs::write(path.join("study.toml"), "seed = 1\n[saliency]\nmasks = \"many\"\n").unwrap();
    std::fs::write(path.join("notes.txt"), "not an image").unwrap();
    for (arguments, code, part) in [
        (&["run", "--dataset", "nowhere"][..], 1, "cannot read nowhere"),
        (&["run", "--dataset", "empty"], 1, "empty holds no"),
        (&["run", "--dataset", "notes.txt"], 1, "notes.txt is not a dataset"),
        (&["run", "--dataset", "data", "--out", "o"], 1, "Swamp"),
        (&["run", "--model", "model"], 1, "config.json, expected the class names"),
        (&["run", "--config", "nowhere.toml"], 1, "cannot read nowhere.toml"),
        (&["run", "--config", "study.toml"], 2, "line 3"),
        (&["perturb", "notes.txt", "o.png", "--perturber", "GaussianBlur"], 1, "notes.txt: cannot decode"),
        (&["perturb", "nowhere.png", "o.png", "--perturber", "GaussianBlur"], 1, "cannot read nowhere.png"),
        (&["saliency", "notes.txt"], 1, "notes.txt: cannot decode"),
    ] {
        let said = refused(path, arguments, code);
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
}

#[test]
fn a_broken_image_is_named_and_finished_results_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    for name in classes() {
        std::fs::create_dir_all(folder.path().join("data").join(&name)).unwrap();
        png(&folder.path().join("data").join(&name).join("a.png"));
    }
    std::fs::write(folder.path().join("data/River/a.png"), b"\x89PNG\r\n\x1a\n and no more").unwrap();
    let said = refused(folder.path(), &["run", "--dataset", "data", "--out", "o"], 1);
    assert!(said.contains("River/a.png"), "{said}");
    assert!(
        folder.path().join("o/item_response.csv").exists() && folder.path().join("o/study.toml").exists()
    );
}
