//! Unified patches.

use crate::{
    lines::{Diff, Options, diff_lines},
    script::Change,
    text::{self, Pieces},
};
use std::ops::Range;

/// What a patch is written with besides its texts.
#[derive(Debug, Clone, Copy)]
pub struct PatchOptions<'a> {
    /// The name behind `---`; quoted where git would quote it.
    pub old_name: &'a [u8],
    /// The name behind `+++`.
    pub new_name: &'a [u8],
    /// The number of unchanged lines around changes.
    pub context: usize,
    /// Whether the hunks' headers end in the line that git takes for the head of the function they are in.
    pub heading: bool,
    /// How the texts are compared.
    pub compare: Options,
}

/// A patch, and whether its changes are larger than they could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The patch; empty where the texts are equal.
    pub text: Vec<u8>,
    /// Whether the steps were used up.
    pub coarse: bool,
}

/// The unified patch that makes `after` of `before`: what `git diff` writes from `---` on.
pub fn create_patch(before: &[u8], after: &[u8], options: &PatchOptions<'_>) -> Patch {
    if before == after {
        return Patch { text: Vec::new(), coarse: false };
    }
    let Diff { before, after, script } = diff_lines(before, after, &options.compare);
    let mut patch = Vec::new();
    if script.changes.is_empty() {
        return Patch { text: patch, coarse: script.coarse };
    }
    patch.extend(b"--- ");
    write_name(options.old_name, &mut patch);
    patch.extend(b"\n+++ ");
    write_name(options.new_name, &mut patch);
    patch.push(b'\n');
    let joined =
        |one: &Change, next: &Change| next.before.start - one.before.end <= options.context.saturating_mul(2);
    let mut heading_search = HeadingSearch::default();
    for changes in script.changes.chunk_by(joined) {
        let heading =
            if options.heading { heading_search.find(&before, changes, options.context) } else { &[] };
        write_hunk(&before, &after, changes, options.context, heading, &mut patch);
    }
    Patch { text: patch, coarse: script.coarse }
}

/// Writes the changes as one hunk.
fn write_hunk(
    before: &Pieces<'_>,
    after: &Pieces<'_>,
    changes: &[Change],
    context: usize,
    heading: &[u8],
    patch: &mut Vec<u8>,
) {
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return };
    // The context is the new text's, which differs from the old one's where white space does not count.
    let lead = context.min(first.before.start).min(first.after.start);
    let (before_start, after_start) = (first.before.start - lead, first.after.start - lead);
    let trail = context.min(before.len() - last.before.end).min(after.len() - last.after.end);
    let (before_end, after_end) = (last.before.end + trail, last.after.end + trail);
    patch.extend(b"@@ -");
    write_range(before_start, before_end, patch);
    patch.extend(b" +");
    write_range(after_start, after_end, patch);
    patch.extend(b" @@");
    if !heading.is_empty() {
        patch.push(b' ');
        patch.extend(heading);
    }
    patch.push(b'\n');
    let mut at = after_start;
    for change in changes {
        write_lines(b' ', after, at..change.after.start, patch);
        write_lines(b'-', before, change.before.clone(), patch);
        write_lines(b'+', after, change.after.clone(), patch);
        at = change.after.end;
    }
    write_lines(b' ', after, at..after_end, patch);
}

/// Writes lines of a hunk behind their marker.
fn write_lines(marker: u8, lines: &Pieces<'_>, range: Range<usize>, patch: &mut Vec<u8>) {
    for line in range.map(|index| lines.get(index)) {
        patch.push(marker);
        patch.extend_from_slice(line);
        if line.last() != Some(&b'\n') {
            patch.extend(b"\n\\ No newline at end of file\n");
        }
    }
}

/// A range as `start,count`: an empty one starts at the line before it, and a count of one is left out.
fn write_range(start: usize, end: usize, patch: &mut Vec<u8>) {
    let count = end - start;
    let first = if count == 0 { start } else { start + 1 };
    patch.extend(first.to_string().bytes());
    if count != 1 {
        patch.push(b',');
        patch.extend(count.to_string().bytes());
    }
}

/// Writes a name as git does: with a tab behind it where it has a space, so that it is known where it ends; in double
/// quotes, with escapes as in C, where it has a control character, a double quote or a backslash.
pub(crate) fn write_name(name: &[u8], patch: &mut Vec<u8>) {
    if name.iter().any(|&byte| byte < 0x20 || matches!(byte, b'"' | b'\\' | 0x7F)) {
        patch.push(b'"');
        for &byte in name {
            match byte {
                0x07 => patch.extend(b"\\a"),
                0x08 => patch.extend(b"\\b"),
                b'\t' => patch.extend(b"\\t"),
                b'\n' => patch.extend(b"\\n"),
                0x0B => patch.extend(b"\\v"),
                0x0C => patch.extend(b"\\f"),
                b'\r' => patch.extend(b"\\r"),
                b'"' | b'\\' => patch.extend([b'\\', byte]),
                0..0x20 | 0x7F => patch.extend(format!("\\{byte:03o}").bytes()),
                _ => patch.push(byte),
            }
        }
        patch.push(b'"');
        return;
    }
    patch.extend(name);
    if name.contains(&b' ') {
        patch.push(b'\t');
    }
}

/// The most bytes of a line that a hunk's header shows.
const MAX_HEADING_BYTES: usize = 80;

/// Finds the line that a hunk's header shows: the last one above the hunk that begins with a letter, `_` or `$`.
#[derive(Default)]
struct HeadingSearch<'a> {
    found: &'a [u8],
    searched: usize,
}

impl<'a> HeadingSearch<'a> {
    fn find(&mut self, before: &Pieces<'a>, changes: &[Change], context: usize) -> &'a [u8] {
        let start = changes.first().map_or(0, |first| first.before.start.saturating_sub(context));
        let is_head = |line: &&[u8]| {
            line.first().is_some_and(|&byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$'))
        };
        if let Some(line) = (self.searched..start).rev().map(|index| before.get(index)).find(is_head) {
            let line = within(line, MAX_HEADING_BYTES);
            let end = line.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |last| last + 1);
            self.found = &line[..end];
        }
        self.searched = start;
        self.found
    }
}

/// The whole characters of the first `bytes` bytes.
fn within(line: &[u8], bytes: usize) -> &[u8] {
    let mut end = 0;
    while let Some((_, length)) = text::code_point(&line[end..])
        && end + length <= bytes
    {
        end += length;
    }
    &line[..end]
}
