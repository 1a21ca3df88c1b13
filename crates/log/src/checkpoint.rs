//! Checkpoints: states of a reader of the log, each in a file of its own, whole or as what is new against an earlier one.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::disk::{Access, Disk, DiskFile, read_full};
use crate::error::Error;
use crate::layout::{
    CHECKPOINT_HEADER_BYTES, CheckpointHeader, FileName, HeaderFault, MAX_CHECKPOINT_NAME_BYTES,
    checkpoint_name,
};

/// The most bytes of a state.
pub const MAX_STATE_BYTES: u64 = 1 << 30;
/// The most files that one state is read from.
pub const MAX_CHAIN: usize = 32;

/// What a state was given as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateKind {
    /// Bytes.
    Bytes,
    /// JSON.
    Json,
}

/// How to write a checkpoint.
#[derive(Debug, Clone, Copy)]
pub struct CheckpointOptions {
    /// What the state was given as.
    pub kind: StateKind,
    /// zstd's level; `None` stores the state as it is.
    pub level: Option<i32>,
    /// The seq of the checkpoint of the same name against which to store what is new; it needs a level.
    pub base: Option<u64>,
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// Whether it has to be on the disk before the call returns.
    pub sync: bool,
}

/// What is known of a checkpoint without its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointInfo {
    /// Its name.
    pub name: String,
    /// The seq of the first event that is not in its state.
    pub seq: u64,
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// What the state was given as.
    pub kind: StateKind,
    /// The bytes of the state; 0 with a fault.
    pub bytes: u64,
    /// The bytes of its file.
    pub stored_bytes: u64,
    /// The seq of the checkpoint that its file refers to.
    pub base: Option<u64>,
    /// The name of its file.
    pub file: String,
    /// What is wrong with it, as far as its header tells.
    pub fault: Option<String>,
}

/// A state that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it was given as.
    pub kind: StateKind,
    /// Milliseconds since 1970.
    pub time_ms: u64,
}

impl StateKind {
    fn of(code: u8) -> Self {
        if code == 2 { Self::Json } else { Self::Bytes }
    }

    fn code(self) -> u8 {
        match self {
            Self::Bytes => 0,
            Self::Json => 2,
        }
    }
}

/// What a file has to agree with.
struct Expected<'a> {
    id: &'a [u8; 16],
    name: &'a str,
    seq: u64,
    file_bytes: u64,
}

/// The header that `bytes` begin with, or what is wrong.
fn decode(bytes: &[u8], expected: &Expected<'_>) -> Result<CheckpointHeader, HeaderFault> {
    let (header, name) = CheckpointHeader::decode(bytes)?;
    if header.log_id != *expected.id {
        return Err(HeaderFault::Damaged("the checkpoint is of another log"));
    }
    if name != expected.name.as_bytes() || header.seq != expected.seq {
        return Err(HeaderFault::Damaged("the checkpoint has another name than its file"));
    }
    if header.base_seq.is_some_and(|base| base >= header.seq) || header.state_bytes > MAX_STATE_BYTES {
        return Err(HeaderFault::Damaged("the checkpoint's header contradicts itself"));
    }
    let file_bytes = header.stored_bytes.checked_add((CHECKPOINT_HEADER_BYTES + name.len()) as u64);
    if file_bytes != Some(expected.file_bytes) {
        return Err(HeaderFault::Damaged("the file has another length than its header says"));
    }
    Ok(header)
}

const MEMORY: Error = Error::Compression(tenon_zstd::Error::Memory);

fn damaged(path: &Path, reason: &'static str) -> Error {
    Error::Corrupt {
        path: path.to_owned(),
        offset_bytes: 0,
        last_good_seq: None,
        next_good_seq: None,
        reason,
    }
}

fn fault_at(fault: HeaderFault, path: &Path) -> Error {
    match fault {
        HeaderFault::Damaged(reason) => damaged(path, reason),
        HeaderFault::Version(version) => Error::Unsupported { path: path.to_owned(), version },
    }
}

fn version_text(version: u32) -> String {
    format!("the file has version {version} of the format")
}

