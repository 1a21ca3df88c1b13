//! A walk step by step, in the order of the paths.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::folder::{Folder, Reader, Tree, What, check};
use super::scope::Task;
use super::{Entry, Item, LeftOut, Select, Turn, WalkOptions, open_root};
use crate::error::Error;

/// A walk that goes on where it stopped. It holds no open folder between two steps, only names.
///
/// The files of rules, configuration and the index outside the tree that could not be used come first; what could not be
/// read comes in its place.
pub(crate) struct OrderedWalk {
    reader: Reader,
    select: Arc<dyn Select + Send + Sync>,
    tree: Arc<Tree>,
    /// Comes before everything else.
    pending: VecDeque<LeftOut>,
    /// The folder to be read next.
    next: Option<Task>,
    /// The folders from the root down.
    open: Vec<Open>,
    /// The path of the last of them, with a slash at its end.
    path: Vec<u8>,
    /// Cut short in the middle of a folder: there is no going on.
    failed: bool,
}

struct Open {
    folder: Folder,
    tasks: Vec<Option<Task>>,
    at: usize,
    /// The length of the parent's path.
    parent_bytes: usize,
}

impl OrderedWalk {
    /// A walk of the folder `root`, which may be a link to one.
    ///
    /// # Errors
    /// [`Error::Io`] when `root` is missing, not a folder, or unreadable; [`Error::Aborted`].
    pub(crate) fn open(
        root: &Path,
        options: WalkOptions,
        select: Arc<dyn Select + Send + Sync>,
        cancelled: &AtomicBool,
    ) -> Result<OrderedWalk, Error> {
        check(cancelled)?;
        let tree = Arc::new(Tree { root: open_root(root)?, options });
        let mut reader = Reader::new(Arc::clone(&tree), true);
        let next = reader.root_task(cancelled);
        // An index that was given up is reported like one that cannot be used.
        check(cancelled)?;
        let pending = std::mem::take(&mut reader.reports).into();
        Ok(OrderedWalk {
            reader,
            select,
            tree,
            pending,
            next: Some(next),
            open: Vec::new(),
            path: Vec::new(),
            failed: false,
        })
    }

    /// The root's own path, links followed: paths of items lie below it.
    pub(crate) fn root(&self) -> &Path {
        &self.tree.root
    }

    /// The next step; `None` at the end.
    ///
    /// # Errors
    /// Only [`Error::Aborted`], once `cancelled` is set, and from then on.
    pub(crate) fn next(&mut self, cancelled: &AtomicBool) -> Result<Option<Item>, Error> {
        Ok(match self.next_until(None, cancelled)? {
            Turn::Next(item) => Some(item),
            Turn::Late | Turn::End => None,
        })
    }

    /// The next step, unless the deadline comes before it: that is looked at for each folder.
    ///
    /// # Errors
    /// As [`OrderedWalk::next`].
    pub(crate) fn next_until(
        &mut self,
        deadline: Option<Instant>,
        cancelled: &AtomicBool,
    ) -> Result<Turn<Item>, Error> {
        if self.failed {
            return Err(Error::Aborted);
        }
        let step = check(cancelled).and_then(|()| self.step(deadline, cancelled));
        self.failed = step.is_err();
        step
    }

