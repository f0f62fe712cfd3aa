use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use protocols::{Dataset, Subset};
use serde::{Deserialize, Serialize};

use crate::{
    Error, LandCover, Note, Notes, OpenOptions, OpenedDataset, SampleRange, Selection, absent_classes,
};

/// The number of `landcover` tiles if all are asked for: that of `EuroSAT`'s test split.
const LANDCOVER: usize = 2_700;

/// Which dataset, and which of its images, as a study file says it.
///
/// One of `limit` (with `offset`), `sample` and `fraction` chooses the images. The options from `split` on are for
/// datasets of files.
///
/// ```
/// use datasets::{DatasetConfig, Limit};
/// use protocols::Dataset;
///
/// let config = DatasetConfig { limit: Some(Limit::First(5)), offset: 10, ..DatasetConfig::default() };
/// let chosen = config.open(123, false)?;
/// assert_eq!((chosen.images.len(), chosen.images.indices()[0]), (5, 10));
/// # Ok::<(), datasets::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatasetConfig {
    /// What [`OpenOptions::open`] opens; `landcover`, the default; or `hf:OWNER/NAME[@REVISION]`, a dataset of the Hugging Face
    /// Hub, which is fetched first (feature `hub`).
    pub path: PathBuf,
    /// The number of images, in the dataset's order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// The number of images that are left out before them; not with `sample` or `fraction`.
    pub offset: usize,
    /// Instead of the first images: this many, drawn evenly over the classes by the seed. Of `landcover` at most 2,700.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<usize>,
    /// Instead of the first images: this share of each class, drawn by the seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraction: Option<f64>,
    /// [`OpenOptions::split`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// [`OpenOptions::image_column`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_column: Option<String>,
    /// [`OpenOptions::label_column`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_column: Option<String>,
    /// [`OpenOptions::sample_range`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_range: Option<SampleRange>,
}

/// The images that a [`DatasetConfig`] chooses.
#[non_exhaustive]
pub struct ChosenImages {
    /// The images, in the dataset's order.
    pub images: Subset<Box<dyn Dataset>>,
    /// How they were chosen.
    pub selection: Selection,
    /// What was guessed or passed over at opening, one line each.
    pub notes: Vec<String>,
    /// Why files were skipped that cannot be opened.
    pub unreadable: Vec<String>,
    /// What is noticed while images are read.
    pub later: Notes,
}

impl DatasetConfig {
    /// Images that are studied of one's own data unless something else is asked for.
    const SAMPLE: usize = 100;

    /// Whether this is the procedural dataset.
    #[must_use]
    pub fn is_landcover(&self) -> bool {
        self.path == Path::new("landcover")
    }

    /// The same, with a choice of images if there is none: 27 tiles of `landcover`, else a sample of 100.
    ///
    /// ```
    /// use datasets::{DatasetConfig, Limit};
    ///
    /// assert_eq!(DatasetConfig::default().settled().limit, Some(Limit::First(27)));
    /// let own = DatasetConfig { path: "photos".into(), ..DatasetConfig::default() };
    /// assert_eq!(own.settled().sample, Some(100));
    /// ```
    #[must_use]
    pub fn settled(mut self) -> Self {
        if self.limit.is_none() && self.sample.is_none() && self.fraction.is_none() {
            match (self.is_landcover(), self.offset) {
                (true, _) => self.limit = Some(Limit::First(27)),
                (false, 0) => self.sample = Some(Self::SAMPLE),
                (false, _) => self.limit = Some(Limit::All),
            }
        }
        self
    }

