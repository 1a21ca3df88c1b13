//! Reads the edits in what a model wrote: SEARCH/REPLACE blocks, unified diffs whose line numbers need not be right, and V4A
//! patches. What can be read in two ways is refused. `lib/diff/edits/parse.js` does the same.

use std::collections::HashMap;

use super::names::{
    Marker, MarkerKind, decode_name, is_name, is_name_of, marker_of, names_other, path_of, paths_in,
    split_git_names, trimmed,
};
use super::{Edit, Hunk, Texts};
use crate::Error;

/// An anchor is inside the one before it; more than so many mean nothing.
const MAX_ANCHORS: usize = 32;

/// The form in which a model wrote its edits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `<<<<<<< SEARCH` … `=======` … `>>>>>>> REPLACE`.
    SearchReplace,
    /// Hunks behind `@@`, with line numbers or without.
    Unified,
    /// `*** Begin Patch` … `*** End Patch`.
    V4a,
}

impl Format {
    /// The name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::SearchReplace => "search-replace",
            Self::Unified => "unified",
            Self::V4a => "v4a",
        }
    }
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// It stays where it is.
    Update,
    /// It is not there yet: the first edit has no old text.
    Create,
    /// It goes; where there is an edit, all of the file is in it.
    Delete,
    /// It gets another path, and may have edits too.
    Move,
}

impl Operation {
    /// The name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Update => "update",
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Move => "move",
        }
    }
}

/// The edits in a model's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edits {
    /// Their form.
    pub format: Format,
    /// The files, in the order in which they are first named.
    pub files: Vec<File>,
}

/// What happens to a file, and its edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// None where the text names none.
    pub path: Option<Vec<u8>>,
    /// What happens to it.
    pub operation: Operation,
    /// Where it moves to.
    pub new_path: Option<Vec<u8>>,
    /// In their order.
    pub edits: Vec<ParsedEdit>,
    /// The line of the model's text, from 1.
    pub line: usize,
}

/// An edit, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedEdit {
    /// The line of the model's text, from 1.
    pub line: usize,
    /// The edit.
    pub edit: Edit,
}

impl ParsedEdit {
    fn texts(at: usize, old_text: Vec<u8>, new_text: Vec<u8>) -> Self {
        Self { line: at + 1, edit: Edit::Texts(Texts { old_text, new_text, all: false, whole_lines: true }) }
    }
}

