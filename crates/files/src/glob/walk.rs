//! Globs over a tree.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tenon_ignore::Environment;

use super::{Globs, PatternOptions};
use crate::error::Error;
use crate::list_selected;
use crate::listing::Listing;
use crate::walk::{Kind, Select, Symlinks, WalkOptions};

/// What to look for, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobOptions {
    /// Whether wildcards match names that start with a dot; off by default. `.git` is never looked into.
    pub dot: bool,
    /// Whether the case of ASCII letters counts; on by default.
    pub case_sensitive: bool,
    /// Whether git's rules apply; on by default.
    pub ignore: bool,
    /// Whether files are taken; on by default.
    pub files: bool,
    /// Whether folders are taken; off by default.
    pub folders: bool,
    /// Whether links stand for what they lead to; off by default: they are left out.
    pub follow_symlinks: bool,
    /// The most paths to return, without limit by default; those that come first are kept.
    pub max_results: usize,
    /// The most names in a path, without limit by default.
    pub max_depth: usize,
    /// The most threads to use; 0, the default, chooses.
    pub threads: usize,
    /// Where git's configuration is.
    pub environment: Environment,
}

impl Default for GlobOptions {
    fn default() -> GlobOptions {
        GlobOptions {
            dot: false,
            case_sensitive: true,
            ignore: true,
            files: true,
            folders: false,
            follow_symlinks: false,
            max_results: usize::MAX,
            max_depth: usize::MAX,
            threads: 0,
            environment: Environment::default(),
        }
    }
}

/// What patterns take of the tree below `cwd`, without what `exclude` takes.
///
/// Folders that can hold nothing wanted are not read.
///
/// # Errors
/// [`Error::Glob`] where a pattern cannot be used, and as [`list`](crate::list).
pub fn glob(
    cwd: impl AsRef<Path>,
    patterns: &[impl AsRef<[u8]>],
    exclude: &[impl AsRef<[u8]>],
    options: &GlobOptions,
    cancelled: &AtomicBool,
) -> Result<Listing, Error> {
    let GlobOptions { dot, case_sensitive, files, folders, max_depth, .. } = *options;
    let globs = Globs::new(patterns, exclude, PatternOptions { dot, case_sensitive, inside: true })?;
    let walked = WalkOptions {
        hidden: true,
        ignore: options.ignore,
        environment: options.environment.clone(),
        symlinks: if options.follow_symlinks { Symlinks::Follow } else { Symlinks::LeaveOut },
        ..WalkOptions::default()
    };
    let wanted = Arc::new(Wanted { globs, files, folders, max_depth });
    list_selected(cwd.as_ref(), walked, wanted, options.threads, options.max_results, cancelled)
}

struct Wanted {
    globs: Globs,
    files: bool,
    folders: bool,
    max_depth: usize,
}

impl Select for Wanted {
    fn enters(&self, path: &[u8]) -> bool {
        let folder = path.strip_suffix(b"/").unwrap_or(path);
        let is_above = self.max_depth == usize::MAX
            || path.iter().filter(|&&byte| byte == b'/').count() < self.max_depth;
        is_above && self.globs.enters(folder)
    }

    fn takes(&self, path: &[u8], kind: Kind) -> bool {
        let is_folder = kind == Kind::Directory;
        (if is_folder { self.folders } else { self.files }) && self.globs.takes(path, is_folder)
    }
}
