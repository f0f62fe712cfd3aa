//! `stressmap saliency`: one image explained.

use anyhow::{Context as _, Result};
use image::ImageFormat;
use ndarray::Axis;
use protocols::Model;
use report::{Colormap, overlay};
use saliency::{Classes, Explainer, bytes_of_maps, highest};
use study_file::StudyFile;

use crate::args::Saliency;
use crate::exit::{failed, usage, wrong};
use crate::images;
use crate::onnx_runtime::onnx_runtime;
use crate::progress::{note, print};
use crate::run::watched;
#[cfg(feature = "hub")]
use crate::run::{PARTS, variable};

/// Maps of this size are refused.
const MOST_GIGABYTES: u128 = 4;

pub(crate) fn run(arguments: &Saliency) -> Result<()> {
    let (out, beside) = (&arguments.out, arguments.out.with_extension("png"));
    if *out == beside {
        let named = out.display();
        return Err(wrong(format!(
            "--out is {named}, the name of the overlay, expected another ending, such as .npy"
        )));
    }
    if arguments.top == 0 {
        return Err(wrong("--top is 0, expected at least 1"));
    }
    let mut file = StudyFile::default().overlaid(arguments).map_err(|e| failed(e, None))?;
    file.model.onnx_runtime = Some(onnx_runtime());
    let explainer = file.saliency.explainer(file.seed).map_err(usage)?;
    let image = images::read(&arguments.image)?;
    #[cfg(feature = "hub")]
    if let Some(hub) = file.hub(variable).map_err(usage)? {
        file.model = watched(PARTS, |observer| Ok(file.model.fetch(&hub, observer)?))?.local;
    }
    let opened = file.model.open().map_err(|e| failed(e.into(), None))?;
    opened.notes.iter().for_each(|text| note(text));
    let model = opened.model;

    let scores = model.predict(&[image.view()]).map_err(anyhow::Error::from_boxed)?;
    let scores = scores.row(0);
    let ranked = highest(scores, arguments.top);
    let &top = ranked.first().context("the model has no classes")?;
    let (classes, place) = if arguments.all { (Classes::All, top) } else { (Classes::Chosen(&ranked), 0) };
    let (count, (height, width, _)) = (if arguments.all { scores.len() } else { ranked.len() }, image.dim());
    let gigabytes = bytes_of_maps(count, (height, width)) >> 30;
    if gigabytes >= MOST_GIGABYTES {
        return Err(wrong(format!(
            "the maps of {count} classes at {height}x{width} take {gigabytes} GiB, expected less than 4: give a smaller --top"
        )));
    }
    let explained = watched("nothing was written", |observer| {
        Ok(explainer.explain_observed(&model, image.view(), classes, observer)?)
    })?;
    let maps = explained.maps;
    study_store::write_atomically(out, |out| ndarray_npy::WriteNpyExt::write_npy(&maps, out))?;

    let drawn = overlay(image.view(), maps.index_axis(Axis(0), place), Colormap::Jet)
        .context("cannot draw the overlay")?;
    images::write(&beside, drawn.view(), ImageFormat::Png)?;
    for &class in &ranked {
        print(&format!("{}: {:.4}", model.metadata().labels[class], scores[class]));
    }
    if file.saliency.tolerance.is_some() {
        print(&format!("{} of {} masks were used", explained.scores.nrows(), file.saliency.masks));
    }
    let which = match count {
        1 => "the map of this class".to_owned(),
        count => format!("the maps of {count} classes"),
    };
    let (out, beside) = (out.display(), beside.display());
    print(&format!("{out} holds {which}, {beside} the overlay of the first one listed"));
    Ok(())
}
