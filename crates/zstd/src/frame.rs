//! The outside of frames (RFC 8878, section 3.1): headers, where blocks begin and end, and the limits that can be held
//! before anything is decompressed. `lib/zstd/frame.js` does the same in the same order.

use crate::{DecompressOptions, Error};

const MAGIC: u32 = 0xfd2f_b528;
/// The sixteen magic numbers of skippable frames differ in their last four bits.
const SKIPPABLE_MAGIC: u32 = 0x184d_2a50;
const BLOCK_HEADER_BYTES: usize = 3;
const CHECKSUM_BYTES: usize = 4;
/// No block has more content.
pub(crate) const MAX_BLOCK_BYTES: u64 = 128 << 10;

/// What begins at a place.
pub(crate) enum Start {
    /// More bytes are needed to tell.
    Short,
    Unknown,
    /// So many bytes of content follow the eight of the header.
    Skippable(u32),
    Frame(Header),
    /// A frame of this format that sets what the format reserves.
    Reserved,
}

#[derive(Clone, Copy)]
pub(crate) struct Header {
    pub(crate) bytes: usize,
    pub(crate) window: u64,
    pub(crate) content: Option<u64>,
    pub(crate) dictionary: u32,
    pub(crate) checksum: bool,
}

impl Header {
    /// Holds the header at `frame` to the limits. `given` is the id of the dictionary there is.
    pub(crate) fn check(&self, frame: u64, max_window_log: u32, given: Option<u32>) -> Result<(), Error> {
        if self.window > 1 << max_window_log {
            return Err(Error::Window { frame, max_window_log });
        }
        match (self.dictionary, given) {
            (0, _) => Ok(()),
            (id, None) => Err(Error::NoDictionary { frame, id }),
            (id, Some(given)) if id != given => Err(Error::OtherDictionary { frame, id, given }),
            _ => Ok(()),
        }
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// Reads what begins with `bytes`.
pub(crate) fn start(bytes: &[u8]) -> Start {
    let magic = u32::from_le_bytes(match bytes {
        [a, b, c, d, ..] => [*a, *b, *c, *d],
        _ => return if may_begin(bytes) { Start::Short } else { Start::Unknown },
    });
    if magic & 0xffff_fff0 == SKIPPABLE_MAGIC {
        return match bytes.get(4..8) {
            Some(&[a, b, c, d]) => Start::Skippable(u32::from_le_bytes([a, b, c, d])),
            _ => Start::Short,
        };
    }
    if magic != MAGIC {
        return Start::Unknown;
    }
    let Some(&descriptor) = bytes.get(4) else { return Start::Short };
    let single_segment = descriptor & 0x20 != 0;
    let window_bytes = usize::from(!single_segment);
    let dictionary_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let content_bytes = match descriptor >> 6 {
        0 => usize::from(single_segment),
        code => 1 << code,
    };
    let dictionary_at = 5 + window_bytes;
    let content_at = dictionary_at + dictionary_bytes;
    let end = content_at + content_bytes;
    if bytes.len() < end {
        return Start::Short;
    }
    if descriptor & 8 != 0 {
        return Start::Reserved;
    }
    let content = (content_bytes > 0)
        .then(|| little_endian(&bytes[content_at..end]) + if content_bytes == 2 { 256 } else { 0 });
    let window = match content {
        Some(content) if single_segment => content,
        _ => {
            let base = 1u64 << (10 + (bytes[5] >> 3));
            base + base / 8 * u64::from(bytes[5] & 7)
        }
    };
    #[expect(clippy::cast_possible_truncation, reason = "an id has at most four bytes")]
    let dictionary = little_endian(&bytes[dictionary_at..content_at]) as u32;
    Start::Frame(Header { bytes: end, window, content, dictionary, checksum: descriptor & 4 != 0 })
}

/// Whether fewer than four bytes can be the start of a magic number.
fn may_begin(bytes: &[u8]) -> bool {
    let skippable = SKIPPABLE_MAGIC.to_le_bytes();
    MAGIC.to_le_bytes().starts_with(bytes)
        || bytes
            .iter()
            .zip(skippable)
            .enumerate()
            .all(|(index, (&byte, magic))| if index == 0 { byte & 0xf0 == magic } else { byte == magic })
}

/// A frame with content, `end` behind its checksum.
pub(crate) struct Frame {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) header_bytes: usize,
    pub(crate) content: Option<u64>,
}

/// The frames of some bytes, held to the limits.
pub struct Frames {
    options: DecompressOptions,
    given: Option<u32>,
    /// What the frames declare together; `None` where one declares nothing.
    pub(crate) content: Option<u64>,
}

impl Frames {
    /// Walks through the frames once more: a list of small ones would be several times as large as they are.
    pub(crate) fn walk<'a>(&self, data: &'a [u8]) -> Walk<'a> {
        Walk::new(data, self.options, self.given)
    }
}

