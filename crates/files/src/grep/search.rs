//! The matches in one text.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use memchr::{memchr, memrchr};

use super::found::{Found, cut, push_decoded, units_of};
use super::pattern::{Candidate, Pattern};
use super::text::Text;

/// What is searched between two looks at the cancellation: whole lines of so many bytes.
const STRIDE_BYTES: usize = 128 * 1024;
/// The matches of a line between two looks at the cancellation.
const STRIDE_MATCHES: usize = 64;

/// What is wanted of each text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) invert: bool,
    pub(crate) before: usize,
    pub(crate) after: usize,
    pub(crate) max_per_file: usize,
    pub(crate) max_line_units: usize,
}

/// Why a search ended before the end of its text.
#[derive(Debug)]
pub(crate) enum Stop {
    OutOfSteps,
    Cancelled,
    /// The deadline has passed, and the search can go on from there; or the end has.
    Late,
}

/// How far the search of a text has come.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// Where to go on: the start of a line, but in `multiline` anywhere.
    at: usize,
    /// The lines up to here are counted.
    counted: usize,
    lines_counted: usize,
    /// The lines up to here are part of a match, or of its context.
    shown: usize,
    matches: usize,
    /// There are more than `max_per_file`.
    pub(crate) limited: bool,
    /// A block that was found already.
    ahead: Option<Block>,
    /// Of `multiline`: the first match behind the last block.
    next_match: Option<(usize, usize)>,
    /// Of `invert`.
    gap: Gap,
}

/// Lines between two that match.
#[derive(Clone, Copy, Debug, Default)]
struct Gap {
    at: usize,
    end: usize,
    /// Where the lines behind those that match begin.
    resume: usize,
    /// No line matches from here on.
    last: bool,
}

/// Lines that match together.
#[derive(Debug)]
struct Block {
    start: usize,
    /// Behind the end of its last line.
    end: usize,
    /// Of `multiline`: the matches.
    matches: Option<Matches>,
}

/// Where the matches are in a text.
#[derive(Debug, Default)]
struct Matches {
    first: Option<usize>,
    /// Those that are not empty, as many as may be shown.
    ranges: Vec<(usize, usize)>,
    count: usize,
    /// Where the last two of them begin: in the end of a line, at most.
    last: [Option<usize>; 2],
}

impl Block {
    /// Whether what begins at `start`, and not before the block, begins in its lines.
    fn begins_inside(&self, text: &[u8], start: usize) -> bool {
        start < self.end || start == text.len() && self.end == start && !text.ends_with(b"\n")
    }
}

impl Matches {
    fn add(&mut self, (start, end): (usize, usize), most_bytes: usize) {
        let first = *self.first.get_or_insert(start);
        if end > start {
            self.count += 1;
            self.last = [self.last[1], Some(start)];
            if start - first <= most_bytes {
                self.ranges.push((start, end));
            }
        }
    }
}

/// What a search goes by.
pub(crate) struct Searcher<'a> {
    pub(crate) pattern: &'a Pattern,
    pub(crate) shape: Shape,
    /// Where a search ends that will go on.
    pub(crate) deadline: Option<Instant>,
    /// Where it ends for good.
    pub(crate) end: Option<Instant>,
    pub(crate) cancelled: &'a AtomicBool,
}

