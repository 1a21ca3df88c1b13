//! Text as bytes: UTF-8 where it is text, anything where it is not.

use std::{mem, ops::Range};

/// The lines of `text`, each with the LF it ends in; the last may have none. A CR is part of its line, as in git.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    line_ends(text).map(move |end| &text[mem::replace(&mut start, end)..end])
}

/// Where the lines of `text` end.
fn line_ends(text: &[u8]) -> impl Iterator<Item = usize> {
    let last = if text.last().is_none_or(|&byte| byte == b'\n') { None } else { Some(text.len()) };
    memchr::memchr_iter(b'\n', text).map(|at| at + 1).chain(last)
}

/// A text in pieces.
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    text: &'a [u8],
    /// Where each piece starts, and the end of the text.
    starts: Vec<u32>,
}

impl<'a> Pieces<'a> {
    /// The text in lines, as [`lines`] has them.
    ///
    /// # Panics
    /// Where the text has 4 GiB or more.
    pub fn lines(text: &'a [u8]) -> Self {
        Self::new(text, line_ends(text))
    }

    /// The text in pieces that end at `ends`, of which the last is the text's.
    ///
    /// # Panics
    /// Where the text has 4 GiB or more.
    pub(crate) fn new(text: &'a [u8], ends: impl Iterator<Item = usize>) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 32 + 2);
        starts.push(0);
        starts.extend(ends.map(|end| u32::try_from(end).expect("a text below 4 GiB")));
        Self { text, starts }
    }

    /// The number of pieces.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One piece.
    pub fn get(&self, index: usize) -> &'a [u8] {
        self.range(index..index + 1)
    }

    /// The text of some pieces.
    pub fn range(&self, pieces: Range<usize>) -> &'a [u8] {
        &self.text[self.start(pieces.start)..self.start(pieces.end)]
    }

    /// Where a piece starts; where the text ends, for the number of pieces.
    pub fn start(&self, index: usize) -> usize {
        self.starts[index] as usize
    }

    /// The pieces in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> + ExactSizeIterator {
        self.starts.windows(2).map(|border| &self.text[border[0] as usize..border[1] as usize])
    }
}

/// The code points of `text`. A byte that is not part of one counts as one: as the lone surrogate U+DC00 + byte, which is
/// how `lib/diff/text.js` shows bytes to the fallback.
pub fn code_points(text: &[u8]) -> impl Iterator<Item = u32> + Clone {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (point, length) = code_point(text.get(at..)?)?;
        at += length;
        Some(point)
    })
}

/// The first code point of `text` and how many bytes it has; none at the end.
pub fn code_point(text: &[u8]) -> Option<(u32, usize)> {
    let first = *text.first()?;
    let continuation =
        |at: usize| text.get(at).filter(|&&byte| byte & 0xC0 == 0x80).map(|byte| u32::from(byte & 0x3F));
    let alone = (0xDC00 + u32::from(first), 1);
    Some(match first {
        0..0x80 => (u32::from(first), 1),
        0xC2..0xE0 => continuation(1).map_or(alone, |second| (u32::from(first & 0x1F) << 6 | second, 2)),
        0xE0..0xF0 => match (continuation(1), continuation(2)) {
            (Some(second), Some(third)) => match u32::from(first & 0x0F) << 12 | second << 6 | third {
                0..0x800 | 0xD800..0xE000 => alone,
                point => (point, 3),
            },
            _ => alone,
        },
        0xF0..0xF5 => match (continuation(1), continuation(2), continuation(3)) {
            (Some(second), Some(third), Some(fourth)) => {
                match u32::from(first & 0x07) << 18 | second << 12 | third << 6 | fourth {
                    point @ 0x1_0000..0x11_0000 => (point, 4),
                    _ => alone,
                }
            }
            _ => alone,
        },
        _ => alone,
    })
}
