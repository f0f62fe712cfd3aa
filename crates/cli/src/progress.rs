//! What the command says: results on standard output, progress and errors on standard error.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;

#[expect(clippy::print_stdout, reason = "this is where the command speaks")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "this is where the command speaks")]
pub(crate) fn say_error(failure: &Failure) {
    eprintln!("error: {failure}");
}

/// A bar on a terminal, with the rate and the time left; nothing where the output is piped.
pub(crate) fn bar(what: &'static str, total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64).with_message(what);
    let template = "{msg:10} {bar:32} {pos}/{len} images  {per_sec}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
