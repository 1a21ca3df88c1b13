//! What recent pretokens were encoded to: text repeats its words, and one comparison is cheaper than the rank table,
//! or than merging, by far.

use crate::layout::hash;

/// The longest pretokens of the first table: nearly all of source and prose. With its length such a pretoken fills a key
/// of two words.
pub(crate) const MAX_SHORT_BYTES: usize = 15;
/// And of the second: camel-case words, compounds, words in scripts of three bytes a character.
pub(crate) const MAX_MEDIUM_BYTES: usize = 31;
/// And of the third: sentences in scripts without spaces.
pub(crate) const MAX_LONG_BYTES: usize = 256;

/// Of 32 bytes each: a megabyte, of which usual text keeps a part in use that fits the second-level cache.
const SHORT_ENTRIES: usize = 1 << 15;
/// Of 64 bytes each: a megabyte too.
const MEDIUM_ENTRIES: usize = 1 << 14;
/// Of some 100 bytes each in use, so less than a megabyte of usual text.
const LONG_ENTRIES: usize = 1 << 12;

/// Tables of pretokens by their lengths. A new pretoken takes the place of one that was there.
pub(crate) struct Memo {
    pub(crate) short: Table<2, 4>,
    pub(crate) medium: Table<4, 8>,
    long: Box<[LongEntry]>,
}

/// The bytes of a pretoken, zeros behind them, and its length in the last byte: equal for equal pretokens alone.
pub(crate) type Key<const WORDS: usize> = [u64; WORDS];

/// Entries of a key and of `2 * (WORDS - KEY)` numbers: as many tokens, but for the last, which is their number. Zeros
/// are no entry: a pretoken has a length.
pub(crate) struct Table<const KEY: usize, const WORDS: usize> {
    pairs: Box<[Pair<WORDS>]>,
}

/// The two places of the pretokens of one hash, side by side: those of short pretokens share a line of the cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Pair<const WORDS: usize>([[u64; WORDS]; 2]);

/// The key of the pretoken from `start` to `end` of `text`, of 1 to `8 * WORDS - 1` bytes.
#[inline]
pub(crate) fn key<const WORDS: usize>(text: &[u8], start: usize, end: usize) -> Key<WORDS> {
    let words = words::<WORDS>(text, start, end);
    let length = end - start;
    let masks = &Masks::<WORDS>::BY_LENGTH[length];
    let mut key = std::array::from_fn(|index| words[index] & masks[index]);
    key[WORDS - 1] |= (length as u64) << 56;
    key
}

struct Masks<const WORDS: usize>;

impl<const WORDS: usize> Masks<WORDS> {
    /// For each length the mask of so many bytes.
    const BY_LENGTH: &'static [[u64; WORDS]; MAX_MEDIUM_BYTES + 1] = &{
        let mut masks = [[0; WORDS]; MAX_MEDIUM_BYTES + 1];
        let mut length = 0;
        while length <= MAX_MEDIUM_BYTES {
            let mut byte = 0;
            while byte < length && byte < 8 * WORDS {
                masks[length][byte / 8] |= 0xff << (8 * (byte % 8));
                byte += 1;
            }
            length += 1;
        }
        masks
    };
}

/// So many words from `start`; near the end of the text, zeros behind the pretoken.
#[inline]
fn words<const WORDS: usize>(text: &[u8], start: usize, end: usize) -> Key<WORDS> {
    let load = |bytes: &[u8]| {
        let (words, _) = bytes.as_chunks::<8>();
        std::array::from_fn(|index| u64::from_le_bytes(words[index]))
    };
    if let Some(bytes) = text.get(start..start + 8 * WORDS) {
        return load(bytes);
    }
    let mut padded = [0; 8 * (MAX_MEDIUM_BYTES + 1) / 8];
    padded[..end - start].copy_from_slice(&text[start..end]);
    load(&padded)
}

impl<const KEY: usize, const WORDS: usize> Table<KEY, WORDS> {
    /// How many tokens an entry holds; of more it has only their number.
    pub(crate) const MAX_IDS: usize = 2 * (WORDS - KEY) - 1;

    fn new(entries: usize) -> Self {
        Self { pairs: vec![Pair([[0; WORDS]; 2]); entries / 2].into_boxed_slice() }
    }

    #[inline]
    fn index(&self, key: &Key<KEY>) -> usize {
        const MULTIPLIERS: [u64; 4] =
            [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f, 0xd6e8_feb8_6659_fd93, 0xa076_1d64_78bd_642f];
        let mixed = key.iter().zip(MULTIPLIERS).fold(0, |mixed, (word, by)| mixed ^ word.wrapping_mul(by));
        (mixed >> 40) as usize & (self.pairs.len() - 1)
    }

    /// The numbers of a pretoken that is remembered.
    #[inline]
    pub(crate) fn get(&self, key: &Key<KEY>) -> Option<Remembered<'_, KEY, WORDS>> {
        let Pair(places) = &self.pairs[self.index(key)];
        // Which of the two it is cannot be foreseen, so that is no branch.
        let entry = &places[usize::from(holds(&places[1], key))];
        holds(entry, key).then_some(Remembered(entry))
    }

    /// Remembers a pretoken in the first place. What was there moves over, and the older of the two is forgotten.
    pub(crate) fn set(&mut self, key: &Key<KEY>, ids: &[u32]) {
        let index = self.index(key);
        let Pair(places) = &mut self.pairs[index];
        places[1] = places[0];
        let entry = &mut places[0];
        *entry = [0; WORDS];
        entry[..KEY].copy_from_slice(key);
        for (index, &id) in ids.iter().take(Self::MAX_IDS).enumerate() {
            entry[KEY + index / 2] |= u64::from(id) << (32 * (index % 2));
        }
        entry[WORDS - 1] |= (ids.len() as u64) << 32;
    }
}

/// Word by word: as one vector the key, just made of words, would have to wait for its own stores.
#[inline]
fn holds<const KEY: usize, const WORDS: usize>(entry: &[u64; WORDS], key: &Key<KEY>) -> bool {
    key.iter().zip(entry).fold(0, |differing, (word, known)| differing | (word ^ known)) == 0
}

/// An entry that was found.
pub(crate) struct Remembered<'a, const KEY: usize, const WORDS: usize>(&'a [u64; WORDS]);

impl<const KEY: usize, const WORDS: usize> Remembered<'_, KEY, WORDS> {
    #[inline]
    pub(crate) fn count(&self) -> usize {
        (self.0[WORDS - 1] >> 32) as usize
    }

    /// The token in a place.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "half of a word")]
    pub(crate) fn id(&self, index: usize) -> u32 {
        (self.0[KEY + index / 2] >> (32 * (index % 2))) as u32
    }
}

impl Memo {
    pub(crate) fn new() -> Self {
        Self {
            short: Table::new(SHORT_ENTRIES),
            medium: Table::new(MEDIUM_ENTRIES),
            long: vec![LongEntry::default(); LONG_ENTRIES].into_boxed_slice(),
        }
    }

    /// The tokens of a pretoken of more than `MAX_MEDIUM_BYTES` bytes, from `encode` where they are not remembered.
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
