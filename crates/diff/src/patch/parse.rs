//! Patches as text: unified, with or without git's extended headers, and with any text around them.

use std::borrow::Cow;

use super::names::{header_names, prefixes_before, prefixes_of, strip, unquote, usual_prefixes};
use super::{FilePatch, Hunk, MAX_NUMBER, Marker, Operation};
use crate::Error;

type Name<'a> = Cow<'a, [u8]>;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const NO_NEWLINE: &[u8] = b"\\";
/// The line between the parts of a mail with attachments has at least so many dashes.
const BOUNDARY: &[u8] = b"------------";

/// The patches of single files in a text, in its order; none in a text of white space alone. `components` leading
/// components are taken off the names.
///
/// # Errors
///
/// [`Error::Invalid`] where a hunk does not have the lines its header says, where a header has no hunk that can be read,
/// where there is no patch at all, and for the combined diffs of merges.
pub fn parse_patch(text: &[u8], components: usize) -> Result<Vec<FilePatch<'_>>, Error> {
    Parser { lines: split(text), at: 0, components, files: Vec::new(), headless: false }.parse()
}

/// The only patch in a text.
///
/// # Errors
///
/// Those of [`parse_patch`], and [`Error::Invalid`] where there is none or more than one.
pub fn one_file_patch(text: &[u8]) -> Result<FilePatch<'_>, Error> {
    let mut files = parse_patch(text, 0)?;
    match (files.pop(), files.first()) {
        (Some(file), None) => Ok(file),
        (None, _) => invalid(0, "no patch found"),
        (Some(last), Some(_)) => {
            let second = files.get(1).unwrap_or(&last);
            invalid(
                second.line - 1,
                "a patch of a second file: read the patches with parsePatch and apply each",
            )
        }
    }
}

fn split(text: &[u8]) -> Vec<&[u8]> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// The error of the line at index `at`.
fn invalid<T>(at: usize, message: impl Into<String>) -> Result<T, Error> {
    Err(Error::Invalid { line: at + 1, message: message.into() })
}

/// A line of a header, without the CR it may end in.
fn trim(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

struct Parser<'a> {
    lines: Vec<&'a [u8]>,
    /// The index of the next line.
    at: usize,
    components: usize,
    files: Vec<FilePatch<'a>>,
    /// Whether the first has hunks alone.
    headless: bool,
}

