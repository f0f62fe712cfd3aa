use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};

use super::document;
use super::html::{Column, table, text};
use crate::Error;
use crate::gallery::{Gallery, Row, Shown, jpeg};

/// The gallery as a page.
pub(crate) fn page(gallery: &Gallery) -> Result<String, Error> {
    let families = gallery.families().map(family).collect::<Result<Vec<_>, _>>()?;
    let body = html! {
        header {
            h1 { "Perturbers" }
            p.lede {
                "What each perturber does to a photograph and to a tile of LandCover. Random perturbers draw with one seed."
            }
            p.note {
                "The photograph is a part of \u{201c}Chelsea the cat\u{201d} by Stefan van der Walt, which scikit-image \
                 distributes under CC0."
            }
        }
        main { @for family in &families { (family) } }
    };
    Ok(document("Perturbers", 0, &body))
}

fn family(perturbers: &[Shown]) -> Result<Markup, Error> {
    let shown = perturbers.iter().map(perturber).collect::<Result<Vec<_>, _>>()?;
    Ok(html! {
        section {
            @if let Some(first) = perturbers.first() { h2.family { (first.family) } }
            @for perturber in &shown { (perturber) }
        }
    })
}

fn perturber(shown: &Shown) -> Result<Markup, Error> {
    let rows = shown.rows.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let columns =
        [Column::Text("parameter"), Column::Text("values"), Column::Text("unit"), Column::Text("default")];
    let parameters: Vec<Markup> = shown
        .parameters
        .iter()
        .map(|parameter| {
            let default = parameter.default.as_ref().map(ToString::to_string).unwrap_or_default();
            html! { (text(&parameter.name)) (text(parameter.expected.as_deref().unwrap_or_default()))
            (text(parameter.unit.as_deref().unwrap_or_default())) (text(default)) }
        })
        .collect();
    Ok(html! {
        h3 id=(shown.name) { (shown.name) }
        p { (shown.summary) " Original: " (shown.original) "." }
        @for row in &rows { (row) }
        details {
            summary { "Parameters" }
            (table(&format!("{}-parameters", shown.name), "", "Parameters of the perturber", &columns, &parameters))
        }
    })
}

fn row(row: &Row) -> Result<Markup, Error> {
    let cells = row
        .cells
        .iter()
        .map(|cell| {
            let (file, [width, height]) = jpeg(std::slice::from_ref(cell))?;
            let source = format!("data:image/jpeg;base64,{}", STANDARD.encode(file));
            Ok(html! {
                figure {
                    img src=(source) width=(width) height=(height) alt=(cell.caption);
                    figcaption.note { (cell.caption) }
                }
            })
        })
        .collect::<Result<Vec<Markup>, Error>>()?;
    Ok(html! {
        @if !row.common.is_empty() { h4 { (row.common) } }
        div.range { @for cell in &cells { (cell) } }
    })
}
