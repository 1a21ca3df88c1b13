//! A segment's bytes as records: where they end, and what is wrong where they do.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

use crate::disk::{DiskFile, read_full};
use crate::error::Error;
use crate::layout::{FileName, HeaderFault, SEGMENT_HEADER_BYTES, SegmentHeader, crc32, padded, u32_at};
use crate::record::{RECORD_HEADER_BYTES, RecordHeader, State};

/// A file is read in pieces of so many bytes; a longer record is a piece of its own.
pub const PIECE_BYTES: usize = 1 << 20;
/// A buffer for a longer record is given back behind it.
const MAX_KEPT_BYTES: usize = 4 * PIECE_BYTES;

/// A piece of a file.
#[derive(Default)]
struct Window {
    bytes: Vec<u8>,
    start: u64,
    filled: usize,
}

impl Window {
    /// Where in the buffer the bytes from `offset` on are, if all `bytes` of them are there.
    fn place(&self, offset: u64, bytes: usize) -> Option<usize> {
        let at = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        (at.checked_add(bytes)? <= self.filled).then_some(at)
    }

    /// Reads the bytes from `start` on.
    fn fill(&mut self, file: &impl DiskFile, start: u64, bytes: usize) -> io::Result<()> {
        self.filled = 0;
        self.start = start;
        if self.bytes.len() > MAX_KEPT_BYTES && bytes <= PIECE_BYTES {
            self.bytes = Vec::new();
        }
        if self.bytes.len() < bytes {
            self.bytes.resize(bytes, 0);
        }
        self.filled = read_full(file, &mut self.bytes[..bytes], start)?;
        Ok(())
    }

    /// Where in the buffer the bytes from `offset` on are, of a file that ends at `end`.
    fn load(
        &mut self,
        file: &impl DiskFile,
        offset: u64,
        bytes: usize,
        end: u64,
    ) -> io::Result<Option<usize>> {
        if let Some(at) = self.place(offset, bytes) {
            return Ok(Some(at));
        }
        let rest = end.saturating_sub(offset);
        if (bytes as u64) > rest {
            return Ok(None);
        }
        let piece = (bytes.max(PIECE_BYTES) as u64).min(rest);
        self.fill(file, offset, usize::try_from(piece).unwrap_or(bytes))?;
        Ok(self.place(offset, bytes))
    }

    /// As [`load`](Self::load), with what is before the bytes in place of what is behind them.
    fn load_back(&mut self, file: &impl DiskFile, offset: u64, bytes: usize) -> io::Result<Option<usize>> {
        if let Some(at) = self.place(offset, bytes) {
            return Ok(Some(at));
        }
        let before = (PIECE_BYTES.saturating_sub(bytes) as u64).min(offset);
        let piece = usize::try_from(before).unwrap_or(0) + bytes;
        self.fill(file, offset - before, piece)?;
        Ok(self.place(offset, bytes))
    }
}

/// Where a reader of a segment stands: before the record there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// In bytes from the beginning of the file.
    pub offset: u64,
    /// The seq of the event there.
    pub seq: u64,
    /// The body crc of the record before.
    pub previous_crc: u32,
}

/// A record that is as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Where it begins.
    pub offset: u64,
    /// The seq of its event.
    pub seq: u64,
    /// Its header.
    pub header: RecordHeader,
    body_at: usize,
}

impl Record {
    /// Every event below it had been synced when this one was written.
    pub fn durable_seq(&self) -> u64 {
        self.seq.saturating_sub(u64::from(self.header.unsynced))
    }

    /// Where a reader stands behind it.
    pub fn behind(&self) -> Place {
        Place {
            offset: self.offset + self.header.record_bytes(),
            seq: if self.header.is_state() { self.seq } else { self.seq + 1 },
            previous_crc: self.header.body_crc,
        }
    }
}

/// What is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A record.
    Record(Record),
    /// No bytes.
    End,
    /// Bytes that are no record, or not the one that belongs there: what is wrong.
    Bad(&'static str),
}

/// What follows a bad record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survey {
    /// Behind the last byte that is not zero, or the record that it is of; the bad record's offset if there is none.
    pub content_end: u64,
    /// How many whole records follow.
    pub later_records: u64,
    /// The seq of the first of them.
    pub first_later_seq: Option<u64>,
    /// The greatest durable seq among them.
    pub durable_seq: u64,
}

