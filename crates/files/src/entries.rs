//! The entries of a tree one by one, for who does not want to wait for, or to hold, all of them.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tenon_ignore::{Environment, errno_name};

use crate::error::Error;
use crate::listing::{LeftOutCounts, Listing, Skipped};
use crate::path::below;
use crate::walk::{Item, Kind, LeftOut, OrderedWalk, Reason, Select, Symlinks, WalkOptions};

/// Which entries to give, and what to say of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntriesOptions {
    /// Whether names that start with `.` count; on by default. `.git` never does.
    pub hidden: bool,
    /// Whether ignore rules apply and nested repositories are left out; on by default.
    pub ignore: bool,
    /// Whether folders are entries too; off by default.
    pub directories: bool,
    /// What becomes of symbolic links; they are left out by default.
    pub symlinks: Symlinks,
    /// Whether FIFOs, sockets and devices are entries; off by default.
    pub special: bool,
    /// Whether to ask for sizes and times, which costs a call to the system for each entry; off by default.
    pub stat: bool,
    /// Where git's configuration is.
    pub environment: Environment,
}

impl Default for EntriesOptions {
    fn default() -> EntriesOptions {
        EntriesOptions {
            hidden: true,
            ignore: true,
            directories: false,
            symlinks: Symlinks::default(),
            special: false,
            stat: false,
            environment: Environment::default(),
        }
    }
}

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Relative to the root, with `/` between its components; bytes as in [`Listing::paths`].
    pub path: Vec<u8>,
    /// What it is; of a link that is followed, what it leads to.
    pub kind: Kind,
    /// What the system says of it, where that was asked for and it said something.
    pub stat: Option<Stat>,
}

/// The size and time of an entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stat {
    /// In bytes.
    pub size: u64,
    /// When the content was changed last, in milliseconds since 1970.
    pub modified_ms: f64,
}

/// A walk through the entries of a tree in the order of their paths, which goes on where it stopped. It has nothing open
/// between two steps.
pub struct Entries {
    walk: OrderedWalk,
    stat: bool,
    follow: bool,
    left_out: Listing,
}

struct Wanted {
    directories: bool,
}

impl Select for Wanted {
    fn enters(&self, _path: &[u8]) -> bool {
        true
    }

    fn takes(&self, _path: &[u8], kind: Kind) -> bool {
        self.directories || kind != Kind::Directory
    }
}

impl Entries {
    /// The entries under `root`, which may be a link to a folder.
    ///
    /// # Errors
    /// [`Error::Io`] when `root` is missing, not a folder, or unreadable; [`Error::Aborted`] soon after `cancelled` is
    /// set.
    pub fn open(
        root: impl AsRef<Path>,
        options: EntriesOptions,
        cancelled: &AtomicBool,
    ) -> Result<Entries, Error> {
        let EntriesOptions { hidden, ignore, directories, symlinks, special, stat, environment } = options;
        let walked = WalkOptions { hidden, ignore, environment, include_left_out: false, symlinks, special };
        let walk = OrderedWalk::open(root.as_ref(), walked, Arc::new(Wanted { directories }), cancelled)?;
        Ok(Entries { walk, stat, follow: symlinks == Symlinks::Follow, left_out: Listing::default() })
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// [`Error::Aborted`] soon after `cancelled` is set; the walk has ended then.
    pub fn next(&mut self, cancelled: &AtomicBool) -> Result<Option<Entry>, Error> {
        while let Some(item) = self.walk.next(cancelled)? {
            match item {
                Item::LeftOut(left_out) => self.left_out.leave(left_out),
                Item::Entry(entry) if !self.stat => {
                    return Ok(Some(Entry { path: entry.path, kind: entry.kind, stat: None }));
                }
                Item::Entry(entry) => {
                    let location = below(self.walk.root(), &entry.path);
                    let metadata =
                        if self.follow { fs::metadata(location) } else { fs::symlink_metadata(location) };
                    let stat = match metadata {
                        Ok(metadata) => Some(stat_of(&metadata)),
                        Err(error) if is_absence(&error) => continue,
                        Err(error) => {
                            let path = entry.path.clone();
                            let reason = Reason::Unreadable(errno_name(&error));
                            self.left_out.report(LeftOut { path, reason });
                            None
                        }
                    };
                    return Ok(Some(Entry { path: entry.path, kind: entry.kind, stat }));
                }
            }
        }
        Ok(None)
    }

    /// How much was left out so far.
    pub fn left_out(&self) -> LeftOutCounts {
        self.left_out.left_out
    }

    /// What could not be read or was left out and not asked to be, since this was last asked, in the order of the walk.
    pub fn take_skipped(&mut self) -> Vec<Skipped> {
        std::mem::take(&mut self.left_out.skipped)
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(unix)]
fn stat_of(metadata: &fs::Metadata) -> Stat {
    use std::os::unix::fs::MetadataExt;
    // The arithmetic of Node, so that the sums are the same to the last bit.
    Stat {
        size: metadata.len(),
        modified_ms: metadata.mtime() as f64 * 1e3 + metadata.mtime_nsec() as f64 / 1e6,
    }
}

#[cfg(not(unix))]
fn stat_of(metadata: &fs::Metadata) -> Stat {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let modified_ms =
        since.map_or(0.0, |since| since.as_secs() as f64 * 1e3 + f64::from(since.subsec_nanos()) / 1e6);
    Stat { size: metadata.len(), modified_ms }
}
