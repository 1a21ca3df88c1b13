//! Where the old lines of a block are in a source, at each grade. `lib/diff/edits/locate.js` does the same.

use std::borrow::Cow;

use memchr::memmem::Finder;

use super::Grade;
use super::block::{Block, Kind};
use super::grades::{
    Reindentation, fold, indentation_of, is_blank_line, is_word, joins_word, key_of, reindentations,
};
use super::source::{Keys, Source};
use crate::similarity::similarity;
use crate::text::code_point;

/// Bounds the lines that are compared for one edit after equal keys were found.
pub(super) const MAX_LINES: usize = 1 << 20;
/// Bounds the lines that are looked at for what anchors enclose, and the bytes that are compared more than once.
const MAX_STEPS: usize = 1 << 24;
/// An anchor that is in more lines tells nothing.
const MAX_ANCHOR_LINES: usize = 1000;

/// Lines from 0, without `to`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Region {
    pub(super) from: usize,
    pub(super) to: usize,
}

/// Where a block is.
pub(super) struct Place {
    pub(super) first: usize,
    /// The line after it.
    pub(super) last: usize,
    /// For each old line that of the source, or none for a blank line that the source lacks; empty where each is the next.
    pub(super) lines: Vec<Option<usize>>,
    /// All ways that make the block's indentation that of the source.
    pub(super) ways: Vec<Reindentation>,
    pub(super) score: f64,
}

impl Place {
    pub(super) fn as_it_is(first: usize, last: usize) -> Self {
        Self { first, last, lines: Vec::new(), ways: vec![Reindentation::NONE], score: 1.0 }
    }

    /// The line of the source for an old line.
    pub(super) fn line_of(&self, index: usize) -> Option<usize> {
        if self.lines.is_empty() { Some(self.first + index) } else { self.lines[index] }
    }
}

/// Counts the steps of a work.
pub(super) struct Steps {
    left: usize,
    pub(super) spent: bool,
}

impl Steps {
    pub(super) fn new(most: usize) -> Self {
        Self { left: most, spent: false }
    }

    fn take(&mut self, steps: usize) {
        self.spent |= steps > self.left;
        self.left = self.left.saturating_sub(steps);
    }
}

/// The lines at which the source has these lines, by their keys. At the fuzzy grade blank lines are left out, and the
/// positions count the lines that are not blank.
pub(super) fn positions_of(source: &mut Source, lines: &[Vec<u8>], grade: Grade) -> Vec<usize> {
    let keys = source.keys(grade);
    let blank = if grade == Grade::Fuzzy { keys.known.get(&b""[..]).copied() } else { None };
    let mut pattern = Vec::with_capacity(lines.len());
    for line in lines {
        let key = key_of(grade, line);
        if grade == Grade::Fuzzy && key.is_empty() {
            continue;
        }
        let Some(&id) = keys.known.get(key.as_ref()) else { return Vec::new() };
        pattern.push(id);
    }
    if pattern.is_empty() {
        return Vec::new();
    }
    match blank {
        None => occurrences(&keys.ids, &pattern),
        Some(blank) => {
            let ids: Vec<usize> = keys.ids.iter().copied().filter(|&id| id != blank).collect();
            occurrences(&ids, &pattern)
        }
    }
}

/// Every place where `pattern`, which is not empty, begins in `text`, those that overlap too, by the algorithm of Knuth,
/// Morris and Pratt.
fn occurrences<T: PartialEq>(text: &[T], pattern: &[T]) -> Vec<usize> {
    // The length of the longest border of each beginning of the pattern.
    let mut borders = vec![0; pattern.len()];
    let mut border = 0;
    for at in 1..pattern.len() {
        while border > 0 && pattern[at] != pattern[border] {
            border = borders[border - 1];
        }
        border += usize::from(pattern[at] == pattern[border]);
        borders[at] = border;
    }
    let mut found = Vec::new();
    let mut matched = 0;
    for (at, item) in text.iter().enumerate() {
        while matched > 0 && pattern.get(matched) != Some(item) {
            matched = borders[matched - 1];
        }
        matched += usize::from(pattern[matched] == *item);
        if matched == pattern.len() {
            found.push(at + 1 - matched);
        }
    }
    found
}

