//! A tree whose rules are read as they are asked for, and kept.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::{bytes_of, path_from_bytes};
use crate::environment::Environment;
use crate::error::Error;
use crate::read::Unread;
use crate::repository::Repository;
use crate::rules::RuleFile;
use crate::stack::{Match, RuleStack};
use crate::territory::{Survey, Territory};
use crate::{MAX_RULES, read_rules};

/// As long as paths of Windows get: what one path costs is bounded by its length and its depth.
pub(crate) const MAX_PATH_BYTES: usize = 32 * 1024;
/// What is kept of folders; beyond it, all are forgotten and read again.
const MAX_KEPT_BYTES: usize = 64 * 1024 * 1024;
/// What a folder takes beside its path, and a rule.
const FOLDER_BYTES: usize = 256;
const RULE_BYTES: usize = 256;
/// The name of rules that the caller gave.
const EXTRA: &str = "options.extra";

/// What rules a tree follows.
#[derive(Clone, Debug)]
pub struct TreeOptions {
    /// Whether paths in git's index are never ignored.
    pub tracked: bool,
    /// Whether ASCII letters match in either case; `None` is what `core.ignoreCase` says.
    pub ignore_case: Option<bool>,
    /// Further patterns, relative to the root, which win over all rules of files.
    pub extra: Vec<Vec<u8>>,
    /// What git reads from the process environment.
    pub environment: Environment,
}

impl Default for TreeOptions {
    fn default() -> TreeOptions {
        TreeOptions {
            tracked: true,
            ignore_case: None,
            extra: Vec::new(),
            environment: Environment::default(),
        }
    }
}

impl TreeOptions {
    fn survey<'a>(&'a self, cancelled: &'a AtomicBool) -> Survey<'a> {
        let TreeOptions { tracked, ignore_case, environment, .. } = self;
        Survey { environment, ignore_case: *ignore_case, tracked: *tracked, cancelled }
    }
}

/// Why a path is ignored or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether it is ignored.
    pub ignored: bool,
    /// Whether it is in git's index, or holds what is: then no rule decides.
    pub tracked: bool,
    /// What decides.
    pub rule: Option<Decision>,
}

/// The rule that decides a path, or the excluded folder that it lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The file that holds the rule.
    pub source: PathBuf,
    /// The rule's line, from 1.
    pub line: usize,
    /// The rule as written.
    pub pattern: Vec<u8>,
    /// Whether it starts with `!`: what it matches is not ignored.
    pub negated: bool,
}

impl Decision {
    pub(crate) fn of(found: Match<'_>) -> Decision {
        Decision {
            source: found.source.to_owned(),
            line: found.rule.line(),
            pattern: found.rule.text().to_owned(),
            negated: found.rule.is_negated(),
        }
    }
}

/// A folder and what lies below it, with git's rules. They are read when a path first needs them and kept: what changes
/// on the disk counts from [`IgnoreTree::reload`] on.
///
/// Paths are bytes relative to the root, with `/` between names; a slash at the end says that a path is a directory.
/// Links are not followed, and a nested repository is opaque, as for git; below a root that lies in no repository, each
/// repository has its own rules.
#[derive(Debug)]
pub struct IgnoreTree {
    root: PathBuf,
    options: TreeOptions,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    extra: RuleStack,
    root: Arc<Folder>,
    /// By the path relative to the root, with its slash.
    folders: HashMap<Box<[u8]>, Arc<Folder>>,
    kept_bytes: usize,
    problems: Vec<Unread>,
}

/// What is in force inside a folder.
#[derive(Clone, Debug)]
struct Folder {
    territory: Arc<Territory>,
    rules: RuleStack,
    /// The folder is excluded, by this rule.
    excluded: Option<Arc<Decision>>,
    /// It belongs to a repository inside another one's tree.
    opaque: bool,
    /// How many rules its own file has.
    own_rules: usize,
    /// It is a directory, reached without links: the disk may be asked what is in it.
    real: bool,
}

