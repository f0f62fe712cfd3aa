//! What perturbers do, in images.

mod markdown;
mod strip;

use ndarray::{Array3, ArrayView3};
use perturb::{ParameterInfo, Perturber, PerturberSpec, Random, Registry};
use serde_json::Value;

use crate::{Error, page};
pub(crate) use strip::jpeg;

/// What perturbers do: each with its parameters, its original, and images over its range.
///
/// A registry says what is shown: [`Registry::description`].
///
/// ```
/// use perturb::{GaussianBlur, Registry};
/// use report::Gallery;
/// use serde_json::json;
///
/// let mut registry = Registry::new();
/// registry
///     .register::<GaussianBlur>("GaussianBlur")?
///     .describe("blur", "cv2.GaussianBlur", "A blur.")
///     .example([1, 9].map(|ksize| json!({"ksize": ksize})));
/// let gallery = Gallery::new(&registry, &[Gallery::photograph()?])?;
/// assert!(gallery.html()?.contains("cv2.GaussianBlur"));
/// let (text, images) = gallery.markdown("images")?;
/// assert!(text.contains("images/GaussianBlur.jpg"));
/// assert_eq!(images[0].0, "GaussianBlur.jpg");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gallery {
    pub(crate) perturbers: Vec<Shown>,
}

/// The name and the content of a file.
type NamedFile = (String, Vec<u8>);

/// A perturber.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) name: String,
    pub(crate) family: String,
    pub(crate) original: String,
    pub(crate) summary: String,
    pub(crate) parameters: Vec<ParameterInfo>,
    pub(crate) rows: Vec<Row>,
}

/// A perturber over a part of its range.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The settings that all cells have, as text; may be empty.
    pub(crate) common: String,
    pub(crate) cells: Vec<Cell>,
}

/// The images at one setting.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// The settings that differ between the cells, as text.
    pub(crate) caption: String,
    pub(crate) images: Vec<Array3<u8>>,
}

impl Gallery {
    /// Perturbs the images, `(height, width, 1 or 3)`, in every way that the registry has examples of.
    ///
    /// # Errors
    ///
    /// [`Error::Perturber`] for a perturber that refuses an example or an image.
    pub fn new(registry: &Registry, images: &[Array3<u8>]) -> Result<Self, Error> {
        let mut perturbers =
            registry.names().map(|name| Shown::new(registry, name, images)).collect::<Result<Vec<_>, _>>()?;
        // In the families' order of the alphabet, and so within them.
        perturbers.sort_by(|one, other| one.family.cmp(&other.family));
        Ok(Self { perturbers })
    }

    /// A photograph to perturb, `(96, 96, 3)`: a part of "Chelsea the cat" by Stefan van der Walt, CC0, from scikit-image.
    ///
    /// # Errors
    ///
    /// [`Error::Render`] if its file is damaged.
    ///
    /// ```
    /// assert_eq!(report::Gallery::photograph()?.dim(), (96, 96, 3));
    /// # Ok::<(), report::Error>(())
    /// ```
    pub fn photograph() -> Result<Array3<u8>, Error> {
        let photograph =
            image::load_from_memory(include_bytes!("cat.png")).map_err(Error::render)?.into_rgb8();
        let (width, height) = photograph.dimensions();
        let shape = (height as usize, width as usize, 3);
        Array3::from_shape_vec(shape, photograph.into_raw()).map_err(Error::render)
    }

    /// The gallery as one self-contained HTML page.
    ///
    /// # Errors
    ///
    /// [`Error::ImageShape`] for an image that cannot be shown, [`Error::Render`] if one cannot be encoded.
    pub fn html(&self) -> Result<String, Error> {
        page::gallery_page(self)
    }

    /// The gallery as Markdown, and the JPEG files that it shows, by their names in `folder`.
    ///
    /// # Errors
    ///
    /// As [`html`](Self::html).
    pub fn markdown(&self, folder: &str) -> Result<(String, Vec<NamedFile>), Error> {
        markdown::written(self, folder)
    }

    /// The perturbers by family.
    pub(crate) fn families(&self) -> impl Iterator<Item = &[Shown]> {
        self.perturbers.chunk_by(|one, other| one.family == other.family)
    }
}