/// Reads the edits in a model's text, which may have other text around them and fences.
///
/// # Errors
/// [`Error::Invalid`] with the line where there are no edits, where they are cut short or contradict themselves, and where
/// it cannot be told what belongs to them.
///
/// ```
/// let text = b"src/a.js\n<<<<<<< SEARCH\none\n=======\ntwo\n>>>>>>> REPLACE\n";
/// let edits = tenon_diff::edits::parse(text)?;
/// assert_eq!(edits.files[0].path.as_deref(), Some(&b"src/a.js"[..]));
/// # Ok::<(), tenon_diff::Error>(())
/// ```
pub fn parse(text: &[u8]) -> Result<Edits, Error> {
    let mut lines: Vec<&[u8]> =
        text.split(|&byte| byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let lines = lines.as_slice();
    for (at, &line) in lines.iter().enumerate() {
        match marker_of(line).map(|marker| marker.kind) {
            Some(MarkerKind::Search) => {
                return Ok(Edits { format: Format::SearchReplace, files: BlockParser::new(lines).files()? });
            }
            Some(MarkerKind::Replace) => return Err(invalid(at, REPLACE_ALONE)),
            Some(MarkerKind::Damaged) => return Err(invalid(at, DAMAGED)),
            _ => {}
        }
        if is_directive(line) {
            if directive_of(line) == b"Begin Patch" {
                return Ok(Edits { format: Format::V4a, files: V4aParser::new(lines).files()? });
            }
            return Err(invalid(at, NO_BEGIN));
        }
        if is_diff(lines, at) {
            return Ok(Edits { format: Format::Unified, files: UnifiedParser::new(lines).files()? });
        }
    }
    Err(invalid(0, NOTHING))
}

const NOTHING: &str = "no edits found";
const REPLACE_ALONE: &str = "a REPLACE marker without a SEARCH marker before it";
const DAMAGED: &str = "a marker that is neither SEARCH nor REPLACE as they are written: nothing follows the word, and a path is on the line above";
const NO_BEGIN: &str = "there is no '*** Begin Patch' before this";
const NO_HUNK: &str = "no hunk follows";
const NO_SIGN: &str = "a line of a hunk that begins with none of ' ', '+', '-'";

/// `at` is the line, from 0.
fn invalid(at: usize, message: impl Into<String>) -> Error {
    Error::Invalid { line: at + 1, message: message.into() }
}

/// The directives of V4A.
fn is_directive(line: &[u8]) -> bool {
    let names: [&[u8]; 7] = [
        b"Begin Patch",
        b"End Patch",
        b"Add File:",
        b"Delete File:",
        b"Update File:",
        b"Move to:",
        b"End of File",
    ];
    line.strip_prefix(b"*** ").is_some_and(|rest| names.iter().any(|name| rest.starts_with(name)))
}

/// What follows the stars.
fn directive_of(line: &[u8]) -> &[u8] {
    trimmed(line.get(4..).unwrap_or_default())
}

fn is_hunk_header(line: &[u8]) -> bool {
    line.strip_prefix(b"@@").is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\t')))
}

fn is_file_header(lines: &[&[u8]], at: usize) -> bool {
    lines[at].starts_with(b"--- ") && lines.get(at + 1).is_some_and(|line| line.starts_with(b"+++ "))
}

/// Whether a unified diff begins.
fn is_diff(lines: &[&[u8]], at: usize) -> bool {
    lines[at].starts_with(b"diff --git ") || is_hunk_header(lines[at]) || is_file_header(lines, at)
}

fn is_marker(line: &[u8]) -> bool {
    marker_of(line).is_some_and(|marker| marker.kind != MarkerKind::Divider)
}

/// How long the mark of a fence is that a line begins with; 0 where it begins with none.
fn fence_mark(line: &[u8]) -> usize {
    match line.first() {
        Some(&sign @ (b'`' | b'~')) => {
            let length = line.iter().take_while(|&&byte| byte == sign).count();
            if length >= 3 { length } else { 0 }
        }
        _ => 0,
    }
}

/// The fence around what is shown, which a line opens, goes on in or closes.
#[derive(Default)]
struct Fence {
    sign: u8,
    length: usize,
    /// The line that opened the fence; none outside.
    opened: Option<usize>,
}

impl Fence {
    /// Whether the line is a fence.
    fn take(&mut self, line: &[u8], at: usize) -> bool {
        let length = fence_mark(line);
        if length == 0 {
            return false;
        }
        if self.opened.is_none() {
            *self = Self { sign: line[0], length, opened: Some(at) };
            return true;
        }
        let closes = line[0] == self.sign && length >= self.length && trimmed(line).len() == length;
        if closes {
            self.opened = None;
        }
        closes
    }
}

/// The lines since the last edit that are no part of it and not in a fence that has none.
#[derive(Default)]
struct Between {
    lines: Vec<usize>,
    /// How many of them are before the fence that is open.
    outside: usize,
    /// The line after the last edit.
    after: usize,
}

impl Between {
    /// A line that is no part of an edit, which the fence takes too.
    fn take(&mut self, fence: &mut Fence, line: &[u8], at: usize) {
        let opened = fence.opened;
        if !fence.take(line, at) {
            self.lines.push(at);
        } else if fence.opened.is_some() {
            self.outside = self.lines.len();
        } else if opened.is_some_and(|opened| opened >= self.after) {
            self.lines.truncate(self.outside);
        }
    }

    /// `after` is the line after an edit.
    fn restart(&mut self, after: usize) {
        *self = Self { lines: Vec::new(), outside: 0, after };
    }
}

/// The files of a text in the order in which they are named.
#[derive(Default)]
struct Files {
    list: Vec<File>,
    by_path: HashMap<Option<Vec<u8>>, usize>,
}

impl Files {
    fn add(&mut self, path: Option<&[u8]>, operation: Operation, at: usize) -> Result<usize, Error> {
        let path = path.map(<[u8]>::to_vec);
        if let Some(&there) = self.by_path.get(&path) {
            if self.list[there].operation == Operation::Update && operation == Operation::Update {
                return Ok(there);
            }
            let name = path.map_or("the file".into(), |path| String::from_utf8_lossy(&path).into_owned());
            return Err(invalid(at, format!("{name} is already in these edits, in another way")));
        }
        self.by_path.insert(path.clone(), self.list.len());
        self.list.push(File { path, operation, new_path: None, edits: Vec::new(), line: at + 1 });
        Ok(self.list.len() - 1)
    }
}

/// SEARCH/REPLACE blocks.
struct BlockParser<'a> {
    lines: &'a [&'a [u8]],
    fence: Fence,
    between: Between,
    path: Option<&'a [u8]>,
    result: Files,
}

