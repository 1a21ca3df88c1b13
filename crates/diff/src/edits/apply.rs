//! Puts the edits that models write where they belong, or says why not. `lib/diff/edits/apply.js` does the same.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use super::block::{Block, Entry, Final, Kind, compare, lines_of};
use super::grades::{
    Reindentation, as_in_file, indentation_of, is_blank_line, is_word, key_of, weigh, without_blanks,
};
use super::locate::{
    Anchored, MAX_LINES, Place, Region, Steps, is_inside_header, places_of, positions_of, regions_of,
    splits_word, verbatim,
};
use super::source::{BOM, Ending, Keys, Replacement, Source, new_lines, with_line_feeds};
use super::{Edit, Grade, Hunk, Near, Options, Outcome, Reason, Report, Texts};
use crate::closest::closest_in;

/// Code points of words that the old lines need to be placed by more than a difference in trailing blanks.
const MIN_WEIGHT: usize = 12;
/// How like the old lines another place may be where they are not found as they are.
const MAX_RIVAL: f64 = 0.75;
/// How often a line counts that is in the old lines more than once.
const MAX_REPEATS: usize = 8;
/// What a report has at most.
const MAX_CANDIDATES: usize = 20;
const MAX_CLOSEST: usize = 3;
const MIN_CLOSEST_SCORE: f64 = 0.4;
const MAX_CLOSEST_LINES: usize = 200;

/// What is to be done for an edit.
enum Attempt {
    Refused(Report),
    Replaced {
        report: Report,
        replacements: Vec<Replacement>,
        /// The line before which no later hunk changes anything.
        cursor: Option<usize>,
    },
    Created {
        report: Report,
        text: Vec<u8>,
    },
}

/// Applies the edits in their order, each to what those before it made.
///
/// Where one is refused, nothing is applied unless `options.partial` is set; the reports say for every edit where it went
/// or why not. All lines are those of `source` as it is given, from 1, where a line that an edit inserts counts as the one
/// before it. Lines end in LF, CRLF or CR, and what an edit writes ends as the lines around it do.
///
/// ```
/// use tenon_diff::edits::{Edit, Grade, Options, Texts, apply};
///
/// let edit = Texts { old_text: b"one\n".to_vec(), new_text: b"two\n".to_vec(), ..Texts::default() };
/// let outcome = apply(b"zero\r\none\r\n", &[Edit::Texts(edit)], &Options::default());
/// assert_eq!(outcome.text.as_deref(), Some(&b"zero\r\ntwo\r\n"[..]));
/// assert_eq!(outcome.edits[0].matched_with, Some(Grade::Exact));
/// ```
pub fn apply(source: &[u8], edits: &[Edit], options: &Options) -> Outcome {
    let mut source = Source::new(source);
    // No hunk changes a line before this one.
    let mut cursor = 0;
    let mut reports = Vec::with_capacity(edits.len());
    for edit in edits {
        let attempt = match edit {
            Edit::Texts(texts) => try_texts(&mut source, texts, options.fuzzy),
            Edit::Hunk(hunk) => {
                if hunk.first {
                    cursor = 0;
                }
                try_hunk(&mut source, hunk, options.fuzzy, cursor)
            }
        };
        reports.push(match attempt {
            Attempt::Refused(report) => report,
            Attempt::Replaced { report, replacements, cursor: next } => {
                source.replace(&replacements);
                cursor = next.unwrap_or(cursor);
                report
            }
            Attempt::Created { report, text } => {
                source = Source::new(&text);
                source.origins.fill(0);
                report
            }
        });
    }
    if options.partial || reports.iter().all(|report| report.applied) {
        return Outcome { text: Some(source.text()), edits: reports };
    }
    for report in reports.iter_mut().filter(|report| report.applied) {
        report.applied = false;
        report.reason = Some(Reason::RolledBack);
    }
    Outcome { text: None, edits: reports }
}

