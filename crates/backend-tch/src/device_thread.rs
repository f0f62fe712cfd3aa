use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, JoinHandle};

use tch::TchError;

type Job = Box<dyn FnOnce() + Send>;

/// A thread from which a GPU is given work, for as long as this value lives.
///
/// libtorch keeps cuDNN's plans of convolutions per thread: a pass on a new thread makes them anew, which takes as long as
/// hundreds of passes.
pub(crate) struct DeviceThread {
    /// Without a sender, the thread ends.
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl DeviceThread {
    pub(crate) fn new() -> Result<Self, TchError> {
        let (jobs, received) = channel::<Job>();
        let work = move || {
            let _inference = tch::no_grad_guard();
            for job in received {
                // The caller learns of a panic from the missing answer.
                drop(catch_unwind(AssertUnwindSafe(job)));
            }
        };
        let thread = Builder::new().name("gpu".to_owned()).spawn(work)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Lets the thread do `work`, and waits for it. What `work` holds is dropped by then.
    pub(crate) fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<R, TchError> + Send + 'static,
    ) -> Result<R, TchError> {
        let (answer, answered) = channel();
        let job = Box::new(move || {
            // If nobody waits any more, nobody needs the answer.
            let _ = answer.send(work());
        });
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        let answer = if sent { answered.recv().ok() } else { None };
        answer.unwrap_or_else(|| Err(TchError::Torch("the thread of the device panicked".to_owned())))
    }
}

impl Drop for DeviceThread {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // It ends without a panic.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{ThreadId, current};

    use super::*;

    fn id(thread: &DeviceThread) -> ThreadId {
        thread.run(|| Ok(current().id())).unwrap()
    }

    #[test]
    fn all_work_is_done_by_one_thread_that_is_not_the_callers() {
        let thread = DeviceThread::new().unwrap();
        let first = id(&thread);
        assert_ne!(first, current().id());
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(id(&thread), first));
        });
        assert_eq!(id(&thread), first);
    }

    #[test]
    fn errors_and_panics_are_errors_and_leave_the_thread_usable() {
        let thread = DeviceThread::new().unwrap();
        let failed = thread.run(|| Err::<(), _>(TchError::Torch("full".to_owned()))).unwrap_err();
        assert!(failed.to_string().contains("full"), "{failed}");
        let panicked = thread.run(|| -> Result<(), TchError> { panic!("a bug") }).unwrap_err();
        assert!(panicked.to_string().contains("panicked"), "{panicked}");
        assert_eq!(thread.run(|| Ok(7)).unwrap(), 7);
    }
}
