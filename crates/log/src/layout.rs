//! The files of a log: their names, and the headers of segments and checkpoints.

use std::ffi::OsStr;

/// The version of the format.
pub const VERSION: u32 = 1;
/// Bytes of a segment's header.
pub const SEGMENT_HEADER_BYTES: usize = 64;
/// Bytes of a checkpoint's header without the name.
pub const CHECKPOINT_HEADER_BYTES: usize = 96;
/// What a seq stays below.
pub const SEQ_END: u64 = 1 << 48;
/// The most bytes of a checkpoint's name.
pub const MAX_CHECKPOINT_NAME_BYTES: usize = 64;
/// The number that says that there is none.
const NONE: u64 = u64::MAX;
const SEGMENT_MAGIC: &[u8; 8] = b"TENONLOG";
const CHECKPOINT_MAGIC: &[u8; 8] = b"TENONCKP";

/// `crc32(bytes, seed)` of the format.
pub(crate) fn crc32(bytes: &[u8], seed: u32) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(seed);
    hasher.update(bytes);
    hasher.finalize()
}

/// The next multiple of 8.
pub(crate) fn padded(bytes: usize) -> usize {
    bytes.next_multiple_of(8)
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

pub(crate) fn u48_at(bytes: &[u8], at: usize) -> u64 {
    bytes
        .get(at..)
        .and_then(|bytes| bytes.first_chunk::<6>())
        .map_or(0, |&[a, b, c, d, e, f]| u64::from_le_bytes([a, b, c, d, e, f, 0, 0]))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn optional(number: u64) -> Option<u64> {
    (number != NONE).then_some(number)
}

/// What is wrong with the header of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderFault {
    /// The bytes are not those of a header, or their checksum is wrong.
    Damaged(&'static str),
    /// A later version of the format.
    Version(u32),
}

/// The header of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentHeader {
    /// The same in all files of a log.
    pub log_id: [u8; 16],
    /// The seq of the first event.
    pub first_seq: u64,
    /// The first seq of the segment before; none where there never was one.
    pub previous_first_seq: Option<u64>,
    /// The body crc of the last record of the segment before; 0 where there never was one.
    pub previous_crc: u32,
    /// The CRC-32 of the dictionary of its compressed events; 0 for none.
    pub dictionary: u32,
}

impl SegmentHeader {
    /// What the crc of every record's header begins from.
    pub fn generation(&self) -> u32 {
        let mut bytes = [0; 28];
        bytes[..16].copy_from_slice(&self.log_id);
        bytes[16..24].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[24..].copy_from_slice(&self.previous_crc.to_le_bytes());
        crc32(&bytes, 0)
    }

    /// The header's bytes; the last four are its crc.
    pub fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        bytes[..8].copy_from_slice(SEGMENT_MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.generation().to_le_bytes());
        bytes[16..32].copy_from_slice(&self.log_id);
        bytes[32..40].copy_from_slice(&self.first_seq.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.previous_first_seq.unwrap_or(NONE).to_le_bytes());
        bytes[48..52].copy_from_slice(&self.previous_crc.to_le_bytes());
        bytes[52..56].copy_from_slice(&self.dictionary.to_le_bytes());
        let crc = crc32(&bytes[..60], 0);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The header in the first bytes of a segment.
    ///
    /// # Errors
    /// [`HeaderFault`]
    pub fn decode(bytes: &[u8]) -> Result<Self, HeaderFault> {
        let Some(bytes) = bytes.first_chunk::<SEGMENT_HEADER_BYTES>() else {
            return Err(HeaderFault::Damaged("the file ends within its header"));
        };
        if &bytes[..8] != SEGMENT_MAGIC {
            return Err(HeaderFault::Damaged("the file does not begin as a segment"));
        }
        let version = u32_at(bytes, 8);
        if crc32(&bytes[..60], 0) != u32_at(bytes, 60) {
            return Err(HeaderFault::Damaged("the crc of the segment's header is wrong"));
        }
        if version != VERSION {
            return Err(HeaderFault::Version(version));
        }
        let mut log_id = [0; 16];
        log_id.copy_from_slice(&bytes[16..32]);
        let header = Self {
            log_id,
            first_seq: u64_at(bytes, 32),
            previous_first_seq: optional(u64_at(bytes, 40)),
            previous_crc: u32_at(bytes, 48),
            dictionary: u32_at(bytes, 52),
        };
        if u32_at(bytes, 12) != header.generation() {
            return Err(HeaderFault::Damaged("the segment's generation is wrong"));
        }
        let in_order = header.previous_first_seq.is_none_or(|previous| previous < header.first_seq);
        if header.first_seq >= SEQ_END || !in_order || u32_at(bytes, 56) != 0 {
            return Err(HeaderFault::Damaged("the segment's header contradicts itself"));
        }
        Ok(header)
    }
}

/// The header of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointHeader {
    /// What the state was: 0 bytes, 2 JSON.
    pub kind: u8,
    /// Whether it is stored as a zstd frame.
    pub compressed: bool,
    /// Whether the frame's dictionary is the base's state.
    pub delta: bool,
    /// The log's.
    pub log_id: [u8; 16],
    /// Events below it are in the state.
    pub seq: u64,
    /// In milliseconds since 1970.
    pub time_ms: u64,
    /// The seq of the base, a checkpoint of the same name.
    pub base_seq: Option<u64>,
    /// Bytes of the state.
    pub state_bytes: u64,
    /// Bytes stored.
    pub stored_bytes: u64,
    /// The CRC-32 of the state.
    pub state_crc: u32,
    /// The CRC-32 of the stored bytes.
    pub stored_crc: u32,
    /// The CRC-32 of the base's state; 0 for none.
    pub base_crc: u32,
}

