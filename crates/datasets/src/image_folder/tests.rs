use super::*;
use image::{GrayImage, Rgb, RgbImage, RgbaImage};

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for class in ["river", "forest", ".hidden", "empty"] {
        std::fs::create_dir(folder.path().join(class)).unwrap();
    }
    RgbImage::from_pixel(7, 5, Rgb([1, 2, 3])).save(folder.path().join("river/b.png")).unwrap();
    GrayImage::from_pixel(3, 2, image::Luma([9])).save(folder.path().join("river/a.bmp")).unwrap();
    RgbaImage::from_pixel(2, 2, image::Rgba([4, 5, 6, 0])).save(folder.path().join("forest/c.PNG")).unwrap();
    std::fs::write(folder.path().join("forest/notes.txt"), "no image").unwrap();
    folder
}

#[test]
fn classes_and_images_come_in_alphabetical_order() {
    let folder = folder();
    let dataset = ImageFolder::open(folder.path()).unwrap();
    assert_eq!(dataset.metadata().labels, ["empty", "forest", "river"]);
    let data: Vec<_> = (0..dataset.len()).map(|i| dataset.get(i).unwrap()).collect();
    let ids: Vec<_> = data.iter().map(|datum| datum.metadata.id.as_str()).collect();
    assert_eq!(ids, ["forest/c.PNG", "river/a.bmp", "river/b.png"]);
    assert_eq!(data.iter().map(|datum| datum.target).collect::<Vec<_>>(), [1, 2, 2]);
    assert_eq!(data[2].metadata.index, 2);
    assert!(dataset.get(3).unwrap_err().to_string().starts_with("index 3 lies outside dataset"));
    assert!(dataset.target(3).is_err());
}

#[test]
fn every_image_becomes_rgb() {
    let folder = folder();
    let dataset = ImageFolder::open(folder.path()).unwrap();
    let pixel = |i| {
        let image = dataset.get(i).unwrap().image;
        (image.dim(), image[[0, 0, 0]], image[[0, 0, 2]])
    };
    assert_eq!(pixel(0), ((2, 2, 3), 4, 6));
    assert_eq!(pixel(1), ((2, 3, 3), 9, 9));
    assert_eq!(pixel(2), ((5, 7, 3), 1, 3));
}

#[test]
fn images_further_down_belong_to_the_class() {
    let folder = folder();
    let deep = folder.path().join("forest/2016/summer");
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::create_dir(folder.path().join("forest/.thumbnails")).unwrap();
    for path in ["2016/summer/a.bmp", ".thumbnails/a.bmp", ".a.bmp"] {
        let copy = folder.path().join("forest").join(path);
        std::fs::copy(folder.path().join("river/a.bmp"), copy).unwrap();
    }
    std::fs::copy(folder.path().join("river/a.bmp"), folder.path().join("loose.bmp")).unwrap();
    let dataset = ImageFolder::open(folder.path()).unwrap();
    assert_eq!(dataset.len(), 4);
    let first = dataset.get(0).unwrap();
    assert_eq!((first.metadata.id.as_str(), first.target), ("forest/2016/summer/a.bmp", 1));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_back_up_is_not_followed() {
    let folder = folder();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("river/loop")).unwrap();
    assert_eq!(ImageFolder::open(folder.path()).unwrap().len(), 3);
}

#[test]
fn an_image_that_is_gone_is_named() {
    let folder = folder();
    let dataset = ImageFolder::open(folder.path()).unwrap();
    std::fs::remove_file(folder.path().join("river/b.png")).unwrap();
    let error = dataset.get(2).unwrap_err();
    assert!(
        matches!(error.downcast_ref(), Some(Error::Io { path, .. }) if path.ends_with("river/b.png")),
        "{error}"
    );
}

#[test]
fn a_broken_image_is_named() {
    let folder = folder();
    std::fs::write(folder.path().join("river/z.png"), b"\x89PNG\r\n\x1a\nbroken").unwrap();
    let dataset = ImageFolder::open(folder.path()).unwrap();
    let error = dataset.get(3).unwrap_err();
    assert!(error.to_string().contains("z.png"), "{error}");
    assert!(matches!(error.downcast_ref(), Some(Error::Decode { .. })));
}

#[test]
fn an_image_that_claims_to_be_enormous_is_refused() {
    let folder = folder();
    let mut bytes = std::fs::read(folder.path().join("river/a.bmp")).unwrap();
    bytes[18..26].copy_from_slice(&[0xA0, 0x86, 0x01, 0, 0xA0, 0x86, 0x01, 0]); // 100,000 x 100,000
    std::fs::write(folder.path().join("river/a.bmp"), bytes).unwrap();
    assert!(ImageFolder::open(folder.path()).unwrap().get(1).is_err());
}

