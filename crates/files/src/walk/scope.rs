//! What is in force in a folder: its repository, and the rules from the top down to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tenon_ignore::{Environment, Repository, RuleStack, Settings, Tracked, Unread, read_rules};

use super::{LeftOut, Reason};
use crate::path::shown;

/// The repository a part of the walk lies in, or the tree that stands for one.
pub(super) struct Territory {
    repository: Option<Repository>,
    ignore_case: bool,
    /// The walk's root relative to the top, with a slash at its end; empty when the top is the root or below it.
    prefix: Vec<u8>,
    /// The bytes of a path relative to the walk's root that lead to the top.
    strip_bytes: usize,
    tracked: Tracked,
}

/// What finding the rules of a territory takes.
pub(super) struct Surroundings<'a> {
    pub(super) root: &'a Path,
    pub(super) environment: &'a Environment,
    pub(super) cancelled: &'a AtomicBool,
    /// The rule, configuration and index files that could not be used.
    pub(super) reports: &'a mut Vec<LeftOut>,
}

impl Surroundings<'_> {
    fn report(&mut self, Unread { path, reason }: Unread) {
        let path = shown(&path, self.root);
        self.reports.push(LeftOut { path, reason: Reason::RuleFile(reason) });
    }
}

impl Territory {
    /// A tree without rules or a repository.
    pub(super) fn without_rules() -> Territory {
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

    /// The territory of a walk's root, and the rules in force above the root's own folder.
    pub(super) fn of_root(surroundings: &mut Surroundings<'_>) -> (Territory, RuleStack) {
        let root = surroundings.root;
        let repository = Repository::discover(root);
        let top = repository.as_ref().map_or(root, Repository::top).to_owned();
        let mut prefix = Vec::new();
        for part in root.strip_prefix(&top).into_iter().flat_map(Path::components) {
            prefix.extend_from_slice(part.as_os_str().as_encoded_bytes());
            prefix.push(b'/');
        }
        Territory::open(repository, &top, prefix, 0, surroundings)
    }

    /// The territory of a repository met below a root that lies in none; `strip_bytes` lead from the root to it.
    pub(super) fn of_nested(
        repository: Repository,
        strip_bytes: usize,
        surroundings: &mut Surroundings<'_>,
    ) -> (Territory, RuleStack) {
        let top = repository.top().to_owned();
        Territory::open(Some(repository), &top, Vec::new(), strip_bytes, surroundings)
    }

    fn open(
        repository: Option<Repository>,
        top: &Path,
        prefix: Vec<u8>,
        strip_bytes: usize,
        surroundings: &mut Surroundings<'_>,
    ) -> (Territory, RuleStack) {
        let mut unread = Vec::new();
        let settings = Settings::read(repository.as_ref(), top, surroundings.environment, &mut unread);
        let mut rules = RuleStack::default();
        let outside =
            [settings.excludes_file, repository.as_ref().map(|it| it.common_dir().join("info/exclude"))];
        for file in outside.into_iter().flatten() {
            match read_rules(&file, settings.ignore_case) {
                Ok(read) => rules = rules.with(read, file, 0),
                Err(failed) => unread.push(failed),
            }
        }
        let mut tracked = Tracked::default();
        if let Some(repository) = &repository {
            let path = repository.git_dir().join("index");
            // Read though nothing may ask for it: whether a broken index is reported must not depend on the rules.
            match Tracked::read(&path, settings.hash_bytes, settings.ignore_case, surroundings.cancelled) {
                Ok(read) => tracked = read,
                Err(reason) => unread.push(Unread { path, reason }),
            }
        }
        unread.into_iter().for_each(|unread| surroundings.report(unread));
        let territory =
            Territory { repository, ignore_case: settings.ignore_case, prefix, strip_bytes, tracked };
        (territory, rules)
    }

    pub(super) fn ignore_case(&self) -> bool {
        self.ignore_case
    }

    pub(super) fn is_repository(&self) -> bool {
        self.repository.is_some()
    }

    /// The walk's root relative to the top, with a slash at its end.
    pub(super) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// Where the path relative to the top starts in a path relative to the root that has the prefix in front.
    pub(super) fn strip_bytes(&self) -> usize {
        self.strip_bytes
    }

    /// A folder's path relative to the top, both with a slash at their end.
    pub(super) fn path_from_top(&self, folder: &[u8]) -> Vec<u8> {
        [&self.prefix, &folder[self.strip_bytes..]].concat()
    }

    /// The tracked paths; an index that cannot be used tracks nothing.
    pub(super) fn tracked(&self) -> &Tracked {
        &self.tracked
    }

    /// Whether a name is that of git's own folder.
    pub(super) fn is_git_name(&self, name: &[u8]) -> bool {
        name == b".git" || self.ignore_case && name.eq_ignore_ascii_case(b".git")
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
    let (territory, mut rules) = if ignore {
        Territory::of_root(surroundings)
    } else {
        (Territory::without_rules(), RuleStack::default())
    };
    let root = surroundings.root;
    let mut tracked_only = false;
    let prefix = territory.prefix().to_owned();
    let depth = prefix.iter().filter(|&&byte| byte == b'/').count();
    let mut folders: Vec<PathBuf> = root.ancestors().skip(1).take(depth).map(Path::to_owned).collect();
    folders.reverse();
    let mut base_bytes = 0;
    for folder in folders {
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
        base_bytes += name_bytes + 1;
    }
    let real = follow.then(|| Arc::new(RealFolder { path: root.to_owned(), parent: None }));
    Task { path: Vec::new(), territory: Arc::new(territory), rules, tracked_only, hidden: false, real }
}
