//! Listing: a root in, packed strings out.

use crate::{
    bytes::{MAX_STRING_BYTES, Paths, Text},
    error,
    work::{Cancellation, Work},
};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};
use tenon_files::{Environment, LeftOutCounts, ListOptions, Listing, Skipped, path_from_bytes};

/// Every option, with its default filled in.
#[napi(object)]
pub struct FilesListOptions {
    /// Whether names that start with `.` count.
    pub hidden: bool,
    /// Whether ignore rules apply.
    pub ignore: bool,
    /// The most files to return.
    pub max_files: u32,
    /// What git reads from the process environment.
    pub environment: GitEnvironment,
}

/// Environment variables; undefined means unset.
#[napi(object)]
pub struct GitEnvironment {
    /// `HOME`
    pub home: Option<String>,
    /// `XDG_CONFIG_HOME`
    pub xdg_config_home: Option<String>,
    /// `GIT_CONFIG_GLOBAL`
    pub git_config_global: Option<String>,
    /// `GIT_CONFIG_SYSTEM`
    pub git_config_system: Option<String>,
    /// `GIT_CONFIG_NOSYSTEM`
    pub git_config_nosystem: Option<String>,
    /// `GIT_CONFIG_KEY_n` and `GIT_CONFIG_VALUE_n` in turn
    pub git_config_parameters: Option<Vec<String>>,
}

impl From<GitEnvironment> for Environment {
    fn from(given: GitEnvironment) -> Environment {
        let parameters = given.git_config_parameters.unwrap_or_default();
        let (pairs, _) = parameters.as_chunks::<2>();
        Environment {
            home: given.home.map(Into::into),
            xdg_config_home: given.xdg_config_home.map(Into::into),
            git_config_global: given.git_config_global.map(Into::into),
            git_config_system: given.git_config_system.map(Into::into),
            git_config_nosystem: given.git_config_nosystem,
            git_config_parameters: pairs.iter().map(|[key, value]| (key.clone(), value.clone())).collect(),
            repository_only: false,
        }
    }
}

/// The files of a root.
#[napi(object, object_from_js = false)]
pub struct FilesListing {
    /// The paths, joined by NUL.
    #[napi(ts_type = "string")]
    pub paths: Paths,
    /// The number of paths: no paths and one empty path would pack alike.
    pub count: u32,
    /// Path and reason in turn, joined by NUL.
    #[napi(ts_type = "string")]
    pub skipped: Paths,
    /// How many were left out: ignored, hidden, links, special, unreadable, nested repositories.
    pub left_out: Vec<f64>,
    /// Whether `max_files` cut the list short.
    pub truncated: bool,
}

/// Lists the files under `root`.
#[napi(catch_unwind)]
pub fn files_list_sync(
    #[napi(ts_arg_type = "string | Uint8Array")] root: Text,
    options: FilesListOptions,
) -> napi::Result<FilesListing> {
    list(&path_from_bytes(root.bytes()), options, &AtomicBool::new(false))
}

/// Lists the files under `root` on the thread pool.
#[napi(catch_unwind, ts_return_type = "Promise<FilesListing>")]
pub fn files_list(
    #[napi(ts_arg_type = "string | Uint8Array")] root: Text,
    options: FilesListOptions,
    cancellation: &Cancellation,
) -> AsyncTask<Work<FilesListing>> {
    let root: PathBuf = path_from_bytes(root.bytes());
    let cancelled = cancellation.flag();
    AsyncTask::new(Work::new(move || list(&root, options, &cancelled)))
}

fn list(root: &Path, options: FilesListOptions, cancelled: &AtomicBool) -> napi::Result<FilesListing> {
    pack_listing(listing(root, options, cancelled)?)
}

/// The files under `root`, not yet packed.
pub(super) fn listing(
    root: &Path,
    options: FilesListOptions,
    cancelled: &AtomicBool,
) -> napi::Result<Listing> {
    let FilesListOptions { hidden, ignore, max_files, environment } = options;
    let max_files = max_files as usize;
    let options = ListOptions { hidden, ignore, max_files, threads: 0, environment: environment.into() };
    tenon_files::list(root, &options, cancelled).map_err(error::files)
}

/// A listing for JavaScript.
pub(super) fn pack_listing(listing: Listing) -> napi::Result<FilesListing> {
    if listing.packed.len() > MAX_STRING_BYTES {
        return Err(error::too_long("the paths"));
    }
    Ok(FilesListing {
        count: u32::try_from(listing.count).map_err(|_| error::internal("more than 2^32 files"))?,
        skipped: pack_skipped(&listing.skipped),
        left_out: counts(&listing.left_out),
        paths: Paths(listing.packed),
        truncated: listing.truncated,
    })
}

/// Path and reason in turn, joined by NUL.
pub(super) fn pack_skipped(skipped: &[Skipped]) -> Paths {
    let fields = skipped.iter().flat_map(|skipped| [skipped.path.as_slice(), skipped.reason.as_bytes()]);
    Paths(fields.collect::<Vec<_>>().join(&0))
}

/// The counts in the order of [`FilesListing::left_out`].
pub(super) fn counts(counts: &LeftOutCounts) -> Vec<f64> {
    let LeftOutCounts { ignored, hidden, symlinks, special, unreadable, nested_repositories, .. } = *counts;
    [ignored, hidden, symlinks, special, unreadable, nested_repositories].map(|count| count as f64).to_vec()
}
