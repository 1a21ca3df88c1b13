//! Every regular file under a folder that git would not ignore, in the order of the paths' bytes.
//!
//! [`list`] gives what `git ls-files -co --exclude-standard` gives, without links, without files that are gone, and
//! with a report of everything it could not look at or take in: no file is dropped without a word.
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//! use tenon_files::{ListOptions, list};
//!
//! # let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("kept.txt"), "")?;
//! std::fs::write(folder.path().join("left.log"), "")?;
//! std::fs::write(folder.path().join(".gitignore"), "*.log\n")?;
//! let listing = list(folder.path(), &ListOptions::default(), &AtomicBool::new(false))?;
//! assert_eq!(listing.paths().collect::<Vec<_>>(), [".gitignore", "kept.txt"]);
//! assert!(listing.skipped.is_empty() && !listing.truncated);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Cost.** One directory read a folder and no `stat` where the file system records the kind of its entries; the rules
//! of `tenon-ignore` for each entry; and the index of the repository, read once. Up to four threads by default. The
//! memory is the names read and the paths returned. A limit on the number of files ends the walk, which is then done in
//! order by one thread.
//!
//! **When not to use it.** There are no globs, no file sizes or times, and links are never followed. Where the answer
//! should stay current, watch the tree instead of listing it again.

mod error;
pub mod find;
mod folder;
mod listing;
mod scope;
mod walk;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use folder::Reader;
use scope::{Reports, Surroundings, Task, Territory, root_task};
use tenon_ignore::{RuleStack, Unread};

pub use error::Error;
pub use listing::{Listing, Skipped};
pub use tenon_ignore::{Environment, errno_name};

/// What to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListOptions {
    /// Whether files and folders whose name starts with `.` count; on by default. `.git` never does.
    pub hidden: bool,
    /// Whether ignore rules apply and nested repositories are left out; on by default.
    pub ignore: bool,
    /// The most files to return, without limit by default; those that come first are kept.
    pub max_files: usize,
    /// The most threads to use; 0, the default, chooses.
    pub threads: usize,
    /// Where git's configuration is.
    pub environment: Environment,
}

impl Default for ListOptions {
    fn default() -> ListOptions {
        ListOptions {
            hidden: true,
            ignore: true,
            max_files: usize::MAX,
            threads: 0,
            environment: Environment::default(),
        }
    }
}

/// The files under `root`, which may be a link to a folder.
///
/// A subfolder that cannot be read, a name that is not UTF-8, a repository inside the repository, and a rule file,
/// configuration file or index that cannot be used are in [`Listing::skipped`]; what disappears during the walk is not
/// there. The result does not depend on the number of threads.
///
/// # Errors
/// [`Error::Io`] when `root` is missing, not a folder, or unreadable; [`Error::Aborted`] soon after `cancelled` is set.
pub fn list(root: impl AsRef<Path>, options: &ListOptions, cancelled: &AtomicBool) -> Result<Listing, Error> {
    let given = root.as_ref();
    let failed = |source| Error::Io { operation: "read directory", path: given.to_owned(), source };
    let root = fs::canonicalize(given).map_err(failed)?;
    if !fs::metadata(&root).map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::NotADirectory.into()));
    }
    fs::read_dir(&root).map_err(failed)?;

    let reader = Reader {
        root: &root,
        hidden: options.hidden,
        ignore: options.ignore,
        surroundings: Surroundings {
            environment: &options.environment,
            cancelled,
            reports: Reports::default(),
        },
    };
    let mut listing = match walk::walk_all(&reader, start(&reader), options.threads, options.max_files)? {
        Some(listing) => listing,
        None => {
            // What the first walk met behind the limit must not show.
            reader.surroundings.reports.take();
            walk::walk_in_order(&reader, start(&reader), options.max_files)?
        }
    };
    // An index that was given up is reported like one that cannot be used.
    reader.check()?;
    let unread = reader.surroundings.reports.take().into_iter();
    listing
        .skipped
        .extend(unread.map(|Unread { path, reason }| Skipped { path: shown(&path, &root), reason }));
    listing.skipped.sort();
    Ok(listing)
}

/// A path as reports give it: relative to the root when it lies below, `.` for the root, `/` between its components.
fn shown(path: &Path, root: &Path) -> String {
    if path == root {
        return ".".to_owned();
    }
    let (path, root) = (path.to_string_lossy(), root.to_string_lossy());
    // The root of a file system ends with its separator.
    let root = root.strip_suffix(std::path::MAIN_SEPARATOR).unwrap_or(&root);
    let below = path.strip_prefix(root).and_then(|rest| rest.strip_prefix(std::path::MAIN_SEPARATOR));
    let shown = below.unwrap_or(&path);
    if cfg!(windows) { shown.trim_start_matches(r"\\?\").replace('\\', "/") } else { shown.to_owned() }
}

/// The task every walk starts with.
fn start(reader: &Reader<'_>) -> Task {
    let (territory, rules) = if reader.ignore {
        Territory::of_root(reader.root, &reader.surroundings)
    } else {
        (Territory::without_rules(), RuleStack::default())
    };
    root_task(reader.root, territory, rules, &reader.surroundings.reports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_report_is_relative_to_the_root_where_it_lies_below() {
        for (path, root, expected) in [
            ("/tmp/x/bad", "/", "tmp/x/bad"),
            ("/tmp/x/bad", "/tmp/x", "bad"),
            ("/tmp/xy/bad", "/tmp/x", "/tmp/xy/bad"),
            ("/tmp/x", "/tmp/x", "."),
            ("/", "/", "."),
        ] {
            assert_eq!(shown(Path::new(path), Path::new(root)), expected, "{path} below {root}");
        }
    }
}