fn try_texts(source: &mut Source, edit: &Texts, fuzzy: Option<f64>) -> Attempt {
    let (old_text, new_text) = (with_line_feeds(&edit.old_text), new_lines(&edit.new_text, source.form));
    let (mut old_text, mut new_text) = (old_text.as_ref(), new_text.as_ref());
    if !source.bom.is_empty()
        && let Some(rest) = old_text.strip_prefix(BOM)
    {
        old_text = rest;
        new_text = new_text.strip_prefix(BOM).unwrap_or(new_text);
    }
    if *old_text == *with_line_feeds(new_text) {
        return refuse(Reason::NoChange);
    }
    if old_text.is_empty() {
        if source.count() > 0 {
            return refuse(Reason::EmptySearch);
        }
        let body = edit.new_text.strip_prefix(source.bom).unwrap_or(&edit.new_text);
        return Attempt::Created {
            report: applied(Grade::Exact, 1, 1, 1, 1.0),
            text: [source.bom, body].concat(),
        };
    }
    if !edit.whole_lines
        && let Some(attempt) = try_verbatim(source, old_text, new_text, edit.all)
    {
        return attempt;
    }
    let block = Block::of_texts(old_text, new_text);
    if block.entries.iter().all(|entry| entry.kind == Kind::Kept) {
        return refuse(Reason::NoChange);
    }
    let grade = if edit.whole_lines { Grade::Exact } else { Grade::TrailingSpace };
    let attempt = try_block(source, &block, &Search { grade, all: edit.all, fuzzy, cursor: 0 });
    let missing = matches!(&attempt, Attempt::Refused(report) if report.reason == Some(Reason::NotFound));
    if edit.whole_lines || !missing || weigh(new_text) < MIN_WEIGHT {
        return attempt;
    }
    match verbatim(&source.flat, new_text)[..] {
        [there] => refuse_at(Reason::AlreadyApplied, vec![number(source, source.line_at(there))]),
        _ => attempt,
    }
}

/// The old text, which is not empty, as it is, from anywhere in a line to anywhere in one; none where it is not there.
fn try_verbatim(source: &Source, old_text: &[u8], new_text: &[u8], all: bool) -> Option<Attempt> {
    let flat = &source.flat;
    let mut found = verbatim(flat, old_text);
    // The LF at the end of a text without final newline is not there.
    if source.is_incomplete() && old_text.iter().all(|&byte| byte == b'\n') {
        found.retain(|at| at + old_text.len() < flat.len());
    }
    let first = *found.first()?;
    let line_of = |at: usize| number(source, source.line_at(at));
    if all {
        let mut end = 0;
        found.retain(|&at| {
            let apart = at >= end;
            if apart {
                end = at + old_text.len();
            }
            apart
        });
    } else if found.len() > 1 {
        let candidates = found.iter().take(MAX_CANDIDATES).map(|&at| line_of(at)).collect();
        return Some(refuse_at(Reason::Ambiguous, candidates));
    } else if inside_word(flat, first, old_text) {
        return Some(refuse_at(Reason::InsideWord, vec![line_of(first)]));
    } else if is_there(flat, first, old_text, new_text) {
        return Some(refuse_at(Reason::AlreadyApplied, vec![line_of(first)]));
    } else {
        let (start, end) = (source.line_at(first), source.line_at(first + old_text.len() - 1) + 1);
        if cuts_lines(source, first, old_text, start, end)
            && let Some(rival) = similar_lines(source, old_text, start, end)
        {
            return Some(refuse_at(Reason::Ambiguous, numbers(source, [start, rival])));
        }
    }
    let mut pieces = Vec::with_capacity(found.len());
    let mut end = 0;
    for &at in &found {
        let Some(piece) = indented(source, at, old_text, new_text, end) else {
            return Some(refuse_at(Reason::Indentation, vec![line_of(at)]));
        };
        if !all && is_there(flat, piece.at, &flat[piece.at..piece.end], &piece.text) {
            return Some(refuse_at(Reason::AlreadyApplied, vec![line_of(at)]));
        }
        end = piece.end;
        pieces.push(piece);
    }
    let grade = if pieces.iter().any(|piece| piece.prefixed) { Grade::Indentation } else { Grade::Exact };
    let replacements = segments_of(source, &pieces)
        .into_iter()
        .map(|Segment { first, last, text, ending }| {
            let (entries, _) = compare(&lines_of(source.lines(first, last)), &lines_of(&text));
            build(source, &Place::as_it_is(first, last), &entries, ending)
        })
        .collect();
    let end_line = line_of(first + old_text.len() - 1);
    let report = applied(grade, line_of(first), end_line, found.len(), 1.0);
    Some(Attempt::Replaced { report, replacements, cursor: None })
}

