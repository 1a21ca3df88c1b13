//! Verification: everything is read, and whatever is wrong is told.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::checkpoint::Checkpoints;
use crate::disk::{Access, Disk, DiskFile};
use crate::error::Error;
use crate::layout::{checkpoint_name, crc32, dictionary_name, segment_name};
use crate::log::{MAX_DICTIONARY_BYTES, read_file};
use crate::record::{KnownBatch, State};
use crate::scan::{SegmentReader, Step};

/// Something that is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The name of the file.
    pub file: String,
    /// Where in the file.
    pub offset_bytes: u64,
    /// What is wrong.
    pub reason: String,
    /// The seq of the last event before it; none where no event is before it.
    pub last_good_seq: Option<u64>,
    /// The seq of the first good event after it; none where none was found.
    pub next_good_seq: Option<u64>,
}

/// What a verification read, and what it found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many segments there are.
    pub segments: u64,
    /// How many good events.
    pub events: u64,
    /// How many whole batches.
    pub batches: u64,
    /// The bytes of all segments and checkpoints.
    pub bytes: u64,
    /// How many checkpoints.
    pub checkpoints: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

struct Verification<'a, D: Disk> {
    checkpoints: &'a Checkpoints<'a, D>,
    cancelled: Option<&'a AtomicBool>,
    report: VerifyReport,
    /// What the next segment's state record must say; none after damage.
    state: Option<State>,
    /// The first seq and the last crc of the segment before; none after damage.
    before: Option<(u64, u32)>,
    last_good: Option<u64>,
    dictionaries: BTreeSet<u32>,
}

/// Reads all of a log with these segments, up to `next_seq`. `pruned` is the error for a segment of that seq that is not there,
/// if it was pruned.
///
/// # Errors
/// [`Error::Io`], [`Error::Pruned`], [`Error::Aborted`]
pub(crate) fn verify<D: Disk>(
    checkpoints: &Checkpoints<'_, D>,
    segments: &[u64],
    next_seq: u64,
    cancelled: Option<&AtomicBool>,
    pruned: impl Fn(u64) -> Result<Option<Error>, Error>,
) -> Result<VerifyReport, Error> {
    let mut verification = Verification {
        checkpoints,
        cancelled,
        report: VerifyReport::default(),
        state: None,
        before: None,
        last_good: None,
        dictionaries: BTreeSet::new(),
    };
    for (index, &first_seq) in segments.iter().enumerate() {
        let end = segments.get(index + 1).copied();
        if !verification.segment(first_seq, end.unwrap_or(next_seq), end.is_none())? {
            if let Some(error) = pruned(first_seq)? {
                return Err(error);
            }
            (verification.state, verification.before) = (None, None);
            verification.problem(&segment_name(first_seq), 0, "the segment is missing", end);
        }
    }
    verification.all_checkpoints()?;
    Ok(verification.report)
}

