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
//! **Cost.** Compiling a file is linear in its bytes. A verdict costs up to three hash lookups a file in force, however
//! many lines it has, and one attempt for each rule that is neither a plain name, a plain path nor `*.extension`.
//! Matching is polynomial for every pattern; nothing recurses.
//!
//! **When not to use it.** It decides one path in a folder known not to be excluded: walking down, and so the rule that
//! nothing below an excluded folder can come back, is its caller's work (`tenon-files` does it). Conditional includes
//! (`includeIf`), `core.worktree` and `GIT_DIR` are not followed, nor are `.gitignore` files that exist only in the
//! index of a sparse checkout.

mod config;
mod environment;
mod errno;
mod read;
mod repository;
mod rules;
mod stack;
mod tracked;
mod wildmatch;

use std::path::Path;

pub use config::Settings;
pub use environment::Environment;
pub use errno::errno_name;
pub use read::Unread;
pub use repository::Repository;
pub use rules::{Rule, RuleFile};
pub use stack::{Match, RuleStack};
pub use tracked::Tracked;

/// The rules in the file at `path`, links followed; none when there is no such file.
///
/// # Errors
/// The file and why it was not read: an errno, or that it is not a regular file or larger than git reads (100 MiB).
pub fn read_rules(path: &Path, fold_case: bool) -> Result<RuleFile, Unread> {
    match read::read_regular(path, read::MAX_RULE_FILE_BYTES) {
        Ok(content) => Ok(RuleFile::parse(&content.unwrap_or_default(), fold_case)),
        Err(reason) => Err(Unread { path: path.to_owned(), reason }),
    }
}