#[test]
fn a_folder_without_images_is_no_dataset() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(ImageFolder::open(folder.path()), Err(Error::Empty { .. })));
    assert!(matches!(ImageFolder::open(folder.path().join("missing")), Err(Error::Io { .. })));
}

/// A folder with a tiny image at each of these paths.
fn images(paths: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for path in paths {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, b"P5 2 1 255\nab").unwrap();
    }
    folder
}

fn ids(dataset: &ImageFolder) -> Vec<String> {
    (0..dataset.len()).map(|index| dataset.get(index).unwrap().metadata.id).collect()
}

fn targets(dataset: &ImageFolder) -> Vec<usize> {
    (0..dataset.len()).map(|index| dataset.target(index).unwrap()).collect()
}

#[test]
fn files_that_are_passed_over_are_counted_and_named() {
    let folder =
        images(&["a/1.pgm", "a/2.avif", "a/3.heic", "b/4.JFIF", "b/5.avif", "loose.pgm", "README", ".git/x"]);
    let dataset = ImageFolder::open(folder.path()).unwrap();
    assert_eq!(ids(&dataset), ["a/1.pgm", "b/4.JFIF"]);
    let notes = dataset.notes().take();
    let [Note::PassedOver { files, .. }] = &notes[..] else { panic!("{notes:?}") };
    let files: Vec<String> = files.iter().map(ToString::to_string).collect();
    assert_eq!(files, ["2 .avif (first a/2.avif)", "a/3.heic", "README", "loose.pgm"]);
    assert!(notes[0].to_string().contains("passed over 5 files: 2 .avif"), "{}", notes[0]);
}

#[test]
fn folders_of_splits_are_splits_with_common_classes() {
    let folder = images(&["train/a/1.pgm", "train/b/2.pgm", "val/b/3.pgm", "val/c/4.pgm", "notes/x.txt"]);
    let dataset = ImageFolder::open(folder.path()).unwrap();
    assert_eq!(
        (ids(&dataset), targets(&dataset)),
        (vec!["val/b/3.pgm".to_owned(), "val/c/4.pgm".into()], vec![1, 2])
    );
    assert_eq!(dataset.metadata().labels, ["a", "b", "c"]);
    assert!(dataset.metadata().id.ends_with("/validation"));
    let notes = dataset.notes().take();
    assert!(
        matches!(&notes[0], Note::Split { chosen, others, .. } if chosen == "validation" && others == &["train"])
    );
    let open = |split| ImageFolder::open_with(folder.path(), &OpenOptions::new().split(split));
    assert_eq!(ids(&open("training").unwrap()), ["train/a/1.pgm", "train/b/2.pgm"]);
    assert_eq!(open("all").unwrap().len(), 4);
    let error = open("test").unwrap_err().to_string();
    assert!(error.ends_with("has no split `test`: found `train`, `validation`"), "{error}");
}

#[test]
fn a_class_that_is_called_as_a_split_stays_a_class() {
    let folder = images(&["bus/1.pgm", "train/2.pgm", "val/3.pgm"]);
    let dataset = ImageFolder::open(folder.path()).unwrap();
    assert_eq!(dataset.metadata().labels, ["bus", "train", "val"]);
    assert!(matches!(
        ImageFolder::open_with(folder.path(), &OpenOptions::new().split("train")),
        Err(Error::Split { .. })
    ));
}

#[test]
fn a_test_split_without_classes_is_not_taken_for_one() {
    let folder = images(&["train/a/1.pgm", "train/b/2.pgm", "test/3.pgm"]);
    let dataset = ImageFolder::open(folder.path()).unwrap();
    assert_eq!(dataset.metadata().labels, ["a", "b"]);
    assert_eq!(dataset.len(), 2);
    let notes = dataset.notes().take();
    assert!(
        matches!(&notes[..], [Note::PassedOver { files, .. }] if files[0].example == Path::new("test/3.pgm"))
    );
}

#[test]
fn a_clone_from_the_hub_is_read_below_data() {
    let folder = images(&["data/train/a/1.pgm", "data/test/a/2.pgm", "README.md", ".gitattributes"]);
    assert_eq!(ids(&ImageFolder::open(folder.path()).unwrap()), ["data/test/a/2.pgm"]);
}

#[test]
fn litter_and_decomposed_names_are_what_they_were_meant_to_be() {
    let folder = images(&[
        "Cafe\u{301}/1.pgm",
        "__MACOSX/Cafe/._1.pgm",
        "@eaDir/x/2.pgm",
        "River/@eaDir/3.pgm",
        "River/4.pgm",
    ]);
    let dataset = ImageFolder::open(folder.path()).unwrap();
    assert_eq!(dataset.metadata().labels, ["Caf\u{e9}", "River"]);
    assert_eq!(dataset.len(), 2);
    assert!(dataset.notes().take().is_empty());
}

