//! Records: their header, and the state record that a segment begins with.

use std::collections::{HashMap, VecDeque};

use crate::layout::{crc32, u32_at, u48_at};

/// Bytes of a record's header.
pub const RECORD_HEADER_BYTES: usize = 40;
/// The most bytes of an event's data.
pub const MAX_DATA_BYTES: u64 = 256 << 20;
/// The most bytes of a batch's records.
pub const MAX_BATCH_BYTES: u64 = 512 << 20;
/// How many idempotency keys a log remembers.
pub const MAX_KEYS: usize = 10_000;
/// The most bytes of an event's body: three names and data.
pub(crate) const MAX_BODY_BYTES: u64 = MAX_DATA_BYTES + 3 * 255;

pub(crate) const KIND: u8 = 3;
pub(crate) const MORE: u8 = 1 << 2;
pub(crate) const COMPRESSED: u8 = 1 << 3;
pub(crate) const STATE: u8 = 1 << 4;

/// What an event's data was when it was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Bytes.
    #[default]
    Bytes,
    /// A string, as UTF-8.
    Text,
    /// JSON, as UTF-8.
    Json,
}

impl Kind {
    /// The number of the format.
    pub fn number(self) -> u8 {
        match self {
            Self::Bytes => 0,
            Self::Text => 1,
            Self::Json => 2,
        }
    }

    /// The kind with that number.
    pub fn of(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Bytes),
            1 => Some(Self::Text),
            2 => Some(Self::Json),
            _ => None,
        }
    }
}

/// The header of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordHeader {
    /// Bytes of the body.
    pub body_bytes: u32,
    /// The seq, counted from the first of the segment.
    pub seq_offset: u32,
    /// How many events below this one were not known to be synced when it was written.
    pub unsynced: u32,
    /// The event's place in its stream.
    pub stream_seq: u64,
    /// In milliseconds since 1970.
    pub time_ms: u64,
    /// The body crc of the record before; for a segment's first record, the crc of the segment's header.
    pub previous_crc: u32,
    /// `crc32(body, previous_crc)`
    pub body_crc: u32,
    /// Kind, *more*, compressed, state.
    pub flags: u8,
    /// Bytes of the stream's name.
    pub stream_bytes: u8,
    /// Bytes of the type.
    pub type_bytes: u8,
    /// Bytes of the idempotency key.
    pub key_bytes: u8,
}

impl RecordHeader {
    /// Writes the header with its crc, which begins from the segment's generation.
    pub fn encode(&self, generation: u32, bytes: &mut [u8; RECORD_HEADER_BYTES]) {
        bytes[4..8].copy_from_slice(&self.body_bytes.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.seq_offset.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.unsynced.to_le_bytes());
        bytes[16..22].copy_from_slice(&self.stream_seq.to_le_bytes()[..6]);
        bytes[22..28].copy_from_slice(&self.time_ms.to_le_bytes()[..6]);
        bytes[28..32].copy_from_slice(&self.previous_crc.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.body_crc.to_le_bytes());
        bytes[36..40].copy_from_slice(&[self.flags, self.stream_bytes, self.type_bytes, self.key_bytes]);
        let crc = crc32(&bytes[4..], generation);
        bytes[..4].copy_from_slice(&crc.to_le_bytes());
    }

    /// The header in `bytes`.
    ///
    /// # Errors
    /// What is wrong with it: its crc, or lengths that cannot be.
    pub fn decode(bytes: &[u8; RECORD_HEADER_BYTES], generation: u32) -> Result<Self, &'static str> {
        if crc32(&bytes[4..], generation) != u32_at(bytes, 0) {
            return Err("the crc of the record's header is wrong");
        }
        let header = Self {
            body_bytes: u32_at(bytes, 4),
            seq_offset: u32_at(bytes, 8),
            unsynced: u32_at(bytes, 12),
            stream_seq: u48_at(bytes, 16),
            time_ms: u48_at(bytes, 22),
            previous_crc: u32_at(bytes, 28),
            body_crc: u32_at(bytes, 32),
            flags: bytes[36],
            stream_bytes: bytes[37],
            type_bytes: bytes[38],
            key_bytes: bytes[39],
        };
        if header.is_possible() { Ok(header) } else { Err("the lengths of the record cannot be") }
    }

    fn is_possible(&self) -> bool {
        let names = self.names_bytes() as u64;
        if self.is_state() {
            return self.flags == STATE && names == 0 && self.body_bytes >= 8;
        }
        let body = u64::from(self.body_bytes);
        self.flags < STATE && self.flags & KIND != KIND && names <= body && body <= MAX_BODY_BYTES
    }

    /// Bytes of the names before the data.
    pub fn names_bytes(&self) -> usize {
        usize::from(self.stream_bytes) + usize::from(self.type_bytes) + usize::from(self.key_bytes)
    }

    /// Bytes of the whole record.
    pub fn record_bytes(&self) -> u64 {
        RECORD_HEADER_BYTES as u64 + u64::from(self.body_bytes).next_multiple_of(8)
    }

    /// Whether it is a state record.
    pub fn is_state(&self) -> bool {
        self.flags & STATE != 0
    }

    /// Whether the next record is of the same batch.
    pub fn has_more(&self) -> bool {
        self.flags & MORE != 0
    }

    /// Whether the data is a zstd frame.
    pub fn is_compressed(&self) -> bool {
        self.flags & COMPRESSED != 0
    }

    /// What the data was.
    pub fn kind(&self) -> Kind {
        Kind::of(self.flags & KIND).unwrap_or_default()
    }

    /// The parts of its body.
    pub fn split<'a>(&self, body: &'a [u8]) -> Body<'a> {
        let (stream, rest) = body.split_at(usize::from(self.stream_bytes).min(body.len()));
        let (kind, rest) = rest.split_at(usize::from(self.type_bytes).min(rest.len()));
        let (key, data) = rest.split_at(usize::from(self.key_bytes).min(rest.len()));
        Body { stream, kind, key, data }
    }
}

