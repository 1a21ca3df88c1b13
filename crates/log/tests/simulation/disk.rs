//! A disk in memory that loses what a real one may lose.
//!
//! What is written is in the page cache. [`SimulatedDisk::crash`] keeps an arbitrary part of what was not synced: of a
//! file's sectors of 512 bytes each the old or the new one, of its lengths the old, the new or one between, of the
//! changes of a directory any subset. A sync that fails leaves its file's sectors clean and yet not on the disk, as
//! Linux does.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, MutexGuard};

use tenon_log::disk::{Access, Disk, DiskFile};

const SECTOR_BYTES: usize = 512;

/// What happens at an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails with EIO.
    Io,
    /// It fails with ENOSPC, if it can.
    Full,
    /// It happens in part, and it and all after it fail until [`SimulatedDisk::crash`].
    PowerOff,
}

/// Whether a sector of the page cache is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sector {
    Clean,
    Dirty,
    /// Zero since a file was cut or made longer: a change of the file system's own, which a failed sync does not drop.
    Emptied,
    /// Its sync failed: no later one writes it.
    Dropped,
}

#[derive(Default)]
struct Content {
    cached: Vec<u8>,
    stored: Vec<u8>,
    sectors: Vec<Sector>,
}

#[derive(Clone)]
enum Change {
    Link(OsString, usize),
    Unlink(OsString),
    Rename(OsString, OsString, usize),
}

type Entries = BTreeMap<OsString, usize>;

#[derive(Default)]
struct Directory {
    cached: Entries,
    stored: Entries,
    changes: Vec<Change>,
}

enum Node {
    File(Content),
    Directory(Directory),
}

struct State {
    random: fastrand::Rng,
    nodes: Vec<Node>,
    operations: u64,
    faults: Vec<(u64, Fault)>,
    fired: u64,
    capacity_bytes: u64,
    power: bool,
    process: u64,
    trace: Option<Vec<String>>,
}

/// See the module. A clone is the same disk.
#[derive(Clone)]
pub(crate) struct SimulatedDisk(Arc<Mutex<State>>);

/// A file of it, which belongs to the process that opened it.
pub(crate) struct SimulatedFile {
    disk: SimulatedDisk,
    node: usize,
    process: u64,
    writable: bool,
}

fn full() -> io::Error {
    io::Error::from(io::ErrorKind::StorageFull)
}

fn broken() -> io::Error {
    io::Error::other("simulated EIO")
}

/// What a crash keeps.
#[derive(Clone, Copy)]
enum Taste {
    Nothing,
    All,
    Some(f64),
    Before(f64),
    After(f64),
}

impl Taste {
    fn of(random: &mut fastrand::Rng) -> Self {
        match random.u8(..8) {
            0 => Self::Nothing,
            1 => Self::All,
            2 => Self::Before(random.f64()),
            3 => Self::After(random.f64()),
            4 => Self::Some(0.9),
            _ => Self::Some(random.f64()),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a chance")]
    fn keeps(self, random: &mut fastrand::Rng, index: usize, all: usize) -> bool {
        let place = (index as f64 + 0.5) / all as f64;
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::Some(part) => random.f64() < part,
            Self::Before(part) => place < part,
            Self::After(part) => place > part,
        }
    }
}

impl Content {
    fn mark(&mut self, from: usize, to: usize, mark: Sector) {
        let sectors = self.cached.len().max(self.stored.len()).div_ceil(SECTOR_BYTES);
        if self.sectors.len() < sectors {
            self.sectors.resize(sectors, Sector::Clean);
        }
        if from < to {
            self.sectors[from / SECTOR_BYTES..to.div_ceil(SECTOR_BYTES)].fill(mark);
        }
    }

