//! Patches applied to a text.

use std::borrow::Cow;

use super::closest::{Candidate, closest};
use super::place::{Limits, Place, Placement, Reason, Refusal, Role, Search, Side};
use super::source::Source;
use super::{FilePatch, Hunk, Marker, Operation};
use crate::Error;

/// The context that a hunk must have to say by itself that it has been applied where its old lines are elsewhere.
const MIN_CONTEXT: usize = 2;

/// How a patch is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApplyOptions {
    /// How many lines of context may differ at either end of a hunk, as for `patch -F`.
    pub fuzz: usize,
    /// How many lines a hunk may be moved, counted from where the hunk before it was moved to.
    pub max_offset: usize,
    /// Whether the hunks that have a place are applied where others have none.
    pub partial: bool,
    /// Which way the patch is applied.
    pub direction: Direction,
    /// How line endings are compared.
    pub line_endings: LineEndings,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            fuzz: 0,
            max_offset: usize::MAX,
            partial: false,
            direction: Direction::Forward,
            line_endings: LineEndings::Auto,
        }
    }
}

/// Which way a patch is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// As it is written.
    Forward,
    /// Taking back what it does.
    Reverse,
    /// As it is written, or the other way where it has been applied already.
    Auto,
}

/// How line endings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEndings {
    /// Where the patch does not fit otherwise, and either all lines of the source end in CRLF and none of the patch or
    /// the other way round, the patch is taken with the line endings of the source.
    Auto,
    /// A CR is part of its line.
    Exact,
}

/// What came of a patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The text; none where a hunk has no place, unless the call is for what can be applied.
    pub text: Option<Vec<u8>>,
    /// What came of each hunk, in their order.
    pub hunks: Vec<AppliedHunk>,
    /// Whether the source has all that the patch puts in, so that it is returned as it is.
    pub already_applied: bool,
    /// Whether the patch was taken back.
    pub reversed: bool,
}

/// What came of a hunk.
#[derive(Debug, Clone, PartialEq)]
pub struct AppliedHunk {
    /// Whether its changes were made in the text.
    pub applied: bool,
    /// The line, counted from 1, where its new lines begin in the text. Where it was not applied: the line of the source
    /// where its old lines were found, or where they were expected.
    pub line: usize,
    /// How many lines it was moved, behind where the hunk before it was moved to.
    pub offset: isize,
    /// How many lines of context were not compared at either end.
    pub fuzz: usize,
    /// Why it has no place; none where it has one and only other hunks have none.
    pub reason: Option<Reason>,
    /// The places in the source that are most like it where it was not found.
    pub closest: Vec<Candidate>,
    /// The lines of the source at which it could as well begin where it is ambiguous, or at which it is and may not be.
    pub others: Vec<usize>,
}

/// Applies the patch of one file to its text. The context of the text stays as it is, where it is not that of the patch.
///
/// # Errors
///
/// [`Error::Invalid`] for a binary patch. A hunk that has no place is no error but part of what comes back.
pub fn apply_patch(source: &[u8], patch: &FilePatch<'_>, options: &ApplyOptions) -> Result<Applied, Error> {
    if patch.binary {
        let message = "a binary patch has no lines to apply".into();
        return Err(Error::Invalid { line: patch.line, message });
    }
    let lines = Source::new(source);
    let mut search = Search::new(&lines);
    let reversed = options.direction == Direction::Reverse;
    let attempt = Attempt::new(&mut search, &patch.hunks, patch.operation, reversed, options);
    if attempt.outcome == Outcome::Rejected
        && options.line_endings == LineEndings::Auto
        && let Some(hunks) = with_endings_of(&lines, &patch.hunks)
    {
        let mut search = search.again();
        let other = Attempt::new(&mut search, &hunks, patch.operation, reversed, options);
        if other.outcome != Outcome::Rejected || other.placed() >= attempt.placed() {
            return Ok(other.finish(&lines, &mut search, options));
        }
    }
    Ok(attempt.finish(&lines, &mut search, options))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Each hunk has a place.
    Fits,
    /// Each hunk has been applied.
    Already,
    Rejected,
}

/// The places of a patch's hunks, and where they would be taken back.
struct Attempt<'a> {
    sides: Vec<Side<'a>>,
    back_sides: Vec<Side<'a>>,
    places: Vec<Placement>,
    /// Empty where it was not looked for them.
    back_places: Vec<Placement>,
    outcome: Outcome,
    reversed: bool,
    /// Whether the source has no lines.
    empty: bool,
}

