//! Where the hunks of a patch belong in a source, found as GNU patch does, except that a place is never guessed.
//!
//! A hunk is looked for at its place, moved by as many lines as the hunk before it; then nearest to it; and only then, if
//! allowed, with lines of its context left out: those at both ends, first of the longer context. A hunk with a shorter
//! context above belongs at the start of the source if it says line 1, and one with a shorter context below at its end.

use std::collections::HashMap;

use super::source::Source;
use super::{Hunk, Marker};

/// The comparisons of lines that one call may cost, behind which only a hostile patch gets: below a second.
const MAX_STEPS: usize = 1 << 24;
/// The id of a source's line that the patch does not have.
const NO_ID: u32 = u32::MAX;

/// Why a hunk has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Its lines are nowhere where they may be.
    ContextNotFound,
    /// Its lines are at two places that are equally near and match equally well.
    Ambiguous,
    /// Its lines are only where the hunks before it make changes, or above them.
    Overlap,
    /// Its lines are only farther away than allowed.
    OffsetLimit,
    /// Its lines are elsewhere, but it belongs at the start of the source, at its end, or is all of it.
    Anchored,
    /// It has no lines by which the place can be told, and the source is not as the patch says it is.
    NoContext,
    /// It says that the source is empty, and the source is not.
    NotEmpty,
    /// A line without a newline would stand before other lines.
    NoFinalNewline,
    /// The search would take too long.
    Limit,
    /// It has been applied already.
    AlreadyApplied,
}

impl Reason {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ContextNotFound => "context-not-found",
            Self::Ambiguous => "ambiguous",
            Self::Overlap => "overlap",
            Self::OffsetLimit => "offset-limit",
            Self::Anchored => "anchored",
            Self::NoContext => "no-context",
            Self::NotEmpty => "not-empty",
            Self::NoFinalNewline => "no-final-newline",
            Self::Limit => "limit",
            Self::AlreadyApplied => "already-applied",
        }
    }
}

/// What a line is for the side that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Context,
    Old,
    New,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) role: Role,
    pub(super) text: &'a [u8],
    /// Whether it has no LF.
    pub(super) open: bool,
}

/// A hunk in the direction in which it is applied.
pub(super) struct Side<'a> {
    /// The index of the source's line where it says it begins.
    pub(super) start: usize,
    pub(super) lines: Vec<Line<'a>>,
    /// The lines that must be in the source.
    pub(super) old: Vec<Line<'a>>,
    pub(super) new_lines: usize,
    /// The number of context lines before the first change.
    prefix: usize,
    /// The number of context lines behind the last change.
    suffix: usize,
    changes: bool,
    /// Whether nothing of the source may follow it.
    ends: bool,
    /// Whether the source has nothing but its lines.
    whole: bool,
}

impl<'a> Side<'a> {
    /// `whole` is whether the patch creates or deletes the file.
    pub(super) fn new(hunk: &'a Hunk<'_>, reversed: bool, whole: bool) -> Self {
        let mut lines: Vec<Line<'a>> = Vec::with_capacity(hunk.lines.len());
        for line in &hunk.lines {
            let role = match (Marker::of(line), reversed) {
                (Some(Marker::NoNewline), _) => {
                    if let Some(last) = lines.last_mut() {
                        last.open = true;
                    }
                    continue;
                }
                (Some(Marker::Old), false) | (Some(Marker::New), true) => Role::Old,
                (Some(Marker::New), false) | (Some(Marker::Old), true) => Role::New,
                _ => Role::Context,
            };
            lines.push(Line { role, text: line.get(1..).unwrap_or_default(), open: false });
        }
        let is_context = |line: &&Line<'_>| line.role == Role::Context;
        let prefix = lines.iter().take_while(is_context).count();
        let suffix = lines.iter().rev().take_while(is_context).count();
        let old: Vec<_> = lines.iter().filter(|line| line.role != Role::New).copied().collect();
        let new_lines = lines.iter().filter(|line| line.role != Role::Old).count();
        let ends = suffix == 0 && lines.iter().any(|line| line.role == Role::New && line.open);
        let start = if reversed { hunk.new_start } else { hunk.old_start };
        Self {
            start: start.max(1) - 1,
            changes: prefix < lines.len(),
            lines,
            old,
            new_lines,
            prefix,
            suffix,
            ends,
            whole,
        }
    }

    /// The context lines at both ends.
    pub(super) fn context(&self) -> usize {
        self.prefix + self.suffix
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The index of the source's line where the hunk begins.
    pub(super) at: usize,
    pub(super) offset: isize,
    pub(super) fuzz: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    /// The indices of lines where the hunk could as well begin, or where it is and may not be.
    pub(super) others: Vec<usize>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, others: Vec::new() }
    }
}

