//! Events of a range, one packet after the other.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tenon_zstd::{DecompressOptions, Decompressor, Dictionary};

use crate::disk::Disk;
use crate::error::Error;
use crate::layout::SEQ_END;
use crate::log::{Shared, guard};
use crate::record::{Body, Kind, MAX_DATA_BYTES, State};
use crate::scan::{Record, SegmentReader, Step};

/// A packet names so many streams and types at most, so that a place among them is 16 bits.
const MAX_NAMES: usize = 1 << 16;
/// How many records are looked at between two looks at the flag of cancellation.
const RECORDS_A_LOOK: u32 = 256;

/// Which events a cursor goes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The least seq; events that were pruned before the cursor's first look are not missed.
    pub from: u64,
    /// What the seqs stay below; none for a cursor that goes on with what is appended.
    pub to: Option<u64>,
    /// Whether from the greatest seq down.
    pub reverse: bool,
    /// The only stream.
    pub stream: Option<Vec<u8>>,
    /// The only types.
    pub types: Option<Vec<Vec<u8>>>,
    /// The most events.
    pub limit: u64,
}

impl Default for Range {
    fn default() -> Self {
        Self { from: 0, to: None, reverse: false, stream: None, types: None, limit: u64::MAX }
    }
}

/// An event of a [`Packet`]. Its data is behind that of the event before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Its place in the log.
    pub seq: u64,
    /// Its place in its stream.
    pub stream_seq: u64,
    /// In milliseconds since 1970.
    pub time_ms: u64,
    /// What the data was.
    pub kind: Kind,
    /// Bytes of the data.
    pub data_bytes: u32,
    /// The place of its stream's name among the packet's names.
    pub stream: u16,
    /// The place of its type.
    pub type_name: u16,
}

/// Some events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packet {
    /// The data of all events, one after the other.
    pub bytes: Vec<u8>,
    /// The events.
    pub events: Vec<Event>,
    /// Names of streams and types, each once.
    pub names: Vec<Box<[u8]>>,
}

impl Packet {
    /// The events with their data.
    pub fn iter(&self) -> impl Iterator<Item = (&Event, &[u8])> {
        let mut at = 0;
        self.events.iter().map(move |event| {
            let start = at;
            at += event.data_bytes as usize;
            (event, &self.bytes[start..at])
        })
    }

    /// The name at a place.
    pub fn name(&self, place: u16) -> &[u8] {
        self.names.get(usize::from(place)).map_or(&[], |name| &**name)
    }
}

/// The names of a packet that is being filled.
#[derive(Default)]
struct Names {
    places: HashMap<Box<[u8]>, u16, foldhash::fast::RandomState>,
    last: [u16; 2],
}

impl Names {
    /// The place of a name; `role` is 0 for streams, 1 for types, which mostly are those of the event before.
    fn place(&mut self, role: usize, name: &[u8], names: &mut Vec<Box<[u8]>>) -> u16 {
        if names.get(usize::from(self.last[role])).is_some_and(|last| **last == *name) {
            return self.last[role];
        }
        let place = match self.places.get(name) {
            Some(&place) => place,
            None => {
                let place = u16::try_from(names.len()).unwrap_or(u16::MAX);
                names.push(name.into());
                self.places.insert(name.into(), place);
                place
            }
        };
        self.last[role] = place;
        place
    }
}

/// A segment that is being read.
struct Open<F> {
    reader: SegmentReader<F>,
    first_seq: u64,
    /// The seq behind the last event that may be read.
    end: u64,
    /// The first seq of the next segment, if there is one.
    next_first_seq: Option<u64>,
    dictionary: Option<Arc<Dictionary>>,
    /// For a cursor in reverse, an eighth of the offset of each event that is left, and where the last one ends.
    offsets: Vec<u32>,
    offsets_end: u64,
}

/// Where a seq is.
struct Spot {
    first_seq: u64,
    next_first_seq: Option<u64>,
    /// The seq behind the last event of the segment.
    end: u64,
    /// The offset behind it; none where the file's length says it.
    end_offset: Option<u64>,
}

/// A packet that is being filled.
struct Filling<'a> {
    packet: Packet,
    names: Names,
    max_events: usize,
    max_bytes: usize,
    looks: u32,
    cancelled: &'a AtomicBool,
}