impl Searcher<'_> {
    /// Whether anything matches.
    pub(crate) fn matches(&self, text: &Text<'_>) -> Result<bool, Stop> {
        self.next_block(&mut Search::default(), text).map(|block| block.is_some())
    }

    /// Adds the next match to `found`; false when there is none.
    pub(crate) fn next(&self, search: &mut Search, text: &Text<'_>, found: &mut Found) -> Result<bool, Stop> {
        if search.matches >= self.shape.max_per_file {
            search.limited = search.limited || self.next_block(search, text)?.is_some();
            return Ok(false);
        }
        let block = match search.ahead.take() {
            Some(block) => Some(block),
            None => self.next_block(search, text)?,
        };
        let Some(block) = block else { return Ok(false) };
        search.matches += 1;
        let mut after_end = text.bytes.len();
        if self.shape.after > 0 && search.matches < self.shape.max_per_file {
            match self.next_block(search, text) {
                Ok(ahead) => search.ahead = ahead,
                Err(stop) => {
                    // It is found again when the search goes on.
                    search.matches -= 1;
                    search.ahead = Some(block);
                    return Err(stop);
                }
            }
            if let Some(next) = &search.ahead {
                after_end = next.start;
            }
        }
        self.put(search, text, block, after_end, found)?;
        Ok(true)
    }

    fn check(&self) -> Result<(), Stop> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Stop::Cancelled);
        }
        in_time(self.end)
    }

    /// As `check`, where the state of the search lets it go on later.
    fn check_time(&self) -> Result<(), Stop> {
        self.check()?;
        in_time(self.deadline)
    }

    fn next_block(&self, search: &mut Search, text: &Text<'_>) -> Result<Option<Block>, Stop> {
        if !self.shape.invert {
            return self.next_matching(search, text);
        }
        loop {
            let Gap { at, end, resume, last } = search.gap;
            if at < end {
                search.gap.at = end_of_line(text.bytes, at);
                return Ok(Some(Block { start: at, end: search.gap.at, matches: None }));
            }
            if last {
                return Ok(None);
            }
            search.gap = match self.next_matching(search, text)? {
                Some(block) => Gap { at: resume, end: block.start, resume: block.end, last: false },
                None => Gap { at: resume, end: text.bytes.len(), resume: text.bytes.len(), last: true },
            };
        }
    }

    fn next_matching(&self, search: &mut Search, text: &Text<'_>) -> Result<Option<Block>, Stop> {
        // Beside bytes that are no UTF-8 the borders of words depend on what is before the line.
        let alone = !text.valid && self.pattern.has_words;
        if self.pattern.multiline {
            self.next_matching_block(search, text.bytes)
        } else if self.pattern.searches_lines_at_once() && !alone {
            self.next_matching_line(search, text.bytes)
        } else {
            self.next_line_by_itself(search, text.bytes)
        }
    }

    fn next_matching_line(&self, search: &mut Search, text: &[u8]) -> Result<Option<Block>, Stop> {
        while search.at < text.len() {
            // In the first stride it goes on: a step that is late has to come further all the same.
            if search.at > 0 { self.check_time() } else { self.check() }?;
            let limit = end_of_line(text, search.at + STRIDE_BYTES.min(text.len() - search.at - 1));
            while let Some(candidate) = self.pattern.candidate(&text[search.at..limit]) {
                let (offset, sure) = match candidate {
                    Candidate::Line(offset) => (search.at + offset, true),
                    Candidate::Perhaps(offset) => (search.at + offset, false),
                };
                let start = start_of_line(text, offset);
                // Behind the last line end, where the next lines may begin.
                if start >= limit {
                    break;
                }
                let end = end_of_line(text, offset);
                search.at = end;
                let content = self.content(text, start, end);
                // A match that looks at the CR of a line end is none of the line.
                let sure = sure && offset <= start + content.len();
                if sure || self.pattern.matches(content).map_err(|_| Stop::OutOfSteps)? {
                    return Ok(Some(Block { start, end, matches: None }));
                }
                if end >= limit {
                    break;
                }
            }
            search.at = limit;
        }
        Ok(None)
    }

    fn next_line_by_itself(&self, search: &mut Search, text: &[u8]) -> Result<Option<Block>, Stop> {
        let mut unchecked = 0;
        while search.at < text.len() {
            let start = search.at;
            let end = end_of_line(text, start);
            unchecked += end - start + 256;
            // Backtracking may take long for any line.
            if unchecked > STRIDE_BYTES || self.pattern.engine() == super::Engine::FancyRegex {
                if search.at > 0 { self.check_time() } else { self.check() }?;
                unchecked = 0;
            }
            search.at = end;
            if self.pattern.matches(self.content(text, start, end)).map_err(|_| Stop::OutOfSteps)? {
                return Ok(Some(Block { start, end, matches: None }));
            }
        }
        Ok(None)
    }

    fn next_matching_block(&self, search: &mut Search, text: &[u8]) -> Result<Option<Block>, Stop> {
        let mut block: Option<Block> = None;
        let most_bytes = self.most_bytes();
        // At the start of the text it goes on, as in `next_matching_line`.
        if search.at > 0 { self.check_time() } else { self.check() }?;
        let (mut unchecked, mut checked_at) = (0, search.at);
        loop {
            unchecked += 1;
            if unchecked > STRIDE_MATCHES || search.at - checked_at > STRIDE_BYTES {
                self.check()?;
                (unchecked, checked_at) = (0, search.at);
            }
            let found = match search.next_match.take() {
                Some(found) => Some(found),
                None if search.at > text.len() => None,
                None => self.pattern.find(text, search.at).map_err(|_| Stop::OutOfSteps)?,
            };
            let Some((start, end)) = found else {
                search.at = text.len() + 1;
                return Ok(block);
            };
            search.at = if end > start { end } else { end + 1 };
            if let Some(open) = block.as_mut().filter(|open| open.begins_inside(text, start)) {
                // Only behind the block: a long line has many matches.
                if end > open.end {
                    open.end = if text[end - 1] == b'\n' { end } else { end_of_line(text, end) };
                }
                open.matches.get_or_insert_default().add((start, end), most_bytes);
                continue;
            }
            let block_start = start_of_line(text, start);
            // Behind the last line end there is no line.
            if block_start == text.len() {
                search.at = text.len() + 1;
                return Ok(block);
            }
            let block_end =
                if end > block_start && text[end - 1] == b'\n' { end } else { end_of_line(text, end) };
            if block.is_some() {
                search.next_match = Some((start, end));
                return Ok(block);
            }
            let mut matches = Matches::default();
            matches.add((start, end), most_bytes);
            block = Some(Block { start: block_start, end: block_end, matches: Some(matches) });
        }
    }

    /// What of a line may be shown at most.
    fn most_bytes(&self) -> usize {
        self.shape.max_line_units.saturating_mul(4)
    }

    /// The lines from `start` to `end` without the end of the last.
    fn content<'t>(&self, text: &'t [u8], start: usize, end: usize) -> &'t [u8] {
        let lines = &text[start..end];
        let Some(lines) = lines.strip_suffix(b"\n") else { return lines };
        if self.pattern.crlf { lines.strip_suffix(b"\r").unwrap_or(lines) } else { lines }
    }

    fn matches_of_line(&self, line: &[u8]) -> Result<Matches, Stop> {
        let mut matches = Matches::default();
        let most_bytes = self.most_bytes();
        let (mut at, mut unchecked) = (0, 0);
        while at <= line.len() {
            let Some((start, end)) = self.pattern.find(line, at).map_err(|_| Stop::OutOfSteps)? else {
                break;
            };
            matches.add((start, end), most_bytes);
            at = if end > start { end } else { end + 1 };
            unchecked += 1;
            if unchecked > STRIDE_MATCHES {
                self.check()?;
                unchecked = 0;
            }
        }
        Ok(matches)
    }

    /// Adds a match with its context, of which the part behind ends at `after_end` at the latest.
    fn put(
        &self,
        search: &mut Search,
        text: &Text<'_>,
        block: Block,
        after_end: usize,
        found: &mut Found,
    ) -> Result<(), Stop> {
        let bytes = text.bytes;
        let content = self.content(bytes, block.start, block.end);
        let matches = match block.matches {
            Some(mut matches) => {
                let inside = |at: usize| (at - block.start).min(content.len());
                let is_behind = |at: &&usize| **at >= block.start + content.len();
                matches.count -= matches.last.iter().flatten().filter(is_behind).count();
                matches.first = matches.first.map(inside);
                for range in &mut matches.ranges {
                    *range = (inside(range.0), inside(range.1));
                }
                matches.ranges.retain(|(start, end)| start < end);
                matches
            }
            None if self.shape.invert => Matches::default(),
            None => self.matches_of_line(content)?,
        };
        let first = matches.first.unwrap_or(0);
        search.lines_counted += memchr::memchr_iter(b'\n', &bytes[search.counted..block.start]).count();
        search.counted = block.start;
        let before = self.before(bytes, block.start, search.shown);
        let after = self.after(bytes, block.end, after_end);
        search.shown = after.last().map_or(block.end, |&(_, end)| end);

        let Matches { ranges, count, .. } = matches;
        let mut ranges = ranges;
        found.begin();
        let from = found.text.len();
        push_decoded(&mut found.text, content);
        let line_units = units_of(&found.text[from..]);
        let column = if line_units == content.len() && found.text[from..].is_ascii() {
            first
        } else {
            to_units(content, first, &mut ranges)
        };
        let (mut start, mut text_units) = (0, line_units);
        if line_units > self.shape.max_line_units {
            start = window_start(column, line_units, self.shape.max_line_units);
            // A pair is not cut through.
            if start > 0
                && found.text[from..]
                    .encode_utf16()
                    .nth(start)
                    .is_some_and(|unit| (0xdc00..0xe000).contains(&unit))
            {
                start += 1;
            }
            text_units = cut(&mut found.text, from, start, self.shape.max_line_units.min(line_units - start));
            ranges.retain_mut(|range| {
                *range = (range.0.max(start) - start, range.1.min(start + text_units).saturating_sub(start));
                range.0 < range.1
            });
        }
        found.units += text_units;
        found.put(search.lines_counted + 1);
        found.put(column);
        found.put(text.skipped_bytes + block.start + first);
        found.put(text_units);
        found.put(ranges.len());
        found.put(before.len());
        found.put(after.len());
        let flag = found.numbers.len();
        found.put(0);
        let mut lengths = Vec::with_capacity(before.len() + after.len());
        let mut context_cut = 0;
        for &(start, end) in before.iter().chain(&after) {
            let (length, is_cut) = found.put_line(self.content(bytes, start, end), self.shape.max_line_units);
            lengths.push(length);
            context_cut += usize::from(is_cut);
        }
        if text_units < line_units || context_cut > 0 {
            found.numbers[flag] = 1;
            found.put(start);
            found.put(line_units);
            found.put(count);
            found.put(context_cut);
        }
        for (start, end) in ranges {
            found.put(start);
            found.put(end);
        }
        for length in lengths {
            found.put(length);
        }
        Ok(())
    }

    /// The lines in front of `start`, not before `earliest`.
    fn before(&self, text: &[u8], start: usize, earliest: usize) -> Vec<(usize, usize)> {
        let mut lines = Vec::new();
        let mut end = start;
        while lines.len() < self.shape.before && end > earliest {
            let start = start_of_line(text, end - 1);
            lines.push((start, end));
            end = start;
        }
        lines.reverse();
        lines
    }

    /// The lines behind `end`, up to `latest`.
    fn after(&self, text: &[u8], end: usize, latest: usize) -> Vec<(usize, usize)> {
        let mut lines = Vec::new();
        let mut start = end;
        while lines.len() < self.shape.after && start < latest {
            let end = end_of_line(text, start);
            lines.push((start, end));
            start = end;
        }
        lines
    }
}

