use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Reads items on other threads, ahead of the thread that uses them, which gets them in order.
pub(crate) struct ReadAhead {
    /// Reading threads; with 0, items are read when they are used.
    pub(crate) threads: usize,
    /// Items that may be read ahead.
    pub(crate) items: usize,
    /// Bytes of items that may wait to be used. Once they are reached, only the item that is used next is
    /// read. The threads may exceed them by an item each.
    pub(crate) bytes: usize,
}

/// An item that knows the size of its memory.
pub(crate) trait Weighed {
    fn bytes(&self) -> usize;
}

impl ReadAhead {
    /// Hands the items 0 to `count` - 1 to `consume`.
    ///
    /// # Panics
    ///
    /// If `read` panics, after `consume` has returned; its iterator ends early then.
    pub(crate) fn run<T: Weighed + Send, R>(
        &self,
        count: usize,
        read: impl Fn(usize) -> T + Sync,
        consume: impl FnOnce(&mut dyn Iterator<Item = T>) -> R,
    ) -> R {
        let threads = self.threads.min(count);
        if threads == 0 {
            return consume(&mut (0..count).map(read));
        }
        let queue = Queue { limits: self, count, state: Mutex::default(), changed: Condvar::new() };
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    // Ends the queue if `read` panics, since its item would be waited for.
                    let _guard = EndOnPanic(&queue);
                    while let ControlFlow::Continue(i) = queue.take_number() {
                        queue.put(i, read(i));
                    }
                });
            }
            let _guard = End(&queue);
            consume(&mut std::iter::from_fn(|| queue.next()))
        })
    }
}

/// Items between the threads that read them and the one that uses them.
struct Queue<'a, T> {
    limits: &'a ReadAhead,
    count: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// Items that are read and not used yet.
    waiting: BTreeMap<usize, T>,
    /// Their memory.
    bytes: usize,
    /// The number of the item that is read next.
    to_read: usize,
    /// The number of the item that is used next.
    to_use: usize,
    ended: bool,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), bytes: 0, to_read: 0, to_use: 0, ended: false }
    }
}

impl<T: Weighed> Queue<'_, T> {
    /// The number of an item to read, as soon as there is room for it; `Break` when there are no more.
    fn take_number(&self) -> ControlFlow<(), usize> {
        let mut state = self.wait_while(|state| {
            let room = state.to_read - state.to_use < self.limits.items && state.bytes < self.limits.bytes;
            !(state.ended || state.to_read == self.count || room || state.to_read == state.to_use)
        });
        if state.ended || state.to_read == self.count {
            return ControlFlow::Break(());
        }
        state.to_read += 1;
        ControlFlow::Continue(state.to_read - 1)
    }

    fn put(&self, i: usize, item: T) {
        let mut state = self.state();
        state.bytes += item.bytes();
        state.waiting.insert(i, item);
        drop(state);
        self.changed.notify_all();
    }

    /// The next item, as soon as it is there.
    fn next(&self) -> Option<T> {
        let mut state = self.wait_while(|state| {
            !(state.ended || state.to_use == self.count || state.waiting.contains_key(&state.to_use))
        });
        let number = state.to_use;
        let item = state.waiting.remove(&number)?;
        state.bytes -= item.bytes();
        state.to_use += 1;
        drop(state);
        self.changed.notify_all();
        Some(item)
    }
}

impl<T> Queue<'_, T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_while(&self, condition: impl Fn(&State<T>) -> bool) -> MutexGuard<'_, State<T>> {
        let waited = self.changed.wait_while(self.state(), |state| condition(state));
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        self.state().ended = true;
        self.changed.notify_all();
    }
}

/// Ends a queue when it is dropped, so that no thread waits for ever.
struct End<'a, 'b, T>(&'a Queue<'b, T>);

impl<T> Drop for End<'_, '_, T> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Ends a queue when it is dropped by a panic.
struct EndOnPanic<'a, 'b, T>(&'a Queue<'b, T>);

impl<T> Drop for EndOnPanic<'_, '_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;

    use super::*;

    /// A number that is as large as it says.
    struct Item(usize, usize);

    impl Weighed for Item {
        fn bytes(&self) -> usize {
            self.1
        }
    }

    proptest! {
        #[test]
        fn items_come_in_order_whatever_the_limits(
            count in 0_usize..60, threads in 0_usize..6, items in 0_usize..9, bytes in 0_usize..30, size in 0_usize..20,
        ) {
            let ahead = ReadAhead { threads, items, bytes };
            let used = ahead.run(count, |i| Item(i, size), |items| items.map(|item| item.0).collect::<Vec<_>>());
            prop_assert_eq!(used, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_more_items_are_read_ahead_than_allowed() {
        for (items, bytes, most) in [(5, usize::MAX, 5), (100, 30, 3 + 2)] {
            let (read, used, farthest) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
            let ahead = ReadAhead { threads: 3, items, bytes };
            ahead.run(
                200,
                |i| {
                    let ahead = 1 + read.fetch_add(1, Ordering::SeqCst) - used.load(Ordering::SeqCst);
                    farthest.fetch_max(ahead, Ordering::SeqCst);
                    Item(i, 10)
                },
                |items| {
                    // Used before the next is asked for: what is counted as ahead is never too low.
                    while items.next().is_some() {
                        used.fetch_add(1, Ordering::SeqCst);
                        thread::yield_now();
                    }
                },
            );
            // One more, since an item leaves the queue before it counts as used.
            assert!(farthest.into_inner() <= most + 1);
        }
    }

    #[test]
    fn a_reader_that_stops_early_leaves_no_thread_waiting() {
        let ahead = ReadAhead { threads: 3, items: 4, bytes: 100 };
        let first = ahead.run(1000, |i| Item(i, 10), |items| items.next().map(|item| item.0));
        assert_eq!(first, Some(0));
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_while_reading_ends_the_items() {
        let ahead = ReadAhead { threads: 2, items: 4, bytes: 100 };
        let read = |i| if i == 7 { panic!("expected by a test") } else { Item(i, 1) };
        ahead.run(50, read, |items| assert!(items.count() < 50));
    }
}
