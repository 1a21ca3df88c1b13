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
//! assert_eq!(listing.paths().collect::<Vec<_>>(), [&b".gitignore"[..], b"kept.txt"]);
//! assert_eq!(listing.left_out.ignored, 1);
//! assert!(listing.skipped.is_empty() && !listing.truncated);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Cost.** One directory read a folder and no `stat` where the file system records the kind of its entries; the rules
//! of `tenon-ignore` for each entry; and the index of the repository, read once. Up to four threads by default. The
//! memory is the names read and the paths returned. A limit on the number of files ends the walk, which is then done in
//! order by one thread.
//!
//! [`Entries`] gives the same files one by one, with folders, links, sizes and times where they are asked for. [`glob`]
//! gives what patterns match, and reads no folder that can hold none of it; [`Globs`] matches paths alone.
//!
//! **When not to use it.** Where the answer should stay current, watch the tree instead of listing it again.

mod entries;
mod error;
pub mod find;
mod glob;
pub mod grep;
mod listing;
mod path;
mod walk;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use walk::{Everything, Item, OrderedWalk, Select, WalkOptions, walk_all};

pub use entries::{Entries, EntriesOptions, Entry, Stat};
pub use error::Error;
pub use glob::{GlobError, GlobFault, GlobOptions, Globs, PatternOptions, glob};
pub use listing::{LeftOutCounts, Listing, Skipped};
pub use path::{path_from_bytes, to_utf16};
pub use tenon_ignore::{Environment, errno_name};
pub use walk::{Kind, Symlinks};

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
/// A subfolder that cannot be read, a repository inside the repository, and a rule file, configuration file or index
/// that cannot be used are in [`Listing::skipped`]; what disappears during the walk is not there. The result does not
/// depend on the number of threads.
///
/// # Errors
/// [`Error::Io`] when `root` is missing, not a folder, or unreadable; [`Error::Aborted`] soon after `cancelled` is set.
pub fn list(root: impl AsRef<Path>, options: &ListOptions, cancelled: &AtomicBool) -> Result<Listing, Error> {
    let root = root.as_ref();
    let walked = WalkOptions {
        hidden: options.hidden,
        ignore: options.ignore,
        environment: options.environment.clone(),
        ..WalkOptions::default()
    };
    list_selected(root, walked, Arc::new(Everything), options.threads, options.max_files, cancelled)
}

/// What a selection takes of a tree.
fn list_selected<S: Select + Send + 'static>(
    root: &Path,
    options: WalkOptions,
    select: Arc<S>,
    threads: usize,
    max_paths: usize,
    cancelled: &AtomicBool,
) -> Result<Listing, Error> {
    match walk_all(root, options.clone(), &*select, threads, max_paths, cancelled)? {
        Some(listing) => Ok(listing),
        None => list_in_order(root, options, select, max_paths, cancelled),
    }
}

/// The first `max_paths` of them.
fn list_in_order<S: Select + Send + 'static>(
    root: &Path,
    options: WalkOptions,
    select: Arc<S>,
    max_paths: usize,
    cancelled: &AtomicBool,
) -> Result<Listing, Error> {
    let mut walk = OrderedWalk::open(root, options, select, cancelled)?;
    let mut listing = Listing::default();
    while let Some(item) = walk.next(cancelled)? {
        match item {
            Item::LeftOut(left_out) => listing.leave(left_out),
            Item::Entry(_) if listing.count == max_paths => {
                listing.truncated = true;
                break;
            }
            Item::Entry(entry) => listing.push(&entry.path, b""),
        }
    }
    listing.skipped.sort();
    Ok(listing)
}
