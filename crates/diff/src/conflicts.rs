//! The conflicts that a merge left in a text, read from their markers. `lib/diff/conflicts.js` does the same in the same
//! order, and has the same words.

use crate::Error;
use crate::text::lines;

/// Lines of a text, counted from 1. Without any, `end_line` is the one before `start_line`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineSpan {
    /// The first line.
    pub start_line: usize,
    /// The last line.
    pub end_line: usize,
}

/// What is between two markers, and what the one of them that names it says behind its space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkedSide<'a> {
    /// The lines, without markers.
    pub lines: LineSpan,
    /// The label; empty where the marker has none.
    pub label: &'a [u8],
}

/// A conflict in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkedConflict<'a> {
    /// All of it, its markers too.
    pub lines: LineSpan,
    /// Ours.
    pub ours: MarkedSide<'a>,
    /// The base, if the conflict shows it.
    pub base: Option<MarkedSide<'a>>,
    /// Theirs.
    pub theirs: MarkedSide<'a>,
}

/// The conflicts in `text`, whose markers repeat their character `marker_size` times: the forms `merge` and `diff3` of
/// git. Outside of conflicts, the lines that divide one are lines like any other.
///
/// # Errors
/// `Error::Invalid` where markers do not make whole conflicts, or a conflict is within another.
pub fn parse_conflicts(text: &[u8], marker_size: usize) -> Result<Vec<MarkedConflict<'_>>, Error> {
    let mut conflicts = Vec::new();
    let mut open: Option<Open<'_>> = None;
    for (index, text) in lines(text).enumerate() {
        let line = index + 1;
        let Some((marker, label)) = marker(text, marker_size) else { continue };
        open = match (marker, open) {
            (b'<', None) => Some(Open { start: line, ours: label, base: None, separator: None }),
            (b'<', Some(Open { start, .. })) => {
                return Err(invalid(line, format!("a conflict begins within the one of line {start}")));
            }
            (b'|', Some(Open { start, base: Some(_), separator: None, .. })) => {
                return Err(invalid(line, format!("the conflict of line {start} has a second base")));
            }
            (b'|', Some(conflict @ Open { separator: None, .. })) => {
                Some(Open { base: Some((line, label)), ..conflict })
            }
            (b'=', Some(Open { start, separator: Some(_), .. })) => {
                return Err(invalid(line, format!("the conflict of line {start} has a second separator")));
            }
            (b'=', Some(conflict)) => Some(Open { separator: Some(line), ..conflict }),
            (b'>', None) => {
                return Err(invalid(line, "a conflict ends that has not begun".to_owned()));
            }
            (b'>', Some(Open { start, separator: None, .. })) => {
                return Err(invalid(line, format!("the conflict of line {start} ends without a separator")));
            }
            (b'>', Some(Open { start, ours, base, separator: Some(separator) })) => {
                let ours_end = base.map_or(separator, |(base, _)| base);
                conflicts.push(MarkedConflict {
                    lines: LineSpan { start_line: start, end_line: line },
                    ours: MarkedSide { lines: between(start, ours_end), label: ours },
                    base: base.map(|(base, label)| MarkedSide { lines: between(base, separator), label }),
                    theirs: MarkedSide { lines: between(separator, line), label },
                });
                None
            }
            (_, open) => open,
        };
    }
    match open {
        Some(Open { start, .. }) => Err(invalid(start, "the conflict has no end".to_owned())),
        None => Ok(conflicts),
    }
}

/// A conflict of which the end is not read yet: the lines of its markers, and their labels.
#[derive(Clone, Copy)]
struct Open<'a> {
    start: usize,
    ours: &'a [u8],
    base: Option<(usize, &'a [u8])>,
    separator: Option<usize>,
}

/// The character of a marker and its label; none for another line. The separator has no label.
fn marker(line: &[u8], size: usize) -> Option<(u8, &[u8])> {
    let character = *line.first().filter(|first| b"<|=>".contains(first))?;
    let (marker, rest) = line.split_at_checked(size)?;
    if marker.iter().any(|&byte| byte != character) {
        return None;
    }
    let rest = rest.strip_suffix(b"\n").unwrap_or(rest);
    let rest = rest.strip_suffix(b"\r").unwrap_or(rest);
    match rest {
        [] => Some((character, rest)),
        [b' ', label @ ..] if character != b'=' => Some((character, label)),
        _ => None,
    }
}

fn between(marker: usize, next: usize) -> LineSpan {
    LineSpan { start_line: marker + 1, end_line: next - 1 }
}

fn invalid(line: usize, message: String) -> Error {
    Error::Invalid { line, message }
}
