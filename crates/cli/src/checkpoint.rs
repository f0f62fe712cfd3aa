//! What a run has finished, in the journal of its folder.

use std::path::{Path, PathBuf};

use journal::Journal;
use protocols::Dataset;
use results::{Prediction, SaliencyComparison, Skipped};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use study::{Config, Outcome, Shard};

use crate::failure::{Failure, context};
use crate::maps::Checks;
use crate::model;

/// Settings that change what a run costs or where it goes, never what it finds.
const NEUTRAL: [&[&str]; 6] = [
    &["study", "model", "threads"],
    &["study", "model", "batch_size"],
    &["study", "output", "folder"],
    &["study", "output", "sample"],
    // What was finished before a failure is the same whatever becomes of the failure.
    &["study", "on_error"],
    &["shard"],
];

/// What a journal's records belong to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    program: String,
    pub(crate) study: Config,
    pub(crate) shard: Option<Shard>,
    images: usize,
    pub(crate) labels: Vec<String>,
    /// A checksum of the pictures' classes.
    classes: String,
    /// Files of the dataset that could not be opened and were left out.
    left_out: Vec<String>,
    /// A checksum of the model's files.
    model: String,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Record {
    /// Pictures that were scored together.
    Predictions(Vec<Prediction>),
    /// A picture that was explained, and the checksums of its rows in the files of maps.
    Comparison(SaliencyComparison, Option<Checks>),
    /// A picture that was left out.
    Skipped(Skipped),
    /// Every file of the report is there.
    Finished,
}

impl Header {
    pub(crate) fn new(
        config: &Config,
        shard: Option<Shard>,
        dataset: &dyn Dataset,
        left_out: &[String],
    ) -> Result<Self, Failure> {
        let mut classes = crc32fast::Hasher::new();
        for index in 0..dataset.len() {
            // A class that cannot be read is told of when its picture's turn comes.
            let class = dataset.target(index).map_or(u64::MAX, |class| class as u64);
            classes.update(&class.to_le_bytes());
        }
        Ok(Self {
            program: concat!("stressmap ", env!("CARGO_PKG_VERSION")).to_owned(),
            study: config.clone(),
            shard,
            images: dataset.len(),
            labels: dataset.metadata().labels.clone(),
            classes: format!("{:08x}", classes.finalize()),
            left_out: left_out.to_vec(),
            model: model::checksum(&config.model)?,
        })
    }

    /// The header of the whole study that this one is a part of, with the report in `folder`.
    pub(crate) fn whole(mut self, folder: PathBuf) -> Self {
        self.shard = None;
        self.study.output.folder = folder;
        self
    }

    /// What differs in `other`, unless it makes no difference to what is found.
    pub(crate) fn differences(&self, other: &Self) -> Result<Vec<String>, Failure> {
        let plain = |header: &Self| -> Result<Value, Failure> {
            let mut value = serde_json::to_value(header).map_err(Failure::run)?;
            for path in NEUTRAL {
                let (last, folders) = path.split_last().unwrap_or((&"", &[]));
                let folder = folders.iter().try_fold(&mut value, |value, name| value.get_mut(*name));
                if let Some(Value::Object(folder)) = folder {
                    folder.remove(*last);
                }
            }
            Ok(value)
        };
        let mut found = Vec::new();
        compare("", &plain(self)?, &plain(other)?, &mut found);
        Ok(found)
    }
}

/// Lists where two values differ, by the names of the fields that lead there.
fn compare(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let value =
                    |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or(Value::Null);
                compare(&below, &value(a), &value(b), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{at}]"), a, b, found);
            }
        }
        _ if ours == theirs => {}
        _ => {
            let path = path.strip_prefix("study.").unwrap_or(path);
            let text = |value: &Value| match value {
                Value::Null => "not set".to_owned(),
                value => value.to_string(),
            };
            found.push(format!("{path} was {} and is {}", text(ours), text(theirs)));
        }
    }
}

/// The journal of a folder.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join("study.journal")
}