/// What is known of a path.
enum Standing<'a> {
    Opaque,
    Excluded(&'a Decision),
    Decided(Match<'a>),
    Undecided,
}

impl IgnoreTree {
    /// The tree at `root`, a directory. The configuration, the index and the rules above the root are read now.
    ///
    /// # Errors
    /// [`Error::Io`] when the root is not there or no directory, and [`Error::TooManyRules`].
    pub fn open(root: &Path, options: TreeOptions) -> Result<IgnoreTree, Error> {
        let fail = |source| Error::Io { operation: "read directory", path: root.to_owned(), source };
        let real = fs::canonicalize(root).map_err(fail)?;
        if !fs::metadata(&real).map_err(fail)?.is_dir() {
            return Err(fail(io::Error::from(io::ErrorKind::NotADirectory)));
        }
        if options.extra.len() > MAX_RULES {
            return Err(Error::TooManyRules { most: MAX_RULES });
        }
        let state = Mutex::new(State::read(&real, &options));
        Ok(IgnoreTree { root: real, options, state })
    }

    /// The root, links followed.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// How a file is named: relative to the root where it lies below, with `/` between names.
    pub fn name_of(&self, file: &Path) -> Vec<u8> {
        let below = bytes_below(&self.root, file);
        if below.is_empty() { bytes_of(file) } else { below }
    }

    /// Whether git ignores `path`. The disk says whether it is a directory where nobody else does and a rule asks.
    ///
    /// # Errors
    /// [`Error::Path`].
    pub fn ignores(&self, path: &[u8], is_directory: Option<bool>) -> Result<bool, Error> {
        self.lock().ignores(self, path, is_directory, &mut None)
    }

    /// Whether each path is ignored.
    ///
    /// # Errors
    /// [`Error::Path`].
    pub fn check<'p>(&self, paths: impl IntoIterator<Item = &'p [u8]>) -> Result<Vec<bool>, Error> {
        let mut state = self.lock();
        let mut last = None;
        paths.into_iter().map(|path| state.ignores(self, path, None, &mut last)).collect()
    }

    /// Why `path` is ignored or not; `None` where the tree does not know: inside of a nested repository.
    ///
    /// # Errors
    /// [`Error::Path`].
    pub fn explain(&self, path: &[u8], is_directory: Option<bool>) -> Result<Option<Explanation>, Error> {
        let mut state = self.lock();
        let (path, is_directory) = split_slash(path, is_directory);
        let (folder, _) = state.parent_of(self, path, &mut None)?;
        let standing = self.standing(&state.extra, &folder, path, is_directory);
        if matches!(standing, Standing::Opaque) {
            return Ok(None);
        }
        if self.tracks(&folder, path, is_directory) {
            return Ok(Some(Explanation { ignored: false, tracked: true, rule: None }));
        }
        let rule = match standing {
            Standing::Excluded(decision) => Some(decision.clone()),
            Standing::Decided(found) => Some(Decision::of(found)),
            _ => None,
        };
        Ok(Some(Explanation {
            ignored: rule.as_ref().is_some_and(|rule| !rule.negated),
            tracked: false,
            rule,
        }))
    }

    /// Whether git would not look into the directory at `path`: it is excluded and nothing in it is tracked, or it is
    /// git's own or a nested repository.
    ///
    /// # Errors
    /// [`Error::Path`].
    pub fn can_prune(&self, path: &[u8]) -> Result<bool, Error> {
        let mut state = self.lock();
        let path = path.strip_suffix(b"/").unwrap_or(path);
        let folder = if path.is_empty() {
            Arc::clone(&state.root)
        } else {
            let mut inside = path.to_owned();
            inside.push(b'/');
            state.folder(self, &inside)?
        };
        let territory = &folder.territory;
        let is_git = path.split(|&byte| byte == b'/').any(|name| territory.is_git_name(name));
        Ok(is_git
            || folder.opaque
            || folder.excluded.is_some()
                && !territory.tracks_below(without_slash(&territory.path_from_top(path))))
    }

    /// Forgets what was read: all of it, or what the given paths change. A `.gitignore` changes its folder; any other path
    /// in the tree what is at it; one in `.git` or outside of the tree changes all.
    ///
    /// # Errors
    /// [`Error::Path`].
    pub fn reload(&self, paths: Option<&mut dyn Iterator<Item = &[u8]>>) -> Result<(), Error> {
        let mut state = self.lock();
        let Some(paths) = paths else {
            *state = State::read(&self.root, &self.options);
            return Ok(());
        };
        let mut folders = Vec::new();
        for path in paths {
            let path = path.strip_suffix(b"/").unwrap_or(path);
            check_path(path)?;
            let mut names = path.split(|&byte| byte == b'/');
            let name_at = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
            let of_git = names.any(|name| state.root.territory.is_git_name(name));
            let is_rules = &path[name_at..] == b".gitignore";
            if of_git || path.is_empty() || is_rules && name_at == 0 {
                *state = State::read(&self.root, &self.options);
                return Ok(());
            }
            let changed = if is_rules { path[..name_at].to_owned() } else { [path, b"/"].concat() };
            // What was not there may have come with folders above it.
            let mut above =
                (1..=changed.len()).filter(|&end| changed[end - 1] == b'/').map(|end| &changed[..end]);
            let missing = above.find(|folder| state.folders.get(*folder).is_some_and(|folder| !folder.real));
            folders.push(missing.unwrap_or(&changed).to_owned());
        }
        for folder in folders {
            let root = &self.root;
            state.folders.retain(|path, _| !path.starts_with(&folder));
            state.problems.retain(|problem| !bytes_below(root, &problem.path).starts_with(&folder));
        }
        state.kept_bytes = state.folders.iter().map(|(path, folder)| cost(path, folder)).sum();
        Ok(())
    }

    /// The files that could not be used so far, sorted.
    pub fn problems(&self) -> Vec<Unread> {
        let mut problems = self.lock().problems.clone();
        problems.sort_by_cached_key(|problem| (bytes_of(&problem.path), problem.reason.clone()));
        problems.dedup();
        problems
    }

    /// About how much memory the tree holds.
    pub fn size_bytes(&self) -> usize {
        let state = self.lock();
        let root = &state.root;
        state.kept_bytes + root.territory.tracked().size_bytes() + cost(&[], root)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic leaves folders that are whole, or none.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the folder's rules say of a path in it.
    fn standing<'a>(
        &self,
        extra: &'a RuleStack,
        folder: &'a Folder,
        path: &[u8],
        is_directory: Option<bool>,
    ) -> Standing<'a> {
        if path.is_empty() {
            return folder.excluded.as_deref().map_or(Standing::Undecided, Standing::Excluded);
        }
        if let Some(decision) = &folder.excluded {
            return Standing::Excluded(decision);
        }
        if folder.opaque {
            return Standing::Opaque;
        }
        let from_top = folder.territory.path_from_top(path);
        let verdict = |is_directory| {
            extra.verdict(path, is_directory).or_else(|| folder.rules.verdict(&from_top, is_directory))
        };
        let mut found = verdict(is_directory.unwrap_or(true));
        if is_directory.is_none()
            && found.is_some_and(|found| found.rule.is_directory_only())
            && !(folder.real && self.is_directory(path))
        {
            found = verdict(false);
        }
        found.map_or(Standing::Undecided, Standing::Decided)
    }

    /// Whether a path in the folder is tracked or holds what is.
    fn tracks(&self, folder: &Folder, path: &[u8], is_directory: Option<bool>) -> bool {
        let from_top = folder.territory.path_from_top(path);
        if is_directory != Some(true) && folder.territory.tracks(&from_top, false) {
            return true;
        }
        is_directory != Some(false)
            && folder.territory.tracks(&from_top, true)
            // A file holds nothing, though under `core.ignoreCase` a tracked folder may have its name.
            && (is_directory.is_some() || path.is_empty() || !folder.real || !self.is_other(path))
    }

    /// Whether there is something else than a directory at `path`.
    fn is_other(&self, path: &[u8]) -> bool {
        let location = path_from_bytes(path).map(|path| self.root.join(path));
        location.is_some_and(|path| fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_dir()))
    }

    /// Whether there is a directory at `path`, and no link to one.
    fn is_directory(&self, path: &[u8]) -> bool {
        let location = path_from_bytes(path).map(|path| self.root.join(path));
        location.is_some_and(|path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir()))
    }
}

