//! What holds everywhere in a repository, or in the tree that stands for one.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::config::Settings;
use crate::environment::Environment;
use crate::read::Unread;
use crate::read_rules;
use crate::repository::Repository;
use crate::stack::RuleStack;
use crate::tracked::Tracked;

/// What finding a territory's rules goes by.
#[derive(Clone, Copy, Debug)]
pub struct Survey<'a> {
    /// What git reads from the process environment.
    pub environment: &'a Environment,
    /// Whether ASCII letters match in either case; `None` is what `core.ignoreCase` says.
    pub ignore_case: Option<bool>,
    /// Whether git's index is read.
    pub tracked: bool,
    /// Set, it ends the reading of an index.
    pub cancelled: &'a AtomicBool,
}

/// The repository that a part of a tree lies in, or the tree that stands for one.
#[derive(Debug)]
pub struct Territory {
    repository: Option<Repository>,
    ignore_case: bool,
    /// The tree's root relative to the top, with a slash at its end; empty when the top is the root or below it.
    prefix: Vec<u8>,
    /// The bytes of a path relative to the tree's root that lead to the top.
    strip_bytes: usize,
    tracked: Tracked,
}

impl Territory {
    /// A tree without rules or a repository.
    #[must_use]
    pub fn without_rules() -> Territory {
        // Without configuration to ask, `.git` is told by the platform's habit.
        let ignore_case = cfg!(any(windows, target_os = "macos"));
        Territory {
            repository: None,
            ignore_case,
            prefix: Vec::new(),
            strip_bytes: 0,
            tracked: Tracked::default(),
        }
    }

    /// The territory that `root` lies in, and the rules in force everywhere in it. What could not be read is added to
    /// `problems`.
    pub fn of_root(root: &Path, survey: &Survey<'_>, problems: &mut Vec<Unread>) -> (Territory, RuleStack) {
        let repository = Repository::discover(root);
        let top = repository.as_ref().map_or(root, Repository::top).to_owned();
        let mut prefix = Vec::new();
        for part in root.strip_prefix(&top).into_iter().flat_map(Path::components) {
            prefix.extend_from_slice(part.as_os_str().as_encoded_bytes());
            prefix.push(b'/');
        }
        Territory::open(repository, &top, prefix, 0, survey, problems)
    }

    /// The territory of a repository below a root that lies in none; `strip_bytes` lead from the root to it.
    pub fn of_nested(
        repository: Repository,
        strip_bytes: usize,
        survey: &Survey<'_>,
        problems: &mut Vec<Unread>,
    ) -> (Territory, RuleStack) {
        let top = repository.top().to_owned();
        Territory::open(Some(repository), &top, Vec::new(), strip_bytes, survey, problems)
    }

    fn open(
        repository: Option<Repository>,
        top: &Path,
        prefix: Vec<u8>,
        strip_bytes: usize,
        survey: &Survey<'_>,
        problems: &mut Vec<Unread>,
    ) -> (Territory, RuleStack) {
        let settings = Settings::read(repository.as_ref(), top, survey.environment, problems);
        let ignore_case = survey.ignore_case.unwrap_or(settings.ignore_case);
        let exclude = repository.as_ref().map(|it| it.common_dir().join("info/exclude"));
        let mut rules = RuleStack::default();
        for file in [settings.excludes_file, exclude].into_iter().flatten() {
            match read_rules(&file, ignore_case) {
                Ok(read) => rules = rules.with(read, file, 0),
                Err(failed) => problems.push(failed),
            }
        }
        let mut tracked = Tracked::default();
        if let Some(repository) = repository.as_ref().filter(|_| survey.tracked) {
            let path = repository.git_dir().join("index");
            // Read though nothing may ask for it: whether a broken index is reported must not depend on the rules.
            match Tracked::read(&path, settings.hash_bytes, ignore_case, survey.cancelled) {
                Ok(read) => tracked = read,
                Err(reason) => problems.push(Unread { path, reason }),
            }
        }
        (Territory { repository, ignore_case, prefix, strip_bytes, tracked }, rules)
    }

    /// A path relative to the tree's root, relative to the top.
    #[must_use]
    pub fn path_from_top<'a>(&self, path: &'a [u8]) -> Cow<'a, [u8]> {
        let below = path.get(self.strip_bytes..).unwrap_or_default();
        if self.prefix.is_empty() { Cow::Borrowed(below) } else { Cow::Owned([&self.prefix, below].concat()) }
    }

    /// The folders from the top down to the one above the root, each with its length in `prefix`.
    #[must_use]
    pub fn folders_above<'a>(&'a self, root: &'a Path) -> Vec<(PathBuf, usize)> {
        let slashes = self.prefix.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        let ends: Vec<usize> = std::iter::once(0).chain(slashes.map(|(at, _)| at + 1)).collect();
        let mut above: Vec<PathBuf> =
            root.ancestors().skip(1).take(ends.len() - 1).map(Path::to_owned).collect();
        above.reverse();
        above.into_iter().zip(ends).collect()
    }

    /// Whether it is a repository's.
    #[must_use]
    pub fn is_repository(&self) -> bool {
        self.repository.is_some()
    }

    /// Whether ASCII letters match in either case.
    #[must_use]
    pub fn ignore_case(&self) -> bool {
        self.ignore_case
    }

    /// The tracked paths; an index that was not read, or cannot be used, tracks nothing.
    #[must_use]
    pub fn tracked(&self) -> &Tracked {
        &self.tracked
    }

    /// The bytes of a path relative to the tree's root that lead to the top.
    #[must_use]
    pub fn strip_bytes(&self) -> usize {
        self.strip_bytes
    }

    /// The root relative to the top, with a slash at its end; empty when the top is the root or below it.
    #[must_use]
    pub fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Whether a path that rules exclude, relative to the top, is tracked or holds what is.
    #[must_use]
    pub fn tracks(&self, path: &[u8], is_directory: bool) -> bool {
        let tracked = &self.tracked;
        // The root's own path comes with its slash.
        if let Some(root) = path.strip_suffix(b"/") {
            return self.tracks_below(root);
        }
        if is_directory {
            tracked.is_gitlink(path) || self.tracks_below(path)
        } else {
            tracked.contains(path)
        }
    }

    /// Whether something in the folder is tracked, a submodule included.
    #[must_use]
    pub fn tracks_below(&self, folder: &[u8]) -> bool {
        if self.tracked.is_empty() {
            return false;
        }
        let folder = if folder.is_empty() { Vec::new() } else { [folder, b"/"].concat() };
        self.tracked.contains_below(&folder) || self.tracked.has_gitlink_below(&folder)
    }

    /// Whether a name is that of git's own folder.
    #[must_use]
    pub fn is_git_name(&self, name: &[u8]) -> bool {
        name == b".git" || self.ignore_case && name.eq_ignore_ascii_case(b".git")
    }
}
