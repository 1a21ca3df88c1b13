//! Texts as lines that can be compared.

use crate::{
    script::{self, Algorithm, CompareOptions, Script, Side},
    text::Pieces,
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

/// Two texts in pieces, and how they differ.
pub struct Diff<'a> {
    /// The pieces of the old text; lines have the LF they end in.
    pub before: Pieces<'a>,
    /// The pieces of the new text.
    pub after: Pieces<'a>,
    /// The changes, in pieces.
    pub script: Script,
}

/// Compares two texts line by line.
pub fn diff_lines<'a>(before: &'a [u8], after: &'a [u8], options: &Options) -> Diff<'a> {
    let before = Pieces::lines(before);
    if options.whitespace == Whitespace::Exact {
        let numbered = number(&before, after);
        let script =
            compare(&before, &numbered.lines, &numbered.before, &numbered.after, numbered.symbols, options);
        return Diff { before, after: numbered.lines, script };
    }
    let after = Pieces::lines(after);
    let normal_before = normalize(&before, options.whitespace);
    let normal_after = normalize(&after, options.whitespace);
    let numbered = number(&Pieces::lines(&normal_before), &normal_after);
    let script = compare(&before, &after, &numbered.before, &numbered.after, numbered.symbols, options);
    Diff { before, after, script }
}

/// Compares lines by their symbols.
fn compare(
    before: &Pieces<'_>,
    after: &Pieces<'_>,
    before_symbols: &[u32],
    after_symbols: &[u32],
    symbols: usize,
    options: &Options,
) -> Script {
    let indentation_of = |side, position: usize| match side {
        Side::Before => indentation(before.get(position)),
        Side::After => indentation(after.get(position)),
    };
    let options = CompareOptions {
        algorithm: options.algorithm,
        indentation: Some(&indentation_of),
        max_steps: options.max_steps,
    };
    script::compare(before_symbols, after_symbols, symbols, &options)
}

/// The lines of the new text, and the symbols of both.
struct Numbered<'a> {
    lines: Pieces<'a>,
    before: Vec<u32>,
    after: Vec<u32>,
    symbols: usize,
}

/// Cuts the new text into lines and numbers those of both. Mostly a line is the one that follows on the old side: to
/// compare the two takes a fraction of the time that it takes to find its end and to look it up.
fn number<'a>(before: &Pieces<'_>, after: &'a [u8]) -> Numbered<'a> {
    let mut interner = Interner::with_capacity(before.len());
    let before_symbols = interner.intern_all(before.iter());
    // Where the old side has each symbol first.
    let mut first: Vec<usize> = Vec::with_capacity(interner.len());
    for (position, &symbol) in before_symbols.iter().enumerate() {
        if symbol as usize == first.len() {
            first.push(position);
        }
    }
    let mut after_symbols = Vec::with_capacity(before.len() + 16);
    let mut ends = Vec::with_capacity(before.len() + 16);
    let (mut at, mut expected) = (0, 0);
    while at < after.len() {
        let rest = &after[at..];
        if let Some(&symbol) = before_symbols.get(expected)
            && let Some(behind) = rest.strip_prefix(before.get(expected))
            && (behind.is_empty() || before.get(expected).last() == Some(&b'\n'))
        {
            at = after.len() - behind.len();
            expected += 1;
            after_symbols.push(symbol);
        } else {
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let symbol = interner.intern(&rest[..length]);
            at += length;
            expected = first.get(symbol as usize).map_or(expected, |position| position + 1);
            after_symbols.push(symbol);
        }
        ends.push(at);
    }
    Numbered {
        lines: Pieces::new(after, ends.into_iter()),
        before: before_symbols,
        after: after_symbols,
        symbols: interner.len(),
    }
}

/// The lines without the white space that does not count, each with an LF behind it.
fn normalize(lines: &Pieces<'_>, whitespace: Whitespace) -> Vec<u8> {
    let mut normal = Vec::with_capacity(lines.start(lines.len()) + 1);
    for line in lines.iter() {
        match whitespace {
            Whitespace::Exact => normal.extend(line.strip_suffix(b"\n").unwrap_or(line)),
            Whitespace::IgnoreCarriageReturn => {
                // Where there is no LF, a CR is not at the end of a line.
                let line = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line);
                normal.extend(line);
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