/// The checkpoints in the directory of a log.
pub(crate) struct Checkpoints<'a, D: Disk> {
    pub(crate) disk: &'a D,
    pub(crate) directory: &'a Path,
    pub(crate) id: &'a [u8; 16],
}

/// A file of a chain, read and checked.
struct Link {
    path: PathBuf,
    header: CheckpointHeader,
    stored: Vec<u8>,
}

impl<D: Disk> Checkpoints<'_, D> {
    fn path(&self, name: &str, seq: u64) -> PathBuf {
        self.directory.join(checkpoint_name(name.as_bytes(), seq))
    }

    /// The names and seqs of all files of checkpoints, in the order of names and seqs.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub(crate) fn names(&self) -> Result<Vec<(String, u64)>, Error> {
        let files = self.disk.list(self.directory).map_err(Error::io("list", self.directory))?;
        let mut names: Vec<_> = files
            .iter()
            .filter_map(|file| match FileName::parse(file) {
                // The format's names are UTF-8.
                FileName::Checkpoint { name, seq } => Some((String::from_utf8(name).ok()?, seq)),
                _ => None,
            })
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    /// What the headers say of the checkpoints of a name, or of all.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub(crate) fn list(&self, name: Option<&str>) -> Result<Vec<CheckpointInfo>, Error> {
        let mut infos = Vec::new();
        for (found, seq) in self.names()? {
            if name.is_none_or(|name| name == found)
                && let Some(info) = self.info(found, seq)?
            {
                infos.push(info);
            }
        }
        Ok(infos)
    }

    pub(crate) fn is_there(&self, name: &str, seq: u64) -> Result<bool, Error> {
        Ok(self.info(name.to_owned(), seq)?.is_some())
    }

    /// What the header says; `None` where the file is gone.
    fn info(&self, name: String, seq: u64) -> Result<Option<CheckpointInfo>, Error> {
        let path = self.path(&name, seq);
        let file = match self.disk.open(&path, Access::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("open", &path)(error)),
        };
        let file_bytes = file.len().map_err(Error::io("read", &path))?;
        let mut head = vec![0; CHECKPOINT_HEADER_BYTES + MAX_CHECKPOINT_NAME_BYTES];
        let read = read_full(&file, &mut head, 0).map_err(Error::io("read", &path))?;
        let header = decode(&head[..read], &Expected { id: self.id, name: &name, seq, file_bytes });
        let file = checkpoint_name(name.as_bytes(), seq);
        Ok(Some(match header {
            Ok(header) => CheckpointInfo {
                name,
                seq,
                time_ms: header.time_ms,
                kind: StateKind::of(header.kind),
                bytes: header.state_bytes,
                stored_bytes: file_bytes,
                base: header.base_seq,
                file,
                fault: None,
            },
            Err(fault) => CheckpointInfo {
                name,
                seq,
                time_ms: 0,
                kind: StateKind::Bytes,
                bytes: 0,
                stored_bytes: file_bytes,
                base: None,
                file,
                fault: Some(match fault {
                    HeaderFault::Damaged(reason) => reason.to_owned(),
                    HeaderFault::Version(version) => version_text(version),
                }),
            },
        }))
    }

    fn link(&self, name: &str, seq: u64) -> Result<Option<Link>, Error> {
        let path = self.path(name, seq);
        let file = match self.disk.open(&path, Access::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("open", &path)(error)),
        };
        let file_bytes = file.len().map_err(Error::io("read", &path))?;
        let mut head = [0; CHECKPOINT_HEADER_BYTES + MAX_CHECKPOINT_NAME_BYTES];
        let read = read_full(&file, &mut head, 0).map_err(Error::io("read", &path))?;
        let expected = Expected { id: self.id, name, seq, file_bytes };
        let header = match decode(&head[..read], &expected) {
            Ok(header) => header,
            Err(fault) => return Err(fault_at(fault, &path)),
        };
        if header.stored_bytes > MAX_STATE_BYTES {
            return Err(damaged(&path, "the file is longer than any checkpoint"));
        }
        let length = usize::try_from(header.stored_bytes).map_err(|_| MEMORY)?;
        let mut stored = Vec::new();
        stored.try_reserve_exact(length).map_err(|_| MEMORY)?;
        stored.resize(length, 0);
        let offset = (CHECKPOINT_HEADER_BYTES + name.len()) as u64;
        let read = read_full(&file, &mut stored, offset).map_err(Error::io("read", &path))?;
        if read < length || crc32fast::hash(&stored) != header.stored_crc {
            return Err(damaged(&path, "the crc of the stored bytes is wrong"));
        }
        Ok(Some(Link { path, header, stored }))
    }

    /// The files from which a state is read, its own first, its base's next.
    fn chain(&self, name: &str, seq: u64) -> Result<Option<Vec<Link>>, Error> {
        let Some(first) = self.link(name, seq)? else { return Ok(None) };
        let mut chain = vec![first];
        while let Some(last) = chain.last()
            && let Some(base) = last.header.base_seq
        {
            if chain.len() == MAX_CHAIN {
                return Err(damaged(&last.path, "the checkpoint stands on too many others"));
            }
            let Some(link) = self.link(name, base)? else {
                return Err(damaged(&last.path, "the checkpoint's base is missing"));
            };
            if link.header.state_crc != last.header.base_crc {
                return Err(damaged(&last.path, "the checkpoint's base is another one"));
            }
            chain.push(link);
        }
        Ok(Some(chain))
    }

    /// The header and the stored bytes of a file, checked; `None` where there is no such checkpoint.
    ///
    /// # Errors
    /// [`Error::Corrupt`], [`Error::Io`]
    pub(crate) fn stored(&self, name: &str, seq: u64) -> Result<Option<(CheckpointHeader, Vec<u8>)>, Error> {
        Ok(self.link(name, seq)?.map(|link| (link.header, link.stored)))
    }

    /// The state; `None` where there is no such checkpoint.
    ///
    /// # Errors
    /// [`Error::Corrupt`] where it or one that it stands on is damaged or missing, [`Error::Io`]
    pub(crate) fn read(&self, name: &str, seq: u64) -> Result<Option<State>, Error> {
        let Some(chain) = self.chain(name, seq)? else { return Ok(None) };
        let (kind, time_ms) = (StateKind::of(chain[0].header.kind), chain[0].header.time_ms);
        Ok(Some(State { bytes: unfold(chain)?, kind, time_ms }))
    }

    /// Writes a checkpoint; the bytes of its file. `synced` are the files that are known to be on the disk; `flush` is called
    /// before this one is there, and told whether it has to be on the disk.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where there is no such base, [`Error::Limit`], [`Error::Io`], after which the checkpoint is
    /// not there, or there without being on the disk; [`Error::Corrupt`] for a base that is damaged.
    pub(crate) fn write(
        &self,
        name: &str,
        seq: u64,
        state: &[u8],
        options: &CheckpointOptions,
        synced: &mut HashSet<String>,
        flush: impl FnOnce(bool) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        if !(1..=MAX_CHECKPOINT_NAME_BYTES).contains(&name.len()) {
            return Err(Error::InvalidArgument(format!(
                "a checkpoint's name has 1 to {MAX_CHECKPOINT_NAME_BYTES} bytes"
            )));
        }
        let bytes = state.len() as u64;
        if bytes > MAX_STATE_BYTES {
            return Err(Error::Limit { what: "bytes of a state", most: MAX_STATE_BYTES });
        }
        let mut header = CheckpointHeader {
            kind: options.kind.code(),
            compressed: false,
            delta: false,
            log_id: *self.id,
            seq,
            time_ms: options.time_ms,
            base_seq: None,
            state_bytes: bytes,
            stored_bytes: bytes,
            state_crc: crc32fast::hash(state),
            stored_crc: 0,
            base_crc: 0,
        };
        // One that is on the disk must not give way to one that may be lost.
        let replaces = self.info(name.to_owned(), seq)?.is_some();
        let sync = options.sync || replaces;
        if replaces && self.list(Some(name))?.iter().any(|other| other.base == Some(seq)) {
            return Err(Error::InvalidArgument(format!("other checkpoints stand on '{name}' at {seq}")));
        }
        let mut frame = None;
        let mut stands_on = Vec::new();
        if let Some(base) = options.base {
            let level =
                options.level.ok_or_else(|| Error::InvalidArgument("a delta is compressed".to_owned()))?;
            if base >= seq {
                return Err(Error::InvalidArgument(format!("the base, at {base}, is not before {seq}")));
            }
            let Some(chain) = self.chain(name, base)? else {
                return Err(Error::InvalidArgument(format!("there is no checkpoint '{name}' at {base}")));
            };
            let is_full = chain.len() >= MAX_CHAIN;
            stands_on = chain.iter().map(|link| checkpoint_name(name.as_bytes(), link.header.seq)).collect();
            let base_crc = chain[0].header.state_crc;
            let base_state = unfold(chain)?;
            if !is_full && tenon_zstd::is_base(&base_state) {
                let mut delta = Vec::new();
                tenon_zstd::compress_delta(state, &base_state, level, &mut delta).map_err(|_| MEMORY)?;
                // What saves little is not worth needing another file.
                if delta.len() < state.len() / 2 {
                    header.delta = true;
                    header.base_seq = Some(base);
                    header.base_crc = base_crc;
                    frame = Some(delta);
                }
            }
        }
        if let Some(level) = options.level
            && frame.is_none()
        {
            stands_on.clear();
            let options = tenon_zstd::CompressOptions { level, ..Default::default() };
            let mut whole = Vec::new();
            tenon_zstd::Compressor::new()
                .and_then(|mut compressor| compressor.compress(state, &options, None, None, &mut whole))
                .map_err(|_| MEMORY)?;
            frame = Some(whole).filter(|frame| frame.len() < state.len());
        }
        let stored = frame.as_deref().unwrap_or(state);
        header.compressed = frame.is_some();
        header.stored_bytes = stored.len() as u64;
        header.stored_crc = if header.compressed { crc32fast::hash(stored) } else { header.state_crc };
        flush(sync)?;
        if sync && !stands_on.is_empty() {
            for file in stands_on {
                self.sync(file, synced)?;
            }
            self.sync_directory()?;
        }
        self.put(name, seq, &header.encode(name.as_bytes()), stored, sync, synced)
    }

    fn sync_directory(&self) -> Result<(), Error> {
        self.disk.sync_directory(self.directory).map_err(Error::io("sync", self.directory))
    }

    /// Syncs a file, unless that is known to have been done; its directory is not synced.
    pub(crate) fn sync(&self, file: String, synced: &mut HashSet<String>) -> Result<(), Error> {
        if !synced.contains(&file) {
            let path = self.directory.join(&file);
            self.disk
                .open(&path, Access::Write)
                .and_then(|file| file.sync_data())
                .map_err(Error::io("sync", &path))?;
            synced.insert(file);
        }
        Ok(())
    }

    fn put(
        &self,
        name: &str,
        seq: u64,
        header: &[u8],
        stored: &[u8],
        sync: bool,
        synced: &mut HashSet<String>,
    ) -> Result<u64, Error> {
        let file_name = checkpoint_name(name.as_bytes(), seq);
        let path = self.directory.join(&file_name);
        let temporary = self.directory.join(format!("{file_name}.tmp"));
        let written = self.disk.open(&temporary, Access::Replace).and_then(|file| {
            file.write_all_at(header, 0)?;
            file.write_all_at(stored, header.len() as u64)?;
            if sync { file.sync_data() } else { Ok(()) }
        });
        if let Err(error) = written.and_then(|()| self.disk.rename(&temporary, &path)) {
            // It is removed at the next open where this fails too.
            let _removed = self.disk.remove(&temporary);
            return Err(Error::io("write", &temporary)(error));
        }
        synced.remove(&file_name);
        if sync {
            self.sync_directory()?;
            synced.insert(file_name);
        }
        Ok((header.len() + stored.len()) as u64)
    }

    /// What is wrong with a checkpoint, its state included; `None` for nothing.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub(crate) fn fault(&self, name: &str, seq: u64) -> Result<Option<String>, Error> {
        match self.read(name, seq) {
            Ok(_) => Ok(None),
            Err(Error::Corrupt { reason, .. }) => Ok(Some(reason.to_owned())),
            Err(Error::Unsupported { version, .. }) => Ok(Some(version_text(version))),
            Err(error) => Err(error),
        }
    }
}

