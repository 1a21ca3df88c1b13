//! The best alignment of a fuzzy term, by dynamic programming over the occurrences of its characters.
//!
//! A row belongs to a character of the term and a number of characters left out before it; it has a cell for each
//! occurrence of the character in the path. A cell holds the scores of the best two alignments that end there: of those
//! in whose last run no position has a bonus, and of the others. A score depends on what comes before through these alone, so
//! that the best of a row follows from the rows before. What a gap costs depends on its length, and so on the place
//! that each alignment ends at: less one for each position, it is kept as a running maximum.

use super::query::{NO_ID, Term};
use super::score::{
    Characters, FIRST_MULTIPLIER, GAP, IN_BONUS_RUN, IN_RUN, LAST_NAME, LEFT_OUT, MATCH, MOST_OF_GAP,
};

/// Less than any score, with room below.
const NONE: i32 = i32::MIN / 2;

/// An occurrence of a character, and the alignments that end at it.
#[derive(Clone, Copy, Debug)]
struct Cell {
    position: i32,
    bonus: i32,
    /// The best score where the last run has no bonus, and where it has one.
    plain: i32,
    with_bonus: i32,
}

impl Cell {
    fn best(self) -> i32 {
        self.plain.max(self.with_bonus)
    }

    /// Takes in alignments that end before a gap, and those that end in the position before.
    fn take(&mut self, behind_gap: i32, adjacent: (i32, i32)) {
        let (plain, with_bonus) = adjacent;
        if self.bonus > 0 {
            let in_run = plain.max(with_bonus) + self.bonus.max(IN_BONUS_RUN);
            self.with_bonus = self.with_bonus.max(MATCH + in_run.max(behind_gap + self.bonus));
        } else {
            self.plain = self.plain.max(MATCH + behind_gap.max(plain + IN_RUN));
            self.with_bonus = self.with_bonus.max(MATCH + with_bonus + IN_BONUS_RUN);
        }
    }
}

/// Where a trace stands: a row and a cell in it, and which of the two alignments of the cell.
#[derive(Clone, Copy)]
struct Place {
    index: usize,
    left_out: usize,
    cell: usize,
    with_bonus: bool,
}

/// The rows of the last alignment, whose memory the next one uses.
#[derive(Debug, Default)]
pub(super) struct Aligner {
    /// The occurrences of each of the different characters of the term, with their bonuses.
    occurrences: Vec<Vec<(i32, i32)>>,
    rows: Vec<Vec<Cell>>,
    /// How many cells were filled, for the caller to count.
    pub cells: usize,
}

impl Aligner {
    /// The score of the best alignment within `window`; `None` where there is none.
    pub(super) fn align(
        &mut self,
        term: &Term,
        text: impl Characters,
        last_name: usize,
        window: std::ops::Range<usize>,
    ) -> Option<i32> {
        self.collect(term, text, window);
        let width = term.typos + 1;
        let rows = term.ids.len() * width;
        if self.rows.len() < rows {
            self.rows.resize_with(rows, Vec::new);
        }
        let last_name = i32::try_from(last_name).unwrap_or(i32::MAX);
        for (index, &id) in term.ids.iter().enumerate() {
            let occurrences = &self.occurrences[usize::from(id)];
            if occurrences.is_empty() && term.typos == 0 {
                return None;
            }
            for left_out in 0..=term.typos.min(index) {
                let (before, rest) = self.rows.split_at_mut(index * width + left_out);
                let row = &mut rest[0];
                row.clear();
                let empty = |&(position, bonus)| Cell { position, bonus, plain: NONE, with_bonus: NONE };
                row.extend(occurrences.iter().map(empty));
                self.cells += row.len();
                if left_out == index {
                    begin(row, last_name);
                    continue;
                }
                for more in 0..=left_out {
                    extend(row, &before[(index - 1 - more) * width + left_out - more]);
                }
            }
        }
        self.best(term)
    }

    /// The positions of each of the different characters.
    fn collect(&mut self, term: &Term, text: impl Characters, window: std::ops::Range<usize>) {
        if self.occurrences.len() < term.different {
            self.occurrences.resize_with(term.different, Vec::new);
        }
        for occurrences in &mut self.occurrences[..term.different] {
            occurrences.clear();
        }
        for position in window {
            let id = term.id(text.at(position));
            if id != NO_ID {
                let at = i32::try_from(position).unwrap_or(i32::MAX);
                self.occurrences[usize::from(id)].push((at, text.bonus(position)));
            }
        }
    }

