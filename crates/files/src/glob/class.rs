//! Classes of characters: `[abc]`, `[a-z]`, `[!a]`, `[^a]`, `[[:alpha:]]`. They never match a slash.

use super::character::{character_bytes, character_value};

/// The characters a class has, or has not.
#[derive(Clone, Debug)]
pub(super) struct Class {
    negated: bool,
    ranges: Vec<(u32, u32)>,
}

/// A class in a pattern.
#[derive(Clone, Debug)]
pub(super) struct ParsedClass {
    pub(super) class: Class,
    /// Behind the `]`.
    pub(super) end: usize,
    /// Whether there is nothing in it but characters that stand for themselves.
    pub(super) plain: bool,
}

const SPECIAL: &[u8] = b"-*+?.^${}(|)[]\\";
const LONGEST_NAME: usize = 6;

/// The ranges of a POSIX name, for ASCII alone; each pair of bytes is one.
fn named(name: &[u8]) -> Option<&'static [u8]> {
    Some(match name {
        b"alnum" => b"azAZ09",
        b"alpha" => b"azAZ",
        b"ascii" => b"\0\x7f",
        b"blank" => b"  \t\t",
        b"cntrl" => b"\0\x1f\x7f\x7f",
        b"digit" => b"09",
        b"graph" => b"!~",
        b"lower" => b"az",
        b"print" => b" ~",
        b"punct" => b"!/:@[`{~",
        b"space" => b"  \t\r",
        b"upper" => b"AZ",
        b"word" => b"azAZ09__",
        b"xdigit" => b"afAF09",
        _ => return None,
    })
}

/// The ranges of the `[:name:]` at `at`, and where it ends.
pub(super) fn named_at(text: &[u8], at: usize) -> Option<(&'static [u8], usize)> {
    let rest = text.get(at..)?.strip_prefix(b"[:")?;
    let rest = &rest[..rest.len().min(LONGEST_NAME + 2)];
    let length = rest.windows(2).position(|pair| pair == b":]")?;
    Some((named(&rest[..length])?, at + length + 4))
}

/// The class that starts at `start`; else the place where the search for its end was given up.
pub(super) fn parse_class(text: &[u8], start: usize) -> Result<ParsedClass, usize> {
    let mut at = start + 1;
    let negated = matches!(text.get(at), Some(b'!' | b'^'));
    at += usize::from(negated);
    let first = at;
    let mut plain = !negated;
    let mut ranges = Vec::new();
    loop {
        let character = match text.get(at) {
            None | Some(b'/') => return Err(at),
            Some(b']') if at > first => {
                return Ok(ParsedClass { class: Class { negated, ranges }, end: at + 1, plain });
            }
            Some(&character) => character,
        };
        if let Some((pairs, end)) = named_at(text, at) {
            plain = false;
            ranges.extend(pairs.chunks_exact(2).map(|pair| (u32::from(pair[0]), u32::from(pair[1]))));
            at = end;
            continue;
        }
        plain &= !SPECIAL.contains(&character);
        let (from, end) = member(text, at).ok_or(at)?;
        at = end;
        let mut to = from;
        if text.get(at) == Some(&b'-')
            && text.get(at + 1) != Some(&b']')
            && named_at(text, at + 1).is_none()
            // The end of the pattern, or a slash: the next turn finds it.
            && let Some((last, end)) = member(text, at + 1)
        {
            plain = false;
            to = last;
            at = end;
        }
        ranges.push((from, to));
    }
}

/// The character at `at`, escaped or not, and where it ends; `None` behind the end and for a slash.
fn member(text: &[u8], at: usize) -> Option<(u32, usize)> {
    let start = if text.get(at) == Some(&b'\\') { at + 1 } else { at };
    if start >= text.len() || text[start] == b'/' {
        return None;
    }
    let length = character_bytes(text, start);
    Some((character_value(text, start, length), start + length))
}

impl Class {
    /// Whether the class has the character; with `fold`, which no capital is asked with, in either case.
    pub(super) fn holds(&self, value: u32, fold: bool) -> bool {
        let capital = if fold && (0x61..=0x7a).contains(&value) { value - 0x20 } else { value };
        let within =
            |&(from, to): &(u32, u32)| (from <= value && value <= to) || (from <= capital && capital <= to);
        self.ranges.iter().any(within) != self.negated
    }
}