/// The state of a chain, from its end.
fn unfold(chain: Vec<Link>) -> Result<Vec<u8>, Error> {
    let mut state = Vec::new();
    for Link { path, header, stored } in chain.into_iter().rev() {
        let bytes = usize::try_from(header.state_bytes).map_err(|_| MEMORY)?;
        let content = if !header.compressed {
            Ok(stored)
        } else if header.base_seq.is_some() {
            tenon_zstd::decompress_delta(&stored, &state, bytes)
        } else {
            tenon_zstd::decompress_delta(&stored, &[], bytes)
        };
        state = content.map_err(|error| match error {
            tenon_zstd::Error::Memory => MEMORY,
            _ => damaged(&path, "the checkpoint's frame is damaged"),
        })?;
        let state_crc = if header.compressed { crc32fast::hash(&state) } else { header.stored_crc };
        if state_crc != header.state_crc {
            return Err(damaged(&path, "the crc of the state is wrong"));
        }
    }
    Ok(state)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::RealDisk;
    use std::fs;

    const ID: [u8; 16] = *b"0123456789abcdef";
    const OPTIONS: CheckpointOptions =
        CheckpointOptions { kind: StateKind::Bytes, level: None, base: None, time_ms: 5, sync: true };

    fn place(directory: &tempfile::TempDir) -> Checkpoints<'_, RealDisk> {
        Checkpoints { disk: &RealDisk, directory: directory.path(), id: &ID }
    }

    fn state(seed: u64, bytes: usize) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..bytes).map(|_| random.u8(..16)).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let place = place(&directory);
        let mut synced = HashSet::new();
        let first = state(1, 5000);
        let mut second = first.clone();
        second.truncate(4000);
        second.extend_from_slice(b"something new");
        let compressed = CheckpointOptions { level: Some(1), kind: StateKind::Json, ..OPTIONS };
        let stored = place.write("Ä", 3, &first, &OPTIONS, &mut synced, |_| Ok(())).unwrap();
        assert_eq!(stored, 5000 + 96 + 2);
        assert!(place.write("Ä", 7, &first, &compressed, &mut synced, |_| Ok(())).unwrap() < 4000);
        let delta = CheckpointOptions { base: Some(7), ..compressed };
        assert!(place.write("Ä", 9, &second, &delta, &mut synced, |_| Ok(())).unwrap() < 300);
        place.write("b", 9, b"", &compressed, &mut synced, |_| Ok(())).unwrap();
        for (seq, expected) in [(3, &first), (7, &first), (9, &second)] {
            assert!(&place.read("Ä", seq).unwrap().unwrap().bytes == expected);
        }
        assert_eq!(
            place.read("b", 9).unwrap(),
            Some(State { bytes: Vec::new(), kind: StateKind::Json, time_ms: 5 })
        );
        assert_eq!(place.read("b", 8).unwrap(), None);
        let listed: Vec<_> =
            place.list(None).unwrap().into_iter().map(|info| (info.name, info.seq, info.base)).collect();
        let expected = [("b", 9, None), ("Ä", 3, None), ("Ä", 7, None), ("Ä", 9, Some(7))];
        assert_eq!(listed, expected.map(|(name, seq, base)| (name.to_owned(), seq, base)));
        assert_eq!(place.list(Some("b")).unwrap().len(), 1);
        // A checkpoint that others stand on stays what it is.
        assert!(matches!(
            place.write("Ä", 7, &second, &OPTIONS, &mut synced, |_| Ok(())),
            Err(Error::InvalidArgument(_))
        ));
        place.write("Ä", 3, &second, &OPTIONS, &mut synced, |_| Ok(())).unwrap();
        assert!(place.read("Ä", 3).unwrap().unwrap().bytes == second);
        for base in [9, 10, 2] {
            let options = CheckpointOptions { base: Some(base), ..compressed };
            assert!(matches!(
                place.write("Ä", 9, &first, &options, &mut synced, |_| Ok(())),
                Err(Error::InvalidArgument(_))
            ));
        }
        assert!(place.write(&"x".repeat(65), 1, b"", &OPTIONS, &mut synced, |_| Ok(())).is_err());
        assert!(place.write("", 1, b"", &OPTIONS, &mut synced, |_| Ok(())).is_err());
        assert!(
            fs::read_dir(directory.path())
                .unwrap()
                .all(|entry| { !entry.unwrap().file_name().to_str().unwrap().contains("tmp") })
        );
    }

    #[test]
    fn a_chain_has_an_end() {
        let directory = tempfile::tempdir().unwrap();
        let place = place(&directory);
        let mut synced = HashSet::new();
        let mut current = state(2, 3000);
        place.write("a", 0, &current, &OPTIONS, &mut synced, |_| Ok(())).unwrap();
        for seq in 1..MAX_CHAIN as u64 {
            current.extend_from_slice(&seq.to_le_bytes());
            let options = CheckpointOptions { base: Some(seq - 1), level: Some(1), ..OPTIONS };
            place.write("a", seq, &current, &options, &mut synced, |_| Ok(())).unwrap();
        }
        let last = MAX_CHAIN as u64 - 1;
        assert!(place.read("a", last).unwrap().unwrap().bytes == current);
        let options = CheckpointOptions { base: Some(last), level: Some(1), ..OPTIONS };
        place.write("a", last + 1, &current, &options, &mut synced, |_| Ok(())).unwrap();
        assert_eq!(place.list(Some("a")).unwrap().pop().unwrap().base, None);
        assert!(place.read("a", last + 1).unwrap().unwrap().bytes == current);
    }

    #[test]
    fn a_base_that_readers_would_take_for_a_dictionary_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let place = place(&directory);
        let mut synced = HashSet::new();
        let mut dictionary = vec![0x37, 0xa4, 0x30, 0xec];
        dictionary.extend(state(3, 3000));
        place.write("a", 0, &dictionary, &OPTIONS, &mut synced, |_| Ok(())).unwrap();
        let options = CheckpointOptions { base: Some(0), level: Some(1), ..OPTIONS };
        place.write("a", 1, &dictionary, &options, &mut synced, |_| Ok(())).unwrap();
        assert_eq!(place.list(None).unwrap()[1].base, None);
        assert!(place.read("a", 1).unwrap().unwrap().bytes == dictionary);
    }

    #[test]
    fn a_file_passes_for_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let place = place(&directory);
        let mut synced = HashSet::new();
        let compressed = CheckpointOptions { level: Some(1), ..OPTIONS };
        let first = b"to and fro and to and fro and to and fro and to and fro".repeat(2);
        let second = [&first[..], b"!"].concat();
        place.write("plain", 4, b"some bytes", &OPTIONS, &mut synced, |_| Ok(())).unwrap();
        place.write("whole", 4, &first, &compressed, &mut synced, |_| Ok(())).unwrap();
        let delta = CheckpointOptions { base: Some(4), ..compressed };
        place.write("whole", 5, &second, &delta, &mut synced, |_| Ok(())).unwrap();
        assert_eq!(place.list(Some("whole")).unwrap()[1].base, Some(4));
        fs::copy(place.path("plain", 4), place.path("plain", 5)).unwrap();
        assert!(place.fault("plain", 5).unwrap().is_some());
        assert!(place.list(Some("plain")).unwrap()[1].fault.is_some());
        let other = Checkpoints { disk: &RealDisk, directory: directory.path(), id: &[7; 16] };
        assert!(other.fault("plain", 4).unwrap().is_some());
        fs::remove_file(place.path("whole", 4)).unwrap();
        assert_eq!(place.fault("whole", 5).unwrap().as_deref(), Some("the checkpoint's base is missing"));
    }
}