/// A part of the flat text, and what takes its place.
struct Piece<'a> {
    at: usize,
    end: usize,
    text: Cow<'a, [u8]>,
    prefixed: bool,
}

/// What is replaced for a text that is found. Where it lacks some of its first line's indentation and becomes several lines,
/// these get it; where it becomes nothing and leaves nothing on its line, the indentation goes too. None where it cannot be
/// told whether the new lines have their indentation. What is before `from` is replaced already.
fn indented<'a>(
    source: &Source,
    at: usize,
    old_text: &[u8],
    new_text: &'a [u8],
    from: usize,
) -> Option<Piece<'a>> {
    let flat = &source.flat;
    let end = at + old_text.len();
    let as_it_is = Piece { at, end, text: new_text.into(), prefixed: false };
    let start = source.starts[source.line_at(at)];
    let missing = &flat[start..at];
    if missing.is_empty() || !is_blank_line(missing) || start < from || old_text.starts_with(b"\n") {
        return Some(as_it_is);
    }
    if new_text.is_empty() {
        let whole = old_text.ends_with(b"\n") || flat.get(end) == Some(&b'\n');
        return Some(if whole { Piece { at: start, ..as_it_is } } else { as_it_is });
    }
    if !new_text.contains(&b'\n') {
        return Some(as_it_is);
    }
    let old_lines: Vec<&[u8]> = old_text.split(|&byte| byte == b'\n').collect();
    let lines: Vec<&[u8]> = new_text.split(|&byte| byte == b'\n').collect();
    let prefix = |line: &[u8]| if is_blank_line(line) { line.to_vec() } else { [missing, line].concat() };
    // Further old lines are found as they are, so the new ones are written as they shall be.
    if !old_lines[1..].iter().all(|line| is_blank_line(line)) {
        let text = [prefix(lines[0]).as_slice(), &new_text[lines[0].len()..]].concat();
        return Some(Piece { at: start, end, text: text.into(), prefixed: true });
    }
    let whole = [missing, indentation_of(old_lines[0])].concat();
    let mut written = lines[1..].iter().filter(|line| !is_blank_line(line)).peekable();
    if let Some(&&first_written) = written.peek()
        && written.all(|line| line.starts_with(&whole))
        // Either they have the indentation that the first lacks, or they are inside of what the first opens.
        && (!matches!(lines[0].last(), Some(b':' | b'{' | b'(' | b'['))
            || indentation_of(first_written) != whole)
    {
        return None;
    }
    let text = lines.into_iter().map(prefix).collect::<Vec<_>>().join(&b'\n');
    Some(Piece { at: start, end, text: text.into(), prefixed: true })
}

/// Whether a text that is found begins or ends inside a word; one of several lines also where it begins behind a dot or a
/// sigil, which would make the first name another one.
fn inside_word(flat: &[u8], at: usize, old_text: &[u8]) -> bool {
    if splits_word(flat, at) || splits_word(flat, at + old_text.len()) {
        return true;
    }
    at > 0
        && old_text.contains(&b'\n')
        && old_text.first().is_some_and(|&byte| is_word(byte.into()))
        && b".$@".contains(&flat[at - 1])
}

/// Whether a text of several lines begins behind something else on its first line or ends before something else on its last.
fn cuts_lines(source: &Source, at: usize, old_text: &[u8], first: usize, last: usize) -> bool {
    let before = &source.flat[source.starts[first]..at];
    let after = source.flat.get(at + old_text.len()..source.starts[last] - 1).unwrap_or_default();
    last - first >= 2 && !(is_blank_line(before) && is_blank_line(after))
}

/// Whether what the new text adds before or after the old one is there already.
fn is_there(flat: &[u8], at: usize, old_text: &[u8], new_text: &[u8]) -> bool {
    let there = |from: Option<usize>, added: &[u8]| {
        weigh(added) > 0
            && from.and_then(|from| flat.get(from..)).is_some_and(|rest| rest.starts_with(new_text))
    };
    new_text.strip_prefix(old_text).is_some_and(|added| there(Some(at), added))
        || new_text.strip_suffix(old_text).is_some_and(|added| there(at.checked_sub(added.len()), added))
}

