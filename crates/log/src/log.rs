//! A log that is open: what was found in its directory, and what is appended.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use tenon_zstd::{CompressOptions, Compressor, Dictionary};

use crate::cursor::{Cursor, Range};
use crate::disk::{Access, Disk, DiskFile, RealDisk, read_full};
use crate::error::Error;
use crate::event::{Durability, Head, Outcome};
use crate::layout::{
    FileName, SEGMENT_HEADER_BYTES, SEQ_END, SegmentHeader, crc32, dictionary_name, lost_name, padded,
    segment_name,
};
use crate::lock::Owner;
use crate::record::{
    COMPRESSED, KnownBatch, MAX_BATCH_BYTES, MAX_BODY_BYTES, MAX_DATA_BYTES, MORE, RECORD_HEADER_BYTES,
    RecordHeader, STATE, State, Undo,
};
use crate::scan::{PIECE_BYTES, Place, SegmentReader, Survey, scan_batches};

/// The least a segment may hold before the next one begins.
pub const MIN_SEGMENT_BYTES: u64 = 64 << 10;
/// The most a segment may hold before the next one begins.
pub const MAX_SEGMENT_BYTES: u64 = 1 << 30;
/// Room is made ahead up to a multiple of this.
const ROOM_BYTES: u64 = 1 << 20;
/// The largest dictionary, which is read into memory.
pub(crate) const MAX_DICTIONARY_BYTES: u64 = 16 << 20;
/// A reader lists segments so often again that are gone when it opens them.
const MAX_LISTS: usize = 16;
/// A buffer for a larger group is given back behind it.
const MAX_KEPT_BYTES: usize = 8 << 20;

/// How a log is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// A new segment begins before a batch that would make the current one longer.
    pub segment_bytes: u64,
    /// Whether nothing is changed, so that no lock is taken.
    pub read_only: bool,
    /// Whether the log is created, with its directory, where there is none.
    pub create: bool,
    /// How data is compressed; none where it is not.
    pub compression: Option<Compression>,
    /// The writer, as it names itself to others.
    pub owner: Owner,
    /// The id of a new log; random where it is not given.
    pub log_id: Option<[u8; 16]>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 16 << 20,
            read_only: false,
            create: true,
            compression: None,
            owner: Owner::current(),
            log_id: None,
        }
    }
}

/// How data is compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compression {
    /// zstd's level.
    pub level: i32,
    /// Bytes that the data has much in common with, best those of a trained dictionary.
    pub dictionary: Option<Vec<u8>>,
}

/// What was cut off at open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The name of the segment.
    pub segment: String,
    /// Where it was cut.
    pub offset_bytes: u64,
    /// How many bytes were cut off, without zeros behind them.
    pub lost_bytes: u64,
    /// The name of the file that they are in now.
    pub lost_file: String,
    /// How many whole records were among them, behind the first that was not.
    pub later_records: u64,
    /// The seq of the next event.
    pub next_seq: u64,
}

/// Where a log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// The seq of the first event that is still there.
    pub first_seq: u64,
    /// The seq of the next event.
    pub next_seq: u64,
    /// Every event below it was synced.
    pub durable_seq: u64,
    /// The log's id; zeros before there is a segment.
    pub id: [u8; 16],
    /// What ended writing.
    pub poisoned: Option<String>,
}

/// What readers may see.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// The first seqs of the segments, in order.
    pub(crate) segments: Vec<u64>,
    /// Where the complete batches of the last segment end.
    pub(crate) end: u64,
    /// The body crc of the last record.
    pub(crate) crc: u32,
    pub(crate) next_seq: u64,
    pub(crate) durable_seq: u64,
    pub(crate) id: [u8; 16],
    pub(crate) poison: Option<Poison>,
}

impl View {
    pub(crate) fn first_seq(&self) -> u64 {
        self.segments.first().copied().unwrap_or(self.next_seq)
    }
}

/// What failed first.
#[derive(Debug, Clone)]
pub(crate) struct Poison {
    operation: &'static str,
    path: PathBuf,
    code: Option<i32>,
    kind: io::ErrorKind,
    text: String,
}

impl Poison {
    fn of(error: &Error) -> Self {
        match error {
            Error::Io { operation, path, source } | Error::Poisoned { operation, path, source } => Self {
                operation,
                path: path.clone(),
                code: source.raw_os_error(),
                kind: source.kind(),
                text: source.to_string(),
            },
            other => Self {
                operation: "write",
                path: PathBuf::new(),
                code: None,
                kind: io::ErrorKind::Other,
                text: other.to_string(),
            },
        }
    }

    pub(crate) fn error(&self) -> Error {
        let source = match self.code {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(self.kind, self.text.clone()),
        };
        Error::Poisoned { operation: self.operation, path: self.path.clone(), source }
    }
}

/// What writer and readers of a log share.
pub(crate) struct Shared<D: Disk> {
    pub(crate) disk: Arc<D>,
    pub(crate) directory: PathBuf,
    pub(crate) view: Mutex<View>,
    pub(crate) dictionaries: Mutex<HashMap<u32, Arc<Dictionary>>>,
    /// The files of checkpoints that are known to be on the disk. Who holds it alone writes or removes checkpoints.
    pub(crate) synced: Mutex<HashSet<String>>,
    /// The reader of another process's log, which looks where it ends now.
    pub(crate) tail: Option<Mutex<Option<SegmentReader<D::File>>>>,
}