    fn set_len(&mut self, bytes: usize) {
        let before = self.cached.len();
        self.cached.resize(bytes, 0);
        let (low, high) = (before.min(bytes), before.max(bytes));
        // A sector that is written already stays what it is.
        let first = low.div_ceil(SECTOR_BYTES) * SECTOR_BYTES;
        self.mark(first.min(high), high, Sector::Emptied);
        if !low.is_multiple_of(SECTOR_BYTES) && self.sectors[low / SECTOR_BYTES] == Sector::Clean {
            self.mark(low, low + 1, Sector::Emptied);
        }
    }

    fn write(&mut self, bytes: &[u8], offset: usize) {
        let end = offset + bytes.len();
        if end > self.cached.len() {
            self.set_len(end);
        }
        self.cached[offset..end].copy_from_slice(bytes);
        self.mark(offset, end, Sector::Dirty);
    }

    /// The disk's sector becomes the cache's.
    fn store(&mut self, sector: usize) {
        let from = sector * SECTOR_BYTES;
        let to = from + SECTOR_BYTES;
        if self.stored.len() < to {
            self.stored.resize(to, 0);
        }
        let cached = self.cached.get(from..).unwrap_or_default();
        let cached = &cached[..cached.len().min(SECTOR_BYTES)];
        self.stored[from..from + cached.len()].copy_from_slice(cached);
        self.stored[from + cached.len()..to].fill(0);
    }

    fn unsynced(&self) -> Vec<usize> {
        (0..self.sectors.len()).filter(|&sector| self.sectors[sector] != Sector::Clean).collect()
    }

    fn sync(&mut self) {
        let bytes = self.cached.len();
        for sector in self.unsynced() {
            if self.sectors[sector] != Sector::Dropped {
                self.store(sector);
                self.sectors[sector] = Sector::Clean;
            }
        }
        self.stored.resize(bytes, 0);
        self.mark(0, 0, Sector::Clean);
    }

    /// The disk comes to hold some of what is in the cache, as it may at any time.
    fn write_back(&mut self, taste: Taste, random: &mut fastrand::Rng) {
        let before = self.stored.len();
        let unsynced = self.unsynced();
        let all = unsynced.len();
        for (index, sector) in unsynced.into_iter().enumerate() {
            if self.sectors[sector] != Sector::Dropped && taste.keeps(random, index, all) {
                self.store(sector);
            }
        }
        self.choose_len(before, random);
    }

    fn choose_len(&mut self, before: usize, random: &mut fastrand::Rng) {
        let (low, high) = (before.min(self.cached.len()), before.max(self.cached.len()));
        let bytes = match random.u8(..8) {
            0..3 => before,
            3..6 => self.cached.len(),
            6 => random.usize(low..=high),
            _ => (random.usize(low..=high) / SECTOR_BYTES * SECTOR_BYTES).max(low),
        };
        self.stored.resize(bytes, 0);
        self.mark(0, 0, Sector::Clean);
    }

    fn fail_sync(&mut self, taste: Taste, random: &mut fastrand::Rng) {
        self.write_back(taste, random);
        for sector in &mut self.sectors {
            if *sector == Sector::Dirty {
                *sector = Sector::Dropped;
            }
        }
    }

    /// The cache forgets what is not written: what was dropped is read from the disk again.
    fn evict(&mut self, taste: Taste, random: &mut fastrand::Rng) {
        for sector in 0..self.sectors.len() {
            if self.sectors[sector] == Sector::Dropped && taste.keeps(random, sector, self.sectors.len()) {
                let from = sector * SECTOR_BYTES;
                let to = (from + SECTOR_BYTES).min(self.cached.len());
                for at in from..to {
                    self.cached[at] = self.stored.get(at).copied().unwrap_or(0);
                }
                self.sectors[sector] = Sector::Clean;
            }
        }
    }

