//! What is in force in a folder: its repository, and the rules from the top down to it.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use tenon_ignore::{Environment, Repository, RuleStack, Settings, Tracked, Unread, read_rules};

/// Why a listing of an ignored folder holds only what is tracked: an empty list must not look like an empty folder.
const ROOT_IGNORED: &str = "the root itself is ignored: only tracked files are listed";

/// The repository a part of the walk lies in, or the tree that stands for one.
pub(crate) struct Territory {
    repository: Option<Repository>,
    ignore_case: bool,
    /// The walk's root relative to the top, with a slash at its end; empty when the top is the root or below it.
    prefix: Vec<u8>,
    /// The bytes of a path relative to the walk's root that lead to the top.
    strip_bytes: usize,
    tracked: Tracked,
}

/// What finding the rules of a territory takes throughout a walk.
pub(crate) struct Surroundings<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) cancelled: &'a AtomicBool,
    pub(crate) reports: Reports,
}

/// The rule, configuration and index files a walk could not use.
#[derive(Default)]
pub(crate) struct Reports(Mutex<Vec<Unread>>);

impl Reports {
    fn add(&self, unread: impl IntoIterator<Item = Unread>) {
        // A panic elsewhere leaves a list of whole reports.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(unread);
    }

    /// The reports so far, taken out.
    pub(crate) fn take(&self) -> Vec<Unread> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Territory {
    /// A tree without rules or a repository.
    pub(crate) fn without_rules() -> Territory {
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
    pub(crate) fn of_root(root: &Path, surroundings: &Surroundings<'_>) -> (Territory, RuleStack) {
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
    pub(crate) fn of_nested(
        repository: Repository,
        strip_bytes: usize,
        surroundings: &Surroundings<'_>,
    ) -> (Territory, RuleStack) {
        let top = repository.top().to_owned();
        Territory::open(Some(repository), &top, Vec::new(), strip_bytes, surroundings)
    }

    fn open(
        repository: Option<Repository>,
        top: &Path,
        prefix: Vec<u8>,
        strip_bytes: usize,
        surroundings: &Surroundings<'_>,
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
        surroundings.reports.add(unread);
        let territory =
            Territory { repository, ignore_case: settings.ignore_case, prefix, strip_bytes, tracked };
        (territory, rules)
    }

    pub(crate) fn ignore_case(&self) -> bool {
        self.ignore_case
    }

    pub(crate) fn is_repository(&self) -> bool {
        self.repository.is_some()
    }

    /// The walk's root relative to the top, with a slash at its end.
    pub(crate) fn prefix(&self) -> &[u8] {
        &self.prefix
    }

    /// A folder's path relative to the top, both with a slash at their end.
    pub(crate) fn path_from_top(&self, folder: &str) -> Vec<u8> {
        [&self.prefix, &folder.as_bytes()[self.strip_bytes..]].concat()
    }

    /// The tracked paths; an index that cannot be used tracks nothing.
    pub(crate) fn tracked(&self) -> &Tracked {
        &self.tracked
    }

    /// Whether a name is that of git's own folder.
    pub(crate) fn is_git_name(&self, name: &[u8]) -> bool {
        name == b".git" || self.ignore_case && name.eq_ignore_ascii_case(b".git")
    }
}

/// A folder still to be read.
pub(crate) struct Task {
    /// Relative to the walk's root, with a slash at its end; empty for the root.
    pub(crate) path: String,
    pub(crate) territory: Arc<Territory>,
    /// The rules in force above this folder.
    pub(crate) rules: RuleStack,
    /// The folder is excluded: only tracked files in it count.
    pub(crate) tracked_only: bool,
}

/// The task for a walk's root: the rules of the folders from the repository's top down to it are read here, and the
/// root counts as excluded when one of them is.
pub(crate) fn root_task(root: &Path, territory: Territory, mut rules: RuleStack, reports: &Reports) -> Task {
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
            match read_rules(&file, territory.ignore_case) {
                Ok(read) => rules = rules.with(read, file, base_bytes),
                Err(failed) => reports.add([failed]),
            }
        }
        let name_bytes = prefix[base_bytes..].iter().position(|&byte| byte == b'/').unwrap_or(0);
        let child = &prefix[..base_bytes + name_bytes];
        if rules.ignores(child, true) {
            tracked_only = true;
            reports.add([Unread { path: root.to_owned(), reason: ROOT_IGNORED.to_owned() }]);
            break;
        }
        base_bytes += name_bytes + 1;
    }
    Task { path: String::new(), territory: Arc::new(territory), rules, tracked_only }
}