/// Begins the journal of a run, or opens that of an earlier one to go on with.
///
/// Without `resume`, a journal whose run was not finished is refused: hours may lie in it.
pub(crate) fn open(folder: &Path, header: &Header, resume: bool) -> Result<(Journal, Vec<Record>), Failure> {
    let path = path(folder);
    let begin = || Ok((Journal::create(&path, header).map_err(Failure::run)?, Vec::new()));
    if !path.exists() {
        return begin();
    }
    if !resume {
        return match Journal::read::<Value, Record>(&path) {
            Ok((_, records)) if !unfinished(&records) => begin(),
            // It was killed before it began.
            Err(journal::Error::NoHeader { .. }) => begin(),
            read => Err(Failure::usage(format!(
                "{} holds a run that was not finished{}: add --resume to go on with it, name another folder \
                 by --out, or remove {} to begin anew",
                folder.display(),
                read.map_or_else(|error| format!(" ({error})"), |_| String::new()),
                path.display()
            ))),
        };
    }
    let (mut journal, found, mut records) = match Journal::open::<Header, Record>(&path) {
        Err(journal::Error::NoHeader { .. }) => return begin(),
        opened => opened.map_err(Failure::run)?,
    };
    let mut differences = found.differences(header)?;
    if found.shard != header.shard {
        let text = |shard: Option<Shard>| shard.map_or("the whole".to_owned(), |shard| shard.to_string());
        differences.push(format!("the shard was {} and is {}", text(found.shard), text(header.shard)));
    }
    if !differences.is_empty() {
        return Err(Failure::usage(format!(
            "{} holds a run of another study, which cannot be gone on with: {}",
            folder.display(),
            differences.join("; ")
        )));
    }
    // The report is written anew, from the same records.
    if records.last() == Some(&Record::Finished) {
        records.pop();
        journal.truncate(records.len()).map_err(Failure::run)?;
    }
    let skipped = records.iter().find_map(|record| match record {
        Record::Skipped(row) => Some(row),
        _ => None,
    });
    match skipped {
        Some(row) if header.study.on_error == study::OnError::Stop => Err(Failure::usage(format!(
            "{} holds a run that left pictures out, such as image {} at {}: add --on-error skip to go on with it",
            folder.display(),
            row.image_id,
            row.setting
        ))),
        _ => Ok((journal, records)),
    }
}

/// Reads the journal of a shard that is finished.
pub(crate) fn read_shard(folder: &Path) -> Result<(Header, Shard, Vec<Record>), Failure> {
    let what = format!("{} is not a shard's folder", folder.display());
    let (header, records) =
        Journal::read::<Header, Record>(path(folder)).map_err(|e| Failure::run(context(what.clone())(e)))?;
    let shard = header.shard.ok_or_else(|| Failure::run(context(what)("it holds a whole study")))?;
    if unfinished(&records) {
        let hint = "it is not finished: run it again with --resume";
        return Err(Failure::run(context(format!("{} holds shard {shard}", folder.display()))(hint)));
    }
    Ok((header, shard, records))
}

/// Whether a run has found something and not finished.
fn unfinished(records: &[Record]) -> bool {
    !matches!(records.last(), None | Some(Record::Finished))
}

/// What records say was found, and the checksums of the maps in their order.
pub(crate) fn found(records: Vec<Record>) -> (Outcome, Vec<Checks>) {
    let (mut outcome, mut checks) = (Outcome::default(), Vec::new());
    for record in records {
        match record {
            Record::Predictions(rows) => outcome.predictions.extend(rows),
            Record::Comparison(row, check) => {
                outcome.comparisons.push(row);
                checks.extend(check);
            }
            Record::Skipped(row) => outcome.skipped.push(row),
            Record::Finished => {}
        }
    }
    (outcome, checks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        let dataset = datasets::LandCover::new(3, 1).unwrap();
        Header::new(&Config::default(), None, &dataset, &[]).unwrap()
    }

    #[test]
    fn differences_are_named_and_what_makes_none_is_not() {
        let ours = header();
        let mut theirs = ours.clone();
        theirs.study.model.threads = Some(std::num::NonZeroUsize::MIN);
        theirs.study.output.folder = "elsewhere".into();
        theirs.study.on_error = study::OnError::Skip;
        assert_eq!(ours.differences(&theirs).unwrap(), [""; 0]);
        theirs.study.saliency.masks = 300;
        theirs.study.model.folder = Some("mine".into());
        theirs.study.perturbers.pop();
        theirs.images = 4;
        let found = ours.differences(&theirs).unwrap();
        assert_eq!(found[0], "images was 3 and is 4");
        assert_eq!(found[1], "model.folder was not set and is \"mine\"");
        assert!(found[2].starts_with("perturbers was [{"), "{found:?}");
        assert_eq!(found[3], "saliency.masks was 200 and is 300");
    }

    #[test]
    fn a_header_reads_back_to_the_same() {
        let header = header();
        let text = serde_json::to_string(&header).unwrap();
        assert_eq!(serde_json::from_str::<Header>(&text).unwrap(), header);
    }
}