    /// Opens the dataset and chooses its images; `seed` draws them, and the tiles of `landcover`.
    ///
    /// With `skip_unreadable`, files that cannot be opened are skipped, and images without a readable class are drawn
    /// as one more class.
    ///
    /// # Errors
    ///
    /// [`Error::Choice`] for a number of images of 0 or a fraction outside 0 to 1, [`Error::Choices`] for two ways to
    /// choose, [`Error::FilesOnly`] for an option that `landcover` does not have, [`Error::Choose`] if the classes
    /// cannot be read, [`Error::Unfetched`] for a dataset of the Hugging Face Hub, and as [`OpenOptions::open`] and
    /// [`LandCover::new`].
    pub fn open(&self, seed: u64, skip_unreadable: bool) -> Result<ChosenImages, Error> {
        if self.path.to_str().is_some_and(|path| path.starts_with("hf:")) {
            return Err(Error::Unfetched { path: self.path.clone() });
        }
        self.open_by(seed, skip_unreadable, |options| options.open(&self.path))
    }

    /// As [`open`](Self::open); `files` opens a dataset of files.
    pub(crate) fn open_by(
        &self,
        seed: u64,
        skip_unreadable: bool,
        files: impl FnOnce(&OpenOptions) -> Result<OpenedDataset, Error>,
    ) -> Result<ChosenImages, Error> {
        self.check()?;
        let selection = self.clone().settled().selection(seed)?;
        let (dataset, later): (Box<dyn Dataset>, Notes) = if self.is_landcover() {
            let len = match selection {
                Selection::Range { limit: usize::MAX, .. } => LANDCOVER,
                Selection::Range { offset, limit } => offset.saturating_add(limit),
                // A sample or a share is one of all tiles.
                _ => LANDCOVER,
            };
            (Box::new(LandCover::new(len, seed)?), Notes::default())
        } else {
            let opened = files(&self.options().skip_unreadable(skip_unreadable))?;
            (opened.dataset, opened.notes)
        };
        let (mut notes, mut unreadable) = (Vec::new(), Vec::new());
        for note in later.take() {
            match note {
                Note::Skipped { reason, .. } => unreadable.push(reason),
                note => notes.push(note.to_string()),
            }
        }
        let indices = if skip_unreadable {
            selection.indices_of_readable(&dataset)
        } else {
            selection.indices(&dataset)
        };
        let indices = indices.map_err(|source| Error::Choose { path: self.path.clone(), source })?;
        if let Selection::Balanced { count: asked, .. } | Selection::Range { limit: asked @ ..usize::MAX, .. } =
            selection
            && indices.len() < asked
        {
            notes.push(format!("there are only {} images to choose from, not {asked}", indices.len()));
        }
        let first = matches!(selection, Selection::Range { .. }) && indices.len() < dataset.len();
        if first && !self.is_landcover() {
            notes.extend(absent(&dataset, &indices));
        }
        let images = Subset::new(dataset, indices)
            .map_err(|source| Error::Choose { path: self.path.clone(), source: source.into() })?;
        Ok(ChosenImages { images, selection, notes, unreadable, later })
    }

    /// Refuses options that contradict each other, or that the dataset does not have.
    fn check(&self) -> Result<(), Error> {
        let chosen = [
            ("sample", self.sample.is_some()),
            ("fraction", self.fraction.is_some()),
            ("limit", self.limit.is_some()),
            ("offset", self.offset > 0),
        ];
        let mut chosen = chosen.into_iter().filter(|(_, set)| *set).map(|(name, _)| name);
        match (chosen.next(), chosen.next()) {
            (None | Some(_), None) | (Some("limit"), Some("offset")) => {}
            (first, second) => {
                let [first, second] = [first, second].map(Option::unwrap_or_default);
                return Err(Error::Choices { first, second });
            }
        }
        if !self.is_landcover() {
            return Ok(());
        }
        let options = [
            ("split", self.split.is_some()),
            ("image_column", self.image_column.is_some()),
            ("label_column", self.label_column.is_some()),
            ("sample_range", self.sample_range.is_some()),
        ];
        if let Some((option, _)) = options.into_iter().find(|(_, set)| *set) {
            return Err(Error::FilesOnly { option });
        }
        match self.sample {
            Some(sample) if sample > LANDCOVER => {
                let expected = "at most 2700, the number of landcover's tiles";
                Err(Error::Choice { what: "sample", value: sample as f64, expected })
            }
            _ => Ok(()),
        }
    }

