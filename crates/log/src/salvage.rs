//! Salvage: a new log from what is whole of a damaged one.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::checkpoint::Checkpoints;
use crate::copy::Copy;
use crate::disk::{Access, Disk, DiskFile, read_full};
use crate::error::Error;
use crate::layout::{FileName, SEGMENT_HEADER_BYTES, SegmentHeader, segment_name};
use crate::record::{KnownBatch, RecordHeader, State};
use crate::scan::{Place, SegmentReader, Step};

/// What could not be saved of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The name of the file.
    pub file: String,
    /// Where the bytes that were left out begin.
    pub offset_bytes: u64,
    /// How many they are.
    pub lost_bytes: u64,
    /// The seq, in the damaged log, of the last event that was saved before them.
    pub after_seq: Option<u64>,
    /// The seq, in the damaged log, of the first event that was saved behind them.
    pub before_seq: Option<u64>,
    /// What is wrong there.
    pub reason: String,
}

/// What was saved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SalvageReport {
    /// How many events.
    pub events: u64,
    /// How many segments were read.
    pub segments: u64,
    /// What could not be saved.
    pub lost: Vec<Lost>,
    /// How many checkpoints were copied.
    pub checkpoints: u64,
    /// How many were not: damaged ones, and those of a place behind a loss.
    pub checkpoints_dropped: u64,
}

/// A record of a batch that is not whole yet.
struct Part {
    header: RecordHeader,
    body: Vec<u8>,
}

struct Salvage<'a, D: Disk> {
    disk: &'a D,
    directory: &'a Path,
    copy: Copy<'a, D>,
    cancelled: Option<&'a AtomicBool>,
    report: SalvageReport,
    state: State,
    /// The seq behind the last event that was saved or could not be, in the damaged log.
    expected: Option<u64>,
    last_saved: Option<u64>,
    /// The place, in the damaged log, up to which nothing was lost.
    intact: u64,
    id: [u8; 16],
    /// The header of the last segment that was read, for one whose own is damaged.
    before: Option<(SegmentHeader, u32)>,
    /// Whether the segment that is read has one in the copy.
    is_begun: bool,
    /// How many losses are yet to hear of the event behind them.
    open_losses: usize,
}

/// Copies what is whole of the log in `directory` to a new log at `target`. Events get new seqs, without holes, from where the
/// first one's was, and the events of a stream likewise.
///
/// # Errors
/// [`Error::InvalidArgument`] where the target is not empty, [`Error::Io`], also where there is no segment, [`Error::Aborted`]
pub(crate) fn salvage<D: Disk>(
    disk: &D,
    directory: &Path,
    target: &Path,
    new_id: [u8; 16],
    cancelled: Option<&AtomicBool>,
) -> Result<SalvageReport, Error> {
    let names = disk.list(directory).map_err(Error::io("list", directory))?;
    let mut segments: Vec<u64> = names
        .iter()
        .filter_map(|name| match FileName::parse(name) {
            FileName::Segment(first_seq) => Some(first_seq),
            _ => None,
        })
        .collect();
    segments.sort_unstable();
    let Some(&first) = segments.first() else {
        return Err(Error::io("read", directory)(io::ErrorKind::NotFound.into()));
    };
    let headers = headers(disk, directory, &segments)?;
    // Most segments say whose they are.
    let id = headers
        .iter()
        .flatten()
        .map(|header| header.log_id)
        .max_by_key(|id| headers.iter().flatten().filter(|header| header.log_id == *id).count());
    let mut salvage = Salvage {
        disk,
        directory,
        copy: Copy::begin(disk, target, new_id)?,
        cancelled,
        report: SalvageReport::default(),
        state: State::new(),
        expected: None,
        last_saved: None,
        intact: first,
        id: id.unwrap_or_default(),
        before: None,
        is_begun: false,
        open_losses: 0,
    };
    let saved = salvage.run(&segments, headers);
    match saved {
        Ok(()) => {
            salvage.copy.finish(directory)?;
            Ok(salvage.report)
        }
        Err(error) => {
            salvage.copy.abandon();
            Err(error)
        }
    }
}

/// The headers of the segments; none for one that is damaged.
fn headers<D: Disk>(
    disk: &D,
    directory: &Path,
    segments: &[u64],
) -> Result<Vec<Option<SegmentHeader>>, Error> {
    let read = |&first_seq: &u64| {
        let path = directory.join(segment_name(first_seq));
        let file = disk.open(&path, Access::Read).map_err(Error::io("open", &path))?;
        match crate::scan::read_header(&file, &path) {
            Ok(header) => Ok((header.first_seq == first_seq).then_some(header)),
            Err(Error::Corrupt { .. }) => repaired(&file, first_seq).map_err(Error::io("read", &path)),
            Err(error) => Err(error),
        }
    };
    segments.iter().map(read).collect()
}