impl Filling<'_> {
    fn look(&mut self) -> Result<(), Error> {
        self.looks = self.looks.wrapping_add(1);
        if self.looks.is_multiple_of(RECORDS_A_LOOK) && self.cancelled.load(Ordering::Relaxed) {
            return Err(Error::Aborted);
        }
        Ok(())
    }

    fn has_room(&self, data_bytes: usize) -> bool {
        self.packet.events.is_empty()
            || (self.packet.events.len() < self.max_events
                && self.packet.bytes.len() + data_bytes <= self.max_bytes
                && self.packet.names.len() + 2 <= MAX_NAMES)
    }

    fn push(&mut self, record: &Record, body: &Body<'_>, data_bytes: usize) {
        let stream = self.names.place(0, body.stream, &mut self.packet.names);
        let type_name = self.names.place(1, body.kind, &mut self.packet.names);
        self.packet.events.push(Event {
            seq: record.seq,
            stream_seq: record.header.stream_seq,
            time_ms: record.header.time_ms,
            kind: record.header.kind(),
            data_bytes: u32::try_from(data_bytes).unwrap_or(u32::MAX),
            stream,
            type_name,
        });
    }
}

/// What came of a record.
enum Taken {
    /// It is in the packet.
    Yes,
    /// It is not asked for.
    No,
    /// The packet has no room for it.
    Full,
}

/// Goes over events. It holds one file open at a time, and reads it in pieces of a megabyte.
pub struct Cursor<D: Disk> {
    shared: Arc<Shared<D>>,
    range: Range,
    /// The next seq to look at; in reverse the one above it.
    position: u64,
    /// The least seq that was there when the cursor began in reverse.
    floor: u64,
    /// Whether it has looked where the log begins: what is pruned after that is missed.
    has_begun: bool,
    left: u64,
    open: Option<Open<D::File>>,
    decompressor: Option<Decompressor>,
    /// The first seq of a segment and what its state record says of the cursor's stream.
    known: Option<(u64, Option<u64>)>,
    is_done: bool,
    is_closed: bool,
}

impl<D: Disk> Cursor<D> {
    pub(crate) fn new(shared: Arc<Shared<D>>, range: Range) -> Self {
        Self {
            shared,
            position: range.from,
            floor: range.from,
            has_begun: false,
            left: range.limit,
            open: None,
            decompressor: None,
            known: None,
            is_done: false,
            is_closed: false,
            range,
        }
    }

    /// Whether there will never be more.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Frees its memory and its file.
    pub fn close(&mut self) {
        self.open = None;
        self.decompressor = None;
        self.is_closed = true;
    }

    /// The next events: as many as there are, up to `max_events` and about `max_bytes` of data, but one at least. None at
    /// the end, which for a range without end moves on with the log.
    ///
    /// # Errors
    /// [`Error::Corrupt`] after the events before the damage, [`Error::Io`], [`Error::Pruned`], [`Error::Aborted`],
    /// [`Error::Closed`]
    pub fn next(
        &mut self,
        max_events: usize,
        max_bytes: usize,
        cancelled: &AtomicBool,
    ) -> Result<Option<Packet>, Error> {
        if self.is_closed {
            return Err(Error::Closed);
        }
        if cancelled.load(Ordering::Relaxed) {
            return Err(Error::Aborted);
        }
        let mut filling = Filling {
            packet: Packet::default(),
            names: Names::default(),
            max_events: max_events.max(1),
            max_bytes,
            looks: 0,
            cancelled,
        };
        let filled = if self.is_done {
            Ok(())
        } else if self.range.reverse {
            self.fill_back(&mut filling)
        } else {
            self.fill(&mut filling)
        };
        match filled {
            // What is before a fault is shown first; the next call meets it again.
            Err(error) if filling.packet.events.is_empty() => Err(error),
            _ => Ok(Some(filling.packet).filter(|packet| !packet.events.is_empty())),
        }
    }

    fn to(&self) -> u64 {
        self.range.to.unwrap_or(SEQ_END)
    }

    fn finish(&mut self) {
        self.is_done = true;
        self.open = None;
        self.decompressor = None;
    }