    fn crash(&mut self, taste: Taste, random: &mut fastrand::Rng) {
        let before = self.stored.len();
        let unsynced = self.unsynced();
        let all = unsynced.len();
        for (index, sector) in unsynced.into_iter().enumerate() {
            if taste.keeps(random, index, all) {
                self.store(sector);
            }
        }
        if all > 0 || before != self.cached.len() {
            self.choose_len(before, random);
        }
        self.cached.clone_from(&self.stored);
        self.sectors.clear();
        self.mark(0, 0, Sector::Clean);
    }
}

impl Change {
    fn apply(&self, entries: &mut Entries) {
        match self {
            Self::Link(name, node) => {
                entries.insert(name.clone(), *node);
            }
            Self::Unlink(name) => {
                entries.remove(name);
            }
            Self::Rename(from, to, node) => {
                if entries.get(from) == Some(node) {
                    entries.remove(from);
                }
                entries.insert(to.clone(), *node);
            }
        }
    }
}

impl Directory {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.cached);
        self.changes.push(change);
    }

    fn keep(&mut self, taste: Taste, random: &mut fastrand::Rng) {
        let all = self.changes.len();
        for (index, change) in std::mem::take(&mut self.changes).into_iter().enumerate() {
            if taste.keeps(random, index, all) {
                change.apply(&mut self.stored);
            }
        }
    }
}

/// What an operation does to the disk, for faults that fit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
    Sync,
}

impl State {
    /// Counts an operation; the fault that it has to suffer.
    fn begin(&mut self, kind: Kind, what: impl FnOnce() -> String) -> io::Result<Option<Fault>> {
        if !self.power {
            return Err(broken());
        }
        let operation = self.operations;
        self.operations += 1;
        let fault = self.faults.iter().find(|(at, _)| *at == operation).map(|(_, fault)| *fault);
        if let Some(trace) = &mut self.trace {
            trace.push(format!(
                "{operation} {}{}",
                what(),
                fault.map_or(String::new(), |fault| format!(" {fault:?}"))
            ));
        }
        if fault.is_some() {
            self.fired += 1;
        }
        if fault == Some(Fault::PowerOff) {
            self.power = false;
        }
        match (fault, kind) {
            (Some(Fault::Io | Fault::PowerOff), Kind::Read) => Err(broken()),
            (Some(Fault::Full), Kind::Read) => Ok(None),
            _ => Ok(fault),
        }
    }

    fn write_back_some(&mut self, node: usize) {
        if self.random.u8(..8) == 0 {
            let taste = Taste::of(&mut self.random);
            if let Node::File(content) = &mut self.nodes[node] {
                content.write_back(taste, &mut self.random);
            }
        }
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        let mut at = 0;
        for part in path.components() {
            let Component::Normal(name) = part else { continue };
            let Node::Directory(directory) = &self.nodes[at] else {
                return Err(io::Error::from(io::ErrorKind::NotADirectory));
            };
            at = *directory.cached.get(name).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        }
        Ok(at)
    }

    fn parent(&self, path: &Path) -> io::Result<(usize, OsString)> {
        let name = path.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let parent = self.find(path.parent().unwrap_or(Path::new("")))?;
        match self.nodes[parent] {
            Node::Directory(_) => Ok((parent, name.to_owned())),
            Node::File(_) => Err(io::Error::from(io::ErrorKind::NotADirectory)),
        }
    }

    fn directory(&mut self, node: usize) -> &mut Directory {
        match &mut self.nodes[node] {
            Node::Directory(directory) => directory,
            Node::File(_) => unreachable!("a directory"),
        }
    }

    fn content(&mut self, node: usize) -> &mut Content {
        match &mut self.nodes[node] {
            Node::File(content) => content,
            Node::Directory(_) => unreachable!("a file"),
        }
    }

    fn used_bytes(&self) -> u64 {
        let mut bytes = 0;
        let mut waiting = vec![0];
        while let Some(node) = waiting.pop() {
            match &self.nodes[node] {
                Node::File(content) => bytes += content.cached.len() as u64,
                Node::Directory(directory) => waiting.extend(directory.cached.values()),
            }
        }
        bytes
    }