impl<'a> Parser<'a> {
    fn parse(mut self) -> Result<Vec<FilePatch<'a>>, Error> {
        while let Some(line) = self.line(0) {
            if line.starts_with(b"@@@ -")
                || line.starts_with(b"diff --cc ")
                || line.starts_with(b"diff --combined ")
            {
                return invalid(self.at, "combined diffs, which show merges, are not supported");
            }
            if line.starts_with(b"diff --git ") {
                self.git_patch()?;
            } else if self.names_follow() {
                self.plain_patch()?;
            } else if line.starts_with(b"--- ") && self.line(1).is_some_and(is_hunk) {
                return invalid(self.at + 1, "a hunk without a '+++' line above it");
            } else if is_hunk(line) {
                let headed = self.at > 0 && self.lines[self.at - 1].starts_with(b"+++ ");
                if headed || !self.files.is_empty() {
                    return invalid(self.at, "a hunk without a file header above it");
                }
                self.headless = true;
                let file = FilePatch {
                    old_name: Some(Cow::default()),
                    new_name: Some(Cow::default()),
                    ..self.start()
                };
                self.finish(file)?;
            } else if trim(line) == b"GIT binary patch" {
                return invalid(self.at, "a binary patch without a file header above it");
            } else if let Some([old, new]) = binary_names(line) {
                let (old, new) = (Cow::Borrowed(old), Cow::Borrowed(new));
                let mut file = self.start();
                file.old_name = self.name(old, self.at)?;
                file.new_name = self.name(new, self.at)?;
                file.binary = true;
                self.at += 1;
                self.finish(file)?;
            } else {
                self.at += 1;
            }
        }
        let white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | 0x0B | 0x0C);
        if self.files.is_empty() && !self.lines.iter().all(|line| line.iter().all(white)) {
            return invalid(0, "no patch found");
        }
        if self.headless && self.files.len() > 1 {
            return invalid(self.files[0].line - 1, "a hunk without a file header above it");
        }
        Ok(self.files)
    }

    fn line(&self, ahead: usize) -> Option<&'a [u8]> {
        self.lines.get(self.at + ahead).copied()
    }

    fn start(&self) -> FilePatch<'a> {
        FilePatch { line: self.at + 1, ..FilePatch::default() }
    }

    /// Whether the next two lines name a file before and afterwards.
    fn names_follow(&self) -> bool {
        self.line(0).is_some_and(|line| line.starts_with(b"--- "))
            && self.line(1).is_some_and(|line| line.starts_with(b"+++ "))
    }

    /// A patch that begins with `---` and `+++`.
    fn plain_patch(&mut self) -> Result<(), Error> {
        let mut file = self.start();
        self.names(&mut file)?;
        self.finish(file)
    }

    /// Reads the lines that name the file before and afterwards; hunks must follow.
    fn names(&mut self, file: &mut FilePatch<'a>) -> Result<(), Error> {
        for index in 0..2 {
            let line = self.line(0).unwrap_or_default();
            let text = trim(line.get(4..).unwrap_or_default());
            file.escaped |= text.first() == Some(&b'"') && has_escaped_bytes(text);
            let name = self.read_name(text, self.at)?;
            let name = self.name(name, self.at)?;
            *(if index == 0 { &mut file.old_name } else { &mut file.new_name }) = name;
            self.at += 1;
        }
        if !self.line(0).is_some_and(|line| line.starts_with(b"@@")) {
            return invalid(self.at.min(self.lines.len().saturating_sub(1)), "no hunk after the file header");
        }
        Ok(())
    }

    /// A name as it stands in a header: quoted, or up to a tab.
    fn read_name(&self, text: &'a [u8], at: usize) -> Result<Name<'a>, Error> {
        if text.first() == Some(&b'"') {
            return match unquote(text) {
                Some((name, _)) => Ok(Cow::Owned(name)),
                None => invalid(at, "the quoted name cannot be read"),
            };
        }
        let end = text.iter().position(|&byte| byte == b'\t').unwrap_or(text.len());
        Ok(Cow::Borrowed(&text[..end]))
    }

    /// A name without its leading components; none for `/dev/null`.
    fn name(&self, name: Name<'a>, at: usize) -> Result<Option<Name<'a>>, Error> {
        if *name == *b"/dev/null" {
            return Ok(None);
        }
        let stripped = match &name {
            Cow::Borrowed(name) => strip(name, self.components).map(Cow::Borrowed),
            Cow::Owned(name) => strip(name, self.components).map(|name| Cow::Owned(name.to_vec())),
        };
        match stripped {
            Some(name) => Ok(Some(name)),
            None => invalid(at, format!("the name has fewer than {} leading components", self.components)),
        }
    }

    /// A patch that begins with `diff --git`.
    fn git_patch(&mut self) -> Result<(), Error> {
        let start = self.at;
        let mut file = self.start();
        let header = trim(&self.lines[start][b"diff --git ".len()..]);
        self.at += 1;
        let extended = self.extended_header(&mut file)?;
        let known = extended.lines > 0 || self.names_follow() || self.binary_follows();
        let moved = extended.moved.as_ref().map(|[from, to]| (&**from, &**to));
        let names = header_names(header, moved);
        if !known && names.is_none() {
            // A line of text that happens to begin like a header.
            return Ok(());
        }
        file.escaped |= header.contains(&b'"') && has_escaped_bytes(header);
        file.prefixes = names.as_ref().and_then(|[old, new]| {
            let prefixes = match &extended.moved {
                Some([from, to]) => prefixes_before([old, new], [from, to]),
                None => prefixes_of([old, new]),
            };
            prefixes.map(|prefixes| prefixes.map(|prefix| self.stripped_prefix(prefix)))
        });
        if self.names_follow() {
            self.names(&mut file)?;
        } else {
            let components = self.components;
            let [old, new] = match (names, extended.moved) {
                (Some(names), _) => names,
                (None, Some(names)) => {
                    // They have no `a/` and `b/`.
                    self.components = components.saturating_sub(1);
                    names
                }
                (None, None) => return invalid(start, "the names cannot be read"),
            };
            file.old_name = if file.operation == Operation::Create { None } else { self.name(old, start)? };
            file.new_name = if file.operation == Operation::Delete { None } else { self.name(new, start)? };
            self.components = components;
            self.binary_content(&mut file);
        }
        let hunks = self.line(0).is_some_and(|line| line.starts_with(b"@@"));
        let mode_changes =
            file.old_mode.is_some() && file.new_mode.is_some() && file.old_mode != file.new_mode;
        if !hunks && !file.binary && file.operation == Operation::Modify && !mode_changes {
            return invalid(start, "no hunk after the file header");
        }
        if hunks && !self.lines[self.at - 1].starts_with(b"+++ ") {
            return invalid(self.at, "a hunk without a '+++' line above it");
        }
        self.finish(file)
    }

    /// What is left of a prefix when the leading components are taken off.
    fn stripped_prefix(&self, prefix: &[u8]) -> Name<'a> {
        let mut prefix = prefix;
        for _ in 0..self.components.min(prefix.len()) {
            let slash = prefix.iter().position(|&byte| byte == b'/').map_or(prefix.len(), |at| at + 1);
            let next = prefix[slash..].iter().position(|&byte| byte != b'/').unwrap_or(prefix.len() - slash);
            prefix = &prefix[slash + next..];
        }
        Cow::Owned(prefix.to_vec())
    }

    fn extended_header(&mut self, file: &mut FilePatch<'a>) -> Result<Extended<'a>, Error> {
        let start = self.at;
        let mut moved = [None, None];
        while let Some(line) = self.line(0) {
            let line = trim(line);
            let at = self.at;
            if let Some(mode) = line.strip_prefix(b"old mode ") {
                file.old_mode = Some(read_mode(mode, at)?);
            } else if let Some(mode) = line.strip_prefix(b"new mode ") {
                file.new_mode = Some(read_mode(mode, at)?);
            } else if let Some(mode) = line.strip_prefix(b"deleted file mode ") {
                file.old_mode = Some(read_mode(mode, at)?);
                operate(file, Operation::Delete, at)?;
            } else if let Some(mode) = line.strip_prefix(b"new file mode ") {
                file.new_mode = Some(read_mode(mode, at)?);
                operate(file, Operation::Create, at)?;
            } else if let Some(percent) = line.strip_prefix(b"similarity index ") {
                file.similarity = Some(read_percent(percent, at)?);
            } else if let Some(percent) = line.strip_prefix(b"dissimilarity index ") {
                file.similarity = Some(100 - read_percent(percent, at)?);
            } else if let Some(name) = line.strip_prefix(b"rename from ") {
                moved[0] = Some(self.moved_name(name, file, Operation::Rename)?);
            } else if let Some(name) = line.strip_prefix(b"rename to ") {
                moved[1] = Some(self.moved_name(name, file, Operation::Rename)?);
            } else if let Some(name) = line.strip_prefix(b"copy from ") {
                moved[0] = Some(self.moved_name(name, file, Operation::Copy)?);
            } else if let Some(name) = line.strip_prefix(b"copy to ") {
                moved[1] = Some(self.moved_name(name, file, Operation::Copy)?);
            } else if let Some(hashes) = line.strip_prefix(b"index ") {
                read_hashes(hashes, file, at)?;
            } else {
                break;
            }
            self.at += 1;
        }
        let lines = self.at - start;
        match moved {
            [Some(from), Some(to)] => Ok(Extended { lines, moved: Some([from, to]) }),
            [None, None] => Ok(Extended { lines, moved: None }),
            _ => invalid(self.at - 1, "a rename or a copy has one name without the other"),
        }
    }

    fn moved_name(
        &self,
        text: &'a [u8],
        file: &mut FilePatch<'a>,
        operation: Operation,
    ) -> Result<Name<'a>, Error> {
        operate(file, operation, self.at)?;
        if text.first() != Some(&b'"') {
            return Ok(Cow::Borrowed(text));
        }
        file.escaped |= has_escaped_bytes(text);
        self.read_name(text, self.at)
    }

    fn binary_follows(&self) -> bool {
        self.line(0).is_some_and(|line| trim(line) == b"GIT binary patch" || is_binary_notice(line))
    }

    /// Reads what stands in place of hunks where the file is binary.
    fn binary_content(&mut self, file: &mut FilePatch<'a>) {
        if !self.binary_follows() {
            return;
        }
        file.binary = true;
        let blocks = self.line(0).is_some_and(|line| !is_binary_notice(line));
        self.at += 1;
        if !blocks {
            return;
        }
        while let Some(line) = self.line(0) {
            if !line.starts_with(b"literal ") && !line.starts_with(b"delta ") {
                break;
            }
            let mut block = Vec::new();
            while let Some(line) = self.line(0).filter(|line| !trim(line).is_empty()) {
                block.extend_from_slice(trim(line));
                block.push(b'\n');
                self.at += 1;
            }
            file.binary_blocks.push(Cow::Owned(block));
            self.at += usize::from(self.line(0).is_some());
        }
    }

    /// Reads the hunks and keeps the patch.
    fn finish(&mut self, mut file: FilePatch<'a>) -> Result<(), Error> {
        while !file.binary && self.line(0).is_some_and(|line| line.starts_with(b"@@")) {
            let hunk = self.hunk()?;
            file.hunks.push(hunk);
            self.between_hunks()?;
        }
        let at = file.line - 1;
        match (&file.old_name, &file.new_name) {
            (None, None) => return invalid(at, "both names are /dev/null"),
            (None, _) => operate(&mut file, Operation::Create, at)?,
            (_, None) => operate(&mut file, Operation::Delete, at)?,
            _ if matches!(file.operation, Operation::Create | Operation::Delete) => {
                return invalid(at, "a file that is created or deleted has a name before and afterwards");
            }
            _ => {}
        }
        let whole = file.hunks.len() < 2;
        if file.operation == Operation::Create
            && !(whole && file.hunks.iter().all(|hunk| hunk.old_lines == 0))
        {
            return invalid(at, "a file that is created has lines before");
        }
        if file.operation == Operation::Delete
            && !(whole && file.hunks.iter().all(|hunk| hunk.new_lines == 0))
        {
            return invalid(at, "a file that is deleted has lines afterwards");
        }
        let usual = usual_prefixes(file.old_name.as_deref(), file.new_name.as_deref());
        let matter = !matches!(file.operation, Operation::Modify);
        file.prefixes = file.prefixes.filter(|prefixes| matter && prefixes.iter().ne(usual.iter()));
        self.files.push(file);
        Ok(())
    }

    /// Skips empty lines behind a hunk, and refuses lines that should have been in it.
    fn between_hunks(&mut self) -> Result<(), Error> {
        let end = self.at;
        while self.line(0).is_some_and(|line| trim(line).is_empty()) {
            self.at += 1;
        }
        let Some(line) = self.line(0) else { return Ok(()) };
        let signature = matches!(trim(line), b"-- " | b"--");
        let boundary = self.at > end && line.starts_with(BOUNDARY);
        if Marker::of(line).is_some() && !signature && !boundary && !self.names_follow() {
            return invalid(self.at, "the hunk has more lines than its header says");
        }
        Ok(())
    }

    fn hunk(&mut self) -> Result<Hunk<'a>, Error> {
        let start = self.at;
        let mut hunk = read_hunk_header(trim(self.lines[start]), start)?;
        self.at += 1;
        let (mut old, mut new) = (hunk.old_lines, hunk.new_lines);
        let mut last = None;
        let (mut old_ended, mut new_ended) = (false, false);
        while old > 0 || new > 0 {
            let Some(line) = self.line(0) else {
                return invalid(self.at - 1, cut_short(start, old, new));
            };
            // An editor that strips white space at the ends of lines takes the marker of an empty line with it.
            let line = match line {
                b"" => Cow::Borrowed(&b" "[..]),
                b"\r" => Cow::Borrowed(&b" \r"[..]),
                _ => Cow::Borrowed(line),
            };
            let Some(marker) = Marker::of(&line) else {
                let begins = [&b"@@"[..], b"diff --git "].iter().any(|start| line.starts_with(start));
                return if begins {
                    invalid(self.at, cut_short(start, old, new))
                } else {
                    invalid(self.at, "a line of a hunk begins with ' ', '+', '-' or '\\'")
                };
            };
            if marker == Marker::NoNewline {
                end_side(last, &mut old_ended, &mut new_ended, self.at)?;
            } else {
                let (in_old, in_new) = (marker != Marker::New, marker != Marker::Old);
                if (in_old && old == 0) || (in_new && new == 0) {
                    return invalid(self.at, "the hunk has more lines than its header says");
                }
                if (in_old && old_ended) || (in_new && new_ended) {
                    return invalid(self.at, "a line follows one that has no newline");
                }
                old -= usize::from(in_old);
                new -= usize::from(in_new);
            }
            last = Some(marker);
            hunk.lines.push(line);
            self.at += 1;
        }
        if let Some(line) = self.line(0).filter(|line| line.starts_with(NO_NEWLINE)) {
            end_side(last, &mut old_ended, &mut new_ended, self.at)?;
            hunk.lines.push(Cow::Borrowed(line));
            self.at += 1;
        }
        Ok(hunk)
    }
}