/// Whole lines that the replacements of a text change.
struct Segment {
    first: usize,
    last: usize,
    text: Vec<u8>,
    ending: Final,
}

/// The whole lines that the replacements of a text change, those that share a line as one.
fn segments_of(source: &Source, pieces: &[Piece<'_>]) -> Vec<Segment> {
    let Source { flat, starts, .. } = source;
    let mut segments = Vec::new();
    let mut index = 0;
    while index < pieces.len() {
        let first = source.line_at(pieces[index].at);
        let mut text = Vec::new();
        let mut at = starts[first];
        let mut last;
        // Whether what is written so far ends inside a line.
        let mut open = false;
        loop {
            let piece = &pieces[index];
            text.extend_from_slice(&flat[at..piece.at]);
            text.extend_from_slice(&piece.text);
            if !piece.text.is_empty() {
                open = !piece.text.ends_with(b"\n");
            } else if piece.at > at {
                open = flat[piece.at - 1] != b'\n';
            }
            at = piece.end;
            last = source.line_at(at);
            if last < source.count() && (at > starts[last] || open) {
                last += 1;
            }
            index += 1;
            if index >= pieces.len() || pieces[index].at >= starts[last] {
                break;
            }
        }
        text.extend_from_slice(&flat[at..starts[last]]);
        let cut = open && at == flat.len();
        if cut {
            text.push(b'\n');
        }
        segments.push(Segment { first, last, text, ending: if cut { Final::Nothing } else { Final::Keep } });
    }
    segments
}

fn try_hunk(source: &mut Source, edit: &Hunk, fuzzy: Option<f64>, cursor: usize) -> Attempt {
    let block = Block::of_hunk(edit, source.form);
    let written = block.entries.iter().filter(|entry| entry.kind != Kind::Lost).map(|entry| &entry.text);
    if block.ending == Final::Keep && written.eq(&block.old) {
        return refuse(Reason::NoChange);
    }
    try_block(source, &block, &Search { grade: Grade::Exact, all: false, fuzzy, cursor })
}

/// How a block is sought, from `grade` on.
struct Search {
    grade: Grade,
    all: bool,
    fuzzy: Option<f64>,
    cursor: usize,
}

fn try_block(source: &mut Source, block: &Block, search: &Search) -> Attempt {
    let (regions, lines) = match regions_of(source, &block.anchors) {
        Anchored::In { regions, lines } => (regions, lines),
        Anchored::TooLarge => return refuse(Reason::TooLarge),
        Anchored::Several(lines) => return refuse_at(Reason::Ambiguous, numbers(source, lines)),
        Anchored::Missing(index) => {
            let closest = closest_to(source, &block.anchors[index]);
            return refuse_near(Reason::AnchorNotFound, closest);
        }
    };
    if block.old.is_empty() {
        return try_insertion(source, block, &lines, search.cursor);
    }
    if block.old.iter().all(|line| is_blank_line(line)) {
        return refuse(Reason::NoContext);
    }
    let count = source.count();
    let fits = |regions: &mut Within<'_>, place: &Place| {
        regions.contains(place.first) && (!block.at_end || place.last == count)
    };
    let mut elsewhere: Vec<usize> = Vec::new();
    let mut below_score = false;
    let mut steps = Steps::new(MAX_LINES);
    for grade in Grade::ALL.into_iter().filter(|&grade| grade >= search.grade) {
        if grade == Grade::Fuzzy && search.fuzzy.is_none() {
            break;
        }
        if !block.complete && grade > Grade::Exact {
            return refuse(Reason::TooLarge);
        }
        let mut places = places_of(source, block, grade, &mut steps);
        if steps.spent {
            return refuse(Reason::TooLarge);
        }
        let firsts: Vec<usize> = places.iter().map(|place| place.first).collect();
        let mut within = Within::new(&regions);
        places.retain(|place| fits(&mut within, place));
        if elsewhere.is_empty() && places.is_empty() {
            elsewhere = firsts;
        }
        if let [place] = &places[..]
            && grade == Grade::Fuzzy
            && search.fuzzy.is_some_and(|minimum| place.score < minimum)
        {
            below_score = true;
            places.clear();
        }
        if !places.is_empty() {
            return decide(source, block, grade, &places, search);
        }
    }
    let mut within = Within::new(&regions);
    if let Some(there) = applied_at(source, block, |place| fits(&mut within, place)) {
        return refuse_at(Reason::AlreadyApplied, numbers(source, [there]));
    }
    if !elsewhere.is_empty() {
        let mut within = Within::new(&regions);
        let inside = elsewhere.iter().any(|&first| within.contains(first));
        let candidates = numbers(source, elsewhere);
        if inside {
            return refuse_at(Reason::NotAtEnd, candidates);
        }
        let closest = Some(closest_to(source, &block.old.join(&b'\n')));
        return Attempt::Refused(Report {
            candidates: Some(candidates),
            closest,
            ..refused(Reason::OutsideAnchor)
        });
    }
    let reason = if below_score { Reason::BelowScore } else { Reason::NotFound };
    refuse_near(reason, closest_to(source, &block.old.join(&b'\n')))
}

