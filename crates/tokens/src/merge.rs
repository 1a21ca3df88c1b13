//! Byte-pair merging of a pretoken that is not a token. By definition the adjacent pair whose concatenation has the
//! lowest rank is merged first, the leftmost of equals, until no pair is a token. Here its result is found from left to
//! right, in time linear in the pretoken.
//!
//! The result is the only sequence of tokens in which no two neighbours would have been merged otherwise, and so is every
//! beginning of it (van Antwerpen and Neubeck, "So many tokens, so little time", GitHub 2024). The longest token that fits
//! is tried first, then shorter ones; where none does, the token before was wrong.

use crate::vocabulary::Vocabulary;

/// What stays allocated for the next pretoken, in tokens.
const MAX_KEPT_TOKENS: usize = 4096;
const NEIGHBOUR_ENTRIES: usize = 1 << 15;

/// Scratch space that pretokens share, and which neighbours were possible. What a very long pretoken needed is given
/// back.
pub(crate) struct Merger {
    tokens: Vec<Token>,
    /// A bit for each place in the pretoken from where no token leads to the end.
    dead: Vec<u64>,
    /// Pairs of tokens and whether they can be neighbours, found by a hash of the pair; 0 is none.
    neighbours: Box<[u64]>,
}

#[derive(Clone, Copy)]
struct Token {
    id: u32,
    end: usize,
    /// Whether this was tried before longer ones.
    repeated: bool,
}

impl Merger {
    pub(crate) fn new() -> Self {
        Self {
            tokens: Vec::new(),
            dead: Vec::new(),
            neighbours: vec![0; NEIGHBOUR_ENTRIES].into_boxed_slice(),
        }
    }

    pub(crate) fn encode(&mut self, piece: &[u8], vocabulary: &Vocabulary, ids: &mut Vec<u32>) {
        self.merge(piece, vocabulary);
        ids.extend(self.tokens.iter().map(|token| token.id));
        self.tokens.shrink_to(MAX_KEPT_TOKENS);
    }

    /// Leaves the tokens of a piece that is not empty in `tokens`.
    fn merge(&mut self, piece: &[u8], vocabulary: &Vocabulary) {
        self.tokens.clear();
        self.dead.clear();
        self.dead.resize(piece.len() / 64 + 1, 0);
        let mut start = 0;
        // Where the token from `start` may end at most.
        let mut limit = piece.len();
        while start < piece.len() {
            match self.fitting(piece, start, limit, vocabulary) {
                Some(token) => {
                    self.tokens.push(token);
                    start = token.end;
                    limit = piece.len();
                }
                None => {
                    self.dead[start / 64] |= 1 << (start % 64);
                    let wrong = self.tokens.pop().expect("a pretoken has an encoding: its bytes are tokens");
                    start = self.tokens.last().map_or(0, |token| token.end);
                    limit = if wrong.repeated { piece.len() } else { wrong.end - 1 };
                }
            }
        }
        self.dead.shrink_to(MAX_KEPT_TOKENS / 64);
    }

    /// A token from `start` that ends by `limit`, can stand behind the last of `tokens`, and does not lead to a dead end.
    #[inline]
    fn fitting(
        &mut self,
        piece: &[u8],
        start: usize,
        mut limit: usize,
        vocabulary: &Vocabulary,
    ) -> Option<Token> {
        let Self { tokens, dead, neighbours } = self;
        let mut fits = |id: u32, end: usize| {
            let alive = dead[end / 64] >> (end % 64) & 1 == 0;
            let last = tokens.last();
            alive && last.is_none_or(|last| can_be_neighbours(neighbours, last.id, id, vocabulary))
        };
        // In a run of one character the same token comes again and again, and longer ones are found wrong every time.
        if let [.., before, last] = tokens.as_slice()
            && before.id == last.id
            && let Some(bytes) = vocabulary.token(last.id)
            && piece[start..limit].starts_with(bytes)
            && fits(last.id, start + bytes.len())
        {
            return Some(Token { id: last.id, end: start + bytes.len(), repeated: true });
        }
        while limit > start {
            let (id, length) = vocabulary.longest(&piece[start..limit]);
            let end = start + length;
            if fits(id, end) {
                return Some(Token { id, end, repeated: false });
            }
            limit = end - 1;
        }
        None
    }
}

/// Whether merging leaves `left` and `right` beside each other.
#[inline]
fn can_be_neighbours(known: &mut [u64], left: u32, right: u32, vocabulary: &Vocabulary) -> bool {
    // Bit 0 is the answer, bit 1 says that there is one.
    let pair = u64::from(left) << 32 | u64::from(right) << 2 | 2;
    let mixed = pair.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    #[expect(clippy::cast_possible_truncation, reason = "the high bits are few")]
    let entry = &mut known[(mixed >> (64 - NEIGHBOUR_ENTRIES.ilog2())) as usize];
    if *entry & !1 != pair {
        *entry = pair | u64::from(stay_apart(left, right, vocabulary));
    }
    *entry & 1 == 1
}

/// Takes the merges that made two tokens back, the last one first, and looks whether at any time a merge across their
/// border would have come before the next one on either side.
#[cold]
#[inline(never)]
fn stay_apart(mut left: u32, mut right: u32, vocabulary: &Vocabulary) -> bool {
    let length = |rank: u32| vocabulary.token(rank).map_or(0, <[u8]>::len);
    let bytes = [left, right].map(|rank| vocabulary.token(rank).unwrap_or_default()).concat();
    let border = length(left);
    // A merge across the border comes first where its rank is below this.
    let mut limit = u32::MAX;
    loop {
        let left_length = length(left);
        let across = &bytes[border - left_length..border + length(right)];
        if vocabulary.merged(across, left_length).is_some_and(|rank| rank < limit) {
            return false;
        }
        // Of equal ranks the left pair is merged first, so a merge across comes before the one that makes `right`, and
        // after the one that makes `left`.
        let later_left = vocabulary.halves(left).filter(|_| left > right);
        if let Some((_, half)) = later_left {
            (limit, left) = (left, half);
        } else if let Some((half, _)) = vocabulary.halves(right) {
            (limit, right) = (right + 1, half);
        } else if let Some((_, half)) = vocabulary.halves(left) {
            (limit, left) = (left, half);
        } else {
            return true;
        }
    }
}
