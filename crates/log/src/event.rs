//! What is appended, and what comes of it.

use crate::record::Kind;

/// How sure an append is when it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Durability {
    /// It is in the process's or the system's memory; today the latter, as with [`Os`](Self::Os).
    Memory,
    /// The system has it: it survives the process.
    Os,
    /// The disk has it: it survives the loss of power.
    #[default]
    Disk,
}

/// What there is to an event besides its bytes. These are, one after the other, the stream, the type, the key and the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// Bytes of the stream's name, up to 255.
    pub stream_bytes: u8,
    /// Bytes of the type, up to 255.
    pub type_bytes: u8,
    /// Bytes of the batch's idempotency key, at the batch's first event; 0 for none.
    pub key_bytes: u8,
    /// Bytes of the data.
    pub data_bytes: u32,
    /// What the data is.
    pub kind: Kind,
    /// In milliseconds since 1970.
    pub time_ms: u64,
    /// The stream seq that the batch's first event must get, at that event.
    pub expected_seq: Option<u64>,
    /// Whether the next event is of the same batch.
    pub more: bool,
}

/// An event to append.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewEvent<'a> {
    /// The stream's name, up to 255 bytes.
    pub stream: &'a str,
    /// The type, up to 255 bytes.
    pub kind: &'a str,
    /// The idempotency key, up to 255 bytes; empty for none.
    pub key: &'a str,
    /// The data.
    pub data: &'a [u8],
    /// What the data is.
    pub data_kind: Kind,
    /// In milliseconds since 1970.
    pub time_ms: u64,
    /// The stream seq that it must get.
    pub expected_seq: Option<u64>,
}

/// Batches for one commit.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// The bytes of the events, one after the other.
    pub bytes: Vec<u8>,
    /// A head for each event.
    pub heads: Vec<Head>,
}

impl Group {
    /// A group without events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event; with `more`, the next one is of the same batch. Says whether the names are short enough and the data
    /// is below 4 GiB; nothing is added if not.
    #[must_use]
    pub fn push(&mut self, event: &NewEvent<'_>, more: bool) -> bool {
        let (Ok(stream_bytes), Ok(type_bytes), Ok(key_bytes), Ok(data_bytes)) = (
            u8::try_from(event.stream.len()),
            u8::try_from(event.kind.len()),
            u8::try_from(event.key.len()),
            u32::try_from(event.data.len()),
        ) else {
            return false;
        };
        for part in [event.stream.as_bytes(), event.kind.as_bytes(), event.key.as_bytes(), event.data] {
            self.bytes.extend_from_slice(part);
        }
        self.heads.push(Head {
            stream_bytes,
            type_bytes,
            key_bytes,
            data_bytes,
            kind: event.data_kind,
            time_ms: event.time_ms,
            expected_seq: event.expected_seq,
            more,
        });
        true
    }
}

/// What came of an event of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was appended.
    Appended {
        /// Its seq.
        seq: u64,
        /// Its place in its stream.
        stream_seq: u64,
    },
    /// Its batch's key was known: it was appended before.
    Known {
        /// Its seq of then.
        seq: u64,
        /// Its place in its stream; none in a batch of several streams, but for events of the first one's.
        stream_seq: Option<u64>,
    },
    /// Its batch was not appended: the stream is elsewhere.
    Conflict {
        /// The stream seq of the next event of the batch's first event's stream.
        stream_seq: u64,
    },
    /// Its batch was not appended: its key was that of a batch of another size.
    OtherSize {
        /// How many events that batch had.
        events: u32,
    },
}
