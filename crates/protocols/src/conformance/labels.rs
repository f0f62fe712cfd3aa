use std::collections::HashSet;

pub(super) const LABELS: &str = "no two classes have the same name";

/// The first label that occurs before.
pub(super) fn repeated(labels: &[String]) -> Option<&String> {
    let mut seen = HashSet::new();
    labels.iter().find(|label| !seen.insert(*label))
}
