//! A new log from the records of another one, written as a whole or not at all.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::checkpoint::Checkpoints;
use crate::disk::{Access, Disk, DiskFile};
use crate::error::Error;
use crate::layout::{
    FileName, SEGMENT_HEADER_BYTES, SegmentHeader, checkpoint_name, crc32, dictionary_name, padded,
    segment_name,
};
use crate::record::{MORE, RECORD_HEADER_BYTES, RecordHeader, STATE};
use crate::scan::PIECE_BYTES;

/// A segment that is being written.
struct Segment<F> {
    file: F,
    path: PathBuf,
    first_seq: u64,
    generation: u32,
    buffer: Vec<u8>,
    written: u64,
    /// The seq of the next event.
    next: u64,
}

/// A log that is being written, into a directory beside its own.
pub(crate) struct Copy<'a, D: Disk> {
    disk: &'a D,
    target: PathBuf,
    /// Beside the target, and nobody else's.
    temporary: PathBuf,
    is_there: bool,
    id: [u8; 16],
    segment: Option<Segment<D::File>>,
    previous_crc: u32,
    dictionaries: BTreeSet<u32>,
}

impl<'a, D: Disk> Copy<'a, D> {
    /// Begins a log with that id, in a directory that is missing or empty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] where the directory is neither, [`Error::Io`]
    pub(crate) fn begin(disk: &'a D, target: &Path, id: [u8; 16]) -> Result<Self, Error> {
        // Without a slash at its end.
        let target: PathBuf = target.components().collect();
        let is_there = match disk.list(&target) {
            Ok(names) if names.is_empty() => true,
            Ok(_) => return Err(Error::InvalidArgument(format!("'{}' is not empty", target.display()))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(Error::io("list", &target)(error)),
        };
        // The id is random.
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(".");
        for byte in &id[..8] {
            name.push(format!("{byte:02x}"));
        }
        name.push(".tmp");
        let parent = parent_of(&target);
        let temporary = parent.join(name);
        disk.create_directory(parent).map_err(Error::io("create", parent))?;
        disk.create_new_directory(&temporary).map_err(Error::io("create", &temporary))?;
        Ok(Self {
            disk,
            target,
            temporary,
            is_there,
            id,
            segment: None,
            previous_crc: 0,
            dictionaries: BTreeSet::new(),
        })
    }

    /// Begins a segment with a state; the one before has an event.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub(crate) fn begin_segment(
        &mut self,
        first_seq: u64,
        previous: Option<(u64, u32)>,
        dictionary: u32,
        state: &[u8],
    ) -> Result<(), Error> {
        self.end_segment()?;
        let header = SegmentHeader {
            log_id: self.id,
            first_seq,
            previous_first_seq: previous.map(|(first_seq, _)| first_seq),
            previous_crc: previous.map_or(0, |(_, crc)| crc),
            dictionary,
        };
        self.dictionaries.extend((dictionary != 0).then_some(dictionary));
        let bytes = header.encode();
        let path = self.temporary.join(segment_name(first_seq));
        let file = self.disk.open(&path, Access::Replace).map_err(Error::io("create", &path))?;
        self.segment = Some(Segment {
            file,
            path,
            first_seq,
            generation: header.generation(),
            buffer: bytes.to_vec(),
            written: 0,
            next: first_seq,
        });
        self.previous_crc = crc32(&bytes[..SEGMENT_HEADER_BYTES - 4], 0);
        let state_header = RecordHeader {
            body_bytes: u32::try_from(state.len())
                .map_err(|_| Error::Limit { what: "bytes of a state record", most: u64::from(u32::MAX) })?,
            seq_offset: 0,
            unsynced: 0,
            stream_seq: 0,
            time_ms: 0,
            previous_crc: 0,
            body_crc: 0,
            flags: STATE,
            stream_bytes: 0,
            type_bytes: 0,
            key_bytes: 0,
        };
        self.put(state_header, state)
    }

    /// Whether a segment was begun.
    pub(crate) fn has_segment(&self) -> bool {
        self.segment.is_some()
    }

    /// What the header of the next segment says of the one before.
    pub(crate) fn previous(&self) -> Option<(u64, u32)> {
        self.segment.as_ref().map(|segment| (segment.first_seq, self.previous_crc))
    }

    /// The seq of the next event.
    pub(crate) fn next_seq(&self) -> u64 {
        self.segment.as_ref().map_or(0, |segment| segment.next)
    }