/// Only gained lines: they go after the last anchor, to the end where they shall be, or into a text that has no lines.
/// `anchors` says where the last anchor is.
fn try_insertion(source: &Source, block: &Block, anchors: &[usize], cursor: usize) -> Attempt {
    if !block.at_end && anchors.len() > 1 {
        return refuse_at(Reason::Ambiguous, numbers(source, anchors.iter().copied()));
    }
    if !block.at_end && anchors.is_empty() && source.count() > 0 {
        return refuse(Reason::NoContext);
    }
    if !block.at_end && anchors.first().is_some_and(|&anchor| is_inside_header(source.line(anchor))) {
        return refuse(Reason::NoContext);
    }
    let at = match anchors.first() {
        Some(anchor) if !block.at_end => anchor + 1,
        _ => source.count(),
    };
    let before = at.saturating_sub(1);
    if at < cursor {
        return refuse_at(Reason::OutOfOrder, numbers(source, [before]));
    }
    let gained: Vec<&[u8]> = block.entries.iter().map(|entry| entry.text.as_slice()).collect();
    let start = if block.at_end { at.checked_sub(gained.len()) } else { Some(at) };
    if let Some(start) = start
        && weigh(&gained.join(&b'\n')) > 0
        && equal_lines(source, start, &gained)
    {
        return refuse_at(Reason::AlreadyApplied, numbers(source, [start]));
    }
    let replacement = build(source, &Place::as_it_is(at, at), &block.entries, block.ending);
    let line = if source.count() == 0 { 1 } else { number(source, before) };
    Attempt::Replaced {
        report: applied(Grade::Exact, line, line, 1, 1.0),
        replacements: vec![replacement],
        cursor: Some(at + gained.len()),
    }
}

/// What happens where the block is found: in `places`, of which there is at least one, in order.
fn decide(source: &mut Source, block: &Block, grade: Grade, places: &[Place], search: &Search) -> Attempt {
    let place = &places[0];
    if !search.all && places.len() > 1 {
        return refuse_at(Reason::Ambiguous, numbers(source, places.iter().map(|place| place.first)));
    }
    if grade >= Grade::Indentation && block.anchors.is_empty() {
        let old = block.old.join(&b'\n');
        if weigh(&old) < MIN_WEIGHT {
            let (candidates, closest) =
                (Some(numbers(source, [place.first])), Some(closest_to(source, &old)));
            return Attempt::Refused(Report { candidates, closest, ..refused(Reason::TooShort) });
        }
        if !search.all
            && let Some(rival) = rival_of(source, block, place)
        {
            return refuse_at(Reason::Ambiguous, numbers(source, [place.first, rival]));
        }
    }
    if !search.all {
        if first_change(block, place) < search.cursor {
            return refuse_at(Reason::OutOfOrder, numbers(source, [place.first]));
        }
        if let Some(there) = inserted_at(source, block, place) {
            return refuse_at(Reason::AlreadyApplied, numbers(source, [there]));
        }
    }
    let mut replacements = Vec::new();
    let mut end = 0;
    for each in places {
        // Of places that overlap the first is taken.
        if each.first < end {
            continue;
        }
        end = each.last;
        let Some(entries) = reindented(&block.entries, &each.ways) else {
            return refuse_at(Reason::Indentation, numbers(source, [each.first]));
        };
        let entries = if grade >= Grade::UnicodePunctuation {
            with_punctuation(source, each, entries)
        } else {
            entries
        };
        let replacement = build(source, each, &entries, block.ending);
        if changes(source, &replacement) {
            replacements.push(replacement);
        }
    }
    let Some(Replacement { first, endings, .. }) = replacements.first() else {
        return refuse_at(Reason::AlreadyApplied, numbers(source, [place.first]));
    };
    let kept = block.entries.iter().rev().take_while(|entry| entry.kind == Kind::Kept).count();
    let cursor = Some(first + endings.len().saturating_sub(kept));
    let (line, end_line) = (number(source, place.first), number(source, place.last - 1));
    let report = applied(grade, line, end_line, replacements.len(), place.score);
    Attempt::Replaced { report, replacements, cursor }
}