/// A mutex guards numbers that are whole at every step: a panic elsewhere does not spoil them.
pub(crate) fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<D: Disk> Shared<D> {
    pub(crate) fn segment_path(&self, first_seq: u64) -> PathBuf {
        self.directory.join(segment_name(first_seq))
    }

    /// A reader of a segment of this log.
    pub(crate) fn open_segment(&self, first_seq: u64) -> Result<SegmentReader<D::File>, Error> {
        let path = self.segment_path(first_seq);
        let file = self.disk.open(&path, Access::Read).map_err(Error::io("open", &path))?;
        let reader = SegmentReader::open(file, &path)?;
        check_identity(&reader, first_seq, guard(&self.view).id)?;
        Ok(reader)
    }

    /// The same, of the last segment, which is read whole.
    fn open_tail(&self, first_seq: u64) -> Result<SegmentReader<D::File>, Error> {
        let mut reader = self.open_segment(first_seq)?;
        reader.state()?;
        Ok(reader)
    }

    /// The dictionary with that CRC-32; none for 0.
    pub(crate) fn dictionary(&self, crc: u32) -> Result<Option<Arc<Dictionary>>, Error> {
        if crc == 0 {
            return Ok(None);
        }
        if let Some(dictionary) = guard(&self.dictionaries).get(&crc) {
            return Ok(Some(dictionary.clone()));
        }
        let path = self.directory.join(dictionary_name(crc));
        let damaged = |reason| Error::Corrupt {
            path: path.clone(),
            offset_bytes: 0,
            last_good_seq: None,
            next_good_seq: None,
            reason,
        };
        let bytes = match read_file(&*self.disk, &path, MAX_DICTIONARY_BYTES) {
            Err(error) if error.is_not_found() => return Err(damaged("the dictionary is missing")),
            bytes => bytes?,
        };
        if crc32(&bytes, 0) != crc {
            return Err(damaged("the crc of the dictionary is wrong"));
        }
        let dictionary = Arc::new(Dictionary::new(bytes, 0));
        guard(&self.dictionaries).insert(crc, dictionary.clone());
        Ok(Some(dictionary))
    }

    /// Looks where the log of another process ends now; says whether anything is new.
    pub(crate) fn refresh(&self) -> Result<bool, Error> {
        let Some(tail) = &self.tail else { return Ok(false) };
        let mut tail = guard(tail);
        match self.follow(&mut tail) {
            // What this reader knows was pruned, and more: it begins again.
            Ok(None) => self.begin_again(&mut tail),
            Err(error) if error.is_not_found() => self.begin_again(&mut tail),
            moved => moved.map(|moved| moved == Some(true)),
        }
    }

    /// Goes on from where the reader was; nothing if that is not there any more.
    fn follow(&self, tail: &mut Option<SegmentReader<D::File>>) -> Result<Option<bool>, Error> {
        let before = guard(&self.view).next_seq;
        loop {
            let (last, next_seq) = {
                let view = guard(&self.view);
                (view.segments.last().copied(), view.next_seq)
            };
            let Some(last) = last else { return Ok(None) };
            // A segment without events may have been put in place of the one that was read.
            let reader = match tail.take() {
                Some(reader) if next_seq != last => tail.insert(reader),
                _ => tail.insert(self.open_tail(last)?),
            };
            // Whether there is a next segment is asked first: what is read after that is all of this one.
            let is_sealed = next_seq != last && self.has_segment(next_seq)?;
            self.extend(reader)?;
            let moved = guard(&self.view).next_seq;
            if !is_sealed || moved != next_seq {
                let is_there = moved != before || self.has_segment(last)?;
                return Ok(is_there.then_some(moved != before));
            }
            let next = self.open_tail(next_seq)?;
            if next.header().previous_first_seq != Some(last) {
                return Err(next.corrupt(0, None, "the segment does not follow the one before"));
            }
            {
                let mut view = guard(&self.view);
                view.segments.push(next_seq);
                view.end = next.place().offset;
                view.crc = next.place().previous_crc;
            }
            *tail = Some(next);
        }
    }

    fn has_segment(&self, first_seq: u64) -> Result<bool, Error> {
        let path = self.segment_path(first_seq);
        match self.disk.open(&path, Access::Read) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io("open", &path)(error)),
        }
    }

    fn begin_again(&self, tail: &mut Option<SegmentReader<D::File>>) -> Result<bool, Error> {
        let before = guard(&self.view).next_seq;
        let mut begun = self.refresh_first(tail);
        for _ in 0..MAX_LISTS {
            if !begun.as_ref().is_err_and(Error::is_not_found) {
                break;
            }
            // A segment was pruned since it was listed.
            begun = self.refresh_first(tail);
        }
        Ok(begun? && guard(&self.view).next_seq != before)
    }

    fn refresh_first(&self, tail: &mut Option<SegmentReader<D::File>>) -> Result<bool, Error> {
        let segments = list_segments(&*self.disk, &self.directory)?;
        let Some(&last) = segments.last() else { return Ok(false) };
        let id = check_chain(&*self.disk, &self.directory, &segments)?;
        {
            let mut view = guard(&self.view);
            view.id = id;
            view.next_seq = last;
            view.segments = segments;
        }
        let mut reader = self.open_tail(last)?;
        self.extend(&mut reader)?;
        *tail = Some(reader);
        Ok(true)
    }

    /// Moves the view's end over complete batches that are new.
    fn extend(&self, reader: &mut SegmentReader<D::File>) -> Result<(), Error> {
        let path = reader.path().to_path_buf();
        reader.set_end(None)?;
        let tail = scan_batches(reader, None).map_err(Error::io("read", &path))?;
        if let Some(reason) = tail.bad {
            self.check_live(reader, reason)?;
        }
        reader.go_to(tail.complete);
        reader.forget();
        let mut view = guard(&self.view);
        view.end = tail.complete.offset;
        view.crc = tail.complete.previous_crc;
        view.next_seq = tail.complete.seq;
        let durable_seq = tail.durable_seq.max(reader.header().first_seq).min(view.next_seq);
        view.durable_seq = view.durable_seq.max(durable_seq);
        Ok(())
    }

    /// A bad record at the end of a log that is being written is a record half written, or damage.
    fn check_live(&self, reader: &mut SegmentReader<D::File>, reason: &'static str) -> Result<(), Error> {
        let path = reader.path().to_path_buf();
        let bad = reader.place();
        let survey = reader.survey().map_err(Error::io("read", &path))?;
        if survey.durable_seq <= bad.seq {
            return Ok(());
        }
        // It had been synced before the later record was written: by now it can be read, or it is damaged.
        reader.forget();
        match reader.step().map_err(Error::io("read", &path))? {
            crate::scan::Step::Record(_) => Ok(()),
            _ => Err(reader.corrupt(bad.offset, survey.first_later_seq, reason)),
        }
    }

    /// Lists the segments of another process's log again, where some may not be there any more.
    pub(crate) fn relist(&self) -> Result<(), Error> {
        // The writer itself knows.
        let Some(tail) = &self.tail else { return Ok(()) };
        let mut tail = guard(tail);
        let segments = list_segments(&*self.disk, &self.directory)?;
        let known: Vec<u64> = {
            let last = guard(&self.view).segments.last().copied();
            segments.into_iter().filter(|&first| Some(first) <= last).collect()
        };
        if known.is_empty() {
            self.begin_again(&mut tail)?;
        } else {
            guard(&self.view).segments = known;
        }
        Ok(())
    }
}

/// Reads a whole file.
pub(crate) fn read_file<D: Disk>(disk: &D, path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let file = disk.open(path, Access::Read).map_err(Error::io("open", path))?;
    let length = file.len().map_err(Error::io("read", path))?;
    let bytes = usize::try_from(length).ok().filter(|_| length <= most);
    let Some(bytes) = bytes else { return Err(Error::Limit { what: "bytes of a file", most }) };
    let mut content = vec![0; bytes];
    let read = read_full(&file, &mut content, 0).map_err(Error::io("read", path))?;
    content.truncate(read);
    Ok(content)
}

