//! What holds everywhere in a repository, or in the tree that stands for one.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::config::Settings;
use crate::read::Unread;
use crate::read_rules;
use crate::repository::Repository;
use crate::stack::RuleStack;
use crate::tracked::Tracked;
use crate::tree::TreeOptions;

/// The repository that a part of a tree lies in.
#[derive(Debug)]
pub(crate) struct Territory {
    pub(crate) repository: Option<Repository>,
    pub(crate) ignore_case: bool,
    /// The tree's root relative to the top, with a slash at its end; empty when the top is the root or below it.
    prefix: Vec<u8>,
    /// The bytes of a path relative to the tree's root that lead to the top.
    strip_bytes: usize,
    pub(crate) tracked: Tracked,
}

impl Territory {
    /// The territory that `root` lies in, and the rules in force everywhere in it.
    pub(crate) fn of_root(
        root: &Path,
        options: &TreeOptions,
        problems: &mut Vec<Unread>,
    ) -> (Territory, RuleStack) {
        let repository = Repository::discover(root);
        let top = repository.as_ref().map_or(root, Repository::top).to_owned();
        let mut prefix = Vec::new();
        for part in root.strip_prefix(&top).into_iter().flat_map(Path::components) {
            prefix.extend_from_slice(part.as_os_str().as_encoded_bytes());
            prefix.push(b'/');
        }
        Territory::open(repository, &top, prefix, 0, options, problems)
    }

    /// The territory of a repository below a root that lies in none; `strip_bytes` lead from the root to it.
    pub(crate) fn of_nested(
        repository: Repository,
        strip_bytes: usize,
        options: &TreeOptions,
        problems: &mut Vec<Unread>,
    ) -> (Territory, RuleStack) {
        let top = repository.top().to_owned();
        Territory::open(Some(repository), &top, Vec::new(), strip_bytes, options, problems)
    }

    fn open(
        repository: Option<Repository>,
        top: &Path,
        prefix: Vec<u8>,
        strip_bytes: usize,
        options: &TreeOptions,
        problems: &mut Vec<Unread>,
    ) -> (Territory, RuleStack) {
        let settings = Settings::read(repository.as_ref(), top, &options.environment, problems);
        let ignore_case = options.ignore_case.unwrap_or(settings.ignore_case);
        let exclude = repository.as_ref().map(|it| it.common_dir().join("info/exclude"));
        let mut rules = RuleStack::default();
        for file in [settings.excludes_file, exclude].into_iter().flatten() {
            match read_rules(&file, ignore_case) {
                Ok(read) => rules = rules.with(read, file, 0),
                Err(failed) => problems.push(failed),
            }
        }
        let mut tracked = Tracked::default();
        if let Some(repository) = repository.as_ref().filter(|_| options.tracked) {
            let path = repository.git_dir().join("index");
            match Tracked::read(&path, settings.hash_bytes, ignore_case, &AtomicBool::new(false)) {
                Ok(read) => tracked = read,
                Err(reason) => problems.push(Unread { path, reason }),
            }
        }
        (Territory { repository, ignore_case, prefix, strip_bytes, tracked }, rules)
    }

    /// A path relative to the tree's root, relative to the top.
    pub(crate) fn path_from_top<'a>(&self, path: &'a [u8]) -> Cow<'a, [u8]> {
        let below = path.get(self.strip_bytes..).unwrap_or_default();
        if self.prefix.is_empty() { Cow::Borrowed(below) } else { Cow::Owned([&self.prefix, below].concat()) }
    }

    /// The folders from the top down to the one above the root, each with its length in `prefix`.
    pub(crate) fn folders_above<'a>(&'a self, root: &'a Path) -> Vec<(PathBuf, usize)> {
        let slashes = self.prefix.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        let ends: Vec<usize> = std::iter::once(0).chain(slashes.map(|(at, _)| at + 1)).collect();
        let mut above: Vec<PathBuf> =
            root.ancestors().skip(1).take(ends.len() - 1).map(Path::to_owned).collect();
        above.reverse();
        above.into_iter().zip(ends).collect()
    }

    /// The root relative to the top, with a slash at its end.
    pub(crate) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Whether a path that rules exclude, relative to the top, is tracked or holds what is.
    pub(crate) fn tracks(&self, path: &[u8], is_directory: bool) -> bool {
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
    pub(crate) fn tracks_below(&self, folder: &[u8]) -> bool {
        if self.tracked.is_empty() {
            return false;
        }
        let folder = if folder.is_empty() { Vec::new() } else { [folder, b"/"].concat() };
        self.tracked.contains_below(&folder) || self.tracked.has_gitlink_below(&folder)
    }

    /// Whether a name is that of git's own folder.
    pub(crate) fn is_git_name(&self, name: &[u8]) -> bool {
        name == b".git" || self.ignore_case && name.eq_ignore_ascii_case(b".git")
    }
}