    fn step(&mut self, deadline: Option<Instant>, cancelled: &AtomicBool) -> Result<Turn<Item>, Error> {
        loop {
            if self.next.is_some() && deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(Turn::Late);
            }
            if let Some(task) = self.next.take() {
                let read = self.reader.read(&task, &*self.select, cancelled)?;
                // As at the start.
                check(cancelled)?;
                self.pending.extend(self.reader.reports.drain(..));
                if let Some((folder, tasks)) = read {
                    let tasks = tasks.into_iter().map(Some).collect();
                    self.open.push(Open { folder, tasks, at: 0, parent_bytes: self.path.len() });
                    self.path = task.path;
                }
            }
            if let Some(left_out) = self.pending.pop_front() {
                return Ok(Turn::Next(Item::LeftOut(left_out)));
            }
            let Some(open) = self.open.last_mut() else { return Ok(Turn::End) };
            let Some((name, what)) = open.folder.row(open.at) else {
                self.path.truncate(open.parent_bytes);
                self.open.pop();
                continue;
            };
            open.at += 1;
            let path = || [&self.path, name].concat();
            match what {
                What::Below(child) => self.next = open.tasks[*child].take(),
                What::LeftOut(reason) => {
                    return Ok(Turn::Next(Item::LeftOut(LeftOut { path: path(), reason: reason.clone() })));
                }
                What::Entry { kind, left_out } => {
                    let entry = Entry { path: path(), kind: *kind, left_out: left_out.clone() };
                    return Ok(Turn::Next(Item::Entry(entry)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::{Kind, Reason, Symlinks};
    use serde_json::Value;
    use std::fs;

    /// Wants what ends so, of the folders that are named.
    struct Table {
        directories: bool,
        ends: String,
        below: Option<Vec<String>>,
    }

    impl Select for Table {
        fn enters(&self, path: &[u8]) -> bool {
            self.below.as_ref().is_none_or(|below| below.iter().any(|folder| folder.as_bytes() == path))
        }

        fn takes(&self, path: &[u8], kind: Kind) -> bool {
            path.ends_with(self.ends.as_bytes()) && (self.directories || kind != Kind::Directory)
        }
    }

    fn shown(item: &Item) -> String {
        let text = |path: &[u8]| String::from_utf8(path.to_vec()).expect("UTF-8");
        let reason = |reason: &Reason| {
            let name = format!("{reason:?}");
            let name = name.split('(').next().unwrap_or_default();
            name[..1].to_lowercase() + &name[1..]
        };
        match item {
            Item::LeftOut(left_out) => format!("{} {}", reason(&left_out.reason), text(&left_out.path)),
            Item::Entry(entry) => {
                let kind = format!("{:?}", entry.kind).to_lowercase();
                let left_out = entry.left_out.as_ref().map_or(String::new(), |it| format!(" {}", reason(it)));
                format!("{kind} {}{left_out}", text(&entry.path))
            }
        }
    }

    #[test]
    #[cfg(unix)]
    fn walks_give_what_the_table_says() {
        let table = include_str!("../../../../__test__/fixtures/files/walk.json");
        for case in serde_json::from_str::<Vec<Value>>(table).unwrap() {
            let folder = tempfile::tempdir().unwrap();
            for (name, content) in case["files"].as_object().unwrap() {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                let content = content.as_str().unwrap().replace("LARGE", &"x".repeat(5 << 20));
                fs::write(path, content).unwrap();
            }
            for (name, target) in case["links"].as_object().into_iter().flatten() {
                std::os::unix::fs::symlink(target.as_str().unwrap(), folder.path().join(name)).unwrap();
            }
            let flag = |name: &str, usual: bool| case[name].as_bool().unwrap_or(usual);
            let environment =
                tenon_ignore::Environment { git_config_nosystem: Some("1".to_owned()), ..Default::default() };
            let options = WalkOptions {
                hidden: flag("hidden", true),
                ignore: flag("ignore", true),
                environment,
                include_left_out: flag("includeLeftOut", false),
                symlinks: if case["symlinks"] == "follow" { Symlinks::Follow } else { Symlinks::LeaveOut },
                special: false,
            };
            let strings = |value: &Value| -> Option<Vec<String>> {
                Some(value.as_array()?.iter().map(|it| it.as_str().unwrap().to_owned()).collect())
            };
            let select = Table {
                directories: flag("directories", false),
                ends: case["ends"].as_str().unwrap_or_default().to_owned(),
                below: strings(&case["below"]),
            };
            let cancelled = AtomicBool::new(false);
            let mut walk = OrderedWalk::open(folder.path(), options, Arc::new(select), &cancelled).unwrap();
            let mut items = Vec::new();
            while let Some(item) = walk.next(&cancelled).unwrap() {
                items.push(shown(&item));
            }
            assert_eq!(items, strings(&case["items"]).unwrap(), "{}", case["says"]);
            assert_eq!(walk.next(&cancelled).unwrap(), None);
        }
    }

    #[test]
    fn a_walk_ends_where_it_is_late_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("d")).unwrap();
        fs::write(folder.path().join("d/a"), "").unwrap();
        let cancelled = AtomicBool::new(false);
        let select = Arc::new(crate::walk::Everything);
        let mut walk = OrderedWalk::open(folder.path(), WalkOptions::default(), select, &cancelled).unwrap();
        let mut next = |deadline| walk.next_until(deadline, &cancelled).unwrap();
        assert!(matches!(next(Some(Instant::now())), Turn::Late));
        assert!(matches!(next(None), Turn::Next(Item::Entry(entry)) if entry.path == b"d/a"));
        assert!(matches!(next(Some(Instant::now())), Turn::End));
    }

    #[test]
    fn a_walk_that_was_cancelled_stays_so() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "").unwrap();
        let (go, stop) = (AtomicBool::new(false), AtomicBool::new(true));
        let select = Arc::new(crate::walk::Everything);
        let mut walk = OrderedWalk::open(folder.path(), WalkOptions::default(), select, &go).unwrap();
        assert!(matches!(walk.next(&stop), Err(Error::Aborted)));
        assert!(matches!(walk.next(&go), Err(Error::Aborted)));
    }
}
