use crate::hash::{hash, last_word};

/// The tokens of an encoding in rank order, and the table that finds a token's rank by its bytes. The build script
/// lays all three out; numbers are little-endian.
pub(crate) struct Vocabulary {
    /// The bytes of all tokens, one after the other.
    pub(crate) bytes: &'static [u8],
    /// Where each token starts in `bytes`: `u32`, one more than there are tokens.
    pub(crate) starts: &'static [u8],
    /// Open addressing with linear probing: `u32` ranks, `u32::MAX` for an empty slot; a power of two of them.
    pub(crate) slots: &'static [u8],
}

impl Vocabulary {
    /// The rank of the token with exactly these bytes.
    #[inline]
    pub(crate) fn rank(&self, bytes: &[u8]) -> Option<u32> {
        let mask = self.slots.len() / 4 - 1;
        // Masked at once: the high half is not needed on any platform.
        #[expect(clippy::cast_possible_truncation, reason = "only the low bits choose the slot")]
        let mut slot = hash(bytes) as usize & mask;
        loop {
            let rank = number(self.slots, slot);
            if rank == u32::MAX {
                return None;
            }
            if equal(self.token(rank)?, bytes) {
                return Some(rank);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The bytes of the token with this rank.
    #[inline]
    pub(crate) fn token(&self, rank: u32) -> Option<&'static [u8]> {
        let rank = rank as usize;
        if rank >= self.starts.len() / 4 - 1 {
            return None;
        }
        Some(&self.bytes[number(self.starts, rank) as usize..number(self.starts, rank + 1) as usize])
    }
}

/// Whether two tokens have the same bytes, without a call for the short ones.
#[inline]
fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.first_chunk::<8>(), b.first_chunk::<8>()) {
        (Some(first_a), Some(first_b)) if a.len() <= 16 => first_a == first_b && last_word(a) == last_word(b),
        (Some(_), Some(_)) => a == b,
        _ => last_word(a) == last_word(b),
    }
}

#[inline]
fn number(table: &[u8], index: usize) -> u32 {
    let (numbers, _) = table.as_chunks::<4>();
    u32::from_le_bytes(numbers[index])
}