/// A segment that is read from its beginning on, in pieces.
pub struct SegmentReader<F> {
    file: F,
    path: PathBuf,
    header: SegmentHeader,
    generation: u32,
    window: Window,
    end: u64,
    place: Place,
    first_event: Place,
}

impl<F: DiskFile> SegmentReader<F> {
    /// A reader that stands before the first event.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`] for a damaged header or state record, [`Error::Unsupported`]
    pub fn open(file: F, path: &Path) -> Result<Self, Error> {
        let header = read_header(&file, path)?;
        let end = file.len().map_err(Error::io("read", path))?;
        let place = Place {
            offset: SEGMENT_HEADER_BYTES as u64,
            seq: header.first_seq,
            previous_crc: crc32(&header.encode()[..60], 0),
        };
        let mut reader = Self {
            generation: header.generation(),
            header,
            file,
            path: path.to_path_buf(),
            window: Window::default(),
            end,
            place,
            first_event: place,
        };
        // It was synced before the segment got its name, so that it can be nothing but damage.
        let reason = match reader.step_over_body().map_err(Error::io("read", path))? {
            Step::Record(record) if record.header.is_state() => {
                reader.place = record.behind();
                reader.first_event = reader.place;
                return Ok(reader);
            }
            Step::Record(_) => "the segment does not begin with a state record",
            Step::End => "the segment has no state record",
            Step::Bad(reason) => reason,
        };
        Err(reader.corrupt_state(reason))
    }

