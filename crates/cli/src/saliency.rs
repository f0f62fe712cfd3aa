//! `stressmap saliency`: one image explained.

use anyhow::{Context as _, Result};
use image::ImageFormat;
use models::ModelConfig;
use ndarray::Axis;
use protocols::Model;
use report::{Colormap, overlay};
use saliency::{Classes, Explainer};
use study::SaliencyConfig;

use crate::args::Saliency;
use crate::config::{apply_model, apply_rise};
use crate::exit::{usage, wrong};
use crate::images;
use crate::progress::{Meters, print};
use crate::run::open_model;
use crate::stop::Stop;

pub(crate) fn run(arguments: &Saliency) -> Result<()> {
    let beside = arguments.out.with_extension("png");
    if beside == arguments.out {
        return Err(wrong(format!(
            "--out is {}, the name of the overlay, expected another ending, such as .npy",
            arguments.out.display()
        )));
    }
    let mut settings = SaliencyConfig::default();
    apply_rise(&mut settings, &arguments.rise);
    let explainer = settings.explainer(arguments.seed).map_err(usage)?;
    let mut config = ModelConfig::default();
    apply_model(&mut config, &arguments.model);
    let image = images::read(&arguments.image)?;
    let model = open_model(&config)?.model;

    let scores = model.predict(&[image.view()]).map_err(anyhow::Error::from_boxed)?;
    let scores = scores.row(0);
    // Highest first; among equal scores the first class wins, as everywhere.
    let mut ranked: Vec<usize> = (0..scores.len()).collect();
    ranked.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    if arguments.top == 0 {
        return Err(wrong("--top is 0, expected at least 1"));
    }
    ranked.truncate(arguments.top);
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
    study_store::write_atomically(&arguments.out, |out| ndarray_npy::WriteNpyExt::write_npy(&maps, out))?;

    let drawn = overlay(image.view(), maps.index_axis(Axis(0), place), Colormap::Jet)
        .context("cannot draw the overlay")?;
    images::write(&beside, drawn.view(), ImageFormat::Png)?;
    for &class in &ranked {
        print(&format!("{}: {:.4}", model.metadata().labels[class], scores[class]));
    }
    if settings.tolerance.is_some() {
        print(&format!("{} of {} masks were used", explained.scores.nrows(), settings.masks));
    }
    let which = match (arguments.all, maps.dim().0) {
        (true, count) => format!("the maps of all {count} classes"),
        (false, 1) => "the map of this class".to_owned(),
        (false, count) => format!("the maps of these {count} classes"),
    };
    print(&format!(
        "{} holds {which}, {} the overlay of the first one listed",
        arguments.out.display(),
        beside.display()
    ));
    Ok(())
}

/// Refuses maps that memory does not hold.
fn check_size((height, width, _): (usize, usize, usize), classes: usize) -> Result<()> {
    /// The most bytes of maps.
    const MOST: u128 = 4 << 30;
    let bytes =
        [height, width, classes, size_of::<f32>()].map(|factor| factor as u128).iter().product::<u128>();
    if bytes > MOST {
        let gigabytes = bytes >> 30;
        return Err(wrong(format!(
            "the maps of {classes} classes at {height}x{width} take {gigabytes} GiB, expected at most 4: give a smaller --top"
        )));
    }
    Ok(())
}