impl<'a> BlockParser<'a> {
    fn new(lines: &'a [&'a [u8]]) -> Self {
        let (fence, between) = (Fence::default(), Between::default());
        Self { lines, fence, between, path: None, result: Files::default() }
    }

    fn files(mut self) -> Result<Vec<File>, Error> {
        let mut at = 0;
        while at < self.lines.len() {
            let line = self.lines[at];
            match marker_of(line) {
                Some(marker) if marker.kind == MarkerKind::Search => {
                    at = self.block(at, marker)?;
                    continue;
                }
                Some(marker) if marker.kind == MarkerKind::Replace => return Err(invalid(at, REPLACE_ALONE)),
                Some(marker) if marker.kind == MarkerKind::Damaged => return Err(invalid(at, DAMAGED)),
                _ => {}
            }
            if is_directive(line) {
                return Err(invalid(at, "a V4A patch among SEARCH/REPLACE blocks"));
            }
            if is_diff(self.lines, at) {
                return Err(invalid(at, "a unified diff among SEARCH/REPLACE blocks"));
            }
            self.between.take(&mut self.fence, line, at);
            at += 1;
        }
        Ok(self.result.list)
    }

    /// Reads the block whose SEARCH marker is on line `start`. Returns the line after it.
    fn block(&mut self, start: usize, opening: Marker) -> Result<usize, Error> {
        let lines = self.lines;
        let mut dividers = Vec::new();
        let mut end = start + 1;
        loop {
            let Some(line) = lines.get(end) else {
                return Err(invalid(start, "the block is cut short: there is no REPLACE marker after it"));
            };
            if let Some(marker) = marker_of(line) {
                match marker.kind {
                    MarkerKind::Search => {
                        return Err(invalid(
                            end,
                            format!("a block begins inside the one of line {}", start + 1),
                        ));
                    }
                    MarkerKind::Damaged => return Err(invalid(end, DAMAGED)),
                    MarkerKind::Divider => dividers.push((end, marker.length)),
                    MarkerKind::Replace if (opening.sign == b'<') == (marker.sign == b'>') => break,
                    MarkerKind::Replace => {
                        let than =
                            format!("a marker of another kind than the SEARCH marker of line {}", start + 1);
                        return Err(invalid(end, than));
                    }
                }
            }
            end += 1;
        }
        let mut alike = dividers.iter().filter(|(_, length)| *length == opening.length);
        let divider = match (&dividers[..], alike.next(), alike.next()) {
            ([], ..) => return Err(invalid(end, "there is no '=======' between SEARCH and REPLACE")),
            ([divider], ..) | (_, Some(divider), None) => divider.0,
            _ => {
                return Err(invalid(
                    dividers[1].0,
                    "more than one line may be the '=======' between SEARCH and REPLACE",
                ));
            }
        };
        if let Some(path) = path_before(lines, start, &self.fence, &self.between, self.path)? {
            self.path = Some(path);
        }
        let (old_text, new_text) = (joined(&lines[start + 1..divider]), joined(&lines[divider + 1..end]));
        let there = self.result.by_path.get(&self.path.map(<[u8]>::to_vec)).copied();
        let file = match there {
            Some(_) if old_text.is_empty() => {
                return Err(invalid(start, "an empty SEARCH, and the file has edits before it"));
            }
            Some(there) => there,
            None if old_text.is_empty() => self.result.add(self.path, Operation::Create, start)?,
            None => self.result.add(self.path, Operation::Update, start)?,
        };
        self.result.list[file].edits.push(ParsedEdit::texts(start, old_text, new_text));
        self.between.restart(end + 1);
        Ok(end + 1)
    }
}

fn joined(lines: &[&[u8]]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line, &b"\n"[..]]).collect::<Vec<_>>().concat()
}

