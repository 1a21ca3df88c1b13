//! One folder: what it holds that is wanted, and what had to be left out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tenon_ignore::{Repository, RuleStack, Territory, errno_name, read_rules};

use super::names::{Names, kind_of};
use super::scope::{RealFolder, Surroundings, Task, root_task};
use super::{Kind, LeftOut, Reason, Select, Symlinks, WalkOptions};
use crate::error::Error;
use crate::listing::LeftOutCounts;
use crate::path::{below, without_slash};

/// Links to folders a walk follows: with a few links to folders with links, a tree has more paths than can be counted.
const MAX_FOLLOWED_LINKS: usize = 100_000;

/// What a folder holds, in the order of the paths.
#[derive(Default)]
pub(super) struct Folder {
    names: Vec<u8>,
    rows: Vec<Row>,
}

struct Row {
    start: usize,
    end: usize,
    what: What,
}

/// One thing about a name in a folder. A subfolder that is wanted itself and for what is in it has two.
#[derive(Clone)]
pub(super) enum What {
    Entry {
        kind: Kind,
        left_out: Option<Reason>,
    },
    LeftOut(Reason),
    /// What is below: which of the tasks it is.
    Below(usize),
}

impl Folder {
    /// The row at an index.
    pub(super) fn row(&self, index: usize) -> Option<(&[u8], &What)> {
        let row = self.rows.get(index)?;
        Some((&self.names[row.start..row.end], &row.what))
    }

    pub(super) fn entry_count(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.what, What::Entry { .. })).count()
    }

    /// Numbers the subfolders from `first` on instead of from 0.
    pub(super) fn number_children_from(&mut self, first: usize) {
        for row in &mut self.rows {
            if let What::Below(child) = &mut row.what {
                *child += first;
            }
        }
    }

    fn push(&mut self, name: &[u8], what: What) {
        let start = self.names.len();
        self.names.extend_from_slice(name);
        self.rows.push(Row { start, end: self.names.len(), what });
    }

    /// Sorts so that paths come out in the order of their bytes: what is below a folder comes after a slash.
    fn sort(&mut self) {
        let names = &self.names;
        self.rows.sort_unstable_by(|a, b| {
            let (left, right) = (&names[a.start..a.end], &names[b.start..b.end]);
            let common = left.len().min(right.len());
            let after = |name: &[u8], row: &Row| {
                name.get(common).copied().or_else(|| matches!(row.what, What::Below(_)).then_some(b'/'))
            };
            left[..common].cmp(&right[..common]).then_with(|| after(left, a).cmp(&after(right, b)))
        });
    }
}

/// The tree a walk goes through.
pub(super) struct Tree {
    /// Absolute, links followed.
    pub(super) root: PathBuf,
    pub(super) options: WalkOptions,
}

/// Reads the folders of a tree, one at a time.
pub(super) struct Reader {
    tree: Arc<Tree>,
    /// What is left out gets rows of its own; else it is counted.
    itemized: bool,
    pub(super) counts: LeftOutCounts,
    /// What is worth a report and has no row.
    pub(super) reports: Vec<LeftOut>,
    followed: usize,
    names: Names,
}

impl Reader {
    pub(super) fn new(tree: Arc<Tree>, itemized: bool) -> Reader {
        Reader {
            tree,
            itemized,
            counts: LeftOutCounts::default(),
            reports: Vec::new(),
            followed: 0,
            names: Names::default(),
        }
    }

    /// The task every walk starts with.
    pub(super) fn root_task(&mut self, cancelled: &AtomicBool) -> Task {
        let WalkOptions { ignore, symlinks, .. } = self.tree.options;
        root_task(
            ignore,
            symlinks == Symlinks::Follow,
            &mut surroundings(&self.tree, cancelled, &mut self.reports),
        )
    }

