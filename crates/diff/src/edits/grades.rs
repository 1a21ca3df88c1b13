//! What counts as equal at each grade, and how the indentation of an edit becomes that of the file.
//! `lib/diff/edits/grades.js` does the same.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Grade;
use crate::text::{code_point, code_points};

/// What must be the same for two lines to be equal at a grade.
pub(super) fn key_of(grade: Grade, line: &[u8]) -> Cow<'_, [u8]> {
    match grade {
        Grade::Exact => line.into(),
        Grade::TrailingSpace => without_trailing_blanks(line).into(),
        Grade::Indentation => without_blanks(line).into(),
        Grade::UnicodePunctuation => match fold(line) {
            Cow::Borrowed(line) => without_blanks(line).into(),
            Cow::Owned(line) => without_blanks(&line).to_vec().into(),
        },
        Grade::Fuzzy => skeleton(&fold(line)).into(),
    }
}

pub(super) fn without_trailing_blanks(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = line {
        line = rest;
    }
    line
}

pub(super) fn without_blanks(line: &[u8]) -> &[u8] {
    without_trailing_blanks(&line[indentation_of(line).len()..])
}

/// The spaces and tabs that a line begins with.
pub(super) fn indentation_of(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|&byte| byte != b' ' && byte != b'\t').unwrap_or(line.len());
    &line[..end]
}

/// Whether a line has spaces and tabs alone.
pub(super) fn is_blank_line(line: &[u8]) -> bool {
    indentation_of(line).len() == line.len()
}

/// Punctuation and spaces that models write in another form than the file has, in the form of ASCII.
pub(super) fn fold(line: &[u8]) -> Cow<'_, [u8]> {
    if line.is_ascii() {
        return line.into();
    }
    let mut folded = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((point, length)) = code_point(rest) {
        if !fold_point(point, &mut folded) {
            folded.extend_from_slice(&rest[..length]);
        }
        rest = &rest[length..];
    }
    folded.into()
}

/// Whether a code point has another form, which is added.
fn fold_point(point: u32, folded: &mut Vec<u8>) -> bool {
    let form: &[u8] = match point {
        0xff01..=0xff5e => {
            folded.push(u8::try_from(point - 0xfee0).unwrap_or_default());
            return true;
        }
        0xb4 | 0x2b9 | 0x2bc | 0x2018..=0x201b | 0x2032 | 0x2035 => b"'",
        0x201c..=0x201f | 0x2033 | 0x2036 => b"\"",
        0x2010..=0x2015 | 0x2212 | 0xfe58 | 0xfe63 => b"-",
        0x2026 => b"...",
        0xa0 | 0x1680 | 0x2000..=0x200a | 0x202f | 0x205f | 0x3000 => b" ",
        0xad | 0x200b | 0x2060 | 0xfeff => b"",
        _ => return false,
    };
    folded.extend_from_slice(form);
    true
}