/// A folder's path with its slash, and the folder: what the next path probably needs too.
type Last = Option<(Vec<u8>, Arc<Folder>)>;

impl State {
    /// What opening reads.
    fn read(root: &Path, options: &TreeOptions) -> State {
        let mut problems = Vec::new();
        let (territory, mut rules) =
            Territory::of_root(root, &options.survey(&AtomicBool::new(false)), &mut problems);
        let patterns = options.extra.iter().map(Vec::as_slice);
        let extra = RuleFile::from_patterns(patterns, territory.ignore_case());
        let mut excluded = None;
        for (folder, base_bytes) in territory.folders_above(root) {
            rules = with_rules_of(&folder, rules, base_bytes, territory.ignore_case(), &mut problems);
            let rest = &territory.prefix()[base_bytes..];
            let name_bytes = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
            let found = rules.verdict(&territory.prefix()[..base_bytes + name_bytes], true);
            if let Some(found) = found.filter(|found| !found.rule.is_negated()) {
                excluded = Some(Arc::new(Decision::of(found)));
                break;
            }
        }
        if excluded.is_none() {
            let base_bytes = territory.prefix().len();
            rules = with_rules_of(root, rules, base_bytes, territory.ignore_case(), &mut problems);
        }
        let own_rules = rules.rule_count();
        let territory = Arc::new(territory);
        let root = Folder { territory, rules, excluded, opaque: false, own_rules, real: true };
        State {
            extra: RuleStack::default().with(extra, PathBuf::from(EXTRA), 0),
            root: Arc::new(root),
            folders: HashMap::new(),
            kept_bytes: 0,
            problems,
        }
    }

