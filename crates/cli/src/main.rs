//! The command `stressmap`: a thin shell over the libraries.

#[expect(clippy::doc_markdown, reason = "the comments are the help texts of the command")]
mod args;
mod compare;
mod exit;
mod images;
mod merge;
mod onnx_runtime;
mod panics;
mod perturb;
mod progress;
mod run;
mod saliency;
mod stop;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

fn main() -> ExitCode {
    let Cli { command, progress, quiet } = Cli::parse();
    progress::set_mode(if quiet { progress::Mode::Quiet } else { progress });
    let done = panics::guarded(|| match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Perturb(arguments) => perturb::run(&arguments),
        Command::Perturbers(arguments) => perturb::list(&arguments),
        Command::Saliency(arguments) => saliency::run(&arguments),
    });
    done.err().map_or(ExitCode::SUCCESS, |error| {
        progress::print_error(&error);
        exit::code(&error)
    })
}