    /// A reader of a segment whose header may be damaged, which is told what it was; it stands before the state record.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn of(file: F, path: &Path, header: SegmentHeader) -> io::Result<Self> {
        let end = file.len()?;
        let place = Place {
            offset: SEGMENT_HEADER_BYTES as u64,
            seq: header.first_seq,
            previous_crc: crc32(&header.encode()[..60], 0),
        };
        let generation = header.generation();
        let path = path.to_path_buf();
        Ok(Self { file, generation, header, path, window: Window::default(), end, place, first_event: place })
    }

    /// The segment's header.
    pub fn header(&self) -> &SegmentHeader {
        &self.header
    }

    /// The segment's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open file.
    pub fn file(&self) -> &F {
        &self.file
    }

    pub(crate) fn into_file(self) -> F {
        self.file
    }

    /// Where the reader stands.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Goes to a place where it, or another reader of the same segment, has stood.
    pub fn go_to(&mut self, place: Place) {
        self.place = place;
    }

    /// The place of the first event, behind the state record.
    pub fn first_event(&self) -> Place {
        self.first_event
    }

    /// Where the file ends for this reader.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Lets the reader go up to `end` bytes, or to the file's length, whichever is less.
    ///
    /// # Errors
    /// [`Error::Io`]
    pub fn set_end(&mut self, end: Option<u64>) -> Result<(), Error> {
        let end = match end {
            Some(end) => end,
            None => self.file.len().map_err(Error::io("read", &self.path))?,
        };
        // Bytes that were read before the file grew or was cut are read again.
        if end != self.end {
            self.window.filled = self.window.filled.min(
                usize::try_from(self.end.min(end).saturating_sub(self.window.start)).unwrap_or(usize::MAX),
            );
        }
        self.end = end;
        Ok(())
    }

    /// Forgets what was read, so that the file is asked again.
    pub fn forget(&mut self) {
        self.window.filled = 0;
    }

    /// The body of the state record, checked.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`]
    pub fn state_body(&mut self) -> Result<&[u8], Error> {
        let offset = SEGMENT_HEADER_BYTES as u64;
        let start =
            Place { offset, seq: self.header.first_seq, previous_crc: crc32(&self.header.encode()[..60], 0) };
        let before = std::mem::replace(&mut self.place, start);
        let step = self.step().map_err(Error::io("read", &self.path));
        self.place = before;
        let reason = match step? {
            Step::Record(record) => return Ok(self.body(&record)),
            Step::End => "the segment has no state record",
            Step::Bad(reason) => reason,
        };
        Err(self.corrupt_state(reason))
    }

    /// The error for a damaged state record, with the first event behind it that is good.
    fn corrupt_state(&mut self, reason: &'static str) -> Error {
        let offset = SEGMENT_HEADER_BYTES as u64;
        let before =
            std::mem::replace(&mut self.place, Place { offset, seq: self.header.first_seq, previous_crc: 0 });
        let error = match self.find_next(self.header.first_seq) {
            Ok((next, _)) => self.corrupt(offset, next.map(|place| place.seq), reason),
            Err(error) => Error::io("read", &self.path)(error),
        };
        self.place = before;
        error
    }

    /// What the state record says.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Corrupt`]
    pub fn state(&mut self) -> Result<State, Error> {
        match State::decode(self.state_body()?) {
            Some(state) => Ok(state),
            None => Err(self.corrupt_state("the state record contradicts itself")),
        }
    }

    /// What is where the reader stands; it stays there. A record is checked whole.
    ///
    /// # Errors
    /// What the system says.
    pub fn step(&mut self) -> io::Result<Step> {
        self.look(true)
    }

    /// As [`step`](Self::step), without the body, of which nothing is checked but that it is within the file.
    ///
    /// # Errors
    /// What the system says.
    pub fn step_over_body(&mut self) -> io::Result<Step> {
        self.look(false)
    }

    /// Goes behind a record.
    pub fn advance(&mut self, record: &Record) {
        self.place = record.behind();
    }

    fn look(&mut self, whole: bool) -> io::Result<Step> {
        let Place { offset, .. } = self.place;
        if offset >= self.end {
            return Ok(Step::End);
        }
        let Some(at) = self.window.load(&self.file, offset, RECORD_HEADER_BYTES, self.end)? else {
            return Ok(Step::Bad("the file ends within a record"));
        };
        let header = match self.header_at(at) {
            Ok(header) => header,
            Err(reason) => return Ok(Step::Bad(reason)),
        };
        if header.record_bytes() > self.end - offset {
            return Ok(Step::Bad("the file ends within a record"));
        }
        let is_first = offset == SEGMENT_HEADER_BYTES as u64;
        if u64::from(header.seq_offset) + self.header.first_seq != self.place.seq
            || header.is_state() != is_first
        {
            return Ok(Step::Bad("the record is not the one that belongs here"));
        }
        if header.previous_crc != self.place.previous_crc {
            return Ok(Step::Bad("the record does not follow the one before"));
        }
        if !whole {
            return Ok(Step::Record(Record { offset, seq: self.place.seq, header, body_at: 0 }));
        }
        let bytes = usize::try_from(header.record_bytes()).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let Some(at) = self.window.load(&self.file, offset, bytes, self.end)? else {
            return Ok(Step::Bad("the file ends within a record"));
        };
        Ok(match self.check_body(at, &header) {
            None => Step::Record(Record {
                offset,
                seq: self.place.seq,
                header,
                body_at: at + RECORD_HEADER_BYTES,
            }),
            Some(reason) => Step::Bad(reason),
        })
    }

    fn header_at(&self, at: usize) -> Result<RecordHeader, &'static str> {
        match self.window.bytes[at..].first_chunk() {
            Some(bytes) => RecordHeader::decode(bytes, self.generation),
            None => Err("the file ends within a record"),
        }
    }

    fn check_body(&self, at: usize, header: &RecordHeader) -> Option<&'static str> {
        let start = at + RECORD_HEADER_BYTES;
        let bytes = header.body_bytes as usize;
        let body = &self.window.bytes[start..start + bytes];
        if crc32(body, header.previous_crc) != header.body_crc {
            return Some("the crc of the record's body is wrong");
        }
        let zeros = &self.window.bytes[start + bytes..start + padded(bytes)];
        zeros.iter().any(|&byte| byte != 0).then_some("the record does not end with zeros")
    }

    /// The body of the record that the last step found.
    pub fn body(&self, record: &Record) -> &[u8] {
        &self.window.bytes[record.body_at..record.body_at + record.header.body_bytes as usize]
    }

    /// The record at an offset where one was found before, read together with those before it. That it follows the one
    /// before is not checked.
    ///
    /// # Errors
    /// What the system says.
    pub fn step_back_to(&mut self, offset: u64, seq: u64, bytes: u64) -> io::Result<Step> {
        let bytes = usize::try_from(bytes).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let at = self.window.load_back(&self.file, offset, bytes)?;
        let previous_crc = at.map_or(0, |at| u32_at(&self.window.bytes, at + 28));
        self.place = Place { offset, seq, previous_crc };
        self.step()
    }

    /// What follows from a bad record on, up to the reader's end.
    ///
    /// # Errors
    /// What the system says.
    pub fn survey(&mut self) -> io::Result<Survey> {
        let bad = self.place;
        let mut survey =
            Survey { content_end: bad.offset, later_records: 0, first_later_seq: None, durable_seq: 0 };
        // Headers that somebody made up must not have their bodies, each as long as the file, all read.
        let mut patience = (self.end - bad.offset.min(self.end)).saturating_mul(16).saturating_add(1 << 26);
        let mut offset = bad.offset;
        while offset < self.end {
            let rest = self.end - offset;
            let bytes = usize::try_from(rest).unwrap_or(usize::MAX).min(RECORD_HEADER_BYTES);
            let Some(at) = self.window.load(&self.file, offset, bytes, self.end)? else { break };
            let content = &self.window.bytes[at..at + bytes];
            let Some(last) = content.iter().rposition(|&byte| byte != 0) else {
                offset += self.zeros(at, rest);
                continue;
            };
            survey.content_end = survey.content_end.max(offset + last as u64 + 1);
            match self.later_record(offset, at, bad.seq, &mut patience)? {
                Some((header, seq)) => {
                    survey.later_records += 1;
                    survey.first_later_seq.get_or_insert(seq);
                    let durable = seq.saturating_sub(u64::from(header.unsynced));
                    survey.durable_seq = survey.durable_seq.max(durable);
                    survey.content_end = survey.content_end.max(offset + header.record_bytes());
                    offset += header.record_bytes();
                }
                None => offset += 8,
            }
        }
        self.window.filled = 0;
        Ok(survey)
    }

    /// The place of the first whole record from where the reader stands on whose seq is not below `seq`, and where the
    /// last byte that is not zero ends, if there is no such record.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn find_next(&mut self, seq: u64) -> io::Result<(Option<Place>, u64)> {
        let mut patience =
            (self.end - self.place.offset.min(self.end)).saturating_mul(16).saturating_add(1 << 26);
        let mut offset = self.place.offset;
        let mut content_end = offset;
        while offset < self.end {
            let rest = self.end - offset;
            let bytes = usize::try_from(rest).unwrap_or(usize::MAX).min(RECORD_HEADER_BYTES);
            let Some(at) = self.window.load(&self.file, offset, bytes, self.end)? else { break };
            let Some(last) = self.window.bytes[at..at + bytes].iter().rposition(|&byte| byte != 0) else {
                offset += self.zeros(at, rest);
                continue;
            };
            content_end = content_end.max(offset + last as u64 + 1);
            if let Some((header, seq)) = self.later_record(offset, at, seq, &mut patience)? {
                return Ok((Some(Place { offset, seq, previous_crc: header.previous_crc }), content_end));
            }
            offset += 8;
        }
        Ok((None, content_end))
    }

    /// Behind the last byte from `start` to `end` that is not zero.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn content_end(&mut self, start: u64, end: u64) -> io::Result<u64> {
        let mut content_end = start;
        let mut offset = start;
        while offset < end {
            let bytes = usize::try_from(end - offset).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
            let Some(at) = self.window.load(&self.file, offset, bytes, self.end)? else { break };
            if let Some(last) = self.window.bytes[at..at + bytes].iter().rposition(|&byte| byte != 0) {
                content_end = offset + last as u64 + 1;
            }
            offset += bytes as u64;
        }
        Ok(content_end)
    }

    /// How far from a header's worth of zeros on the next header may begin.
    fn zeros(&self, at: usize, rest: u64) -> u64 {
        let window = &self.window.bytes[at..self.window.filled];
        let zeros = window.iter().position(|&byte| byte != 0).unwrap_or(window.len());
        // A record may begin with zeros, so that its header is looked at from each of them that it can begin with.
        let skipped = zeros.saturating_sub(RECORD_HEADER_BYTES - 8) & !7;
        (skipped.max(8) as u64).min(rest)
    }

    fn later_record(
        &mut self,
        offset: u64,
        at: usize,
        seq: u64,
        patience: &mut u64,
    ) -> io::Result<Option<(RecordHeader, u64)>> {
        if self.end - offset < RECORD_HEADER_BYTES as u64 {
            return Ok(None);
        }
        let Ok(header) = self.header_at(at) else { return Ok(None) };
        let found = u64::from(header.seq_offset) + self.header.first_seq;
        let bytes = header.record_bytes();
        if header.is_state() || found < seq || bytes > self.end - offset || bytes > *patience {
            return Ok(None);
        }
        *patience -= bytes;
        let bytes = usize::try_from(bytes).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let Some(at) = self.window.load(&self.file, offset, bytes, self.end)? else { return Ok(None) };
        Ok(self.check_body(at, &header).is_none().then_some((header, found)))
    }

    /// The error for damage at an offset, where the reader stands or before it.
    pub fn corrupt(&self, offset_bytes: u64, next_good_seq: Option<u64>, reason: &'static str) -> Error {
        Error::Corrupt {
            path: self.path.clone(),
            offset_bytes,
            last_good_seq: self.place.seq.checked_sub(1),
            next_good_seq,
            reason,
        }
    }
}

