//! Three-way merges: the text, byte for byte, that `git merge-file` writes. `lib/diff/merge.js` does the same in the
//! same order.
//!
//! Both sides are compared with the base. Where only one has changed lines they are taken; where both have, or their
//! changes touch, there is a conflict, unless both did the same. What the two sides of a conflict have in common is then
//! taken out of it, as far as the style has it.

use std::ops::Range;

use crate::script::{self, Algorithm, Change, CompareOptions};
use crate::text::lines;
use crate::token::Interner;

/// Between conflicts so few lines are not worth an end and a beginning: the conflicts are joined.
const MAX_JOINED_LINES: usize = 3;

/// What is written where the two sides conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Both sides between markers. What they have in common is outside of the markers.
    Merge,
    /// Both sides and the base between markers, whole.
    Diff3,
    /// As `Diff3`; the lines with which both sides begin or end are before or behind the markers.
    Zdiff3,
    /// The lines of both sides, ours first, without markers.
    Union,
}

/// The side that is taken where the two conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Favor {
    /// The lines of ours.
    Ours,
    /// The lines of theirs.
    Theirs,
}

/// How to merge.
#[derive(Debug, Clone)]
pub struct MergeOptions<'a> {
    /// What is written where the two sides conflict.
    pub style: Style,
    /// The side that is taken instead of writing a conflict, in whatever style.
    pub favor: Option<Favor>,
    /// What the markers say about ours, base and theirs, in this order; without an LF.
    pub labels: [&'a [u8]; 3],
    /// How often a marker repeats its character.
    pub marker_size: usize,
    /// How texts are compared.
    pub algorithm: Algorithm,
    /// See [`CompareOptions::max_steps`]: for each side against the base, and for all conflicts together.
    pub max_steps: u64,
}

/// The lines of a text from `start_line`, counted from 1. Where there are none, they would be before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRange {
    /// The first line.
    pub start_line: usize,
    /// How many there are.
    pub line_count: usize,
}

/// A place where the two sides conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The first line of it in the merged text, counted from 1: its first marker where there are markers.
    pub start_line: usize,
    /// The last line of it, or the one before the first if it has none.
    pub end_line: usize,
    /// The lines of ours.
    pub ours: LineRange,
    /// The lines of the base: of all the conflicts together into which one was divided.
    pub base: LineRange,
    /// The lines of theirs.
    pub theirs: LineRange,
}

/// A merged text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// What `git merge-file -p` writes.
    pub text: Vec<u8>,
    /// Whether there are no markers in it from this merge: there was no conflict, or each was decided by the options.
    pub clean: bool,
    /// Whether a comparison ended at its bound, which gives changes, and conflicts, of more lines than need be.
    pub coarse: bool,
    /// All conflicts, those decided by the options too.
    pub conflicts: Vec<Conflict>,
}

/// Merges what `ours` and `theirs` made of `base`.
#[must_use]
pub fn merge(base: &[u8], ours: &[u8], theirs: &[u8], options: &MergeOptions<'_>) -> Merge {
    let [base, ours, theirs] = [base, ours, theirs].map(|text| lines(text).collect::<Vec<_>>());
    let mut interner = Interner::with_capacity(base.len());
    let [base, ours, theirs] = [base, ours, theirs].map(|lines| {
        let tokens = lines.iter().map(|line| interner.intern(line)).collect();
        Side { lines, tokens }
    });
    let mut comparison = Comparison {
        algorithm: options.algorithm,
        max_steps: options.max_steps,
        symbols: interner.len(),
        coarse: false,
    };
    let ours_changes = comparison.changes(&base.tokens, &ours.tokens);
    let theirs_changes = comparison.changes(&base.tokens, &theirs.tokens);
    let mut regions = regions(&ours_changes, &theirs_changes, &ours.tokens, &theirs.tokens);
    match options.style {
        Style::Diff3 => {}
        Style::Zdiff3 => shorten(&mut regions, &ours.tokens, &theirs.tokens),
        Style::Merge | Style::Union => {
            regions = divide(regions, &ours.tokens, &theirs.tokens, &mut comparison);
            regions = join(regions, &ours);
        }
    }
    let mut output = Output { text: Vec::new(), lines: 0 };
    let conflicts = write(&regions, &[&ours, &base, &theirs], options, &mut output);
    let decided = options.favor.is_some() || options.style == Style::Union;
    Merge { text: output.text, clean: decided || conflicts.is_empty(), coarse: comparison.coarse, conflicts }
}