fn in_time(deadline: Option<Instant>) -> Result<(), Stop> {
    match deadline {
        Some(deadline) if Instant::now() >= deadline => Err(Stop::Late),
        _ => Ok(()),
    }
}

/// Where to begin showing a line that is too long, so that its first match and some of what is before it is seen.
fn window_start(column: usize, line_units: usize, max_units: usize) -> usize {
    column.saturating_sub(max_units / 4).min(line_units - max_units)
}

/// The offsets of a line, in bytes, as those of its text in UTF-16 code units; gives that of `first`, the smallest.
fn to_units(line: &[u8], first: usize, ranges: &mut [(usize, usize)]) -> usize {
    let mut parts = line.utf8_chunks().flat_map(|chunk| {
        let characters = chunk.valid().chars().map(|character| (character.len_utf8(), character.len_utf16()));
        let invalid = chunk.invalid().len();
        characters.chain((invalid > 0).then_some((invalid, 1)))
    });
    let (mut byte, mut unit) = (0, 0);
    let mut part = parts.next();
    // An offset inside of a part is its start, or its end where a range ends.
    let mut advance = |target: usize, is_end: bool| {
        while let Some((bytes, units)) = part {
            if byte + bytes > target {
                return if is_end && byte < target { unit + units } else { unit };
            }
            byte += bytes;
            unit += units;
            part = parts.next();
        }
        unit
    };
    let column = advance(first, false);
    for range in ranges {
        *range = (advance(range.0, false), advance(range.1, true));
    }
    column
}

/// Where the line that has `at` in it begins.
fn start_of_line(text: &[u8], at: usize) -> usize {
    memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1)
}

/// Behind the end of the line that has `at` in it.
fn end_of_line(text: &[u8], at: usize) -> usize {
    memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1)
}