    fn fill(&mut self, filling: &mut Filling<'_>) -> Result<(), Error> {
        if !self.has_begun {
            self.shared.relist()?;
            let view = guard(&self.shared.view);
            if !view.segments.is_empty() {
                self.position = self.position.max(view.first_seq());
                self.has_begun = true;
            }
        }
        loop {
            if self.position >= self.to() || self.left == 0 {
                self.finish();
                return Ok(());
            }
            if !self.enter(filling)? || self.read_on(filling)? {
                return Ok(());
            }
        }
    }

    /// Makes the open segment the one that the position is in; false if the log ends before it.
    fn enter(&mut self, filling: &mut Filling<'_>) -> Result<bool, Error> {
        loop {
            filling.look()?;
            if self.position >= self.to() || self.open.as_ref().is_some_and(|open| self.position < open.end) {
                return Ok(true);
            }
            let first_seq = guard(&self.shared.view).first_seq();
            if self.position < first_seq {
                if self.has_begun {
                    return Err(Error::Pruned { from: self.position, to: first_seq - 1 });
                }
                self.position = first_seq;
                continue;
            }
            let Some(spot) = self.spot(self.position) else {
                if self.shared.refresh()? {
                    continue;
                }
                return Ok(false);
            };
            if let Some(open) = self.open.as_mut().filter(|open| open.first_seq == spot.first_seq) {
                open.end = spot.end;
                open.next_first_seq = spot.next_first_seq;
                open.reader.set_end(spot.end_offset)?;
                return Ok(true);
            }
            match self.enter_segment(&spot, filling) {
                Err(Error::Io { source, .. })
                    if source.kind() == io::ErrorKind::NotFound && self.was_pruned(self.position)? => {}
                Err(error) => return Err(error),
                Ok(()) => {}
            }
        }
    }

    /// The segment that a seq is in; none if there is no such event yet.
    fn spot(&self, seq: u64) -> Option<Spot> {
        let view = guard(&self.shared.view);
        if seq >= view.next_seq {
            return None;
        }
        let behind = view.segments.partition_point(|&first_seq| first_seq <= seq);
        let first_seq = *view.segments.get(behind.checked_sub(1)?)?;
        let next_first_seq = view.segments.get(behind).copied();
        Some(Spot {
            first_seq,
            next_first_seq,
            end: next_first_seq.unwrap_or(view.next_seq),
            end_offset: next_first_seq.is_none().then_some(view.end),
        })
    }

    /// After a segment was not there: whether that is because it was pruned.
    fn was_pruned(&self, seq: u64) -> Result<bool, Error> {
        self.shared.relist()?;
        Ok(guard(&self.shared.view).first_seq() > seq)
    }

    /// Opens a segment and goes to the position, or goes behind the segment if there is nothing to find.
    fn enter_segment(&mut self, spot: &Spot, filling: &mut Filling<'_>) -> Result<(), Error> {
        if let Some(next_first_seq) = spot.next_first_seq
            && self.range.stream.is_some()
            && self.known_in(spot)? == self.known_at(next_first_seq)?
        {
            self.position = next_first_seq;
            self.open = None;
            return Ok(());
        }
        let opened = self.shared.open_segment(spot.first_seq);
        let mut reader = opened.map_err(|error| error.before_good(spot.next_first_seq))?;
        reader.set_end(spot.end_offset)?;
        if let Some(before) = &self.open
            && before.next_first_seq == Some(spot.first_seq)
            && before.reader.place().seq == spot.first_seq
            && before.reader.place().previous_crc != reader.header().previous_crc
        {
            let reason = "the segment does not follow the one before";
            return Err(reader.corrupt(0, Some(spot.first_seq), reason));
        }
        while reader.place().seq < self.position {
            filling.look()?;
            match reader.step_over_body().map_err(Error::io("read", reader.path()))? {
                Step::Record(record) => reader.advance(&record),
                step => return Err(fault(&mut reader, step, spot.next_first_seq)),
            }
        }
        self.open = Some(Open {
            reader,
            first_seq: spot.first_seq,
            end: spot.end,
            next_first_seq: spot.next_first_seq,
            dictionary: None,
            offsets: Vec::new(),
            offsets_end: 0,
        });
        Ok(())
    }

