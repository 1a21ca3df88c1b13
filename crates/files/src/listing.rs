//! The result of a listing.

use crate::walk::{LeftOut, Reason};

/// The files of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The paths, relative to the root with `/` between their components, in the order of their bytes, joined by NUL.
    pub packed: Vec<u8>,
    /// The number of paths.
    pub count: usize,
    /// What could not be read or was left out and not asked to be, by path, then reason.
    pub skipped: Vec<Skipped>,
    /// How much was left out; a folder counts as one.
    pub left_out: LeftOutCounts,
    /// Whether there were more files than asked for; `skipped` and `left_out` then cover what comes before the first
    /// that is missing.
    pub truncated: bool,
}

impl Listing {
    /// The paths one by one, as bytes: those of the operating system on Unix, WTF-8 on Windows.
    pub fn paths(&self) -> impl Iterator<Item = &[u8]> {
        self.packed.split(|&byte| byte == 0).take(self.count)
    }

    /// Adds a path given as its folder, with a slash at its end, and its name.
    pub(crate) fn push(&mut self, folder: &[u8], name: &[u8]) {
        if self.count > 0 {
            self.packed.push(0);
        }
        self.packed.extend_from_slice(folder);
        self.packed.extend_from_slice(name);
        self.count += 1;
    }

    /// Counts what was left out, and reports it where it was not asked for.
    pub(crate) fn leave(&mut self, left_out: LeftOut) {
        self.left_out.add(&left_out.reason);
        self.report(left_out);
    }

    /// Reports what was not asked to be left out.
    pub(crate) fn report(&mut self, LeftOut { path, reason }: LeftOut) {
        if let Some(words) = reason.report() {
            self.skipped.push(Skipped { path, reason: words.to_owned() });
        }
    }
}

/// Something that was not listed or not read, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Relative to the root, or absolute for a file outside of it; bytes as in [`Listing::paths`].
    pub path: Vec<u8>,
    /// The symbolic errno of a failed operation, or a few words.
    pub reason: String,
}

/// How many files, folders and others were left out. A folder counts as one, whatever is in it; `.git` does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOutCounts {
    /// Ignored by git's rules.
    pub ignored: u64,
    /// Names that start with a dot.
    pub hidden: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// FIFOs, sockets and devices.
    pub special: u64,
    /// What the operating system would not let be read.
    pub unreadable: u64,
    /// Repositories inside a repository.
    pub nested_repositories: u64,
}

impl LeftOutCounts {
    pub(crate) fn add(&mut self, reason: &Reason) {
        let count = match reason {
            Reason::Ignored => &mut self.ignored,
            Reason::Hidden => &mut self.hidden,
            Reason::Symlink
            | Reason::LinkToNothing
            | Reason::LinkOutside
            | Reason::LinkLoop
            | Reason::LinkIntoGit
            | Reason::TooManyLinks => &mut self.symlinks,
            Reason::Special => &mut self.special,
            Reason::Unreadable(_) => &mut self.unreadable,
            Reason::NestedRepository => &mut self.nested_repositories,
            // Nothing that could have been listed.
            Reason::RootIgnored | Reason::RuleFile(_) => return,
        };
        *count += 1;
    }

    /// Both together.
    pub(crate) fn merge(&mut self, other: LeftOutCounts) {
        self.ignored += other.ignored;
        self.hidden += other.hidden;
        self.symlinks += other.symlinks;
        self.special += other.special;
        self.unreadable += other.unreadable;
        self.nested_repositories += other.nested_repositories;
    }
}
