//! Myers' algorithm from both ends, in linear space: "An O(ND) difference algorithm and its variations" (1986),
//! section 4b; before it, symbols that cannot or need not be matched are put aside, and where a box is expensive it is
//! split at a good point instead of the best one. The bounds are those that git and GNU diff have.

use super::{Budget, Region, Sides};
use std::ops::Range;

/// A run of so many common symbols is worth splitting at.
const LONG_SNAKE: i32 = 20;
/// From so many differences on, a split at a long snake far from the start will do.
const MIN_HEURISTIC_COST: i32 = 256;
/// How much farther than differences such a snake must be.
const SNAKE_REACH: i32 = 4;
/// A box is searched until this many differences, or the square root of its size where that is more.
const MIN_MAX_COST: i32 = 256;
/// A symbol that is more frequent on the other side than the square root of this side's length counts as frequent; so
/// does one with more than this.
const MAX_FREQUENCY: usize = 1024;
/// How far a frequent symbol's neighbours are looked at.
const NEIGHBOURS: usize = 100;
/// A frequent symbol is put aside where its run has less than one in so many frequent ones.
const FREQUENT_SHARE: usize = 4;

/// Marks the changes of the whole.
pub(super) fn mark(sides: &mut Sides<'_>, symbols: usize, minimal: bool, budget: &mut Budget) {
    let whole = sides.whole();
    Classic::new(symbols).mark(sides, &whole, minimal, budget);
}

/// The algorithm's memory, kept from region to region.
pub(super) struct Classic {
    /// How often each symbol is on each side of the region; zeros between two regions.
    counts: [Vec<u32>; 2],
    forward: Vec<i32>,
    backward: Vec<i32>,
}

/// One side without what was put aside, and where each symbol was.
struct Kept {
    symbols: Vec<u32>,
    positions: Vec<usize>,
}

/// A part of what was kept, and whether the fewest changes are wanted there.
struct Piece {
    before: Range<usize>,
    after: Range<usize>,
    minimal: bool,
}

impl Classic {
    pub(super) fn new(symbols: usize) -> Self {
        Self { counts: [vec![0; symbols], vec![0; symbols]], forward: Vec::new(), backward: Vec::new() }
    }

    /// Marks the changes of a region, as if it were all there is.
    pub(super) fn mark(
        &mut self,
        sides: &mut Sides<'_>,
        region: &Region,
        minimal: bool,
        budget: &mut Budget,
    ) {
        let before = &sides.before[region.before.clone()];
        let after = &sides.after[region.after.clone()];
        let prefix = common(before.iter(), after.iter());
        let suffix = common(before[prefix..].iter().rev(), after[prefix..].iter().rev());
        if prefix + suffix == before.len() || prefix + suffix == after.len() {
            sides.mark(&Region {
                before: region.before.start + prefix..region.before.end - suffix,
                after: region.after.start + prefix..region.after.end - suffix,
            });
            return;
        }
        let [counts_before, counts_after] = &mut self.counts;
        for (side, counts) in [(before, &mut *counts_before), (after, &mut *counts_after)] {
            for &symbol in side {
                counts[symbol as usize] += 1;
            }
        }
        let kept_before = keep(
            before,
            prefix..before.len() - suffix,
            counts_after,
            &mut sides.changed_before[region.before.clone()],
        );
        let kept_after = keep(
            after,
            prefix..after.len() - suffix,
            counts_before,
            &mut sides.changed_after[region.after.clone()],
        );
        for (side, counts) in [(before, counts_before), (after, counts_after)] {
            for &symbol in side {
                counts[symbol as usize] = 0;
            }
        }
        let changed_before = &mut sides.changed_before[region.before.clone()];
        let changed_after = &mut sides.changed_after[region.after.clone()];
        self.search(&kept_before, &kept_after, minimal, budget, changed_before, changed_after);
    }

