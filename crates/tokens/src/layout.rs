//! How the tables of a vocabulary are searched. The build script includes this file too, so that the tables it lays out
//! are the tables that are searched.

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// An empty slot.
pub(crate) const NO_TOKEN: u32 = u32::MAX;
/// Vocabularies have fewer than 2^18 tokens; the other bits of a slot are a tag that tells most other tokens apart.
const RANK_BITS: u32 = 18;

/// The hash of a token's bytes; all of its bits depend on every byte.
#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let length = bytes.len();
    let mut state = length as u64;
    if length > 8 {
        let (chunks, _) = bytes[..length - 1].as_chunks::<8>();
        for chunk in chunks {
            state = step(state, u64::from_le_bytes(*chunk));
        }
    }
    step(state, last_word(bytes))
}

/// The last eight bytes, or all of a shorter token, as one number; two tokens of one length up to eight have the
/// same number only if they have the same bytes.
#[inline]
pub(crate) fn last_word(bytes: &[u8]) -> u64 {
    if let Some(word) = bytes.last_chunk::<8>() {
        return u64::from_le_bytes(*word);
    }
    if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << 32;
    }
    if let (Some(head), Some(tail)) = (bytes.first_chunk::<2>(), bytes.last_chunk::<2>()) {
        return u64::from(u16::from_le_bytes(*head)) | u64::from(u16::from_le_bytes(*tail)) << 16;
    }
    bytes.first().map_or(0, |&byte| u64::from(byte))
}

#[inline]
fn step(state: u64, word: u64) -> u64 {
    let product = (state ^ word).wrapping_mul(MULTIPLIER);
    product ^ (product >> 32)
}

/// Where the search for a hash begins, in a table with a power of two of slots.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "only the low bits choose the slot")]
pub(crate) fn slot(hash: u64, slots: usize) -> usize {
    hash as usize & (slots - 1)
}

/// What a slot holds: a rank, and bits of the hash that do not choose the slot.
#[inline]
pub(crate) fn tagged(hash: u64, rank: u32) -> u32 {
    tag(hash) | rank
}

/// The rank in a slot.
#[inline]
pub(crate) fn rank(slot: u32) -> u32 {
    slot & ((1 << RANK_BITS) - 1)
}

/// Whether a slot may hold the token of a hash.
#[inline]
pub(crate) fn may_be(slot: u32, hash: u64) -> bool {
    slot >> RANK_BITS == tag(hash) >> RANK_BITS
}

#[inline]
fn tag(hash: u64) -> u32 {
    let [_, _, _, _, high_half @ ..] = hash.to_le_bytes();
    u32::from_le_bytes(high_half) & !((1 << RANK_BITS) - 1)
}

/// The size of the tables that tell, for the first bytes of a text, which lengths of tokens may start there.
pub(crate) const PREFIXES: usize = 1 << 16;

/// The place of a text of two bytes or more in the table of tokens by their first two.
#[inline]
pub(crate) fn prefix_2(text: &[u8]) -> usize {
    usize::from(u16::from_le_bytes([text[0], text[1]]))
}

/// Tokens of 2 and of 3 bytes have a bit each; longer ones share one.
#[inline]
pub(crate) fn bit_after_2(length: usize) -> u8 {
    1 << (length - 2).min(2)
}

/// The place of a text of four bytes or more in the table of tokens by their first four. Others may share it.
#[inline]
pub(crate) fn prefix_4(text: &[u8]) -> usize {
    prefix(u64::from(u32::from_le_bytes([text[0], text[1], text[2], text[3]])))
}

/// Tokens of 4 to 8 bytes have a bit each; longer ones share one.
#[inline]
pub(crate) fn bit_after_4(length: usize) -> u8 {
    1 << (length - 4).min(5)
}

/// The place of a text of eight bytes or more in the table of tokens by their first eight. Others may share it.
#[inline]
pub(crate) fn prefix_8(text: &[u8]) -> usize {
    prefix(last_word(&text[..8]))
}

/// Tokens of so many bytes and more share the highest bit of `bit_after_8`; those of 9 and more have one each.
pub(crate) const LONG_BYTES: usize = 40;

/// The bit of tokens of a length above eight.
#[inline]
pub(crate) fn bit_after_8(length: usize) -> u32 {
    1 << (length.min(LONG_BYTES) - 9)
}

#[inline]
fn prefix(word: u64) -> usize {
    let [.., low, high] = word.wrapping_mul(MULTIPLIER).to_le_bytes();
    usize::from(u16::from_le_bytes([low, high]))
}