    fn ignores(
        &mut self,
        tree: &IgnoreTree,
        path: &[u8],
        is_directory: Option<bool>,
        last: &mut Last,
    ) -> Result<bool, Error> {
        let (path, is_directory) = split_slash(path, is_directory);
        let (folder, known) = self.parent_of(tree, path, last)?;
        let ignored = match tree.standing(&self.extra, &folder, path, is_directory) {
            Standing::Excluded(_) => true,
            Standing::Decided(found) => !found.rule.is_negated(),
            Standing::Opaque | Standing::Undecided => false,
        };
        let ignored = ignored && !tree.tracks(&folder, path, is_directory);
        if !known {
            let folder_bytes = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
            *last = Some((path[..folder_bytes].to_owned(), folder));
        }
        Ok(ignored)
    }

    /// The folder that `path` lies in, and whether it is that of the last path. The root lies in itself.
    fn parent_of(
        &mut self,
        tree: &IgnoreTree,
        path: &[u8],
        last: &mut Last,
    ) -> Result<(Arc<Folder>, bool), Error> {
        let name_at = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        if path.len() > MAX_PATH_BYTES || !(path.is_empty() || is_name(&path[name_at..])) {
            return Err(Error::Path);
        }
        if let Some((folder_path, folder)) = last
            && *folder_path == path[..name_at]
        {
            return Ok((Arc::clone(folder), true));
        }
        self.folder(tree, &path[..name_at]).map(|folder| (folder, false))
    }

    /// What is in force in the folder whose path, with its slash, is `path`.
    fn folder(&mut self, tree: &IgnoreTree, path: &[u8]) -> Result<Arc<Folder>, Error> {
        if path.is_empty() {
            return Ok(Arc::clone(&self.root));
        }
        if let Some(folder) = self.folders.get(path) {
            return Ok(Arc::clone(folder));
        }
        if path == b"/" {
            return Err(Error::Path);
        }
        check_path(without_slash(path))?;
        // The nearest folder above that is known.
        let mut known_bytes = path.len();
        let mut folder = loop {
            let above = path[..known_bytes - 1].iter().rposition(|&byte| byte == b'/');
            known_bytes = above.map_or(0, |slash| slash + 1);
            if known_bytes == 0 {
                break Arc::clone(&self.root);
            }
            if let Some(folder) = self.folders.get(&path[..known_bytes]) {
                break Arc::clone(folder);
            }
        };
        while known_bytes < path.len() {
            let rest = path[known_bytes..].iter().position(|&byte| byte == b'/').unwrap_or_default();
            known_bytes += rest + 1;
            let child_path = &path[..known_bytes];
            folder = Arc::new(self.enter(tree, &folder, without_slash(child_path)));
            let bytes = cost(child_path, &folder);
            self.kept_bytes += bytes;
            if self.kept_bytes > MAX_KEPT_BYTES {
                self.folders.clear();
                self.kept_bytes = bytes;
            }
            self.folders.insert(child_path.into(), Arc::clone(&folder));
        }
        Ok(folder)
    }