/// The places in the source whose keys are equal and whose indentation agrees.
pub(super) fn places_of(source: &mut Source, block: &Block, grade: Grade, steps: &mut Steps) -> Vec<Place> {
    let positions = positions_of(source, &block.old, grade);
    let rows = if grade == Grade::Fuzzy && !positions.is_empty() { rows_of(source) } else { Vec::new() };
    let mut places = Vec::new();
    for position in positions {
        if grade > Grade::TrailingSpace {
            steps.take(block.old.len());
        }
        if steps.spent {
            break;
        }
        places.extend(if grade == Grade::Fuzzy {
            fuzzy_place(source, block, &rows, position)
        } else {
            lines_place(source, block, grade, position)
        });
    }
    places
}

/// The lines that are not blank.
fn rows_of(source: &mut Source) -> Vec<usize> {
    let keys = source.keys(Grade::Fuzzy);
    let blank = keys.known.get(&b""[..]).copied();
    keys.ids.iter().enumerate().filter(|&(_, &id)| Some(id) != blank).map(|(line, _)| line).collect()
}

fn lines_place(source: &Source, block: &Block, grade: Grade, first: usize) -> Option<Place> {
    let place = Place::as_it_is(first, first + block.old.len());
    if grade <= Grade::TrailingSpace {
        return Some(place);
    }
    let ways = ways_of(source, block, |index| Some(first + index));
    (!ways.is_empty()).then_some(Place { ways, ..place })
}

fn ways_of(source: &Source, block: &Block, line_of: impl Fn(usize) -> Option<usize>) -> Vec<Reindentation> {
    let indentation = |line| match fold(line) {
        Cow::Borrowed(line) => Cow::Borrowed(indentation_of(line)),
        Cow::Owned(line) => Cow::Owned(indentation_of(&line).to_vec()),
    };
    let mut pairs = Vec::new();
    for (index, text) in block.old.iter().enumerate() {
        let Some(line) = line_of(index) else { continue };
        if is_blank_line(&fold(text)) {
            continue;
        }
        pairs.push((indentation(text), indentation(source.line(line))));
    }
    reindentations(&pairs)
}

/// A place where only what the edit keeps differs, in blanks, quotes and the like, and not in its first and last lines that
/// are not blank. `rows` are the lines of the source that are not blank, `position` is among them.
fn fuzzy_place(source: &Source, block: &Block, rows: &[usize], position: usize) -> Option<Place> {
    let is_blank = |line: usize| is_blank_line(&fold(source.line(line)));
    let indexes: Vec<usize> =
        (0..block.old.len()).filter(|&index| !is_blank_line(&fold(&block.old[index]))).collect();
    if indexes.len() < 3 {
        return None;
    }
    // Which old lines stay, and whether something is gained or lost right before each.
    let mut stays = Vec::with_capacity(block.old.len());
    let mut touched = Vec::with_capacity(block.old.len() + 1);
    let mut changes = false;
    for entry in &block.entries {
        changes |= entry.kind != Kind::Kept;
        if entry.kind != Kind::Gained {
            stays.push(entry.kind == Kind::Kept);
            touched.push(changes);
            changes = entry.kind == Kind::Lost;
        }
    }
    touched.push(changes);
    let mut lines = vec![None; block.old.len()];
    let (mut edit, mut file) = (Vec::new(), Vec::new());
    let mut before: Option<(usize, usize)> = None;
    for (at, &index) in indexes.iter().enumerate() {
        let line = rows[position + at];
        lines[index] = Some(line);
        let ours = key_of(Grade::UnicodePunctuation, &block.old[index]);
        let theirs = key_of(Grade::UnicodePunctuation, source.line(line));
        let outer = at == 0 || at == indexes.len() - 1;
        if (outer || !stays[index]) && ours != theirs {
            return None;
        }
        edit.push(ours);
        file.push(theirs);
        if let Some(before) = before
            && !align_blanks(before, (index, line), &mut lines, &touched)
        {
            return None;
        }
        before = Some((index, line));
    }
    // Blank lines around: as many as both have.
    let mut first = rows[position];
    for index in (0..indexes[0]).rev() {
        if first > 0 && is_blank(first - 1) {
            first -= 1;
            lines[index] = Some(first);
        } else if touched[index] || touched[index + 1] {
            return None;
        }
    }
    let end = indexes[indexes.len() - 1];
    let mut last = rows[position + indexes.len() - 1] + 1;
    for index in end + 1..lines.len() {
        if last < source.count() && is_blank(last) {
            lines[index] = Some(last);
            last += 1;
        } else if touched[index] || touched[index + 1] {
            return None;
        }
    }
    let ways = ways_of(source, block, |index| lines[index]);
    let score = similarity(&edit.join(&b'\n'), &file.join(&b'\n'));
    (!ways.is_empty()).then_some(Place { first, last, lines, ways, score })
}

