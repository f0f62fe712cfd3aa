use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value};

use crate::Error;

pub(crate) struct Labels {
    /// The class names, in the order of the network's outputs.
    pub(crate) names: Vec<String>,
    /// Which of them were changed or made up, to be shown to the user.
    pub(crate) notes: Vec<String>,
}

/// What the fields of names must hold.
const NAMES: &str = "a name for each of 0 to n-1";

/// The class names in the text of a `config.json`, in the order of the network's outputs.
///
/// They are those of `id2label`, or else of `label2id`, or else timm's `label_names`. If there is only a number of
/// classes, `num_labels` or timm's `num_classes`, they are `LABEL_0`, `LABEL_1` and so on, as in `transformers`. A name
/// that occurs more than once gets its number: `crane`, twice in `ImageNet`, becomes `crane (134)` and `crane (517)`.
///
/// # Errors
///
/// [`Error::Json`] if the text is not a JSON object, [`Error::Labels`] unless each of 0 to n-1 has a name.
///
/// # Examples
///
/// ```
/// let labels = model_folder::labels_from_json(r#"{"id2label": {"1": "River", "0": "Forest"}}"#)?;
/// assert_eq!(labels, ["Forest", "River"]);
/// # Ok::<(), model_folder::Error>(())
/// ```
pub fn labels_from_json(config: &str) -> Result<Vec<String>, Error> {
    Ok(read_labels(config)?.names)
}

pub(crate) fn read_labels(config: &str) -> Result<Labels, Error> {
    let config: Map<String, Value> = serde_json::from_str(config)
        .map_err(|e| Error::Json { expected: "a Hugging Face config.json", problem: e.to_string() })?;
    let given = |name: &str| config.get(name).filter(|value| !value.is_null());
    let mut notes = Vec::new();
    let fields = ["id2label", "label2id", "label_names", "num_labels", "num_classes"];
    let found = fields.into_iter().find_map(|field| given(field).map(|value| (field, value)));
    let Some((field, value)) = found else {
        let problem = "is missing, as are label2id, label_names, num_labels and num_classes";
        return Err(refused("id2label", problem));
    };
    let names = match field {
        "id2label" => from_id2label(value)?,
        "label2id" => from_label2id(value)?,
        "label_names" => from_label_names(value)?,
        _ => from_count(field, value, &mut notes)?,
    };
    if names.is_empty() {
        return Err(refused(field, "is empty"));
    }
    let names = made_unique(field, names, &mut notes)?;
    Ok(Labels { names, notes })
}

fn from_id2label(names: &Value) -> Result<Vec<String>, Error> {
    let Some(names) = names.as_object() else { return Err(refused("id2label", "is not an object")) };
    (0..names.len())
        .map(|id| match names.get(&id.to_string()).map(text) {
            Some(Some(name)) => Ok(name),
            Some(None) => Err(refused("id2label", format!("has no text for {id}"))),
            None => Err(refused("id2label", format!("has no name for {id}"))),
        })
        .collect()
}

fn from_label2id(ids: &Value) -> Result<Vec<String>, Error> {
    let Some(ids) = ids.as_object() else { return Err(refused("label2id", "is not an object")) };
    let mut names = BTreeMap::new();
    for (name, id) in ids {
        let number = id.as_u64().or_else(|| id.as_str()?.parse().ok());
        let number = number.ok_or_else(|| refused("label2id", format!("has the id {id} for `{name}`")))?;
        if let Some(other) = names.insert(number, name.clone()) {
            return Err(refused("label2id", format!("has the id {number} for `{other}` and for `{name}`")));
        }
    }
    match (0_u64..).zip(names.keys()).find(|&(expected, &id)| expected != id) {
        Some((missing, _)) => Err(refused("label2id", format!("has no name for {missing}"))),
        None => Ok(names.into_values().collect()),
    }
}

fn from_label_names(names: &Value) -> Result<Vec<String>, Error> {
    let texts = names.as_array().and_then(|names| names.iter().map(text).collect());
    texts.ok_or_else(|| refused("label_names", "is not a list of names"))
}

fn from_count(field: &'static str, count: &Value, notes: &mut Vec<String>) -> Result<Vec<String>, Error> {
    let Some(count) = count.as_u64().filter(|count| (1..=1_000_000).contains(count)) else {
        let (problem, expected) = (format!("is {count}"), "a number from 1 to 1000000");
        return Err(Error::Labels { field, problem, expected });
    };
    notes.push(format!("config.json names no classes: they are LABEL_0 to LABEL_{}", count - 1));
    Ok((0..count).map(|id| format!("LABEL_{id}")).collect())
}