struct Extended<'a> {
    lines: usize,
    /// The names of a rename or a copy, without prefixes.
    moved: Option<[Name<'a>; 2]>,
}

/// Notes which sides end with the line that a `\ No newline at end of file` follows.
fn end_side(last: Option<Marker>, old: &mut bool, new: &mut bool, at: usize) -> Result<(), Error> {
    match last {
        None | Some(Marker::NoNewline) => return invalid(at, "a line that begins with '\\' follows no line"),
        Some(Marker::Context) => (*old, *new) = (true, true),
        Some(Marker::Old) => *old = true,
        Some(Marker::New) => *new = true,
    }
    Ok(())
}

fn cut_short(start: usize, old: usize, new: usize) -> String {
    format!("the hunk of line {} is cut short: it lacks {old} old and {new} new lines", start + 1)
}

fn is_hunk(line: &[u8]) -> bool {
    line.starts_with(b"@@ -")
}

/// The header of a hunk whose lines are still to be read.
fn read_hunk_header<'a>(line: &'a [u8], at: usize) -> Result<Hunk<'a>, Error> {
    if line.starts_with(b"@@@ -") {
        return invalid(at, "combined diffs, which show merges, are not supported");
    }
    let parts = (|| {
        let (old, rest) = read_range(line.strip_prefix(b"@@ -")?)?;
        let (new, rest) = read_range(rest.strip_prefix(b" +")?)?;
        Some((old, new, rest.strip_prefix(b" @@")?))
    })();
    let Some((old, new, rest)) = parts else {
        return invalid(at, "the header of a hunk is not '@@ -line,count +line,count @@'");
    };
    if [old, new].iter().flatten().any(|&number| number > MAX_NUMBER) {
        return invalid(at, format!("a number is beyond {MAX_NUMBER}"));
    }
    let ([old_start, old_lines], [new_start, new_lines]) = (old, new);
    if old_lines == 0 && new_lines == 0 {
        return invalid(at, "the hunk has no lines");
    }
    Ok(Hunk {
        old_start: old_start + usize::from(old_lines == 0),
        old_lines,
        new_start: new_start + usize::from(new_lines == 0),
        new_lines,
        heading: heading(rest.strip_prefix(b" ").unwrap_or(rest)),
        lines: Vec::new(),
    })
}