impl<D: Disk> Verification<'_, D> {
    fn check_cancelled(&self) -> Result<(), Error> {
        match self.cancelled {
            Some(cancelled) if cancelled.load(Ordering::Relaxed) => Err(Error::Aborted),
            _ => Ok(()),
        }
    }

    fn problem(&mut self, file: &str, offset_bytes: u64, reason: &str, next_good_seq: Option<u64>) {
        self.report.problems.push(Problem {
            file: file.to_owned(),
            offset_bytes,
            reason: reason.to_owned(),
            last_good_seq: self.last_good,
            next_good_seq,
        });
    }

    /// Reads a segment; false if it is not there.
    fn segment(&mut self, first_seq: u64, end: u64, is_last: bool) -> Result<bool, Error> {
        let name = segment_name(first_seq);
        let path = self.checkpoints.directory.join(&name);
        let next_good = (!is_last).then_some(end);
        let file = match self.checkpoints.disk.open(&path, Access::Read) {
            Ok(file) => file,
            // Pruned by another process since.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound && self.report.segments == 0 && !is_last =>
            {
                return Ok(true);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(Error::io("open", &path)(error)),
        };
        self.report.segments += 1;
        self.report.bytes += file.len().map_err(Error::io("read", &path))?;
        let mut reader = match SegmentReader::open(file, &path) {
            Ok(reader) => reader,
            Err(error) => return self.unreadable(&name, next_good, error),
        };
        let header = reader.header();
        if header.first_seq != first_seq || header.log_id != *self.checkpoints.id {
            (self.state, self.before) = (None, None);
            self.problem(&name, 0, "the segment is of another log or place", next_good);
            return Ok(true);
        }
        let previous = (header.previous_first_seq, header.previous_crc);
        let dictionary = header.dictionary;
        self.dictionary(dictionary)?;
        let mut state = match reader.state() {
            Ok(state) => state,
            Err(error) => return self.unreadable(&name, next_good, error),
        };
        if self.before.is_some_and(|(before_seq, crc)| previous != (Some(before_seq), crc)) {
            self.problem(&name, 0, "the segment does not follow the one before", Some(first_seq));
        }
        if let Some(expected) = &self.state {
            let mut bytes = Vec::new();
            expected.encode(&mut bytes);
            if bytes != reader.state_body()? {
                self.problem(
                    &name,
                    64,
                    "the state record is not what the events before say",
                    Some(first_seq),
                );
            }
        }
        let whole = self.events(&mut reader, &name, end, is_last, &mut state)?;
        self.state = whole.then_some(state);
        self.before = whole.then(|| (first_seq, reader.place().previous_crc));
        Ok(true)
    }

    /// Looks at a dictionary, once.
    fn dictionary(&mut self, crc: u32) -> Result<(), Error> {
        if crc == 0 || !self.dictionaries.insert(crc) {
            return Ok(());
        }
        let name = dictionary_name(crc);
        let path = self.checkpoints.directory.join(&name);
        match read_file(self.checkpoints.disk, &path, MAX_DICTIONARY_BYTES) {
            Ok(bytes) if crc32(&bytes, 0) == crc => {}
            Ok(_) | Err(Error::Limit { .. }) => {
                self.problem(&name, 0, "the crc of the dictionary is wrong", None);
            }
            Err(error) if error.is_not_found() => self.problem(&name, 0, "the dictionary is missing", None),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Reads the events up to `end`; whether all are there.
    fn events(
        &mut self,
        reader: &mut SegmentReader<D::File>,
        name: &str,
        end: u64,
        is_last: bool,
        state: &mut State,
    ) -> Result<bool, Error> {
        let path = reader.path().to_path_buf();
        let mut batch: Option<(Vec<u8>, KnownBatch)> = None;
        let mut is_whole = true;
        // Behind damage, the rest of a batch may come first, and nobody knows where the streams are.
        let mut is_cut = false;
        loop {
            self.check_cancelled()?;
            let place = reader.place();
            // What is behind the end of the last segment may be about to be written.
            if is_last && place.seq >= end {
                break;
            }
            let record = match reader.step().map_err(Error::io("read", &path))? {
                Step::Record(record) => record,
                Step::End if place.seq == end => break,
                Step::End => {
                    self.problem(name, place.offset, "the segment ends too early", (!is_last).then_some(end));
                    return Ok(false);
                }
                Step::Bad(reason) => {
                    let (next, content_end) =
                        reader.find_next(place.seq).map_err(Error::io("read", &path))?;
                    if place.seq == end && next.is_none() && content_end == place.offset {
                        break;
                    }
                    let next = next.filter(|next| next.seq < end);
                    let next_good = next.map(|next| next.seq).or((!is_last).then_some(end));
                    self.problem(name, place.offset, reason, next_good);
                    let Some(next) = next else { return Ok(false) };
                    reader.go_to(next);
                    (batch, is_whole, is_cut) = (None, false, true);
                    continue;
                }
            };
            let (header, seq) = (record.header, record.seq);
            if seq >= end {
                self.problem(
                    name,
                    place.offset,
                    "the segment goes on beyond the next one's beginning",
                    Some(end),
                );
                return Ok(false);
            }
            let body = header.split(reader.body(&record));
            if is_whole && state.next_of(body.stream).unwrap_or(0) != header.stream_seq {
                is_whole = false;
                self.report.problems.push(Problem {
                    file: name.to_owned(),
                    offset_bytes: place.offset,
                    reason: "the event has another place in its stream".to_owned(),
                    last_good_seq: self.last_good,
                    next_good_seq: Some(seq + 1).filter(|&next| next < end),
                });
            }
            state.note_event(body.stream, header.stream_seq);
            let known = KnownBatch { seq, stream_seq: header.stream_seq, events: 0 };
            let (key, mut known) = batch.take().unwrap_or_else(|| (body.key.to_vec(), known));
            known.events += 1;
            if header.has_more() {
                batch = Some((key, known));
            } else {
                if !key.is_empty() {
                    state.note_batch(&key, known);
                }
                self.report.batches += u64::from(!is_cut);
                is_cut = false;
            }
            self.report.events += 1;
            self.last_good = Some(seq);
            reader.advance(&record);
        }
        if batch.is_some() {
            let offset = reader.place().offset;
            self.problem(name, offset, "the last batch is not whole", (!is_last).then_some(end));
            is_whole = false;
        }
        Ok(is_whole)
    }

    /// Notes what keeps a segment from being read at all.
    fn unreadable(&mut self, name: &str, next_good: Option<u64>, error: Error) -> Result<bool, Error> {
        (self.state, self.before) = (None, None);
        match error {
            Error::Corrupt { offset_bytes, reason, .. } => {
                self.problem(name, offset_bytes, reason, next_good);
            }
            Error::Unsupported { version, .. } => {
                self.problem(name, 0, &format!("the file has version {version} of the format"), next_good);
            }
            error => return Err(error),
        }
        Ok(true)
    }

    fn all_checkpoints(&mut self) -> Result<(), Error> {
        for info in self.checkpoints.list(None)? {
            self.check_cancelled()?;
            self.report.checkpoints += 1;
            self.report.bytes += info.stored_bytes;
            if let Some(reason) = self.checkpoints.fault(&info.name, info.seq)?
                // One that was pruned meanwhile may have lost its base.
                && self.checkpoints.is_there(&info.name, info.seq)?
            {
                self.report.problems.push(Problem {
                    file: checkpoint_name(info.name.as_bytes(), info.seq),
                    offset_bytes: 0,
                    reason,
                    last_good_seq: None,
                    next_good_seq: None,
                });
            }
        }
        Ok(())
    }
}