/// Gives the blank lines between two lines of a block those that are between them in the source. Where there are more or
/// fewer, nothing may be gained or lost among them.
fn align_blanks(
    (from, from_line): (usize, usize),
    (to, to_line): (usize, usize),
    lines: &mut [Option<usize>],
    touched: &[bool],
) -> bool {
    let same = to_line - from_line == to - from;
    for index in from + 1..=to {
        if !same && touched[index] {
            return false;
        }
        if index < to && from_line + (index - from) < to_line {
            lines[index] = Some(from_line + (index - from));
        }
    }
    true
}

/// What the anchors of a block say.
pub(super) enum Anchored {
    /// Where the block may begin: in each line that is the last anchor and in what that line encloses. `lines` are those of
    /// the anchor.
    In { regions: Vec<Region>, lines: Vec<usize> },
    /// The number of the anchor that is not there.
    Missing(usize),
    /// The lines that are the anchor, where they are too many, or that begin with it, where only one may.
    Several(Vec<usize>),
    /// What the anchors enclose is too much.
    TooLarge,
}

pub(super) fn regions_of(source: &mut Source, anchors: &[Vec<u8>]) -> Anchored {
    let mut steps = Steps::new(MAX_STEPS);
    let mut inside = vec![Region { from: 0, to: source.count() }];
    let mut regions = inside.clone();
    let mut lines = Vec::new();
    for (index, anchor) in anchors.iter().enumerate() {
        let (found, whole) = anchor_lines(source, anchor, &inside);
        if found.is_empty() {
            return Anchored::Missing(index);
        }
        lines = found.iter().map(|&(line, _)| line).collect();
        if lines.len() > (if whole { MAX_ANCHOR_LINES } else { 1 }) {
            return Anchored::Several(lines);
        }
        regions = Vec::with_capacity(found.len());
        for (line, to) in found {
            regions.push(Region { from: line, to: enclosed_by(source, line, to, &mut steps) });
        }
        inside = merge(regions.iter().map(|region| Region { from: region.from + 1, ..*region }));
    }
    if steps.spent {
        return Anchored::TooLarge;
    }
    Anchored::In { regions: merge(regions.into_iter()), lines }
}

/// The lines that are the anchor, each with the end of its region; where there are none those that begin with it behind
/// their indentation. And whether they are the anchor.
fn anchor_lines(source: &mut Source, anchor: &[u8], regions: &[Region]) -> (Vec<(usize, usize)>, bool) {
    let sought = key_of(Grade::UnicodePunctuation, anchor);
    let lines_in = |accepts: &dyn Fn(usize) -> bool| -> Vec<(usize, usize)> {
        regions
            .iter()
            .flat_map(|&Region { from, to }| (from..to).map(move |line| (line, to)))
            .filter(|&(line, _)| accepts(line))
            .collect()
    };
    let Keys { known, ids } = source.keys(Grade::UnicodePunctuation);
    if let Some(id) = known.get(sought.as_ref()) {
        let lines = lines_in(&|line| ids[line] == *id);
        if !lines.is_empty() {
            return (lines, true);
        }
    }
    let content = |line| key_of(Grade::UnicodePunctuation, source.line(line));
    let starts = |line: &[u8]| line.starts_with(&sought) && !splits_word(line, sought.len());
    (lines_in(&|line| starts(&content(line))), false)
}

/// Regions that overlap or touch, as one; they are in the order of `from`.
fn merge(regions: impl Iterator<Item = Region>) -> Vec<Region> {
    let mut merged: Vec<Region> = Vec::new();
    for Region { from, to } in regions {
        match merged.last_mut().filter(|last| from <= last.to) {
            Some(last) => last.to = last.to.max(to),
            None if from < to => merged.push(Region { from, to }),
            None => {}
        }
    }
    merged
}