    /// A change of a directory that a fault may hit: with the power it fails and may have happened.
    fn change(&mut self, node: usize, change: Change, fault: Option<Fault>) -> io::Result<()> {
        match fault {
            Some(Fault::Io) => return Err(broken()),
            Some(Fault::Full) => return Err(full()),
            Some(Fault::PowerOff) => {
                self.directory(node).change(change);
                return Err(broken());
            }
            None => self.directory(node).change(change),
        }
        if self.random.u8(..16) == 0 {
            let mut random = self.random.fork();
            // In the order in which they came, as a journal would.
            let directory = self.directory(node);
            let kept = random.usize(..=directory.changes.len());
            for change in directory.changes.drain(..kept) {
                change.apply(&mut directory.stored);
            }
        }
        Ok(())
    }
}

impl SimulatedDisk {
    /// An empty disk.
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            random: fastrand::Rng::with_seed(seed),
            nodes: vec![Node::Directory(Directory::default())],
            operations: 0,
            faults: Vec::new(),
            fired: 0,
            capacity_bytes: u64::MAX,
            power: true,
            process: 0,
            trace: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no operation panics")
    }

    /// How many operations there were.
    pub(crate) fn operations(&self) -> u64 {
        self.state().operations
    }

    /// How many faults came true.
    pub(crate) fn fired(&self) -> u64 {
        self.state().fired
    }

    /// Whether the power went off.
    pub(crate) fn is_off(&self) -> bool {
        !self.state().power
    }

    /// Lets the operation of this number suffer a fault.
    pub(crate) fn fail_at(&self, operation: u64, fault: Fault) {
        self.state().faults.push((operation, fault));
    }

    /// No more faults.
    pub(crate) fn heal(&self) {
        self.state().faults.clear();
    }

    /// The most bytes of all files together.
    pub(crate) fn set_capacity(&self, bytes: u64) {
        self.state().capacity_bytes = bytes;
    }

    /// The bytes of all files together.
    pub(crate) fn used_bytes(&self) -> u64 {
        self.state().used_bytes()
    }

    /// Keeps a list of the operations from now on.
    pub(crate) fn trace(&self) {
        self.state().trace = Some(Vec::new());
    }

    /// The operations since the last call.
    pub(crate) fn take_trace(&self) -> Vec<String> {
        self.state().trace.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The process ends: its files are closed, what is in the page cache stays there, and dropped pages may be read
    /// from the disk again.
    pub(crate) fn kill(&self) {
        let state = &mut *self.state();
        state.process += 1;
        let taste = Taste::of(&mut state.random);
        for node in &mut state.nodes {
            if let Node::File(content) = node {
                content.evict(taste, &mut state.random);
            }
        }
    }

    /// The power fails and comes back.
    pub(crate) fn crash(&self) {
        let state = &mut *self.state();
        state.process += 1;
        state.power = true;
        state.faults.clear();
        let random = &mut state.random;
        let (files, directories) = (Taste::of(random), Taste::of(random));
        for node in &mut state.nodes {
            match node {
                Node::File(content) => content.crash(files, random),
                Node::Directory(directory) => {
                    directory.keep(directories, random);
                    directory.cached.clone_from(&directory.stored);
                }
            }
        }
        if let Some(trace) = &mut state.trace {
            trace.push("crash".to_owned());
        }
    }

    /// What is in a file, as a process would read it.
    pub(crate) fn contents(&self, path: &Path) -> Vec<u8> {
        let mut state = self.state();
        let node = state.find(path).expect("a file");
        state.content(node).cached.clone()
    }

    /// Puts a file on the disk.
    pub(crate) fn put(&self, path: &Path, bytes: &[u8]) {
        let mut state = self.state();
        let node = state.nodes.len();
        let content = Content { cached: bytes.to_vec(), stored: bytes.to_vec(), sectors: Vec::new() };
        state.nodes.push(Node::File(content));
        let (parent, name) = state.parent(path).expect("a directory");
        state.directory(parent).cached.insert(name.clone(), node);
        state.directory(parent).stored.insert(name, node);
    }
}