    /// What the folder of `task` holds, with the tasks of its subfolders. `None` when the folder is gone, opaque or
    /// unreadable.
    ///
    /// # Errors
    /// Only [`Error::Aborted`].
    pub(super) fn read(
        &mut self,
        task: &Task,
        select: &dyn Select,
        cancelled: &AtomicBool,
    ) -> Result<Option<(Folder, Vec<Task>)>, Error> {
        let location = below(&self.tree.root, &task.path);
        check(cancelled)?;
        let mut names = std::mem::take(&mut self.names);
        let follows = self.tree.options.symlinks == Symlinks::Follow;
        let is_git = |name: &[u8]| task.territory.is_git_name(name);
        let read = match names.fill(&location, follows, is_git, cancelled)? {
            Ok(()) => match self.enter(task, &location, &names, cancelled) {
                Some(scope) => Some(self.choose(task, &scope, &mut names, select, cancelled)?),
                None => None,
            },
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    self.report(task, Reason::Unreadable(errno_name(&error)));
                }
                None
            }
        };
        self.names = names;
        Ok(read)
    }

    fn report(&mut self, task: &Task, reason: Reason) {
        let path = if task.path.is_empty() { b"." } else { without_slash(&task.path) };
        self.reports.push(LeftOut { path: path.to_owned(), reason });
    }

    /// What is in force inside the folder; `None` when it is a repository of its own inside another.
    fn enter(
        &mut self,
        task: &Task,
        location: &Path,
        names: &Names,
        cancelled: &AtomicBool,
    ) -> Option<Scope> {
        let mut territory = Arc::clone(&task.territory);
        let mut rules = task.rules.clone();
        if !self.tree.options.ignore {
            return Some(Scope { territory, rules, tracked_only: false });
        }
        if names.git
            && !task.path.is_empty()
            && let Some(repository) = Repository::at(location)
        {
            if !territory.is_repository() {
                let mut surroundings = surroundings(&self.tree, cancelled, &mut self.reports);
                let (nested, nested_rules) = surroundings.of_nested(repository, task.path.len());
                territory = Arc::new(nested);
                rules = nested_rules;
            } else if !territory.tracked().contains_below(&territory.path_from_top(&task.path)) {
                self.report(task, Reason::NestedRepository);
                return None;
            }
        }
        if names.rules && !task.tracked_only {
            let file = location.join(".gitignore");
            match read_rules(&file, territory.ignore_case()) {
                Ok(read) => rules = rules.with(read, file, territory.path_from_top(&task.path).len()),
                Err(failed) => {
                    let path = [&task.path, &b".gitignore"[..]].concat();
                    self.reports.push(LeftOut { path, reason: Reason::RuleFile(failed.reason) });
                }
            }
        }
        Some(Scope { territory, rules, tracked_only: task.tracked_only })
    }

    /// What is wanted of the names, and what is left out.
    fn choose(
        &mut self,
        task: &Task,
        scope: &Scope,
        names: &mut Names,
        select: &dyn Select,
        cancelled: &AtomicBool,
    ) -> Result<(Folder, Vec<Task>), Error> {
        let tree = Arc::clone(&self.tree);
        let options = &tree.options;
        let follow = options.symlinks == Symlinks::Follow;
        if follow {
            // The limit of links must not depend on the order the system gives.
            names.sort();
        }
        let mut folder = Folder::default();
        let mut tasks = Vec::new();
        // With the prefix in front: rules and the walk see it from different places.
        let prefix_bytes = scope.territory.prefix().len();
        let mut path = [scope.territory.prefix(), &task.path].concat();
        let folder_bytes = path.len();
        for &(start, end, found) in &names.entries {
            // Cheap beside the rules, of which one entry may try a hundred thousand.
            check(cancelled)?;
            let name = &names.bytes[start..end];
            path.truncate(folder_bytes);
            path.extend_from_slice(name);
            let hidden = task.hidden || !options.hidden && name[0] == b'.';
            let mut kind = found;
            let (mut refusal, mut real) = (None, None);
            if follow && found == Kind::Symlink && (!hidden || options.include_left_out) {
                match self.resolve(task, &path[prefix_bytes..]) {
                    Ok((target, folder)) => (kind, real) = (target, folder),
                    Err(reason) => refusal = Some(reason),
                }
            }
            let takes = select.takes(&path[prefix_bytes..], kind);
            let mut enters = false;
            if kind == Kind::Directory || refusal.is_some() {
                path.push(b'/');
                enters = select.enters(&path[prefix_bytes..]);
                path.pop();
            }
            if !takes && !enters {
                continue;
            }

            let (mut left_out, mut tracked_only, mut gitlink) = (None, false, false);
            if hidden {
                left_out = Some(Reason::Hidden);
            }
            if options.ignore && (left_out.is_none() || options.include_left_out) {
                // git sees the link, whatever it leads to.
                match scope.standing(&mut path, found == Kind::Directory) {
                    Standing::In => {}
                    Standing::TrackedInside => tracked_only = true,
                    Standing::Submodule => gitlink = true,
                    Standing::Out => {
                        tracked_only = true;
                        left_out.get_or_insert(Reason::Ignored);
                    }
                }
            }
            if !options.include_left_out
                && let Some(reason) = left_out
            {
                self.leave(&mut folder, task, name, reason);
                continue;
            }
            let refusal = refusal.or(match kind {
                Kind::Symlink if options.symlinks != Symlinks::Take => Some(Reason::Symlink),
                Kind::Other if !options.special => Some(Reason::Special),
                _ => None,
            });
            if let Some(reason) = refusal {
                self.leave(&mut folder, task, name, reason);
                continue;
            }
            if takes {
                folder.push(name, What::Entry { kind, left_out });
            }
            if !enters {
                continue;
            }
            if gitlink {
                self.leave(&mut folder, task, name, Reason::NestedRepository);
                continue;
            }
            if let (None, Some(parent)) = (&real, &task.real) {
                let path = below(&parent.path, name);
                real = Some(Arc::new(RealFolder { path, parent: Some(Arc::clone(parent)) }));
            }
            folder.push(name, What::Below(tasks.len()));
            tasks.push(Task {
                path: [&task.path, name, b"/"].concat(),
                territory: Arc::clone(&scope.territory),
                rules: scope.rules.clone(),
                tracked_only,
                hidden,
                real,
            });
        }
        folder.sort();
        Ok((folder, tasks))
    }

    /// Counts what is left out, or gives it a row.
    fn leave(&mut self, folder: &mut Folder, task: &Task, name: &[u8], reason: Reason) {
        if self.itemized {
            folder.push(name, What::LeftOut(reason));
        } else if reason.report().is_some() {
            self.reports.push(LeftOut { path: [&task.path, name].concat(), reason });
        } else {
            self.counts.add(&reason);
        }
    }

    /// What a link leads to, where it may be followed.
    fn resolve(&mut self, task: &Task, path: &[u8]) -> Result<(Kind, Option<Arc<RealFolder>>), Reason> {
        let unreachable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Reason::LinkToNothing,
            _ => Reason::Unreadable(errno_name(&error)),
        };
        let root = &self.tree.root;
        let real = fs::canonicalize(below(root, path)).map_err(unreachable)?;
        let inside = real.strip_prefix(root).map_err(|_| Reason::LinkOutside)?;
        if inside.components().any(|part| task.territory.is_git_name(part.as_os_str().as_encoded_bytes())) {
            return Err(Reason::LinkIntoGit);
        }
        let kind = kind_of(fs::metadata(&real).map_err(unreachable)?.file_type());
        if kind != Kind::Directory {
            return Ok((kind, None));
        }
        if task.real.as_ref().is_some_and(|folder| folder.is_in(&real)) {
            return Err(Reason::LinkLoop);
        }
        if self.followed == MAX_FOLLOWED_LINKS {
            return Err(Reason::TooManyLinks);
        }
        self.followed += 1;
        Ok((kind, Some(Arc::new(RealFolder { path: real, parent: task.real.clone() }))))
    }
}

