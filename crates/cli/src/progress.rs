//! What the command says: results on standard output, progress and errors on standard error.

use std::cell::RefCell;
use std::io::IsTerminal;
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::failure::Failure;

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// A bar on a terminal, plain lines elsewhere
    #[default]
    Auto,
    /// A bar with rate and time left
    Bar,
    /// A line every few seconds
    Plain,
    /// A JSON object a line, on standard error: begin, progress, end, error
    Json,
    /// Nothing but errors
    Quiet,
}

/// The command speaks in one way from its start to its end.
static MODE: OnceLock<Mode> = OnceLock::new();

/// Chooses how the command speaks; the first choice holds.
pub(crate) fn speak(mode: Mode) {
    let chosen = match mode {
        Mode::Auto if std::io::stderr().is_terminal() => Mode::Bar,
        Mode::Auto => Mode::Plain,
        mode => mode,
    };
    MODE.get_or_init(|| chosen);
}

fn mode() -> Mode {
    MODE.get().copied().unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "this is where the command speaks")]
pub(crate) fn say(text: &str) {
    if mode() != Mode::Quiet {
        println!("{text}");
    }
}

pub(crate) fn say_error(failure: &Failure) {
    match mode() {
        Mode::Json => line(&json!({ "event": "error", "message": failure.to_string() }).to_string()),
        _ => line(&format!("error: {failure}")),
    }
}

#[expect(clippy::print_stderr, reason = "this is where the command speaks")]
fn line(text: &str) {
    eprintln!("{text}");
}

/// How far a piece of work is.
pub(crate) struct Meter {
    what: &'static str,
    unit: &'static str,
    total: usize,
    /// How much was done when it began: the rate is this run's.
    before: usize,
    begun: Instant,
    state: RefCell<State>,
    shown: Shown,
}

struct State {
    /// Of all, earlier runs' part too.
    done: usize,
    said: Instant,
}

enum Shown {
    Bar(ProgressBar),
    Plain,
    Json,
    Nothing,
}

/// Begins to show work on `total` of a `unit`, such as images, of which `before` are done.
pub(crate) fn meter(what: &'static str, unit: &'static str, before: usize, total: usize) -> Meter {
    let shown = match mode() {
        Mode::Bar => Shown::Bar(bar(what, unit, before, total)),
        Mode::Json => {
            line(
                &json!({ "event": "begin", "what": what, "unit": unit, "done": before, "total": total })
                    .to_string(),
            );
            Shown::Json
        }
        Mode::Plain | Mode::Auto => Shown::Plain,
        Mode::Quiet => Shown::Nothing,
    };
    let now = Instant::now();
    Meter {
        what,
        unit,
        total,
        before,
        begun: now,
        state: RefCell::new(State { done: before, said: now }),
        shown,
    }
}

fn bar(what: &'static str, unit: &'static str, before: usize, total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64).with_message(what);
    let template = format!("{{msg:10}} {{bar:32}} {{pos}}/{{len}} {unit}  {{per_sec}}  {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.set_position(before as u64);
    bar.reset_eta();
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

impl protocols::Observer for Meter {
    fn advanced(&mut self, count: usize) -> ControlFlow<()> {
        self.advance(count);
        ControlFlow::Continue(())
    }
}

impl Meter {
    /// `count` more are done.
    pub(crate) fn advance(&self, count: usize) {
        let mut state = self.state.borrow_mut();
        state.done += count;
        let pause = match &self.shown {
            Shown::Bar(bar) => return bar.inc(count as u64),
            Shown::Plain => Duration::from_secs(5),
            Shown::Json => Duration::from_millis(500),
            Shown::Nothing => return,
        };
        if state.said.elapsed() < pause {
            return;
        }
        state.said = Instant::now();
        let Self { what, unit, total, before, .. } = *self;
        let (done, rate) = (state.done, (state.done - before) as f64 / self.begun.elapsed().as_secs_f64());
        let left = total.saturating_sub(done) as f64 / rate;
        match self.shown {
            Shown::Json => line(
                &json!({
                    "event": "progress", "what": what, "unit": unit, "done": done, "total": total,
                    "per_second": rate, "seconds_left": left,
                })
                .to_string(),
            ),
            _ => line(&format!("{what}: {done}/{total} {unit}, {rate:.1} a second, {left:.0} s left")),
        }
    }
}

impl Drop for Meter {
    /// The work is over, done or not.
    fn drop(&mut self) {
        let Self { what, unit, total, .. } = *self;
        let (done, seconds) = (self.state.get_mut().done, self.begun.elapsed().as_secs_f64());
        match &self.shown {
            Shown::Bar(bar) if done < total => bar.abandon(),
            Shown::Bar(bar) => bar.finish(),
            Shown::Plain => line(&format!("{what}: {done}/{total} {unit} in {seconds:.1} s")),
            Shown::Json => line(
                &json!({ "event": "end", "what": what, "unit": unit, "done": done, "total": total, "seconds": seconds })
                    .to_string(),
            ),
            Shown::Nothing => {}
        }
    }
}