/// The path above a block or a hunk: on the line before it, in the line that opens its fence or above that, or alone on a line
/// of the text before it that names nothing else afterwards; none where it is `current`, the path of the edit before. Text
/// that may name another file than that is refused.
fn path_before<'a>(
    lines: &[&'a [u8]],
    start: usize,
    fence: &Fence,
    between: &Between,
    current: Option<&[u8]>,
) -> Result<Option<&'a [u8]>, Error> {
    let floor = between.after;
    let opened = fence.opened.filter(|&opened| opened >= floor);
    let near = line_above(lines, start, opened.map_or(floor, |opened| opened + 1));
    let nearest = near.and_then(|near| path_of(lines[near], opened.is_some_and(|opened| near == opened + 1)));
    if nearest.is_some() {
        return Ok(nearest);
    }
    let outer = opened.and_then(|opened| line_above(lines, opened, floor));
    let path = opened
        .and_then(|opened| paths_in(fence_info(lines[opened])).next())
        .or_else(|| outer.and_then(|outer| path_of(lines[outer], false)));
    if path.is_some() {
        return match near.filter(|&near| names_other(lines[near], path, false)) {
            Some(near) => Err(unclear(near, start)),
            None => Ok(path),
        };
    }
    let mut alone = None;
    let mut from = 0;
    for (index, &at) in between.lines.iter().enumerate() {
        let Some(named) = path_of(lines[at], false).filter(|named| !is_name_of(named, alone)) else {
            continue;
        };
        if alone.is_none() && is_name(named) {
            (alone, from) = (Some(named), index);
        } else if alone.is_some() || current.is_some() {
            return Err(unclear(at, start));
        }
    }
    if alone.is_some_and(|alone| is_name_of(alone, current)) {
        (alone, from) = (None, 0);
    }
    if alone.is_none() && floor == 0 {
        return Ok(None);
    }
    let expected = alone.or(current);
    for at in [near, outer].into_iter().flatten() {
        // Some names of files are but a word, and so may be a heading.
        let word = trimmed(lines[at]);
        let plain = word.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if alone.is_none() && plain && current.is_some() && !is_name_of(word, current) {
            return Err(unclear(at, start));
        }
    }
    for &at in &between.lines[from..] {
        let is_it = path_of(lines[at], false).is_some_and(|named| is_name_of(named, expected));
        if !is_it && names_other(lines[at], expected, expected.is_some()) {
            return Err(unclear(at, start));
        }
    }
    Ok(alone)
}

fn unclear(at: usize, start: usize) -> Error {
    let message = format!(
        "whether this names the file of line {} cannot be told: write the path alone on the line directly above the fence or the marker",
        start + 1
    );
    invalid(at, message)
}

/// The line above, or the one above an empty one; none where that is before `floor`, empty too or a fence.
fn line_above(lines: &[&[u8]], below: usize, floor: usize) -> Option<usize> {
    let above = |at: usize| at.checked_sub(1).filter(|&at| at >= floor);
    let mut at = above(below)?;
    if trimmed(lines[at]).is_empty() {
        at = above(at)?;
    }
    (!trimmed(lines[at]).is_empty() && fence_mark(lines[at]) == 0).then_some(at)
}

/// What is behind the fence's mark.
fn fence_info(line: &[u8]) -> &[u8] {
    let end = line.iter().take_while(|&&byte| byte == b'`' || byte == b'~').count();
    &line[end..]
}

/// The hunks of a V4A patch.
struct V4aParser<'a> {
    lines: &'a [&'a [u8]],
    at: usize,
    result: Files,
}

