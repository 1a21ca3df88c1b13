//! Moves the changes of one side to where a reader expects them. A run of changed lines that is followed by the line it
//! begins with can as well be one line further down. Such a run is joined with a neighbour where it can reach one, else
//! it is put beside a change of the other side, else where lines and indentation make the best border (git's indent
//! heuristic, by Michael Haggerty), else as far down as possible.

use super::{Budget, Indentation, Side, Sides};

/// No more places than this are rated.
const MAX_MOVES: usize = 100;
/// So many blank lines in a row are as good as any number.
const MAX_BLANKS: i32 = 20;

// The ratings of git's indent heuristic: found there by trying which of them place the most changes of real projects as
// people placed them.
const START_OF_FILE: i32 = 1;
const END_OF_FILE: i32 = 21;
const BLANK: i32 = -30;
const BLANK_BEHIND: i32 = 6;
const INDENT: i32 = -4;
const INDENT_WITH_BLANK: i32 = 10;
const OUTDENT: i32 = 24;
const OUTDENT_WITH_BLANK: i32 = 17;
const DEDENT: i32 = 23;
const DEDENT_WITH_BLANK: i32 = 17;
const INDENTATION_WEIGHT: i32 = 60;

/// Moves the changes of `side`.
pub(super) fn compact(
    sides: &mut Sides<'_>,
    side: Side,
    indentation: Option<Indentation<'_>>,
    budget: &mut Budget,
) {
    let (symbols, changed, other_changed) = match side {
        Side::Before => (sides.before, &mut sides.changed_before[..], &sides.changed_after[..]),
        Side::After => (sides.after, &mut sides.changed_after[..], &sides.changed_before[..]),
    };
    let group = Group::first(changed);
    let mut line = Line { symbols, changed, group, moves: 0 };
    let mut other = Group::first(other_changed);
    loop {
        if !line.group.is_empty() {
            line.moves = 0;
            place(&mut line, &mut other, other_changed, &|position| {
                indentation.map(|indentation| indentation(side, position))
            });
            if !budget.spend(line.moves) {
                // What is not placed yet is as correct where it is.
                if budget.is_coarse() {
                    return;
                }
                budget.coarsen();
            }
        }
        if !line.group.advance(line.changed) {
            return;
        }
        other.advance(other_changed);
    }
}

/// Moves one group to its place, and the other side's group along with it.
fn place(
    line: &mut Line<'_>,
    other: &mut Group,
    other_changed: &[bool],
    indentation: &dyn Fn(usize) -> Option<i32>,
) {
    let (highest_end, beside_other) = loop {
        let size = line.group.len();
        while line.move_up() {
            other.retreat(other_changed);
        }
        let highest_end = line.group.end;
        let mut beside_other = !other.is_empty();
        while line.move_down() {
            other.advance(other_changed);
            beside_other |= !other.is_empty();
        }
        // It grew where it met another group.
        if line.group.len() == size {
            break (highest_end, beside_other);
        }
    };
    if line.group.end == highest_end {
        return;
    }
    if beside_other {
        while other.is_empty() && line.move_up() {
            other.retreat(other_changed);
        }
        return;
    }
    if let Some(best) = best_end(line, highest_end, indentation) {
        while line.group.end > best && line.move_up() {
            other.retreat(other_changed);
        }
    }
}

/// Where the group had best end, of the places that it can move to; none without indentations.
fn best_end(
    line: &mut Line<'_>,
    highest_end: usize,
    indentation: &dyn Fn(usize) -> Option<i32>,
) -> Option<usize> {
    let (size, lowest_end) = (line.group.len(), line.group.end);
    indentation(line.group.start)?;
    let indentation = |position: usize| indentation(position).unwrap_or(-1);
    let first =
        highest_end.max(lowest_end.saturating_sub(size + 1)).max(lowest_end.saturating_sub(MAX_MOVES));
    let rate = |border: usize| Border::new(border, line.symbols.len(), &indentation).rating();
    let mut best: Option<(Rating, usize)> = None;
    for end in first..=lowest_end {
        let (below, above) = (rate(end), rate(end - size));
        let rating = Rating {
            indentation: below.indentation + above.indentation,
            penalty: below.penalty + above.penalty,
        };
        if best.is_none_or(|(best, _)| rating.is_as_good_as(best)) {
            best = Some((rating, end));
        }
    }
    line.moves += lowest_end + 1 - first;
    best.map(|(_, end)| end)
}

/// One side, and the group of it that is being moved.
struct Line<'a> {
    symbols: &'a [u32],
    changed: &'a mut [bool],
    group: Group,
    moves: usize,
}

