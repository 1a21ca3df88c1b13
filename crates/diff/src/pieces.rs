//! Texts as words, characters or sentences that can be compared.

use crate::{
    lines::{Diff, Options, diff_lines},
    script::{self, CompareOptions},
    text::{self, Pieces},
    token::Interner,
};

/// What is compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Lines, each with its LF.
    Lines,
    /// Words, runs of white space, line ends, and other characters one by one; ideographs and kana are one by one too.
    Words,
    /// Code points.
    Characters,
    /// Sentences, and the white space between them.
    Sentences,
}

impl Diff<'_> {
    /// The changes as a table: 1 where they are coarse, else 0; the number of pieces of the new text; then eight numbers a
    /// change: from which to which piece of the old text and of the new one, and the same in bytes, or in UTF-16 code
    /// units with `utf16`. What is 2^32 or more is cut; texts that large must not come here.
    pub fn table(&self, utf16: bool) -> Vec<u32> {
        let mut table = vec![u32::from(self.script.coarse), to_u32(self.after.len())];
        let mut before = Positions { pieces: &self.before, utf16, piece: 0, position: 0 };
        let mut after = Positions { pieces: &self.after, utf16, piece: 0, position: 0 };
        for change in &self.script.changes {
            let pieces = [change.before.start, change.before.end, change.after.start, change.after.end];
            table.extend(pieces.map(to_u32));
            table.extend([before.of(change.before.start), before.of(change.before.end)].map(to_u32));
            table.extend([after.of(change.after.start), after.of(change.after.end)].map(to_u32));
        }
        table
    }
}

/// Where pieces start; asked for in order.
struct Positions<'a> {
    pieces: &'a Pieces<'a>,
    utf16: bool,
    piece: usize,
    position: usize,
}

impl Positions<'_> {
    fn of(&mut self, piece: usize) -> usize {
        if !self.utf16 {
            return self.pieces.start(piece);
        }
        self.position += utf16_length(self.pieces.range(self.piece..piece));
        self.piece = piece;
        self.position
    }
}

