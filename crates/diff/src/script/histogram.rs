//! Splits a region at the longest common run, of those that have the rarest symbols, as JGit and git do; where every
//! common symbol is frequent, the region is left to the classic algorithm.

use super::{Budget, Region, Sides, classic::Classic};

/// A symbol that a region's old side has more often than this is no place to split at.
const MAX_OCCURRENCES: u32 = 64;

/// Marks the changes of the whole.
pub(super) fn mark(sides: &mut Sides<'_>, symbols: usize, budget: &mut Budget) {
    let mut histogram = Histogram::new(sides.before.len(), symbols);
    let mut classic = None;
    let mut regions = vec![sides.whole()];
    while let Some(region) = regions.pop() {
        if region.before.is_empty() || region.after.is_empty() {
            sides.mark(&region);
            continue;
        }
        match histogram.find(sides, &region, budget) {
            Found::Nothing => sides.mark(&region),
            Found::OnlyFrequent => {
                classic.get_or_insert_with(|| Classic::new(symbols)).mark(sides, &region, false, budget);
            }
            Found::Run(run) => {
                regions.push(Region {
                    before: run.before.end..region.before.end,
                    after: run.after.end..region.after.end,
                });
                regions.push(Region {
                    before: region.before.start..run.before.start,
                    after: region.after.start..run.after.start,
                });
            }
        }
    }
}

/// Where a region's old side has each symbol.
struct Histogram {
    /// The region in which the entry of a symbol was written; entries of other regions are void.
    epochs: Vec<u32>,
    epoch: u32,
    occurrences: Vec<u32>,
    first: Vec<u32>,
    /// The next position of the same symbol; `NONE` at the last.
    next: Vec<u32>,
}

const NONE: u32 = u32::MAX;

enum Found {
    Nothing,
    OnlyFrequent,
    Run(Region),
}

impl Histogram {
    fn new(length: usize, symbols: usize) -> Self {
        Self {
            epochs: vec![0; symbols],
            epoch: 0,
            occurrences: vec![0; symbols],
            first: vec![0; symbols],
            next: vec![NONE; length],
        }
    }

    fn index(&mut self, before: &[u32], region: &Region) {
        self.epoch += 1;
        for position in region.before.clone().rev() {
            let symbol = before[position] as usize;
            if self.epochs[symbol] == self.epoch {
                self.next[position] = self.first[symbol];
                self.occurrences[symbol] += 1;
            } else {
                self.epochs[symbol] = self.epoch;
                self.next[position] = NONE;
                self.occurrences[symbol] = 1;
            }
            self.first[symbol] = u32::try_from(position).unwrap_or(NONE);
        }
    }

    fn occurrences(&self, symbol: u32) -> u32 {
        if self.epochs[symbol as usize] == self.epoch { self.occurrences[symbol as usize] } else { 0 }
    }

    /// The run to split the region at. It is looked for only as long as there are steps.
    fn find(&mut self, sides: &Sides<'_>, region: &Region, budget: &mut Budget) -> Found {
        let (before, after) = (sides.before, sides.after);
        if budget.is_coarse() || !budget.spend(region.before.len() + region.after.len()) {
            return self.give_up(budget);
        }
        self.index(before, region);
        let mut best: Option<Region> = None;
        // The fewest occurrences of a symbol of the best run.
        let mut rarest = MAX_OCCURRENCES + 1;
        let mut any_common = false;
        let mut at = region.after.start;
        while at < region.after.end {
            let mut next_at = at + 1;
            let occurrences = self.occurrences(after[at]);
            any_common |= occurrences > 0;
            if occurrences == 0 || occurrences > rarest {
                at = next_at;
                continue;
            }
            let mut steps = 0;
            let mut candidate = self.first[after[at] as usize];
            while candidate != NONE {
                let position = candidate as usize;
                let (mut start, mut end) = (position, position + 1);
                let (mut after_start, mut after_end) = (at, at + 1);
                let mut rarest_here = occurrences;
                while start > region.before.start
                    && after_start > region.after.start
                    && before[start - 1] == after[after_start - 1]
                {
                    start -= 1;
                    after_start -= 1;
                    rarest_here = rarest_here.min(self.occurrences[before[start] as usize]);
                }
                while end < region.before.end
                    && after_end < region.after.end
                    && before[end] == after[after_end]
                {
                    rarest_here = rarest_here.min(self.occurrences[before[end] as usize]);
                    end += 1;
                    after_end += 1;
                }
                steps += end - start;
                next_at = next_at.max(after_end);
                let longest = best.as_ref().map_or(0, |run| run.before.len());
                if end - start > longest || rarest_here < rarest {
                    best = Some(Region { before: start..end, after: after_start..after_end });
                    rarest = rarest_here;
                }
                // The run has those up to its end already.
                while candidate != NONE && (candidate as usize) < end {
                    candidate = self.next[candidate as usize];
                }
            }
            if !budget.spend(steps) {
                return self.give_up(budget);
            }
            at = next_at;
        }
        match best {
            Some(run) if rarest <= MAX_OCCURRENCES => Found::Run(run),
            _ if any_common => Found::OnlyFrequent,
            _ => Found::Nothing,
        }
    }

    #[expect(clippy::unused_self, reason = "reads as a step of find")]
    fn give_up(&self, budget: &mut Budget) -> Found {
        if !budget.is_coarse() {
            budget.coarsen();
        }
        Found::OnlyFrequent
    }
}