/// A directory without a segment is no log.
fn require_log<D: Disk>(disk: &D, directory: &Path) -> Result<(), Error> {
    if list_segments(disk, directory)?.is_empty() {
        return Err(Error::io("read", directory)(io::ErrorKind::NotFound.into()));
    }
    Ok(())
}

fn check_identity<F: DiskFile>(reader: &SegmentReader<F>, first_seq: u64, id: [u8; 16]) -> Result<(), Error> {
    let header = reader.header();
    if header.first_seq != first_seq {
        return Err(reader.corrupt(0, None, "the segment's first seq is not that of its name"));
    }
    if header.log_id != id {
        return Err(reader.corrupt(0, None, "the segment is of another log"));
    }
    Ok(())
}

fn read_corrupt(path: &Path, first_seq: u64, reason: &'static str) -> Error {
    Error::Corrupt {
        path: path.to_path_buf(),
        offset_bytes: 0,
        last_good_seq: first_seq.checked_sub(1),
        next_good_seq: None,
        reason,
    }
}

/// The first seqs of the segments in a directory, in order.
pub(crate) fn list_segments<D: Disk>(disk: &D, directory: &Path) -> Result<Vec<u64>, Error> {
    let names = disk.list(directory).map_err(Error::io("read", directory))?;
    let mut segments: Vec<u64> = names
        .iter()
        .filter_map(|name| match FileName::parse(name) {
            FileName::Segment(first_seq) => Some(first_seq),
            _ => None,
        })
        .collect();
    segments.sort_unstable();
    Ok(segments)
}

/// Reads the headers of the segments, each of which must name the one before; says the log's id.
pub(crate) fn check_chain<D: Disk>(disk: &D, directory: &Path, segments: &[u64]) -> Result<[u8; 16], Error> {
    let mut before: Option<SegmentHeader> = None;
    for (index, &first_seq) in segments.iter().enumerate() {
        let path = directory.join(segment_name(first_seq));
        let file = disk.open(&path, Access::Read).map_err(Error::io("open", &path))?;
        let following = segments.get(index + 1).copied();
        let header = crate::scan::read_header(&file, &path).map_err(|error| error.before_good(following))?;
        let corrupt = |reason, last_good: u64| Error::Corrupt {
            path: path.clone(),
            offset_bytes: 0,
            last_good_seq: last_good.checked_sub(1),
            next_good_seq: Some(first_seq),
            reason,
        };
        if header.first_seq != first_seq {
            let error = read_corrupt(&path, first_seq, "the segment's first seq is not that of its name");
            return Err(error.before_good(following));
        }
        if let Some(before) = &before {
            if header.log_id != before.log_id {
                return Err(corrupt("the segment is of another log", first_seq));
            }
            if header.previous_first_seq != Some(before.first_seq) {
                let missing = header.previous_first_seq.unwrap_or(0).min(first_seq);
                return Err(corrupt("the segment before this one is missing", before.first_seq.max(missing)));
            }
        }
        before = Some(header);
    }
    Ok(before.map_or([0; 16], |header| header.log_id))
}

/// The segment that events go into.
struct Active<F> {
    file: F,
    path: PathBuf,
    header: SegmentHeader,
    generation: u32,
    /// Behind the last record.
    end: u64,
    /// The file's length.
    allocated: u64,
    /// The body crc of the last record.
    crc: u32,
    /// Bytes of the state record.
    state_bytes: u64,
    has_events: bool,
}

struct Packing {
    compressor: Compressor,
    level: i32,
    dictionary: Option<Arc<Dictionary>>,
    dictionary_crc: u32,
    /// Frames of the batch at hand, one after the other.
    frames: Vec<u8>,
}

pub(crate) struct Writer<D: Disk> {
    shared: Arc<Shared<D>>,
    segment_bytes: u64,
    active: Active<D::File>,
    state: State,
    next_seq: u64,
    durable_seq: u64,
    packing: Option<Packing>,
    /// Records that are yet to be written behind the active segment's end.
    buffer: Vec<u8>,
    /// The body crc of the last record in the buffer, or of the last written.
    crc: u32,
    undo: Vec<Undo>,
    sizes: Vec<(u32, bool)>,
    poison: Option<Poison>,
    _lock: Box<dyn Any + Send + Sync>,
}

/// An event log in a directory.
pub struct Log<D: Disk = RealDisk> {
    pub(crate) shared: Arc<Shared<D>>,
    /// None for a log that is open for reading, and when it is closed.
    pub(crate) writer: Mutex<Option<Writer<D>>>,
    /// Held by what closing waits for.
    upkeep: RwLock<()>,
    recovery: Option<Recovery>,
    read_only: bool,
}

impl Log<RealDisk> {
    /// Opens the log in a directory.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Locked`], [`Error::Corrupt`], [`Error::Unsupported`], [`Error::InvalidArgument`],
    /// [`Error::Compression`] for a dictionary that zstd does not take
    pub fn open(directory: impl AsRef<Path>, options: &Options) -> Result<Self, Error> {
        check_segment_bytes(options.segment_bytes, MIN_SEGMENT_BYTES)?;
        Self::open_on(Arc::new(RealDisk), directory, options)
    }
}

impl<D: Disk> Log<D> {
    /// Opens the log in a directory of a disk, for tests with segments from 1 KiB on.
    ///
    /// # Errors
    /// Those of [`open`](Log::open).
    pub fn open_on(disk: Arc<D>, directory: impl AsRef<Path>, options: &Options) -> Result<Self, Error> {
        let directory = directory.as_ref();
        check_segment_bytes(options.segment_bytes, 1 << 10)?;
        let mut shared = Shared {
            disk,
            directory: directory.to_path_buf(),
            view: Mutex::default(),
            dictionaries: Mutex::default(),
            synced: Mutex::default(),
            tail: None,
        };
        if options.read_only {
            shared.tail = Some(Mutex::new(None));
            shared.refresh()?;
            let shared = Arc::new(shared);
            let writer = Mutex::new(None);
            return Ok(Self { shared, writer, upkeep: RwLock::default(), recovery: None, read_only: true });
        }
        if options.create {
            shared.disk.create_directory(directory).map_err(Error::io("create", directory))?;
        } else {
            require_log(&*shared.disk, directory)?;
        }
        let lock = shared.disk.lock(directory, &options.owner)?;
        let shared = Arc::new(shared);
        let (writer, recovery) = Writer::open(shared.clone(), options, lock)?;
        shared.set_checkpoints_aside(writer.next_seq)?;
        let writer = Mutex::new(Some(writer));
        Ok(Self { shared, writer, upkeep: RwLock::default(), recovery, read_only: false })
    }