impl Shown {
    fn new(registry: &Registry, name: &str, images: &[Array3<u8>]) -> Result<Self, Error> {
        let failed = |source| Error::Perturber { name: name.to_owned(), source: Box::new(source) };
        let description = registry.description(name).map_err(failed)?;
        let row = |row: &Vec<PerturberSpec>| Row::new(registry, row, images).map_err(failed);
        Ok(Self {
            name: name.to_owned(),
            family: description.family.clone(),
            original: description.original.clone(),
            summary: description.summary.clone(),
            parameters: registry.parameters(name).map_err(failed)?,
            rows: description.examples.iter().map(row).collect::<Result<_, _>>()?,
        })
    }

    /// The name of a row's file, without an extension.
    pub(crate) fn file(&self, row: &Row) -> String {
        let mut words =
            row.common.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
        let name = if self.rows.len() > 1 { words.next_back() } else { None };
        [Some(self.name.as_str()), name].into_iter().flatten().collect::<Vec<_>>().join("_")
    }
}

impl Row {
    fn new(
        registry: &Registry,
        row: &[PerturberSpec],
        images: &[Array3<u8>],
    ) -> Result<Self, perturb::Error> {
        let is_common = |name: &str, value: &Value| {
            row.len() > 1 && row.iter().all(|spec| spec.parameters().get(name) == Some(value))
        };
        let text = |spec: &PerturberSpec, common: bool| {
            let parameters =
                spec.parameters().iter().filter(|(name, value)| is_common(name, value) == common);
            let texts = parameters.map(|(name, value)| {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                format!("{name} {value}")
            });
            texts.collect::<Vec<_>>().join(", ")
        };
        let cell = |spec: &PerturberSpec| {
            let perturber = registry.build(spec)?;
            let perturbed = |image: &Array3<u8>| perturbed(&perturber, image.view());
            Ok(Cell {
                caption: text(spec, false),
                images: images.iter().map(perturbed).collect::<Result<_, _>>()?,
            })
        };
        Ok(Self {
            common: row.first().map(|spec| text(spec, true)).unwrap_or_default(),
            cells: row.iter().map(cell).collect::<Result<_, perturb::Error>>()?,
        })
    }
}

/// The same random numbers for every cell, so that only the setting differs.
fn perturbed(perturber: &dyn Perturber, image: ArrayView3<'_, u8>) -> Result<Array3<u8>, perturb::Error> {
    perturber.perturb(image, &mut Random::chacha(7, 0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_that_all_cells_have_are_said_once() {
        let mut registry = Registry::new();
        registry
            .register::<perturb::GaussianNoise>("GaussianNoise")
            .unwrap()
            .example([0.0, 0.5].map(|var| json!({"mean": 0.25, "var": var})))
            .example([0.0, 0.5].map(|mean| json!({"mean": mean, "var": 1})));
        let gallery = Gallery::new(&registry, &[Array3::zeros((3, 4, 3))]).unwrap();
        let shown = &gallery.perturbers[0];
        let rows: Vec<_> =
            shown.rows.iter().map(|row| (row.common.as_str(), row.cells[1].caption.as_str())).collect();
        assert_eq!(rows, [("mean 0.25", "var 0.5"), ("var 1", "mean 0.5")]);
        assert_eq!(shown.file(&shown.rows[1]), "GaussianNoise_1");
    }

    #[test]
    fn an_image_that_a_perturber_refuses_is_an_error_with_its_name() {
        let mut registry = Registry::new();
        registry.register::<perturb::ImageNetC>("ImageNetC").unwrap().example([json!({"severity": 1})]);
        let error = Gallery::new(&registry, &[Array3::zeros((3, 4, 3))]).unwrap_err();
        assert_eq!(error.to_string(), "ImageNetC cannot be shown");
    }

    #[test]
    fn the_page_and_the_text_escape_names() {
        let mut registry = Registry::new();
        registry
            .register::<perturb::GaussianBlur>("<b>")
            .unwrap()
            .describe("blur", "a | b", "A <blur>.")
            .parameter("ksize", "1 | 2")
            .example([json!({"ksize": 3})]);
        let gallery = Gallery::new(&registry, &[Array3::zeros((3, 4, 1))]).unwrap();
        assert!(!gallery.html().unwrap().contains("<b>"));
        assert!(gallery.markdown("x").unwrap().0.contains("1 \\| 2"));
    }
}
