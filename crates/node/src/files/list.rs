//! Listing: a root in, packed strings out.

use crate::{
    bytes::MAX_STRING_BYTES,
    error,
    work::{Cancellation, Work},
};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use std::{path::Path, sync::atomic::AtomicBool};
use tenon_files::{Environment, ListOptions, Listing, Skipped};

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
}

/// The files of a root.
#[napi(object)]
pub struct FilesListing {
    /// The paths, joined by NUL.
    pub paths: String,
    /// The number of paths: no paths and one empty path would pack alike.
    pub count: u32,
    /// Path and reason in turn, joined by NUL.
    pub skipped: String,
    /// Whether `max_files` cut the list short.
    pub truncated: bool,
}

/// Lists the files under `root`.
#[napi(catch_unwind)]
pub fn files_list_sync(root: String, options: FilesListOptions) -> napi::Result<FilesListing> {
    list(&root, options, &AtomicBool::new(false))
}

/// Lists the files under `root` on the thread pool.
#[napi(catch_unwind, ts_return_type = "Promise<FilesListing>")]
pub fn files_list(
    root: String,
    options: FilesListOptions,
    cancellation: &Cancellation,
) -> AsyncTask<Work<FilesListing>> {
    let cancelled = cancellation.flag();
    AsyncTask::new(Work::new(move || list(&root, options, &cancelled)))
}

fn list(root: &str, options: FilesListOptions, cancelled: &AtomicBool) -> napi::Result<FilesListing> {
    let listing = listing(root, options, cancelled)?;
    if listing.packed.len() > MAX_STRING_BYTES {
        return Err(error::too_long("the paths"));
    }
    Ok(FilesListing {
        count: u32::try_from(listing.count).map_err(|_| error::internal("more than 2^32 files"))?,
        skipped: pack_skipped(&listing.skipped),
        paths: listing.packed,
        truncated: listing.truncated,
    })
}

/// The files under `root`, yet to be packed.
pub(super) fn listing(
    root: &str,
    options: FilesListOptions,
    cancelled: &AtomicBool,
) -> napi::Result<Listing> {
    let FilesListOptions { hidden, ignore, max_files, environment } = options;
    let options = ListOptions {
        hidden,
        ignore,
        max_files: max_files as usize,
        threads: 0,
        environment: Environment {
            home: environment.home.map(Into::into),
            xdg_config_home: environment.xdg_config_home.map(Into::into),
            git_config_global: environment.git_config_global.map(Into::into),
            git_config_system: environment.git_config_system.map(Into::into),
            git_config_nosystem: environment.git_config_nosystem,
        },
    };
    tenon_files::list(Path::new(root), &options, cancelled).map_err(error::files)
}

/// Path and reason in turn, joined by NUL.
pub(super) fn pack_skipped(skipped: &[Skipped]) -> String {
    let fields = skipped.iter().flat_map(|skipped| [skipped.path.as_str(), &skipped.reason]);
    fields.collect::<Vec<_>>().join("\0")
}
