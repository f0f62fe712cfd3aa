//! The pictures that are in the page, as SVG that is made of few and small files.
//!
//! A perturbed picture is in the page once. The maps over it are files of their own, of a few colours each, and it is
//! the browser that lays them over the picture as the tutorial does: picture at 0.7 over white, map at 0.3 over that.

use std::collections::HashMap;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma, Rgb};
use ndarray::{Array2, Array3, ArrayView2};
use results::{ExplainedImage, SaliencyComparison, Setting};

use super::html::escape;
use crate::overlay::with_three_channels;
use crate::saliency_grid::row_of;
use crate::{Colormap, Error, encode};

/// How much of a picture and of a map over it is seen. A little less than 0.7 and 0.3, since browsers round where
/// matplotlib cuts: so no colour is more than one level from what it draws.
const PICTURE: f64 = 0.695;
const MAP: f64 = 0.296;
/// No more bytes of the page are pictures.
const MOST_BYTES: usize = 12 << 20;
/// A picture with a longer side is made smaller.
const LONGEST_SIDE: usize = 256;
/// The side of a picture in units of its SVG; its height follows from its shape.
const SIDE: f64 = 100.0;
const GAP: f64 = 5.0;

/// A picture at one setting and its row of the table.
pub(super) struct Cell<'a> {
    pub(super) sample: &'a ExplainedImage,
    pub(super) row: &'a SaliencyComparison,
}

/// All pictures of one image.
pub(super) struct Image<'a> {
    image_id: usize,
    cells: Vec<Cell<'a>>,
}

/// One image as it is in the page.
pub(super) struct ShownImage<'a> {
    pub(super) image_id: usize,
    pub(super) cells: Vec<ShownCell<'a>>,
}

impl<'a> ShownImage<'a> {
    /// The picture at a setting, if there is one.
    pub(super) fn at(&self, setting: &Setting) -> Option<&ShownCell<'a>> {
        self.cells.iter().find(|cell| cell.row.setting == *setting)
    }
}

/// A picture at one setting as it is in the page.
pub(super) struct ShownCell<'a> {
    /// What its parts' names begin with.
    pub(super) id: String,
    pub(super) row: &'a SaliencyComparison,
    /// A picture's height in units of the SVG.
    pub(super) height: f64,
    /// The perturbed picture and the two maps over it, one below the other.
    pub(super) svg: String,
}

/// The samples with their rows, those of one image together, in the order in which they come.
pub(super) fn by_image<'a>(
    samples: &'a [ExplainedImage],
    rows: &'a [SaliencyComparison],
) -> Result<Vec<Image<'a>>, Error> {
    let mut of_image: HashMap<usize, Vec<&SaliencyComparison>> = HashMap::new();
    for row in rows {
        of_image.entry(row.image_id).or_default().push(row);
    }
    let mut images: Vec<Image<'a>> = Vec::new();
    for sample in samples {
        let rows = of_image.get(&sample.image_id).map_or(&[][..], Vec::as_slice);
        let cell = Cell { sample, row: row_of(sample, rows.iter().copied())? };
        match images.iter_mut().find(|image| image.image_id == sample.image_id) {
            Some(image) => image.cells.push(cell),
            None => images.push(Image { image_id: sample.image_id, cells: vec![cell] }),
        }
    }
    Ok(images)
}

/// As many images as there is room for, but one at least.
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
        bytes += cells.iter().map(|cell| cell.svg.len()).sum::<usize>();
        if bytes > MOST_BYTES && i > 0 {
            break;
        }
        shown.push(ShownImage { image_id: image.image_id, cells });
    }
    Ok(shown)
}

fn show<'a>(id: String, cell: &Cell<'a>) -> Result<ShownCell<'a>, Error> {
    let ExplainedImage { image, truth, predicted, .. } = cell.sample;
    let (rows, columns, _) = image.dim();
    for map in [truth, predicted] {
        if map.dim() != (rows, columns) {
            return Err(Error::MapSize { map: map.dim(), image: (rows, columns) });
        }
    }
    let picture = shrunk_picture(with_three_channels(image.view())?);
    let height = SIDE * rows as f64 / columns as f64;
    let place = format!("width=\"{SIDE}\" height=\"{height:.2}\" preserveAspectRatio=\"none\"");
    let data = |png: Vec<u8>| format!("href=\"data:image/png;base64,{}\"", STANDARD.encode(png));
    let mut svg = format!(
        "<svg viewBox=\"0 0 {SIDE} {:.2}\" role=\"img\" aria-label=\"{}\">\
         <g id=\"{id}-p\"><image id=\"{id}-i\" {place} {}/></g>",
        3.0 * height + 2.0 * GAP,
        escape(&alt(cell.row)),
        data(encode::rgb(picture.view())?),
    );
    for (k, (part, map)) in [("t", truth), ("d", predicted)].into_iter().enumerate() {
        let down = (k + 1) as f64 * (height + GAP);
        let map = shrunk_map(map.view());
        let _ = write!(
            svg,
            "<g transform=\"translate(0 {down:.2})\"><g id=\"{id}-{part}\">\
             <rect width=\"{SIDE}\" height=\"{height:.2}\" fill=\"#fff\"/><use href=\"#{id}-i\" opacity=\"{PICTURE}\"/>\
             <image class=\"jet\" opacity=\"{MAP}\" {place} {}/><image class=\"red-blue\" opacity=\"{MAP}\" {place} {}/></g></g>",
            data(encode::map(map.view(), Colormap::Jet)?),
            data(encode::map(map.view(), Colormap::RedBlue)?),
        );
    }
    svg.push_str("</svg>");
    Ok(ShownCell { id, row: cell.row, height, svg })
}

/// What a picture shows, for whoever does not see it.
fn alt(row: &SaliencyComparison) -> String {
    format!(
        "Image {} at {}: the perturbed picture, the map of its true class {}, the map of its predicted class {}",
        row.image_id, row.setting, row.truth, row.predicted
    )
}

/// The size of a picture in the page, none if it is small enough as it is.
fn smaller((height, width): (usize, usize)) -> Option<(u32, u32)> {
    let longest = height.max(width);
    let side = |length: usize| (length * LONGEST_SIDE).div_ceil(longest) as u32;
    (longest > LONGEST_SIDE).then(|| (side(width), side(height)))
}

fn shrunk_picture(image: Array3<u8>) -> Array3<u8> {
    let (height, width, _) = image.dim();
    let Some((columns, rows)) = smaller((height, width)) else { return image };
    let pixel = |x: u32, y: u32| Rgb([0, 1, 2].map(|k| image[[y as usize, x as usize, k]]));
    let small = resize(
        &ImageBuffer::from_fn(width as u32, height as u32, pixel),
        columns,
        rows,
        FilterType::Triangle,
    );
    Array3::from_shape_fn((rows as usize, columns as usize, 3), |(y, x, k)| {
        small.get_pixel(x as u32, y as u32).0[k]
    })
}

fn shrunk_map(map: ArrayView2<'_, f32>) -> Array2<f32> {
    let (height, width) = map.dim();
    let Some((columns, rows)) = smaller((height, width)) else { return map.to_owned() };
    let pixel = |x: u32, y: u32| Luma([map[[y as usize, x as usize]]]);
    let small = resize(
        &ImageBuffer::from_fn(width as u32, height as u32, pixel),
        columns,
        rows,
        FilterType::Triangle,
    );
    Array2::from_shape_fn((rows as usize, columns as usize), |(y, x)| {
        small.get_pixel(x as u32, y as u32).0[0]
    })
}
