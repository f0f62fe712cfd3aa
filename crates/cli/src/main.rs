//! The command `stressmap`: a thin shell over the libraries.

#[expect(clippy::doc_markdown, reason = "the comments are the help texts of the command")]
mod args;
mod checkpoint;
mod dataset;
mod failure;
mod files;
mod maps;
mod merge;
mod model;
mod panics;
mod perturb;
mod pictures;
mod progress;
mod recorder;
mod report;
mod run;
mod saliency;
mod samples;
mod shard;
mod stop;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

fn main() -> ExitCode {
    let Cli { command, progress, quiet } = Cli::parse();
    progress::speak(if quiet { progress::Mode::Quiet } else { progress });
    let done = panics::guarded(|| match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Merge(arguments) => merge::run(&arguments),
        Command::Perturb(arguments) => perturb::run(&arguments),
        Command::Saliency(arguments) => saliency::run(&arguments),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            progress::say_error(&failure);
            failure.exit_code()
        }
    }
}
