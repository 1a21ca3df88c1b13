//! Matches as flat data: numbers, and one text that their lengths cut.

/// The matches of one file, or of a part of it.
///
/// For each match there are, in `numbers`: the line, the column, the byte offset, the length of the text, the number of
/// ranges, of lines before and of lines after, and whether something is cut (0 or 1). If it is: where the text starts in
/// its line, the length of the line, the number of ranges in all of it, and how many lines of context are cut. Then
/// start and end of each range, and the length of each line of context. Lengths and columns are UTF-16 code units.
/// `text` holds the text of the match and the lines of context, one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What `text` is cut by.
    pub numbers: Vec<u32>,
    /// The texts.
    pub text: String,
    /// The UTF-16 code units of `text`.
    pub units: usize,
    /// The number of matches.
    pub matches: usize,
    /// Where each match begins: in `numbers`, in `text`, and in its units.
    pub(crate) starts: Vec<(usize, usize, usize)>,
}

impl Found {
    /// Leaves the first `matches` only.
    pub(crate) fn keep(&mut self, matches: usize) {
        if let Some(&(numbers, text, units)) = self.starts.get(matches) {
            self.numbers.truncate(numbers);
            self.text.truncate(text);
            self.units = units;
            self.matches = matches;
            self.starts.truncate(matches);
        }
    }

    /// How many of the first matches have at most `units` of text together.
    pub(crate) fn fitting(&self, units: usize) -> usize {
        if self.units <= units {
            return self.matches;
        }
        self.starts.partition_point(|&(_, _, start)| start <= units).saturating_sub(1)
    }

    /// The memory of what was found.
    pub(crate) fn bytes(&self) -> usize {
        self.text.capacity()
            + self.numbers.capacity() * size_of::<u32>()
            + self.starts.capacity() * size_of::<(usize, usize, usize)>()
    }

    pub(crate) fn begin(&mut self) {
        self.starts.push((self.numbers.len(), self.text.len(), self.units));
        self.matches += 1;
    }

    pub(crate) fn put(&mut self, number: usize) {
        // A file has at most 256 MiB, and so every number of it fits.
        self.numbers.push(u32::try_from(number).unwrap_or(u32::MAX));
    }

    /// Adds a line, or its first `max_units`; gives its length and whether it was cut.
    pub(crate) fn put_line(&mut self, line: &[u8], max_units: usize) -> (usize, bool) {
        let before = self.text.len();
        push_decoded(&mut self.text, line);
        let units = units_of(&self.text[before..]);
        if units <= max_units {
            self.units += units;
            return (units, false);
        }
        let kept = cut(&mut self.text, before, 0, max_units);
        self.units += kept;
        (kept, true)
    }
}

/// Adds bytes as text: each part of them that is not UTF-8 becomes U+FFFD, as `TextDecoder` does it.
pub(crate) fn push_decoded(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// The UTF-16 code units of a text.
pub(crate) fn units_of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// Leaves of `text[from..]` at most `units` code units from the `start`th on, and no half of a pair; gives how many.
pub(crate) fn cut(text: &mut String, from: usize, start: usize, units: usize) -> usize {
    let (mut at, mut begin, mut end, mut first) = (0, None, text.len(), start);
    for (byte, character) in text[from..].char_indices() {
        if begin.is_none() && at >= start {
            begin = Some(from + byte);
            first = at;
        }
        if at + character.len_utf16() > start + units {
            end = from + byte;
            break;
        }
        at += character.len_utf16();
    }
    let begin = begin.unwrap_or(end);
    text.truncate(end);
    text.drain(from..begin.min(end));
    at.saturating_sub(first)
}
