//! What the records of a journal belong to.

use std::collections::BTreeSet;

use protocols::{Dataset, Model};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use study::{Shard, Study};

/// The first record of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// What the program says must be equal.
    pub(crate) identity: Value,
    /// The program's own notes, which are not compared.
    pub(crate) notes: Value,
    dataset: DatasetIdentity,
    model: ModelIdentity,
    /// [`Study::fingerprint`].
    study: Value,
    pub(crate) shard: Option<Shard>,
    /// Whether the maps were to be kept when the run started; what was kept is among the records.
    pub(crate) maps: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct DatasetIdentity {
    id: String,
    images: usize,
    labels: Vec<String>,
    /// A checksum of the images' names and classes.
    checksum: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ModelIdentity {
    id: String,
    labels: Vec<String>,
}

impl Header {
    pub(crate) fn new(
        study: &Study,
        dataset: &dyn Dataset,
        model: &dyn Model,
        identity: Value,
        notes: Value,
        maps: bool,
    ) -> Self {
        let mut checksum = crc32fast::Hasher::new();
        for index in 0..dataset.len() {
            // An image that cannot be read is reported when it is its turn; here it stands for itself.
            let class = dataset.target(index).map_or(u64::MAX, |class| class as u64);
            checksum.update(&class.to_le_bytes());
            checksum.update(dataset.id(index).unwrap_or_default().as_bytes());
        }
        let (known, metadata) = (dataset.metadata(), model.metadata());
        Self {
            identity,
            notes,
            dataset: DatasetIdentity {
                id: known.id.clone(),
                images: dataset.len(),
                labels: known.labels.clone(),
                checksum: format!("{:08x}", checksum.finalize()),
            },
            model: ModelIdentity { id: metadata.id.clone(), labels: metadata.labels.clone() },
            study: study.fingerprint(),
            shard: study.shard(),
            maps,
        }
    }

    /// What makes `other` a different study, one sentence each. Shards of one study do not differ.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        compare("", &self.identity, &other.identity, &mut found);
        for (name, ours, theirs) in [
            ("dataset", to_value(&self.dataset), to_value(&other.dataset)),
            ("model", to_value(&self.model), to_value(&other.model)),
        ] {
            compare(name, &ours, &theirs, &mut found);
        }
        // What a program says of its settings reads better than what follows from them.
        if found.is_empty() {
            compare("", &self.study, &other.study, &mut found);
        }
        found
    }
}

/// Names and numbers always have a JSON form.
fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// Lists where two values differ, by the names of the fields that lead there.
fn compare(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            for name in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let value = |map: &Map<String, Value>| map.get(name).cloned().unwrap_or(Value::Null);
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
            let text = |value: &Value| match value {
                Value::Null => "not set".to_owned(),
                value => value.to_string(),
            };
            found.push(format!("{path} was {} and is {}", text(ours), text(theirs)));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_named_by_their_fields() {
        let mut found = Vec::new();
        let ours = json!({"seed": 1, "model": {"folder": null}, "sweeps": [1, 2], "same": true});
        let theirs = json!({"seed": 2, "model": {"folder": "mine"}, "sweeps": [1, 3], "same": true});
        compare("", &ours, &theirs, &mut found);
        assert_eq!(
            found,
            ["model.folder was not set and is \"mine\"", "seed was 1 and is 2", "sweeps[1] was 2 and is 3"]
        );
    }
}