    /// The score of the best alignment. It ends with the last character, or behind it some are left out.
    fn best(&self, term: &Term) -> Option<i32> {
        let (width, last) = (term.typos + 1, term.ids.len() - 1);
        let mut best = NONE;
        for all in 0..width {
            for left_out in 0..=all {
                for cell in &self.rows[(last - (all - left_out)) * width + left_out] {
                    best = best.max(cell.best() - cost(all));
                }
            }
        }
        (best > NONE / 2).then_some(best)
    }

    /// Adds the positions of the best alignment, from the last to the first, of those that `align` has just found.
    pub(super) fn trace(&self, term: &Term, positions: &mut Vec<u32>) {
        let width = term.typos + 1;
        let Some(score) = self.best(term) else { return };
        // Of those with the best score, the fewest left out; then the one farthest right.
        let Some(all) = (0..width).find(|&all| self.ends_with(term, all).any(|(_, it)| it == score)) else {
            return;
        };
        let end = self
            .ends_with(term, all)
            .filter(|&(_, it)| it == score)
            .map(|(place, _)| place)
            .max_by_key(|&place| (self.cell(width, place).position, place.with_bonus, place.index));
        let mut next = end;
        while let Some(place) = next {
            positions.extend(u32::try_from(self.cell(width, place).position));
            next = self.before(width, place);
        }
    }

    fn cell(&self, width: usize, Place { index, left_out, cell, .. }: Place) -> Cell {
        self.rows[index * width + left_out][cell]
    }

    /// Every place that ends an alignment which leaves out so many characters, with the score.
    fn ends_with(&self, term: &Term, all: usize) -> impl Iterator<Item = (Place, i32)> {
        let (width, last) = (term.typos + 1, term.ids.len() - 1);
        (0..=all).flat_map(move |left_out| {
            let index = last - (all - left_out);
            let row = self.rows[index * width + left_out].iter().enumerate();
            row.flat_map(move |(cell, it)| {
                [(true, it.with_bonus), (false, it.plain)].map(|(with_bonus, score)| {
                    (Place { index, left_out, cell, with_bonus }, score - cost(all))
                })
            })
        })
    }

    /// The place that the best alignment comes from, the nearest of several; `None` for its first character.
    fn before(&self, width: usize, place: Place) -> Option<Place> {
        let Place { index, left_out, with_bonus, .. } = place;
        if left_out == index {
            return None;
        }
        let at = self.cell(width, place);
        let score = if with_bonus { at.with_bonus } else { at.plain };
        let reaches = |behind_gap, adjacent| {
            let mut reached = Cell { plain: NONE, with_bonus: NONE, ..at };
            reached.take(behind_gap, adjacent);
            (if with_bonus { reached.with_bonus } else { reached.plain }) == score
        };
        let candidates = (0..=left_out).flat_map(|more| {
            let (index, left_out) = (index - 1 - more, left_out - more);
            let row = self.rows[index * width + left_out].iter().enumerate();
            let earlier = row.filter(move |(_, it)| it.position < at.position);
            earlier.flat_map(move |(cell, _)| {
                [true, false].map(|with_bonus| Place { index, left_out, cell, with_bonus })
            })
        });
        let matching = candidates.filter(|&candidate| {
            let from = self.cell(width, candidate);
            let it = if candidate.with_bonus { from.with_bonus } else { from.plain };
            if from.position + 1 == at.position {
                reaches(NONE, if candidate.with_bonus { (NONE, it) } else { (it, NONE) })
            } else {
                reaches(it - (at.position - from.position - 1 + GAP).min(MOST_OF_GAP), (NONE, NONE))
            }
        });
        matching.max_by_key(|&it| (self.cell(width, it).position, it.with_bonus, it.index))
    }
}

fn cost(left_out: usize) -> i32 {
    LEFT_OUT * i32::try_from(left_out).unwrap_or(i32::MAX / LEFT_OUT)
}

/// The score of an alignment of one character.
fn first(cell: Cell, last_name: i32) -> i32 {
    MATCH + FIRST_MULTIPLIER * cell.bonus + if cell.position >= last_name { LAST_NAME } else { 0 }
}

/// Lets alignments begin with this row.
fn begin(row: &mut [Cell], last_name: i32) {
    for cell in row {
        let score = first(*cell, last_name);
        if cell.bonus > 0 {
            cell.with_bonus = score;
        } else {
            cell.plain = score;
        }
    }
}