impl<'a> V4aParser<'a> {
    fn new(lines: &'a [&'a [u8]]) -> Self {
        Self { lines, at: 0, result: Files::default() }
    }

    fn files(mut self) -> Result<Vec<File>, Error> {
        while let Some(line) = self.lines.get(self.at) {
            if is_marker(line) {
                return Err(invalid(self.at, "a SEARCH/REPLACE marker outside of the patch"));
            }
            if is_diff(self.lines, self.at) {
                return Err(invalid(self.at, "a unified diff outside of the patch"));
            }
            if is_directive(line) {
                if directive_of(line) != b"Begin Patch" {
                    return Err(invalid(self.at, NO_BEGIN));
                }
                self.patch()?;
            }
            self.at += 1;
        }
        if self.result.list.is_empty() {
            return Err(invalid(0, NOTHING));
        }
        Ok(self.result.list)
    }

    /// Reads from '*** Begin Patch' to '*** End Patch', where it stops.
    fn patch(&mut self) -> Result<(), Error> {
        let start = self.at;
        self.at += 1;
        while let Some(line) = self.lines.get(self.at) {
            if trimmed(line).is_empty() {
                self.at += 1;
                continue;
            }
            let directive = if line.starts_with(b"*** ") { directive_of(line) } else { b"" };
            if directive == b"End Patch" {
                return Ok(());
            }
            let names = [
                ("Add File", Operation::Create),
                ("Delete File", Operation::Delete),
                ("Update File", Operation::Update),
            ];
            let found = names.into_iter().find_map(|(name, operation)| {
                let path = directive.strip_prefix(name.as_bytes())?.strip_prefix(b":")?;
                Some((name, operation, trimmed(path)))
            });
            let Some((name, operation, path)) = found else {
                return Err(invalid(self.at, "neither a file's directive nor '*** End Patch'"));
            };
            if path.is_empty() {
                return Err(invalid(self.at, format!("'*** {name}:' without a path")));
            }
            match operation {
                Operation::Create => self.addition(path)?,
                Operation::Update => self.update(path)?,
                _ => {
                    self.result.add(Some(path), operation, self.at)?;
                    self.at += 1;
                }
            }
        }
        Err(invalid(start, "the patch is cut short: there is no '*** End Patch'"))
    }

    fn addition(&mut self, path: &[u8]) -> Result<(), Error> {
        let start = self.at;
        self.at += 1;
        let mut content = Vec::new();
        // Lines whose sign was forgotten, or the space before the next directive.
        let mut empty = 0;
        while let Some(&line) = self.lines.get(self.at) {
            if line.starts_with(b"*** ") {
                break;
            }
            if line.is_empty() {
                empty += 1;
            } else if let Some(text) = line.strip_prefix(b"+") {
                content.extend(std::iter::repeat_n(&b""[..], std::mem::take(&mut empty)));
                content.push(text);
            } else {
                return Err(invalid(self.at, "a line of a new file that does not begin with '+'"));
            }
            self.at += 1;
        }
        let file = self.result.add(Some(path), Operation::Create, start)?;
        self.result.list[file].edits.push(ParsedEdit::texts(start, Vec::new(), joined(&content)));
        Ok(())
    }

    fn update(&mut self, path: &[u8]) -> Result<(), Error> {
        let start = self.at;
        self.at += 1;
        let mut new_path = None;
        if let Some(to) = self.lines.get(self.at).and_then(|line| line.strip_prefix(b"*** Move to:")) {
            let to = trimmed(to);
            if to.is_empty() {
                return Err(invalid(self.at, "'*** Move to:' without a path"));
            }
            new_path = Some(to.to_vec());
            self.at += 1;
        }
        let operation = if new_path.is_some() { Operation::Move } else { Operation::Update };
        let file = self.result.add(Some(path), operation, start)?;
        let moves = new_path.is_some();
        if moves {
            self.result.list[file].new_path = new_path;
        }
        let mut first = true;
        while let Some(hunk) = self.hunk(first)? {
            self.result.list[file].edits.push(hunk);
            first = false;
        }
        if first && !moves {
            return Err(invalid(start, NO_HUNK));
        }
        Ok(())
    }

    /// The next hunk of a file, if there is one.
    fn hunk(&mut self, first: bool) -> Result<Option<ParsedEdit>, Error> {
        while self.lines.get(self.at).is_some_and(|line| line.is_empty()) {
            self.at += 1;
        }
        let start = self.at;
        let mut hunk = Hunk { first, ..Hunk::default() };
        while let Some(line) = self.lines.get(self.at).filter(|line| is_hunk_header(line)) {
            let header = read_hunk_header(line);
            hunk.hint = hunk.hint.or(header.hint);
            if !header.anchor.is_empty() {
                hunk.anchors.push(header.anchor.to_vec());
            }
            if hunk.anchors.len() > MAX_ANCHORS {
                return Err(invalid(self.at, format!("more than {MAX_ANCHORS} anchors")));
            }
            self.at += 1;
        }
        while let Some(&line) = self.lines.get(self.at) {
            if is_hunk_header(line) {
                break;
            }
            if line.starts_with(b"*** ") {
                hunk.at_end = directive_of(line) == b"End of File";
                self.at += usize::from(hunk.at_end);
                break;
            }
            if !has_sign(line) {
                return Err(invalid(self.at, NO_SIGN));
            }
            hunk.lines.push(line.to_vec());
            self.at += 1;
        }
        if !hunk.at_end {
            without_empty_end(&mut hunk.lines);
        }
        if !hunk.lines.is_empty() {
            return Ok(Some(ParsedEdit { line: start + 1, edit: Edit::Hunk(hunk) }));
        }
        if self.at > start {
            return Err(invalid(start, "a hunk without lines"));
        }
        Ok(None)
    }
}

fn has_sign(line: &[u8]) -> bool {
    matches!(line.first(), None | Some(b' ' | b'+' | b'-' | b'\\'))
}

/// Takes away lines at the end of a hunk that have not even a sign: they set it apart from what follows.
fn without_empty_end(body: &mut Vec<Vec<u8>>) {
    while body.last().is_some_and(Vec::is_empty) {
        body.pop();
    }
}

/// What a line that begins with '@@' says: how many lines the hunk has on each side, or after which line it is.
struct HunkHeader<'a> {
    hint: Option<u64>,
    /// The old and the new lines.
    counts: Option<(u64, u64)>,
    anchor: &'a [u8],
}