#[test]
fn metadata_tell_classes_as_hugging_face_reads_them() {
    let folder = images(&["images/1.pgm", "images/2.pgm", "images/3.pgm", "images/4.pgm"]);
    let rows = "file_name,label,caption\n./images/3.pgm,river,x\nimages/1.pgm,forest,y\nimages/2.pgm,,z\n";
    std::fs::write(folder.path().join("metadata.csv"), rows).unwrap();
    let dataset = ImageFolder::open(folder.path()).unwrap();
    assert_eq!(dataset.metadata().labels, ["forest", "river"]);
    assert_eq!(dataset.get(0).unwrap().metadata.id, "images/3.pgm");
    assert_eq!((dataset.len(), dataset.target(0).unwrap(), dataset.target(1).unwrap()), (3, 1, 0));
    let error = dataset.get(2).unwrap_err().to_string();
    assert!(error.ends_with("metadata.csv: row 2 has label none, expected 0 to 1"), "{error}");
    let notes = dataset.notes().take();
    assert!(
        matches!(&notes[..], [Note::PassedOver { files, .. }] if files[0].example == Path::new("images/4.pgm"))
    );
}

#[test]
fn metadata_lie_in_each_split_or_above_all() {
    let folder = images(&["train/1.pgm", "test/2.pgm", "test/3.pgm"]);
    let write = |path: &str, rows: &str| std::fs::write(folder.path().join(path), rows).unwrap();
    write("train/metadata.csv", "file_name,label\n1.pgm,b\n");
    write("test/metadata.csv", "file_name,label\n2.pgm,c\n3.pgm,b\n");
    let dataset = ImageFolder::open(folder.path()).unwrap();
    assert_eq!(
        (ids(&dataset), targets(&dataset)),
        (vec!["test/2.pgm".to_owned(), "test/3.pgm".into()], vec![1, 0])
    );
    for path in ["train/metadata.csv", "test/metadata.csv"] {
        std::fs::remove_file(folder.path().join(path)).unwrap();
    }
    write(
        "metadata.jsonl",
        "{\"file_name\": \"train/1.pgm\", \"label\": 7}\n{\"file_name\": \"test/3.pgm\", \"label\": 2}\n",
    );
    let dataset = ImageFolder::open_with(folder.path(), &OpenOptions::new().split("test")).unwrap();
    assert_eq!((ids(&dataset), targets(&dataset)), (vec!["test/3.pgm".to_owned()], vec![2]));
    assert_eq!(dataset.metadata().labels.len(), 8);
    assert!(matches!(&dataset.notes().take()[..], [Note::UnnamedClasses { classes: 8, .. }, ..]));
}

#[test]
fn captions_without_classes_leave_the_folders_their_say() {
    let folder = images(&["a/1.pgm", "b/2.pgm"]);
    std::fs::write(folder.path().join("metadata.csv"), "file_name,text\na/1.pgm,hello\n").unwrap();
    assert_eq!(ImageFolder::open(folder.path()).unwrap().metadata().labels, ["a", "b"]);
}

#[test]
fn a_column_that_is_asked_for_is_never_ignored() {
    let folder = images(&["a/1.pgm", "b/2.pgm"]);
    let label = |column: &str| OpenOptions::new().label_column(column);
    let refused =
        |options: OpenOptions| ImageFolder::open_with(folder.path(), &options).unwrap_err().to_string();
    let said = refused(label("kind"));
    assert!(
        said.ends_with("has no table or parquet file with a column `kind`: found 2 .pgm files, 2 folders"),
        "{said}"
    );
    assert!(refused(OpenOptions::new().image_column("img")).contains("with a column `img`"));
    // A table has the last word on the classes if it has the column.
    let rows = "file_name,kind\na/1.pgm,x\nb/2.pgm,x\n";
    std::fs::write(folder.path().join("metadata.csv"), rows).unwrap();
    assert_eq!(ImageFolder::open(folder.path()).unwrap().metadata().labels, ["a", "b"]);
    let dataset = ImageFolder::open_with(folder.path(), &label("kind")).unwrap();
    assert_eq!((dataset.metadata().labels.as_slice(), dataset.len()), (&["x".to_owned()][..], 2));
    let said = refused(label("kinds"));
    assert!(said.ends_with("no column `kinds` of classes, there are: `file_name`, `kind`"), "{said}");
    std::fs::rename(folder.path().join("metadata.csv"), folder.path().join("kinds.csv")).unwrap();
    assert_eq!(ImageFolder::open_with(folder.path(), &label("kind")).unwrap().metadata().labels, ["x"]);
    let said = refused(OpenOptions::new().image_column("img").label_column("kind"));
    assert!(said.ends_with("no column `img` of image files, there are: `file_name`, `kind`"), "{said}");
}

