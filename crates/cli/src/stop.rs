//! Stopping by Ctrl-C and by SIGTERM.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::failure::{Failure, context};
use crate::progress;

/// How often the watcher looks.
const LOOK: Duration = Duration::from_millis(50);

/// How long the study has to stop by itself, between two batches; then the process ends where it is. Nothing
/// is lost by that but the batch: what is finished is in the journal.
const PATIENCE: Duration = Duration::from_millis(600);

/// Whether the user, or the system, asked to stop.
#[derive(Clone)]
pub(crate) struct Stop {
    signal: Arc<AtomicUsize>,
    heard: Arc<AtomicBool>,
}

impl Stop {
    /// Listens from now on. The second signal ends the process at once.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let stop = Self { signal: Arc::default(), heard: Arc::default() };
        let again = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            let listen = || -> std::io::Result<()> {
                flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))?;
                flag::register(signal, Arc::clone(&again))?;
                flag::register_usize(signal, Arc::clone(&stop.signal), signal as usize)?;
                Ok(())
            };
            listen().map_err(|e| Failure::run(context("cannot listen to signals")(e)))?;
        }
        let watched = stop.clone();
        std::thread::spawn(move || watched.watch());
        Ok(stop)
    }

    /// The exit code, if it was asked to stop; whoever asks sees to it.
    pub(crate) fn asked(&self) -> Option<u8> {
        let signal = self.signal.load(Ordering::Relaxed);
        if signal == 0 {
            return None;
        }
        self.heard.store(true, Ordering::Relaxed);
        u8::try_from(128 + signal).ok()
    }

    fn watch(&self) {
        while self.signal.load(Ordering::Relaxed) == 0 {
            std::thread::sleep(LOOK);
        }
        std::thread::sleep(PATIENCE);
        if !self.heard.load(Ordering::Relaxed)
            && let Some(code) = self.asked()
        {
            let failure = Failure::Stopped(code);
            progress::say_error(&failure);
            std::process::exit(code.into());
        }
    }
}