    /// What was cut off when the log was opened.
    pub fn recovery(&self) -> Option<&Recovery> {
        self.recovery.as_ref()
    }

    /// Where the log stands.
    pub fn info(&self) -> Info {
        let view = guard(&self.shared.view);
        Info {
            first_seq: view.first_seq(),
            next_seq: view.next_seq,
            durable_seq: view.durable_seq,
            id: view.id,
            poisoned: view.poison.as_ref().map(|poison| poison.error().to_string()),
        }
    }

    /// Appends batches, each whole or not at all; says what came of each event. A batch whose key is known is not appended
    /// again; one whose stream is not where it expects it is not appended, and the others are.
    ///
    /// `bytes` are the events' bytes as [`Head`] says.
    ///
    /// # Errors
    /// [`Error::Io`]: nothing of the group was appended. [`Error::Poisoned`], [`Error::InvalidArgument`], [`Error::Limit`],
    /// [`Error::ReadOnly`], [`Error::Closed`]
    pub fn commit(
        &self,
        bytes: &[u8],
        heads: &[Head],
        durability: Durability,
    ) -> Result<Vec<Outcome>, Error> {
        self.with_writer(|writer| writer.commit(bytes, heads, durability))
    }

    /// Makes everything that was appended last.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Poisoned`], [`Error::ReadOnly`], [`Error::Closed`]
    pub fn flush(&self) -> Result<(), Error> {
        self.with_writer(Writer::flush)
    }

    /// Events of a range, in order; live, where the range has no end.
    pub fn cursor(&self, range: Range) -> Cursor<D> {
        Cursor::new(self.shared.clone(), range)
    }

    /// How many streams and how many keys the writer knows.
    ///
    /// # Errors
    /// [`Error::ReadOnly`], [`Error::Closed`]
    pub fn known(&self) -> Result<(usize, usize), Error> {
        self.with_writer(|writer| Ok((writer.state.streams(), writer.state.keys())))
    }

    /// Waits for checkpoints, prunes, forks and verifications that run; flushes, cuts the last segment to its length and lets
    /// others write. After a failed write it only does the last. A second call does nothing.
    ///
    /// # Errors
    /// [`Error::Io`]; the log is closed nevertheless.
    pub fn close(&self) -> Result<(), Error> {
        let _alone = self.upkeep.write().unwrap_or_else(PoisonError::into_inner);
        let writer = guard(&self.writer).take();
        match writer {
            Some(mut writer) if writer.poison.is_none() => writer.close(),
            _ => Ok(()),
        }
    }

    /// Keeps the log open until it is dropped.
    pub(crate) fn keep_open(&self) -> RwLockReadGuard<'_, ()> {
        self.upkeep.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn with_writer<T>(
        &self,
        work: impl FnOnce(&mut Writer<D>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match guard(&self.writer).as_mut() {
            Some(writer) => work(writer),
            None if self.read_only => Err(Error::ReadOnly),
            None => Err(Error::Closed),
        }
    }
}

fn check_segment_bytes(bytes: u64, least: u64) -> Result<(), Error> {
    if (least..=MAX_SEGMENT_BYTES).contains(&bytes) {
        return Ok(());
    }
    Err(Error::InvalidArgument(format!("segmentBytes must be from {least} to {MAX_SEGMENT_BYTES}")))
}

/// Where a group begins, to go back to.
struct Mark {
    end: u64,
    crc: u32,
    has_events: bool,
    next_seq: u64,
    durable_seq: u64,
}

/// What a group has done so far.
struct Begun<F> {
    mark: Mark,
    /// The segment that the group began in, if it is not the active one any more.
    origin: Option<Active<F>>,
    /// The first seqs of segments that begin within the group.
    created: Vec<u64>,
}

struct Opened<F> {
    active: Active<F>,
    state: State,
    next_seq: u64,
    durable_seq: u64,
    recovery: Option<Recovery>,
}

impl<D: Disk> Writer<D> {
    fn open(
        shared: Arc<Shared<D>>,
        options: &Options,
        lock: Box<dyn Any + Send + Sync>,
    ) -> Result<(Self, Option<Recovery>), Error> {
        let disk = shared.disk.clone();
        let directory = shared.directory.clone();
        let packing = options.compression.as_ref().map(|compression| Packing::new(&shared, compression));
        let packing = packing.transpose()?;
        let segments = list_segments(&*disk, &directory)?;
        let id = check_chain(&*disk, &directory, &segments)?;
        remove_temporary(&*disk, &directory)?;
        let opened = match segments.last() {
            Some(&last) => {
                guard(&shared.view).id = id;
                // A writer may have ended between a segment's rename and this.
                disk.sync_directory(&directory).map_err(Error::io("sync", &directory))?;
                open_last(&shared, last)?
            }
            None => {
                let log_id = match options.log_id {
                    Some(id) => id,
                    None => random_id()?,
                };
                let dictionary = packing.as_ref().map_or(0, |packing| packing.dictionary_crc);
                if let Some(packing) = &packing {
                    packing.write_dictionary(&shared)?;
                }
                let header = SegmentHeader {
                    log_id,
                    first_seq: 0,
                    previous_first_seq: None,
                    previous_crc: 0,
                    dictionary,
                };
                let state = State::new();
                let active = create_segment(&shared, header, &state).map_err(|(error, _)| error)?;
                Opened { active, state, next_seq: 0, durable_seq: 0, recovery: None }
            }
        };
        let Opened { active, state, next_seq, durable_seq, recovery } = opened;
        {
            let mut view = guard(&shared.view);
            view.segments = if segments.is_empty() { vec![0] } else { segments };
            view.id = active.header.log_id;
            view.end = active.end;
            view.crc = active.crc;
            view.next_seq = next_seq;
            view.durable_seq = durable_seq;
        }
        let writer = Self {
            segment_bytes: options.segment_bytes,
            crc: active.crc,
            active,
            state,
            next_seq,
            durable_seq,
            packing,
            buffer: Vec::new(),
            undo: Vec::new(),
            sizes: Vec::new(),
            poison: None,
            _lock: lock,
            shared,
        };
        Ok((writer, recovery))
    }

    pub(crate) fn check_usable(&self) -> Result<(), Error> {
        self.poison.as_ref().map_or(Ok(()), |poison| Err(poison.error()))
    }