    /// Appends the next event, which has a header and a body in another log.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub(crate) fn push(
        &mut self,
        header: &RecordHeader,
        stream_seq: u64,
        more: bool,
        body: &[u8],
    ) -> Result<(), Error> {
        let segment = self.segment.as_mut().expect("a segment was begun");
        let offset = u32::try_from(segment.next - segment.first_seq)
            .map_err(|_| Error::Limit { what: "events of a segment", most: u64::from(u32::MAX) })?;
        segment.next += 1;
        let flags = header.flags & !MORE | if more { MORE } else { 0 };
        // All of the copy is synced before it has its name.
        self.put(RecordHeader { seq_offset: offset, unsynced: 0, stream_seq, flags, ..*header }, body)
    }

    fn put(&mut self, mut header: RecordHeader, body: &[u8]) -> Result<(), Error> {
        let segment = self.segment.as_mut().expect("a segment was begun");
        header.previous_crc = self.previous_crc;
        header.body_crc = crc32(body, self.previous_crc);
        self.previous_crc = header.body_crc;
        let mut bytes = [0; RECORD_HEADER_BYTES];
        header.encode(segment.generation, &mut bytes);
        segment.buffer.extend_from_slice(&bytes);
        segment.buffer.extend_from_slice(body);
        segment.buffer.resize(segment.buffer.len() + padded(body.len()) - body.len(), 0);
        if segment.buffer.len() >= PIECE_BYTES { segment.write() } else { Ok(()) }
    }

    fn end_segment(&mut self) -> Result<(), Error> {
        let Some(mut segment) = self.segment.take() else { return Ok(()) };
        segment.write()?;
        segment.file.sync_data().map_err(Error::io("sync", &segment.path))
    }

    /// Copies the checkpoints that `take` says yes to, damaged ones left out; how many.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub(crate) fn add_checkpoints(
        &mut self,
        from: &Checkpoints<'_, D>,
        mut take: impl FnMut(&str, u64) -> Result<bool, Error>,
    ) -> Result<u64, Error> {
        let mut copied = 0;
        for (name, seq) in from.names()? {
            if !take(&name, seq)? {
                continue;
            }
            let Some((mut header, stored)) = from.stored(&name, seq)? else { continue };
            header.log_id = self.id;
            let path = self.temporary.join(checkpoint_name(name.as_bytes(), seq));
            self.put_file(&path, &[&header.encode(name.as_bytes()), &stored])?;
            copied += 1;
        }
        Ok(copied)
    }

    fn put_file(&self, path: &Path, parts: &[&[u8]]) -> Result<(), Error> {
        let write = || {
            let file = self.disk.open(path, Access::Replace)?;
            let mut offset = 0;
            for part in parts {
                file.write_all_at(part, offset)?;
                offset += part.len() as u64;
            }
            file.sync_data()
        };
        write().map_err(Error::io("write", path))
    }

    /// Copies the dictionaries from the other log, and gives the new one its name.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub(crate) fn finish(mut self, from: &Path) -> Result<(), Error> {
        let put = self.put_in_place(from);
        if put.is_err() {
            self.abandon();
        }
        put
    }

    fn put_in_place(&mut self, from: &Path) -> Result<(), Error> {
        self.end_segment()?;
        for &crc in &self.dictionaries {
            let name = dictionary_name(crc);
            let path = from.join(&name);
            let bytes = match read_file(self.disk, &path) {
                Ok(bytes) => bytes,
                // Who asks for its events is told.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(Error::io("read", &path)(error)),
            };
            self.put_file(&self.temporary.join(name), &[&bytes])?;
        }
        let sync = |path: &Path| self.disk.sync_directory(path).map_err(Error::io("sync", path));
        sync(&self.temporary)?;
        // Windows renames over no directory.
        if self.is_there && cfg!(windows) {
            self.disk.remove_directory(&self.target).map_err(Error::io("remove", &self.target))?;
        }
        self.disk.rename(&self.temporary, &self.target).map_err(Error::io("rename", &self.temporary))?;
        sync(parent_of(&self.target))
    }

    /// Removes what was written, as far as that can be done: the first error is what the caller hears of.
    pub(crate) fn abandon(mut self) {
        self.segment = None;
        for name in self.disk.list(&self.temporary).unwrap_or_default() {
            let is_ours = matches!(
                FileName::parse(&name),
                FileName::Segment(_)
                    | FileName::Checkpoint { .. }
                    | FileName::Dictionary(_)
                    | FileName::Temporary
            );
            if is_ours {
                let _removed = self.disk.remove(&self.temporary.join(name));
            }
        }
        let _removed = self.disk.remove_directory(&self.temporary);
    }
}

fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl<F: DiskFile> Segment<F> {
    fn write(&mut self) -> Result<(), Error> {
        self.file.write_all_at(&self.buffer, self.written).map_err(Error::io("write", &self.path))?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

fn read_file<D: Disk>(disk: &D, path: &Path) -> io::Result<Vec<u8>> {
    let file = disk.open(path, Access::Read)?;
    let length = usize::try_from(file.len()?).map_err(|_| io::ErrorKind::OutOfMemory)?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| io::ErrorKind::OutOfMemory)?;
    bytes.resize(length, 0);
    let read = crate::disk::read_full(&file, &mut bytes, 0)?;
    bytes.truncate(read);
    Ok(bytes)
}