/// The parts of an event's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body<'a> {
    /// The stream's name.
    pub stream: &'a [u8],
    /// The type.
    pub kind: &'a [u8],
    /// The idempotency key.
    pub key: &'a [u8],
    /// The data, which may be compressed.
    pub data: &'a [u8],
}

type Map<T> = HashMap<Box<[u8]>, T, foldhash::fast::RandomState>;

/// A batch that had an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownBatch {
    /// The seq of its first event.
    pub seq: u64,
    /// The stream seq of its first event.
    pub stream_seq: u64,
    /// How many events it has.
    pub events: u32,
}

/// What a writer must know to go on: the streams, and the idempotency keys of late.
#[derive(Debug, Clone, Default)]
pub struct State {
    names: Vec<Box<[u8]>>,
    next: Vec<u64>,
    places: Map<usize>,
    keys: VecDeque<Box<[u8]>>,
    batches: Map<KnownBatch>,
    body_bytes: usize,
    /// Those of the streams alone.
    stream_bytes: usize,
}

/// How to take back a change of a [`State`].
#[derive(Debug)]
pub(crate) enum Undo {
    Stream { place: usize, next: u64 },
    NewStream,
    Key,
    ForgottenKey(Box<[u8]>, KnownBatch),
}

impl State {
    /// A state before the first event.
    pub fn new() -> Self {
        Self { body_bytes: 8, ..Self::default() }
    }

    /// How many streams there are.
    pub fn streams(&self) -> usize {
        self.names.len()
    }

    /// How many keys are remembered.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }

    /// Bytes of the body of its record.
    pub fn body_bytes(&self) -> usize {
        self.body_bytes
    }

    /// Bytes of the body of its record, if it had all keys that it may have.
    pub(crate) fn most_bytes(&self) -> u64 {
        (8 + self.stream_bytes + MAX_KEYS * (17 + 255)) as u64
    }

    /// The stream seq of the next event of a stream; none if there was no event yet.
    pub fn next_of(&self, stream: &[u8]) -> Option<u64> {
        self.places.get(stream).map(|&place| self.next[place])
    }

    /// The batch that had that key.
    pub fn batch_of(&self, key: &[u8]) -> Option<KnownBatch> {
        self.batches.get(key).copied()
    }

    /// The place of a stream among [streams](Self::streams).
    pub(crate) fn place_of(&self, stream: &[u8]) -> Option<usize> {
        self.places.get(stream).copied()
    }

    pub(crate) fn name_at(&self, place: usize) -> &[u8] {
        &self.names[place]
    }

    pub(crate) fn next_at(&self, place: usize) -> u64 {
        self.next[place]
    }

    /// Adds a stream without events.
    pub(crate) fn add_stream(&mut self, stream: &[u8]) -> usize {
        let place = self.names.len();
        self.names.push(stream.into());
        self.next.push(0);
        self.places.insert(stream.into(), place);
        self.body_bytes += 7 + stream.len();
        self.stream_bytes += 7 + stream.len();
        place
    }

    pub(crate) fn set_next(&mut self, place: usize, next: u64) {
        self.next[place] = next;
    }

    /// Says that an event of a stream has that stream seq.
    pub fn note_event(&mut self, stream: &[u8], stream_seq: u64) {
        let place = self.place_of(stream).unwrap_or_else(|| self.add_stream(stream));
        self.next[place] = stream_seq + 1;
    }

    /// Remembers a key; says which one was forgotten for it.
    pub fn note_batch(&mut self, key: &[u8], batch: KnownBatch) -> Option<(Box<[u8]>, KnownBatch)> {
        if self.batches.insert(key.into(), batch).is_some() {
            return None;
        }
        self.keys.push_back(key.into());
        self.body_bytes += 17 + key.len();
        if self.keys.len() <= MAX_KEYS {
            return None;
        }
        let oldest = self.keys.pop_front()?;
        self.body_bytes -= 17 + oldest.len();
        self.batches.remove(&oldest).map(|batch| (oldest, batch))
    }