/// One of the three texts.
struct Side<'a> {
    lines: Vec<&'a [u8]>,
    tokens: Vec<u32>,
}

/// The comparisons of one merge.
struct Comparison {
    algorithm: Algorithm,
    max_steps: u64,
    symbols: usize,
    coarse: bool,
}

impl Comparison {
    fn changes(&mut self, before: &[u32], after: &[u32]) -> Vec<Change> {
        self.compare(before, after, self.symbols, self.max_steps)
    }

    fn compare(&mut self, before: &[u32], after: &[u32], symbols: usize, max_steps: u64) -> Vec<Change> {
        let options = CompareOptions { algorithm: self.algorithm, indentation: None, max_steps };
        let script = script::compare(before, after, symbols, &options);
        self.coarse |= script.coarse;
        script.changes
    }
}

/// New numbers for the symbols of a part of a text, so that the work depends on the part alone.
struct Renaming {
    /// By symbol the new number + 1; 0 for none.
    numbers: Vec<u32>,
    count: u32,
}

impl Renaming {
    fn rename(&mut self, symbols: &[u32]) -> Vec<u32> {
        let number = |&symbol: &u32| {
            let number = &mut self.numbers[symbol as usize];
            if *number == 0 {
                self.count += 1;
                *number = self.count;
            }
            *number - 1
        };
        symbols.iter().map(number).collect()
    }

