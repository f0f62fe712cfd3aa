//! The command killed, stopped, cut into shards, given bad data and a full disk.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/parquet_file.rs"]
mod parquet_file;
mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use results::{ItemResponse, Skipped, read_csv};
use support::classes;

/// Few settings, so that a run takes about a second.
const STUDY: &str = r#"
[saliency]
masks = 16

[[perturbers]]
name = "AverageBlur"
parameter = "ksize"
values = [1, 5]

[[perturbers]]
name = "SaltNoise"
parameter = "amount"
values = [0.1]
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("small.toml"), STUDY).unwrap();
    folder
}

fn command(folder: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stressmap"));
    command.current_dir(folder).arg("run").args(["--config", "small.toml"]).args(flags);
    command
}

/// What it prints on standard error besides its progress.
fn said(output: &Output) -> String {
    let progress =
        |line: &&str| ["accuracy: ", "saliency: ", "samples: "].iter().any(|what| line.starts_with(what));
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().filter(|line| !progress(line)).collect::<Vec<_>>().join("\n")
}

fn done(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(mut command: Command, code: i32, parts: &[&str]) {
    let output = command.output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{command:?}: {said}");
    for part in parts {
        assert!(said.contains(part), "{part}: {said}");
    }
    // One line after the notes, unless it is about the arguments themselves.
    let lines: Vec<&str> = said.lines().filter(|line| !line.starts_with("note: ")).collect();
    assert!(lines[0].starts_with("error: ") && (lines.len() == 1 || code == 2), "{said}");
}

/// Every file of a report but the journal, whose lines may be split differently.
fn report(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries =
        std::fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file());
    let named = entries.map(|entry| entry.file_name().into_string().unwrap());
    named
        .filter(|name| name != "study.journal")
        .map(|name| (name.clone(), std::fs::read(folder.join(name)).unwrap()))
        .collect()
}

fn assert_same(one: &Path, other: &Path) {
    let (one, mut other) = (report(one), report(other));
    for (name, bytes) in one {
        let found = other.remove(&name);
        assert!(found.is_some(), "{name} is missing");
        // The study file names the folder.
        let text = |bytes: Vec<u8>| -> Vec<String> {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.lines().filter(|line| !line.starts_with("folder = ")).map(str::to_owned).collect()
        };
        if name == "study.toml" {
            assert_eq!(found.map(text), Some(text(bytes)));
        } else {
            assert!(found == Some(bytes), "{name} differs");
        }
    }
    assert!(other.is_empty(), "{:?}", other.keys());
}