/// The frames of `data`, skippable ones left out. `given` is the id of the dictionary there is.
///
/// # Errors
/// What can be told without decompressing: all but damage inside of blocks, and more content than allowed where a
/// frame does not declare its content.
pub(crate) fn scan(data: &[u8], options: &DecompressOptions, given: Option<u32>) -> Result<Frames, Error> {
    let mut walk = Walk::new(data, *options, given);
    while walk.advance()?.is_some() {}
    let content = walk.all_declare.then_some(walk.declared);
    Ok(Frames { options: *options, given, content })
}

/// A place between the frames of `data`.
pub(crate) struct Walk<'a> {
    data: &'a [u8],
    options: DecompressOptions,
    given: Option<u32>,
    at: usize,
    declared: u64,
    all_declare: bool,
}

impl<'a> Walk<'a> {
    fn new(data: &'a [u8], options: DecompressOptions, given: Option<u32>) -> Self {
        Self { data, options, given, at: 0, declared: 0, all_declare: true }
    }

    /// The next frame, checked; `None` behind the last one.
    pub(crate) fn advance(&mut self) -> Result<Option<Frame>, Error> {
        let data = self.data;
        while self.at < data.len() || self.at == 0 {
            let begin = self.at;
            let frame = begin as u64;
            let header = match start(&data[begin..]) {
                Start::Short if data.is_empty() => return Err(Error::NoFrame { byte: 0 }),
                Start::Short => return Err(Error::Truncated { frame }),
                Start::Unknown => return Err(Error::NoFrame { byte: frame }),
                Start::Reserved => return Err(Error::Damaged { frame }),
                Start::Skippable(bytes) => {
                    self.at = begin.saturating_add(8).saturating_add(bytes as usize);
                    if self.at > data.len() {
                        return Err(Error::Truncated { frame });
                    }
                    continue;
                }
                Start::Frame(header) => header,
            };
            self.at = self.end_of(&header, begin)?;
            return Ok(Some(Frame {
                start: begin,
                end: self.at,
                header_bytes: header.bytes,
                content: header.content,
            }));
        }
        Ok(None)
    }

    /// Where the frame at `begin` ends, which is held to the limits.
    fn end_of(&mut self, header: &Header, begin: usize) -> Result<usize, Error> {
        let frame = begin as u64;
        header.check(frame, self.options.max_window_log, self.given)?;
        let max_block = header.window.min(MAX_BLOCK_BYTES);
        let mut at = begin + header.bytes;
        let mut most = 0;
        loop {
            let block = block(self.data, at, frame, max_block)?;
            most += if block.compressed { max_block } else { block.size };
            at = block.end;
            if block.last {
                break;
            }
        }
        if header.checksum {
            at += CHECKSUM_BYTES;
        }
        if at > self.data.len() {
            return Err(Error::Truncated { frame });
        }
        match header.content {
            Some(content) if content > most => return Err(Error::Damaged { frame }),
            Some(content) => self.declared = self.declared.saturating_add(content),
            None => self.all_declare = false,
        }
        if self.declared > self.options.max_output_bytes {
            return Err(Error::Output { max_output_bytes: self.options.max_output_bytes });
        }
        Ok(at)
    }
}

pub(crate) struct Block {
    pub(crate) last: bool,
    pub(crate) end: usize,
    compressed: bool,
    size: u64,
}

/// The block whose header is at `at`.
pub(crate) fn block(data: &[u8], at: usize, frame: u64, max_block: u64) -> Result<Block, Error> {
    let Some(&[a, b, c]) = data.get(at..at + BLOCK_HEADER_BYTES) else {
        return Err(Error::Truncated { frame });
    };
    let header = u32::from_le_bytes([a, b, c, 0]);
    let size = u64::from(header >> 3);
    let kind = header >> 1 & 3;
    if kind == 3 || size > max_block {
        return Err(Error::Damaged { frame });
    }
    let stored = if kind == 1 { 1 } else { (header >> 3) as usize };
    let end = at + BLOCK_HEADER_BYTES + stored;
    if end > data.len() {
        return Err(Error::Truncated { frame });
    }
    Ok(Block { last: header & 1 != 0, end, compressed: kind == 2, size })
}