impl Disk for SimulatedDisk {
    type File = SimulatedFile;

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let fault = state.begin(Kind::Write, || format!("create directory {}", path.display()))?;
        let mut at = 0;
        for part in path.components() {
            let Component::Normal(name) = part else { continue };
            let next = state.nodes.len();
            let Node::Directory(directory) = &state.nodes[at] else {
                return Err(io::Error::from(io::ErrorKind::AlreadyExists));
            };
            at = match directory.cached.get(name) {
                Some(&node) => node,
                None => {
                    // It lasts at once: the call syncs what is above it.
                    if fault.is_some() {
                        return Err(broken());
                    }
                    state.nodes.push(Node::Directory(Directory::default()));
                    let above = state.directory(at);
                    above.cached.insert(name.to_owned(), next);
                    above.stored.insert(name.to_owned(), next);
                    next
                }
            };
        }
        Ok(())
    }

    fn create_new_directory(&self, path: &Path) -> io::Result<()> {
        if self.state().find(path).is_ok() {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        self.create_directory(path)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<OsString>> {
        let mut state = self.state();
        state.begin(Kind::Read, || format!("list {}", directory.display()))?;
        let node = state.find(directory)?;
        match &state.nodes[node] {
            Node::Directory(directory) => {
                let mut names: Vec<OsString> = directory.cached.keys().cloned().collect();
                state.random.shuffle(&mut names);
                Ok(names)
            }
            Node::File(_) => Err(io::Error::from(io::ErrorKind::NotADirectory)),
        }
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<SimulatedFile> {
        let mut state = self.state();
        let (kind, creates) = match access {
            Access::Read | Access::Write => (Kind::Read, false),
            Access::Create | Access::Replace => (Kind::Write, true),
        };
        let fault = state.begin(kind, || {
            let how = match access {
                Access::Read => "read",
                Access::Write => "write",
                Access::Create => "create",
                Access::Replace => "replace",
            };
            format!("open for {how} {}", path.display())
        })?;
        let found = state.find(path);
        let node = match found {
            Ok(_) if matches!(access, Access::Create) => {
                return Err(io::Error::from(io::ErrorKind::AlreadyExists));
            }
            Ok(node) => {
                if let Node::Directory(_) = state.nodes[node] {
                    return Err(io::Error::from(io::ErrorKind::IsADirectory));
                }
                if creates {
                    if fault.is_some() {
                        return Err(broken());
                    }
                    state.content(node).set_len(0);
                }
                node
            }
            Err(error) if !creates => return Err(error),
            Err(_) => {
                let (parent, name) = state.parent(path)?;
                let node = state.nodes.len();
                state.nodes.push(Node::File(Content::default()));
                state.change(parent, Change::Link(name, node), fault)?;
                node
            }
        };
        let writable = !matches!(access, Access::Read);
        Ok(SimulatedFile { disk: self.clone(), node, process: state.process, writable })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        let fault = state.begin(Kind::Write, || format!("rename {} to {}", from.display(), to.display()))?;
        let node = state.find(from)?;
        let (parent, name) = state.parent(from)?;
        let (target, new) = state.parent(to)?;
        assert_eq!(parent, target, "renames stay in their directory");
        match (state.find(to).ok().map(|node| &state.nodes[node]), &state.nodes[node]) {
            (Some(Node::Directory(directory)), Node::Directory(_)) if !directory.cached.is_empty() => {
                return Err(io::Error::from(io::ErrorKind::DirectoryNotEmpty));
            }
            (Some(Node::Directory(_)), Node::File(_)) => {
                return Err(io::Error::from(io::ErrorKind::IsADirectory));
            }
            _ => {}
        }
        state.change(parent, Change::Rename(name, new, node), fault)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let fault = state.begin(Kind::Write, || format!("remove {}", path.display()))?;
        state.find(path)?;
        let (parent, name) = state.parent(path)?;
        // To remove takes no room.
        let fault = fault.filter(|fault| *fault != Fault::Full);
        state.change(parent, Change::Unlink(name), fault)
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.remove(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let state = &mut *self.state();
        let fault = state.begin(Kind::Sync, || format!("sync directory {}", path.display()))?;
        let node = state.find(path)?;
        let Node::Directory(directory) = &mut state.nodes[node] else {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        };
        match fault {
            None => {
                directory.stored.clone_from(&directory.cached);
                directory.changes.clear();
                Ok(())
            }
            // Nothing is written, or something: a crash decides that as well.
            Some(Fault::Full) => Err(full()),
            Some(_) => Err(broken()),
        }
    }
}

impl SimulatedFile {
    fn begin(
        &self,
        kind: Kind,
        what: impl FnOnce() -> String,
    ) -> io::Result<(MutexGuard<'_, State>, Option<Fault>)> {
        let mut state = self.disk.state();
        if self.process != state.process {
            return Err(io::Error::other("a file of a process that ended"));
        }
        if kind == Kind::Write && !self.writable {
            return Err(io::Error::from(io::ErrorKind::PermissionDenied));
        }
        let node = self.node;
        let fault = state.begin(kind, || format!("{node}: {}", what()))?;
        Ok((state, fault))
    }
}

impl DiskFile for SimulatedFile {
    fn len(&self) -> io::Result<u64> {
        let (mut state, _) = self.begin(Kind::Read, || "len".to_owned())?;
        Ok(state.content(self.node).cached.len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let (mut state, _) = self.begin(Kind::Read, || format!("read {} at {offset}", bytes.len()))?;
        let short = bytes.len() > 1 && state.random.u8(..32) == 0;
        let most = if short { state.random.usize(1..bytes.len()) } else { bytes.len() };
        let content = state.content(self.node);
        let rest =
            usize::try_from(offset).ok().and_then(|offset| content.cached.get(offset..)).unwrap_or_default();
        let read = rest.len().min(most);
        bytes[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (mut state, fault) = self.begin(Kind::Write, || format!("write {} at {offset}", bytes.len()))?;
        let offset = usize::try_from(offset).expect("a small file");
        let length = state.content(self.node).cached.len();
        let more = (offset + bytes.len()).saturating_sub(length) as u64;
        let room = state.capacity_bytes.saturating_sub(if state.capacity_bytes == u64::MAX {
            0
        } else {
            state.used_bytes()
        });
        let (written, outcome) = match fault {
            None if more > room => {
                let room = usize::try_from(room).expect("less than what is written");
                ((length + room).saturating_sub(offset), Err(full()))
            }
            None => (bytes.len(), Ok(())),
            Some(Fault::Full) => (state.random.usize(..=bytes.len()), Err(full())),
            Some(_) => (state.random.usize(..=bytes.len()), Err(broken())),
        };
        if written > 0 {
            state.content(self.node).write(&bytes[..written], offset);
        }
        state.write_back_some(self.node);
        outcome
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        let (mut state, fault) = self.begin(Kind::Write, || format!("set length {bytes}"))?;
        let length = usize::try_from(bytes).expect("a small file");
        let grows = length > state.content(self.node).cached.len();
        match fault {
            Some(Fault::Io) => return Err(broken()),
            Some(Fault::Full) if grows => return Err(full()),
            _ => {}
        }
        state.content(self.node).set_len(length);
        state.write_back_some(self.node);
        if fault == Some(Fault::PowerOff) { Err(broken()) } else { Ok(()) }
    }

    fn sync_data(&self) -> io::Result<()> {
        let (mut state, fault) = self.begin(Kind::Sync, || "sync".to_owned())?;
        let state = &mut *state;
        let Node::File(content) = &mut state.nodes[self.node] else { unreachable!("a file") };
        match fault {
            None => {
                content.sync();
                Ok(())
            }
            Some(fault) => {
                content.fail_sync(Taste::of(&mut state.random), &mut state.random);
                Err(if fault == Fault::Full { full() } else { broken() })
            }
        }
    }
}
