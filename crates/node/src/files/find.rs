//! Finding: a query and paths in, one array of numbers out: for each path found its index, its score, how many positions
//! follow, and these.

use super::list::{FilesListOptions, counts, listing, pack_skipped};
use crate::{
    bytes::{Numbers, Paths as PackedPaths, Text},
    error,
    handle::Owned,
    work::{Cancellation, Work},
};
use napi::{
    Env,
    bindgen_prelude::{AsyncTask, ObjectFinalize},
};
use napi_derive::napi;
use std::sync::{Arc, atomic::AtomicBool};
use tenon_files::{
    find::{Case, FindOptions, Found, PathSet, Query, find},
    path_from_bytes,
};

/// Paths that many searches share.
#[napi(custom_finalize)]
pub struct FilesPathSet(Owned<PathSet>);

#[napi]
impl FilesPathSet {
    /// Takes in `count` paths, joined by NUL: a string, or UTF-16 in bytes where surrogates stand alone.
    #[napi(constructor, catch_unwind, ts_args_type = "packed: string | Uint8Array, count: number")]
    pub fn new(env: Env, packed: Text, count: u32) -> napi::Result<Self> {
        let paths = Packed::new(packed, count).unpack()?.prepared();
        let size = paths.size_bytes();
        let owned = Owned::new(paths, "the path set");
        owned.report(&env, size)?;
        Ok(Self(owned))
    }

    /// Gives the memory back; a second call does nothing.
    #[napi(catch_unwind)]
    pub fn close(&self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}

impl ObjectFinalize for FilesPathSet {
    fn finalize(self, env: Env) -> napi::Result<()> {
        self.0.close(&env)
    }
}

/// Every option, with its default filled in.
#[napi(object)]
pub struct FilesFindOptions {
    /// The most paths to return.
    pub limit: u32,
    /// How many characters of a term may be missing.
    pub typos: u32,
    /// 0 smart, 1 ignore, 2 respect.
    pub letter_case: u32,
}

/// What was found under a root.
#[napi(object, object_from_js = false)]
pub struct FilesFoundBelow {
    /// For each path its score, how many positions follow, these, how many code units follow, and these: the path.
    #[napi(ts_type = "Uint32Array")]
    pub found: Numbers,
    /// Path and reason in turn, joined by NUL.
    #[napi(ts_type = "string")]
    pub skipped: PackedPaths,
    /// How many were left out, as in `FilesListing`.
    pub left_out: Vec<f64>,
    /// Whether there were more files than could be listed.
    pub truncated: bool,
}

/// Finds among the paths of a set, or among `count` paths that are packed as for `FilesPathSet`.
#[napi(
    catch_unwind,
    ts_args_type = "query: string | Uint8Array, options: FilesFindOptions, set: FilesPathSet | undefined, packed?: string | Uint8Array, count?: number",
    ts_return_type = "Uint32Array"
)]
pub fn files_find_sync(
    query: Text,
    options: FilesFindOptions,
    set: Option<&FilesPathSet>,
    packed: Option<Text>,
    count: Option<u32>,
) -> napi::Result<Numbers> {
    let paths = Paths::new(set, packed, count)?;
    search(&units(&query), &options, paths, &AtomicBool::new(false))
}

/// As `filesFindSync`, on the thread pool.
#[napi(
    catch_unwind,
    ts_args_type = "query: string | Uint8Array, options: FilesFindOptions, set: FilesPathSet | undefined, packed: string | Uint8Array | undefined, count: number | undefined, cancellation: Cancellation",
    ts_return_type = "Promise<Uint32Array>"
)]
pub fn files_find(
    query: Text,
    options: FilesFindOptions,
    set: Option<&FilesPathSet>,
    packed: Option<Text>,
    count: Option<u32>,
    cancellation: &Cancellation,
) -> napi::Result<AsyncTask<Work<Numbers>>> {
    let (query, paths) = (units(&query), Paths::new(set, packed, count)?);
    let cancelled = cancellation.flag();
    Ok(AsyncTask::new(Work::new(move || search(&query, &options, paths, &cancelled))))
}

