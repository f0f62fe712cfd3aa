//! What the command prints: results on standard output, progress and errors on standard error.

use std::fmt::Display;
use std::io::{IsTerminal, Write as _};
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use protocols::{Observer, Pass};
use serde_json::json;
use study::StudyObserver;

use crate::stop::Stop;

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
    /// One JSON object per line, on standard error: begin, progress, end, note, error
    Json,
    /// Nothing but errors
    Quiet,
}

static MODE: OnceLock<Mode> = OnceLock::new();

/// Chooses how progress is shown, once and for all.
pub(crate) fn set_mode(mode: Mode) {
    let auto = if std::io::stderr().is_terminal() { Mode::Bar } else { Mode::Plain };
    MODE.get_or_init(|| if mode == Mode::Auto { auto } else { mode });
}

fn mode() -> Mode {
    MODE.get().copied().unwrap_or_default()
}

pub(crate) fn print(text: &str) {
    if mode() != Mode::Quiet {
        // A reader such as `head` may have gone; the work goes on.
        let _ = writeln!(std::io::stdout(), "{text}");
    }
}

/// Prints what was guessed or noticed, on standard error.
pub(crate) fn note(text: &str) {
    match mode() {
        Mode::Quiet => {}
        Mode::Json => line(json!({ "event": "note", "message": text })),
        _ => line(format_args!("note: {text}")),
    }
}

pub(crate) fn print_error(error: &anyhow::Error) {
    match mode() {
        Mode::Json => line(json!({ "event": "error", "message": format!("{error:#}") })),
        _ => line(format_args!("error: {error:#}")),
    }
}

fn line(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Shows the passes of a computation, and stops it when a signal asks for it.
pub(crate) struct Meters {
    stop: Stop,
    meter: Option<Meter>,
}

impl Meters {
    pub(crate) fn new(stop: Stop) -> Self {
        Self { stop, meter: None }
    }
}

impl Observer for Meters {
    fn started(&mut self, pass: Pass) {
        // The last pass prints its end before this one prints its start.
        self.meter = None;
        self.meter = Some(Meter::new(pass));
    }

    fn advanced(&mut self, count: usize) -> ControlFlow<()> {
        if let Some(meter) = &mut self.meter {
            meter.advance(count);
        }
        if self.stop.signal().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl StudyObserver for Meters {}

/// The progress of one pass.
struct Meter {
    pass: Pass,
    started: Instant,
    /// Items done, those of earlier runs included.
    done: usize,
    printed: Instant,
    bar: Option<ProgressBar>,
}

impl Meter {
    fn new(pass: Pass) -> Self {
        let now = Instant::now();
        let bar = (mode() == Mode::Bar).then(|| bar(pass));
        let meter = Self { pass, started: now, done: pass.done, printed: now, bar };
        if mode() == Mode::Json {
            meter.event("begin", json!({}));
        }
        meter
    }

    fn advance(&mut self, count: usize) {
        self.done += count;
        let pause = match mode() {
            Mode::Bar => return self.bar.iter().for_each(|bar| bar.inc(count as u64)),
            Mode::Quiet => return,
            Mode::Json => Duration::from_millis(500),
            Mode::Plain | Mode::Auto => Duration::from_secs(5),
        };
        if self.printed.elapsed() < pause {
            return;
        }
        self.printed = Instant::now();
        let (done, Pass { name, done: before, total, .. }) = (self.done, self.pass);
        // The rate is this run's; before the first item there is none.
        let rate = (done > before).then(|| (done - before) as f64 / self.started.elapsed().as_secs_f64());
        let left = rate.zip(total).map(|(rate, total)| total.saturating_sub(done) as f64 / rate);
        if mode() == Mode::Json {
            return self.event("progress", json!({ "per_second": rate, "seconds_left": left }));
        }
        line(format_args!("{name}: {}{}", self.count(), pace(rate, left)));
    }

    /// Such as `3/27 images`.
    fn count(&self) -> String {
        let total = self.pass.total.map(|total| format!("/{total}")).unwrap_or_default();
        format!("{}{total} {}", self.done, self.pass.unit)
    }

    /// Prints an event as JSON, with more fields than all have.
    fn event(&self, event: &str, mut fields: serde_json::Value) {
        let Pass { name, unit, total, .. } = self.pass;
        let common = [("event", event.into()), ("what", name.into()), ("unit", unit.into())];
        for (key, value) in common.into_iter().chain([("done", self.done.into()), ("total", total.into())]) {
            fields[key] = value;
        }
        line(fields);
    }
}

fn bar(Pass { name, unit, done, total, .. }: Pass) -> ProgressBar {
    let bar = total.map_or_else(ProgressBar::no_length, |total| ProgressBar::new(total as u64));
    let template = format!("{{msg:10}} {{bar:32}} {{pos}}/{{len}} {unit}  {{per_sec}}  {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.set_message(name);
    bar.set_position(done as u64);
    bar.reset_eta();
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Such as `, 13.1 per second, 16 s left`; nothing of what is not known.
fn pace(rate: Option<f64>, left: Option<f64>) -> String {
    let rate = rate.map_or_else(String::new, |rate| match rate {
        1.0.. => format!(", {rate:.1} per second"),
        _ => format!(", {:.1} s each", 1.0 / rate),
    });
    rate + &left.map(|left| format!(", {left:.0} s left")).unwrap_or_default()
}

impl Drop for Meter {
    /// The pass is over, complete or not.
    fn drop(&mut self) {
        let (Pass { name, total, .. }, seconds) = (self.pass, self.started.elapsed().as_secs_f64());
        match (&self.bar, mode()) {
            (Some(bar), _) if total.is_some_and(|total| self.done < total) => bar.abandon(),
            (Some(bar), _) => bar.finish(),
            (None, Mode::Json) => self.event("end", json!({ "seconds": seconds })),
            (None, Mode::Quiet) => {}
            (None, _) => line(format_args!("{name}: {} in {seconds:.1} s", self.count())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_pass_says_seconds_per_item_and_an_unknown_pace_nothing() {
        assert_eq!(pace(Some(13.06), Some(15.7)), ", 13.1 per second, 16 s left");
        assert_eq!(pace(Some(0.04), Some(113.0)), ", 25.0 s each, 113 s left");
        assert_eq!(pace(Some(2.0), None), ", 2.0 per second");
        assert_eq!(pace(None, None), "");
    }
}