/// The line after the last that `line` encloses: that of a heading or of the title of a section up to the next one, that of a
/// comment with what the line under it encloses, else by indentation.
fn enclosed_by(source: &Source, line: usize, to: usize, steps: &mut Steps) -> usize {
    let content = key_of(Grade::UnicodePunctuation, source.line(line));
    if is_open(&content, b"([{") || is_decorator(&content) {
        return by_indentation(source, line, to, steps);
    }
    let blank_next = line + 1 < to && is_blank_line(source.line(line + 1));
    let level = level_of(&content);
    if level > 1 || (level == 1 && blank_next) {
        return section_end(source, line, to, steps, |other| (1..=level).contains(&level_of(other)));
    }
    if content.starts_with(b"[") {
        return section_end(source, line, to, steps, |other| other.starts_with(b"["));
    }
    let mark = comment_mark(&content);
    if mark.is_empty() {
        return by_indentation(source, line, to, steps);
    }
    let outer = width_of(source.line(line));
    for at in line + 1..to {
        steps.take(1);
        if steps.spent {
            break;
        }
        let text = source.line(at);
        if is_blank_line(text) || width_of(text) != outer {
            return at;
        }
        if comment_mark(&key_of(Grade::UnicodePunctuation, text)) != mark {
            return by_indentation(source, at, to, steps);
        }
    }
    to
}

/// How many signs of a heading a line begins with.
fn level_of(content: &[u8]) -> usize {
    let level = content.iter().take_while(|&&byte| byte == b'#').count();
    if matches!(content.get(level), None | Some(b' ')) { level } else { 0 }
}

/// What a line begins with that is a comment, or nothing.
fn comment_mark(content: &[u8]) -> &'static [u8] {
    let marks: [&[u8]; 5] = [b"//", b"--", b"#", b";", b"%"];
    marks.into_iter().find(|mark| content.starts_with(mark)).unwrap_or_default()
}

fn is_decorator(content: &[u8]) -> bool {
    content.starts_with(b"@") || content.starts_with(b"#[")
}

/// Whether a line ends in one of these signs.
fn is_open(content: &[u8], signs: &[u8]) -> bool {
    content.last().is_some_and(|last| signs.contains(last))
}

/// The first line from which a section is over; where none begins another, the next blank line, but `to` where the line after
/// its title is blank. `begins` says whether a line begins a section.
fn section_end(
    source: &Source,
    line: usize,
    to: usize,
    steps: &mut Steps,
    begins: impl Fn(&[u8]) -> bool,
) -> usize {
    let outer = width_of(source.line(line));
    let mut blank = to;
    for at in line + 1..to {
        steps.take(1);
        if steps.spent {
            break;
        }
        let text = source.line(at);
        if is_blank_line(text) {
            if blank == to && at > line + 1 {
                blank = at;
            }
            continue;
        }
        let width = width_of(text);
        if width < outer || (width == outer && begins(&key_of(Grade::UnicodePunctuation, text))) {
            return at;
        }
    }
    if line + 1 < to && is_blank_line(source.line(line + 1)) { to } else { blank }
}

/// The line after the last that `line` encloses by indentation, with the line that closes it. What goes on with its header
/// belongs to it: what closes a bracket of the header, a list of selectors, what a decorator decorates, a brace on a line of
/// its own. Where no line is indented more, lines that are indented the same up to a blank one, or to one that begins as this
/// one does.
fn by_indentation(source: &Source, line: usize, to: usize, steps: &mut Steps) -> usize {
    let outer = width_of(source.line(line));
    let first = key_of(Grade::UnicodePunctuation, source.line(line));
    let mut header = first.clone();
    let mut end = line + 1;
    let mut encloses = false;
    for at in line + 1..to {
        steps.take(1);
        if steps.spent {
            break;
        }
        let text = source.line(at);
        if is_blank_line(text) {
            continue;
        }
        let width = width_of(text);
        if width < outer {
            break;
        }
        if width > outer {
            encloses = true;
            end = at + 1;
            continue;
        }
        let content = key_of(Grade::UnicodePunctuation, text);
        let decorates = is_decorator(&header);
        let opens: &[u8] = if decorates { b"([{" } else { b"([" };
        if is_open(&header, opens) && matches!(content.first(), Some(b')' | b']' | b'}')) {
            // What is decorated still comes.
            header = if decorates { b"@".as_slice().into() } else { content };
        } else if decorates
            || (!encloses && header.ends_with(b",") && (header.starts_with(b".") || is_unclosed(&header)))
            || (!encloses && content.starts_with(b"{") && !is_open(&header, b";{}"))
        {
            header = content;
        } else {
            if closes(&content) && (encloses || is_open(&header, b"([{")) {
                return at + 1;
            }
            break;
        }
        encloses = false;
        end = at + 1;
    }
    if encloses || end > line + 1 || is_open(&first, b"([{") {
        end
    } else {
        paragraph_end(source, line, to, steps)
    }
}