/// Finds among the files under `root`, on the thread pool.
#[napi(
    catch_unwind,
    ts_args_type = "query: string | Uint8Array, options: FilesFindOptions, root: string | Uint8Array, listing: FilesListOptions, cancellation: Cancellation",
    ts_return_type = "Promise<FilesFoundBelow>"
)]
pub fn files_find_below(
    query: Text,
    options: FilesFindOptions,
    root: Text,
    list_options: FilesListOptions,
    cancellation: &Cancellation,
) -> AsyncTask<Work<FilesFoundBelow>> {
    let (query, cancelled) = (units(&query), cancellation.flag());
    let root = path_from_bytes(root.bytes());
    AsyncTask::new(Work::new(move || {
        let query = read(&query, &options)?;
        let listing = listing(&root, list_options, &cancelled)?;
        let (skipped, left_out) = (pack_skipped(&listing.skipped), counts(&listing.left_out));
        let paths = if listing.count == 0 {
            PathSet::default()
        } else {
            PathSet::from_names(listing.packed).ok_or_else(too_large)?
        };
        let found = run(&query, &paths, &options, &cancelled)?;
        let mut numbers = Vec::new();
        for Found { index, score, positions } in found {
            numbers.push(score.cast_unsigned());
            push_counted(&mut numbers, positions)?;
            push_counted(&mut numbers, paths.units(index))?;
        }
        Ok(FilesFoundBelow { found: Numbers(numbers), skipped, left_out, truncated: listing.truncated })
    }))
}

/// Where to search.
enum Paths {
    Shared(Arc<PathSet>),
    Packed(Packed),
}

impl Paths {
    fn new(set: Option<&FilesPathSet>, packed: Option<Text>, count: Option<u32>) -> napi::Result<Self> {
        match (set, packed, count) {
            (Some(FilesPathSet(owned)), ..) => Ok(Self::Shared(owned.get()?)),
            (None, Some(packed), Some(count)) => Ok(Self::Packed(Packed::new(packed, count))),
            _ => Err(error::invalid_argument("there are no paths")),
        }
    }
}

/// Paths as JavaScript packed them, copied.
struct Packed {
    bytes: Vec<u8>,
    is_utf16: bool,
    count: u32,
}

impl Packed {
    fn new(packed: Text, count: u32) -> Self {
        Self { is_utf16: !packed.is_string(), bytes: packed.into_bytes(), count }
    }

    fn unpack(self) -> napi::Result<PathSet> {
        let paths = match self {
            Self { count: 0, .. } => Some(PathSet::default()),
            Self { bytes, is_utf16: true, .. } => PathSet::from_utf16(code_units(&bytes)),
            Self { bytes, .. } => PathSet::from_wtf8(bytes),
        };
        let paths = paths.ok_or_else(too_large)?;
        if paths.len() == self.count as usize {
            Ok(paths)
        } else {
            Err(error::invalid_argument("paths must be paths without NUL"))
        }
    }
}

fn search(
    query: &[u16],
    options: &FilesFindOptions,
    paths: Paths,
    cancelled: &AtomicBool,
) -> napi::Result<Numbers> {
    let query = read(query, options)?;
    let paths = match paths {
        Paths::Shared(paths) => paths,
        Paths::Packed(packed) => Arc::new(packed.unpack()?),
    };
    let mut numbers = Vec::new();
    for Found { index, score, positions } in run(&query, &paths, options, cancelled)? {
        numbers.push(u32::try_from(index).map_err(|_| error::internal("more than 2^32 paths"))?);
        numbers.push(score.cast_unsigned());
        push_counted(&mut numbers, positions)?;
    }
    Ok(Numbers(numbers))
}

fn run(
    query: &Query,
    paths: &PathSet,
    options: &FilesFindOptions,
    cancelled: &AtomicBool,
) -> napi::Result<Vec<Found>> {
    let options = FindOptions { limit: options.limit as usize, threads: 0 };
    find(query, paths, &options, cancelled).map_err(error::files)
}

fn read(query: &[u16], options: &FilesFindOptions) -> napi::Result<Query> {
    let case = match options.letter_case {
        0 => Case::Smart,
        1 => Case::Ignore,
        _ => Case::Respect,
    };
    Query::from_utf16(query.iter().copied(), case, options.typos).map_err(error::files)
}

fn push_counted(numbers: &mut Vec<u32>, values: Vec<u32>) -> napi::Result<()> {
    numbers.push(u32::try_from(values.len()).map_err(|_| error::internal("a path is too long"))?);
    numbers.extend(values);
    Ok(())
}

/// The code units of a text: a string, or UTF-16 in bytes.
fn units(text: &Text) -> Vec<u16> {
    if text.is_string() {
        String::from_utf8_lossy(text.bytes()).encode_utf16().collect()
    } else {
        code_units(text.bytes()).collect()
    }
}

fn code_units(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
}

fn too_large() -> napi::Error {
    error::too_long("the paths")
}
