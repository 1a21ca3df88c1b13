//! Going through the folders: by several threads for a whole tree, in order by one where a limit can end it.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::error::Error;
use crate::folder::{Folder, Reader};
use crate::listing::{Listing, Skipped};
use crate::scope::Task;

/// More threads than this gain little: they wait for the same directory cache.
const MAX_AUTOMATIC_THREADS: usize = 4;
/// Folders read by the first thread alone before others are started: a thread costs as much as some twenty folders.
const FOLDERS_BEFORE_THREADS: usize = 32;

/// The folders read so far, by number; the root is 0.
type Numbered = Vec<(usize, Folder)>;

/// Reads the whole tree, unless it has more than `max_files` files: then the result is `None`.
pub(crate) fn walk_all(
    reader: &Reader<'_>,
    root: Task,
    threads: usize,
    max_files: usize,
) -> Result<Option<Listing>, Error> {
    let threads = match threads {
        0 => thread::available_parallelism().map_or(1, NonZero::get).min(MAX_AUTOMATIC_THREADS),
        threads => threads,
    };
    let queue = Queue::new(root, max_files);
    let mut numbered = Numbered::new();
    let mut skipped = Vec::new();
    queue.work(reader, &mut numbered, &mut skipped, FOLDERS_BEFORE_THREADS)?;
    let failure = thread::scope(|scope| {
        let mut workers = Vec::new();
        for _ in 1..threads {
            if queue.is_done() {
                break;
            }
            let work = || {
                let (mut numbered, mut skipped) = (Numbered::new(), Vec::new());
                queue.work(reader, &mut numbered, &mut skipped, usize::MAX).map(|()| (numbered, skipped))
            };
            // Where the system has no more threads, those there are do the work.
            match thread::Builder::new().spawn_scoped(scope, work) {
                Ok(worker) => workers.push(worker),
                Err(_) => break,
            }
        }
        let mut failure = queue.work(reader, &mut numbered, &mut skipped, usize::MAX).err();
        for worker in workers {
            match worker.join() {
                Ok(Ok((more, more_skipped))) => {
                    numbered.extend(more);
                    skipped.extend(more_skipped);
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
    if queue.files.load(Ordering::Relaxed) > max_files {
        return Ok(None);
    }
    let mut folders: Vec<Folder> = Vec::new();
    folders.resize_with(queue.numbers.load(Ordering::Relaxed), Folder::default);
    for (number, folder) in numbered {
        folders[number] = folder;
    }
    let mut listing = collect(&folders);
    listing.skipped = skipped;
    Ok(Some(listing))
}

/// Reads the tree in the order of its paths and stops at the first file behind `max_files`.
pub(crate) fn walk_in_order(reader: &Reader<'_>, root: Task, max_files: usize) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    let mut skipped = Vec::new();
    let mut open: Vec<(String, Folder, Vec<Option<Task>>, usize)> = Vec::new();
    let mut next = Some(root);
    loop {
        if let Some(task) = next.take()
            && let Some((folder, tasks)) = reader.read(&task, &mut skipped)?
        {
            open.push((task.path, folder, tasks.into_iter().map(Some).collect(), 0));
        }
        let Some((path, folder, tasks, at)) = open.last_mut() else { break };
        match folder.entry(*at) {
            None => {
                open.pop();
                continue;
            }
            Some((_, Some(child))) => next = tasks[child].take(),
            Some(_) if listing.count == max_files => {
                listing.truncated = true;
                break;
            }
            Some((name, None)) => listing.push(path, name),
        }
        *at += 1;
    }
    listing.skipped = skipped;
    Ok(listing)
}

/// The paths of folders already read.
fn collect(folders: &[Folder]) -> Listing {
    let mut listing = Listing::default();
    let mut path = String::new();
    // The folders from the root down: number, next entry, and the length of the parent's path.
    let mut open = vec![(0, 0, 0)];
    while let Some((number, at, parent_bytes)) = open.last_mut() {
        match folders[*number].entry(*at) {
            None => {
                path.truncate(*parent_bytes);
                open.pop();
            }
            Some((name, None)) => {
                *at += 1;
                listing.push(&path, name);
            }
            Some((name, Some(child))) => {
                *at += 1;
                let parent_bytes = path.len();
                path.push_str(name);
                path.push('/');
                open.push((child, 0, parent_bytes));
            }
        }
    }
    listing
}

/// The folders still to be read, shared by the threads.
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    /// How many folders have a number.
    numbers: AtomicUsize,
    files: AtomicUsize,
    max_files: usize,
}

struct State {
    waiting: Vec<(usize, Task)>,
    /// Folders taken and not finished: they may still add to `waiting`.
    busy: usize,
    /// A thread failed or the limit is passed: the others stop.
    stopped: bool,
}

impl Queue {
    fn new(root: Task, max_files: usize) -> Queue {
        let state = State { waiting: vec![(0, root)], busy: 0, stopped: false };
        Queue {
            state: Mutex::new(state),
            changed: Condvar::new(),
            numbers: AtomicUsize::new(1),
            files: AtomicUsize::new(0),
            max_files,
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
    fn work(
        &self,
        reader: &Reader<'_>,
        numbered: &mut Numbered,
        skipped: &mut Vec<Skipped>,
        limit: usize,
    ) -> Result<(), Error> {
        for _ in 0..limit {
            let Some((number, task)) = self.take() else { break };
            // Dropped on every way out, a panic included: the other threads must not wait for this one.
            let mut finish = Finish { queue: self, children: Vec::new(), stop: true };
            if let Some((mut folder, tasks)) = reader.read(&task, skipped)? {
                let first = self.numbers.fetch_add(tasks.len(), Ordering::Relaxed);
                folder.number_children_from(first);
                let before = self.files.fetch_add(folder.file_count(), Ordering::Relaxed);
                finish.stop = before.saturating_add(folder.file_count()) > self.max_files;
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
    queue: &'a Queue,
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
