use std::fmt::Write as _;

use maud::html;

use super::{Gallery, NamedFile, Row, Shown, strip};
use crate::Error;

const INTRODUCTION: &str = "\
# Perturbers

What each perturber does to a photograph and to a tile of `LandCover`. Written by
`stressmap perturbers --gallery docs/perturbers.md`; with a name that ends in `.html` it is one self-contained page.

The photograph is a part of \"Chelsea the cat\" by Stefan van der Walt, which scikit-image distributes under CC0. All images
are shown pixel by pixel, and random perturbers draw with one seed. Any of them can be swept in a study:
`stressmap run --sweep GaussianBlur:ksize=1,5,11`.
";

/// The text, and the files that it shows. Writing to a string cannot fail.
pub(super) fn written(gallery: &Gallery, folder: &str) -> Result<(String, Vec<NamedFile>), Error> {
    let (mut text, mut files) = (INTRODUCTION.to_owned(), Vec::new());
    for family in gallery.families() {
        if let Some(first) = family.first() {
            let _ = write!(text, "\n## {}\n", capitalized(&first.family));
        }
        for shown in family {
            text += &described(shown);
            for row in &shown.rows {
                let file = format!("{}.jpg", shown.file(row));
                let (bytes, [width, _]) = strip::jpeg(&row.cells)?;
                let settings = settings(row);
                let image =
                    html! { img src=(format_args!("{folder}/{file}")) width=(width) alt=(shown.name); };
                let _ = write!(text, "\n{}\n", image.into_string());
                if !settings.is_empty() {
                    let _ = write!(text, "\nFrom left to right: `{settings}`\n");
                }
                files.push((file, bytes));
            }
        }
    }
    Ok((text, files))
}

fn described(shown: &Shown) -> String {
    let Shown { name, summary, original, parameters, .. } = shown;
    let mut text = format!("\n### {name}\n\n{summary} Original: {original}.\n");
    if !parameters.is_empty() {
        text += "\n| parameter | values | unit | default |\n| --- | --- | --- | --- |\n";
    }
    for parameter in parameters {
        let default = parameter.default.as_ref().map(|value| format!("`{value}`")).unwrap_or_default();
        let unit = parameter.unit.as_deref().unwrap_or_default();
        let expected = parameter.expected.as_deref().unwrap_or_default().replace('|', "\\|");
        let _ = writeln!(text, "| `{}` | {expected} | {unit} | {default} |", parameter.name);
    }
    text
}

/// The settings of a row, from left to right.
fn settings(row: &Row) -> String {
    let captions: Vec<&str> = row.cells.iter().map(|cell| cell.caption.as_str()).collect();
    // One name before all values if they have it in common.
    let name =
        captions.first().and_then(|caption| caption.split_once(' ')).map(|(name, _)| format!("{name} "));
    let values = name.as_ref().and_then(|name| {
        captions
            .iter()
            .map(|caption| caption.strip_prefix(name).filter(|_| !caption.contains(", ")))
            .collect::<Option<Vec<_>>>()
    });
    let captions = match (name, values) {
        (Some(name), Some(values)) if values.len() > 1 => format!("{name}{}", values.join(", ")),
        _ => captions.join("; "),
    };
    [row.common.clone(), captions].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ")
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
