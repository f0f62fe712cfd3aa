//! The command `stressmap`: a thin shell over the libraries.

#[expect(clippy::doc_markdown, reason = "the comments are the help texts of the command")]
mod args;
mod dataset;
mod failure;
mod files;
mod model;
mod perturb;
mod pictures;
mod progress;
mod report;
mod run;
mod saliency;
mod samples;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    progress::speak(if cli.quiet { progress::Mode::Quiet } else { cli.progress });
    let done = match cli.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Perturb(arguments) => perturb::run(&arguments),
        Command::Saliency(arguments) => saliency::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            progress::say_error(&failure);
            failure.exit_code()
        }
    }
}