/// Tells of lines in ascending order whether they are in one of the regions.
struct Within<'a> {
    regions: &'a [Region],
}

impl<'a> Within<'a> {
    fn new(regions: &'a [Region]) -> Self {
        Self { regions }
    }

    fn contains(&mut self, line: usize) -> bool {
        while let [region, rest @ ..] = self.regions
            && region.to <= line
        {
            self.regions = rest;
        }
        self.regions.first().is_some_and(|region| region.from <= line)
    }
}

/// The line of another place that is so like the old lines that it may be the one that is meant: in which most lines are
/// theirs as they are, or that is like them in all.
fn rival_of(source: &mut Source, block: &Block, place: &Place) -> Option<usize> {
    if let Some(found) = most_lines(source, &block.old, place.first, place.last) {
        return Some(found);
    }
    similar_lines(source, &block.old.join(&b'\n'), place.first, place.last)
}

/// The line of the place most like a text outside of the lines from `first` to before `last`, if it is like it.
fn similar_lines(source: &Source, text: &[u8], first: usize, last: usize) -> Option<usize> {
    let found = closest_in(source.searchable(), text, 2, MAX_RIVAL);
    found.iter().find(|it| it.end_line <= first || it.start_line > last).map(|it| it.start_line - 1)
}

/// The first place outside of the lines from `first` to before `last` that has more than half of these lines, those that are
/// not blank, and two or more.
fn most_lines(source: &mut Source, lines: &[Vec<u8>], first: usize, last: usize) -> Option<usize> {
    let total = source.count();
    let Keys { known, ids } = source.keys(Grade::TrailingSpace);
    let mut indexes: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut count = 0;
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| !is_blank_line(line)) {
        count += 1;
        if let Some(&id) = known.get(key_of(Grade::TrailingSpace, line).as_ref()) {
            let there = indexes.entry(id).or_default();
            // A line that is often there tells little.
            if there.len() < MAX_REPEATS {
                there.push(index);
            }
        }
    }
    let mut shared = vec![0_usize; total + lines.len()];
    for (line, id) in ids.iter().enumerate().filter(|(line, _)| *line < first || *line >= last) {
        for index in indexes.get(id).into_iter().flatten() {
            shared[line + lines.len() - index] += 1;
        }
    }
    let needed = (count / 2 + 1).max(2);
    shared.iter().position(|&lines| lines >= needed).map(|at| at.saturating_sub(lines.len()))
}

/// The line at which a place begins to change.
fn first_change(block: &Block, place: &Place) -> usize {
    match block.entries.iter().position(|entry| entry.kind != Kind::Kept) {
        Some(index) if index < block.old.len() => {
            place.line_of(index).unwrap_or(place.first).max(place.first)
        }
        _ => place.last,
    }
}

/// Where the lines of a block that only gains lines are, around the place of those it keeps.
fn inserted_at(source: &Source, block: &Block, place: &Place) -> Option<usize> {
    let entries = &block.entries;
    if entries.iter().any(|entry| entry.kind == Kind::Lost) || entries.len() == block.old.len() {
        return None;
    }
    let start = place.first.checked_sub(entries.iter().position(|entry| entry.kind == Kind::Kept)?)?;
    let gained: Vec<&[u8]> = entries
        .iter()
        .filter(|entry| entry.kind == Kind::Gained)
        .map(|entry| entry.text.as_slice())
        .collect();
    let all: Vec<&[u8]> = entries.iter().map(|entry| entry.text.as_slice()).collect();
    (weigh(&gained.join(&b'\n')) > 0 && equal_lines(source, start, &all)).then_some(start)
}

