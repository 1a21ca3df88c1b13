use crate::layout;

/// The tokens of an encoding in rank order, and the tables that find a token by its bytes. The build script lays all of
/// them out; numbers are little-endian.
pub(crate) struct Vocabulary {
    /// Ranks from here on are not part of the encoding.
    pub(crate) limit: u32,
    /// The bytes of all tokens, one after the other.
    pub(crate) bytes: &'static [u8],
    /// Where each token starts in `bytes`: `u32`, one more than there are tokens.
    pub(crate) starts: &'static [u8],
    /// Open addressing with linear probing: `u32` ranks with tags, `NO_TOKEN` for an empty slot; a power of two of them.
    pub(crate) slots: &'static [u8],
    /// The length of the left one of the two tokens each token is merged of; 0 for single bytes, and for those that no
    /// merge makes: they are pretokens of their own and never parts of others.
    pub(crate) left_lengths: &'static [u8],
    /// Which lengths the tokens have that begin with two given bytes: `layout::bit_after_2`.
    pub(crate) lengths_after_2: &'static [u8],
    /// The same for the first four bytes.
    pub(crate) lengths_after_4: &'static [u8],
    /// The same for the first eight bytes, as `u32`.
    pub(crate) lengths_after_8: &'static [u8],
    /// The lengths of tokens from `layout::LONG_BYTES` up, the longest first.
    pub(crate) long_lengths: &'static [u8],
}

impl Vocabulary {
    /// The rank of the token with exactly these bytes.
    #[inline]
    pub(crate) fn rank(&self, bytes: &[u8]) -> Option<u32> {
        let slots = self.slots.len() / 4;
        let hash = layout::hash(bytes);
        let mut slot = layout::slot(hash, slots);
        loop {
            let found = number(self.slots, slot);
            if found == layout::NO_TOKEN {
                return None;
            }
            if layout::may_be(found, hash) {
                let rank = layout::rank(found);
                if equal(self.token(rank).unwrap_or_default(), bytes) {
                    return Some(rank);
                }
            }
            slot = (slot + 1) & (slots - 1);
        }
    }

    /// The bytes of the token with this rank.
    #[inline]
    pub(crate) fn token(&self, rank: u32) -> Option<&'static [u8]> {
        if rank >= self.limit {
            return None;
        }
        let rank = rank as usize;
        let token = &self.bytes[number(self.starts, rank) as usize..number(self.starts, rank + 1) as usize];
        // A rank between others that no token has.
        (!token.is_empty()).then_some(token)
    }

    /// The bytes of a token of at most sixteen, others behind them, and its length. Most tokens are that short, and a copy
    /// of fixed size costs less than one of their length.
    #[inline]
    pub(crate) fn short_token(&self, rank: u32) -> Option<(&'static [u8; 16], usize)> {
        if rank >= self.limit {
            return None;
        }
        let start = number(self.starts, rank as usize) as usize;
        let length = number(self.starts, rank as usize + 1) as usize - start;
        let bytes = self.bytes.get(start..)?.first_chunk::<16>()?;
        (1..=16).contains(&length).then_some((bytes, length))
    }

    /// The two tokens that merging makes a token of, in the end; none for a single byte.
    pub(crate) fn halves(&self, rank: u32) -> Option<(u32, u32)> {
        let left_length = usize::from(self.left_lengths[rank as usize]);
        if left_length == 0 {
            return None;
        }
        let (left, right) = self.token(rank)?.split_at(left_length);
        Some((self.rank(left)?, self.rank(right)?))
    }

    /// The token that merging makes of two tokens which are `bytes` with the border at `left_length`.
    pub(crate) fn merged(&self, bytes: &[u8], left_length: usize) -> Option<u32> {
        self.rank(bytes).filter(|&rank| usize::from(self.left_lengths[rank as usize]) == left_length)
    }

    /// The longest token made by merging that `text` begins with, and its length. `text` is not empty, and every byte is
    /// a token.
    pub(crate) fn longest(&self, text: &[u8]) -> (u32, usize) {
        let made =
            |length: usize| self.rank(&text[..length]).filter(|&rank| self.left_lengths[rank as usize] != 0);
        if text.len() >= 4 {
            let lengths = self.lengths_after_4[layout::prefix_4(text)];
            if text.len() > 8 && lengths & layout::bit_after_4(9) != 0 {
                let mut longer = number(self.lengths_after_8, layout::prefix_8(text));
                let long = layout::bit_after_8(layout::LONG_BYTES);
                if longer & long != 0 {
                    for length in self.long_lengths.iter().map(|&length| usize::from(length)) {
                        if length <= text.len()
                            && let Some(rank) = made(length)
                        {
                            return (rank, length);
                        }
                    }
                }
                longer &= !long;
                while longer != 0 {
                    let bit = longer.ilog2();
                    let length = bit as usize + 9;
                    if length <= text.len()
                        && let Some(rank) = made(length)
                    {
                        return (rank, length);
                    }
                    longer ^= 1 << bit;
                }
            }
            for length in (4..=text.len().min(8)).rev() {
                if lengths & layout::bit_after_4(length) != 0
                    && let Some(rank) = made(length)
                {
                    return (rank, length);
                }
            }
        }
        if text.len() >= 2 {
            let lengths = self.lengths_after_2[layout::prefix_2(text)];
            for length in (2..=text.len().min(3)).rev() {
                if lengths & layout::bit_after_2(length) != 0
                    && let Some(rank) = made(length)
                {
                    return (rank, length);
                }
            }
        }
        (self.rank(&text[..1]).expect("every byte is a token"), 1)
    }
}

/// Whether two tokens have the same bytes, without a call for the short ones.
#[inline]
fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match (a.first_chunk::<8>(), b.first_chunk::<8>()) {
        (Some(first_a), Some(first_b)) if a.len() <= 16 => {
            first_a == first_b && layout::last_word(a) == layout::last_word(b)
        }
        (Some(_), Some(_)) => a == b,
        _ => layout::last_word(a) == layout::last_word(b),
    }
}

#[inline]
fn number(table: &[u8], index: usize) -> u32 {
    let (numbers, _) = table.as_chunks::<4>();
    u32::from_le_bytes(numbers[index])
}