    /// Ends writing for this handle.
    pub(crate) fn poison(&mut self, error: &Error) {
        if self.poison.is_none() {
            let poison = Poison::of(error);
            guard(&self.shared.view).poison = Some(poison.clone());
            self.poison = Some(poison);
        }
    }

    fn commit(
        &mut self,
        bytes: &[u8],
        heads: &[Head],
        durability: Durability,
    ) -> Result<Vec<Outcome>, Error> {
        self.check_usable()?;
        check_group(bytes, heads)?;
        let mut begun = Begun { mark: self.mark(), origin: None, created: Vec::new() };
        let result = self.append_group(bytes, heads, durability, &mut begun);
        self.buffer.clear();
        self.buffer.shrink_to(MAX_KEPT_BYTES);
        match result {
            Ok(outcomes) => {
                self.undo.clear();
                self.show(&begun.created);
                Ok(outcomes)
            }
            Err(error) => {
                if self.poison.is_none() && self.take_back(begun).is_err() {
                    self.poison(&error);
                }
                Err(error)
            }
        }
    }

    /// Lets readers see what was appended.
    fn show(&self, created: &[u64]) {
        let mut view = guard(&self.shared.view);
        view.segments.extend_from_slice(created);
        view.end = self.active.end;
        view.crc = self.active.crc;
        view.next_seq = self.next_seq;
        view.durable_seq = self.durable_seq;
    }

    fn append_group(
        &mut self,
        bytes: &[u8],
        heads: &[Head],
        durability: Durability,
        begun: &mut Begun<D::File>,
    ) -> Result<Vec<Outcome>, Error> {
        let mut outcomes = Vec::with_capacity(heads.len());
        let mut rest = bytes;
        let mut start = 0;
        while start < heads.len() {
            let more = heads[start..].iter().position(|head| !head.more).unwrap_or(0);
            let batch = &heads[start..=start + more];
            let batch_bytes: usize = batch.iter().map(event_bytes).sum();
            let (batch_data, after) = rest.split_at(batch_bytes);
            if !self.settle(batch_data, batch, &mut outcomes) {
                self.append_batch(batch_data, batch, begun, &mut outcomes)?;
            }
            rest = after;
            start += batch.len();
        }
        self.write_buffer(durability == Durability::Disk)?;
        if durability == Durability::Disk {
            self.sync()?;
        }
        Ok(outcomes)
    }

    /// What is to be said of a batch that is not appended; false if it is to be.
    fn settle(&mut self, bytes: &[u8], batch: &[Head], outcomes: &mut Vec<Outcome>) -> bool {
        let first = &batch[0];
        let (stream, rest) = bytes.split_at(usize::from(first.stream_bytes));
        if first.key_bytes > 0 {
            let key = &rest[usize::from(first.type_bytes)..][..usize::from(first.key_bytes)];
            if let Some(known) = self.state.batch_of(key) {
                if known.events as usize != batch.len() {
                    outcomes.extend(batch.iter().map(|_| Outcome::OtherSize { events: known.events }));
                    return true;
                }
                let mut at = 0;
                let mut stream_seq = known.stream_seq;
                for (seq, head) in (known.seq..).zip(batch) {
                    let same = &bytes[at..at + usize::from(head.stream_bytes)] == stream;
                    outcomes.push(Outcome::Known { seq, stream_seq: same.then_some(stream_seq) });
                    stream_seq += u64::from(same);
                    at += event_bytes(head);
                }
                return true;
            }
        }
        if let Some(expected) = first.expected_seq {
            let next = self.state.next_of(stream).unwrap_or(0);
            if next != expected {
                outcomes.extend(batch.iter().map(|_| Outcome::Conflict { stream_seq: next }));
                return true;
            }
        }
        false
    }

