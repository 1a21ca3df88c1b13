//! Walking: a handle that gives the entries of a root in batches. Nothing runs between two calls.

use crate::{
    bytes::{MAX_STRING_BYTES, Paths, Text},
    error,
    files::list::{GitEnvironment, counts, pack_skipped},
    work::{Cancellation, Work},
};
use napi::bindgen_prelude::{AsyncTask, Float64Array};
use napi_derive::napi;
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tenon_files::{Entries, EntriesOptions, Kind, Symlinks, path_from_bytes};

/// Every option, with its default filled in.
#[napi(object)]
pub struct FilesWalkOptions {
    /// Whether names that start with `.` count.
    pub hidden: bool,
    /// Whether ignore rules apply.
    pub ignore: bool,
    /// Whether directories are entries.
    pub directories: bool,
    /// What becomes of links: 0 they are left out, 1 they are entries, 2 they are followed.
    pub symlinks: u32,
    /// Whether FIFOs, sockets and devices are entries.
    pub special: bool,
    /// Whether to ask for sizes and times.
    pub stat: bool,
    /// What git reads from the process environment.
    pub environment: GitEnvironment,
}

/// Some entries, and what was left out.
#[napi(object, object_from_js = false)]
pub struct FilesBatch {
    /// The paths, joined by NUL.
    #[napi(ts_type = "string")]
    pub paths: Paths,
    /// A letter for each: `f`, `d`, `l` or `o`. None at the end of the walk.
    pub kinds: String,
    /// Size and time of each, NaN where they are not known; empty where they were not asked for.
    pub stats: Float64Array,
    /// Path and reason in turn, joined by NUL, of what was skipped since the last batch.
    #[napi(ts_type = "string")]
    pub skipped: Paths,
    /// How many were left out so far, as in `FilesListing`.
    pub left_out: Vec<f64>,
}

/// A walk that goes on where it stopped.
#[napi]
pub struct FilesWalk {
    walk: Arc<Shared>,
    stat: bool,
}

struct Shared {
    state: Mutex<State>,
    /// A batch on its way does not put the walk back.
    closed: AtomicBool,
}

enum State {
    Waiting(PathBuf, Box<EntriesOptions>),
    Open(Box<Entries>),
    Closed,
}

#[napi]
impl FilesWalk {
    /// A walk of `root`, which is looked at by the first `next`.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        #[napi(ts_arg_type = "string | Uint8Array")] root: Text,
        options: FilesWalkOptions,
    ) -> napi::Result<Self> {
        let FilesWalkOptions { hidden, ignore, directories, symlinks, special, stat, environment } = options;
        let symlinks = match symlinks {
            0 => Symlinks::LeaveOut,
            1 => Symlinks::Take,
            2 => Symlinks::Follow,
            _ => return Err(error::invalid_argument("symlinks must be 0, 1 or 2")),
        };
        let environment = environment.into();
        let options = EntriesOptions { hidden, ignore, directories, symlinks, special, stat, environment };
        let state = State::Waiting(path_from_bytes(root.bytes()), Box::new(options));
        Ok(Self { walk: Arc::new(Shared { state: Mutex::new(state), closed: AtomicBool::new(false) }), stat })
    }

    /// At most so many entries, on the thread pool; none at the end.
    #[napi(catch_unwind, ts_return_type = "Promise<FilesBatch>")]
    pub fn next(&self, most: u32, cancellation: &Cancellation) -> AsyncTask<Work<FilesBatch>> {
        let walk = Arc::clone(&self.walk);
        let (stat, cancelled) = (self.stat, cancellation.flag());
        AsyncTask::new(Work::new(move || {
            let batch = next(&mut lock(&walk.state), most, stat, &cancelled);
            // Looked at without the lock: until then a call of `close` could not take it.
            if walk.closed.load(Ordering::SeqCst) {
                *lock(&walk.state) = State::Closed;
            }
            batch
        }))
    }

    /// Frees what the walk holds; a batch on its way does so at its end.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.walk.closed.store(true, Ordering::SeqCst);
        if let Ok(mut state) = self.walk.state.try_lock() {
            *state = State::Closed;
        }
    }
}

/// Left behind by a panic, the walk is closed: it was taken out.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next batch. A walk that failed is closed.
fn next(state: &mut State, most: u32, stat: bool, cancelled: &AtomicBool) -> napi::Result<FilesBatch> {
    let mut walk = match std::mem::replace(state, State::Closed) {
        State::Open(walk) => walk,
        State::Waiting(root, options) => {
            Box::new(Entries::open(root, *options, cancelled).map_err(error::files)?)
        }
        State::Closed => return Err(error::closed("the walk")),
    };
    let (mut paths, mut kinds, mut stats) = (Vec::new(), String::new(), Vec::new());
    for _ in 0..most {
        let Some(entry) = walk.next(cancelled).map_err(error::files)? else { break };
        if !kinds.is_empty() {
            paths.push(0);
        }
        paths.extend_from_slice(&entry.path);
        kinds.push(match entry.kind {
            Kind::File => 'f',
            Kind::Directory => 'd',
            Kind::Symlink => 'l',
            Kind::Other => 'o',
        });
        if stat {
            stats.push(entry.stat.map_or(f64::NAN, |stat| stat.size as f64));
            stats.push(entry.stat.map_or(f64::NAN, |stat| stat.modified_ms));
        }
    }
    if paths.len() > MAX_STRING_BYTES {
        return Err(error::too_long("the paths"));
    }
    let batch = FilesBatch {
        paths: Paths(paths),
        kinds,
        stats: Float64Array::new(stats),
        skipped: pack_skipped(&walk.take_skipped()),
        left_out: counts(&walk.left_out()),
    };
    *state = State::Open(walk);
    Ok(batch)
}
