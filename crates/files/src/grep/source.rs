//! The files to be searched, one by one, in the order of their paths.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::error::Error;
use crate::path::{below, path_from_bytes};
use crate::walk::{Item, LeftOut, OrderedWalk, Reason, Select, WalkOptions};

/// A part of the tree that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its path as those of matches begin, with a slash at its end; empty for the root. For a file, its path.
    pub path: Vec<u8>,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// Where the content of a file comes from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    Disk {
        location: PathBuf,
        follows: bool,
    },
    /// The text of a buffer that is not saved.
    Overlay(Arc<[u8]>),
}

/// One step of the way.
pub(crate) enum Step {
    File { path: Vec<u8>, origin: Origin, left_out: Option<Reason> },
    LeftOut(LeftOut),
}

/// The walks of the folders asked for, and the files named one by one, merged.
pub(crate) struct Source {
    walks: Vec<Walk>,
    /// In the order of their paths.
    named: VecDeque<(Vec<u8>, Origin)>,
    overlay: BTreeMap<Vec<u8>, Arc<[u8]>>,
    last: Option<Vec<u8>>,
}

struct Walk {
    prefix: Vec<u8>,
    walk: OrderedWalk,
    peeked: Option<Item>,
    opened: bool,
}

impl Source {
    /// # Errors
    /// What [`OrderedWalk::open`] says of a folder.
    pub(crate) fn open(
        root: &Path,
        places: &[Place],
        overlay: &BTreeMap<Vec<u8>, Arc<[u8]>>,
        options: &WalkOptions,
        select: &Arc<dyn Select + Send + Sync>,
        cancelled: &AtomicBool,
    ) -> Result<Source, Error> {
        let mut walks = Vec::new();
        let mut named = BTreeMap::new();
        for place in places {
            let location = if place.path.is_empty() { root.to_owned() } else { locate(root, &place.path) };
            if place.is_folder {
                let select = Prefixed::over(&place.path, select);
                let walk = OrderedWalk::open(&location, options.clone(), select, cancelled)?;
                walks.push(Walk { prefix: place.path.clone(), walk, peeked: None, opened: false });
            } else {
                named.insert(place.path.clone(), Origin::Disk { location, follows: true });
            }
        }
        // An open buffer is searched whatever rules and names say, where it lies in a place that was asked for.
        for (path, text) in overlay {
            let asked = places.iter().any(|place| {
                if place.is_folder { path.starts_with(&place.path) } else { *path == place.path }
            });
            if asked && (named.contains_key(path) || select.takes(path, crate::walk::Kind::File)) {
                named.insert(path.clone(), Origin::Overlay(Arc::clone(text)));
            }
        }
        let overlay = overlay.clone();
        Ok(Source { walks, named: named.into_iter().collect(), overlay, last: None })
    }

    /// The next step; `None` at the end.
    pub(crate) fn next(&mut self, cancelled: &AtomicBool) -> Result<Option<Step>, Error> {
        loop {
            let Some(step) = self.merged(cancelled)? else { return Ok(None) };
            match &step {
                Step::File { path, .. } => {
                    // Two places may hold the same file.
                    if self.last.as_ref() == Some(path) {
                        continue;
                    }
                    self.last = Some(path.clone());
                }
                // What a buffer shows is searched.
                Step::LeftOut(LeftOut { path, reason: Reason::Ignored | Reason::Hidden })
                    if self.overlay.contains_key(path) =>
                {
                    continue;
                }
                Step::LeftOut(_) => {}
            }
            return Ok(Some(step));
        }
    }

    fn merged(&mut self, cancelled: &AtomicBool) -> Result<Option<Step>, Error> {
        let mut least: Option<(usize, Vec<u8>)> = None;
        for (index, walk) in self.walks.iter_mut().enumerate() {
            if walk.peeked.is_none() && !walk.opened {
                walk.peeked = walk.walk.next(cancelled)?;
                walk.opened = walk.peeked.is_none();
            }
            let Some(item) = &walk.peeked else { continue };
            // A report about something outside of the order comes where it is met.
            let path = match item {
                Item::Entry(entry) => [&walk.prefix[..], &entry.path].concat(),
                Item::LeftOut(left_out) => [&walk.prefix[..], &left_out.path].concat(),
            };
            if least.as_ref().is_none_or(|(_, least)| path < *least) {
                least = Some((index, path));
            }
        }
        let named_first = match (&least, self.named.front()) {
            (Some((_, path)), Some((named, _))) => named <= path,
            (None, named) => named.is_some(),
            (Some(_), None) => false,
        };
        if named_first && let Some((path, origin)) = self.named.pop_front() {
            return Ok(Some(Step::File { path, origin, left_out: None }));
        }
        let Some((index, path)) = least else { return Ok(None) };
        let walk = &mut self.walks[index];
        Ok(walk.peeked.take().map(|item| match item {
            Item::Entry(entry) => Step::File {
                origin: match self.overlay.get(&path) {
                    Some(text) => Origin::Overlay(Arc::clone(text)),
                    None => Origin::Disk { location: below(walk.walk.root(), &entry.path), follows: false },
                },
                path,
                left_out: entry.left_out,
            },
            Item::LeftOut(left_out) => {
                Step::LeftOut(LeftOut { path: shown(&walk.prefix, left_out.path), reason: left_out.reason })
            }
        }))
    }
}

/// The path of something left out, as the paths of matches are.
fn shown(prefix: &[u8], path: Vec<u8>) -> Vec<u8> {
    if path == b"." && !prefix.is_empty() {
        return prefix[..prefix.len() - 1].to_owned();
    }
    let absolute = Path::new(&path_from_bytes(&path)).is_absolute();
    if absolute { path } else { [prefix, &path].concat() }
}

fn locate(root: &Path, path: &[u8]) -> PathBuf {
    below(root, path)
}

/// Asks with the paths that matches have, not those of a walk further down.
struct Prefixed {
    prefix: Vec<u8>,
    select: Arc<dyn Select + Send + Sync>,
}

impl Prefixed {
    fn over(prefix: &[u8], select: &Arc<dyn Select + Send + Sync>) -> Arc<dyn Select + Send + Sync> {
        if prefix.is_empty() {
            return Arc::clone(select);
        }
        Arc::new(Prefixed { prefix: prefix.to_owned(), select: Arc::clone(select) })
    }
}

impl Select for Prefixed {
    fn enters(&self, path: &[u8]) -> bool {
        self.select.enters(&[&self.prefix, path].concat())
    }

    fn takes(&self, path: &[u8], kind: crate::walk::Kind) -> bool {
        self.select.takes(&[&self.prefix, path].concat(), kind)
    }
}