    fn search(
        &mut self,
        kept_before: &Kept,
        kept_after: &Kept,
        minimal: bool,
        budget: &mut Budget,
        changed_before: &mut [bool],
        changed_after: &mut [bool],
    ) {
        let (a, b) = (&kept_before.symbols[..], &kept_after.symbols[..]);
        let diagonals = a.len() + b.len() + 3;
        self.forward.resize(diagonals.max(self.forward.len()), 0);
        self.backward.resize(diagonals.max(self.backward.len()), 0);
        let max_cost = MIN_MAX_COST.max(to_i32(root(diagonals)));
        let mut pieces = vec![Piece { before: 0..a.len(), after: 0..b.len(), minimal }];
        while let Some(mut piece) = pieces.pop() {
            shrink(a, b, &mut piece);
            let whole = piece.before.is_empty() || piece.after.is_empty();
            let split = if whole { None } else { self.split(a, b, &piece, max_cost, budget) };
            match split {
                Some(Split { x, y, minimal_before, minimal_behind }) => {
                    let (x, y) = (x.cast_unsigned() as usize, y.cast_unsigned() as usize);
                    let (before, after) = (x..piece.before.end, y..piece.after.end);
                    pieces.push(Piece { before, after, minimal: minimal_behind });
                    let (before, after) = (piece.before.start..x, piece.after.start..y);
                    pieces.push(Piece { before, after, minimal: minimal_before });
                }
                None => {
                    for &position in &kept_before.positions[piece.before] {
                        changed_before[position] = true;
                    }
                    for &position in &kept_after.positions[piece.after] {
                        changed_after[position] = true;
                    }
                }
            }
        }
    }