/// A heading without the CRs it may end in.
fn heading(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| byte != b'\r').map_or(0, |last| last + 1);
    &text[..end]
}

/// The start and the count of `start,count` or `start`, and what follows them.
fn read_range(text: &[u8]) -> Option<([usize; 2], &[u8])> {
    let (start, rest) = read_number(text)?;
    Some(match rest.strip_prefix(b",") {
        None => ([start, 1], rest),
        Some(rest) => {
            let (count, rest) = read_number(rest)?;
            ([start, count], rest)
        }
    })
}

/// A number, or [`MAX_NUMBER`] + 1 where it is larger, and what follows it.
fn read_number(text: &[u8]) -> Option<(usize, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at(digits);
    let value = number.iter().fold(0_usize, |value, &digit| {
        value.saturating_mul(10).saturating_add(usize::from(digit - b'0')).min(MAX_NUMBER + 1)
    });
    (digits > 0).then_some((value, rest))
}

fn read_mode(text: &[u8], at: usize) -> Result<&[u8], Error> {
    if (1..=7).contains(&text.len()) && text.iter().all(|byte| matches!(byte, b'0'..=b'7')) {
        return Ok(text);
    }
    invalid(at, "the mode is not octal")
}

fn read_percent(text: &[u8], at: usize) -> Result<u8, Error> {
    let percent = text.strip_suffix(b"%").and_then(read_number).filter(|(_, rest)| rest.is_empty());
    match percent.and_then(|(number, _)| u8::try_from(number).ok()).filter(|&percent| percent <= 100) {
        Some(percent) => Ok(percent),
        None => invalid(at, "the similarity is not a percentage"),
    }
}