/// The UTF-16 code units of UTF-8: one for each byte that is no continuation, and one more for each of four bytes.
pub fn utf16_length(text: &[u8]) -> usize {
    text.iter().map(|&byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum()
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Compares two texts piece by piece. White space is ignored among lines only.
pub fn diff_pieces<'a>(before: &'a [u8], after: &'a [u8], unit: Unit, options: &Options) -> Diff<'a> {
    if unit == Unit::Lines {
        return diff_lines(before, after, options);
    }
    let (before, after) = (split(before, unit), split(after, unit));
    let mut interner = Interner::with_capacity(256);
    let before_symbols = interner.intern_all(before.iter());
    let after_symbols = interner.intern_all(after.iter());
    let options =
        CompareOptions { algorithm: options.algorithm, indentation: None, max_steps: options.max_steps };
    let script = script::compare(&before_symbols, &after_symbols, interner.len(), &options);
    Diff { before, after, script }
}

/// The pieces of a text.
pub fn split(text: &[u8], unit: Unit) -> Pieces<'_> {
    let next = match unit {
        Unit::Lines => return Pieces::lines(text),
        Unit::Words => word_end,
        Unit::Characters => |text: &[u8]| text::code_point(text).map_or(0, |(_, length)| length),
        Unit::Sentences => sentence_end,
    };
    let mut end = 0;
    Pieces::new(
        text,
        std::iter::from_fn(|| {
            let rest = &text[end..];
            end += next(rest);
            (!rest.is_empty()).then_some(end)
        }),
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    LineEnd,
    Space,
    Word,
    Single,
    /// Belongs to what is before it: combining marks, variation selectors, joiners, skin tones.
    Joining,
}

/// Characters beyond ASCII that stand alone: punctuation, symbols, scripts without spaces between words, private use, and
/// the surrogates that stand for bytes. Not by Unicode's tables, so that no version of them changes a diff.
const SINGLE: [(u32, u32); 53] = [
    (0x80, 0xA9),
    (0xAB, 0xB1),
    (0xB4, 0xB4),
    (0xB6, 0xB8),
    (0xBB, 0xBB),
    (0xBF, 0xBF),
    (0xD7, 0xD7),
    (0xF7, 0xF7),
    (0x37E, 0x37E),
    (0x387, 0x387),
    (0x55A, 0x55F),
    (0x589, 0x58A),
    (0x5BE, 0x5BE),
    (0x5C0, 0x5C0),
    (0x5C3, 0x5C3),
    (0x5F3, 0x5F4),
    (0x60C, 0x60C),
    (0x61B, 0x61B),
    (0x61F, 0x61F),
    (0x66A, 0x66D),
    (0x6D4, 0x6D4),
    (0x964, 0x965),
    (0xE00, 0xEFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2010, 0x2027),
    (0x202A, 0x202E),
    (0x2030, 0x205E),
    (0x2060, 0x206F),
    (0x207A, 0x207E),
    (0x208A, 0x208E),
    (0x20A0, 0x20CF),
    (0x2190, 0x2BFF),
    (0x2E00, 0x2FFF),
    (0x3001, 0x312F),
    (0x3190, 0x9FFF),
    (0xD800, 0xFAFF),
    (0xFD3E, 0xFD3F),
    (0xFE10, 0xFE1F),
    (0xFE30, 0xFE6F),
    (0xFF01, 0xFF0F),
    (0xFF1A, 0xFF20),
    (0xFF3B, 0xFF40),
    (0xFF5B, 0xFF9F),
    (0xFFE0, 0xFFFF),
    (0x1B000, 0x1B2FF),
    (0x1F000, 0x1F3FA),
    (0x1F400, 0x1FAFF),
    (0x20000, 0x3FFFF),
    (0xE0000, 0xE00FF),
    (0xE01F0, 0xE0FFF),
    (0xF0000, 0xFFFFF),
    (0x10_0000, 0x10_FFFF),
];

fn class(point: u32) -> Class {
    match point {
        0x0A | 0x0B | 0x0C | 0x0D | 0x85 | 0x2028 | 0x2029 => Class::LineEnd,
        0x09 | 0x20 | 0xA0 | 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000 => Class::Space,
        0x30..=0x39 | 0x41..=0x5A | 0x5F | 0x61..=0x7A => Class::Word,
        0x00..=0x7F => Class::Single,
        0x300..=0x36F
        | 0x200C
        | ZERO_WIDTH_JOINER
        | 0x20D0..=0x20FF
        | 0xFE00..=0xFE0F
        | 0x1F3FB..=0x1F3FF => Class::Joining,
        0xE0100..=0xE01EF => Class::Joining,
        _ => {
            let at = SINGLE.partition_point(|&(_, last)| last < point);
            let is_single = SINGLE.get(at).is_some_and(|&(first, _)| first <= point);
            if is_single { Class::Single } else { Class::Word }
        }
    }
}

const ZERO_WIDTH_JOINER: u32 = 0x200D;

/// Where the first word, run of white space, line end or other character of `text` ends.
fn word_end(text: &[u8]) -> usize {
    let Some((first, mut end)) = text::code_point(text) else { return 0 };
    let first_class = class(first);
    if first_class == Class::LineEnd {
        return if text.starts_with(b"\r\n") { 2 } else { end };
    }
    let mut last = first;
    while let Some((point, length)) = text::code_point(&text[end..]) {
        let goes_on = match class(point) {
            Class::LineEnd => false,
            Class::Space => first_class == Class::Space,
            Class::Joining => first_class != Class::Space,
            Class::Word => matches!(first_class, Class::Word | Class::Joining) || last == ZERO_WIDTH_JOINER,
            Class::Single => last == ZERO_WIDTH_JOINER,
        };
        if !goes_on {
            break;
        }
        last = point;
        end += length;
    }
    end
}

/// Where the first sentence of `text` ends, or the white space before it. A sentence ends behind a full stop, question or
/// exclamation mark, with closing quotes and brackets, before white space or the end of the text; behind such a mark of
/// Chinese or Japanese in any case; and before a blank line.
fn sentence_end(text: &[u8]) -> usize {
    let blank = white_space(text);
    if blank.end > 0 {
        return blank.end;
    }
    let mut at = 0;
    let (mut ended, mut wide) = (false, false);
    while let Some((point, length)) = text::code_point(&text[at..]) {
        match point {
            // . ! ? …
            0x2E | 0x21 | 0x3F | 0x2026 => ended = true,
            // 。 ！ ？ ｡
            0x3002 | 0xFF01 | 0xFF1F | 0xFF61 => (ended, wide) = (true, true),
            // " ' ) ] } » ’ ” ） 」 』
            0x22 | 0x27 | 0x29 | 0x5D | 0x7D | 0xBB | 0x2019 | 0x201D | 0xFF09 | 0x300D | 0x300F => {}
            _ => {
                let space = white_space(&text[at..]);
                if space.end > 0 {
                    if ended || space.line_ends > 1 {
                        return at;
                    }
                    at += space.end;
                    continue;
                }
                if wide {
                    return at;
                }
                (ended, wide) = (false, false);
            }
        }
        at += length;
    }
    at
}

struct WhiteSpace {
    end: usize,
    line_ends: usize,
}

/// The white space that `text` begins with.
fn white_space(text: &[u8]) -> WhiteSpace {
    let mut found = WhiteSpace { end: 0, line_ends: 0 };
    while let Some((point, length)) = text::code_point(&text[found.end..]) {
        match class(point) {
            Class::LineEnd => found.line_ends += usize::from(point == 0x0A),
            Class::Space => {}
            _ => break,
        }
        found.end += length;
    }
    found
}