    /// A point on a shortest path through the piece, or one on a good path; none where the steps are used up.
    fn split(
        &mut self,
        a: &[u32],
        b: &[u32],
        piece: &Piece,
        max_cost: i32,
        budget: &mut Budget,
    ) -> Option<Split> {
        let (a_start, a_end) = (to_i32(piece.before.start), to_i32(piece.before.end));
        let (b_start, b_end) = (to_i32(piece.after.start), to_i32(piece.after.end));
        // Diagonals, x − y, go from −(b.len() + 1) to a.len() + 1.
        let mut forward = Reach { x: &mut self.forward, origin: to_i32(b.len()) + 1 };
        let mut backward = Reach { x: &mut self.backward, origin: to_i32(b.len()) + 1 };
        let equal = |x: i32, y: i32| a[x.cast_unsigned() as usize] == b[y.cast_unsigned() as usize];
        let (lowest, highest) = (a_start - b_end, a_end - b_start);
        let (forward_middle, backward_middle) = (a_start - b_start, a_end - b_end);
        let odd = (forward_middle - backward_middle) & 1 != 0;
        let (mut forward_low, mut forward_high) = (forward_middle, forward_middle);
        let (mut backward_low, mut backward_high) = (backward_middle, backward_middle);
        forward.set(forward_middle, a_start);
        backward.set(backward_middle, a_end);
        let mut minimal = piece.minimal && !budget.is_coarse();
        for cost in 1.. {
            let mut long_snake = false;
            let mut steps: u64 = 0;

            if forward_low > lowest {
                forward_low -= 1;
                forward.set(forward_low - 1, -1);
            } else {
                forward_low += 1;
            }
            if forward_high < highest {
                forward_high += 1;
                forward.set(forward_high + 1, -1);
            } else {
                forward_high -= 1;
            }
            for diagonal in every_second(forward_high, forward_low) {
                let (left, right) = (forward.get(diagonal - 1), forward.get(diagonal + 1));
                let start = if left >= right { left + 1 } else { right };
                let mut x = start;
                while x < a_end && x - diagonal < b_end && equal(x, x - diagonal) {
                    x += 1;
                }
                long_snake |= x - start > LONG_SNAKE;
                steps += u64::from(1 + (x - start).cast_unsigned());
                forward.set(diagonal, x);
                if odd && (backward_low..=backward_high).contains(&diagonal) && backward.get(diagonal) <= x {
                    budget.spend(steps);
                    return Some(Split { x, y: x - diagonal, minimal_before: true, minimal_behind: true });
                }
            }

            if backward_low > lowest {
                backward_low -= 1;
                backward.set(backward_low - 1, i32::MAX);
            } else {
                backward_low += 1;
            }
            if backward_high < highest {
                backward_high += 1;
                backward.set(backward_high + 1, i32::MAX);
            } else {
                backward_high -= 1;
            }
            for diagonal in every_second(backward_high, backward_low) {
                let (left, right) = (backward.get(diagonal - 1), backward.get(diagonal + 1));
                let start = if left < right { left } else { right - 1 };
                let mut x = start;
                while x > a_start && x - diagonal > b_start && equal(x - 1, x - diagonal - 1) {
                    x -= 1;
                }
                long_snake |= start - x > LONG_SNAKE;
                steps += u64::from(1 + (start - x).cast_unsigned());
                backward.set(diagonal, x);
                if !odd && (forward_low..=forward_high).contains(&diagonal) && x <= forward.get(diagonal) {
                    budget.spend(steps);
                    return Some(Split { x, y: x - diagonal, minimal_before: true, minimal_behind: true });
                }
            }

            if !budget.spend(steps) {
                if budget.is_coarse() {
                    return None;
                }
                budget.coarsen();
                minimal = false;
            }
            if minimal {
                continue;
            }

            if long_snake && cost > MIN_HEURISTIC_COST {
                let mut best = 0;
                let mut split = None;
                for diagonal in every_second(forward_high, forward_low) {
                    let x = forward.get(diagonal);
                    let y = x - diagonal;
                    let reached = (x - a_start) + (y - b_start) - (diagonal - forward_middle).abs();
                    if reached > SNAKE_REACH * cost
                        && reached > best
                        && (a_start + LONG_SNAKE <= x && x < a_end)
                        && (b_start + LONG_SNAKE <= y && y < b_end)
                        && (1..=LONG_SNAKE).all(|back| equal(x - back, y - back))
                    {
                        best = reached;
                        split = Some(Split { x, y, minimal_before: true, minimal_behind: false });
                    }
                }
                if split.is_some() {
                    return split;
                }
                for diagonal in every_second(backward_high, backward_low) {
                    let x = backward.get(diagonal);
                    let y = x - diagonal;
                    let reached = (a_end - x) + (b_end - y) - (diagonal - backward_middle).abs();
                    if reached > SNAKE_REACH * cost
                        && reached > best
                        && (a_start < x && x <= a_end - LONG_SNAKE)
                        && (b_start < y && y <= b_end - LONG_SNAKE)
                        && (0..LONG_SNAKE).all(|ahead| equal(x + ahead, y + ahead))
                    {
                        best = reached;
                        split = Some(Split { x, y, minimal_before: false, minimal_behind: true });
                    }
                }
                if split.is_some() {
                    return split;
                }
            }

            if cost >= max_cost {
                let mut farthest = (-1, 0);
                for diagonal in every_second(forward_high, forward_low) {
                    let mut x = forward.get(diagonal).min(a_end);
                    if x - diagonal > b_end {
                        x = b_end + diagonal;
                    }
                    if x + x - diagonal > farthest.0 {
                        farthest = (x + x - diagonal, x);
                    }
                }
                let mut nearest = (i32::MAX, 0);
                for diagonal in every_second(backward_high, backward_low) {
                    let mut x = backward.get(diagonal).max(a_start);
                    if x - diagonal < b_start {
                        x = b_start + diagonal;
                    }
                    if x + x - diagonal < nearest.0 {
                        nearest = (x + x - diagonal, x);
                    }
                }
                let forward_is_better = (a_end + b_end) - nearest.0 < farthest.0 - (a_start + b_start);
                let (sum, x) = if forward_is_better { farthest } else { nearest };
                return Some(Split {
                    x,
                    y: sum - x,
                    minimal_before: forward_is_better,
                    minimal_behind: !forward_is_better,
                });
            }
        }
        None
    }
}