    fn selection(&self, seed: u64) -> Result<Selection, Error> {
        let refused = |what, value: f64, expected| Err(Error::Choice { what, value, expected });
        match (self.fraction, self.sample, self.limit) {
            (Some(fraction), ..) if !(fraction > 0.0 && fraction <= 1.0) => {
                refused("fraction", fraction, "more than 0 and at most 1")
            }
            (Some(fraction), ..) => Ok(Selection::Stratified { fraction, seed }),
            (_, Some(0), _) => refused("sample", 0.0, "at least 1"),
            (_, Some(count), _) => Ok(Selection::Balanced { count, seed }),
            (.., Some(Limit::First(0))) => refused("limit", 0.0, "at least 1 or `all`"),
            (.., Some(Limit::First(limit))) => Ok(Selection::Range { offset: self.offset, limit }),
            (.., Some(Limit::All) | None) => Ok(Selection::Range { offset: self.offset, limit: usize::MAX }),
        }
    }

    fn options(&self) -> OpenOptions {
        let mut options = OpenOptions::new();
        if let Some(split) = &self.split {
            options = options.split(split);
        }
        if let Some(column) = &self.image_column {
            options = options.image_column(column);
        }
        if let Some(column) = &self.label_column {
            options = options.label_column(column);
        }
        if let Some(range) = self.sample_range {
            options = options.sample_range(range);
        }
        options
    }
}

impl Default for DatasetConfig {
    fn default() -> Self {
        Self {
            path: "landcover".into(),
            limit: None,
            offset: 0,
            sample: None,
            fraction: None,
            split: None,
            image_column: None,
            label_column: None,
            sample_range: None,
        }
    }
}

impl fmt::Debug for ChosenImages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChosenImages")
            .field("images", &self.images.len())
            .field("selection", &self.selection)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

/// Names the classes that the first images leave out, ten at most.
fn absent(dataset: &dyn Dataset, indices: &[usize]) -> Option<String> {
    const MOST: usize = 10;
    let labels = &dataset.metadata().labels;
    let absent = absent_classes(dataset, indices);
    let names: Vec<&str> =
        absent.iter().take(MOST).filter_map(|&class| labels.get(class)).map(String::as_str).collect();
    let more = if absent.len() > MOST { ", …" } else { "" };
    (!absent.is_empty()).then(|| {
        let (images, missing, all, names) = (indices.len(), absent.len(), labels.len(), names.join(", "));
        format!(
            "{missing} of {all} classes have no image among the {images} chosen: {names}{more}; a sample draws evenly over the classes"
        )
    })
}

/// A number of images. As text it is the number, or `all`.
///
/// ```
/// use datasets::Limit;
///
/// assert_eq!("all".parse::<Limit>()?, Limit::All);
/// assert_eq!("27".parse::<Limit>()?, Limit::First(27));
/// assert_eq!("some".parse::<Limit>().unwrap_err(), "limit is `some`, expected a number or `all`");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Text", try_from = "Text")]
pub enum Limit {
    /// All there are.
    All,
    /// At most this many.
    First(usize),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Text {
    Number(usize),
    Word(String),
}

impl From<Limit> for Text {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::All => Self::Word("all".into()),
            Limit::First(count) => Self::Number(count),
        }
    }
}

impl TryFrom<Text> for Limit {
    type Error = String;