    fn forget(&mut self, symbols: &[u32]) {
        for &symbol in symbols {
            self.numbers[symbol as usize] = 0;
        }
        self.count = 0;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ours,
    Theirs,
    /// Of a conflict only this was left: both sides came to the same lines by different changes.
    Same,
    Conflict,
}

/// Lines that are not the same in all three texts.
#[derive(Debug, Clone)]
struct Region {
    kind: Kind,
    ours: Range<usize>,
    base: Range<usize>,
    theirs: Range<usize>,
}

/// Walks both scripts. Changes that touch are one region; the same change in both is none.
fn regions(ours: &[Change], theirs: &[Change], ours_tokens: &[u32], theirs_tokens: &[u32]) -> Vec<Region> {
    let mut regions = Vec::new();
    let (mut our, mut their) = (0, 0);
    // Behind the last region, so many lines of ours and of theirs there are for so many of the base.
    let (mut ours_end, mut theirs_end, mut base_end) = (0, 0, 0);
    loop {
        let start = match (ours.get(our), theirs.get(their)) {
            (Some(a), Some(b)) => a.before.start.min(b.before.start),
            (Some(one), None) | (None, Some(one)) => one.before.start,
            (None, None) => return regions,
        };
        let (first_our, first_their) = (our, their);
        let mut end = start;
        loop {
            if let Some(change) = ours.get(our).filter(|change| change.before.start <= end) {
                end = end.max(change.before.end);
                our += 1;
            } else if let Some(change) = theirs.get(their).filter(|change| change.before.start <= end) {
                end = end.max(change.before.end);
                their += 1;
            } else {
                break;
            }
        }
        let ours_here = &ours[first_our..our];
        let theirs_here = &theirs[first_their..their];
        let unchanged = start - base_end;
        let region = Region {
            kind: match (ours_here, theirs_here) {
                (_, []) => Kind::Ours,
                ([], _) => Kind::Theirs,
                _ => Kind::Conflict,
            },
            ours: ours_end + unchanged..ours_end + unchanged + lines_after(ours_here, end - start),
            base: start..end,
            theirs: theirs_end + unchanged..theirs_end + unchanged + lines_after(theirs_here, end - start),
        };
        (ours_end, theirs_end, base_end) = (region.ours.end, region.theirs.end, end);
        let same = matches!((ours_here, theirs_here), ([a], [b]) if a.before == b.before
            && ours_tokens[a.after.clone()] == theirs_tokens[b.after.clone()]);
        if !same {
            regions.push(region);
        }
    }
}

/// How many lines `changes` make of `count` lines that they are all in.
fn lines_after(changes: &[Change], count: usize) -> usize {
    changes.iter().fold(count, |count, change| count + change.after.len() - change.before.len())
}

/// Takes the lines with which both sides of a conflict begin, then those with which both end, out of it.
fn shorten(regions: &mut [Region], ours: &[u32], theirs: &[u32]) {
    for Region { ours: a, theirs: b, .. } in regions.iter_mut().filter(|region| region.kind == Kind::Conflict)
    {
        let both = ours[a.clone()].iter().zip(&theirs[b.clone()]);
        let first = both.take_while(|(our, their)| our == their).count();
        a.start += first;
        b.start += first;
        let both = ours[a.clone()].iter().rev().zip(theirs[b.clone()].iter().rev());
        let last = both.take_while(|(our, their)| our == their).count();
        a.end -= last;
        b.end -= last;
    }
}

/// Compares the two sides of each conflict: what differs is a conflict of its own. Together, these comparisons have the
/// steps of one.
fn divide(regions: Vec<Region>, ours: &[u32], theirs: &[u32], comparison: &mut Comparison) -> Vec<Region> {
    let lines: usize = regions.iter().filter(|region| is_divisible(region)).map(lines_of_sides).sum();
    let steps_a_line = comparison.max_steps / lines.max(1) as u64;
    let mut renaming = Renaming { numbers: Vec::new(), count: 0 };
    let mut divided = Vec::with_capacity(regions.len());
    for region in regions {
        if !is_divisible(&region) {
            divided.push(region);
            continue;
        }
        let (our_part, their_part) = (&ours[region.ours.clone()], &theirs[region.theirs.clone()]);
        renaming.numbers.resize(comparison.symbols, 0);
        let (before, after) = (renaming.rename(our_part), renaming.rename(their_part));
        let steps = steps_a_line * lines_of_sides(&region) as u64;
        let changes = comparison.compare(&before, &after, renaming.count as usize, steps);
        renaming.forget(our_part);
        renaming.forget(their_part);
        if changes.is_empty() {
            divided.push(Region { kind: Kind::Same, ..region });
            continue;
        }
        let Region { ours: Range { start: our_start, .. }, theirs: Range { start: their_start, .. }, .. } =
            region;
        divided.extend(changes.into_iter().map(|change| Region {
            kind: Kind::Conflict,
            ours: our_start + change.before.start..our_start + change.before.end,
            base: region.base.clone(),
            theirs: their_start + change.after.start..their_start + change.after.end,
        }));
    }
    divided
}

fn is_divisible(region: &Region) -> bool {
    region.kind == Kind::Conflict && !region.ours.is_empty() && !region.theirs.is_empty()
}

fn lines_of_sides(region: &Region) -> usize {
    region.ours.len() + region.theirs.len()
}

/// Joins conflicts that follow each other with few lines between them, or only lines without a letter or a digit.
fn join(regions: Vec<Region>, ours: &Side<'_>) -> Vec<Region> {
    let mut joined: Vec<Region> = Vec::with_capacity(regions.len());
    for region in regions {
        if let Some(last) = joined.last_mut()
            && (last.kind, region.kind) == (Kind::Conflict, Kind::Conflict)
        {
            let between = &ours.lines[last.ours.end..region.ours.start];
            if between.len() <= MAX_JOINED_LINES || !between.iter().any(|line| has_alphanumeric(line)) {
                last.ours.end = region.ours.end;
                last.base.end = region.base.end;
                last.theirs.end = region.theirs.end;
                continue;
            }
        }
        joined.push(region);
    }
    joined
}

fn has_alphanumeric(line: &[u8]) -> bool {
    line.iter().any(u8::is_ascii_alphanumeric)
}

/// The merged text while it is written.
struct Output {
    text: Vec<u8>,
    lines: usize,
}

impl Output {
    fn lines(&mut self, lines: &[&[u8]]) {
        self.lines += lines.len();
        for line in lines {
            self.text.extend_from_slice(line);
        }
    }