/// Where a piece is split, and on which side of it the fewest changes are worth looking for.
struct Split {
    x: i32,
    y: i32,
    minimal_before: bool,
    minimal_behind: bool,
}

/// The position on the old side that each diagonal has reached.
struct Reach<'a> {
    x: &'a mut [i32],
    origin: i32,
}

impl Reach<'_> {
    fn get(&self, diagonal: i32) -> i32 {
        self.x[(diagonal + self.origin).cast_unsigned() as usize]
    }

    fn set(&mut self, diagonal: i32, x: i32) {
        self.x[(diagonal + self.origin).cast_unsigned() as usize] = x;
    }
}

fn every_second(from: i32, to: i32) -> impl Iterator<Item = i32> {
    (to..=from).rev().step_by(2)
}

/// Takes common symbols at both ends out of the piece.
fn shrink(a: &[u32], b: &[u32], piece: &mut Piece) {
    let (before, after) = (&a[piece.before.clone()], &b[piece.after.clone()]);
    let prefix = common(before.iter(), after.iter());
    let suffix = common(before[prefix..].iter().rev(), after[prefix..].iter().rev());
    piece.before = piece.before.start + prefix..piece.before.end - suffix;
    piece.after = piece.after.start + prefix..piece.after.end - suffix;
}

/// How many of the first are equal.
fn common<'a>(one: impl Iterator<Item = &'a u32>, other: impl Iterator<Item = &'a u32>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

/// What of `side` can be matched, inside `range`; the rest of it is marked. `counts` are those of the other side.
fn keep(side: &[u32], range: Range<usize>, counts: &[u32], changed: &mut [bool]) -> Kept {
    let frequent = root(side.len()).min(MAX_FREQUENCY);
    let count = |position: usize| counts[side[position] as usize] as usize;
    let is_rare = |position: usize| (1..frequent).contains(&count(position));
    // How many of the symbols before each are absent from the other side, and where the next rare one is.
    let mut absent: Vec<usize> = Vec::with_capacity(range.len() + 1);
    absent.push(0);
    for (offset, position) in range.clone().enumerate() {
        absent.push(absent[offset] + usize::from(count(position) == 0));
    }
    let mut next_rare = vec![range.end; range.len()];
    for offset in (0..range.len().saturating_sub(1)).rev() {
        let next = range.start + offset + 1;
        next_rare[offset] = if is_rare(next) { next } else { next_rare[offset + 1] };
    }
    let absent_in = |part: &Range<usize>| absent[part.end - range.start] - absent[part.start - range.start];
    // Whether a frequent symbol stands among symbols that are changed anyway, on both sides and nearly without others.
    let is_lost = |position: usize, behind_rare: usize| {
        let before = behind_rare.max(position.saturating_sub(NEIGHBOURS))..position;
        let behind = position + 1..next_rare[position - range.start].min(position + NEIGHBOURS + 1);
        let (absent_before, absent_behind) = (absent_in(&before), absent_in(&behind));
        let all = before.len() + behind.len() + 2;
        let frequent = all - (absent_before + absent_behind);
        absent_before > 0 && absent_behind > 0 && frequent * FREQUENT_SHARE < all
    };
    let mut kept =
        Kept { symbols: Vec::with_capacity(range.len()), positions: Vec::with_capacity(range.len()) };
    let mut behind_rare = range.start;
    for position in range.clone() {
        if is_rare(position) {
            behind_rare = position + 1;
        } else if count(position) == 0 || is_lost(position, behind_rare) {
            changed[position] = true;
            continue;
        }
        kept.symbols.push(side[position]);
        kept.positions.push(position);
    }
    kept
}

/// About the square root: the power of two that git takes for it.
fn root(number: usize) -> usize {
    let mut root = 1;
    let mut left = number;
    while left > 0 {
        root <<= 1;
        left >>= 2;
    }
    root
}

/// Sides have at most 2^29 symbols each, which `compare` makes sure of.
fn to_i32(position: usize) -> i32 {
    i32::try_from(position).expect("sides of at most 2^29 symbols")
}