/// Reads `old..new` and, where it did not change, the mode behind them.
fn read_hashes<'a>(text: &'a [u8], file: &mut FilePatch<'a>, at: usize) -> Result<(), Error> {
    let mut words = text.splitn(2, |&byte| byte == b' ');
    let hashes = words.next().unwrap_or_default();
    let Some(dots) = hashes.windows(2).position(|pair| pair == b"..") else { return Ok(()) };
    let (old, new) = (&hashes[..dots], &hashes[dots + 2..]);
    let is_hash = |text: &[u8]| !text.is_empty() && text.iter().all(|byte| byte.is_ascii_hexdigit());
    if is_hash(old) && is_hash(new) {
        (file.old_hash, file.new_hash) = (Some(old), Some(new));
    }
    if let Some(mode) = words.next() {
        let mode = read_mode(mode, at)?;
        (file.old_mode, file.new_mode) = (Some(mode), Some(mode));
    }
    Ok(())
}

/// Notes what happens to the file.
fn operate(file: &mut FilePatch<'_>, operation: Operation, at: usize) -> Result<(), Error> {
    if file.operation != Operation::Modify && file.operation != operation {
        return invalid(at, "the header says two things that exclude each other");
    }
    file.operation = operation;
    Ok(())
}

fn is_binary_notice(line: &[u8]) -> bool {
    let line = trim(line);
    line.starts_with(b"Binary files ") && line.ends_with(b" differ")
}

/// The names of `Binary files … and … differ` where they can be told apart.
fn binary_names(line: &[u8]) -> Option<[&[u8]; 2]> {
    if !is_binary_notice(line) {
        return None;
    }
    let names = trim(line).strip_prefix(b"Binary files ")?.strip_suffix(b" differ")?;
    let at = names.windows(5).position(|text| text == b" and ")?;
    Some([&names[..at], &names[at + 5..]])
}

/// Whether a quoted name has what is not ASCII as octal escapes.
fn has_escaped_bytes(text: &[u8]) -> bool {
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        if byte == b'\\' && matches!(bytes.next(), Some(b'2' | b'3')) {
            return true;
        }
    }
    false
}
