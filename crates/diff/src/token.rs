//! Numbers for pieces of text: equal pieces have equal numbers, in the order in which they are first seen.

use foldhash::fast::RandomState;
use std::hash::BuildHasher;

/// Room for more pieces is made when they come.
const MAX_RESERVED: usize = 1 << 14;

/// Gives numbers to pieces of text. The pieces are not copied.
pub struct Interner<'a> {
    /// Open addressing: a piece's number + 1; 0 is empty.
    slots: Vec<u32>,
    /// Each piece with its hash.
    pieces: Vec<(u32, &'a [u8])>,
    // Seeded anew each time, so that no text can be made to collide; the numbers do not depend on it.
    state: RandomState,
}

impl<'a> Interner<'a> {
    /// With room for so many different pieces, if they are not very many; more are welcome.
    pub fn with_capacity(pieces: usize) -> Self {
        // A text of many lines may have few different ones.
        let pieces = pieces.min(MAX_RESERVED);
        let slots = (2 * pieces.max(8)).next_power_of_two();
        Self { slots: vec![0; slots], pieces: Vec::with_capacity(pieces), state: RandomState::default() }
    }

    /// The number of `piece`.
    ///
    /// # Panics
    /// At the 2^32th piece.
    pub fn intern(&mut self, piece: &'a [u8]) -> u32 {
        if self.pieces.len() * 2 >= self.slots.len() {
            self.grow();
        }
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        let hash = self.state.hash_one(piece) as u32;
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let number = self.slots[at];
            if number == 0 {
                self.pieces.push((hash, piece));
                let number = u32::try_from(self.pieces.len()).expect("fewer than 2^32 pieces");
                self.slots[at] = number;
                return number - 1;
            }
            let (other_hash, other) = self.pieces[number as usize - 1];
            if other_hash == hash && other == piece {
                return number - 1;
            }
            at = (at + 1) & mask;
        }
    }

    /// The number of each piece.
    pub fn intern_all(&mut self, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<u32> {
        pieces.map(|piece| self.intern(piece)).collect()
    }

    /// How many different pieces there are: the numbers are below.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether there is no piece yet.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn grow(&mut self) {
        let mask = 2 * self.slots.len() - 1;
        self.slots.clear();
        self.slots.resize(mask + 1, 0);
        for (number, &(hash, _)) in (1..).zip(&self.pieces) {
            let mut at = hash as usize & mask;
            while self.slots[at] != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = number;
        }
    }
}