fn finished(child: &mut Child, within: Duration) -> bool {
    let start = Instant::now();
    while start.elapsed() < within {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}

#[test]
fn a_run_killed_at_any_moment_resumes_to_the_same_bytes() {
    let folder = folder();
    let flags = ["--limit", "3", "--save-maps", "--resume", "--out"];
    let start = Instant::now();
    done(command(folder.path(), &[&flags[..], &["whole"]].concat()));
    let whole = start.elapsed();
    let (mut kills, mut runs) = (0_u32, 0);
    let compare =
        |run: usize| assert_same(&folder.path().join("whole"), &folder.path().join(format!("run-{run}")));
    // Moments spread over the whole run, in the order of van der Corput: the same in every run of the test.
    let moment = |kill: u32| f64::from(kill.reverse_bits()) / f64::from(u32::MAX);
    while kills < 50 {
        let out = format!("run-{runs}");
        let mut child = command(folder.path(), &[&flags[..], &[&out]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        if finished(&mut child, whole.mul_f64(moment(kills + 1))) {
            assert!(child.wait().unwrap().success());
            compare(runs);
            runs += 1;
        } else {
            // SIGKILL
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
    }
    done(command(folder.path(), &[&flags[..], &[&format!("run-{runs}")]].concat()));
    compare(runs);
    // No temporary file is left.
    let hidden = std::fs::read_dir(folder.path().join(format!("run-{runs}"))).unwrap();
    let hidden: Vec<_> = hidden
        .map(|entry| entry.unwrap().file_name())
        .filter(|n| n.to_string_lossy().starts_with('.'))
        .collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

#[test]
fn the_bytes_do_not_depend_on_threads_or_batches() {
    let folder = folder();
    let run = |out: &str, flags: &[&str]| {
        done(command(folder.path(), &[&["--limit", "5", "--save-maps", "--out", out], flags].concat()));
        let mut files = report(&folder.path().join(out));
        // It says how the study ran.
        files.remove("study.toml");
        files
    };
    let expected = run("a", &["--threads", "1", "--batch-size", "1"]);
    assert!(expected.contains_key("truth.npy") && expected.contains_key("saliency_metrics.csv"));
    for (out, flags) in
        [("b", &["--threads", "3", "--batch-size", "7"][..]), ("c", &["--threads", "2"]), ("d", &[])]
    {
        let found = run(out, flags);
        for (name, bytes) in &expected {
            assert!(found.get(name) == Some(bytes), "{name} differs with {flags:?}");
        }
        assert_eq!(found.len(), expected.len());
    }
}

#[cfg(unix)]
#[test]
fn a_signal_stops_a_run_which_resumes_later() {
    let folder = folder();
    // Images so large that a forward pass takes seconds: the process does not wait for it.
    for class in classes() {
        let path = folder.path().join("large").join(class);
        std::fs::create_dir_all(&path).unwrap();
        image::RgbImage::from_pixel(1400, 1400, image::Rgb([60, 90, 40])).save(path.join("a.png")).unwrap();
    }
    let slow = ["--limit", "9", "--masks", "2000"];
    for (signal, code, flags) in [
        ("INT", 130, &slow[..]),
        ("TERM", 143, &slow),
        ("INT", 130, &["--dataset", "large", "--limit", "all"]),
    ] {
        let _ = std::fs::remove_dir_all(folder.path().join("o"));
        let mut child = command(folder.path(), &[flags, &["--out", "o"]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It listens before it starts to score.
        wait_for(&folder.path().join("o/study.toml"));
        let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
        assert!(sent.unwrap().success());
        // The whole study would take minutes.
        assert!(finished(&mut child, Duration::from_secs(20)), "it continues");
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert!(said(&output).contains("--resume"), "{}", said(&output));
    }

    let flags = ["--limit", "9", "--masks", "120", "--save-maps", "--out", "stopped"];
    let mut child =
        command(folder.path(), &flags).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // At work on the maps.
    wait_for(&folder.path().join("stopped/.truth-64x64.npy.part"));
    Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    if child.wait().unwrap().code() == Some(130) {
        // The tables hold the finished results.
        assert!(folder.path().join("stopped/saliency_metrics.csv").exists());
        refused(command(folder.path(), &flags), 2, &["unfinished", "--resume", "study.journal"]);
    }
    done(command(folder.path(), &[&flags[..], &["--resume"]].concat()));
    done(command(folder.path(), &["--limit", "9", "--masks", "120", "--save-maps", "--out", "whole"]));
    assert_same(&folder.path().join("whole"), &folder.path().join("stopped"));
}

fn wait_for(file: &Path) {
    while !file.exists() {
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn only_the_same_study_resumes() {
    let folder = folder();
    let flags = ["--limit", "2", "--masks", "4", "--out", "o"];
    done(command(folder.path(), &flags));
    let with = |more: &[&str]| command(folder.path(), &[&flags[..], more].concat());
    // Another seed is another dataset and other masks.
    refused(with(&["--resume", "--seed", "9"]), 2, &["a different study", "seed was 123 and is 9"]);
    refused(with(&["--resume", "--p1", "0.25"]), 2, &["saliency.p1 was 0.5 and is 0.25"]);
    refused(with(&["--resume", "--save-maps"]), 2, &["save_maps was false and is true"]);
    // How it runs may change. A finished run may be resumed, and started again.
    let before = report(&folder.path().join("o"));
    done(with(&["--resume", "--threads", "1", "--batch-size", "2", "--on-error", "skip"]));
    let after = report(&folder.path().join("o"));
    assert!(before.iter().all(|(name, bytes)| name == "study.toml" || after.get(name) == Some(bytes)));
    done(with(&["--seed", "9"]));
    // A journal that is damaged in the middle is not trusted.
    let journal = folder.path().join("o/study.journal");
    let mut bytes = std::fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&journal, bytes).unwrap();
    refused(with(&["--resume", "--seed", "9"]), 1, &["study.journal: line", "is damaged"]);
    refused(with(&["--seed", "9"]), 2, &["unfinished", "is damaged"]);
}

#[test]
fn shards_merge_to_the_bytes_of_one_run() {
    let folder = folder();
    let flags = ["--limit", "5", "--save-maps", "--out"];
    done(command(folder.path(), &[&flags[..], &["whole"]].concat()));
    let merge = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stressmap"));
        command.current_dir(folder.path()).arg("merge").args(arguments);
        command
    };
    // Also more shards than images: some have nothing to do.
    for of in [2, 7] {
        let out = format!("parts-{of}");
        for number in (1..=of).rev() {
            // As Open MPI numbers its processes.
            let mut shard = command(folder.path(), &[&flags[..], &[&out, "--shard", "auto"]].concat());
            shard.env("OMPI_COMM_WORLD_RANK", (number - 1).to_string());
            shard.env("OMPI_COMM_WORLD_SIZE", of.to_string());
            done(shard);
            if number == 2 {
                refused(merge(&[&out, "--out", "early"]), 2, &["[1] are missing"]);
            }
        }
        let joined = format!("joined-{of}");
        done(merge(&[&out, "--out", &joined]));
        assert_same(&folder.path().join("whole"), &folder.path().join(&joined));
        // Again, into the folder that holds the shards.
        done(merge(&[&out, "--out", &out]));
        assert_same(&folder.path().join("whole"), &folder.path().join(&out));
        done(merge(&[&out, "--out", &out]));
    }

    // A missing shard, one that occurs twice, one of another study, one that is no shard.
    let shard = |number: usize| format!("parts-2/shard-{number}-of-2");
    refused(merge(&[&shard(2)]), 2, &["[1] are missing"]);
    refused(merge(&[&shard(2), &shard(1), &shard(2)]), 2, &["[1, 2, 2]"]);
    refused(merge(&[&shard(1), "parts-7/shard-2-of-7"]), 2, &["one is shard 1/2 and the other 2/7"]);
    done(command(folder.path(), &["--limit", "6", "--out", "other", "--shard", "2/2"]));
    let parts = ["dataset.limit was 5 and is 6", "dataset.images was 5 and is 6"];
    refused(merge(&[&shard(1), "other/shard-2-of-2"]), 2, &parts);
    refused(merge(&["whole"]), 1, &["whole", "a shard"]);
    refused(merge(&["nowhere"]), 1, &["nowhere"]);
    refused(merge(&["parts-2", "--out", "whole/study.toml"]), 1, &["whole/study.toml"]);
    // A journal that cannot be read is not overwritten.
    let journal = folder.path().join("whole/study.journal");
    let mut damaged = std::fs::read(&journal).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(&journal, &damaged).unwrap();
    refused(merge(&["parts-2", "--out", "whole"]), 2, &["is damaged"]);
    assert_eq!(std::fs::read(&journal).unwrap(), damaged);
    // A finished shard keeps its maps, also if it is resumed without asking for them.
    done(command(folder.path(), &["--limit", "5", "--out", "parts-2", "--shard", "1/2", "--resume"]));
    done(merge(&["parts-2", "--out", "joined-2"]));
    let maps = |name: &str| std::fs::read(folder.path().join(name).join("truth.npy")).unwrap();
    assert!(maps("joined-2") == maps("whole"));
    refused(command(folder.path(), &["--shard", "3/2"]), 2, &["3/2"]);
    refused(command(folder.path(), &["--shard", "auto"]), 2, &["no scheduler"]);
}

fn png(seed: u8) -> Vec<u8> {
    let image = image::RgbImage::from_fn(32, 24, |x, y| image::Rgb([(6 * x) as u8, (8 * y) as u8, seed]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A bitmap that says it has this size.
fn bmp(size: i32) -> Vec<u8> {
    let mut bytes = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bytes.extend(size.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(b"\x01\0\x18\0");
    bytes.resize(58, 0);
    bytes
}

#[test]
fn bad_images_stop_a_run_by_name_or_are_skipped_counted_and_listed() {
    let folder = folder();
    let data = folder.path().join("data");
    for (seed, class) in (0..).zip(classes()) {
        std::fs::create_dir_all(data.join(&class)).unwrap();
        std::fs::write(data.join(class).join("a.png"), png(seed)).unwrap();
    }
    let bad = [
        ("AnnualCrop/b.png", b"\x89PNG\r\n\x1a\n and no more".to_vec()),
        ("Forest/b.jpg", b"\xff\xd8\xff\xe0 no jpeg".to_vec()),
        ("Highway/b.bmp", bmp(0)),
        ("Pasture/b.bmp", bmp(100_000)),
    ];
    for (name, bytes) in &bad {
        std::fs::write(data.join(name), bytes).unwrap();
        let flags = ["--dataset", "data", "--limit", "all", "--masks", "4", "--out", "stop"];
        refused(command(folder.path(), &flags), 1, &[name, "kept for --resume"]);
        if *name != "Pasture/b.bmp" {
            std::fs::remove_file(data.join(name)).unwrap();
            std::fs::remove_file(folder.path().join("stop/study.journal")).unwrap();
        }
    }
    for (name, bytes) in &bad {
        std::fs::write(data.join(name), bytes).unwrap();
    }
    let flags =
        ["--dataset", "data", "--limit", "all", "--masks", "4", "--on-error", "skip", "--out", "skip"];
    let printed = done(command(folder.path(), &flags));
    assert!(printed.contains("14 images") && printed.contains("images were skipped 12 times"), "{printed}");
    let read = |name: &str| std::fs::read(folder.path().join("skip").join(name)).unwrap();
    let skipped: Vec<Skipped> = read_csv(read("skipped.csv").as_slice()).unwrap();
    assert_eq!(skipped.len(), 4 * 3);
    for row in &skipped {
        assert!(bad.iter().any(|(name, _)| row.error.contains(name)), "{row:?}");
    }
    let responses: Vec<ItemResponse> = read_csv(read("item_response.csv").as_slice()).unwrap();
    assert!(responses.iter().all(|row| row.count == 10));

    // A run that stopped at one may resume without it, to the same report, but not the other way round.
    let flags = ["--dataset", "data", "--limit", "all", "--masks", "4"];
    refused(
        command(folder.path(), &[&flags[..], &["--resume", "--out", "skip"]].concat()),
        2,
        &["skipped images", "--on-error skip"],
    );
    refused(command(folder.path(), &[&flags[..], &["--out", "resumed"]].concat()), 1, &["AnnualCrop/b.png"]);
    let on = ["--on-error", "skip", "--resume", "--out", "resumed"];
    done(command(folder.path(), &[&flags[..], &on].concat()));
    assert_same(&folder.path().join("skip"), &folder.path().join("resumed"));

    // Nothing is left, which is a failure.
    for class in classes() {
        std::fs::write(data.join(class).join("a.png"), b"not an image").unwrap();
    }
    let all = ["--dataset", "data", "--limit", "1", "--on-error", "skip", "--out", "none"];
    refused(command(folder.path(), &all), 1, &["every image was skipped", "AnnualCrop/a.png"]);
}

#[test]
fn damaged_parquet_stops_a_run_by_file_and_row_or_is_skipped() {
    let folder = folder();
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let rows: Vec<_> = (0..4_u8).map(|i| (png(i), i64::from(i))).collect();
    for name in ["a.parquet", "b.parquet", "c.parquet", "d.parquet"] {
        parquet_file::write(&data.join(name), &rows);
    }
    let flags = |on_error: &'static str, out: &'static str| {
        ["--dataset", "data", "--limit", "all", "--masks", "4", "--on-error", on_error, "--out", out]
    };
    let stops = |out, parts: &[&str]| refused(command(folder.path(), &flags("stop", out)), 1, parts);

    // A label that is no class.
    let wrong: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(i, (bytes, label))| (bytes.clone(), if i == 2 { 10 } else { *label }))
        .collect();
    parquet_file::write(&data.join("a.parquet"), &wrong);
    stops("label", &["a.parquet: row 2 has label 10, expected 0 to 9"]);
    // Drawing by classes needs all labels, unless images without one are skipped.
    let drawn = ["--dataset", "data", "--fraction", "1", "--out", "drawn"];
    refused(command(folder.path(), &drawn), 1, &["a.parquet: row 2 has label 10, expected 0 to 9"]);
    let skips = [&drawn[..], &["--on-error", "skip", "--masks", "4"]].concat();
    assert!(done(command(folder.path(), &skips)).contains("16 images"));
    // A length beyond its page, at which the reader panics: it is caught, and only the error is printed.
    let mut bytes = std::fs::read(data.join("c.parquet")).unwrap();
    let start = bytes.windows(4).position(|window| window == b"\x89PNG").unwrap();
    bytes[start - 4..start].fill(0xFF);
    std::fs::write(data.join("c.parquet"), bytes).unwrap();
    parquet_file::write(&data.join("a.parquet"), &rows);
    stops("page", &["c.parquet: cannot read rows 0 to 3"]);
    // A file that ends early.
    let whole = std::fs::read(data.join("d.parquet")).unwrap();
    std::fs::write(data.join("d.parquet"), &whole[..whole.len() / 2]).unwrap();
    stops("cut", &["d.parquet: not a readable parquet file"]);

    parquet_file::write(&data.join("a.parquet"), &wrong);
    let printed = done(command(folder.path(), &flags("skip", "skip")));
    // The file that is cut cannot be opened, the damaged page has four rows, and one label is no class.
    assert!(printed.contains("12 images") && printed.contains("skipped: data/d.parquet"), "{printed}");
    let skipped = std::fs::read(folder.path().join("skip/skipped.csv")).unwrap();
    let skipped: Vec<Skipped> = read_csv(skipped.as_slice()).unwrap();
    let of = |part: &str| skipped.iter().filter(|row| row.error.contains(part)).count();
    assert_eq!((of("c.parquet: cannot read rows 0 to 3"), of("a.parquet: row 2 has label 10")), (4 * 3, 3));
    let responses = std::fs::read(folder.path().join("skip/item_response.csv")).unwrap();
    let responses: Vec<ItemResponse> = read_csv(responses.as_slice()).unwrap();
    assert!(responses.iter().all(|row| row.count == 7));
}

#[cfg(unix)]
#[test]
fn a_full_disk_and_a_missing_folder_are_errors_that_lose_nothing() {
    let folder = folder();
    std::fs::write(folder.path().join("file"), "in the way").unwrap();
    refused(command(folder.path(), &["--limit", "2", "--out", "file/below"]), 1, &["file/below"]);
    std::fs::create_dir_all(folder.path().join("blocked/study.journal")).unwrap();
    refused(command(folder.path(), &["--limit", "2", "--out", "blocked"]), 2, &["blocked"]);

    let flags = ["--limit", "4", "--save-maps", "--out"];
    done(command(folder.path(), &[&flags[..], &["whole"]].concat()));
    // Writing fails once a file would grow beyond so many blocks of 512 bytes: in the journal's header,
    // within the journal, within the maps, at a figure.
    for blocks in [0, 1, 4, 8, 40, 100, 300] {
        let out = format!("full-{blocks}");
        let program = env!("CARGO_BIN_EXE_stressmap");
        let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec {program} \"$@\"");
        let mut limited_run = Command::new("dash");
        limited_run.current_dir(folder.path()).args([
            "-c",
            &limited,
            "stressmap",
            "run",
            "--config",
            "small.toml",
        ]);
        limited_run.args(flags).arg(&out);
        let output = limited_run.output().unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{blocks}: {said}");
        assert!(said.contains("File too large") && said.contains(&out), "{blocks}: {said}");
        // With room again, it resumes.
        done(command(folder.path(), &[&flags[..], &[&out, "--resume"]].concat()));
        assert_same(&folder.path().join("whole"), &folder.path().join(&out));
    }
}