    fn known_in(&mut self, spot: &Spot) -> Result<Option<u64>, Error> {
        self.known_at(spot.first_seq).map_err(|error| error.before_good(spot.next_first_seq))
    }

    /// The next stream seq of the cursor's stream where a segment begins.
    fn known_at(&mut self, first_seq: u64) -> Result<Option<u64>, Error> {
        if let Some((known_seq, next)) = self.known
            && known_seq == first_seq
        {
            return Ok(next);
        }
        let mut reader = self.shared.open_segment(first_seq)?;
        let stream = self.range.stream.as_deref().unwrap_or_default();
        match State::next_in(reader.state_body()?, stream) {
            Some(next) => {
                self.known = Some((first_seq, next));
                Ok(next)
            }
            None => match reader.state() {
                Err(error) => Err(error),
                Ok(_) => Ok(None),
            },
        }
    }

    /// Reads on in the open segment; true when the packet is full.
    fn read_on(&mut self, filling: &mut Filling<'_>) -> Result<bool, Error> {
        let to = self.to();
        let Some(open) = &mut self.open else { return Ok(false) };
        while self.position < open.end.min(to) && self.left > 0 {
            filling.look()?;
            let record = match open.reader.step().map_err(Error::io("read", open.reader.path()))? {
                Step::Record(record) => record,
                step => return Err(fault(&mut open.reader, step, open.next_first_seq)),
            };
            match take(&self.shared, &self.range, open, &record, &mut self.decompressor, filling)? {
                Taken::Full => return Ok(true),
                Taken::Yes => self.left -= 1,
                Taken::No => {}
            }
            open.reader.advance(&record);
            self.position = record.seq + 1;
        }
        Ok(false)
    }

    fn fill_back(&mut self, filling: &mut Filling<'_>) -> Result<(), Error> {
        if !self.has_begun {
            self.shared.refresh()?;
            self.shared.relist()?;
            let view = guard(&self.shared.view);
            self.position = self.to().min(view.next_seq);
            self.floor = self.range.from.max(view.first_seq());
            self.has_begun = true;
        }
        loop {
            filling.look()?;
            if self.position <= self.floor || self.left == 0 {
                self.finish();
                return Ok(());
            }
            if self.open.as_ref().is_some_and(|open| !open.offsets.is_empty()) {
                if self.read_back(filling)? {
                    return Ok(());
                }
                continue;
            }
            let last = self.position - 1;
            let first_seq = guard(&self.shared.view).first_seq();
            let Some(spot) = self.spot(last).filter(|_| last >= first_seq) else {
                return Err(Error::Pruned { from: self.floor, to: last });
            };
            match self.enter_back(&spot, filling) {
                Err(Error::Io { source, .. })
                    if source.kind() == io::ErrorKind::NotFound && self.was_pruned(last)? => {}
                Err(error) => return Err(error),
                Ok(()) => {}
            }
        }
    }

    /// Opens a segment and finds where its events below the position are.
    fn enter_back(&mut self, spot: &Spot, filling: &mut Filling<'_>) -> Result<(), Error> {
        self.open = None;
        if let Some(next_first_seq) = spot.next_first_seq
            && self.range.stream.is_some()
        {
            // In this order, so that what is known is of this segment when the one before it is asked about.
            let behind = self.known_at(next_first_seq)?;
            if self.known_in(spot)? == behind {
                self.position = spot.first_seq;
                return Ok(());
            }
        }
        let opened = self.shared.open_segment(spot.first_seq);
        let mut reader = opened.map_err(|error| error.before_good(spot.next_first_seq))?;
        reader.set_end(spot.end_offset)?;
        let mut offsets = Vec::new();
        while reader.place().seq < self.position {
            filling.look()?;
            match reader.step_over_body().map_err(Error::io("read", reader.path()))? {
                Step::Record(record) => {
                    let eighth = u32::try_from(record.offset / 8);
                    offsets.push(
                        eighth.map_err(|_| Error::Limit { what: "bytes of a segment", most: 1 << 35 })?,
                    );
                    reader.advance(&record);
                }
                step => return Err(fault(&mut reader, step, spot.next_first_seq)),
            }
        }
        let offsets_end = reader.place().offset;
        self.open = Some(Open {
            reader,
            first_seq: spot.first_seq,
            end: spot.end,
            next_first_seq: spot.next_first_seq,
            dictionary: None,
            offsets,
            offsets_end,
        });
        Ok(())
    }