    fn append_batch(
        &mut self,
        bytes: &[u8],
        batch: &[Head],
        begun: &mut Begun<D::File>,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(), Error> {
        if self.next_seq + batch.len() as u64 >= SEQ_END {
            return Err(Error::Limit { what: "events of a log", most: SEQ_END - 1 });
        }
        let wanted =
            self.packing.as_ref().map_or(self.active.header.dictionary, |packing| packing.dictionary_crc);
        if wanted != self.active.header.dictionary {
            self.begin_segment(wanted, begun)?;
        }
        let size = self.pack(bytes, batch)?;
        let most = self.segment_bytes.max(4 * self.active.state_bytes);
        if self.active.has_events && self.active.end + self.buffer.len() as u64 + size > most {
            let dictionary = self.packing.as_ref().map_or(0, |packing| packing.dictionary_crc);
            self.begin_segment(dictionary, begun)?;
        }
        self.encode(bytes, batch, outcomes);
        if self.state.most_bytes() > MAX_BODY_BYTES {
            return Err(Error::Limit { what: "bytes of a state record", most: MAX_BODY_BYTES });
        }
        Ok(())
    }

    /// Compresses what is smaller then; says how many bytes the records will have.
    fn pack(&mut self, bytes: &[u8], batch: &[Head]) -> Result<u64, Error> {
        self.sizes.clear();
        let mut size = 0;
        let mut at = 0;
        if let Some(packing) = &mut self.packing {
            packing.frames.clear();
            packing.frames.shrink_to(MAX_KEPT_BYTES);
        }
        for head in batch {
            let event = &bytes[at..at + event_bytes(head)];
            at += event.len();
            let names = event.len() - head.data_bytes as usize;
            let mut stored = (head.data_bytes, false);
            if let Some(packing) = self.packing.as_mut().filter(|_| head.data_bytes > 0)
                && let Some(bytes) = packing.pack(&event[names..])?
            {
                stored = (bytes, true);
            }
            self.sizes.push(stored);
            size += (RECORD_HEADER_BYTES + padded(names + stored.0 as usize)) as u64;
        }
        Ok(size)
    }

    fn encode(&mut self, bytes: &[u8], batch: &[Head], outcomes: &mut Vec<Outcome>) {
        let first_seq = self.next_seq;
        let mut at = 0;
        let mut frame_at = 0;
        let mut first_stream_seq = 0;
        let mut place = None;
        for (index, (head, &(stored, compressed))) in batch.iter().zip(&self.sizes).enumerate() {
            let event = &bytes[at..at + event_bytes(head)];
            at += event.len();
            let (names, data) = event.split_at(event.len() - head.data_bytes as usize);
            let data = match &self.packing {
                Some(packing) if compressed => {
                    frame_at += stored as usize;
                    &packing.frames[frame_at - stored as usize..frame_at]
                }
                _ => data,
            };
            let stream = &names[..usize::from(head.stream_bytes)];
            let stream_place = match place {
                Some(place) if self.state.name_at(place) == stream => place,
                _ => self.state.place_of(stream).unwrap_or_else(|| {
                    self.undo.push(Undo::NewStream);
                    self.state.add_stream(stream)
                }),
            };
            place = Some(stream_place);
            let stream_seq = self.state.next_at(stream_place);
            self.undo.push(Undo::Stream { place: stream_place, next: stream_seq });
            self.state.set_next(stream_place, stream_seq + 1);
            if index == 0 {
                first_stream_seq = stream_seq;
            }
            let seq = self.next_seq;
            let start = self.buffer.len();
            let body = start + RECORD_HEADER_BYTES;
            self.buffer.extend_from_slice(&[0; RECORD_HEADER_BYTES]);
            self.buffer.extend_from_slice(names);
            self.buffer.extend_from_slice(data);
            let body_bytes = self.buffer.len() - body;
            let body_crc = crc32(&self.buffer[body..], self.crc);
            self.buffer.resize(body + padded(body_bytes), 0);
            let header = RecordHeader {
                body_bytes: u32::try_from(body_bytes).unwrap_or(u32::MAX),
                seq_offset: u32::try_from(seq - self.active.header.first_seq).unwrap_or(u32::MAX),
                unsynced: u32::try_from(seq - self.durable_seq).unwrap_or(u32::MAX),
                stream_seq,
                time_ms: head.time_ms,
                previous_crc: self.crc,
                body_crc,
                flags: head.kind.number()
                    | if head.more { MORE } else { 0 }
                    | if compressed { COMPRESSED } else { 0 },
                stream_bytes: head.stream_bytes,
                type_bytes: head.type_bytes,
                key_bytes: head.key_bytes,
            };
            if let Some(bytes) = self.buffer[start..].first_chunk_mut() {
                header.encode(self.active.generation, bytes);
            }
            self.crc = body_crc;
            self.next_seq += 1;
            outcomes.push(Outcome::Appended { seq, stream_seq });
        }
        let first = &batch[0];
        if first.key_bytes > 0 {
            let start = usize::from(first.stream_bytes) + usize::from(first.type_bytes);
            let key = &bytes[start..start + usize::from(first.key_bytes)];
            let events = u32::try_from(batch.len()).unwrap_or(u32::MAX);
            let known = KnownBatch { seq: first_seq, stream_seq: first_stream_seq, events };
            if let Some((key, batch)) = self.state.note_batch(key, known) {
                self.undo.push(Undo::ForgottenKey(key, batch));
            }
            self.undo.push(Undo::Key);
        }
        self.active.has_events = true;
    }

    /// Writes what is in the buffer behind the segment's end, with room behind it.
    fn write_buffer(&mut self, with_room: bool) -> Result<(), Error> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let active = &mut self.active;
        let records = self.buffer.len();
        let end = active.end + records as u64;
        if with_room && end > active.allocated {
            let room = end.next_multiple_of(ROOM_BYTES).min(self.segment_bytes);
            if room > end {
                self.buffer.resize(usize::try_from(room - active.end).unwrap_or(records), 0);
            }
        }
        let mut written = active.file.write_all_at(&self.buffer, active.end);
        if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::StorageFull)
            && self.buffer.len() > records
        {
            // The disk may have room for the records alone.
            self.buffer.truncate(records);
            written = active
                .file
                .set_len(active.allocated)
                .and_then(|()| active.file.write_all_at(&self.buffer, active.end));
        }
        written.map_err(Error::io("write", &active.path))?;
        active.allocated = active.allocated.max(active.end + self.buffer.len() as u64);
        active.end = end;
        active.crc = self.crc;
        self.buffer.clear();
        Ok(())
    }

    /// Syncs the segment where anything in it has not been.
    fn sync(&mut self) -> Result<(), Error> {
        if self.durable_seq == self.next_seq {
            return Ok(());
        }
        let synced = self.active.file.sync_data().map_err(Error::io("sync", &self.active.path));
        if let Err(error) = &synced {
            self.poison(error);
        }
        synced?;
        self.durable_seq = self.next_seq;
        Ok(())
    }

    /// Goes on in a new segment.
    fn begin_segment(&mut self, dictionary: u32, begun: &mut Begun<D::File>) -> Result<(), Error> {
        self.write_buffer(false)?;
        if let Some(packing) = self.packing.as_ref().filter(|_| dictionary != 0) {
            packing.write_dictionary(&self.shared)?;
        }
        let header = if self.active.has_events {
            if self.active.allocated > self.active.end {
                let cut = self.active.file.set_len(self.active.end);
                cut.map_err(Error::io("cut", &self.active.path))?;
                self.active.allocated = self.active.end;
            }
            self.sync()?;
            SegmentHeader {
                log_id: self.active.header.log_id,
                first_seq: self.next_seq,
                previous_first_seq: Some(self.active.header.first_seq),
                previous_crc: self.active.crc,
                dictionary,
            }
        } else {
            // Two segments cannot begin with the same seq: this one takes the other's place.
            SegmentHeader { dictionary, ..self.active.header.clone() }
        };
        let replaces = !self.active.has_events;
        match create_segment(&self.shared, header, &self.state) {
            Ok(active) => {
                self.crc = active.crc;
                let before = std::mem::replace(&mut self.active, active);
                if replaces {
                    begun.mark = self.mark();
                } else {
                    begun.created.push(self.active.header.first_seq);
                    begun.origin.get_or_insert(before);
                }
                Ok(())
            }
            Err((error, is_unknown)) => {
                if is_unknown {
                    self.poison(&error);
                }
                Err(error)
            }
        }
    }

    fn mark(&self) -> Mark {
        Mark {
            end: self.active.end,
            crc: self.active.crc,
            has_events: self.active.has_events,
            next_seq: self.next_seq,
            durable_seq: self.durable_seq,
        }
    }

    /// Undoes what a group has done; what is left of it could be taken for appended after a crash, so that this is synced.
    fn take_back(&mut self, begun: Begun<D::File>) -> Result<(), Error> {
        let Begun { mark, origin, created } = begun;
        if let Some(origin) = origin {
            self.active = origin;
            for &first_seq in created.iter().rev() {
                let path = self.shared.segment_path(first_seq);
                self.shared.disk.remove(&path).map_err(Error::io("remove", &path))?;
            }
            let directory = &self.shared.directory;
            self.shared.disk.sync_directory(directory).map_err(Error::io("sync", directory))?;
        }
        let active = &mut self.active;
        active.file.set_len(mark.end).map_err(Error::io("cut", &active.path))?;
        active.file.sync_data().map_err(Error::io("sync", &active.path))?;
        active.allocated = mark.end;
        active.end = mark.end;
        active.crc = mark.crc;
        active.has_events = mark.has_events;
        self.crc = mark.crc;
        self.next_seq = mark.next_seq;
        self.durable_seq = mark.durable_seq;
        while let Some(change) = self.undo.pop() {
            self.state.take_back(change);
        }
        self.show(&[]);
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.check_usable()?;
        self.sync()?;
        self.show(&[]);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        if self.active.allocated > self.active.end {
            let cut = self.active.file.set_len(self.active.end);
            cut.map_err(Error::io("cut", &self.active.path))?;
            self.active.allocated = self.active.end;
        }
        self.flush()
    }
}

