//! Unified patches: read, written, applied and reversed.
//!
//! ```
//! use tenon_diff::patch::{self, ApplyOptions};
//!
//! let patch = b"--- a/poem\n+++ b/poem\n@@ -1,2 +1,2 @@\n roses are red\n-violets are green\n+violets are blue\n";
//! let files = patch::parse_patch(patch, 1)?;
//! assert_eq!(files[0].old_name.as_deref(), Some(&b"poem"[..]));
//!
//! let source = b"a poem\nroses are red\nviolets are green\n";
//! let applied = patch::apply_patch(source, &files[0], &ApplyOptions::default())?;
//! assert_eq!(applied.text.as_deref(), Some(&b"a poem\nroses are red\nviolets are blue\n"[..]));
//! assert_eq!((applied.hunks[0].line, applied.hunks[0].offset), (2, 1));
//! # Ok::<(), tenon_diff::Error>(())
//! ```
//!
//! `lib/diff/patch` does the same in the same order, and has the same words.

mod apply;
mod closest;
mod format;
mod names;
mod parse;
mod place;
mod reverse;
mod source;

use std::borrow::Cow;

pub use apply::{Applied, AppliedHunk, ApplyOptions, Direction, LineEndings, apply_patch};
pub use closest::Candidate;
pub use format::format_patch;
pub use parse::{one_file_patch, parse_patch};
pub use place::Reason;
pub use reverse::{reverse_file_patch, reverse_patch};

/// The largest number a hunk's header may have.
const MAX_NUMBER: usize = 0x7fff_ffff;

/// What a patch does to one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilePatch<'a> {
    /// The name before, as written but for stripped components; none where it is `/dev/null`, and empty where the hunks
    /// have no header.
    pub old_name: Option<Cow<'a, [u8]>>,
    /// The name afterwards.
    pub new_name: Option<Cow<'a, [u8]>>,
    /// What happens to the file.
    pub operation: Operation,
    /// The mode before in octal digits, such as `100644`.
    pub old_mode: Option<&'a [u8]>,
    /// The mode afterwards.
    pub new_mode: Option<&'a [u8]>,
    /// How similar the texts are, in percent.
    pub similarity: Option<u8>,
    /// Git's abbreviated name of the text before.
    pub old_hash: Option<&'a [u8]>,
    /// Git's abbreviated name of the text afterwards.
    pub new_hash: Option<&'a [u8]>,
    /// What stands before the path in the old and in the new name where it is not `a/` and `b/`, and where it matters:
    /// git writes some headers without it, and others with it alone.
    pub prefixes: Option<[Cow<'a, [u8]>; 2]>,
    /// Whether names have what is not ASCII as octal escapes.
    pub escaped: bool,
    /// Whether the file is binary: such a patch cannot be applied.
    pub binary: bool,
    /// The blocks of a `GIT binary patch` as they are written: of the new text, and of the old one.
    pub binary_blocks: Vec<Cow<'a, [u8]>>,
    /// The line where the patch of this file begins, counted from 1.
    pub line: usize,
    /// The hunks in the order they are written.
    pub hunks: Vec<Hunk<'a>>,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Operation {
    /// Its text or its mode changes.
    #[default]
    Modify,
    /// There was none before.
    Create,
    /// There is none afterwards.
    Delete,
    /// It has another name afterwards.
    Rename,
    /// There is a file of the new name as well afterwards.
    Copy,
}

impl Operation {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Modify => "modify",
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Rename => "rename",
            Self::Copy => "copy",
        }
    }
}

/// A group of changes with the unchanged lines around them.
///
/// A start is the line, counted from 1, where the lines of a side begin or would begin: where a side has no lines it is
/// one more than what the patch says, which is the line before them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hunk<'a> {
    /// Where the lines before begin.
    pub old_start: usize,
    /// How many lines there are before.
    pub old_lines: usize,
    /// Where the lines afterwards begin.
    pub new_start: usize,
    /// How many lines there are afterwards.
    pub new_lines: usize,
    /// What stands behind the second `@@`; empty where nothing does.
    pub heading: &'a [u8],
    /// The lines, each behind its marker and without its LF; `\ No newline at end of file` is one of them.
    pub lines: Vec<Cow<'a, [u8]>>,
}

/// What a line of a hunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    Context,
    Old,
    New,
    /// The line above has no LF.
    NoNewline,
}

impl Marker {
    /// The marker of a line; none where it begins with something else.
    fn of(line: &[u8]) -> Option<Self> {
        Some(match line.first() {
            Some(b' ') => Self::Context,
            Some(b'-') => Self::Old,
            Some(b'+') => Self::New,
            Some(b'\\') => Self::NoNewline,
            _ => return None,
        })
    }
}
