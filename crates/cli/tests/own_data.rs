//! The command on a person's own images: what it chooses and guesses, it says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::path::Path;
use std::process::{Command, Output};

use support::classes;

fn stressmap(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stressmap")).current_dir(folder).args(arguments).output().unwrap()
}

/// What a run prints on standard output and on standard error.
fn run(folder: &Path, arguments: &[&str]) -> [String; 2] {
    let quick =
        ["run", "--dataset", "photos", "--sweep", "GaussianBlur:ksize=1", "--masks", "4", "--out", "o"];
    let output = stressmap(folder, &[&quick[..], arguments].concat());
    let [said, noted] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{arguments:?}: {noted}");
    [said, noted]
}

/// Two images of each of the shipped model's classes.
fn photos() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, class) in (0..).zip(classes()) {
        let below = folder.path().join("photos").join(class);
        std::fs::create_dir_all(&below).unwrap();
        for name in [1, 2] {
            let pixel = |x, y| image::Rgb([(6 * x) as u8, (8 * y) as u8, 20 * number + name]);
            let image = image::RgbImage::from_fn(20, 16, pixel);
            image.save(below.join(format!("{name}.png"))).unwrap();
        }
    }
    folder
}

#[test]
fn the_classes_that_first_images_leave_out_are_named_and_the_rest_is_offered() {
    let folder = photos();
    let [said, noted] = run(folder.path(), &["--limit", "3"]);
    assert!(
        noted.contains("8 of 10 classes have no image among the 3 chosen: HerbaceousVegetation, Highway,"),
        "{noted}"
    );
    assert!(said.contains("--limit all studies all 20 images, which takes about 7 times as long"), "{said}");
    let [said, noted] = run(folder.path(), &["--sample", "10"]);
    assert!(
        said.contains("10 images (10 evenly over the classes)") && !noted.contains("no image"),
        "{noted}"
    );
    let [said, noted] = run(folder.path(), &[]);
    assert!(said.contains("20 images (100 evenly over the classes)"), "{said}");
    assert!(noted.contains("there are only 20 images to choose from, not 100"), "{noted}");
}

#[test]
fn contradictions_in_a_study_file_are_usage_errors() {
    let folder = photos();
    for (study, said) in [
        ("[dataset]\nsample = 3\nlimit = 4", "`sample` and `limit` are both set, expected one of them"),
        ("[dataset]\nfraction = 0.5\noffset = 4", "`fraction` and `offset` are both set"),
        ("[dataset]\nlabel_column = \"x\"", "`label_column` is set, expected a dataset of files"),
        ("[dataset]\nsample = 0", "sample is 0, expected at least 1"),
    ] {
        std::fs::write(folder.path().join("study.toml"), study).unwrap();
        let output = stressmap(folder.path(), &["run", "--config", "study.toml"]);
        let found = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && found.contains(said), "{study}: {found}");
    }
    // A flag is another choice, not a further one.
    std::fs::write(folder.path().join("study.toml"), "[dataset]\nsample = 3").unwrap();
    let [said, _] = run(folder.path(), &["--config", "study.toml", "--limit", "4"]);
    assert!(said.contains("4 images (4 from image 0 on)"), "{said}");
}

#[test]
fn a_perturbed_image_has_the_format_of_its_ending() {
    let folder = photos();
    let class = &classes()[0];
    let perturb = |out: &str| {
        let input = format!("photos/{class}/1.png");
        let blur = ["--perturber", "GaussianBlur", "--param", "ksize=3"];
        stressmap(folder.path(), &[&["perturb", &input, out][..], &blur].concat())
    };
    for (out, begins) in
        [("out.jpg", &b"\xff\xd8\xff"[..]), ("out.JPEG", b"\xff\xd8\xff"), ("out.png", b"\x89PNG")]
    {
        assert!(perturb(out).status.success());
        assert!(std::fs::read(folder.path().join(out)).unwrap().starts_with(begins), "{out}");
    }
    for out in ["out.webp", "out"] {
        let output = perturb(out);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains("expected .png, .jpg or .jpeg"), "{said}");
        assert!(!folder.path().join(out).exists());
    }
}
