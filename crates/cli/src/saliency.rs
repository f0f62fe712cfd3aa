//! `stressmap saliency`: one image explained.

use anyhow::{Context as _, Result};
use image::ImageFormat;
use ndarray::Axis;
use protocols::Model;
use report::{Colormap, overlay};
use saliency::{Classes, Explainer, highest};
use study_file::StudyFile;

use crate::args::Saliency;
use crate::exit::{failed, usage, wrong};
#[cfg(feature = "hub")]
use crate::hub;
use crate::images;
use crate::onnx_runtime::onnx_runtime;
use crate::progress::{Meters, note, print};
#[cfg(feature = "hub")]
use crate::run::watched;
use crate::stop::Stop;

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
    if let Some(hub) = hub::named_by(&file)? {
        file.model = watched(hub::LEFT, |observer| Ok(file.model.fetch(&hub, observer)?))?.local;
    }
    let opened = file.model.open().map_err(|e| failed(e.into(), None))?;
    opened.notes.iter().for_each(|text| note(text));
    let model = opened.model;

    let scores = model.predict(&[image.view()]).map_err(anyhow::Error::from_boxed)?;
    let scores = scores.row(0);
    let ranked = highest(scores, arguments.top);
    let &top = ranked.first().context("the model has no classes")?;
    let (classes, place) = if arguments.all { (Classes::All, top) } else { (Classes::Chosen(&ranked), 0) };
    check_size(image.dim(), if arguments.all { scores.len() } else { ranked.len() })?;
    let stop = Stop::listen("nothing was written")?;
    let mut observer = Meters::new(stop.clone());
    let explanation = explainer.explain_observed(&model, image.view(), classes, &mut observer);
    drop(observer);
    let explained = match (explanation, stop.signal()) {
        (Err(saliency::Error::Stopped { .. }), Some(stopped)) => return Err(stopped.into()),
        (explanation, _) => explanation?,
    };
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
    let which = match (arguments.all, maps.dim().0) {
        (true, count) => format!("the maps of all {count} classes"),
        (false, 1) => "the map of this class".to_owned(),
        (false, count) => format!("the maps of these {count} classes"),
    };
    let (out, beside) = (out.display(), beside.display());
    print(&format!("{out} holds {which}, {beside} the overlay of the first one listed"));
    Ok(())
}

/// Refuses maps that memory does not hold.
fn check_size((height, width, _): (usize, usize, usize), classes: usize) -> Result<()> {
    /// The most bytes of maps.
    const MOST: u128 = 4 << 30;
    let bytes =
        [height, width, classes, size_of::<f32>()].map(|factor| factor as u128).iter().product::<u128>();
    if bytes <= MOST {
        return Ok(());
    }
    let gigabytes = bytes >> 30;
    Err(wrong(format!(
        "the maps of {classes} classes at {height}x{width} take {gigabytes} GiB, expected at most 4: give a smaller --top"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_that_memory_cannot_hold_are_refused_with_the_way_out() {
        assert!(check_size((224, 224, 3), 1000).is_ok() && check_size((3000, 4000, 3), 80).is_ok());
        let said = check_size((3000, 4000, 3), 1000).unwrap_err().to_string();
        assert_eq!(
            said,
            "the maps of 1000 classes at 3000x4000 take 44 GiB, expected at most 4: give a smaller --top"
        );
    }
}
