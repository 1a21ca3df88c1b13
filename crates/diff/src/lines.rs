//! Texts as lines that can be compared.

use crate::{
    script::{self, Algorithm, CompareOptions, Script, Side},
    text,
    token::Interner,
};

/// Which white space does not count when lines are compared. White space is space, tab, CR and LF, as for git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Whitespace {
    /// All counts.
    #[default]
    Exact,
    /// A CR at the end of a line does not (`git diff --ignore-cr-at-eol`).
    IgnoreCarriageReturn,
    /// That at the end of a line does not (`git diff --ignore-space-at-eol`).
    IgnoreAtEnd,
    /// How much there is does not, and that at the end of a line (`git diff -b`).
    IgnoreChange,
    /// None counts (`git diff -w`).
    IgnoreAll,
}

/// How two texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How common lines are chosen.
    pub algorithm: Algorithm,
    /// Which white space does not count.
    pub whitespace: Whitespace,
    /// See [`CompareOptions::max_steps`].
    pub max_steps: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::default(),
            whitespace: Whitespace::default(),
            max_steps: script::DEFAULT_MAX_STEPS,
        }
    }
}

/// Two texts as lines, and how they differ.
pub struct LineDiff<'a> {
    /// The lines of the old text, each with the LF it ends in.
    pub before: Vec<&'a [u8]>,
    /// The lines of the new text.
    pub after: Vec<&'a [u8]>,
    /// The changes, in lines.
    pub script: Script,
}

/// Compares two texts line by line.
pub fn diff_lines<'a>(before: &'a [u8], after: &'a [u8], options: &Options) -> LineDiff<'a> {
    let (before, after) = (split(before), split(after));
    let script = diff_split(&before, &after, options);
    LineDiff { before, after, script }
}

fn diff_split(before: &[&[u8]], after: &[&[u8]], options: &Options) -> Script {
    let mut interner = Interner::with_capacity(before.len().max(after.len()));
    let (normal_before, normal_after);
    let (before_symbols, after_symbols): (Vec<u32>, Vec<u32>) = if options.whitespace == Whitespace::Exact {
        (
            before.iter().map(|line| interner.intern(line)).collect(),
            after.iter().map(|line| interner.intern(line)).collect(),
        )
    } else {
        normal_before = normalize(before, options.whitespace);
        normal_after = normalize(after, options.whitespace);
        (
            text::lines(&normal_before).map(|line| interner.intern(line)).collect(),
            text::lines(&normal_after).map(|line| interner.intern(line)).collect(),
        )
    };
    let indentation_of = |side, position: usize| match side {
        Side::Before => indentation(before[position]),
        Side::After => indentation(after[position]),
    };
    let options = CompareOptions {
        algorithm: options.algorithm,
        indentation: Some(&indentation_of),
        max_steps: options.max_steps,
    };
    script::compare(&before_symbols, &after_symbols, interner.len(), &options)
}

fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::with_capacity(text.len() / 32);
    lines.extend(text::lines(text));
    lines
}

/// The lines without the white space that does not count, each with an LF behind it.
fn normalize(lines: &[&[u8]], whitespace: Whitespace) -> Vec<u8> {
    let mut normal = Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
    for line in lines {
        match whitespace {
            Whitespace::Exact => normal.extend(line.strip_suffix(b"\n").unwrap_or(line)),
            Whitespace::IgnoreCarriageReturn => {
                let line = line.strip_suffix(b"\n").unwrap_or(line);
                normal.extend(line.strip_suffix(b"\r").unwrap_or(line));
            }
            Whitespace::IgnoreAtEnd => normal.extend(without_end(line)),
            Whitespace::IgnoreChange => {
                let line = without_end(line);
                let runs = line.chunk_by(|&one, &next| is_space(one) && is_space(next));
                normal.extend(runs.map(|run| if is_space(run[0]) { b' ' } else { run[0] }));
            }
            Whitespace::IgnoreAll => normal.extend(line.iter().filter(|&&byte| !is_space(byte))),
        }
        normal.push(b'\n');
    }
    normal
}

fn without_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|&byte| !is_space(byte)).map_or(0, |last| last + 1);
    &line[..end]
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// No indentation counts as more columns.
const MAX_INDENTATION: i32 = 200;

/// The indentation of a line in columns, with tab stops at each eighth; −1 for a blank line. At most 200.
pub fn indentation(line: &[u8]) -> i32 {
    let mut columns = 0;
    for &byte in line {
        match byte {
            b' ' => columns += 1,
            b'\t' => columns += 8 - columns % 8,
            b'\r' | b'\n' => {}
            _ => return columns,
        }
        if columns >= MAX_INDENTATION {
            return MAX_INDENTATION;
        }
    }
    -1
}
