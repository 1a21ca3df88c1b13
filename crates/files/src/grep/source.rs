//! The files to be searched, one by one, in the order of their paths.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::error::Error;
use crate::path::{below, path_from_bytes};
use crate::walk::{Item, Kind, LeftOut, OrderedWalk, Reason, Select, Turn, WalkOptions};

/// Texts that stand for files, by path.
pub(crate) type Overlay = BTreeMap<Vec<u8>, Arc<[u8]>>;

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
    /// All of their paths.
    named_paths: HashSet<Vec<u8>>,
    overlay: Overlay,
    last: Option<Vec<u8>>,
    /// With several folders, of which one may lie in another: the paths given out.
    given: Option<Given>,
}

#[derive(Default)]
struct Given {
    files: HashSet<Vec<u8>>,
    left_out: HashSet<Vec<u8>>,
    rule_files: HashSet<Vec<u8>>,
}

impl Given {
    /// Whether the step was given out; from now on it is.
    fn has(&mut self, step: &Step) -> bool {
        let (paths, path) = match step {
            Step::File { path, .. } => (&mut self.files, path),
            Step::LeftOut(LeftOut { path, reason: Reason::RuleFile(_) }) => (&mut self.rule_files, path),
            Step::LeftOut(LeftOut { path, .. }) => (&mut self.left_out, path),
        };
        !paths.insert(path.clone())
    }
}

struct Walk {
    prefix: Vec<u8>,
    walk: OrderedWalk,
    peeked: Option<Item>,
    ended: bool,
}

impl Source {
    /// `places` are paths as those of matches begin, without a slash at the end; an empty one is the root.
    ///
    /// # Errors
    /// What [`OrderedWalk::open`] says of a folder; [`Error::Io`] for a place that is not there.
    pub(crate) fn open(
        root: &Path,
        places: &[Vec<u8>],
        overlay: &Overlay,
        options: &WalkOptions,
        select: &Arc<dyn Select + Send + Sync>,
        cancelled: &AtomicBool,
    ) -> Result<Source, Error> {
        let (mut walks, mut named, mut prefixes) = (Vec::new(), BTreeMap::new(), Vec::new());
        for place in places {
            let location = below(root, place);
            let slash: &[u8] = if place.is_empty() || place.ends_with(b"/") { b"" } else { b"/" };
            let prefix = [place, slash].concat();
            let standing = match place.is_empty() {
                true => Standing::Folder,
                false => standing(&location, place, &prefix, overlay)?,
            };
            match standing {
                Standing::Folder => {
                    let select = Prefixed::over(&prefix, select);
                    let walk = OrderedWalk::open(&location, options.clone(), select, cancelled)?;
                    walks.push(Walk { prefix: prefix.clone(), walk, peeked: None, ended: false });
                }
                Standing::File => {
                    named.insert(place.clone(), Origin::Disk { location, follows: true });
                }
                Standing::Buffers => {}
            }
            prefixes.push(prefix);
        }
        // An open buffer is searched whatever rules and names say, where it lies in a place that was asked for.
        for (path, text) in overlay {
            let below_one = || prefixes.iter().any(|prefix| path.starts_with(prefix));
            if places.contains(path) || below_one() && select.takes(path, Kind::File) {
                named.insert(path.clone(), Origin::Overlay(Arc::clone(text)));
            }
        }
        let overlay = overlay.clone();
        let given = (walks.len() > 1).then(Given::default);
        let named_paths = named.keys().cloned().collect();
        let named = named.into_iter().collect();
        Ok(Source { walks, named, named_paths, overlay, last: None, given })
    }

    /// The next step, unless the deadline comes before it.
    pub(crate) fn next(
        &mut self,
        deadline: Option<Instant>,
        cancelled: &AtomicBool,
    ) -> Result<Turn<Step>, Error> {
        loop {
            let step = match self.merged(deadline, cancelled)? {
                Turn::Next(step) => step,
                Turn::Late => return Ok(Turn::Late),
                Turn::End => return Ok(Turn::End),
            };
            match &step {
                Step::File { path, .. } => {
                    // A walk meets the files that are named too.
                    if self.last.as_ref() == Some(path) {
                        continue;
                    }
                    self.last = Some(path.clone());
                }
                Step::LeftOut(LeftOut { path, reason }) => {
                    // It is searched all the same.
                    if hides_files(reason) && self.named_paths.contains(path) {
                        continue;
                    }
                }
            }
            if self.given.as_mut().is_some_and(|given| given.has(&step)) {
                continue;
            }
            return Ok(Turn::Next(step));
        }
    }

