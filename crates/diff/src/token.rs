//! Numbers for pieces of text: equal pieces have equal numbers, in the order in which they are first seen.

use foldhash::fast::RandomState;
use std::hash::BuildHasher;

/// Gives numbers to pieces of text. The pieces are not copied.
pub struct Interner<'a> {
    /// Open addressing: a piece's hash and its number + 1; 0 is empty.
    slots: Vec<(u32, u32)>,
    pieces: Vec<&'a [u8]>,
    // Seeded anew each time, so that no text can be made to collide; the numbers do not depend on it.
    state: RandomState,
}

impl<'a> Interner<'a> {
    /// With room for so many different pieces; more are welcome.
    pub fn with_capacity(pieces: usize) -> Self {
        let slots = (2 * pieces.max(8)).next_power_of_two();
        Self { slots: vec![(0, 0); slots], pieces: Vec::new(), state: RandomState::default() }
    }

    /// The number of `piece`.
    pub fn intern(&mut self, piece: &'a [u8]) -> u32 {
        if self.pieces.len() * 2 >= self.slots.len() {
            self.grow();
        }
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        let hash = self.state.hash_one(piece) as u32;
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let (slot_hash, number) = self.slots[at];
            if number == 0 {
                self.pieces.push(piece);
                let number =
                    u32::try_from(self.pieces.len()).expect("fewer pieces than a text may have lines");
                self.slots[at] = (hash, number);
                return number - 1;
            }
            if slot_hash == hash && self.pieces[number as usize - 1] == piece {
                return number - 1;
            }
            at = (at + 1) & mask;
        }
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
        let mut slots = vec![(0, 0); mask + 1];
        for &(hash, number) in self.slots.iter().filter(|(_, number)| *number != 0) {
            let mut at = hash as usize & mask;
            while slots[at].1 != 0 {
                at = (at + 1) & mask;
            }
            slots[at] = (hash, number);
        }
        self.slots = slots;
    }
}
