//! git's ignore rules, as git applies them, on bytes.
//!
//! [`RuleFile`] holds the rules of one file, [`RuleStack`] the files in force in a folder, [`Repository`] and
//! [`Settings`] find the files outside the tree, and [`Tracked`] holds the paths of the index, which no rule ignores.
//! The semantics are those of git ≥ 2.52, proven against the git binary.
//!
//! ```
//! use tenon_ignore::{RuleFile, RuleStack};
//!
//! let rules = RuleFile::parse(b"*.log\n!keep.log\n/build/\n", false);
//! let stack = RuleStack::default().with(rules, ".gitignore".into(), 0);
//! assert!(stack.ignores(b"deep/down/a.log", false));
//! assert!(!stack.ignores(b"keep.log", false));
//! assert!(stack.ignores(b"build", true));
//! let found = stack.verdict(b"keep.log", false).expect("a rule decides it");
//! assert_eq!((found.rule.line(), found.rule.text()), (2, &b"!keep.log"[..]));
//! ```
//!
//! **Cost.** Compiling a file is linear in its bytes. A verdict costs two hash lookups a file in force, by the basename and
//! by its extension, and one attempt for each rule that has wildcards elsewhere than in front of an extension, unless its
//! ends or bytes show that it cannot match. Matching is polynomial for every pattern; nothing recurses.
//!
//! **Limits.** A tree is not trusted, and what it holds may grow when it is read. A file of rules is read up to 4 MiB
//! and 100,000 rules; a configuration up to 100 files, 10 includes deep, and 4 MiB together; an index up to 1 GiB and
//! 256 MiB of paths; a `.git` file up to 1 MiB. A file beyond its limit is not used, and reported as [`Unread`] with
//! the limit in its reason. git itself stops at 100 MiB of rules and at 10 includes.
//!
//! **Which to take.** [`IgnoreTree`] answers about paths of a folder on the disk, [`IgnoreFile`] by the rules of one text.
//! [`RuleStack`] decides one path in a folder known not to be excluded, for a caller that walks down and keeps to the rule
//! that nothing below an excluded folder can come back (`tenon-files` does); [`Territory`] finds it the rules to begin with.
//!
//! **Not followed**, though git would: `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE` and `core.worktree`;
//! `GIT_CONFIG_PARAMETERS` (`git -c`); `onbranch` where refs are kept as a reftable; `~user/`; a system configuration
//! outside `/etc` (as of Homebrew, Xcode or Git for Windows), unless [`Environment`] names it; `core.precomposeUnicode` on
//! macOS; and `.gitignore` files that exist only in the index of a sparse checkout.

mod config;
mod environment;
mod errno;
mod error;
mod file;
mod read;
mod repository;
mod rules;
mod stack;
mod subject;
mod territory;
mod tracked;
mod tree;
mod wildmatch;

use std::path::Path;

pub use config::{Settings, path_from_bytes};
pub use environment::Environment;
pub use errno::errno_name;
pub use error::Error;
pub use file::IgnoreFile;
pub use read::Unread;
pub use repository::Repository;
pub use rules::{Rule, RuleFile};
pub use stack::{Match, RuleStack};
pub use territory::{Survey, Territory};
pub use tracked::Tracked;
pub use tree::{Decision, Explanation, IgnoreTree, TreeOptions};

/// What one file may hold: a rule of two bytes takes some two hundred in memory, and each may be tried for each path.
const MAX_RULES: usize = 100_000;

/// The rules in the file at `path`, links followed; none when there is no such file.
///
/// # Errors
/// The file and why it was not read: an errno, that it is not a regular file, or a limit it passes.
pub fn read_rules(path: &Path, fold_case: bool) -> Result<RuleFile, Unread> {
    read::read_regular(path, read::MAX_RULE_FILE_BYTES)
        .and_then(|content| {
            RuleFile::parse_at_most(MAX_RULES, &content.unwrap_or_default(), fold_case)
                .ok_or_else(|| format!("more than {MAX_RULES} rules"))
        })
        .map_err(|reason| Unread { path: path.to_owned(), reason })
}