    fn try_from(text: Text) -> Result<Self, String> {
        match text {
            Text::Number(count) => Ok(Self::First(count)),
            Text::Word(word) => word.parse(),
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        let number = text.parse().map(Self::First);
        number.map_err(|_| format!("limit is `{text}`, expected a number or `all`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_choices_are_named() {
        let open = |config: DatasetConfig| config.open(1, false).unwrap_err().to_string();
        let default = DatasetConfig::default;
        assert_eq!(
            open(DatasetConfig { limit: Some(Limit::First(0)), ..default() }),
            "limit is 0, expected at least 1 or `all`"
        );
        assert_eq!(open(DatasetConfig { sample: Some(0), ..default() }), "sample is 0, expected at least 1");
        for fraction in [0.0, 1.5, f64::NAN] {
            let said = open(DatasetConfig { fraction: Some(fraction), ..default() });
            assert!(said.ends_with("expected more than 0 and at most 1"), "{said}");
        }
    }

    #[test]
    fn two_ways_to_choose_are_refused_by_name() {
        let default = DatasetConfig::default;
        let limit = Some(Limit::First(5));
        for (config, both) in [
            (DatasetConfig { sample: Some(5), limit, ..default() }, "`sample` and `limit`"),
            (DatasetConfig { sample: Some(5), fraction: Some(0.5), ..default() }, "`sample` and `fraction`"),
            (DatasetConfig { fraction: Some(0.5), limit, ..default() }, "`fraction` and `limit`"),
            (DatasetConfig { sample: Some(5), offset: 2, ..default() }, "`sample` and `offset`"),
            (DatasetConfig { fraction: Some(0.5), offset: 2, ..default() }, "`fraction` and `offset`"),
        ] {
            let error = config.open(1, false).unwrap_err();
            assert!(error.is_usage());
            assert_eq!(error.to_string(), format!("{both} are both set, expected one of them"));
        }
        let chosen = DatasetConfig { limit, offset: 2, ..default() }.open(1, false).unwrap();
        assert_eq!(chosen.images.indices(), [2, 3, 4, 5, 6]);
    }

    #[test]
    fn landcover_refuses_what_only_files_have() {
        let (default, name) = (DatasetConfig::default, || Some("test".to_owned()));
        for (config, option) in [
            (DatasetConfig { split: name(), ..default() }, "split"),
            (DatasetConfig { image_column: name(), ..default() }, "image_column"),
            (DatasetConfig { label_column: name(), ..default() }, "label_column"),
            (DatasetConfig { sample_range: SampleRange::new(0.0, 1.0).ok(), ..default() }, "sample_range"),
        ] {
            let said = config.open(1, false).unwrap_err().to_string();
            assert_eq!(said, format!("`{option}` is set, expected a dataset of files: landcover has none"));
        }
    }

    #[test]
    fn a_sample_of_more_than_there_is_is_refused_or_said() {
        let sample = |sample| DatasetConfig { sample: Some(sample), ..DatasetConfig::default() };
        let said = sample(5000).open(1, false).unwrap_err().to_string();
        assert_eq!(said, "sample is 5000, expected at most 2700, the number of landcover's tiles");
        assert_eq!(sample(2700).open(1, false).unwrap().images.len(), 2700);
        let folder = tempfile::tempdir().unwrap();
        for path in ["a/1.pgm", "b/2.pgm"] {
            std::fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
            std::fs::write(folder.path().join(path), b"P5 2 1 255\nab").unwrap();
        }
        for (config, notes) in [
            (sample(5), &["there are only 2 images to choose from, not 5"][..]),
            (
                DatasetConfig { limit: Some(Limit::First(3)), ..DatasetConfig::default() },
                &["there are only 2 images to choose from, not 3"],
            ),
            (sample(2), &[]),
            (DatasetConfig { limit: Some(Limit::All), ..DatasetConfig::default() }, &[]),
        ] {
            let chosen = DatasetConfig { path: folder.path().into(), ..config }.open(1, false).unwrap();
            assert_eq!(chosen.notes, notes);
        }
    }

    #[test]
    fn a_choice_reads_back_to_the_same() {
        for limit in [Limit::All, Limit::First(3)] {
            let config = DatasetConfig {
                limit: Some(limit),
                sample_range: SampleRange::new(0.0, 4095.0).ok(),
                ..DatasetConfig::default()
            };
            let text = serde_json::to_string(&config).unwrap();
            assert_eq!(serde_json::from_str::<DatasetConfig>(&text).unwrap(), config);
        }
    }
}
