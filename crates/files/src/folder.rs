//! One folder: what it holds that counts, and what had to be left out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tenon_ignore::{Repository, RuleStack, errno_name, read_rules};

use crate::error::Error;
use crate::listing::Skipped;
use crate::scope::{Surroundings, Task, Territory};

/// The entries of a folder that count, in the order of the paths they lead to.
#[derive(Default)]
pub(crate) struct Folder {
    names: String,
    entries: Vec<Entry>,
}

struct Entry {
    start: usize,
    end: usize,
    /// For a folder, which of the tasks it is; `None` for a file.
    child: Option<usize>,
}

impl Folder {
    /// The entry at an index: its name, and for a folder which task it is.
    pub(crate) fn entry(&self, index: usize) -> Option<(&str, Option<usize>)> {
        let entry = self.entries.get(index)?;
        Some((&self.names[entry.start..entry.end], entry.child))
    }

    pub(crate) fn file_count(&self) -> usize {
        self.entries.iter().filter(|entry| entry.child.is_none()).count()
    }

    /// Numbers the children from `first` on instead of from 0.
    pub(crate) fn number_children_from(&mut self, first: usize) {
        for child in self.entries.iter_mut().filter_map(|entry| entry.child.as_mut()) {
            *child += first;
        }
    }

    fn push(&mut self, name: &str, child: Option<usize>) {
        let start = self.names.len();
        self.names.push_str(name);
        self.entries.push(Entry { start, end: self.names.len(), child });
    }

    /// Sorts so that paths come out in the order of their bytes: a folder's name counts with its slash.
    fn sort(&mut self) {
        let names = self.names.as_bytes();
        self.entries.sort_unstable_by(|a, b| {
            let (left, right) = (&names[a.start..a.end], &names[b.start..b.end]);
            let common = left.len().min(right.len());
            let after =
                |name: &[u8], entry: &Entry| name.get(common).copied().or_else(|| entry.child.map(|_| b'/'));
            left[..common].cmp(&right[..common]).then_with(|| after(left, a).cmp(&after(right, b)))
        });
    }
}

/// What reading folders needs to know throughout a walk.
pub(crate) struct Reader<'a> {
    pub(crate) root: &'a Path,
    pub(crate) hidden: bool,
    pub(crate) ignore: bool,
    pub(crate) surroundings: Surroundings<'a>,
}

/// The kinds of entry that make a difference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
}

/// The names in a folder, one behind the other, with those entries that are files or folders.
#[derive(Default)]
struct Names {
    bytes: Vec<u8>,
    entries: Vec<(usize, usize, Kind)>,
    /// There is an entry named `.git`, of any kind.
    git: bool,
    /// There is a regular file named `.gitignore`.
    rules: bool,
}