impl Packing {
    fn new<D: Disk>(shared: &Shared<D>, compression: &Compression) -> Result<Self, Error> {
        let compressor = Compressor::new().map_err(Error::Compression)?;
        let bytes = compression.dictionary.as_ref().filter(|bytes| !bytes.is_empty());
        let Some(bytes) = bytes else {
            let Compression { level, .. } = *compression;
            return Ok(Self { compressor, level, dictionary: None, dictionary_crc: 0, frames: Vec::new() });
        };
        if bytes.len() as u64 > MAX_DICTIONARY_BYTES {
            return Err(Error::Limit { what: "bytes of a dictionary", most: MAX_DICTIONARY_BYTES });
        }
        let crc = crc32(bytes, 0);
        let dictionary = Arc::new(Dictionary::new(bytes.clone(), compression.level));
        dictionary.prepare().map_err(Error::Compression)?;
        guard(&shared.dictionaries).insert(crc, dictionary.clone());
        Ok(Self {
            compressor,
            level: compression.level,
            dictionary: Some(dictionary),
            dictionary_crc: crc,
            frames: Vec::new(),
        })
    }

    /// Appends the frame of `data` to the frames; says how long it is, or nothing where it is no smaller than the data.
    fn pack(&mut self, data: &[u8]) -> Result<Option<u32>, Error> {
        let before = self.frames.len();
        let options = CompressOptions { level: self.level, ..CompressOptions::default() };
        self.compressor
            .compress(data, &options, self.dictionary.as_deref(), None, &mut self.frames)
            .map_err(Error::Compression)?;
        let bytes = self.frames.len() - before;
        if bytes >= data.len() {
            self.frames.truncate(before);
            return Ok(None);
        }
        Ok(u32::try_from(bytes).ok())
    }

    /// Puts the dictionary where readers find it, before a segment names it.
    fn write_dictionary<D: Disk>(&self, shared: &Shared<D>) -> Result<(), Error> {
        let Some(dictionary) = &self.dictionary else { return Ok(()) };
        let path = shared.directory.join(dictionary_name(self.dictionary_crc));
        match read_file(&*shared.disk, &path, MAX_DICTIONARY_BYTES) {
            Ok(bytes) if bytes == dictionary.bytes() => return Ok(()),
            Ok(_) | Err(Error::Limit { .. }) => {}
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        write_whole(&*shared.disk, &path, dictionary.bytes()).map_err(|(error, _)| error)
    }
}

/// Writes a file that is there whole or not at all, whatever happens. With an error, whether it is unknown which.
pub(crate) fn write_whole<D: Disk>(disk: &D, path: &Path, bytes: &[u8]) -> Result<(), (Error, bool)> {
    let temporary = temporary_path(path);
    let file = disk
        .open(&temporary, Access::Replace)
        .map_err(|error| (Error::io("create", &temporary)(error), false))?;
    if let Err(error) = file.write_all_at(bytes, 0) {
        drop(file);
        // The next open removes what cannot be removed now.
        let _ = disk.remove(&temporary);
        return Err((Error::io("write", &temporary)(error), false));
    }
    file.sync_data().map_err(|error| (Error::io("sync", &temporary)(error), true))?;
    drop(file);
    put_in_place(disk, &temporary, path).map_err(|error| (error, true))
}

fn temporary_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    PathBuf::from(name)
}

fn put_in_place<D: Disk>(disk: &D, temporary: &Path, path: &Path) -> Result<(), Error> {
    disk.rename(temporary, path).map_err(Error::io("rename", temporary))?;
    let directory = path.parent().unwrap_or(Path::new("."));
    disk.sync_directory(directory).map_err(Error::io("sync", directory))
}

/// The header and the state record that a segment begins with, and the body crc of the latter.
pub(crate) fn segment_start(header: &SegmentHeader, state: &State) -> (Vec<u8>, u32) {
    let start = header.encode();
    let previous_crc = crc32(&start[..60], 0);
    let body = SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES;
    let mut bytes = Vec::with_capacity(body + padded(state.body_bytes()));
    bytes.extend_from_slice(&start);
    bytes.resize(body, 0);
    state.encode(&mut bytes);
    let body_bytes = bytes.len() - body;
    let body_crc = crc32(&bytes[body..], previous_crc);
    bytes.resize(body + padded(body_bytes), 0);
    let record = RecordHeader {
        body_bytes: u32::try_from(body_bytes).unwrap_or(u32::MAX),
        seq_offset: 0,
        unsynced: 0,
        stream_seq: 0,
        time_ms: 0,
        previous_crc,
        body_crc,
        flags: STATE,
        stream_bytes: 0,
        type_bytes: 0,
        key_bytes: 0,
    };
    if let Some(bytes) = bytes[SEGMENT_HEADER_BYTES..].first_chunk_mut() {
        record.encode(header.generation(), bytes);
    }
    (bytes, body_crc)
}

fn create_segment<D: Disk>(
    shared: &Shared<D>,
    header: SegmentHeader,
    state: &State,
) -> Result<Active<D::File>, (Error, bool)> {
    let path = shared.segment_path(header.first_seq);
    let (bytes, crc) = segment_start(&header, state);
    write_whole(&*shared.disk, &path, &bytes)?;
    let file =
        shared.disk.open(&path, Access::Write).map_err(|error| (Error::io("open", &path)(error), true))?;
    let end = bytes.len() as u64;
    Ok(Active {
        file,
        path,
        generation: header.generation(),
        header,
        end,
        allocated: end,
        crc,
        state_bytes: end - SEGMENT_HEADER_BYTES as u64,
        has_events: false,
    })
}