/// Reads the header of a segment.
///
/// # Errors
/// [`Error::Io`], [`Error::Corrupt`], [`Error::Unsupported`]
pub fn read_header(file: &impl DiskFile, path: &Path) -> Result<SegmentHeader, Error> {
    let mut bytes = [0; SEGMENT_HEADER_BYTES];
    let read = read_full(file, &mut bytes, 0).map_err(Error::io("read", path))?;
    SegmentHeader::decode(&bytes[..read]).map_err(|fault| match fault {
        HeaderFault::Version(version) => Error::Unsupported { path: path.to_path_buf(), version },
        HeaderFault::Damaged(reason) => Error::Corrupt {
            path: path.to_path_buf(),
            offset_bytes: 0,
            last_good_seq: match path.file_name().map(FileName::parse) {
                Some(FileName::Segment(first_seq)) => first_seq.checked_sub(1),
                _ => None,
            },
            next_good_seq: None,
            reason,
        },
    })
}

/// Where the complete batches of a segment end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tail {
    /// Behind the last complete batch.
    pub(crate) complete: Place,
    /// What was known to be synced when the last record was written.
    pub(crate) durable_seq: u64,
    /// Where the events begin that were not.
    pub(crate) unsynced: u64,
    /// What is wrong with the record behind the last good one, where the reader stands; none where the file ends.
    pub(crate) bad: Option<&'static str>,
}