fn read_hunk_header(line: &[u8]) -> HunkHeader<'_> {
    if let Some((hint, counts)) = read_numbers(line) {
        return HunkHeader { hint: Some(hint), counts: Some(counts), anchor: b"" };
    }
    let anchor = trimmed(line.get(2..).unwrap_or_default());
    let anchor = trimmed(anchor.strip_suffix(b"@@").unwrap_or(anchor));
    // Numbers that are left out or not whole say nothing; nor do dots.
    let mut rest = anchor;
    loop {
        rest = match rest {
            [b'-' | b'+' | b'0'..=b'9' | b',' | b' ' | b'.', rest @ ..] | [0xe2, 0x80, 0xa6, rest @ ..] => {
                rest
            }
            [] => return HunkHeader { hint: None, counts: None, anchor: b"" },
            _ => return HunkHeader { hint: None, counts: None, anchor },
        }
    }
}

/// The old start and the old and new counts.
fn read_numbers(line: &[u8]) -> Option<(u64, (u64, u64))> {
    let (hint, old, rest) = read_range(line.strip_prefix(b"@@ -")?)?;
    let (_, new, rest) = read_range(rest.strip_prefix(b" +")?)?;
    let rest = rest.strip_prefix(b" @@")?;
    matches!(rest.first(), None | Some(b' ' | b'\t')).then_some((hint, (old, new)))
}

fn read_range(text: &[u8]) -> Option<(u64, u64, &[u8])> {
    let (start, rest) = read_number(text)?;
    match rest.strip_prefix(b",") {
        Some(rest) => read_number(rest).map(|(count, rest)| (start, count, rest)),
        None => Some((start, 1, rest)),
    }
}

fn read_number(text: &[u8]) -> Option<(u64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = text[..length]
        .iter()
        .fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    (1..=15).contains(&length).then_some((number, &text[length..]))
}

/// What git's header of a file says besides.
struct Rename {
    from: Vec<u8>,
    to: Vec<u8>,
    start: usize,
}

/// Unified diffs.
struct UnifiedParser<'a> {
    lines: &'a [&'a [u8]],
    at: usize,
    fence: Fence,
    result: Files,
    /// Where the hunks go.
    file: Option<usize>,
    /// Since the last hunk or header.
    between: Between,
    first: bool,
}