/// Whether the source has these lines at a place, whatever their indentation.
fn equal_lines(source: &Source, first: usize, lines: &[&[u8]]) -> bool {
    let key = |line| key_of(Grade::UnicodePunctuation, line);
    first + lines.len() <= source.count()
        && lines.iter().enumerate().all(|(at, line)| key(line) == key(source.line(first + at)))
}

/// The line at which the new lines of a block are, if that is one place only.
fn applied_at(source: &mut Source, block: &Block, mut fits: impl FnMut(&Place) -> bool) -> Option<usize> {
    let entries = &block.entries;
    let lines: Vec<Vec<u8>> =
        entries.iter().filter(|entry| entry.kind != Kind::Lost).map(|entry| entry.text.clone()).collect();
    if weigh(&lines.join(&b'\n')) < MIN_WEIGHT {
        return None;
    }
    let gains = entries.iter().any(|entry| entry.kind == Kind::Gained);
    let lost = |entry: Option<&Entry>| entry.is_some_and(|entry| entry.kind == Kind::Lost);
    // Where lines are only lost, those around them have to meet.
    if !gains && (lost(entries.first()) || lost(entries.last())) {
        return None;
    }
    let positions = positions_of(source, &lines, Grade::TrailingSpace);
    let fit: Vec<usize> =
        positions.into_iter().filter(|&first| fits(&Place::as_it_is(first, first + lines.len()))).collect();
    match fit[..] {
        [there] => Some(there),
        _ => None,
    }
}

/// The entries with what they gain indented as the source is; none where the ways to do it do not agree.
fn reindented(entries: &[Entry], ways: &[Reindentation]) -> Option<Vec<Entry>> {
    let mut agreed: Option<Vec<Entry>> = None;
    for way in ways {
        let own = |entry: &Entry| {
            if entry.kind != Kind::Gained || is_blank_line(&entry.text) {
                return Some(entry.clone());
            }
            let indentation = indentation_of(&entry.text);
            let text = [way.apply(indentation)?.as_slice(), &entry.text[indentation.len()..]].concat();
            Some(Entry { kind: Kind::Gained, text })
        };
        let Some(result) = entries.iter().map(own).collect::<Option<Vec<Entry>>>() else { continue };
        match &agreed {
            Some(agreed) if *agreed != result => return None,
            Some(_) => {}
            None => agreed = Some(result),
        }
    }
    agreed
}

/// The entries with what they gain in the place of lost lines punctuated as these are in the source, where it is the same.
fn with_punctuation(source: &Source, place: &Place, entries: Vec<Entry>) -> Vec<Entry> {
    let mut lost: VecDeque<(Vec<u8>, &[u8])> = VecDeque::new();
    let mut index = 0;
    let mut result = Vec::with_capacity(entries.len());
    for Entry { kind, text } in entries {
        if kind == Kind::Gained {
            let text = match lost.pop_front() {
                Some((old, own)) if !is_blank_line(&text) => {
                    let (indentation, content) = text.split_at(indentation_of(&text).len());
                    [indentation, &as_in_file(without_blanks(&old), content, own)].concat()
                }
                _ => text,
            };
            result.push(Entry { kind, text });
            continue;
        }
        let line = place.line_of(index);
        index += 1;
        if kind == Kind::Kept {
            lost.clear();
        } else if let Some(line) = line {
            lost.push_back((text.clone(), without_blanks(source.line(line))));
        }
        result.push(Entry { kind, text });
    }
    result
}

/// Collects the lines that take the place of others.
struct Builder<'a> {
    source: &'a Source,
    text: Vec<u8>,
    endings: Vec<Ending>,
    origins: Vec<usize>,
}

impl Builder<'_> {
    fn keep(&mut self, line: usize) {
        self.text.extend_from_slice(self.source.lines(line, line + 1));
        self.endings.push(self.source.endings[line]);
        self.origins.push(self.source.origins[line]);
    }

    /// Adds a line in the place of a lost one or else behind the one before, which is before `first` where there is none.
    fn gain(&mut self, text: &[u8], lost: Option<usize>, first: usize) {
        self.text.extend_from_slice(text);
        self.text.push(b'\n');
        let ending = lost.map(|line| self.source.endings[line]).or_else(|| self.endings.last().copied());
        let before = || first.checked_sub(1).map_or(0, |line| self.source.origins[line]);
        let origin = lost.map(|line| self.source.origins[line]).or_else(|| self.origins.last().copied());
        let origin = origin.unwrap_or_else(before);
        let ending = ending.unwrap_or_else(|| self.source.ending_near(first));
        // A line that has a CR is none of those that end in it.
        let inside = ending == Ending::Cr && text.contains(&b'\r');
        self.endings.push(if inside { self.source.form } else { ending });
        self.origins.push(origin);
    }
}