/// A header of which one bit was turned.
fn repaired(file: &impl DiskFile, first_seq: u64) -> io::Result<Option<SegmentHeader>> {
    let mut bytes = [0; SEGMENT_HEADER_BYTES];
    if read_full(file, &mut bytes, 0)? < bytes.len() {
        return Ok(None);
    }
    Ok((0..bytes.len() * 8).find_map(|bit| {
        let mut bytes = bytes;
        bytes[bit / 8] ^= 1 << (bit % 8);
        SegmentHeader::decode(&bytes).ok().filter(|header| header.first_seq == first_seq)
    }))
}

impl<D: Disk> Salvage<'_, D> {
    fn run(&mut self, segments: &[u64], headers: Vec<Option<SegmentHeader>>) -> Result<(), Error> {
        for (&first_seq, header) in segments.iter().zip(headers) {
            self.segment(first_seq, header)?;
            self.report.segments += 1;
        }
        if !self.copy.has_segment() {
            self.begin_segment(0)?;
        }
        let intact = self.intact;
        let checkpoints = Checkpoints { disk: self.disk, directory: self.directory, id: &self.id };
        let mut dropped = 0;
        let copied = self.copy.add_checkpoints(&checkpoints, |name, seq| {
            let taken = seq <= intact && checkpoints.fault(name, seq)?.is_none();
            dropped += u64::from(!taken);
            Ok(taken)
        })?;
        self.report.checkpoints = copied;
        self.report.checkpoints_dropped = dropped;
        Ok(())
    }

    fn lose(&mut self, file: &str, offset_bytes: u64, lost_bytes: u64, reason: &str) {
        self.report.lost.push(Lost {
            file: file.to_owned(),
            offset_bytes,
            lost_bytes,
            after_seq: self.last_saved,
            before_seq: None,
            reason: reason.to_owned(),
        });
        self.open_losses += 1;
    }

    fn segment(&mut self, first_seq: u64, header: Option<SegmentHeader>) -> Result<(), Error> {
        let name = segment_name(first_seq);
        let path = self.directory.join(&name);
        let file = self.disk.open(&path, Access::Read).map_err(Error::io("open", &path))?;
        let length = file.len().map_err(Error::io("read", &path))?;
        match self.expected {
            Some(expected) if expected > first_seq => {
                self.lose(&name, 0, length, "the segment begins before the one before it ends");
                return Ok(());
            }
            // If this was noticed already, where the segment before has its damage, once is enough.
            Some(expected) if expected < first_seq && self.open_losses == 0 => {
                self.lose(&name, 0, 0, "the segment before this one is missing or cut");
            }
            _ => {}
        }
        let header_is_good = header.as_ref().is_some_and(|header| header.log_id == self.id);
        if !header_is_good && header.is_some() {
            self.lose(&name, 0, length, "the segment is of another log");
            return Ok(());
        }
        let header = header.unwrap_or_else(|| {
            // The crc of every record's header begins from these: if they are not right, no record is found.
            let before = self.before.as_ref();
            SegmentHeader {
                log_id: self.id,
                first_seq,
                previous_first_seq: before.map(|(header, _)| header.first_seq),
                previous_crc: before.map_or(0, |(_, crc)| *crc),
                dictionary: before.map_or(0, |(header, _)| header.dictionary),
            }
        });
        let dictionary = header.dictionary;
        let mut reader = SegmentReader::of(file, &path, header.clone()).map_err(Error::io("read", &path))?;
        let losses = self.report.lost.len();
        self.begin_reading(&mut reader, &name, first_seq, header_is_good)?;
        if !header_is_good && self.report.lost.len() == losses {
            self.lose(&name, 0, length, "the segment's header is damaged");
        }
        self.is_begun = false;
        self.records(&mut reader, &name, dictionary)?;
        let place = reader.place();
        self.expected = Some(place.seq);
        self.before = Some((header, place.previous_crc));
        Ok(())
    }

    /// Puts the reader before the first event, with the state that the segment begins with for the first segment.
    fn begin_reading(
        &mut self,
        reader: &mut SegmentReader<D::File>,
        name: &str,
        first_seq: u64,
        header_is_good: bool,
    ) -> Result<(), Error> {
        let path = reader.path().to_path_buf();
        let state = if header_is_good {
            reader.step().map_err(Error::io("read", &path))?
        } else {
            Step::Bad("the segment's header is damaged")
        };
        match state {
            Step::Record(record) if record.header.is_state() => {
                // Streams go on from where a prune left them; what is missing for another reason leaves no holes.
                if self.expected.is_none()
                    && let Some(state) = State::decode(reader.body(&record))
                {
                    self.state = state;
                }
                reader.advance(&record);
                Ok(())
            }
            Step::Bad(reason) => self.skip(reader, name, SEGMENT_HEADER_BYTES as u64, reason, first_seq),
            _ => self.skip(
                reader,
                name,
                SEGMENT_HEADER_BYTES as u64,
                "the segment has no state record",
                first_seq,
            ),
        }
    }

    /// Goes on at the next good record, where there is one; what is between is lost.
    fn skip(
        &mut self,
        reader: &mut SegmentReader<D::File>,
        name: &str,
        from: u64,
        reason: &str,
        seq: u64,
    ) -> Result<(), Error> {
        let path = reader.path().to_path_buf();
        let (next, content_end) = reader.find_next(seq).map_err(Error::io("read", &path))?;
        match next {
            Some(place) => {
                self.lose(name, from, place.offset - from, reason);
                reader.go_to(place);
            }
            None => {
                if content_end > from {
                    self.lose(name, from, content_end - from, reason);
                }
                let place = reader.place();
                reader.go_to(Place { offset: reader.end(), ..place });
            }
        }
        Ok(())
    }

    fn records(
        &mut self,
        reader: &mut SegmentReader<D::File>,
        name: &str,
        dictionary: u32,
    ) -> Result<(), Error> {
        let path = reader.path().to_path_buf();
        let mut batch: Vec<Part> = Vec::new();
        let mut batch_at = reader.place();
        // Behind a gap nobody knows whether a record begins a batch: those up to the next end of one are left out. A
        // segment's first event begins one.
        let mut is_cut = batch_at.seq != reader.header().first_seq;
        loop {
            if self.cancelled.is_some_and(|cancelled| cancelled.load(Ordering::Relaxed)) {
                return Err(Error::Aborted);
            }
            let place = reader.place();
            match reader.step().map_err(Error::io("read", &path))? {
                Step::Record(record) => {
                    if batch.is_empty() {
                        batch_at = place;
                        // A key is in a batch's first record.
                        is_cut &= record.header.key_bytes == 0;
                    }
                    batch.push(Part { header: record.header, body: reader.body(&record).to_vec() });
                    reader.advance(&record);
                    if record.header.has_more() {
                        continue;
                    }
                    if is_cut {
                        let bytes = reader.place().offset - batch_at.offset;
                        self.lose(name, batch_at.offset, bytes, "the batch may lack its beginning");
                        is_cut = false;
                    } else {
                        self.save(&batch, batch_at.seq, dictionary)?;
                    }
                    batch.clear();
                }
                Step::End => {
                    if !batch.is_empty() {
                        self.lose(
                            name,
                            batch_at.offset,
                            place.offset - batch_at.offset,
                            "the batch is not whole",
                        );
                    }
                    return Ok(());
                }
                Step::Bad(reason) => {
                    let from = if batch.is_empty() { place.offset } else { batch_at.offset };
                    batch.clear();
                    // A header that is whole says whether its batch goes on.
                    let bad = match reader.step_over_body().map_err(Error::io("read", &path))? {
                        Step::Record(bad) if !bad.header.has_more() => Some(bad.behind().offset),
                        _ => None,
                    };
                    self.skip(reader, name, from, reason, place.seq)?;
                    is_cut = bad != Some(reader.place().offset);
                }
            }
        }
    }

    fn begin_segment(&mut self, dictionary: u32) -> Result<(), Error> {
        let previous = self.copy.previous();
        let first_seq = if previous.is_some() { self.copy.next_seq() } else { self.intact };
        let mut state = Vec::new();
        self.state.encode(&mut state);
        self.copy.begin_segment(first_seq, previous, dictionary, &state)
    }

    /// Appends a whole batch.
    fn save(&mut self, batch: &[Part], seq: u64, dictionary: u32) -> Result<(), Error> {
        if !self.is_begun {
            self.begin_segment(dictionary)?;
            self.is_begun = true;
        }
        let new_seq = self.copy.next_seq();
        let mut first_stream_seq = 0;
        for (index, Part { header, body }) in batch.iter().enumerate() {
            let stream = header.split(body).stream;
            let stream_seq = self.state.next_of(stream).unwrap_or(0);
            if index == 0 {
                first_stream_seq = stream_seq;
            }
            self.copy.push(header, stream_seq, header.has_more(), body)?;
            self.state.note_event(stream, stream_seq);
        }
        let key = batch[0].header.split(&batch[0].body).key;
        if !key.is_empty() {
            let events = u32::try_from(batch.len()).unwrap_or(u32::MAX);
            self.state.note_batch(key, KnownBatch { seq: new_seq, stream_seq: first_stream_seq, events });
        }
        let lost = self.report.lost.len();
        for loss in &mut self.report.lost[lost - self.open_losses..] {
            loss.before_seq = Some(seq);
        }
        self.open_losses = 0;
        if seq == self.intact {
            self.intact += batch.len() as u64;
        }
        self.last_saved = Some(seq + batch.len() as u64 - 1);
        self.report.events += batch.len() as u64;
        Ok(())
    }
}
