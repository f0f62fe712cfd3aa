//! Stopping on Ctrl-C and SIGTERM.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use anyhow::{Context as _, Result};

use crate::exit::Stopped;
use crate::progress;

/// How often the watcher looks for a signal.
const LOOK: Duration = Duration::from_millis(50);

/// How long the study may take to stop between two batches. Then the process ends at once, which loses nothing but the
/// batch: finished results are in the journal.
const PATIENCE: Duration = Duration::from_millis(600);

/// Whether a signal asked the command to stop.
#[derive(Clone)]
pub(crate) struct Stop {
    left: &'static str,
    number: Arc<AtomicUsize>,
    heard: Arc<AtomicBool>,
}

impl Stop {
    /// Listens for signals from now on. A second signal ends the process at once. `left` says what is left of the work
    /// after one.
    pub(crate) fn listen(left: &'static str) -> Result<Self> {
        let stop = Self { left, number: Arc::default(), heard: Arc::default() };
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let listen = || -> std::io::Result<()> {
                flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))?;
                flag::register(signal, Arc::clone(&again))?;
                flag::register_usize(signal, Arc::clone(&stop.number), signal as usize)?;
                Ok(())
            };
            listen().context("cannot listen for signals")?;
        }
        let watcher = Watcher { left, number: Arc::clone(&stop.number), heard: Arc::downgrade(&stop.heard) };
        std::thread::spawn(move || watcher.watch());
        Ok(stop)
    }

    /// The error to stop with, if a signal has arrived.
    pub(crate) fn signal(&self) -> Option<Stopped> {
        let signal = self.number.load(Ordering::Relaxed);
        if signal == 0 {
            return None;
        }
        self.heard.store(true, Ordering::Relaxed);
        Some(Stopped { code: u8::try_from(128 + signal).ok()?, left: self.left })
    }
}

/// Ends the process where the work does not hear a signal, for as long as there is a [`Stop`] to hear it.
struct Watcher {
    left: &'static str,
    number: Arc<AtomicUsize>,
    heard: Weak<AtomicBool>,
}

impl Watcher {
    fn stop(&self) -> Option<Stop> {
        Some(Stop { left: self.left, number: Arc::clone(&self.number), heard: self.heard.upgrade()? })
    }

    fn watch(&self) {
        while self.number.load(Ordering::Relaxed) == 0 {
            if self.heard.strong_count() == 0 {
                return;
            }
            std::thread::sleep(LOOK);
        }
        std::thread::sleep(PATIENCE);
        if let Some(stop) = self.stop()
            && !stop.heard.load(Ordering::Relaxed)
            && let Some(stopped) = stop.signal()
        {
            progress::print_error(&stopped.into());
            std::process::exit(stopped.code.into());
        }
    }
}