/// Goes on to the end of the records, and tells `state` of the events of complete batches.
pub(crate) fn scan_batches<F: DiskFile>(
    reader: &mut SegmentReader<F>,
    mut state: Option<&mut State>,
) -> io::Result<Tail> {
    let complete = reader.place();
    let mut tail = Tail { complete, durable_seq: 0, unsynced: complete.offset, bad: None };
    let mut offsets: VecDeque<(u64, u64)> = VecDeque::new();
    // Events of a batch that is not complete yet, and its key.
    let mut pending: Vec<(Vec<u8>, u64)> = Vec::new();
    let mut key: Vec<u8> = Vec::new();
    loop {
        let record = match reader.step()? {
            Step::Record(record) => record,
            Step::End => return Ok(tail),
            Step::Bad(reason) => {
                tail.bad = Some(reason);
                return Ok(tail);
            }
        };
        tail.durable_seq = tail.durable_seq.max(record.durable_seq());
        offsets.push_back((record.seq, record.offset));
        while let Some(&(seq, offset)) = offsets.front() {
            tail.unsynced = offset;
            if seq >= tail.durable_seq {
                break;
            }
            offsets.pop_front();
        }
        if let Some(state) = state.as_deref_mut() {
            let body = record.header.split(reader.body(&record));
            let is_first = tail.complete.seq == record.seq;
            if is_first {
                key.clear();
                key.extend_from_slice(body.key);
            }
            if is_first && !record.header.has_more() {
                state.note_event(body.stream, record.header.stream_seq);
                note_key(state, &key, record.seq, record.header.stream_seq, 1);
            } else {
                pending.push((body.stream.to_vec(), record.header.stream_seq));
            }
        }
        reader.advance(&record);
        if record.header.has_more() {
            continue;
        }
        if let Some(state) = state.as_deref_mut()
            && let Some((_, first)) = pending.first()
        {
            note_key(state, &key, tail.complete.seq, *first, pending.len());
            for (stream, stream_seq) in pending.drain(..) {
                state.note_event(&stream, stream_seq);
            }
        }
        tail.complete = reader.place();
    }
}

fn note_key(state: &mut State, key: &[u8], seq: u64, stream_seq: u64, events: usize) {
    if !key.is_empty() {
        let events = u32::try_from(events).unwrap_or(u32::MAX);
        state.note_batch(key, crate::record::KnownBatch { seq, stream_seq, events });
    }
}