impl<'a> UnifiedParser<'a> {
    fn new(lines: &'a [&'a [u8]]) -> Self {
        let (fence, between, result) = (Fence::default(), Between::default(), Files::default());
        Self { lines, at: 0, fence, between, result, file: None, first: true }
    }

    fn files(mut self) -> Result<Vec<File>, Error> {
        while let Some(&line) = self.lines.get(self.at) {
            if is_marker(line) {
                return Err(invalid(self.at, "a SEARCH/REPLACE marker outside of the hunks"));
            }
            if is_directive(line) {
                return Err(invalid(self.at, "a directive of V4A outside of the hunks"));
            }
            if line.starts_with(b"diff --git ") {
                self.git_header()?;
            } else if is_file_header(self.lines, self.at) {
                self.names(None)?;
            } else if is_hunk_header(line) {
                self.hunk()?;
            } else if line.starts_with(b"--- ")
                && self.lines.get(self.at + 1).is_some_and(|line| is_hunk_header(line))
            {
                return Err(invalid(self.at, "a '---' line without a '+++' line after it"));
            } else {
                self.between.take(&mut self.fence, line, self.at);
                self.at += 1;
            }
        }
        if let Some(file) =
            self.result.list.iter().find(|it| it.edits.is_empty() && it.operation == Operation::Update)
        {
            return Err(invalid(file.line - 1, NO_HUNK));
        }
        if self.result.list.is_empty() {
            return Err(invalid(0, NOTHING));
        }
        Ok(self.result.list)
    }

    /// Reads from 'diff --git' to the first hunk or the next file.
    fn git_header(&mut self) -> Result<(), Error> {
        let start = self.at;
        self.at += 1;
        let (mut from, mut to) = (Vec::new(), Vec::new());
        let mut operation = Operation::Update;
        while let Some(&line) = self.lines.get(self.at) {
            let ignored: [&[u8]; 5] =
                [b"index ", b"similarity index ", b"dissimilarity index ", b"old mode ", b"new mode "];
            if let Some(name) = line.strip_prefix(b"rename from ") {
                from = decode_name(name).unwrap_or_default();
            } else if let Some(name) = line.strip_prefix(b"rename to ") {
                to = decode_name(name).unwrap_or_default();
            } else if line.starts_with(b"new file mode ") {
                operation = Operation::Create;
            } else if line.starts_with(b"deleted file mode ") {
                operation = Operation::Delete;
            } else if line.starts_with(b"copy from ") || line.starts_with(b"copy to ") {
                return Err(invalid(self.at, "copies cannot be applied"));
            } else if line.starts_with(b"GIT binary patch") || line.starts_with(b"Binary files ") {
                return Err(invalid(self.at, "changes of binary files cannot be applied"));
            } else if !ignored.iter().any(|name| line.starts_with(name)) {
                break;
            }
            self.at += 1;
        }
        let rename = (!from.is_empty() && !to.is_empty()).then_some(Rename { from, to, start });
        if self.at < self.lines.len() && is_file_header(self.lines, self.at) {
            return self.names(rename);
        }
        self.between.restart(self.at);
        self.first = true;
        let hunks = self.lines.get(self.at).is_some_and(|line| is_hunk_header(line));
        if let Some(Rename { from, to, .. }) = rename {
            let file = self.result.add(Some(&from), Operation::Move, start)?;
            self.result.list[file].new_path = Some(to);
            self.file = Some(file);
            return Ok(());
        }
        let name = split_git_names(&self.lines[start][11..]);
        let Some(name) = name.filter(|_| operation != Operation::Update || hunks) else {
            return Err(invalid(start, NO_HUNK));
        };
        let file = self.result.add(Some(&name), operation, start)?;
        self.file = Some(file);
        if operation == Operation::Create && !hunks {
            self.result.list[file].edits.push(ParsedEdit::texts(start, Vec::new(), Vec::new()));
        }
        Ok(())
    }

    /// Reads the '---' and the '+++' line.
    fn names(&mut self, rename: Option<Rename>) -> Result<(), Error> {
        let start = rename.as_ref().map_or(self.at, |rename| rename.start);
        let name = |at: usize| {
            let name = decode_name(&self.lines[at][4..]).filter(|name| !name.is_empty());
            name.ok_or_else(|| invalid(at, "a name that cannot be read"))
        };
        let (old_name, new_name) = (name(self.at)?, name(self.at + 1)?);
        let (created, gone) = (old_name == b"/dev/null", new_name == b"/dev/null");
        let prefixed = (created || old_name.starts_with(b"a/")) && (gone || new_name.starts_with(b"b/"));
        let old_path = &old_name[if prefixed && !created { 2 } else { 0 }..];
        let new_path = &new_name[if prefixed && !gone { 2 } else { 0 }..];
        if created && gone {
            return Err(invalid(self.at, "a file that is on neither side"));
        }
        let file = if let Some(Rename { from, to, .. }) = rename {
            if from != old_path || to != new_path {
                return Err(invalid(self.at, "other names than those of the rename"));
            }
            let file = self.result.add(Some(&from), Operation::Move, start)?;
            self.result.list[file].new_path = Some(to);
            file
        } else if created {
            self.result.add(Some(new_path), Operation::Create, start)?
        } else if gone {
            self.result.add(Some(old_path), Operation::Delete, start)?
        } else if old_path == new_path || old_path.strip_suffix(b".orig") == Some(new_path) {
            self.result.add(Some(new_path), Operation::Update, start)?
        } else {
            return Err(invalid(self.at, "the names differ, and there is no 'rename from' and 'rename to'"));
        };
        self.file = Some(file);
        self.at += 2;
        self.between.restart(self.at);
        self.first = true;
        if self.lines.get(self.at).is_some_and(|line| is_hunk_header(line)) {
            return Ok(());
        }
        Err(invalid(start, NO_HUNK))
    }

    fn hunk(&mut self) -> Result<(), Error> {
        let start = self.at;
        let lines = self.lines;
        // Hunks apart from those before them may have a path above them.
        if start > self.between.after {
            let current = self.file.and_then(|file| self.result.list[file].path.clone());
            let path = path_before(lines, start, &self.fence, &self.between, current.as_deref())?;
            if path.is_some() && path != current.as_deref() {
                self.file = Some(self.result.add(path, Operation::Update, start)?);
                self.first = true;
            }
        }
        let HunkHeader { hint, counts, anchor } = read_hunk_header(lines[start]);
        self.at += 1;
        let (mut body, closed) = self.body(counts)?;
        without_empty_end(&mut body);
        if body.is_empty() {
            return Err(invalid(start, "a hunk without lines"));
        }
        let count = |other: u8| {
            body.iter().filter(|line| line.first().is_none_or(|&sign| sign != other && sign != b'\\')).count()
                as u64
        };
        let (old, now) = (count(b'+'), count(b'-'));
        if let Some((say_old, say_new)) = counts
            && !closed
            && old < say_old
            && now < say_new
        {
            let message = format!(
                "the hunk is cut short: its header says {say_old} old and {say_new} new lines (or leave the numbers out)"
            );
            return Err(invalid(start, message));
        }
        if !closed && self.fence.opened.is_some() {
            return Err(invalid(start, "the hunk is cut short: the fence around it is not closed"));
        }
        self.between.restart(self.at);
        let file = match self.file {
            Some(file) => file,
            None => self.result.add(None, Operation::Update, start)?,
        };
        self.file = Some(file);
        let File { operation, edits, .. } = &mut self.result.list[file];
        if *operation == Operation::Create {
            if !edits.is_empty() || old > 0 {
                return Err(invalid(start, "a new file has one hunk, with gained lines alone"));
            }
            let ends = !body.last().is_some_and(|line| line.starts_with(b"\\"));
            let gained: Vec<&[u8]> = body.iter().filter_map(|line| line.strip_prefix(b"+")).collect();
            let mut content = joined(&gained);
            if !ends {
                content.pop();
            }
            edits.push(ParsedEdit::texts(start, Vec::new(), content));
            return Ok(());
        }
        if *operation == Operation::Delete && (!edits.is_empty() || now > 0) {
            return Err(invalid(start, "a file that goes has one hunk, with lost lines alone"));
        }
        let anchors = if anchor.is_empty() { Vec::new() } else { vec![anchor.to_vec()] };
        let hunk = Hunk { lines: body, anchors, at_end: false, first: self.first, hint };
        edits.push(ParsedEdit { line: start + 1, edit: Edit::Hunk(hunk) });
        self.first = false;
        Ok(())
    }

    /// The lines of a hunk, and whether something follows that ends it.
    fn body(&mut self, counts: Option<(u64, u64)>) -> Result<(Vec<Vec<u8>>, bool), Error> {
        let mut body: Vec<Vec<u8>> = Vec::new();
        let (mut old, mut now) = (0_u64, 0_u64);
        while let Some(&line) = self.lines.get(self.at) {
            if is_hunk_header(line) || line.starts_with(b"diff --git ") {
                return Ok((body, true));
            }
            let next = self.lines.get(self.at + 1).copied().unwrap_or_default();
            if is_file_header(self.lines, self.at) {
                // Or a line that begins with '-- ' goes and one that begins with '++ ' comes.
                let header = self.lines.get(self.at + 2).is_some_and(|line| is_hunk_header(line));
                let unfinished = counts.is_some_and(|(say_old, say_new)| old < say_old && now < say_new);
                if header && (!unfinished || same_file(&line[4..], &next[4..])) {
                    return Ok((body, true));
                }
                return Err(invalid(self.at, "either the names of another file or lines of this hunk"));
            }
            if line.starts_with(b"--- ") && is_hunk_header(next) {
                return Err(invalid(self.at, "either the name of another file or a line of this hunk"));
            }
            if self.fence.take(line, self.at) {
                self.at += 1;
                return Ok((body, true));
            }
            // What `git format-patch` ends a message with.
            let digits = next.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if line == b"-- " && digits > 0 && matches!(next[digits..], [b'.', b'0'..=b'9', ..]) {
                return Ok((body, true));
            }
            if !has_sign(line) {
                if self.fence.opened.is_some() || !body.last().is_some_and(Vec::is_empty) {
                    return Err(invalid(self.at, NO_SIGN));
                }
                self.check_prose()?;
                return Ok((body, true));
            }
            old += u64::from(matches!(line.first(), None | Some(b' ' | b'-')));
            now += u64::from(matches!(line.first(), None | Some(b' ' | b'+')));
            body.push(line.to_vec());
            self.at += 1;
        }
        Ok((body, false))
    }

    /// Text after the last hunk, apart from it by an empty line, has nothing that may belong to the hunk.
    fn check_prose(&self) -> Result<(), Error> {
        for at in self.at..self.lines.len() {
            let line = self.lines[at];
            if fence_mark(line) > 0 || is_diff(self.lines, at) {
                return Ok(());
            }
            if matches!(line.first(), Some(b'-' | b'+')) {
                let message = "either text after the hunk or a line of it: put the diff into a fence";
                return Err(invalid(at, message));
            }
        }
        Ok(())
    }
}

/// Whether two names of a header are the same file's.
fn same_file(old_name: &[u8], new_name: &[u8]) -> bool {
    let (Some(old), Some(new)) = (decode_name(old_name), decode_name(new_name)) else { return false };
    if old == new || old == b"/dev/null" || new == b"/dev/null" {
        return true;
    }
    matches!((old.strip_prefix(b"a/"), new.strip_prefix(b"b/")), (Some(old), Some(new)) if old == new)
}