/// # Errors
/// [`Error::Aborted`] once the work is cancelled.
pub(super) fn check(cancelled: &AtomicBool) -> Result<(), Error> {
    if cancelled.load(Ordering::Relaxed) { Err(Error::Aborted) } else { Ok(()) }
}

fn surroundings<'a>(
    tree: &'a Tree,
    cancelled: &'a AtomicBool,
    reports: &'a mut Vec<LeftOut>,
) -> Surroundings<'a> {
    Surroundings { root: &tree.root, environment: &tree.options.environment, cancelled, reports }
}

/// What is in force inside a folder.
struct Scope {
    territory: Arc<Territory>,
    rules: RuleStack,
    tracked_only: bool,
}

enum Standing {
    In,
    Out,
    /// An excluded folder with tracked files in it.
    TrackedInside,
    Submodule,
}

impl Scope {
    /// How an entry stands, by its path from the top, with the prefix in front. A slash may be left at its end.
    fn standing(&self, path: &mut Vec<u8>, is_folder: bool) -> Standing {
        let strip_bytes = self.territory.strip_bytes();
        let tracked = self.territory.tracked();
        if is_folder && tracked.is_gitlink(&path[strip_bytes..]) {
            return Standing::Submodule;
        }
        if !self.tracked_only && !self.rules.ignores(&path[strip_bytes..], is_folder) {
            return Standing::In;
        }
        if !is_folder {
            return if tracked.contains(&path[strip_bytes..]) { Standing::In } else { Standing::Out };
        }
        path.push(b'/');
        if tracked.contains_below(&path[strip_bytes..]) { Standing::TrackedInside } else { Standing::Out }
    }
}