fn paragraph_end(source: &Source, line: usize, to: usize, steps: &mut Steps) -> usize {
    let outer = width_of(source.line(line));
    let first = key_of(Grade::UnicodePunctuation, source.line(line));
    let start = start_of(&first);
    for at in line + 1..to {
        steps.take(1);
        let text = source.line(at);
        if steps.spent || is_blank_line(text) || width_of(text) != outer {
            return at;
        }
        let content = key_of(Grade::UnicodePunctuation, text);
        if start_of(&content) == start || (first.ends_with(b":") && content.ends_with(b":")) {
            return at;
        }
    }
    to
}

/// The signs that a line begins with, or else its first word.
fn start_of(content: &[u8]) -> &[u8] {
    let word = content.first().is_some_and(|&byte| is_word(byte.into()));
    let end = content.iter().take_while(|&&byte| byte < 0x80 && is_word(byte.into()) == word).count();
    &content[..end]
}

/// Whether a line opens a round or square bracket that it does not close.
fn is_unclosed(content: &[u8]) -> bool {
    let depth = content.iter().fold(0_usize, |depth, byte| match byte {
        b'(' | b'[' => depth + 1,
        b')' | b']' => depth.saturating_sub(1),
        _ => depth,
    });
    depth > 0
}

/// Whether the line of an anchor ends inside a header, where nothing can be inserted.
pub(super) fn is_inside_header(line: &[u8]) -> bool {
    let content = key_of(Grade::UnicodePunctuation, line);
    !content.ends_with(b"{")
        && (is_unclosed(&content) || (content.starts_with(b".") && content.ends_with(b",")))
}

/// Whether a line only closes.
fn closes(content: &[u8]) -> bool {
    let rest = content.strip_prefix(b"end").unwrap_or(content);
    !content.is_empty() && rest.iter().all(|byte| b"})];,".contains(byte))
}

/// The columns of a line's indentation; a tab goes on to the next multiple of 8.
fn width_of(line: &[u8]) -> usize {
    indentation_of(line)
        .iter()
        .fold(0, |width, &blank| if blank == b'\t' { width - (width % 8) + 8 } else { width + 1 })
}

/// Whether both sides of a place in a text are one word.
pub(super) fn splits_word(text: &[u8], at: usize) -> bool {
    let before = point_before(text, at);
    let after = text.get(at..).and_then(code_point);
    matches!((before, after), (Some(before), Some((after, _))) if joins_word(before) && joins_word(after))
}

/// The code point that ends at `at`.
fn point_before(text: &[u8], at: usize) -> Option<u32> {
    let start = (1..=at.min(4)).rev().find(|&back| {
        text.get(at - back..at).and_then(code_point).is_some_and(|(_, length)| length == back)
    })?;
    code_point(&text[at - start..at]).map(|(point, _)| point)
}

/// Every place where `needle`, which is not empty, begins in `text`, those that overlap too, on code points' borders.
pub(super) fn verbatim(text: &[u8], needle: &[u8]) -> Vec<usize> {
    let finder = Finder::new(needle);
    let mut found = Vec::new();
    let mut compared = 0;
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| finder.find(rest)) {
        found.push(from + at);
        from += at + 1;
        compared += needle.len();
        // The same by an algorithm whose work is bounded where places overlap.
        if compared > 2 * text.len() + MAX_STEPS {
            found = occurrences(text, needle);
            break;
        }
    }
    found.retain(|&at| !splits_point(text, at) && !splits_point(text, at + needle.len()));
    found
}

/// Whether a place is inside a code point. A byte that begins one of several bytes is inside none, so it is enough to look
/// at the three before.
fn splits_point(text: &[u8], at: usize) -> bool {
    (1..=at.min(3)).any(|back| code_point(&text[at - back..]).is_some_and(|(_, length)| length > back))
}