/// Lets the alignments of an earlier row go on in this one.
fn extend(row: &mut [Cell], before: &[Cell]) {
    let mut before = before.iter().peekable();
    // The best so far, and the best so far less what its gap would cost, had it begun at the path's start.
    let (mut anywhere, mut by_place) = (NONE, NONE);
    for cell in row {
        while let Some(earlier) = before.next_if(|earlier| earlier.position < cell.position - 1) {
            anywhere = anywhere.max(earlier.best());
            by_place = by_place.max(earlier.best() + earlier.position);
        }
        let adjacent = match before.peek() {
            Some(earlier) if earlier.position == cell.position - 1 => (earlier.plain, earlier.with_bonus),
            _ => (NONE, NONE),
        };
        let behind_gap = (by_place - (cell.position - 1 + GAP)).max(anywhere - MOST_OF_GAP);
        cell.take(behind_gap, adjacent);
    }
}

#[cfg(test)]
mod tests {
    use super::super::query::{Case, Query};
    use super::super::score::score;
    use super::*;

    /// Every alignment of the characters from `index` on, behind the positions so far: its score and its positions from
    /// the last to the first.
    fn alignments(
        term: &Term,
        text: &[u32],
        left: usize,
        positions: &mut Vec<usize>,
        index: usize,
        found: &mut Vec<(i32, usize, Vec<usize>)>,
    ) {
        if index == term.ids.len() {
            if !positions.is_empty() {
                let left_out = term.typos - left;
                let score = score(text, text.last_name(), positions.iter().copied()) - cost(left_out);
                found.push((score, left_out, positions.iter().rev().copied().collect()));
            }
            return;
        }
        if left > 0 {
            alignments(term, text, left - 1, positions, index + 1, found);
        }
        for position in positions.last().map_or(0, |last| last + 1)..text.len() {
            if term.id(text[position]) == term.ids[index] {
                positions.push(position);
                alignments(term, text, left, positions, index + 1, found);
                positions.pop();
            }
        }
    }

    #[test]
    fn the_best_of_all_alignments_is_found() {
        let alphabet: Vec<char> = "aabbAc/_1ézzzzzz".chars().collect();
        let mut random = fastrand::Rng::with_seed(20_261_125);
        let mut aligner = Aligner::default();
        let (mut matched, mut with_typos) = (0, 0);
        for _ in 0..20_000 {
            let text: String =
                (0..random.usize(0..32)).filter_map(|_| random.choice(&alphabet).copied()).collect();
            let word: String =
                (0..random.usize(1..7)).filter_map(|_| random.choice(&alphabet).copied()).collect();
            let query = Query::new(&word, Case::Smart, random.u32(0..3)).expect("short");
            let [term] = query.terms.as_slice() else { continue };
            let text: Vec<u32> = text.chars().map(u32::from).collect();
            let text = text.as_slice();
            let score = aligner.align(term, text, text.last_name(), 0..text.len());
            let mut all = Vec::new();
            alignments(term, text, term.typos, &mut Vec::new(), 0, &mut all);
            let Some((best, ..)) = all.iter().max() else {
                assert_eq!(score, None, "{word} in {text:?}");
                continue;
            };
            matched += 1;
            assert_eq!(score, Some(*best), "{word} in {text:?}");
            assert!(*best <= term.most, "{word} in {text:?}");
            let mut positions = Vec::new();
            aligner.trace(term, &mut positions);
            let positions: Vec<usize> = positions.into_iter().map(|it| it as usize).collect();
            let fewest = all.iter().filter(|it| it.0 == *best).map(|it| it.1).min().expect("one");
            let of_the_best = all.iter().filter(|it| it.0 == *best && it.1 == fewest).map(|it| &it.2);
            if term.typos == 0 {
                assert_eq!(of_the_best.max(), Some(&positions), "{word} in {text:?}");
            } else {
                with_typos += usize::from(fewest > 0);
                assert!(of_the_best.into_iter().any(|it| *it == positions), "{word} in {text:?}");
            }
        }
        assert!(matched > 5_000 && with_typos > 500, "{matched}, {with_typos}");
    }

    #[test]
    fn a_long_term_in_a_long_path_is_aligned() {
        let query = Query::new(&"a".repeat(1024), Case::Smart, 0).expect("short enough");
        let text = vec![0x61_u32; 4096];
        let mut aligner = Aligner::default();
        let score = aligner.align(&query.terms[0], text.as_slice(), 0, 0..4096);
        assert_eq!(score, Some(1024 * 16 + 2 * 9 + 16 + 1023 * 8));
        let mut positions = Vec::new();
        aligner.trace(&query.terms[0], &mut positions);
        assert_eq!(positions, (0..1024).rev().collect::<Vec<u32>>());
    }
}
