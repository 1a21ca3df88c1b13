//! Going through a tree: what a walk is asked for, and what it gives, in the order of the paths.

mod folder;
mod names;
mod ordered;
mod parallel;
mod scope;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tenon_ignore::Environment;

use crate::error::Error;

pub(crate) use ordered::OrderedWalk;
pub(crate) use parallel::walk_all;

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link that is not followed.
    Symlink,
    /// A FIFO, a socket or a device.
    Other,
}

/// What becomes of symbolic links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Symlinks {
    /// They are left out.
    #[default]
    LeaveOut,
    /// They are entries themselves.
    Take,
    /// They stand for what they lead to, where that lies below the root, outside of `.git`, and is not a folder that
    /// the walk is in; otherwise they are left out.
    Follow,
}

/// How a tree is walked.
#[derive(Clone, Debug, Default)]
pub(crate) struct WalkOptions {
    /// Whether names that start with `.` count.
    pub(crate) hidden: bool,
    /// Whether git's rules apply, and nested repositories are left out.
    pub(crate) ignore: bool,
    pub(crate) environment: Environment,
    /// Whether hidden and ignored entries are walked too; they say so.
    pub(crate) include_left_out: bool,
    pub(crate) symlinks: Symlinks,
    /// Whether FIFOs, sockets and devices are entries.
    pub(crate) special: bool,
}

/// What a walk is asked for: pure questions about paths relative to the root, asked of everything, whatever the rules
/// say about it.
pub(crate) trait Select: Sync {
    /// Whether anything below the folder at `path`, with a slash at its end, may be wanted.
    fn enters(&self, path: &[u8]) -> bool;
    /// Whether the entry at `path` itself is wanted. A link that is not or cannot be followed is a symlink.
    fn takes(&self, path: &[u8], kind: Kind) -> bool;
}

/// Wants everything but folders themselves.
pub(crate) struct Everything;

impl Select for Everything {
    fn enters(&self, _path: &[u8]) -> bool {
        true
    }

    fn takes(&self, _path: &[u8], kind: Kind) -> bool {
        kind != Kind::Directory
    }
}

/// One step of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Entry(Entry),
    LeftOut(LeftOut),
}

/// What a search for the next thing gives.
pub(crate) enum Turn<T> {
    Next(T),
    /// The time is up. It can go on.
    Late,
    End,
}

/// Something that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Relative to the root, without a slash at its end.
    pub(crate) path: Vec<u8>,
    pub(crate) kind: Kind,
    /// It, or a folder it lies in, is [`Reason::Hidden`] or [`Reason::Ignored`]: only where those are included.
    pub(crate) left_out: Option<Reason>,
}

/// Something that was left out. What is below a folder that was is not named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LeftOut {
    /// Relative to the root, or absolute for a file outside of it; `.` for the root.
    pub(crate) path: Vec<u8>,
    pub(crate) reason: Reason,
}

/// Why something was left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// A rule of git's ignores it.
    Ignored,
    /// Its name starts with a dot.
    Hidden,
    /// A symbolic link.
    Symlink,
    /// A link, of those that are to be followed, to something that is not there.
    LinkToNothing,
    /// A link to something outside the root.
    LinkOutside,
    /// A link to a folder the walk is in.
    LinkLoop,
    /// A link to something inside `.git`.
    LinkIntoGit,
    /// One of too many links to folders.
    TooManyLinks,
    /// A FIFO, a socket or a device.
    Special,
    /// A folder that is a repository of its own, inside a repository.
    NestedRepository,
    /// The root is ignored by rules above it; the walk gives what is tracked.
    RootIgnored,
    /// What the operating system said to the attempt to read it: a symbolic errno.
    Unreadable(String),
    /// A file of rules, configuration or an index that was not used: why.
    RuleFile(String),
}

impl Reason {
    /// The reason in words for a report; `None` for what was asked to be left out.
    pub(crate) fn report(&self) -> Option<&str> {
        match self {
            Reason::Ignored | Reason::Hidden | Reason::Symlink | Reason::Special => None,
            Reason::LinkToNothing => Some("link to nothing"),
            Reason::LinkOutside => Some("link to outside the root"),
            Reason::LinkLoop => Some("link to a folder it lies in"),
            Reason::LinkIntoGit => Some("link into .git"),
            Reason::TooManyLinks => Some("too many links to folders"),
            Reason::NestedRepository => Some("nested git repository"),
            // An empty list must not look like an empty folder.
            Reason::RootIgnored => Some("the root itself is ignored: only tracked files are listed"),
            Reason::Unreadable(reason) | Reason::RuleFile(reason) => Some(reason),
        }
    }
}

/// The path of a root for a walk, links followed.
///
/// # Errors
/// [`Error::Io`] when it is missing, not a folder, or unreadable.
pub(crate) fn open_root(given: &Path) -> Result<PathBuf, Error> {
    let failed = |source| Error::Io { operation: "read directory", path: given.to_owned(), source };
    let root = fs::canonicalize(given).map_err(failed)?;
    if !fs::metadata(&root).map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::NotADirectory.into()));
    }
    fs::read_dir(&root).map_err(failed)?;
    Ok(root)
}