impl CheckpointHeader {
    /// The bytes of header and name.
    pub fn encode(&self, name: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; CHECKPOINT_HEADER_BYTES];
        let flags = u32::from(self.kind) | u32::from(self.compressed) << 2 | u32::from(self.delta) << 3;
        let name_bytes = u32::try_from(name.len()).unwrap_or(u32::MAX);
        bytes[..8].copy_from_slice(CHECKPOINT_MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..16].copy_from_slice(&flags.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.log_id);
        let numbers =
            [self.seq, self.time_ms, self.base_seq.unwrap_or(NONE), self.state_bytes, self.stored_bytes];
        for (at, number) in (32..).step_by(8).zip(numbers) {
            bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
        }
        for (at, number) in
            (72..).step_by(4).zip([self.state_crc, self.stored_crc, self.base_crc, name_bytes])
        {
            bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        let crc = crc32(name, crc32(&bytes[..92], 0));
        bytes[92..].copy_from_slice(&crc.to_le_bytes());
        bytes.extend_from_slice(name);
        bytes
    }

    /// The header and the name at the beginning of `bytes`, of which 160 are always enough.
    ///
    /// # Errors
    /// [`HeaderFault`]
    pub fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), HeaderFault> {
        if bytes.len() < CHECKPOINT_HEADER_BYTES {
            return Err(HeaderFault::Damaged("the file ends within its header"));
        }
        if &bytes[..8] != CHECKPOINT_MAGIC {
            return Err(HeaderFault::Damaged("the file does not begin as a checkpoint"));
        }
        let name_bytes = u32_at(bytes, 84) as usize;
        if !(1..=MAX_CHECKPOINT_NAME_BYTES).contains(&name_bytes) {
            return Err(HeaderFault::Damaged("the checkpoint's header contradicts itself"));
        }
        let Some(name) = bytes.get(CHECKPOINT_HEADER_BYTES..CHECKPOINT_HEADER_BYTES + name_bytes) else {
            return Err(HeaderFault::Damaged("the file ends within its header"));
        };
        if crc32(name, crc32(&bytes[..92], 0)) != u32_at(bytes, 92) {
            return Err(HeaderFault::Damaged("the crc of the checkpoint's header is wrong"));
        }
        let version = u32_at(bytes, 8);
        if version != VERSION {
            return Err(HeaderFault::Version(version));
        }
        let flags = u32_at(bytes, 12);
        let mut log_id = [0; 16];
        log_id.copy_from_slice(&bytes[16..32]);
        let header = Self {
            kind: (flags & 3) as u8,
            compressed: flags & 4 != 0,
            delta: flags & 8 != 0,
            log_id,
            seq: u64_at(bytes, 32),
            time_ms: u64_at(bytes, 40),
            base_seq: optional(u64_at(bytes, 48)),
            state_bytes: u64_at(bytes, 56),
            stored_bytes: u64_at(bytes, 64),
            state_crc: u32_at(bytes, 72),
            stored_crc: u32_at(bytes, 76),
            base_crc: u32_at(bytes, 80),
        };
        let sane = flags < 16
            && matches!(header.kind, 0 | 2)
            && (!header.delta || header.compressed)
            && header.delta == header.base_seq.is_some()
            && header.seq <= SEQ_END
            && u32_at(bytes, 88) == 0
            && (header.compressed || header.state_bytes == header.stored_bytes);
        if !sane {
            return Err(HeaderFault::Damaged("the checkpoint's header contradicts itself"));
        }
        Ok((header, name))
    }
}

/// What a file in a log's directory is, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileName {
    /// Events from this seq on.
    Segment(u64),
    /// The state of this name, before this seq.
    Checkpoint {
        /// The checkpoint's name.
        name: Vec<u8>,
        /// The first seq that it does not cover.
        seq: u64,
    },
    /// The dictionary with this CRC-32.
    Dictionary(u32),
    /// What recovery cut off.
    Lost,
    /// The file that the operating system locks.
    Lock,
    /// A writer's name for itself.
    LockOwner(u64),
    /// One of the first three, written half.
    Temporary,
    /// Not the log's.
    Other,
}

impl FileName {
    /// What the file of that name is.
    pub fn parse(name: &OsStr) -> Self {
        name.to_str().and_then(Self::of).unwrap_or(Self::Other)
    }