/// A name, which some files have as a number.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => Some(name.clone()),
        Value::Number(name) => Some(name.to_string()),
        _ => None,
    }
}

fn made_unique(
    field: &'static str,
    names: Vec<String>,
    notes: &mut Vec<String>,
) -> Result<Vec<String>, Error> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for name in &names {
        *counts.entry(name).or_default() += 1;
    }
    let repeated: Vec<&str> = {
        let mut seen = HashSet::new();
        names.iter().map(String::as_str).filter(|name| counts[name] > 1 && seen.insert(*name)).collect()
    };
    if repeated.is_empty() {
        return Ok(names);
    }
    let listed: Vec<_> = repeated.iter().take(10).map(|name| format!("`{name}`")).collect();
    let more = if repeated.len() > 10 { format!(" and {} more", repeated.len() - 10) } else { String::new() };
    notes.push(format!(
        "class names that occur more than once are made unique by their number: {}{more}",
        listed.join(", ")
    ));
    let unique: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(id, name)| if counts[name.as_str()] > 1 { format!("{name} ({id})") } else { name.clone() })
        .collect();
    let mut seen = HashSet::new();
    match unique.iter().find(|name| !seen.insert(name.as_str())) {
        Some(twice) => Err(refused(field, format!("names `{twice}` twice"))),
        None => Ok(unique),
    }
}

fn refused(field: &'static str, problem: impl Into<String>) -> Error {
    Error::Labels { field, problem: problem.into(), expected: NAMES }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_labels_are_refused() {
        for (text, part) in [
            ("{", "not a Hugging Face config.json"),
            ("{}", "id2label is missing"),
            (r#"{"id2label": {}}"#, "id2label is empty"),
            (r#"{"id2label": ["a"]}"#, "id2label is not an object"),
            (r#"{"id2label": {"0": "a", "2": "b"}}"#, "id2label has no name for 1"),
            (r#"{"id2label": {"0": "a", "x": "b"}}"#, "id2label has no name for 1"),
            (r#"{"id2label": {"0": []}}"#, "id2label has no text for 0"),
            (r#"{"label2id": {"a": 0, "b": 2}}"#, "label2id has no name for 1"),
            (r#"{"label2id": {"a": 0, "b": 0}}"#, "label2id has the id 0 for `a` and for `b`"),
            (r#"{"label2id": {"a": "x"}}"#, r#"label2id has the id "x" for `a`"#),
            (r#"{"label2id": {}}"#, "label2id is empty"),
            (r#"{"label_names": "a"}"#, "label_names is not a list of names"),
            (r#"{"label_names": []}"#, "label_names is empty, expected a name for each of 0 to n-1"),
            (r#"{"label_names": ["a", "a", "a (1)"]}"#, "label_names names `a (1)` twice"),
            (r#"{"num_labels": 0}"#, "num_labels is 0, expected a number from 1 to 1000000"),
            (r#"{"num_classes": "2"}"#, r#"num_classes is "2", expected a number from 1"#),
            (r#"{"id2label": {"0": "a", "1": "a", "2": "a (1)"}}"#, "id2label names `a (1)` twice"),
        ] {
            let error = labels_from_json(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn labels_are_read_from_each_of_the_fields_that_may_hold_them() {
        for (text, expected) in [
            (r#"{"id2label": {"1": "b", "0": "a"}, "label2id": {"x": 0}}"#, ["a", "b"]),
            (r#"{"id2label": null, "label2id": {"b": 1, "a": "0"}}"#, ["a", "b"]),
            (r#"{"label_names": ["n01", "n02"], "num_classes": 2}"#, ["n01", "n02"]),
            (r#"{"num_labels": 2}"#, ["LABEL_0", "LABEL_1"]),
            (r#"{"num_classes": 2}"#, ["LABEL_0", "LABEL_1"]),
        ] {
            assert_eq!(labels_from_json(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn repeated_names_get_their_numbers_and_a_note() {
        let labels = read_labels(r#"{"id2label": {"0": "crane", "1": "maillot", "2": "crane"}}"#).unwrap();
        assert_eq!(labels.names, ["crane (0)", "maillot", "crane (2)"]);
        assert_eq!(labels.notes.len(), 1);
        assert!(labels.notes[0].ends_with("by their number: `crane`"), "{:?}", labels.notes);
    }
}
