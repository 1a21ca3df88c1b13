//! The hash of the rank table. The build script includes this file too, so that the table it lays out is the table
//! that is searched.

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of a token's bytes, folded so that the low bits depend on every byte.
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

/// Folds eight more bytes into a hash.
#[inline]
pub(crate) fn step(state: u64, word: u64) -> u64 {
    let product = (state ^ word).wrapping_mul(MULTIPLIER);
    product ^ (product >> 32)
}
