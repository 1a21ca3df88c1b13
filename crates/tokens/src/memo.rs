//! What recent pretokens were encoded to: text repeats its words, and one comparison is cheaper than the rank table,
//! or than merging, by far.

use crate::layout::hash;

/// Pretokens of up to this many bytes are in the table of short ones: nearly all of source and prose. With the length
/// they fill a key of sixteen bytes.
pub(crate) const MAX_SHORT_BYTES: usize = 15;
/// And up to this many in the other: camel-case words, sentences in scripts without spaces.
pub(crate) const MAX_LONG_BYTES: usize = 256;
/// How many tokens an entry holds; of more it has only their number.
pub(crate) const MAX_IDS: usize = 3;
/// With entries of 32 bytes, half a megabyte: it fits the second-level cache.
const SHORT_ENTRIES: usize = 1 << 14;
/// Of some 100 bytes each in use, so less than a megabyte of usual text.
const LONG_ENTRIES: usize = 1 << 12;

/// A table of short pretokens, and one of longer ones; neither resolves collisions: a new pretoken takes the place of
/// the one that was there.
pub(crate) struct Memo {
    short: Box<[Entry; SHORT_ENTRIES]>,
    long: Box<[LongEntry]>,
}

/// The bytes of a short pretoken, zeros behind them, and its length in the last byte: equal for equal pretokens alone.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Key {
    low: u64,
    high: u64,
}

/// A pretoken and its tokens. Length 0 is no pretoken.
#[derive(Clone, Copy, Default)]
pub(crate) struct Entry {
    key: Key,
    pub(crate) ids: [u32; MAX_IDS],
    pub(crate) count: u32,
}

/// For each length the mask of so many bytes.
static MASKS: [[u64; 2]; MAX_SHORT_BYTES + 1] = {
    let mut masks = [[0; 2]; MAX_SHORT_BYTES + 1];
    let mut length = 1;
    while length <= MAX_SHORT_BYTES {
        masks[length] =
            if length < 8 { [(1 << (8 * length)) - 1, 0] } else { [u64::MAX, (1 << (8 * (length - 8))) - 1] };
        length += 1;
    }
    masks
};

impl Key {
    /// The key of the pretoken from `start` to `end` of `text`, of 1 to `MAX_SHORT_BYTES` bytes.
    #[inline]
    pub(crate) fn new(text: &[u8], start: usize, end: usize) -> Self {
        let [low_mask, high_mask] = MASKS[end - start];
        let [low, high] = words(text, start, end);
        Self { low: low & low_mask, high: high & high_mask | ((end - start) as u64) << 56 }
    }

    #[inline]
    fn index(self) -> usize {
        let mixed =
            self.low.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.high.wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        #[expect(clippy::cast_possible_truncation, reason = "the high bits are few")]
        let index = (mixed >> (64 - SHORT_ENTRIES.ilog2())) as usize;
        index
    }
}

/// Sixteen bytes from `start`; near the end of the text, those up to `end`.
#[inline]
fn words(text: &[u8], start: usize, end: usize) -> [u64; 2] {
    let mut padded = [0; 16];
    let bytes = text[start..].first_chunk::<16>().unwrap_or_else(|| {
        padded[..end - start].copy_from_slice(&text[start..end]);
        &padded
    });
    let (words, _) = bytes.as_chunks::<8>();
    [u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1])]
}

impl Memo {
    pub(crate) fn new() -> Self {
        let short = vec![Entry::default(); SHORT_ENTRIES].into_boxed_slice();
        Self {
            short: short.try_into().unwrap_or_else(|_| unreachable!("it has SHORT_ENTRIES entries")),
            long: vec![LongEntry::default(); LONG_ENTRIES].into_boxed_slice(),
        }
    }

    /// The entry of a short pretoken where it is remembered.
    #[inline]
    pub(crate) fn short(&self, key: Key) -> Option<&Entry> {
        let entry = &self.short[key.index()];
        (entry.key == key).then_some(entry)
    }

    /// Remembers a short pretoken.
    pub(crate) fn remember(&mut self, key: Key, ids: &[u32]) {
        let entry = &mut self.short[key.index()];
        let kept = ids.len().min(MAX_IDS);
        entry.key = key;
        entry.ids[..kept].copy_from_slice(&ids[..kept]);
        entry.count = u32::try_from(ids.len()).expect("a pretoken has no more tokens than bytes");
    }

    /// The tokens of a pretoken of more than `MAX_SHORT_BYTES` bytes, from `encode` where they are not remembered.
    pub(crate) fn long(&mut self, pretoken: &[u8], encode: impl FnOnce(&mut Vec<u32>)) -> &[u32] {
        #[expect(clippy::cast_possible_truncation, reason = "only the low bits choose the entry")]
        let entry = &mut self.long[hash(pretoken) as usize & (LONG_ENTRIES - 1)];
        if entry.pretoken != pretoken {
            // Nobody's until it has its tokens, so that a panic in between leaves no wrong answer behind.
            entry.pretoken.clear();
            entry.ids.clear();
            encode(&mut entry.ids);
            entry.pretoken.extend_from_slice(pretoken);
        }
        &entry.ids
    }
}

/// A longer pretoken and its tokens; an empty one is none. What replaces it takes over its memory.
#[derive(Clone, Default)]
struct LongEntry {
    pretoken: Vec<u8>,
    ids: Vec<u32>,
}
