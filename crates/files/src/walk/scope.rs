//! What is in force in a folder: its repository, and the rules from the top down to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tenon_ignore::{Environment, Repository, RuleStack, Survey, Territory, Unread, read_rules};

use super::{LeftOut, Reason};
use crate::path::shown;

/// What finding the rules of a territory takes.
pub(super) struct Surroundings<'a> {
    pub(super) root: &'a Path,
    pub(super) environment: &'a Environment,
    pub(super) cancelled: &'a AtomicBool,
    /// The rule, configuration and index files that could not be used.
    pub(super) reports: &'a mut Vec<LeftOut>,
}

impl Surroundings<'_> {
    fn survey(&self) -> Survey<'_> {
        let Surroundings { environment, cancelled, .. } = *self;
        Survey { environment, ignore_case: None, tracked: true, cancelled }
    }

    /// The territory of the walk's root, and the rules in force above the root's own folder.
    fn of_root(&mut self) -> (Territory, RuleStack) {
        let mut unread = Vec::new();
        let found = Territory::of_root(self.root, &self.survey(), &mut unread);
        unread.into_iter().for_each(|unread| self.report(unread));
        found
    }

    /// The territory of a repository met below a root that lies in none; `strip_bytes` lead from the root to it.
    pub(super) fn of_nested(&mut self, repository: Repository, strip_bytes: usize) -> (Territory, RuleStack) {
        let mut unread = Vec::new();
        let found = Territory::of_nested(repository, strip_bytes, &self.survey(), &mut unread);
        unread.into_iter().for_each(|unread| self.report(unread));
        found
    }

    fn report(&mut self, Unread { path, reason }: Unread) {
        let path = shown(&path, self.root);
        self.reports.push(LeftOut { path, reason: Reason::RuleFile(reason) });
    }
}

/// A folder still to be read.
pub(super) struct Task {
    /// Relative to the walk's root, with a slash at its end; empty for the root.
    pub(super) path: Vec<u8>,
    pub(super) territory: Arc<Territory>,
    /// The rules in force above this folder.
    pub(super) rules: RuleStack,
    /// The folder is excluded: only tracked files in it count.
    pub(super) tracked_only: bool,
    /// The folder, or one it lies in, is hidden, and walked all the same.
    pub(super) hidden: bool,
    /// Where the folder really is, where links are followed.
    pub(super) real: Option<Arc<RealFolder>>,
}

/// The real path of a folder on a walk that follows links, and of those above it on that walk.
pub(super) struct RealFolder {
    pub(super) path: PathBuf,
    pub(super) parent: Option<Arc<RealFolder>>,
}

impl RealFolder {
    /// Whether the walk is in the folder at `path`.
    pub(super) fn is_in(&self, path: &Path) -> bool {
        let mut folder = Some(self);
        while let Some(at) = folder {
            if at.path == path {
                return true;
            }
            folder = at.parent.as_deref();
        }
        false
    }
}

/// The task every walk starts with: the rules of the folders from the repository's top down to the root are read here,
/// and the root counts as excluded when one of them is.
pub(super) fn root_task(ignore: bool, follow: bool, surroundings: &mut Surroundings<'_>) -> Task {
    let (territory, mut rules) =
        if ignore { surroundings.of_root() } else { (Territory::without_rules(), RuleStack::default()) };
    let root = surroundings.root;
    let mut tracked_only = false;
    let prefix = territory.prefix();
    for (folder, base_bytes) in territory.folders_above(root) {
        let file = folder.join(".gitignore");
        // Links are not followed inside the working tree.
        if std::fs::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_file()) {
            match read_rules(&file, territory.ignore_case()) {
                Ok(read) => rules = rules.with(read, file, base_bytes),
                Err(failed) => surroundings.report(failed),
            }
        }
        let name_bytes = prefix[base_bytes..].iter().position(|&byte| byte == b'/').unwrap_or(0);
        let child = &prefix[..base_bytes + name_bytes];
        if rules.ignores(child, true) {
            tracked_only = true;
            surroundings.reports.push(LeftOut { path: b".".to_vec(), reason: Reason::RootIgnored });
            break;
        }
    }
    let real = follow.then(|| Arc::new(RealFolder { path: root.to_owned(), parent: None }));
    Task { path: Vec::new(), territory: Arc::new(territory), rules, tracked_only, hidden: false, real }
}
