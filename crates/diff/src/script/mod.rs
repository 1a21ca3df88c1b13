//! The edit script between two sequences of symbols, as git's: which runs of one were replaced by which of the other.

mod budget;
mod classic;
mod compact;
mod histogram;
mod patience;

use budget::Budget;
use std::ops::Range;

/// How the symbols that both sides keep are chosen. The names are git's, and so are the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// Splits at long runs of rare symbols: the most readable for source.
    #[default]
    Histogram,
    /// Few changes, by Myers (1986), with heuristics where that would take long.
    Myers,
    /// The fewest changes, by Myers.
    Minimal,
    /// Splits at symbols that are there once on both sides.
    Patience,
}

/// A run of symbols that another run replaces. One of them may be empty, at the place where the other goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is removed, as positions on the old side.
    pub before: Range<usize>,
    /// What is added, as positions on the new side.
    pub after: Range<usize>,
}

/// The changes from one sequence to the other, in order; between two of them is at least one common symbol.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// The changes.
    pub changes: Vec<Change>,
    /// Whether the steps were used up, so that the changes are larger than they could be.
    pub coarse: bool,
}

/// One of the two sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The old one.
    Before,
    /// The new one.
    After,
}

/// The indentation of a line in columns, −1 for a blank line; see [`crate::lines::indentation`].
pub type Indentation<'a> = &'a dyn Fn(Side, usize) -> i32;

/// How two sequences are compared.
#[derive(Clone, Copy)]
pub struct CompareOptions<'a> {
    /// How common symbols are chosen.
    pub algorithm: Algorithm,
    /// Where a change can be moved, its place is chosen by these, as by git's indent heuristic; without, it is the
    /// last possible one.
    pub indentation: Option<Indentation<'a>>,
    /// After about so many steps the rest is compared coarsely, and after twice as many it is one change.
    pub max_steps: u64,
}

/// The default of [`CompareOptions::max_steps`]: some tenths of a second.
pub const DEFAULT_MAX_STEPS: u64 = 1 << 27;

/// The most symbols of a side: positions and their sums are 32 bits wide.
const MAX_SYMBOLS: usize = 1 << 29;

/// Compares two sequences of symbols, which are numbers below `symbols`.
///
/// # Panics
/// Where a sequence has more than 2^29 symbols, or one that is not below `symbols`.
pub fn compare(before: &[u32], after: &[u32], symbols: usize, options: &CompareOptions<'_>) -> Script {
    assert!(before.len().max(after.len()) <= MAX_SYMBOLS, "sequences of at most 2^29 symbols");
    let mut budget = Budget::new(options.max_steps);
    let mut sides = Sides::new(before, after);
    match options.algorithm {
        Algorithm::Myers => classic::mark(&mut sides, symbols, false, &mut budget),
        Algorithm::Minimal => classic::mark(&mut sides, symbols, true, &mut budget),
        Algorithm::Histogram => histogram::mark(&mut sides, symbols, &mut budget),
        Algorithm::Patience => patience::mark(&mut sides, symbols, &mut budget),
    }
    compact::compact(&mut sides, Side::Before, options.indentation, &mut budget);
    compact::compact(&mut sides, Side::After, options.indentation, &mut budget);
    Script { changes: sides.changes(), coarse: budget.is_coarse() }
}

/// Both sequences, and which of their symbols are changed.
struct Sides<'a> {
    before: &'a [u32],
    after: &'a [u32],
    changed_before: Vec<bool>,
    changed_after: Vec<bool>,
}

/// A part of each sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Region {
    before: Range<usize>,
    after: Range<usize>,
}

impl<'a> Sides<'a> {
    fn new(before: &'a [u32], after: &'a [u32]) -> Self {
        Self {
            before,
            after,
            changed_before: vec![false; before.len()],
            changed_after: vec![false; after.len()],
        }
    }

    fn whole(&self) -> Region {
        Region { before: 0..self.before.len(), after: 0..self.after.len() }
    }

    fn mark(&mut self, region: &Region) {
        self.changed_before[region.before.clone()].fill(true);
        self.changed_after[region.after.clone()].fill(true);
    }

    fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        let (mut before, mut after) = (0, 0);
        loop {
            let (start_before, start_after) = (before, after);
            while self.changed_before.get(before) == Some(&true) {
                before += 1;
            }
            while self.changed_after.get(after) == Some(&true) {
                after += 1;
            }
            if before > start_before || after > start_after {
                changes.push(Change { before: start_before..before, after: start_after..after });
            }
            if before >= self.before.len() {
                return changes;
            }
            before += 1;
            after += 1;
        }
    }
}
