//! `stressmap saliency`: one picture explained.

use std::cell::Cell;
use std::ops::ControlFlow;

use ::saliency::{Classes, Explainer};
use ndarray::Axis;
use protocols::{Model, argmax};
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
    let meter = progress::meter("saliency", "masks", settings.masks);
    let scored = Cell::new(0);
    let observer = |done: usize, _total: usize| {
        meter.advance(done - scored.replace(done));
        ControlFlow::Continue(())
    };
    let explanation = explainer.explain_observed(&model, image.view(), Classes::All, &observer);
    drop(meter);
    let maps = explanation.map_err(Failure::run)?.maps;
    write_whole(&arguments.out, |out| ndarray_npy::WriteNpyExt::write_npy(&maps, out))?;

    let Some(top) = argmax(scores.row(0)) else {
        return Err(Failure::run("the model has no classes"));
    };
    let drawn = overlay(image.view(), maps.index_axis(Axis(0), top), Colormap::Jet)
        .map_err(|e| Failure::run(context("cannot draw the overlay")(e)))?;
    let beside = arguments.out.with_extension("png");
    pictures::write_png(&beside, drawn.view())?;
    progress::say(&format!(
        "{}: {:.4}\n{} holds the maps of all {} classes, {} the overlay of this one",
        model.metadata().labels[top],
        scores[[0, top]],
        arguments.out.display(),
        maps.dim().0,
        beside.display()
    ));
    Ok(())
}