pub(super) struct Placement {
    /// The index of the line where the hunk was expected.
    pub(super) expected: isize,
    pub(super) found: Result<Place, Refusal>,
}

/// How far from its place, and with how much of its context left out, a hunk may be found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) fuzz: usize,
    pub(super) max_offset: usize,
}

/// The lines of a source and of a patch by number, so that they are compared at once, and where each one is.
pub(super) struct Index<'a> {
    pub(super) ids: HashMap<(bool, &'a [u8]), u32>,
    /// The id of each line of the source.
    pub(super) source: Vec<u32>,
    /// Where the positions of each id begin.
    starts: Vec<usize>,
    positions: Vec<usize>,
}

impl<'a> Index<'a> {
    fn new(source: &Source<'a>, sides: &[Side<'a>]) -> Self {
        let mut ids = HashMap::new();
        for line in sides.iter().flat_map(|side| &side.lines) {
            let next = u32::try_from(ids.len()).unwrap_or(NO_ID);
            ids.entry((line.open, line.text)).or_insert(next);
        }
        let numbers: Vec<u32> = (0..source.len())
            .map(|at| ids.get(&(source.is_open(at), source.line(at))).copied().unwrap_or(NO_ID))
            .collect();
        let mut starts = vec![0; ids.len() + 1];
        for &id in numbers.iter().filter(|&&id| id != NO_ID) {
            starts[id as usize + 1] += 1;
        }
        for id in 0..ids.len() {
            starts[id + 1] += starts[id];
        }
        let mut next = starts.clone();
        let mut positions = vec![0; starts[ids.len()]];
        for (at, &id) in numbers.iter().enumerate().filter(|&(_, &id)| id != NO_ID) {
            positions[next[id as usize]] = at;
            next[id as usize] += 1;
        }
        Self { ids, source: numbers, starts, positions }
    }

    /// The ids of lines of the patch.
    pub(super) fn ids_of(&self, lines: &[Line<'a>]) -> Vec<u32> {
        lines.iter().map(|line| self.ids.get(&(line.open, line.text)).copied().unwrap_or(NO_ID)).collect()
    }

    fn positions(&self, id: u32) -> &[usize] {
        let id = id as usize;
        match (self.starts.get(id), self.starts.get(id + 1)) {
            (Some(&start), Some(&end)) => &self.positions[start..end],
            _ => &[],
        }
    }
}

/// The search for the hunks of one patch.
pub(super) struct Search<'a> {
    pub(super) source: &'a Source<'a>,
    index: Option<Index<'a>>,
    steps: usize,
    /// The comparisons that may be made before the lines are numbered, which costs as much.
    unnumbered: isize,
}

/// Where a hunk may be found.
#[derive(Clone, Copy)]
struct Range {
    /// The first index at which it may begin.
    low: usize,
    /// The last one.
    high: usize,
    max_offset: usize,
    /// Lines left out of the comparison at the start of the hunk.
    front: usize,
    /// And at its end.
    back: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(source: &'a Source<'a>) -> Self {
        Self { source, index: None, steps: 0, unnumbered: source.len().cast_signed() }
    }

    /// A search for other lines, which has the steps that are left.
    pub(super) fn again(&self) -> Self {
        Self { steps: self.steps, ..Self::new(self.source) }
    }

    /// Counts `steps`; whether there are any left.
    pub(super) fn spend(&mut self, steps: usize) -> bool {
        self.steps = self.steps.saturating_add(steps);
        self.steps <= MAX_STEPS
    }