    fn of(name: &str) -> Option<Self> {
        if let Some(whole) = name.strip_suffix(".tmp") {
            let ours = matches!(
                Self::of(whole)?,
                Self::Segment(_) | Self::Checkpoint { .. } | Self::Dictionary(_) | Self::Lost
            );
            return ours.then_some(Self::Temporary);
        }
        if name == "LOCK" {
            return Some(Self::Lock);
        }
        if let Some(number) = name.strip_prefix("LOCK.") {
            let plain = number == "0" || !number.starts_with('0');
            return (plain && digits(number)).then(|| number.parse().ok().map(Self::LockOwner))?;
        }
        if let Some(seq) = name.strip_suffix(".segment") {
            return seq_of(seq).filter(|&seq| seq < SEQ_END).map(Self::Segment);
        }
        if let Some(crc) = name.strip_suffix(".dictionary") {
            let plain = crc.len() == 8 && crc.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
            return plain.then(|| u32::from_str_radix(crc, 16).ok().map(Self::Dictionary))?;
        }
        if let Some(place) = name.strip_suffix(".lost") {
            let (segment, rest) = place.split_once('-')?;
            return (seq_of(segment).is_some() && rest.split('-').all(digits)).then_some(Self::Lost);
        }
        let (name, seq) = name.strip_suffix(".checkpoint")?.rsplit_once('.')?;
        Some(Self::Checkpoint { name: unescape(name)?, seq: seq_of(seq).filter(|&seq| seq <= SEQ_END)? })
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

fn seq_of(text: &str) -> Option<u64> {
    (text.len() == 20 && digits(text)).then(|| text.parse().ok())?
}

/// The name of the segment whose first event has that seq.
pub fn segment_name(first_seq: u64) -> String {
    format!("{first_seq:020}.segment")
}

/// The name of the dictionary with that CRC-32.
pub fn dictionary_name(crc: u32) -> String {
    format!("{crc:08x}.dictionary")
}

/// The name of the file for bytes cut off a segment; `copy` is 1 for the first of that place.
pub fn lost_name(first_seq: u64, offset: u64, copy: u64) -> String {
    match copy {
        1 => format!("{first_seq:020}-{offset}.lost"),
        copy => format!("{first_seq:020}-{offset}-{copy}.lost"),
    }
}

/// The name of the file of a checkpoint.
pub fn checkpoint_name(name: &[u8], seq: u64) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut file = String::with_capacity(name.len() + 32);
    for &byte in name {
        if matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') {
            file.push(char::from(byte));
        } else {
            file.push('%');
            file.push(char::from(HEX[usize::from(byte >> 4)]));
            file.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    file.push_str(&format!(".{seq:020}.checkpoint"));
    file
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut name = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            name.push(byte);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        name.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    // One name, one file: nothing but what `checkpoint_name` writes.
    let canonical = checkpoint_name(&name, 0).strip_suffix(".00000000000000000000.checkpoint") == Some(text);
    (canonical && (1..=MAX_CHECKPOINT_NAME_BYTES).contains(&name.len())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str) -> FileName {
        FileName::parse(OsStr::new(name))
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        assert_eq!(parse(&segment_name(12)), FileName::Segment(12));
        assert_eq!(parse(&dictionary_name(0xab)), FileName::Dictionary(0xab));
        assert_eq!(parse(&lost_name(3, 64, 1)), FileName::Lost);
        assert_eq!(parse(&lost_name(3, 64, 2)), FileName::Lost);
        for name in ["a", "A.b/c", "é", "%41", "..", "a b"] {
            let file = checkpoint_name(name.as_bytes(), 7);
            assert_eq!(parse(&file), FileName::Checkpoint { name: name.as_bytes().to_vec(), seq: 7 });
            assert_eq!(parse(&format!("{file}.tmp")), FileName::Temporary);
        }
        assert_eq!(parse("LOCK.10"), FileName::LockOwner(10));
        for other in
            ["LOCK.01", "LOCK.", "1.segment", "x.tmp", "%61.00000000000000000000.checkpoint", ".lost"]
        {
            assert_eq!(parse(other), FileName::Other, "{other}");
        }
    }

    #[test]
    fn headers_are_read_as_they_are_written() {
        let header = SegmentHeader {
            log_id: *b"0123456789abcdef",
            first_seq: 9,
            previous_first_seq: Some(2),
            previous_crc: 77,
            dictionary: 5,
        };
        let bytes = header.encode();
        assert_eq!(SegmentHeader::decode(&bytes), Ok(header));
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes;
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(SegmentHeader::decode(&bytes).is_err());
        }
        let header = CheckpointHeader {
            kind: 2,
            compressed: true,
            delta: true,
            log_id: *b"0123456789abcdef",
            seq: 9,
            time_ms: 1,
            base_seq: Some(2),
            state_bytes: 3,
            stored_bytes: 4,
            state_crc: 5,
            stored_crc: 6,
            base_crc: 7,
        };
        let bytes = header.encode(b"state");
        assert_eq!(CheckpointHeader::decode(&bytes), Ok((header, &b"state"[..])));
    }
}
