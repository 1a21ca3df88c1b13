//! Splits a region at the symbols that are there once on both sides, in the longest order that both have them in (Bram
//! Cohen); where there are none, the region is left to the classic algorithm.

use super::{Budget, Region, Sides, classic::Classic};

/// Marks the changes of the whole.
pub(super) fn mark(sides: &mut Sides<'_>, symbols: usize, budget: &mut Budget) {
    let mut patience = Patience::new(symbols);
    let mut classic = None;
    let mut regions = vec![sides.whole()];
    while let Some(region) = regions.pop() {
        if region.before.is_empty() || region.after.is_empty() {
            sides.mark(&region);
            continue;
        }
        let has_steps = !budget.is_coarse() && budget.spend(region.before.len() + region.after.len());
        if !has_steps && !budget.is_coarse() {
            budget.coarsen();
        }
        let anchors = if has_steps { patience.anchors(sides, &region) } else { Some(Vec::new()) };
        match anchors {
            None => sides.mark(&region),
            Some(anchors) if anchors.is_empty() => {
                classic.get_or_insert_with(|| Classic::new(symbols)).mark(sides, &region, false, budget);
            }
            Some(anchors) => {
                let first = regions.len();
                push_between(sides, &region, &anchors, &mut regions);
                regions[first..].reverse();
            }
        }
    }
}

/// A symbol that is there once on both sides: its positions.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    before: usize,
    after: usize,
}

/// Adds the regions between the anchors, without what is equal at their ends.
fn push_between(sides: &Sides<'_>, region: &Region, anchors: &[Anchor], regions: &mut Vec<Region>) {
    let equal = |before: usize, after: usize| sides.before[before] == sides.after[after];
    let (mut before, mut after) = (region.before.start, region.after.start);
    let mut index = 0;
    loop {
        let (mut before_end, mut after_end) = match anchors.get(index) {
            Some(anchor) => (anchor.before, anchor.after),
            None => (region.before.end, region.after.end),
        };
        if index < anchors.len() {
            while before_end > before && after_end > after && equal(before_end - 1, after_end - 1) {
                before_end -= 1;
                after_end -= 1;
            }
        }
        while before < before_end && after < after_end && equal(before, after) {
            before += 1;
            after += 1;
        }
        if before_end > before || after_end > after {
            regions.push(Region { before: before..before_end, after: after..after_end });
        }
        let Some(mut anchor) = anchors.get(index) else { return };
        while let Some(next) = anchors.get(index + 1)
            && next.before == anchor.before + 1
            && next.after == anchor.after + 1
        {
            anchor = next;
            index += 1;
        }
        (before, after) = (anchor.before + 1, anchor.after + 1);
        index += 1;
    }
}

const ABSENT: u32 = u32::MAX;
const REPEATED: u32 = u32::MAX - 1;

/// Where a region has each symbol.
struct Patience {
    /// The region in which the entry of a symbol was written; entries of other regions are void.
    epochs: Vec<u32>,
    epoch: u32,
    before: Vec<u32>,
    after: Vec<u32>,
}

impl Patience {
    fn new(symbols: usize) -> Self {
        Self { epochs: vec![0; symbols], epoch: 0, before: vec![0; symbols], after: vec![0; symbols] }
    }

    /// The longest increasing sequence of anchors; none where the sides have no symbol in common.
    fn anchors(&mut self, sides: &Sides<'_>, region: &Region) -> Option<Vec<Anchor>> {
        self.epoch += 1;
        for position in region.before.clone() {
            let symbol = sides.before[position] as usize;
            if self.epochs[symbol] == self.epoch {
                self.before[symbol] = REPEATED;
            } else {
                self.epochs[symbol] = self.epoch;
                self.before[symbol] = to_u32(position);
                self.after[symbol] = ABSENT;
            }
        }
        let mut any_common = false;
        for position in region.after.clone() {
            let symbol = sides.after[position] as usize;
            if self.epochs[symbol] == self.epoch {
                any_common = true;
                self.after[symbol] = if self.after[symbol] == ABSENT { to_u32(position) } else { REPEATED };
            }
        }
        if !any_common {
            return None;
        }

        // `ends[n]` is the anchor, with the least position on the new side, in which a sequence of n + 1 ends.
        let mut found: Vec<(Anchor, Option<usize>)> = Vec::new();
        let mut ends: Vec<usize> = Vec::new();
        for position in region.before.clone() {
            let symbol = sides.before[position] as usize;
            let after = self.after[symbol];
            if self.before[symbol] == REPEATED || after == ABSENT || after == REPEATED {
                continue;
            }
            let anchor = Anchor { before: position, after: after as usize };
            // Mostly it comes behind all others.
            let is_last = ends.last().is_none_or(|&end| found[end].0.after < anchor.after);
            let length = if is_last {
                ends.len()
            } else {
                ends.partition_point(|&end| found[end].0.after < anchor.after)
            };
            found.push((anchor, length.checked_sub(1).map(|shorter| ends[shorter])));
            if length == ends.len() {
                ends.push(found.len() - 1);
            } else {
                ends[length] = found.len() - 1;
            }
        }
        let mut anchors = Vec::with_capacity(ends.len());
        let mut last = ends.last().copied();
        while let Some(index) = last {
            anchors.push(found[index].0);
            last = found[index].1;
        }
        anchors.reverse();
        Some(anchors)
    }
}

fn to_u32(position: usize) -> u32 {
    u32::try_from(position).expect("sides of at most 2^29 symbols")
}