    fn merged(&mut self, deadline: Option<Instant>, cancelled: &AtomicBool) -> Result<Turn<Step>, Error> {
        // The usual case, without a comparison of paths.
        if let ([walk], None) = (&mut self.walks[..], self.named.front())
            && walk.peeked.is_none()
        {
            return Ok(match walk.walk.next_until(deadline, cancelled)? {
                Turn::Next(item) => Turn::Next(walk.step(item, &self.overlay)),
                Turn::Late => Turn::Late,
                Turn::End => Turn::End,
            });
        }
        let mut least: Option<(usize, Vec<u8>)> = None;
        for (index, walk) in self.walks.iter_mut().enumerate() {
            if walk.peeked.is_none() && !walk.ended {
                match walk.walk.next_until(deadline, cancelled)? {
                    Turn::Next(item) => walk.peeked = Some(item),
                    Turn::Late => return Ok(Turn::Late),
                    Turn::End => walk.ended = true,
                }
            }
            // It comes where it is met: what lies in its folder may come before it in the order of the paths.
            if let Some(Item::LeftOut(LeftOut { reason: Reason::RuleFile(_), .. })) = walk.peeked {
                least = Some((index, Vec::new()));
                break;
            }
            let Some(item) = &walk.peeked else { continue };
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
            return Ok(Turn::Next(Step::File { path, origin, left_out: None }));
        }
        let Some((index, _)) = least else { return Ok(Turn::End) };
        let walk = &mut self.walks[index];
        Ok(walk.peeked.take().map_or(Turn::End, |item| Turn::Next(walk.step(item, &self.overlay))))
    }
}

impl Walk {
    fn step(&self, item: Item, overlay: &Overlay) -> Step {
        match item {
            Item::Entry(entry) => {
                let location = below(self.walk.root(), &entry.path);
                let path = [&self.prefix[..], &entry.path].concat();
                let origin = match overlay.get(&path) {
                    Some(text) => Origin::Overlay(Arc::clone(text)),
                    None => Origin::Disk { location, follows: false },
                };
                Step::File { path, origin, left_out: entry.left_out }
            }
            Item::LeftOut(LeftOut { path, reason }) => {
                Step::LeftOut(LeftOut { path: shown(&self.prefix, path), reason })
            }
        }
    }
}

/// Whether a file may be left out for this reason that is searched where it is named, or a buffer stands for it.
fn hides_files(reason: &Reason) -> bool {
    matches!(reason, Reason::Ignored | Reason::Hidden | Reason::Special | Reason::Symlink)
}

/// The path of something left out, as the paths of matches are.
fn shown(prefix: &[u8], path: Vec<u8>) -> Vec<u8> {
    if path == b"." && !prefix.is_empty() {
        return prefix[..prefix.len() - 1].to_owned();
    }
    let absolute = Path::new(&path_from_bytes(&path)).is_absolute();
    if absolute { path } else { [prefix, &path].concat() }
}

/// What stands at a place.
#[derive(PartialEq, Eq)]
enum Standing {
    Folder,
    File,
    /// Nothing but buffers, at the place or below it.
    Buffers,
}

fn standing(location: &Path, place: &[u8], prefix: &[u8], overlay: &Overlay) -> Result<Standing, Error> {
    let is_below =
        || overlay.range(prefix.to_owned()..).next().is_some_and(|(path, _)| path.starts_with(prefix));
    match fs::metadata(location) {
        Ok(metadata) if metadata.is_dir() => Ok(Standing::Folder),
        Ok(_) => Ok(Standing::File),
        Err(_) if overlay.contains_key(place) => Ok(Standing::Buffers),
        Err(error)
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) && is_below() =>
        {
            Ok(Standing::Buffers)
        }
        Err(source) => Err(Error::Io { operation: "search", path: location.to_owned(), source }),
    }
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

    fn takes(&self, path: &[u8], kind: Kind) -> bool {
        self.select.takes(&[&self.prefix, path].concat(), kind)
    }
}