/// The lines that take the place of those found. What is kept is the source's own; a gained line ends as the lost line whose
/// place it takes, or else as the line before it.
fn build(source: &Source, place: &Place, entries: &[Entry], ending: Final) -> Replacement {
    let Place { mut first, last, .. } = *place;
    let mut built = Builder { source, text: Vec::new(), endings: Vec::new(), origins: Vec::new() };
    let incomplete = last == source.count() && source.is_incomplete();
    if incomplete && first == last {
        first -= 1;
        built.keep(first);
    }
    let mut lost = VecDeque::new();
    let mut next = place.first;
    let mut index = 0;
    for Entry { kind, text } in entries {
        if *kind == Kind::Gained {
            built.gain(text, lost.pop_front(), first);
            continue;
        }
        let line = place.line_of(index);
        index += 1;
        let Some(line) = line else { continue };
        while next < line {
            built.keep(next);
            next += 1;
        }
        next += 1;
        if *kind == Kind::Kept {
            built.keep(line);
            lost.clear();
        } else {
            lost.push_back(line);
        }
    }
    while next < last {
        built.keep(next);
        next += 1;
    }
    if incomplete && built.endings.is_empty() && first > 0 {
        first -= 1;
        built.keep(first);
    }
    let Builder { text, mut endings, origins, .. } = built;
    let usual = source.ending_near(source.count().saturating_sub(1));
    for ending in &mut endings {
        if *ending == Ending::Nothing {
            *ending = usual;
        }
    }
    let last_ending = endings.last_mut();
    if let Some(last_ending) =
        last_ending.filter(|_| ending == Final::Nothing || (ending == Final::Keep && incomplete))
    {
        *last_ending = Ending::Nothing;
    }
    Replacement { first, last, text, endings, origins }
}

/// Whether a replacement is anything else than what it replaces.
fn changes(source: &Source, replacement: &Replacement) -> bool {
    let Replacement { first, last, text, endings, .. } = replacement;
    text != source.lines(*first, *last) || *endings != source.endings[*first..*last]
}

/// The line of the given text that a line stands for.
fn number(source: &Source, line: usize) -> usize {
    source.origins[line].max(1)
}

fn numbers(source: &Source, lines: impl IntoIterator<Item = usize>) -> Vec<usize> {
    lines.into_iter().take(MAX_CANDIDATES).map(|line| number(source, line)).collect()
}

fn closest_to(source: &Source, needle: &[u8]) -> Vec<Near> {
    closest_in(source.searchable(), needle, MAX_CLOSEST, MIN_CLOSEST_SCORE)
        .into_iter()
        .map(|it| {
            let start = it.start_line - 1;
            let end = it.end_line.min(start + MAX_CLOSEST_LINES);
            let lines = source.lines(start, end);
            Near {
                start_line: number(source, start),
                end_line: number(source, it.end_line - 1),
                score: it.score,
                text: lines[..lines.len() - 1].to_vec(),
            }
        })
        .collect()
}

fn applied(grade: Grade, line: usize, end_line: usize, count: usize, score: f64) -> Report {
    Report {
        applied: true,
        matched_with: Some(grade),
        line: Some(line),
        end_line: Some(end_line),
        count: Some(count),
        score: Some(score),
        ..Report::default()
    }
}

fn refused(reason: Reason) -> Report {
    Report { reason: Some(reason), ..Report::default() }
}

fn refuse(reason: Reason) -> Attempt {
    Attempt::Refused(refused(reason))
}

fn refuse_at(reason: Reason, candidates: Vec<usize>) -> Attempt {
    Attempt::Refused(Report { candidates: Some(candidates), ..refused(reason) })
}

fn refuse_near(reason: Reason, closest: Vec<Near>) -> Attempt {
    Attempt::Refused(Report { closest: Some(closest), ..refused(reason) })
}
