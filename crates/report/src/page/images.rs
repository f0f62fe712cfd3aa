//! The images that are in the page, as SVG made of few and small files.
//!
//! A perturbed image is in the page once. Its maps are files of their own, of a few colours each, and the browser lays
//! them over the image as the tutorial does: the image at 0.7 over white, the map at 0.3 over that.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};
use results::{ExplainedImage, SaliencyComparison, Setting};

use crate::explained_image::{check_sizes, row_of};
use crate::{Colormap, Error, encode, shrink};

/// The opacities of an image and of a map over it. They are slightly less than 0.7 and 0.3, since browsers round where
/// matplotlib truncates: so no colour is more than one level from matplotlib's.
const IMAGE: f64 = 0.695;
const MAP: f64 = 0.296;
/// The most bytes of images in the page.
const MOST_BYTES: usize = 12 << 20;
/// The longest side of an image in the page, in pixels; larger ones are reduced.
const LONGEST_SIDE: usize = 256;
/// The width of an image in units of its SVG; its height follows from its shape.
const SIDE: f64 = 100.0;
const GAP: f64 = 5.0;

/// An image at one setting and its row of the table.
pub(super) struct Cell<'a> {
    pub(super) sample: &'a ExplainedImage,
    pub(super) row: &'a SaliencyComparison,
}

/// One image at all its settings.
pub(super) struct Image<'a> {
    image_id: usize,
    cells: Vec<Cell<'a>>,
}

impl<'a> Image<'a> {
    /// The image at a setting, if it is this image and has the setting.
    pub(super) fn cell(&self, image_id: usize, setting: &Setting) -> Option<&Cell<'a>> {
        let cells = (self.image_id == image_id).then_some(&self.cells)?;
        cells.iter().find(|cell| cell.row.setting == *setting)
    }
}

/// One image as it is in the page.
pub(super) struct ShownImage<'a> {
    pub(super) image_id: usize,
    pub(super) cells: Vec<ShownCell<'a>>,
}

impl<'a> ShownImage<'a> {
    /// The image at a setting, if it is there.
    pub(super) fn at(&self, setting: &Setting) -> Option<&ShownCell<'a>> {
        self.cells.iter().find(|cell| cell.row.setting == *setting)
    }
}

/// An image at one setting, as it is in the page.
pub(super) struct ShownCell<'a> {
    /// The prefix of its parts' names.
    pub(super) id: String,
    pub(super) row: &'a SaliencyComparison,
    /// The height in units of the SVG.
    pub(super) height: f64,
    /// The perturbed image and the two maps over it, one below the other.
    pub(super) svg: Markup,
}

impl ShownCell<'_> {
    /// One of the three parts in an SVG of its own: `p` the perturbed image, `t` the true class's map, `d` that of the
    /// predicted class. Without a label it is hidden from screen readers.
    pub(super) fn part(&self, part: &str, label: Option<&str>) -> Markup {
        html! {
            svg viewBox=(format_args!("0 0 {SIDE} {:.2}", self.height)) role=[label.map(|_| "img")] aria-label=[label]
                aria-hidden=[label.is_none().then_some("true")] {
                use href={ "#" (self.id) "-" (part) } {}
            }
        }
    }
}

/// The explained images with their rows, grouped by image in the order in which they come.
pub(super) fn by_image<'a>(
    explained: &'a [ExplainedImage],
    rows: &'a [SaliencyComparison],
) -> Result<Vec<Image<'a>>, Error> {
    let mut of_image: HashMap<usize, Vec<&SaliencyComparison>> = HashMap::new();
    for row in rows {
        of_image.entry(row.image_id).or_default().push(row);
    }
    let mut images: Vec<Image<'a>> = Vec::new();
    for sample in explained {
        let rows = of_image.get(&sample.image_id).map_or(&[][..], Vec::as_slice);
        let cell = Cell { sample, row: row_of(sample, rows.iter().copied())? };
        match images.iter_mut().find(|image| image.image_id == sample.image_id) {
            Some(image) => image.cells.push(cell),
            None => images.push(Image { image_id: sample.image_id, cells: vec![cell] }),
        }
    }
    Ok(images)
}

/// As many images as there is room for, but at least one.
pub(super) fn shown(images: Vec<Image<'_>>) -> Result<Vec<ShownImage<'_>>, Error> {
    let mut shown = Vec::new();
    let mut bytes = 0;
    for (i, image) in images.into_iter().enumerate() {
        let cells = image
            .cells
            .into_iter()
            .enumerate()
            .map(|(k, cell)| show(format!("c{i}-{k}"), &cell))
            .collect::<Result<Vec<ShownCell<'_>>, Error>>()?;
        bytes += cells.iter().map(|cell| cell.svg.0.len()).sum::<usize>();
        if bytes > MOST_BYTES && i > 0 {
            break;
        }
        shown.push(ShownImage { image_id: image.image_id, cells });
    }
    Ok(shown)
}

/// Encodes an image at one setting; the names of its parts begin with `id`.
pub(super) fn show<'a>(id: String, cell: &Cell<'a>) -> Result<ShownCell<'a>, Error> {
    check_sizes(cell.sample)?;
    let ExplainedImage { image, truth, predicted, .. } = cell.sample;
    let (rows, columns, _) = image.dim();
    let height = SIDE * rows as f64 / columns as f64;
    let data = |png: Vec<u8>| format!("data:image/png;base64,{}", STANDARD.encode(png));
    let place = |class: Option<&str>, opacity: Option<f64>, id: Option<String>, png: Vec<u8>| {
        html! {
            image id=[id] class=[class] opacity=[opacity] width=(SIDE) height=(format_args!("{height:.2}"))
                preserveAspectRatio="none" href=(data(png)) {}
        }
    };
    let perturbed = encode::rgb(shrink::image(image.view(), LONGEST_SIDE)?.view())?;
    let mut maps = Vec::new();
    for (k, (part, map)) in [("t", truth), ("d", predicted)].into_iter().enumerate() {
        let down = (k + 1) as f64 * (height + GAP);
        let map = shrink::map(map.view(), LONGEST_SIDE);
        let jet = encode::map(map.view(), Colormap::Jet)?;
        let red_blue = encode::map(map.view(), Colormap::RedBlue)?;
        maps.push(html! {
            g transform=(format_args!("translate(0 {down:.2})")) {
                g id={ (id) "-" (part) } {
                    rect width=(SIDE) height=(format_args!("{height:.2}")) fill="#fff" {}
                    use href={ "#" (id) "-i" } opacity=(IMAGE) {}
                    (place(Some("jet"), Some(MAP), None, jet))
                    (place(Some("red-blue"), Some(MAP), None, red_blue))
                }
            }
        });
    }
    let svg = html! {
        svg viewBox=(format_args!("0 0 {SIDE} {:.2}", 3.0 * height + 2.0 * GAP)) role="img" aria-label=(alt(cell.row)) {
            g id={ (id) "-p" } { (place(None, None, Some(format!("{id}-i")), perturbed)) }
            @for map in &maps { (map) }
        }
    };
    Ok(ShownCell { id, row: cell.row, height, svg })
}

/// A description for readers who do not see the image.
fn alt(row: &SaliencyComparison) -> String {
    format!(
        "Image {} at {}: the perturbed image, the map of its true class {}, the map of its predicted class {}",
        row.image_id, row.setting, row.truth, row.predicted
    )
}
