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