    pub(crate) fn take_back(&mut self, change: Undo) {
        match change {
            Undo::Stream { place, next } => self.next[place] = next,
            Undo::NewStream => {
                self.next.pop();
                if let Some(name) = self.names.pop() {
                    self.places.remove(&name);
                    self.body_bytes -= 7 + name.len();
                    self.stream_bytes -= 7 + name.len();
                }
            }
            Undo::Key => {
                if let Some(key) = self.keys.pop_back() {
                    self.batches.remove(&key);
                    self.body_bytes -= 17 + key.len();
                }
            }
            Undo::ForgottenKey(key, batch) => {
                self.body_bytes += 17 + key.len();
                self.batches.insert(key.clone(), batch);
                self.keys.push_front(key);
            }
        }
    }

    /// Appends the body of its record.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes();
        let short = |name: &[u8]| u8::try_from(name.len()).unwrap_or(u8::MAX);
        bytes.reserve(self.body_bytes);
        bytes.extend_from_slice(&count(self.names.len()));
        for (name, next) in self.names.iter().zip(&self.next) {
            bytes.push(short(name));
            bytes.extend_from_slice(name);
            bytes.extend_from_slice(&next.to_le_bytes()[..6]);
        }
        bytes.extend_from_slice(&count(self.keys.len()));
        for key in &self.keys {
            let batch =
                self.batches.get(key).copied().unwrap_or(KnownBatch { seq: 0, stream_seq: 0, events: 0 });
            bytes.push(short(key));
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(&batch.seq.to_le_bytes()[..6]);
            bytes.extend_from_slice(&batch.stream_seq.to_le_bytes()[..6]);
            bytes.extend_from_slice(&batch.events.to_le_bytes());
        }
    }

    /// The state in the body of a state record; none if the bytes are no state.
    pub fn decode(body: &[u8]) -> Option<Self> {
        let mut state = Self::new();
        let mut rest = body;
        for _ in 0..take_u32(&mut rest)? {
            let name = take_name(&mut rest)?;
            let next = u48_at(take(&mut rest, 6)?, 0);
            if state.places.contains_key(name) {
                return None;
            }
            let place = state.add_stream(name);
            state.next[place] = next;
        }
        for _ in 0..take_u32(&mut rest)? {
            let key = take_name(&mut rest)?;
            let numbers = take(&mut rest, 16)?;
            let batch = KnownBatch {
                seq: u48_at(numbers, 0),
                stream_seq: u48_at(numbers, 6),
                events: u32_at(numbers, 12),
            };
            if key.is_empty() || state.batches.contains_key(key) || state.keys.len() == MAX_KEYS {
                return None;
            }
            state.note_batch(key, batch);
        }
        rest.is_empty().then_some(state)
    }

    /// The stream seq of the next event of `stream` in the body of a state record, without the whole state.
    pub(crate) fn next_in(body: &[u8], stream: &[u8]) -> Option<Option<u64>> {
        let mut rest = body;
        for _ in 0..take_u32(&mut rest)? {
            let name = take_name(&mut rest)?;
            let next = take(&mut rest, 6)?;
            if name == stream {
                return Some(Some(u48_at(next, 0)));
            }
        }
        Some(None)
    }
}

fn take<'a>(rest: &mut &'a [u8], bytes: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(bytes)?;
    *rest = after;
    Some(taken)
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    take(rest, 4).map(|bytes| u32_at(bytes, 0))
}

fn take_name<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let bytes = take(rest, 1)?[0];
    take(rest, usize::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_as_it_is_written_and_changes_are_taken_back() {
        let mut state = State::new();
        state.note_event(b"", 0);
        state.note_event(b"a", 6);
        for key in 0..MAX_KEYS {
            let batch = KnownBatch { seq: key as u64, stream_seq: 1, events: 2 };
            assert_eq!(state.note_batch(format!("k{key}").as_bytes(), batch), None);
        }
        let mut before = Vec::new();
        state.encode(&mut before);
        assert_eq!(before.len(), state.body_bytes());
        let most = state.most_bytes();
        assert_eq!(most, 8 + 7 + 8 + 10_000 * 272);
        let mut undo = Vec::new();
        let place = state.place_of(b"a").unwrap();
        undo.push(Undo::Stream { place, next: state.next_at(place) });
        state.set_next(place, 9);
        undo.push(Undo::NewStream);
        state.add_stream(b"b");
        let forgotten = state.note_batch(b"new", KnownBatch { seq: 0, stream_seq: 0, events: 1 }).unwrap();
        undo.push(Undo::ForgottenKey(forgotten.0, forgotten.1));
        undo.push(Undo::Key);
        assert_eq!((state.batch_of(b"k0"), state.next_of(b"a")), (None, Some(9)));
        assert_eq!(state.most_bytes(), most + 8);
        while let Some(change) = undo.pop() {
            state.take_back(change);
        }
        let mut after = Vec::new();
        state.encode(&mut after);
        assert_eq!(before, after);
        assert_eq!(state.most_bytes(), most);
        let mut again = Vec::new();
        State::decode(&before).unwrap().encode(&mut again);
        assert_eq!(before, again);
        assert_eq!(State::next_in(&before, b"a"), Some(Some(7)));
        assert_eq!(State::next_in(&before, b"c"), Some(None));
        for length in 0..before.len().min(100) {
            assert!(State::decode(&before[..length]).is_none());
        }
    }
}
