//! What recent pretokens were encoded to: text repeats its words, and one comparison is cheaper than the rank table,
//! or than merging, by far.

use crate::hash::{last_word, step};

/// Pretokens of up to this many bytes are remembered: nearly all of them.
pub(crate) const MAX_BYTES: usize = 16;
const MAX_IDS: usize = 3;
/// With entries of 32 bytes, half a megabyte: it fits the second-level cache.
const ENTRIES: usize = 1 << 14;

/// A table without collisions to resolve: a new pretoken takes the place of the one that was there.
pub(crate) struct Memo(Box<[Entry]>);

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
        Self(vec![Entry::default(); ENTRIES].into_boxed_slice())
    }

    /// The entry for a pretoken of 1 to `MAX_BYTES` bytes, and whether it has its tokens; `set` it where it has not.
    #[inline]
    pub(crate) fn entry(&mut self, pretoken: &[u8]) -> (&mut Entry, bool) {
        let high = last_word(pretoken);
        // The two words overlap where the pretoken is shorter than both.
        let low = pretoken.first_chunk::<8>().map_or(0, |word| u64::from_le_bytes(*word));
        let length = u8::try_from(pretoken.len()).expect("at most MAX_BYTES bytes");
        #[expect(clippy::cast_possible_truncation, reason = "only the low bits choose the entry")]
        let index = step(step(u64::from(length), low), high) as usize & (ENTRIES - 1);
        let entry = &mut self.0[index];
        let found = entry.length == length && entry.low == low && entry.high == high;
        if !found {
            // Nobody's until `set` gives it its tokens, so that a panic in between leaves no wrong answer behind.
            (entry.length, entry.low, entry.high) = (0, low, high);
        }
        (entry, found)
    }
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
        self.length = u8::try_from(pretoken.len()).expect("at most MAX_BYTES bytes");
        self.tokens = u8::try_from(ids.len()).expect("a pretoken has no more tokens than bytes");
        let kept = ids.len().min(MAX_IDS);
        self.ids[..kept].copy_from_slice(&ids[..kept]);
    }
}