impl Line<'_> {
    /// Moves the group one up where that leaves the same text; joins it with a group that it meets.
    fn move_up(&mut self) -> bool {
        let Group { start, end } = self.group;
        if start == 0 || self.symbols[start - 1] != self.symbols[end - 1] {
            return false;
        }
        self.changed[start - 1] = true;
        self.changed[end - 1] = false;
        self.group = Group { start: run_start(self.changed, start - 1), end: end - 1 };
        self.moves += 1;
        true
    }

    /// As `move_up`, down.
    fn move_down(&mut self) -> bool {
        let Group { start, end } = self.group;
        if end >= self.symbols.len() || self.symbols[start] != self.symbols[end] {
            return false;
        }
        self.changed[start] = false;
        self.changed[end] = true;
        self.group = Group { start: start + 1, end: run_end(self.changed, end + 1) };
        self.moves += 1;
        true
    }
}

/// A run of changed symbols, or the empty run before an unchanged one: both sides have equally many.
#[derive(Debug, Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
}

impl Group {
    fn first(changed: &[bool]) -> Self {
        Self { start: 0, end: run_end(changed, 0) }
    }

    fn is_empty(self) -> bool {
        self.start == self.end
    }

    fn len(self) -> usize {
        self.end - self.start
    }

    /// Goes to the next group; false at the last.
    fn advance(&mut self, changed: &[bool]) -> bool {
        if self.end >= changed.len() {
            return false;
        }
        let start = self.end + 1;
        *self = Self { start, end: run_end(changed, start) };
        true
    }

    /// Goes to the group before.
    fn retreat(&mut self, changed: &[bool]) {
        let end = self.start.saturating_sub(1);
        *self = Self { start: run_start(changed, end), end };
    }
}

fn run_end(changed: &[bool], from: usize) -> usize {
    changed[from..].iter().position(|changed| !changed).map_or(changed.len(), |length| from + length)
}

fn run_start(changed: &[bool], from: usize) -> usize {
    changed[..from].iter().rposition(|changed| !changed).map_or(0, |before| before + 1)
}

/// What is around a border between two lines. Indentations are −1 where there is no line with any.
struct Border {
    at_end: bool,
    /// Of the line below; −1 where it is blank.
    indentation: i32,
    blanks_above: i32,
    indentation_above: i32,
    blanks_below: i32,
    indentation_below: i32,
}

impl Border {
    fn new(border: usize, length: usize, indentation: &dyn Fn(usize) -> i32) -> Self {
        let near = |lines: &mut dyn Iterator<Item = usize>| {
            let mut blanks = 0;
            for line in lines {
                let indentation = indentation(line);
                if indentation >= 0 {
                    return (blanks, indentation);
                }
                blanks += 1;
                if blanks == MAX_BLANKS {
                    return (blanks, 0);
                }
            }
            (blanks, -1)
        };
        let at_end = border >= length;
        let (blanks_above, indentation_above) = near(&mut (0..border).rev());
        let (blanks_below, indentation_below) = near(&mut (border + 1..length));
        let indentation = if at_end { -1 } else { indentation(border) };
        Self { at_end, indentation, blanks_above, indentation_above, blanks_below, indentation_below }
    }

    fn rating(&self) -> Rating {
        let mut penalty = 0;
        if self.indentation_above == -1 && self.blanks_above == 0 {
            penalty += START_OF_FILE;
        }
        if self.at_end {
            penalty += END_OF_FILE;
        }
        let blanks_below = if self.indentation == -1 { 1 + self.blanks_below } else { 0 };
        let blanks = self.blanks_above + blanks_below;
        penalty += BLANK * blanks + BLANK_BEHIND * blanks_below;
        let indentation = if self.indentation == -1 { self.indentation_below } else { self.indentation };
        let choose = |with_blank, without| if blanks > 0 { with_blank } else { without };
        if indentation != -1 && self.indentation_above != -1 {
            if indentation > self.indentation_above {
                penalty += choose(INDENT_WITH_BLANK, INDENT);
            } else if indentation < self.indentation_above {
                penalty += if self.indentation_below > indentation {
                    choose(OUTDENT_WITH_BLANK, OUTDENT)
                } else {
                    choose(DEDENT_WITH_BLANK, DEDENT)
                };
            }
        }
        Rating { indentation, penalty }
    }
}

/// The less, the better.
#[derive(Debug, Clone, Copy)]
struct Rating {
    indentation: i32,
    penalty: i32,
}

impl Rating {
    fn is_as_good_as(self, other: Self) -> bool {
        let indentation =
            i32::from(self.indentation > other.indentation) - i32::from(self.indentation < other.indentation);
        INDENTATION_WEIGHT * indentation + (self.penalty - other.penalty) <= 0
    }
}