    /// What is in force in the folder at `path`, which lies in `parent`.
    fn enter(&mut self, tree: &IgnoreTree, parent: &Folder, path: &[u8]) -> Folder {
        let mut folder = Folder { own_rules: 0, ..parent.clone() };
        if folder.excluded.is_some() || folder.opaque {
            return folder;
        }
        if let Standing::Decided(found) = tree.standing(&self.extra, parent, path, Some(true))
            && !found.rule.is_negated()
        {
            folder.excluded = Some(Arc::new(Decision::of(found)));
            return folder;
        }
        let from_top = parent.territory.path_from_top(path);
        if parent.territory.tracked().is_gitlink(&from_top) {
            folder.opaque = true;
            return folder;
        }
        folder.real = parent.real && tree.is_directory(path);
        let Some(location) = path_from_bytes(path).map(|path| tree.root.join(path)).filter(|_| folder.real)
        else {
            return folder;
        };
        if let Some(repository) = Repository::at(&location) {
            if !parent.territory.is_repository() {
                let strip_bytes = path.len() + 1;
                let (territory, rules) = Territory::of_nested(
                    repository,
                    strip_bytes,
                    &tree.options.survey(&AtomicBool::new(false)),
                    &mut self.problems,
                );
                folder.territory = Arc::new(territory);
                folder.rules = rules;
            } else if !parent.territory.tracked().contains_below(&[&*from_top, b"/"].concat()) {
                folder.opaque = true;
                return folder;
            }
        }
        let territory = &folder.territory;
        let mut inside = path.to_owned();
        inside.push(b'/');
        let base_bytes = territory.path_from_top(&inside).len();
        let above = folder.rules.rule_count();
        folder.rules =
            with_rules_of(&location, folder.rules, base_bytes, territory.ignore_case(), &mut self.problems);
        folder.own_rules = folder.rules.rule_count() - above;
        folder
    }
}

/// The rules with those of the folder's `.gitignore`, which must be a regular file.
fn with_rules_of(
    folder: &Path,
    rules: RuleStack,
    base_bytes: usize,
    ignore_case: bool,
    problems: &mut Vec<Unread>,
) -> RuleStack {
    let file = folder.join(".gitignore");
    // Links are not followed inside the working tree.
    if !fs::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_file()) {
        return rules;
    }
    match read_rules(&file, ignore_case) {
        Ok(read) => rules.with(read, file, base_bytes),
        Err(failed) => {
            problems.push(failed);
            rules
        }
    }
}

/// About how much memory a folder takes.
fn cost(path: &[u8], folder: &Folder) -> usize {
    path.len() + FOLDER_BYTES + RULE_BYTES * folder.own_rules
}

/// A path without the slash at its end, which says that it is a directory.
pub(crate) fn split_slash(path: &[u8], is_directory: Option<bool>) -> (&[u8], Option<bool>) {
    match path.strip_suffix(b"/") {
        Some(path) => (path, Some(true)),
        None => (path, is_directory),
    }
}

fn without_slash(path: &[u8]) -> &[u8] {
    path.strip_suffix(b"/").unwrap_or(path)
}

pub(crate) fn is_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..")
}

/// Whether every name of a path is one, and the path not too long.
pub(crate) fn check_path(path: &[u8]) -> Result<(), Error> {
    let plain = path.is_empty() || path.split(|&byte| byte == b'/').all(is_name);
    if plain && path.len() <= MAX_PATH_BYTES { Ok(()) } else { Err(Error::Path) }
}

/// A path below the root as bytes relative to it; empty for one elsewhere.
fn bytes_below(root: &Path, path: &Path) -> Vec<u8> {
    let Ok(below) = path.strip_prefix(root) else { return Vec::new() };
    let names: Vec<&[u8]> = below.components().map(|name| name.as_os_str().as_encoded_bytes()).collect();
    names.join(&b'/')
}
