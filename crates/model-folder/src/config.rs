use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use crate::Error;

#[derive(Deserialize)]
struct Config {
    id2label: Option<BTreeMap<String, String>>,
}

/// The classes' names from the text of a Hugging Face `config.json`, in the order of the network's outputs.
///
/// # Errors
///
/// [`Error::Json`] if the text is none, [`Error::Labels`] unless `id2label` names each of 0 to n-1 once, all
/// differently.
///
/// # Examples
///
/// ```
/// let labels = model_folder::labels_from_json(r#"{"id2label": {"1": "River", "0": "Forest"}}"#)?;
/// assert_eq!(labels, ["Forest", "River"]);
/// # Ok::<(), model_folder::Error>(())
/// ```
pub fn labels_from_json(text: &str) -> Result<Vec<String>, Error> {
    let config: Config = serde_json::from_str(text)
        .map_err(|e| Error::Json { expected: "a Hugging Face config.json", problem: e.to_string() })?;
    let refuse = |problem: String| Err(Error::Labels { problem });
    let Some(mut names) = config.id2label.filter(|names| !names.is_empty()) else {
        return refuse("is missing".to_owned());
    };
    let mut labels = Vec::with_capacity(names.len());
    for id in 0..names.len() {
        match names.remove(&id.to_string()) {
            Some(name) => labels.push(name),
            None => return refuse(format!("has no name for {id}")),
        }
    }
    let mut seen = HashSet::new();
    match labels.iter().find(|name| !seen.insert(name.as_str())) {
        Some(twice) => refuse(format!("names `{twice}` twice")),
        None => Ok(labels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_must_be_complete_and_distinct() {
        for (text, part) in [
            ("{", "not a Hugging Face config.json"),
            ("{}", "is missing"),
            (r#"{"id2label": {}}"#, "is missing"),
            (r#"{"id2label": {"0": "a", "2": "b"}}"#, "has no name for 1"),
            (r#"{"id2label": {"0": "a", "x": "b"}}"#, "has no name for 1"),
            (r#"{"id2label": {"0": "a", "1": "a"}}"#, "names `a` twice"),
        ] {
            let error = labels_from_json(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