    /// Lines that others follow: the last gets the end of a line if it has none.
    fn whole_lines(&mut self, lines: &[&[u8]], line_end: &[u8]) {
        self.lines(lines);
        if lines.last().is_some_and(|line| !line.ends_with(b"\n")) {
            self.text.extend_from_slice(line_end);
        }
    }

    fn marker(&mut self, character: u8, size: usize, label: Option<&[u8]>, line_end: &[u8]) {
        self.lines += 1;
        self.text.resize(self.text.len() + size, character);
        if let Some(label) = label {
            self.text.push(b' ');
            self.text.extend_from_slice(label);
        }
        self.text.extend_from_slice(line_end);
    }
}

/// Writes ours with what theirs has for it in `regions`, and the conflicts.
fn write(
    regions: &[Region],
    sides: &[&Side<'_>; 3],
    options: &MergeOptions<'_>,
    output: &mut Output,
) -> Vec<Conflict> {
    let [ours, base, theirs] = sides;
    let mut conflicts = Vec::new();
    let mut written = 0;
    for region in regions.iter().filter(|region| matches!(region.kind, Kind::Theirs | Kind::Conflict)) {
        output.lines(&ours.lines[written..region.ours.start]);
        written = region.ours.end;
        let our_lines = &ours.lines[region.ours.clone()];
        let their_lines = &theirs.lines[region.theirs.clone()];
        if region.kind == Kind::Theirs {
            output.lines(their_lines);
            continue;
        }
        let start = output.lines;
        let line_end = line_end(sides, region);
        match (options.favor, options.style) {
            (Some(Favor::Ours), _) => output.lines(our_lines),
            (Some(Favor::Theirs), _) => output.lines(their_lines),
            (None, Style::Union) => {
                output.whole_lines(our_lines, line_end);
                output.lines(their_lines);
            }
            (None, style) => {
                let [our_label, base_label, their_label] = options.labels;
                let size = options.marker_size;
                output.marker(b'<', size, Some(our_label), line_end);
                output.whole_lines(our_lines, line_end);
                if style != Style::Merge {
                    output.marker(b'|', size, Some(base_label), line_end);
                    output.whole_lines(&base.lines[region.base.clone()], line_end);
                }
                output.marker(b'=', size, None, line_end);
                output.whole_lines(their_lines, line_end);
                output.marker(b'>', size, Some(their_label), line_end);
            }
        }
        conflicts.push(Conflict {
            start_line: start + 1,
            end_line: output.lines,
            ours: line_range(&region.ours),
            base: line_range(&region.base),
            theirs: line_range(&region.theirs),
        });
    }
    output.lines(&ours.lines[written..]);
    conflicts
}

fn line_range(range: &Range<usize>) -> LineRange {
    LineRange { start_line: range.start + 1, line_count: range.len() }
}

/// What the lines of a conflict's markers end in: CR LF if the lines before the conflict do in both sides, and the base
/// begins with such a line; a side of which that is not known is not asked.
fn line_end(sides: &[&Side<'_>; 3], region: &Region) -> &'static [u8] {
    let [ours, base, theirs] = sides;
    let ends_in_lf = |side, start: usize| ends_in_crlf(side, start.saturating_sub(1)) == Some(false);
    let crlf = !ends_in_lf(ours, region.ours.start)
        && !ends_in_lf(theirs, region.theirs.start)
        && ends_in_crlf(base, 0) == Some(true);
    if crlf { b"\r\n" } else { b"\n" }
}

/// Whether a line ends in CR LF; for a last line that has no end, whether the one before it does.
fn ends_in_crlf(side: &Side<'_>, line: usize) -> Option<bool> {
    let last = *side.lines.get(line)?;
    if last.ends_with(b"\n") {
        return Some(last.ends_with(b"\r\n"));
    }
    Some(side.lines.get(line.checked_sub(1)?)?.ends_with(b"\r\n"))
}
