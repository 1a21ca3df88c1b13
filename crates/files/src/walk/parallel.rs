//! Going through a whole tree by several threads.

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::folder::{Folder, Reader, Tree, What, check};
use super::scope::Task;
use super::{Select, Symlinks, WalkOptions, open_root};
use crate::error::Error;
use crate::listing::Listing;

/// More threads than this gain little: they wait for the same directory cache.
const MAX_AUTOMATIC_THREADS: usize = 4;
/// Folders read by the first thread alone before others are started: a thread costs as much as some twenty folders.
const FOLDERS_BEFORE_THREADS: usize = 32;

/// The folders read so far, by number; the root is 0.
type Numbered = Vec<(usize, Folder)>;

/// The paths of all entries, unless there are more than `max_entries`: then the result is `None`. Links are not followed:
/// how many of them are depends on the order.
///
/// # Errors
/// [`Error::Io`] when `root` is missing, not a folder, or unreadable; [`Error::Aborted`].
pub(crate) fn walk_all(
    root: &Path,
    options: WalkOptions,
    select: &dyn Select,
    threads: usize,
    max_entries: usize,
    cancelled: &AtomicBool,
) -> Result<Option<Listing>, Error> {
    check(cancelled)?;
    if options.symlinks == Symlinks::Follow {
        return Ok(None);
    }
    let tree = Arc::new(Tree { root: open_root(root)?, options });
    let mut reader = Reader::new(Arc::clone(&tree), false);
    let root_task = reader.root_task(cancelled);
    let threads = match threads {
        0 => thread::available_parallelism().map_or(1, NonZero::get).min(MAX_AUTOMATIC_THREADS),
        threads => threads,
    };
    let queue = Queue::new(root_task, select, cancelled, max_entries);
    let mut numbered = Numbered::new();
    queue.work(&mut reader, &mut numbered, FOLDERS_BEFORE_THREADS)?;
    let mut readers = Vec::new();
    let failure = thread::scope(|scope| {
        let mut workers = Vec::new();
        for _ in 1..threads {
            if queue.is_done() {
                break;
            }
            let work = || {
                let mut reader = Reader::new(Arc::clone(&tree), false);
                let mut numbered = Numbered::new();
                queue.work(&mut reader, &mut numbered, usize::MAX).map(|()| (numbered, reader))
            };
            // Where the system has no more threads, those there are do the work.
            match thread::Builder::new().spawn_scoped(scope, work) {
                Ok(worker) => workers.push(worker),
                Err(_) => break,
            }
        }
        let mut failure = queue.work(&mut reader, &mut numbered, usize::MAX).err();
        for worker in workers {
            match worker.join() {
                Ok(Ok((more, reader))) => {
                    numbered.extend(more);
                    readers.push(reader);
                }
                Ok(Err(error)) => failure = Some(error),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        failure
    });
    if let Some(error) = failure {
        return Err(error);
    }
    if queue.entries.load(Ordering::Relaxed) > max_entries {
        return Ok(None);
    }
    // An index that was given up is reported like one that cannot be used.
    check(cancelled)?;
    let mut folders: Vec<Folder> = Vec::new();
    folders.resize_with(queue.numbers.load(Ordering::Relaxed), Folder::default);
    for (number, folder) in numbered {
        folders[number] = folder;
    }
    let mut listing = collect(&folders);
    for reader in readers.into_iter().chain([reader]) {
        listing.left_out.merge(reader.counts);
        reader.reports.into_iter().for_each(|left_out| listing.leave(left_out));
    }
    listing.skipped.sort();
    Ok(Some(listing))
}

/// The paths of folders already read.
fn collect(folders: &[Folder]) -> Listing {
    let mut listing = Listing::default();
    let mut path = Vec::new();
    // The folders from the root down: number, next row, and the length of the parent's path.
    let mut open = vec![(0, 0, 0)];
    while let Some((number, at, parent_bytes)) = open.last_mut() {
        match folders[*number].row(*at) {
            None => {
                path.truncate(*parent_bytes);
                open.pop();
            }
            Some((name, What::Below(child))) => {
                *at += 1;
                let parent_bytes = path.len();
                path.extend_from_slice(name);
                path.push(b'/');
                open.push((*child, 0, parent_bytes));
            }
            Some((name, what)) => {
                *at += 1;
                if let What::Entry { .. } = what {
                    listing.push(&path, name);
                }
            }
        }
    }
    listing
}

/// The folders still to be read, shared by the threads.
struct Queue<'a> {
    select: &'a dyn Select,
    cancelled: &'a AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
    /// How many folders have a number.
    numbers: AtomicUsize,
    entries: AtomicUsize,
    max_entries: usize,
}

struct State {
    waiting: Vec<(usize, Task)>,
    /// Folders taken and not finished: they may still add to `waiting`.
    busy: usize,
    /// A thread failed or the limit is passed: the others stop.
    stopped: bool,
}

impl<'a> Queue<'a> {
    fn new(root: Task, select: &'a dyn Select, cancelled: &'a AtomicBool, max_entries: usize) -> Queue<'a> {
        let state = State { waiting: vec![(0, root)], busy: 0, stopped: false };
        Queue {
            select,
            cancelled,
            state: Mutex::new(state),
            changed: Condvar::new(),
            numbers: AtomicUsize::new(1),
            entries: AtomicUsize::new(0),
            max_entries,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements that hold the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_done(&self) -> bool {
        let state = self.lock();
        state.stopped || state.waiting.is_empty() && state.busy == 0
    }

    /// Reads folders until none is left or `limit` are read.
    fn work(&self, reader: &mut Reader, numbered: &mut Numbered, limit: usize) -> Result<(), Error> {
        for _ in 0..limit {
            let Some((number, task)) = self.take() else { break };
            // Dropped on every way out, a panic included: the other threads must not wait for this one.
            let mut finish = Finish { queue: self, children: Vec::new(), stop: true };
            if let Some((mut folder, tasks)) = reader.read(&task, self.select, self.cancelled)? {
                let first = self.numbers.fetch_add(tasks.len(), Ordering::Relaxed);
                folder.number_children_from(first);
                let count = folder.entry_count();
                let before = self.entries.fetch_add(count, Ordering::Relaxed);
                finish.stop = before.saturating_add(count) > self.max_entries;
                numbered.push((number, folder));
                finish.children.extend((first..).zip(tasks));
            } else {
                finish.stop = false;
            }
        }
        Ok(())
    }

    /// The next folder; waits while another thread may still bring some.
    fn take(&self) -> Option<(usize, Task)> {
        let mut state = self.lock();
        loop {
            if state.stopped {
                return None;
            }
            if let Some(next) = state.waiting.pop() {
                state.busy += 1;
                return Some(next);
            }
            if state.busy == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Gives a folder back: its subfolders join the queue.
struct Finish<'a> {
    queue: &'a Queue<'a>,
    children: Vec<(usize, Task)>,
    stop: bool,
}

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.busy -= 1;
        state.stopped |= self.stop;
        let added = self.children.len();
        state.waiting.append(&mut self.children);
        let idle = state.stopped || state.busy == 0 && state.waiting.is_empty();
        drop(state);
        if idle || added > 1 {
            self.queue.changed.notify_all();
        } else if added == 1 {
            self.queue.changed.notify_one();
        }
    }
}
