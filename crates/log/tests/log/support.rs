//! A disk in memory, and shorter words for what the tests do over and over.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use tenon_log::disk::{Access, Disk, DiskFile};
use tenon_log::{Durability, Error, Group, Kind, Log, NewEvent, Options, Outcome, Packet, Range};

pub(crate) static NEVER: AtomicBool = AtomicBool::new(false);
pub(crate) const LOG_ID: [u8; 16] = *b"tenon's own test";

type Content = Arc<Mutex<Vec<u8>>>;

/// Files in memory, which nothing happens to.
#[derive(Default, Clone)]
pub(crate) struct Memory {
    pub(crate) files: Arc<Mutex<BTreeMap<PathBuf, Content>>>,
}

pub(crate) struct MemoryFile(Content);

impl Memory {
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        self.files.lock().unwrap()[&Path::new("log").join(name)].lock().unwrap().clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let files = self.files.lock().unwrap();
        files.keys().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        let content = Arc::new(Mutex::new(bytes.to_vec()));
        self.files.lock().unwrap().insert(Path::new("log").join(name), content);
    }

    /// Another disk with the same files.
    pub(crate) fn copy(&self) -> Self {
        let files = self.files.lock().unwrap();
        let copied = files
            .iter()
            .map(|(path, file)| (path.clone(), Arc::new(Mutex::new(file.lock().unwrap().clone()))));
        Self { files: Arc::new(Mutex::new(copied.collect())) }
    }

    pub(crate) fn open_log(&self, options: &Options) -> Result<Log<Self>, Error> {
        Log::open_on(Arc::new(self.clone()), "log", options)
    }
}

impl Disk for Memory {
    type File = MemoryFile;

    fn create_directory(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, _directory: &Path) -> io::Result<Vec<OsString>> {
        Ok(self.names().into_iter().map(OsString::from).collect())
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<MemoryFile> {
        let mut files = self.files.lock().unwrap();
        match (files.get(path), access) {
            (Some(_), Access::Create) => Err(io::ErrorKind::AlreadyExists.into()),
            (Some(file), Access::Read | Access::Write) => Ok(MemoryFile(file.clone())),
            (None, Access::Read | Access::Write) => Err(io::ErrorKind::NotFound.into()),
            (_, Access::Create | Access::Replace) => {
                let file = Content::default();
                files.insert(path.to_path_buf(), file.clone());
                Ok(MemoryFile(file))
            }
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut files = self.files.lock().unwrap();
        let file = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_path_buf(), file);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.files.lock().unwrap().remove(path).map(|_| ()).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_directory(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }
}

impl DiskFile for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let content = self.0.lock().unwrap();
        let rest = content.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
        let read = rest.len().min(bytes.len());
        bytes[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut content = self.0.lock().unwrap();
        let offset = usize::try_from(offset).unwrap();
        let end = offset + bytes.len();
        if content.len() < end {
            content.resize(end, 0);
        }
        content[offset..end].copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.0.lock().unwrap().resize(usize::try_from(bytes).unwrap(), 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn options() -> Options {
    Options { segment_bytes: 64 << 10, log_id: Some(LOG_ID), ..Options::default() }
}

/// An event as a test says and compares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) seq: u64,
    pub(crate) stream_seq: u64,
    pub(crate) stream: String,
    pub(crate) kind: String,
    pub(crate) time_ms: u64,
    pub(crate) data_kind: Kind,
    pub(crate) data: Vec<u8>,
}

pub(crate) fn plain(packet: &Packet) -> Vec<Plain> {
    let text = |place| String::from_utf8(packet.name(place).to_vec()).unwrap();
    packet
        .iter()
        .map(|(event, data)| Plain {
            seq: event.seq,
            stream_seq: event.stream_seq,
            stream: text(event.stream),
            kind: text(event.type_name),
            time_ms: event.time_ms,
            data_kind: event.kind,
            data: data.to_vec(),
        })
        .collect()
}

/// All that a cursor gives, in packets of a size, and the error that it ends with.
pub(crate) fn read<D: Disk>(log: &Log<D>, range: Range, max_events: usize) -> (Vec<Plain>, Option<Error>) {
    let mut cursor = log.cursor(range);
    let mut events = Vec::new();
    loop {
        match cursor.next(max_events, 10_000, &NEVER) {
            Ok(Some(packet)) => {
                assert!(packet.events.len() <= max_events && !packet.events.is_empty());
                events.extend(plain(&packet));
            }
            Ok(None) => return (events, None),
            Err(error) => return (events, Some(error)),
        }
    }
}

pub(crate) fn read_all<D: Disk>(log: &Log<D>) -> Vec<Plain> {
    let (events, error) = read(log, Range::default(), 1000);
    assert!(error.is_none(), "{error:?}");
    events
}

/// Appends one batch.
pub(crate) fn append<D: Disk>(log: &Log<D>, events: &[NewEvent<'_>], durability: Durability) -> Vec<Outcome> {
    let mut group = Group::new();
    for (index, event) in events.iter().enumerate() {
        assert!(group.push(event, index + 1 < events.len()));
    }
    log.commit(&group.bytes, &group.heads, durability).unwrap()
}

pub(crate) fn event<'a>(stream: &'a str, data: &'a str) -> NewEvent<'a> {
    NewEvent {
        stream,
        data: data.as_bytes(),
        data_kind: Kind::Text,
        time_ms: 1_700_000_000_000,
        ..NewEvent::default()
    }
}