    /// Reads back in the open segment; true when the packet is full.
    fn read_back(&mut self, filling: &mut Filling<'_>) -> Result<bool, Error> {
        let Some(open) = &mut self.open else { return Ok(false) };
        while let Some(&eighth) = open.offsets.last() {
            if self.position <= self.floor || self.left == 0 {
                return Ok(false);
            }
            filling.look()?;
            let offset = u64::from(eighth) * 8;
            let seq = open.first_seq + open.offsets.len() as u64 - 1;
            let found = open.reader.step_back_to(offset, seq, open.offsets_end - offset);
            let record = match found.map_err(Error::io("read", open.reader.path()))? {
                Step::Record(record) => record,
                step => return Err(fault(&mut open.reader, step, open.next_first_seq)),
            };
            match take(&self.shared, &self.range, open, &record, &mut self.decompressor, filling)? {
                Taken::Full => return Ok(true),
                Taken::Yes => self.left -= 1,
                Taken::No => {}
            }
            open.offsets.pop();
            open.offsets_end = offset;
            self.position = seq;
        }
        Ok(false)
    }
}

/// The error for a record that is not what it must be, where the reader stands.
fn fault<F: crate::disk::DiskFile>(
    reader: &mut SegmentReader<F>,
    step: Step,
    next_first_seq: Option<u64>,
) -> Error {
    let reason = match step {
        Step::Bad(reason) => reason,
        Step::End | Step::Record(_) => "the segment ends before its events do",
    };
    match reader.survey() {
        Ok(survey) => {
            reader.corrupt(reader.place().offset, survey.first_later_seq.or(next_first_seq), reason)
        }
        Err(error) => Error::io("read", reader.path())(error),
    }
}

/// Puts a record's event into the packet, if it is asked for and there is room.
fn take<D: Disk>(
    shared: &Shared<D>,
    range: &Range,
    open: &mut Open<D::File>,
    record: &Record,
    decompressor: &mut Option<Decompressor>,
    filling: &mut Filling<'_>,
) -> Result<Taken, Error> {
    let body = record.header.split(open.reader.body(record));
    let wanted = range.stream.as_ref().is_none_or(|stream| stream == body.stream)
        && range.types.as_ref().is_none_or(|types| types.iter().any(|name| name == body.kind));
    if !wanted {
        return Ok(Taken::No);
    }
    if !record.header.is_compressed() {
        if !filling.has_room(body.data.len()) {
            return Ok(Taken::Full);
        }
        filling.packet.bytes.extend_from_slice(body.data);
        filling.push(record, &body, body.data.len());
        return Ok(Taken::Yes);
    }
    if open.dictionary.is_none() {
        open.dictionary = shared.dictionary(open.reader.header().dictionary)?;
    }
    let dictionary = open.dictionary.as_deref();
    let options = DecompressOptions { max_output_bytes: MAX_DATA_BYTES, ..DecompressOptions::default() };
    let damaged = |error: tenon_zstd::Error| match error {
        tenon_zstd::Error::Memory => Error::Compression(error),
        _ => {
            let is_last = open.next_first_seq.is_none() && record.seq + 1 >= open.end;
            let next = (!is_last).then_some(record.seq + 1);
            open.reader.corrupt(record.offset, next, "the compressed data is damaged")
        }
    };
    let frames = tenon_zstd::scan(body.data, &options, dictionary).map_err(damaged)?;
    if !filling.has_room(frames.exact_size(body.data).unwrap_or(0)) {
        return Ok(Taken::Full);
    }
    let decompressor = match decompressor {
        Some(decompressor) => decompressor,
        None => decompressor.insert(Decompressor::new().map_err(Error::Compression)?),
    };
    let before = filling.packet.bytes.len();
    let content = &mut filling.packet.bytes;
    if let Err(error) = decompressor.decompress_into(body.data, &frames, &options, dictionary, content) {
        content.truncate(before);
        return Err(damaged(error));
    }
    let bytes = filling.packet.bytes.len() - before;
    filling.push(record, &body, bytes);
    Ok(Taken::Yes)
}