impl<'a> Attempt<'a> {
    fn new(
        search: &mut Search<'a>,
        hunks: &'a [Hunk<'_>],
        operation: Operation,
        reversed: bool,
        options: &ApplyOptions,
    ) -> Self {
        // What deletes a file leaves nothing of it, and what creates one finds nothing.
        let whole = matches!(operation, Operation::Create | Operation::Delete);
        let sides = |reversed| hunks.iter().map(|hunk| Side::new(hunk, reversed, whole)).collect();
        let limits = Limits { fuzz: options.fuzz, max_offset: options.max_offset };
        let mut attempt = Self {
            sides: sides(reversed),
            back_sides: Vec::new(),
            places: Vec::new(),
            back_places: Vec::new(),
            outcome: Outcome::Fits,
            reversed,
            empty: search.source.len() == 0,
        };
        attempt.places = search.place(&attempt.sides, limits);
        let fits = attempt.places.iter().all(|place| place.found.is_ok());
        if fits && attempt.places.iter().all(|place| place.is_exact()) {
            return attempt;
        }
        attempt.back_sides = sides(!reversed);
        // What fits elsewhere may have been applied: it has if all its new lines are where it says.
        if fits
            && !attempt.back_sides.iter().all(|side| side.context() >= MIN_CONTEXT && !side.old.is_empty())
        {
            return attempt;
        }
        attempt.back_places = if fits {
            search.exactly(&attempt.back_sides).unwrap_or_default()
        } else {
            search.place(&attempt.back_sides, Limits { fuzz: 0, ..limits })
        };
        attempt.outcome = match (fits, (0..hunks.len()).all(|index| attempt.is_already(index))) {
            (_, true) => Outcome::Already,
            (true, false) => Outcome::Fits,
            (false, false) => Outcome::Rejected,
        };
        attempt
    }

    /// Whether a hunk has been applied: its new lines are found, and its old ones are not, or not as well.
    fn is_already(&self, index: usize) -> bool {
        let (Some(forward), Some(back), Some(side)) =
            (self.places.get(index), self.back_places.get(index), self.back_sides.get(index))
        else {
            return false;
        };
        // Lines that are taken away without any context leave nothing by which to tell.
        let tells = !side.old.is_empty() || self.empty;
        back.found.is_ok() && tells && (forward.found.is_err() || back.is_exact() && !forward.is_exact())
    }

    fn placed(&self) -> usize {
        self.places.iter().filter(|place| place.found.is_ok()).count()
    }

    fn finish(self, source: &Source<'a>, search: &mut Search<'a>, options: &ApplyOptions) -> Applied {
        match self.outcome {
            Outcome::Fits => self.applied(source, &self.sides, &self.places, self.reversed),
            Outcome::Already if options.direction == Direction::Auto => {
                self.applied(source, &self.back_sides, &self.back_places, !self.reversed)
            }
            Outcome::Already => Applied {
                text: Some(source.text.to_vec()),
                hunks: self.back_places.iter().map(already_applied).collect(),
                already_applied: true,
                reversed: self.reversed,
            },
            Outcome::Rejected => self.rejected(source, search, options),
        }
    }

    fn applied(
        &self,
        source: &Source<'a>,
        sides: &[Side<'a>],
        places: &[Placement],
        reversed: bool,
    ) -> Applied {
        let (text, lines) = rebuild(source, sides, places);
        let hunks = places.iter().zip(lines).map(|(placement, line)| match &placement.found {
            Ok(place) => AppliedHunk { applied: true, line, ..at_place(place) },
            Err(refusal) => refused(placement, refusal),
        });
        Applied { text: Some(text), hunks: hunks.collect(), already_applied: false, reversed }
    }

    fn rejected(&self, source: &Source<'a>, search: &mut Search<'a>, options: &ApplyOptions) -> Applied {
        let mut applied = if options.partial {
            self.applied(source, &self.sides, &self.places, self.reversed)
        } else {
            let hunks = self.places.iter().map(|placement| match &placement.found {
                Ok(place) => at_place(place),
                Err(refusal) => refused(placement, refusal),
            });
            Applied { text: None, hunks: hunks.collect(), already_applied: false, reversed: self.reversed }
        };
        for (index, hunk) in applied.hunks.iter_mut().enumerate() {
            let placement = &self.places[index];
            if placement.found.is_ok() {
                continue;
            }
            if hunk.reason != Some(Reason::Limit) && self.is_already(index) {
                *hunk = already_applied(&self.back_places[index]);
            } else if hunk.reason == Some(Reason::ContextNotFound) {
                let wanted = &self.sides[index].old;
                let lines = search.index(&self.sides);
                let (wanted, ids) = (lines.ids_of(wanted), lines.ids.len());
                if search.spend(4 * (source.len() + wanted.len()) + ids) {
                    let lines = search.index(&self.sides);
                    hunk.closest = closest(&lines.source, &wanted, ids, placement.expected);
                }
            }
        }
        applied
    }
}

impl Placement {
    fn is_exact(&self) -> bool {
        matches!(self.found, Ok(Place { offset: 0, fuzz: 0, .. }))
    }
}

fn at_place(place: &Place) -> AppliedHunk {
    AppliedHunk {
        applied: false,
        line: place.at + 1,
        offset: place.offset,
        fuzz: place.fuzz,
        reason: None,
        closest: Vec::new(),
        others: Vec::new(),
    }
}

