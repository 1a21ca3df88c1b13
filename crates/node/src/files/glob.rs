//! Globs: lists packed by NUL in, as for listing out.

use super::list::{FilesListing, GitEnvironment, pack_listing};
use crate::{
    bytes::{NewBytes, Text},
    error,
    work::{Cancellation, Work},
};
use napi::{Env, bindgen_prelude::AsyncTask};
use napi_derive::napi;
use std::{path::Path, sync::atomic::AtomicBool};
use tenon_files::{GlobOptions, Globs, PatternOptions, path_from_bytes};

/// How patterns are read.
#[napi(object)]
pub struct FilesMatchOptions {
    /// Whether wildcards match names that start with a dot.
    pub dot: bool,
    /// Whether the case of ASCII letters counts.
    pub case_sensitive: bool,
}

/// Every option, with its default filled in.
#[napi(object)]
pub struct FilesGlobOptions {
    /// Whether wildcards match names that start with a dot.
    pub dot: bool,
    /// Whether the case of ASCII letters counts.
    pub case_sensitive: bool,
    /// Whether ignore rules apply.
    pub ignore: bool,
    /// Whether files are taken.
    pub files: bool,
    /// Whether folders are taken.
    pub folders: bool,
    /// Whether links stand for what they lead to.
    pub follow_symlinks: bool,
    /// The most paths to return.
    pub max_results: u32,
    /// The most names in a path.
    pub max_depth: u32,
    /// What git reads from the process environment.
    pub environment: GitEnvironment,
}

/// 1 for each of `count` paths that the patterns take; a slash at its end says that a path is a folder's.
#[napi(catch_unwind, ts_return_type = "Uint8Array")]
pub fn files_match_paths(
    env: &Env,
    #[napi(ts_arg_type = "string | Uint8Array")] paths: Text,
    count: u32,
    #[napi(ts_arg_type = "string | Uint8Array")] patterns: Text,
    options: FilesMatchOptions,
) -> napi::Result<NewBytes> {
    let FilesMatchOptions { dot, case_sensitive } = options;
    let options = PatternOptions { dot, case_sensitive, inside: false };
    let globs =
        Globs::new(&unpacked(&patterns), &[] as &[&[u8]], options).map_err(|error| error::glob(&error))?;
    let mut taken = NewBytes::zeros(env, count as usize)?;
    for (path, taken) in paths.bytes().split(|&byte| byte == 0).zip(taken.as_mut_slice()) {
        let folder = path.strip_suffix(b"/");
        *taken = u8::from(globs.takes(folder.unwrap_or(path), folder.is_some()));
    }
    Ok(taken)
}

/// What the patterns take below `cwd`.
#[napi(catch_unwind)]
pub fn files_glob_sync(
    #[napi(ts_arg_type = "string | Uint8Array")] cwd: Text,
    #[napi(ts_arg_type = "string | Uint8Array")] patterns: Text,
    #[napi(ts_arg_type = "string | Uint8Array")] exclude: Text,
    options: FilesGlobOptions,
) -> napi::Result<FilesListing> {
    let cwd = path_from_bytes(cwd.bytes());
    glob(&cwd, &unpacked(&patterns), &unpacked(&exclude), options, &AtomicBool::new(false))
}

/// What the patterns take below `cwd`, on the thread pool.
#[napi(catch_unwind, ts_return_type = "Promise<FilesListing>")]
pub fn files_glob(
    #[napi(ts_arg_type = "string | Uint8Array")] cwd: Text,
    #[napi(ts_arg_type = "string | Uint8Array")] patterns: Text,
    #[napi(ts_arg_type = "string | Uint8Array")] exclude: Text,
    options: FilesGlobOptions,
    cancellation: &Cancellation,
) -> AsyncTask<Work<FilesListing>> {
    let cwd = path_from_bytes(cwd.bytes());
    let cancelled = cancellation.flag();
    // The texts belong to the calling thread.
    let owned = |texts: &Text| unpacked(texts).into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (patterns, exclude) = (owned(&patterns), owned(&exclude));
    AsyncTask::new(Work::new(move || glob(&cwd, &patterns, &exclude, options, &cancelled)))
}

fn glob(
    cwd: &Path,
    patterns: &[impl AsRef<[u8]>],
    exclude: &[impl AsRef<[u8]>],
    options: FilesGlobOptions,
    cancelled: &AtomicBool,
) -> napi::Result<FilesListing> {
    let options = GlobOptions {
        dot: options.dot,
        case_sensitive: options.case_sensitive,
        ignore: options.ignore,
        files: options.files,
        folders: options.folders,
        follow_symlinks: options.follow_symlinks,
        max_results: options.max_results as usize,
        max_depth: options.max_depth as usize,
        threads: 0,
        environment: options.environment.into(),
    };
    pack_listing(tenon_files::glob(cwd, patterns, exclude, &options, cancelled).map_err(error::files)?)
}

/// The texts of a list; none of them is empty.
fn unpacked(texts: &Text) -> Vec<&[u8]> {
    let texts = texts.bytes();
    if texts.is_empty() { Vec::new() } else { texts.split(|&byte| byte == 0).collect() }
}