impl Reader<'_> {
    /// What counts in the folder of `task`, with the tasks of its subfolders. `None` when the folder is gone, opaque or
    /// unreadable; what is worth a report is added to `skipped`.
    ///
    /// # Errors
    /// Only [`Error::Aborted`].
    pub(crate) fn read(
        &self,
        task: &Task,
        skipped: &mut Vec<Skipped>,
    ) -> Result<Option<(Folder, Vec<Task>)>, Error> {
        let location = self.locate(&task.path);
        self.check()?;
        let names = match self.names(&location, &task.territory)? {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                skipped.push(Skipped::new(without_slash(&task.path), errno_name(&error)));
                return Ok(None);
            }
        };
        let Some(scope) = self.enter(task, &location, &names, skipped) else { return Ok(None) };
        self.choose(task, &scope, &names, skipped).map(Some)
    }

    /// # Errors
    /// [`Error::Aborted`] once the work is cancelled.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.surroundings.cancelled.load(Ordering::Relaxed) { Err(Error::Aborted) } else { Ok(()) }
    }

    /// The folder's path for the operating system.
    pub(crate) fn locate(&self, path: &str) -> PathBuf {
        self.root.join(without_slash(path))
    }

    /// The names in a folder, with the kind the directory itself records.
    fn names(&self, location: &Path, territory: &Territory) -> Result<io::Result<Names>, Error> {
        let entries = match fs::read_dir(location) {
            Ok(entries) => entries,
            Err(error) => return Ok(Err(error)),
        };
        let mut names = Names::default();
        for entry in entries {
            self.check()?;
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return Ok(Err(error)),
            };
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Ok(Err(error)),
            };
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            if territory.is_git_name(name) {
                names.git = true;
                continue;
            }
            let kind = if kind.is_file() {
                names.rules |= name == b".gitignore";
                Kind::File
            } else if kind.is_dir() {
                Kind::Folder
            } else {
                continue;
            };
            if self.hidden || name[0] != b'.' {
                let start = names.bytes.len();
                names.bytes.extend_from_slice(name);
                names.entries.push((start, names.bytes.len(), kind));
            }
        }
        Ok(Ok(names))
    }

    /// What is in force inside the folder; `None` when it is a repository of its own inside another.
    fn enter(
        &self,
        task: &Task,
        location: &Path,
        names: &Names,
        skipped: &mut Vec<Skipped>,
    ) -> Option<Scope> {
        let mut territory = Arc::clone(&task.territory);
        let mut rules = task.rules.clone();
        if !self.ignore {
            return Some(Scope { territory, rules, tracked_only: false });
        }
        if names.git
            && !task.path.is_empty()
            && let Some(repository) = Repository::at(location)
        {
            if !territory.is_repository() {
                let (nested, nested_rules) =
                    Territory::of_nested(repository, task.path.len(), &self.surroundings);
                territory = Arc::new(nested);
                rules = nested_rules;
            } else if !territory.tracked().contains_below(&territory.path_from_top(&task.path)) {
                skipped.push(Skipped::nested_repository(without_slash(&task.path)));
                return None;
            }
        }
        if names.rules && !task.tracked_only {
            let file = location.join(".gitignore");
            match read_rules(&file, territory.ignore_case()) {
                Ok(read) => rules = rules.with(read, file, territory.path_from_top(&task.path).len()),
                Err(failed) => skipped.push(Skipped::new(&format!("{}.gitignore", task.path), failed.reason)),
            }
        }
        Some(Scope { territory, rules, tracked_only: task.tracked_only })
    }

    /// The entries that count.
    fn choose(
        &self,
        task: &Task,
        scope: &Scope,
        names: &Names,
        skipped: &mut Vec<Skipped>,
    ) -> Result<(Folder, Vec<Task>), Error> {
        let mut folder = Folder::default();
        let mut tasks = Vec::new();
        let mut path = if self.ignore { scope.territory.path_from_top(&task.path) } else { Vec::new() };
        let folder_bytes = path.len();
        for &(start, end, kind) in &names.entries {
            // Cheap beside the rules, of which one entry may try a hundred thousand.
            self.check()?;
            let name = &names.bytes[start..end];
            let mut tracked_only = false;
            let mut gitlink = false;
            if self.ignore {
                path.truncate(folder_bytes);
                path.extend_from_slice(name);
                match scope.standing(&mut path, kind) {
                    Standing::Out => continue,
                    Standing::In => {}
                    Standing::TrackedInside => tracked_only = true,
                    Standing::Submodule => gitlink = true,
                }
            }
            let Ok(name) = std::str::from_utf8(name) else {
                let path = format!("{}{}", task.path, String::from_utf8_lossy(name));
                skipped.push(Skipped::new(&path, "name is not valid UTF-8".to_owned()));
                continue;
            };
            if gitlink {
                skipped.push(Skipped::nested_repository(&format!("{}{name}", task.path)));
            } else if kind == Kind::File {
                folder.push(name, None);
            } else {
                folder.push(name, Some(tasks.len()));
                tasks.push(Task {
                    path: [&task.path, name, "/"].concat(),
                    territory: Arc::clone(&scope.territory),
                    rules: scope.rules.clone(),
                    tracked_only,
                });
            }
        }
        folder.sort();
        Ok((folder, tasks))
    }
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
    /// How an entry stands, by its path from the top. A slash may be left at the end of `path`.
    fn standing(&self, path: &mut Vec<u8>, kind: Kind) -> Standing {
        let is_folder = kind == Kind::Folder;
        if is_folder && self.territory.tracked().is_gitlink(path) {
            return Standing::Submodule;
        }
        if !self.tracked_only && !self.rules.ignores(path, is_folder) {
            return Standing::In;
        }
        let tracked = self.territory.tracked();
        if !is_folder {
            return if tracked.contains(path) { Standing::In } else { Standing::Out };
        }
        path.push(b'/');
        if tracked.contains_below(path) { Standing::TrackedInside } else { Standing::Out }
    }
}

fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}