fn refused(placement: &Placement, refusal: &Refusal) -> AppliedHunk {
    AppliedHunk {
        applied: false,
        line: usize::try_from(placement.expected).unwrap_or_default() + 1,
        offset: 0,
        fuzz: 0,
        reason: Some(refusal.reason),
        closest: Vec::new(),
        others: refusal.others.iter().map(|at| at + 1).collect(),
    }
}

/// A hunk whose new lines are at the place where it would be taken back.
fn already_applied(back: &Placement) -> AppliedHunk {
    match &back.found {
        Ok(place) => AppliedHunk { reason: Some(Reason::AlreadyApplied), ..at_place(place) },
        Err(refusal) => refused(back, refusal),
    }
}

/// The text with the changes of the hunks that have a place, and the line where each begins in it.
fn rebuild(source: &Source<'_>, sides: &[Side<'_>], places: &[Placement]) -> (Vec<u8>, Vec<usize>) {
    let new: usize = sides.iter().flat_map(|side| &side.lines).map(|line| line.text.len() + 1).sum();
    let mut text = Vec::with_capacity(source.text.len() + new);
    let mut lines = Vec::with_capacity(sides.len());
    // The byte up to which the source is in the text, and by how many lines the text is longer so far.
    let (mut copied, mut longer) = (0, 0_isize);
    for (side, placement) in sides.iter().zip(places) {
        let Ok(place) = &placement.found else {
            lines.push(0);
            continue;
        };
        lines.push((place.at.cast_signed() + longer + 1).unsigned_abs());
        let mut at = place.at;
        for line in &side.lines {
            match line.role {
                Role::Context => at += 1,
                Role::Old => {
                    text.extend_from_slice(&source.text[copied.min(source.start(at))..source.start(at)]);
                    at += 1;
                    copied = source.start(at);
                }
                Role::New => {
                    text.extend_from_slice(&source.text[copied.min(source.start(at))..source.start(at)]);
                    copied = source.start(at);
                    text.extend_from_slice(line.text);
                    if !line.open {
                        text.push(b'\n');
                    }
                }
            }
        }
        longer += side.new_lines.cast_signed() - side.old.len().cast_signed();
    }
    text.extend_from_slice(&source.text[copied..]);
    (text, lines)
}

/// The hunks with the line endings of the source, where all lines of one end in CRLF and none of the other.
fn with_endings_of<'a>(source: &Source<'_>, hunks: &'a [Hunk<'a>]) -> Option<Vec<Hunk<'a>>> {
    let mut ending = Ending::default();
    for at in (0..source.len()).filter(|&at| !source.is_open(at)) {
        ending.add(source.line(at));
    }
    let mut patch = Ending::default();
    for hunk in hunks {
        for (line, open) in marked_lines(hunk) {
            if !open {
                patch.add(line);
            }
        }
    }
    let add = match (ending.only(), patch.only()) {
        (Some(source), Some(patch)) if source != patch => source,
        _ => return None,
    };
    let converted = |hunk: &Hunk<'a>| {
        let mut lines = Vec::with_capacity(hunk.lines.len());
        for (at, line) in hunk.lines.iter().enumerate() {
            let open = hunk.lines.get(at + 1).is_some_and(|line| Marker::of(line) == Some(Marker::NoNewline));
            lines.push(match Marker::of(line) {
                Some(Marker::NoNewline) => line.clone(),
                _ if add && !open => Cow::Owned([&**line, b"\r"].concat()),
                _ if add => line.clone(),
                _ => Cow::Owned(line.strip_suffix(b"\r").unwrap_or(line).to_vec()),
            });
        }
        Hunk { lines, ..hunk.clone() }
    };
    Some(hunks.iter().map(converted).collect())
}

/// The lines of a hunk, and whether each has no LF.
fn marked_lines<'h>(hunk: &'h Hunk<'_>) -> impl Iterator<Item = (&'h [u8], bool)> {
    let is_note = |line: &[u8]| Marker::of(line) == Some(Marker::NoNewline);
    let lines = hunk.lines.iter().enumerate().filter(move |(_, line)| !is_note(line));
    lines.map(move |(at, line)| (&**line, hunk.lines.get(at + 1).is_some_and(|line| is_note(line))))
}

/// How many lines end in CRLF, and how many in LF alone.
#[derive(Default)]
struct Ending {
    crlf: usize,
    lf: usize,
}

impl Ending {
    fn add(&mut self, line: &[u8]) {
        if line.ends_with(b"\r") {
            self.crlf += 1;
        } else {
            self.lf += 1;
        }
    }

    /// Whether the lines end in CRLF, where they all end alike.
    fn only(&self) -> Option<bool> {
        match (self.crlf, self.lf) {
            (0, 0) => None,
            (0, _) => Some(false),
            (_, 0) => Some(true),
            _ => None,
        }
    }
}
