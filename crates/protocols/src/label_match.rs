use std::collections::HashMap;
use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization;

/// More labels than this are counted, not listed.
const LISTED: usize = 10;

/// For each label, the class that differs from it only in case, spaces, `_`, `-` or Unicode normal form.
pub(crate) fn near(labels: &[String], classes: &[String]) -> Vec<Option<String>> {
    let classes: HashMap<String, &String> = classes.iter().map(|class| (folded(class), class)).collect();
    labels.iter().map(|label| classes.get(&folded(label)).map(|&class| class.clone())).collect()
}

fn folded(name: &str) -> String {
    let lower = name.nfkc().flat_map(char::to_lowercase);
    lower.filter(|character| !(character.is_whitespace() || matches!(character, '_' | '-'))).collect()
}

/// Lists labels that a model lacks, with the class that was probably meant.
pub(crate) fn list(labels: &[(String, Option<String>)]) -> String {
    let mut text = String::new();
    for (i, (label, near)) in labels.iter().take(LISTED).enumerate() {
        let _ = write!(text, "{}`{label}`", if i == 0 { "" } else { ", " });
        if let Some(near) = near {
            let _ = write!(text, " (the model has `{near}`)");
        }
    }
    if labels.len() > LISTED {
        let _ = write!(text, ", and {} more", labels.len() - LISTED);
    }
    text
}