/// A new line whose parts that are those of the old line are as the file has them; what is between them is folded where the
/// file has ASCII alone there. All are without their indentation. Nothing is done where `old_line` and `file_line` are not
/// equal once folded.
pub(super) fn as_in_file(old_line: &[u8], new_line: &[u8], file_line: &[u8]) -> Vec<u8> {
    if old_line == file_line || fold(old_line) != fold(file_line) {
        return new_line.to_vec();
    }
    let (mut edit, made, mut file) = (points_of(old_line), points_of(new_line), points_of(file_line));
    let start = edit.iter().zip(&made).take_while(|(a, b)| a == b).count();
    let most = edit.len().min(made.len()) - start;
    let end = edit.iter().rev().zip(made.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let (made_start, file_start) = aligned(&edit, &file, start);
    edit.reverse();
    file.reverse();
    let (made_end, behind) = aligned(&edit, &file, end);
    file.reverse();
    let file_end = file.len() - behind.min(file.len() - file_start);
    let middle = made[made_start..made.len() - made_end].concat();
    let replaced_is_ascii = file[file_start..file_end].iter().all(|point| point.is_ascii());
    let middle = if replaced_is_ascii { fold(&middle) } else { middle.as_slice().into() };
    [&file[..file_start].concat(), middle.as_ref(), &file[file_end..].concat()].concat()
}

/// The code points of a line.
fn points_of(mut line: &[u8]) -> Vec<&[u8]> {
    let mut points = Vec::new();
    while let Some((_, length)) = code_point(line) {
        points.push(&line[..length]);
        line = &line[length..];
    }
    points
}

/// How many of the first code points of two lines are the same once folded, `most` of the first line or fewer.
fn aligned(edit: &[&[u8]], file: &[&[u8]], most: usize) -> (usize, usize) {
    let mut places = HashMap::from([(0, 0)]);
    let mut length = 0;
    for (at, point) in file.iter().enumerate() {
        length += fold(point).len();
        places.insert(length, at + 1);
    }
    let mut lengths = vec![0];
    length = 0;
    for point in &edit[..most] {
        length += fold(point).len();
        lengths.push(length);
    }
    (1..=most).rev().find_map(|at| Some((at, *places.get(&lengths[at])?))).unwrap_or_default()
}

/// A line without the blanks that part no words, with one kind of quotes, and without commas and semicolons at its end.
fn skeleton(line: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(line.len());
    let mut parted = false;
    let mut in_word = false;
    for &byte in line {
        if byte == b' ' || byte == b'\t' {
            parted = true;
            continue;
        }
        let word = is_word(byte.into()) || byte >= 0x80;
        if parted && in_word && word {
            result.push(b' ');
        }
        result.push(if byte == b'"' || byte == b'`' { b'\'' } else { byte });
        parted = false;
        in_word = word;
    }
    while let [_, .., b',' | b';'] = result[..] {
        result.pop();
    }
    result
}

/// How many code points of words a text has.
pub(super) fn weigh(text: &[u8]) -> usize {
    code_points(text).filter(|&point| point >= 0x80 || is_word(point)).count()
}

/// Whether a code point is an ASCII letter, digit or underscore.
pub(super) fn is_word(point: u32) -> bool {
    u8::try_from(point).is_ok_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a code point continues a word in a script that writes words apart: ASCII, Latin, the marks that combine, Greek
/// and Cyrillic.
pub(super) fn joins_word(point: u32) -> bool {
    is_word(point) || ((0xc0..0x530).contains(&point) && point != 0xd7 && point != 0xf7)
}

/// A way to make an edit's indentation the file's: tabs as spaces or the other way round, then blanks put in front or taken
/// away there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reindentation {
    conversion: Conversion,
    added: Vec<u8>,
    removed: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conversion {
    None,
    /// Each tab as so many spaces.
    Tabs(usize),
    /// So many spaces as a tab.
    Spaces(usize),
}

const CONVERSIONS: [Conversion; 7] = [
    Conversion::None,
    Conversion::Tabs(2),
    Conversion::Tabs(4),
    Conversion::Tabs(8),
    Conversion::Spaces(2),
    Conversion::Spaces(4),
    Conversion::Spaces(8),
];

impl Reindentation {
    /// The way that changes nothing.
    pub(super) const NONE: Self =
        Self { conversion: Conversion::None, added: Vec::new(), removed: Vec::new() };

    pub(super) fn changes(&self) -> bool {
        *self != Self::NONE
    }

    /// An indentation of the edit as one of the file; none where it lacks what would be taken away.
    pub(super) fn apply(&self, indentation: &[u8]) -> Option<Vec<u8>> {
        let converted = self.conversion.apply(indentation);
        Some([&self.added, converted.strip_prefix(self.removed.as_slice())?].concat())
    }
}

impl Conversion {
    fn apply(self, indentation: &[u8]) -> Cow<'_, [u8]> {
        let mut converted = Vec::with_capacity(indentation.len());
        match self {
            Self::None => return indentation.into(),
            Self::Tabs(width) => {
                for &blank in indentation {
                    converted.extend(std::iter::repeat_n(b' ', if blank == b'\t' { width } else { 1 }));
                }
            }
            Self::Spaces(width) => {
                let mut rest = indentation;
                while let Some(&blank) = rest.first() {
                    let tab = rest.len() >= width && rest[..width].iter().all(|&blank| blank == b' ');
                    converted.push(if tab { b'\t' } else { blank });
                    rest = &rest[if tab { width } else { 1 }..];
                }
            }
        }
        converted.into()
    }
}

/// That of a line of the edit and that of the file's line.
pub(super) type Indentations<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// Every way that makes the first of each pair of indentations, that of the edit, the second, that of the file. A way that
/// changes nothing comes alone.
pub(super) fn reindentations(pairs: &[Indentations<'_>]) -> Vec<Reindentation> {
    let mut found = Vec::new();
    for conversion in CONVERSIONS {
        let changes = pairs.iter().any(|(edit, _)| conversion.apply(edit) != *edit);
        if conversion != Conversion::None && !changes {
            continue;
        }
        let (from, to) = match pairs.first() {
            Some((edit, file)) => (conversion.apply(edit), file.as_ref()),
            None => (Cow::default(), &b""[..]),
        };
        let mut way = Reindentation { conversion, ..Reindentation::NONE };
        if to.len() >= from.len() {
            way.added = to[..to.len() - from.len()].to_vec();
        } else {
            way.removed = from[..from.len() - to.len()].to_vec();
        }
        if !pairs.iter().all(|(edit, file)| way.apply(edit).as_deref() == Some(file)) {
            continue;
        }
        if !way.changes() {
            return vec![way];
        }
        found.push(way);
    }
    found
}