    pub(super) fn index(&mut self, sides: &[Side<'a>]) -> &Index<'a> {
        self.index.get_or_insert_with(|| Index::new(self.source, sides))
    }

    /// The place of each hunk. What a hunk does not find does not move those behind it.
    pub(super) fn place(&mut self, sides: &[Side<'a>], limits: Limits) -> Vec<Placement> {
        let (mut shift, mut frozen, mut ended) = (0, 0, false);
        let mut placements = Vec::with_capacity(sides.len());
        for side in sides {
            let expected = side.start.cast_signed() + shift;
            let found = if ended {
                Err(Reason::NoFinalNewline.into())
            } else if side.old.is_empty() {
                self.insertion(side, expected, frozen, sides.len() == 1)
            } else {
                self.locate(sides, side, expected, frozen, limits)
            };
            if let Ok(place) = found {
                shift = place.at.cast_signed() - side.start.cast_signed();
                if side.changes {
                    frozen = frozen.max(place.at + side.old.len() - side.suffix);
                }
                ended = side.ends;
            }
            placements.push(Placement { expected, found });
        }
        placements
    }

    /// The places of hunks that are all where they say; none where one is not. They must have lines to look for.
    pub(super) fn exactly(&mut self, sides: &[Side<'a>]) -> Option<Vec<Placement>> {
        let mut frozen = 0;
        let mut placements = Vec::with_capacity(sides.len());
        for side in sides {
            let at = side.start;
            let last = self.source.len().checked_sub(side.old.len())?;
            let at_end = side.whole || side.ends || side.suffix < side.prefix;
            if at < frozen || at > last || (at_end && at < last) || (side.whole && at > 0) {
                return None;
            }
            if self.is_at(&side.old, at) != Ok(true) {
                return None;
            }
            if side.changes {
                frozen = at + side.old.len() - side.suffix;
            }
            placements
                .push(Placement { expected: at.cast_signed(), found: Ok(Place { at, offset: 0, fuzz: 0 }) });
        }
        Some(placements)
    }

    /// Lines without any context are put where the patch says or nowhere.
    fn insertion(
        &self,
        side: &Side<'a>,
        expected: isize,
        frozen: usize,
        alone: bool,
    ) -> Result<Place, Refusal> {
        let (at, count) = (side.start, self.source.len());
        // The first line is also where the patch of an empty file begins, which may not say that it creates it.
        if count > 0 && (side.whole || (alone && at == 0)) {
            return Err(Reason::NotEmpty.into());
        }
        if expected != at.cast_signed() || at > count {
            return Err(Reason::NoContext.into());
        }
        if at < frozen {
            return Err(Reason::Overlap.into());
        }
        if (at == count && self.source.open) || (side.ends && at < count) {
            return Err(Reason::NoFinalNewline.into());
        }
        Ok(Place { at, offset: 0, fuzz: 0 })
    }

    fn locate(
        &mut self,
        sides: &[Side<'a>],
        side: &Side<'a>,
        expected: isize,
        frozen: usize,
        limits: Limits,
    ) -> Result<Place, Refusal> {
        let (count, length) = (self.source.len(), side.old.len());
        let context = side.prefix.max(side.suffix);
        let (prefix_lack, suffix_lack) = (context - side.prefix, context - side.suffix);
        let mut ids = None;
        for fuzz in 0..=limits.fuzz.min(context) {
            let (front, back) = (fuzz.saturating_sub(prefix_lack), fuzz.saturating_sub(suffix_lack));
            if front + back >= length {
                break;
            }
            let Some(last) = (count + back).checked_sub(length) else { continue };
            let at_start = side.whole || (fuzz < prefix_lack && side.start == 0);
            let at_end = side.whole || side.ends || fuzz < suffix_lack;
            let low = if at_end { frozen.max(last) } else { frozen };
            let high = if at_start { 0 } else { last };
            if low > high {
                continue;
            }
            if fuzz == 0 && expected >= low.cast_signed() && expected <= high.cast_signed() {
                let at = expected.unsigned_abs();
                if self.is_at(&side.old, at)? {
                    return Ok(Place { at, offset: 0, fuzz });
                }
            }
            if fuzz == 0
                && self.index.is_none()
                && let Some(at) = self.scan(&side.old, expected, [low, high], limits.max_offset)?
            {
                return Ok(Place { at, offset: at.cast_signed() - expected, fuzz });
            }
            let ids = ids.get_or_insert_with(|| self.index(sides).ids_of(&side.old));
            let range = Range { low, high, max_offset: limits.max_offset, front, back };
            if let Some(at) = self.nearest(ids, expected, range)? {
                return Ok(Place { at, offset: at.cast_signed() - expected, fuzz });
            }
        }
        // Whether it is somewhere where it may not be.
        let anchored = side.whole || (prefix_lack > 0 && side.start == 0) || suffix_lack > 0;
        let limited = frozen > 0 || anchored || side.ends || limits.max_offset < count;
        if count < length || !limited {
            return Err(Reason::ContextNotFound.into());
        }
        let ids = ids.unwrap_or_else(|| self.index(sides).ids_of(&side.old));
        let range = Range { low: 0, high: count - length, max_offset: usize::MAX, front: 0, back: 0 };
        let found = match self.nearest(&ids, expected, range) {
            Ok(at) => at,
            Err(refusal) if refusal.reason == Reason::Limit => return Err(refusal),
            Err(refusal) => refusal.others.first().copied(),
        };
        let Some(at) = found else { return Err(Reason::ContextNotFound.into()) };
        let reason = if at < frozen {
            Reason::Overlap
        } else if side.ends {
            Reason::NoFinalNewline
        } else if (at.cast_signed() - expected).unsigned_abs() > limits.max_offset {
            Reason::OffsetLimit
        } else {
            Reason::Anchored
        };
        Err(Refusal { reason, others: vec![at] })
    }

    /// What `nearest` finds, but not at the expected place, where it is found without numbers at less cost; none where it
    /// is not.
    fn scan(
        &mut self,
        lines: &[Line<'_>],
        expected: isize,
        [low, high]: [usize; 2],
        max_offset: usize,
    ) -> Result<Option<usize>, Refusal> {
        let (low, high) = (low.cast_signed(), high.cast_signed());
        let first = (low - expected).max(expected - high).max(1).unsigned_abs();
        for distance in first..=max_offset {
            let (below, above) = (expected - distance.cast_signed(), expected + distance.cast_signed());
            if below < low && above > high {
                return Ok(None);
            }
            let mut found = Vec::new();
            for at in [below, above] {
                if at < low || at > high {
                    continue;
                }
                let at = at.unsigned_abs();
                let equal =
                    lines.iter().enumerate().take_while(|(next, line)| self.is_line(at + next, line)).count();
                self.unnumbered -= equal.cast_signed() + 1;
                if equal == lines.len() {
                    found.push(at);
                }
            }
            match found[..] {
                [] => {}
                [at] => return Ok(Some(at)),
                _ => return Err(Refusal { reason: Reason::Ambiguous, others: found }),
            }
            if self.unnumbered < 0 {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// The nearest place in a range where the lines of a hunk, of which `ids` are the ids, are.
    fn nearest(&mut self, ids: &[u32], expected: isize, range: Range) -> Result<Option<usize>, Refusal> {
        let ids = &ids[range.front..ids.len() - range.back];
        if !self.spend(ids.len()) {
            return Err(Reason::Limit.into());
        }
        let Some(index) = &self.index else { return Ok(None) };
        // The rarest line has the fewest places to look at.
        let rarest = (0..ids.len()).min_by_key(|&at| index.positions(ids[at]).len()).unwrap_or_default();
        // From the start of the hunk, with what is left out of it.
        let ahead = range.front + rarest;
        let positions = index.positions(ids[rarest]);
        let positions = &positions[..positions.partition_point(|&at| at <= range.high + ahead)];
        let positions = &positions[positions.partition_point(|&at| at < range.low + ahead)..];
        let pivot = expected + ahead.cast_signed();
        let mut right = positions.partition_point(|&at| at.cast_signed() < pivot);
        let mut left = right;
        loop {
            let below = left.checked_sub(1).map(|next| positions[next]);
            let above = positions.get(right).copied();
            let distance = |at: usize| (at.cast_signed() - pivot).unsigned_abs();
            let Some(nearest) = below.into_iter().chain(above).map(distance).min() else { return Ok(None) };
            if nearest > range.max_offset {
                return Ok(None);
            }
            let below = below.filter(|&at| distance(at) == nearest);
            let above = above.filter(|&at| distance(at) == nearest);
            left -= usize::from(below.is_some());
            right += usize::from(above.is_some());
            let mut found = Vec::new();
            for at in below.into_iter().chain(above) {
                let start = at - rarest;
                let lines = &index.source[start..start + ids.len()];
                let differs = ids.iter().zip(lines).position(|(id, line)| id != line);
                self.steps = self.steps.saturating_add(differs.map_or(ids.len(), |at| at + 1));
                if self.steps > MAX_STEPS {
                    return Err(Reason::Limit.into());
                }
                if differs.is_none() {
                    found.push(at - ahead);
                }
            }
            match found[..] {
                [] => {}
                [at] => return Ok(Some(at)),
                _ => return Err(Refusal { reason: Reason::Ambiguous, others: found }),
            }
        }
    }

    /// Whether `lines` are in the source from the line at index `at` on.
    fn is_at(&mut self, lines: &[Line<'_>], at: usize) -> Result<bool, Refusal> {
        let differs = lines.iter().enumerate().position(|(next, line)| !self.is_line(at + next, line));
        if !self.spend(differs.map_or(lines.len(), |at| at + 1)) {
            return Err(Reason::Limit.into());
        }
        Ok(differs.is_none())
    }

    fn is_line(&self, at: usize, line: &Line<'_>) -> bool {
        self.source.line(at) == line.text && self.source.is_open(at) == line.open
    }
}
