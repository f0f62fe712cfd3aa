//! `stressmap saliency`: one picture explained.

use std::num::NonZeroUsize;

use ::saliency::{Classes, Explainer};
use ndarray::Axis;
use protocols::Model;
use report::{Colormap, overlay};
use study::ModelConfig;

use crate::args::Saliency;
use crate::failure::{Failure, context};
use crate::files::write_whole;
use crate::{model, pictures, progress, run};

pub(crate) fn run(arguments: &Saliency) -> Result<(), Failure> {
    let mut settings = study::SaliencyConfig::default();
    run::apply_rise(&mut settings, &arguments.rise);
    let explainer = settings.explainer(arguments.seed).map_err(Failure::usage)?;
    let mut config = ModelConfig::default();
    run::apply_model(&mut config, &arguments.model);
    let image = pictures::read(&arguments.image)?;
    let model = model::open(&config)?.model;

    let scores = model.predict(&[image.view()]).map_err(Failure::run)?;
    let scores = scores.row(0);
    // Highest first; among equal scores the first class is, as everywhere.
    let mut ranked: Vec<usize> = (0..scores.len()).collect();
    ranked.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let Some(&top) = ranked.first() else {
        return Err(Failure::run("the model has no classes"));
    };
    ranked.truncate(arguments.top.map_or(1, NonZeroUsize::get));
    let (classes, place) = match arguments.top {
        Some(_) => (Classes::Chosen(&ranked), 0),
        None => (Classes::All, top),
    };
    let mut meter = progress::meter("saliency", "masks", 0, settings.masks);
    let explanation = explainer.explain_observed(&model, image.view(), classes, &mut meter);
    drop(meter);
    let explained = explanation.map_err(Failure::run)?;
    let maps = explained.maps;
    write_whole(&arguments.out, |out| ndarray_npy::WriteNpyExt::write_npy(&maps, out))?;

    let drawn = overlay(image.view(), maps.index_axis(Axis(0), place), Colormap::Jet)
        .map_err(|e| Failure::run(context("cannot draw the overlay")(e)))?;
    let beside = arguments.out.with_extension("png");
    pictures::write_png(&beside, drawn.view())?;
    for &class in &ranked {
        progress::say(&format!("{}: {:.4}", model.metadata().labels[class], scores[class]));
    }
    if settings.tolerance.is_some() {
        progress::say(&format!("{} of {} masks were used", explained.scores.nrows(), settings.masks));
    }
    let which = arguments.top.map_or("all", |_| "these");
    progress::say(&format!(
        "{} holds the maps of {which} {} classes, {} the overlay of the first named",
        arguments.out.display(),
        maps.dim().0,
        beside.display()
    ));
    Ok(())
}
