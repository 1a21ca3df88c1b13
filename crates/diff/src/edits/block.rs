//! An edit as lines: which the file keeps, which it loses and which it gains. `lib/diff/edits/block.js` does the same.

use std::collections::HashMap;

use super::Hunk;
use super::source::{Ending, new_lines, with_line_feeds};

/// Above so many pairs of lines that differ, old and new lines are not compared with each other.
const MAX_CELLS: usize = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Kept,
    Lost,
    Gained,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) text: Vec<u8>,
}

/// What becomes of the file's final newline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Final {
    Keep,
    Newline,
    Nothing,
}

pub(super) struct Block {
    pub(super) entries: Vec<Entry>,
    /// The lines to be found: those that are kept or lost.
    pub(super) old: Vec<Vec<u8>>,
    /// The lines that come before, from outside to inside.
    pub(super) anchors: Vec<Vec<u8>>,
    /// Whether the last of the old lines is the file's last.
    pub(super) at_end: bool,
    pub(super) ending: Final,
    /// Whether old and new lines were compared with each other.
    pub(super) complete: bool,
}

/// The lines of a text; one that ends in LF has no line after it.
pub(super) fn lines_of(text: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

impl Block {
    /// The block that makes one text of another. As lines, a new text ends as the old one does.
    pub(super) fn of_texts(old_text: &[u8], new_text: &[u8]) -> Self {
        let split = |text| {
            if old_text.ends_with(b"\n") {
                lines_of(text)
            } else {
                <[u8]>::split(text, |&byte| byte == b'\n').collect()
            }
        };
        let old = split(old_text);
        let (entries, complete) = compare(&old, &split(new_text));
        let old = old.into_iter().map(<[u8]>::to_vec).collect();
        Self { entries, old, anchors: Vec::new(), at_end: false, ending: Final::Keep, complete }
    }

    /// The block of a hunk; `form` is how the lines of the source end.
    pub(super) fn of_hunk(hunk: &Hunk, form: Ending) -> Self {
        let mut entries = Vec::with_capacity(hunk.lines.len());
        let mut kind = Kind::Kept;
        let (mut old_ends, mut new_ends) = (true, true);
        for line in &hunk.lines {
            if line.first() == Some(&b'\\') {
                old_ends &= kind == Kind::Gained;
                new_ends &= kind == Kind::Lost;
                continue;
            }
            kind = match line.first() {
                Some(b'-') => Kind::Lost,
                Some(b'+') => Kind::Gained,
                _ => Kind::Kept,
            };
            let content = line.get(1..).unwrap_or_default();
            // A lone CR ends a line in the file too.
            let lines =
                if kind == Kind::Gained { new_lines(content, form) } else { with_line_feeds(content) };
            for text in lines.split(|&byte| byte == b'\n') {
                entries.push(Entry { kind, text: text.to_vec() });
            }
        }
        let old = entries.iter().filter(|it| it.kind != Kind::Gained).map(|it| it.text.clone()).collect();
        let ending = match (old_ends, new_ends) {
            (false, true) => Final::Newline,
            (true, false) => Final::Nothing,
            _ => Final::Keep,
        };
        let at_end = hunk.at_end || !old_ends || !new_ends;
        Self { entries, old, anchors: hunk.anchors.clone(), at_end, ending, complete: true }
    }
}

/// What becomes of the old lines, by their longest common subsequence with the new ones; and whether they were compared.
pub(super) fn compare(old_lines: &[&[u8]], new_lines: &[&[u8]]) -> (Vec<Entry>, bool) {
    let start = old_lines.iter().zip(new_lines).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old_lines[start..], &new_lines[start..]);
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old_rest[..old_rest.len() - end], &new_rest[..new_rest.len() - end]);
    let kept = |text: &&[u8]| Entry { kind: Kind::Kept, text: text.to_vec() };
    let mut entries: Vec<Entry> = old_lines[..start].iter().map(kept).collect();
    let complete = compare_middle(old_rest, new_rest, &mut entries);
    entries.extend(old_lines[old_lines.len() - end..].iter().map(kept));
    (entries, complete)
}

/// Adds what becomes of the lines to `entries`. Returns whether they were compared.
fn compare_middle(old_lines: &[&[u8]], new_lines: &[&[u8]], entries: &mut Vec<Entry>) -> bool {
    let complete = old_lines.len().saturating_mul(new_lines.len()) <= MAX_CELLS;
    let mut known: HashMap<&[u8], usize> = HashMap::new();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    if complete {
        for (lines, ids) in [(old_lines, &mut a), (new_lines, &mut b)] {
            for &line in lines {
                let next = known.len();
                ids.push(*known.entry(line).or_insert(next));
            }
        }
    }
    let width = b.len() + 1;
    // How many lines two tails have in common.
    let mut common = vec![0_u16; (a.len() + 1) * width];
    for row in (0..a.len()).rev() {
        for column in (0..b.len()).rev() {
            let at = row * width + column;
            common[at] = if a[row] == b[column] {
                common[at + width + 1] + 1
            } else {
                common[at + width].max(common[at + 1])
            };
        }
    }
    let mut add = |kind, text: &[u8]| entries.push(Entry { kind, text: text.to_vec() });
    let (mut row, mut column) = (0, 0);
    while row < a.len() && column < b.len() {
        let at = row * width + column;
        if a[row] == b[column] {
            add(Kind::Kept, old_lines[row]);
            row += 1;
            column += 1;
        } else if common[at + width] >= common[at + 1] {
            add(Kind::Lost, old_lines[row]);
            row += 1;
        } else {
            add(Kind::Gained, new_lines[column]);
            column += 1;
        }
    }
    for line in &old_lines[row..] {
        add(Kind::Lost, line);
    }
    for line in &new_lines[column..] {
        add(Kind::Gained, line);
    }
    complete
}