#[test]
fn rows_of_a_table_in_no_split_are_counted_and_named() {
    let folder = images(&["train/1.pgm", "test/2.pgm", "more/3.pgm", "4.pgm"]);
    let rows = "file_name,label\ntrain/1.pgm,x\nmore/3.pgm,x\ntest/2.pgm,x\n4.pgm,x\n";
    std::fs::write(folder.path().join("metadata.csv"), rows).unwrap();
    let dataset = ImageFolder::open(folder.path()).unwrap();
    assert_eq!(ids(&dataset), ["test/2.pgm"]);
    let notes: Vec<String> = dataset.notes().take().iter().map(ToString::to_string).collect();
    let said = "metadata.csv: 2 rows in no split left out (first more/3.pgm)";
    assert!(notes.iter().any(|note| note.ends_with(said)), "{notes:?}");
    let mixture = ImageFolder::open_with(folder.path(), &OpenOptions::new().split("all")).unwrap();
    assert_eq!(mixture.len(), 4);
    assert!(!mixture.notes().take().iter().any(|note| matches!(note, Note::NoSplit { .. })));
}

#[test]
fn a_flat_folder_is_read_by_its_one_csv() {
    let folder = images(&["1.pgm", "2.pgm"]);
    let write = |name: &str, rows: &str| std::fs::write(folder.path().join(name), rows).unwrap();
    write("labels.csv", "image,label\n2.pgm,x\n1.pgm,y\n");
    let dataset = ImageFolder::open(folder.path()).unwrap();
    assert_eq!((ids(&dataset), targets(&dataset)), (vec!["2.pgm".to_owned(), "1.pgm".into()], vec![0, 1]));
    assert!(matches!(&dataset.notes().take()[..], [Note::Columns { image, .. }] if image == "image"));
    write("labels.csv", "image,label\n");
    let error = ImageFolder::open(folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("found 2 .pgm files, 1 .csv file (labels.csv); ")
            && error.contains("labels.csv lists none"),
        "{error}"
    );
    write("other.csv", "image,label\n");
    assert!(matches!(ImageFolder::open(folder.path()), Err(Error::Tables { .. })));
}

#[test]
fn a_flat_folder_without_a_table_says_what_it_holds() {
    let folder = images(&["1.pgm", "2.pgm", "readme.txt"]);
    let error = ImageFolder::open(folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("found 2 .pgm files, 1 .txt file (readme.txt); expected a folder of images per class"),
        "{error}"
    );
}

#[test]
fn images_of_a_table_are_upright_and_those_of_class_folders_as_stored() {
    let jpeg = include_bytes!("../../tests/files/images/orientation_6.jpg");
    let folder = images(&["a/1.pgm"]);
    std::fs::write(folder.path().join("a/2.jpg"), jpeg).unwrap();
    let size = || ImageFolder::open(folder.path()).unwrap().get(1).unwrap().image.dim();
    assert_eq!(size(), (3, 5, 3));
    std::fs::write(folder.path().join("metadata.csv"), "file_name,label\na/1.pgm,a\na/2.jpg,a\n").unwrap();
    assert_eq!(size(), (5, 3, 3));
}

#[test]
fn a_dark_image_is_noted_once_at_opening() {
    let dark = include_bytes!("../../tests/files/images/grey_12_in_16.png");
    let folder = images(&["a/1.pgm"]);
    for path in ["a/2.png", "a/3.png"] {
        std::fs::write(folder.path().join(path), dark).unwrap();
    }
    let dataset = ImageFolder::open(folder.path()).unwrap();
    let notes = dataset.notes().take();
    assert!(matches!(&notes[..], [Note::Dark { high: 3808, limit: 65_535, .. }]), "{notes:?}");
    assert!(notes[0].to_string().ends_with("the sample range 0,3808 would use all 8"), "{}", notes[0]);
    (0..3).for_each(|index| drop(dataset.get(index)));
    assert!(dataset.notes().take().is_empty());
    let scaled = OpenOptions::new().sample_range(crate::SampleRange::new(0.0, 4080.0).unwrap());
    let dataset = ImageFolder::open_with(folder.path(), &scaled).unwrap();
    assert!(dataset.notes().take().is_empty());
    assert_eq!(dataset.get(1).unwrap().image.iter().max(), Some(&238));
}

#[test]
fn a_git_lfs_pointer_is_named_with_the_remedy() {
    let folder = images(&["a/1.pgm"]);
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4665\nsize 12345\n";
    std::fs::write(folder.path().join("a/1.pgm"), pointer).unwrap();
    let error = ImageFolder::open(folder.path()).unwrap().get(0).unwrap_err().to_string();
    assert!(
        error.ends_with("a/1.pgm is a Git LFS pointer instead of the file, run `git lfs pull` to fetch it"),
        "{error}"
    );
}
