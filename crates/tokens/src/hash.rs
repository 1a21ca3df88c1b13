//! The hash of the rank table. The build script includes this file too, so that the table it lays out is the table
//! that is searched.

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of a token's bytes: eight bytes a step, folded so that the low bits depend on every byte.
#[inline]
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = bytes.len() as u64;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        state = step(state, u64::from_le_bytes(*chunk));
    }
    if !rest.is_empty() {
        let mut tail = [0; 8];
        tail[..rest.len()].copy_from_slice(rest);
        state = step(state, u64::from_le_bytes(tail));
    }
    state
}

#[inline]
fn step(state: u64, word: u64) -> u64 {
    let product = (state ^ word).wrapping_mul(MULTIPLIER);
    product ^ (product >> 32)
}
