//! What recent pretokens were encoded to: text repeats its words, and one comparison is cheaper than the rank table,
//! or than merging, by far.

use crate::hash::{hash, last_word, step};

/// Pretokens of up to this many bytes are in the table of short ones: nearly all of source and prose.
pub(crate) const MAX_SHORT_BYTES: usize = 16;
/// And up to this many in the other: camel-case words, sentences in scripts without spaces.
pub(crate) const MAX_LONG_BYTES: usize = 256;
const MAX_IDS: usize = 3;
/// With entries of 32 bytes, half a megabyte: it fits the second-level cache.
const SHORT_ENTRIES: usize = 1 << 14;
/// Of some 100 bytes each in use, so less than a megabyte of usual text.
const LONG_ENTRIES: usize = 1 << 12;

/// A table of short pretokens, and one of longer ones; neither resolves collisions: a new pretoken takes the place of
/// the one that was there.
pub(crate) struct Memo {
    short: Box<[Entry]>,
    long: Box<[LongEntry]>,
}

/// A pretoken and its tokens. `length` 0 is no pretoken.
#[derive(Clone, Default)]
pub(crate) struct Entry {
    low: u64,
    high: u64,
    ids: [u32; MAX_IDS],
    length: u8,
    tokens: u8,
}

impl Memo {
    pub(crate) fn new() -> Self {
        Self {
            short: vec![Entry::default(); SHORT_ENTRIES].into_boxed_slice(),
            long: vec![LongEntry::default(); LONG_ENTRIES].into_boxed_slice(),
        }
    }

    /// The entry for a pretoken of 1 to `MAX_SHORT_BYTES` bytes, and whether it has its tokens; `set` it where it has not.
    #[inline]
    pub(crate) fn short(&mut self, pretoken: &[u8]) -> (&mut Entry, bool) {
        let high = last_word(pretoken);
        // The two words overlap where the pretoken is shorter than both.
        let low = pretoken.first_chunk::<8>().map_or(0, |word| u64::from_le_bytes(*word));
        let length = u8::try_from(pretoken.len()).expect("at most MAX_SHORT_BYTES");
        #[expect(clippy::cast_possible_truncation, reason = "only the low bits choose the entry")]
        let index = step(step(u64::from(length), low), high) as usize & (SHORT_ENTRIES - 1);
        let entry = &mut self.short[index];
        let found = entry.length == length && entry.low == low && entry.high == high;
        if !found {
            // Nobody's until `set` gives it its tokens, so that a panic in between leaves no wrong answer behind.
            (entry.length, entry.low, entry.high) = (0, low, high);
        }
        (entry, found)
    }

    /// The tokens of a pretoken of more than `MAX_SHORT_BYTES` bytes, from `encode` where they are not remembered.
    pub(crate) fn long(&mut self, pretoken: &[u8], encode: impl FnOnce(&mut Vec<u32>)) -> &[u32] {
        #[expect(clippy::cast_possible_truncation, reason = "only the low bits choose the entry")]
        let entry = &mut self.long[hash(pretoken) as usize & (LONG_ENTRIES - 1)];
        if entry.pretoken != pretoken {
            // Nobody's until it has its tokens: as above.
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

impl Entry {
    #[inline]
    pub(crate) fn count(&self) -> usize {
        usize::from(self.tokens)
    }

    /// The tokens; nothing where there are more than an entry holds.
    #[inline]
    pub(crate) fn ids(&self) -> Option<&[u32]> {
        self.ids.get(..usize::from(self.tokens))
    }

    /// Makes this the entry of the pretoken it was looked up for.
    pub(crate) fn set(&mut self, pretoken: &[u8], ids: &[u32]) {
        self.length = u8::try_from(pretoken.len()).expect("at most MAX_SHORT_BYTES");
        self.tokens = u8::try_from(ids.len()).expect("a pretoken has no more tokens than bytes");
        let kept = ids.len().min(MAX_IDS);
        self.ids[..kept].copy_from_slice(&ids[..kept]);
    }
}
