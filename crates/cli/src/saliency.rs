//! `stressmap saliency`: one image explained.

use anyhow::{Context as _, Result, anyhow};
use image::ImageFormat;
use models::ModelConfig;
use ndarray::Axis;
use protocols::Model;
use report::{Colormap, overlay};
use saliency::{Classes, Explainer};
use study::SaliencyConfig;

use crate::args::Saliency;
use crate::config::{apply_model, apply_rise};
use crate::exit::{Stopped, usage, wrong};
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
    let Some(&top) = ranked.first() else {
        return Err(anyhow!("the model has no classes"));
    };
    ranked.truncate(arguments.top.unwrap_or(1));
    if ranked.is_empty() {
        return Err(wrong("--top is 0, expected at least 1"));
    }
    let (classes, place) = match arguments.top {
        Some(_) => (Classes::Chosen(&ranked), 0),
        None => (Classes::All, top),
    };
    let stop = Stop::listen()?;
    let mut observer = Meters::new(stop.clone());
    let explanation = explainer.explain_observed(&model, image.view(), classes, &mut observer);
    drop(observer);
    let explained = match (explanation, stop.signal()) {
        (Err(saliency::Error::Stopped { .. }), Some(code)) => return Err(Stopped(code).into()),
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
    let which = if arguments.top.is_some() { "these" } else { "all" };
    print(&format!(
        "{} holds the maps of {which} {} classes, {} the overlay of the first one listed",
        arguments.out.display(),
        maps.dim().0,
        beside.display()
    ));
    Ok(())
}