/// Reads the last segment whole, and cuts off what was written half.
fn open_last<D: Disk>(shared: &Shared<D>, last: u64) -> Result<Opened<D::File>, Error> {
    let path = shared.segment_path(last);
    let file = shared.disk.open(&path, Access::Write).map_err(Error::io("open", &path))?;
    let mut reader = SegmentReader::open(file, &path)?;
    check_identity(&reader, last, guard(&shared.view).id)?;
    let mut state = reader.state()?;
    let tail = scan_batches(&mut reader, Some(&mut state)).map_err(Error::io("read", &path))?;
    let bad = reader.place();
    let survey = match tail.bad {
        Some(_) => reader.survey().map_err(Error::io("read", &path))?,
        None => Survey { content_end: bad.offset, later_records: 0, first_later_seq: None, durable_seq: 0 },
    };
    if let Some(reason) = tail.bad
        && survey.durable_seq > bad.seq
    {
        return Err(reader.corrupt(bad.offset, survey.first_later_seq, reason));
    }
    let Place { offset, seq, previous_crc } = tail.complete;
    let mut allocated = reader.end();
    let mut recovery = None;
    if survey.content_end > offset {
        // Of whole records of a batch without its end, their own zeros are a part.
        let lost = match survey.content_end {
            end if end == bad.offset => end,
            end => reader.content_end(bad.offset, end).map_err(Error::io("read", &path))?,
        };
        let lost_file = keep_lost(shared, &reader, last, offset..lost)?;
        reader.file().set_len(offset).map_err(Error::io("cut", &path))?;
        allocated = offset;
        recovery = Some(Recovery {
            segment: segment_name(last),
            offset_bytes: offset,
            lost_bytes: lost - offset,
            lost_file,
            later_records: survey.later_records,
            next_seq: seq,
        });
    }
    let mut durable_seq = tail.durable_seq.max(last).min(seq);
    rewrite(reader.file(), &path, tail.unsynced..offset)?;
    if recovery.is_some() {
        reader.file().sync_data().map_err(Error::io("sync", &path))?;
        durable_seq = seq;
    }
    let header = reader.header().clone();
    let active = Active {
        path,
        generation: header.generation(),
        end: offset,
        allocated,
        crc: previous_crc,
        state_bytes: reader.first_event().offset - SEGMENT_HEADER_BYTES as u64,
        has_events: seq > last,
        header,
        file: reader.into_file(),
    };
    Ok(Opened { active, state, next_seq: seq, durable_seq, recovery })
}

/// Writes bytes of a file once more. What is read may be in the system's memory alone, and where a sync failed the system
/// thinks that it is on the disk: another sync would not write it.
fn rewrite(file: &impl DiskFile, path: &Path, bytes: std::ops::Range<u64>) -> Result<(), Error> {
    let mut piece = Vec::new();
    let mut at = bytes.start;
    while at < bytes.end {
        let rest = usize::try_from(bytes.end - at).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        piece.resize(rest, 0);
        let read = read_full(file, &mut piece, at).map_err(Error::io("read", path))?;
        if read < rest {
            return Err(Error::io("read", path)(io::ErrorKind::UnexpectedEof.into()));
        }
        file.write_all_at(&piece, at).map_err(Error::io("write", path))?;
        at += read as u64;
    }
    Ok(())
}

/// Copies bytes of a segment into a `.lost` file; says its name.
fn keep_lost<D: Disk>(
    shared: &Shared<D>,
    reader: &SegmentReader<D::File>,
    first_seq: u64,
    bytes: std::ops::Range<u64>,
) -> Result<String, Error> {
    let disk = &*shared.disk;
    let taken = disk.list(&shared.directory).map_err(Error::io("read", &shared.directory))?;
    let name = (1..)
        .map(|copy| lost_name(first_seq, bytes.start, copy))
        .find(|name| !taken.iter().any(|taken| taken == name.as_str()))
        .unwrap_or_default();
    let path = shared.directory.join(&name);
    let temporary = temporary_path(&path);
    let file = disk.open(&temporary, Access::Replace).map_err(Error::io("create", &temporary))?;
    let mut piece = vec![0; PIECE_BYTES];
    let mut at = bytes.start;
    while at < bytes.end {
        let rest = usize::try_from(bytes.end - at).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        let read =
            read_full(reader.file(), &mut piece[..rest], at).map_err(Error::io("read", reader.path()))?;
        if read == 0 {
            break;
        }
        file.write_all_at(&piece[..read], at - bytes.start).map_err(Error::io("write", &temporary))?;
        at += read as u64;
    }
    file.sync_data().map_err(Error::io("sync", &temporary))?;
    drop(file);
    put_in_place(disk, &temporary, &path)?;
    Ok(name)
}

/// Removes what a crash left half written.
fn remove_temporary<D: Disk>(disk: &D, directory: &Path) -> Result<(), Error> {
    for name in disk.list(directory).map_err(Error::io("read", directory))? {
        if FileName::parse(&name) == FileName::Temporary {
            let path = directory.join(&name);
            disk.remove(&path).map_err(Error::io("remove", &path))?;
        }
    }
    Ok(())
}

/// An id for a new log.
pub(crate) fn random_id() -> Result<[u8; 16], Error> {
    let mut id = [0; 16];
    getrandom::fill(&mut id)
        .map_err(|error| Error::io("read", Path::new("random bytes"))(io::Error::other(error.to_string())))?;
    Ok(id)
}

fn event_bytes(head: &Head) -> usize {
    usize::from(head.stream_bytes)
        + usize::from(head.type_bytes)
        + usize::from(head.key_bytes)
        + head.data_bytes as usize
}

fn check_group(bytes: &[u8], heads: &[Head]) -> Result<(), Error> {
    let mut total = 0_u64;
    let mut batch = 0_u64;
    let mut is_first = true;
    for head in heads {
        if u64::from(head.data_bytes) > MAX_DATA_BYTES {
            return Err(Error::Limit { what: "bytes of an event's data", most: MAX_DATA_BYTES });
        }
        if head.time_ms >= SEQ_END {
            return Err(Error::Limit { what: "milliseconds of a time", most: SEQ_END - 1 });
        }
        if !is_first && (head.key_bytes > 0 || head.expected_seq.is_some()) {
            return Err(Error::InvalidArgument(
                "a batch's key and expected seq are its first event's".to_owned(),
            ));
        }
        total += event_bytes(head) as u64;
        batch += (RECORD_HEADER_BYTES + padded(event_bytes(head))) as u64;
        if batch > MAX_BATCH_BYTES {
            return Err(Error::Limit { what: "bytes of a batch", most: MAX_BATCH_BYTES });
        }
        is_first = !head.more;
        if is_first {
            batch = 0;
        }
    }
    if !is_first {
        return Err(Error::InvalidArgument("the last batch of a group has no end".to_owned()));
    }
    if total != bytes.len() as u64 {
        return Err(Error::InvalidArgument("the events' lengths are not those of their bytes".to_owned()));
    }
    Ok(())
}
