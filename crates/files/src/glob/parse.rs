//! Pattern text as a tree. What is malformed, such as a brace that nothing closes, stands for itself.

use std::collections::HashMap;

use super::class::{Class, ParsedClass, named_at, parse_class};
use super::fault::GlobFault;

/// How deep groups may be in groups.
pub(super) const MAX_DEPTH: usize = 64;
/// The most words of a range, and the most patterns that a pattern with braces may stand for.
pub(super) const MAX_ALTERNATIVES: usize = 10_000;
const LONGEST_RANGE: usize = 64;

#[derive(Debug)]
pub(super) enum Node {
    Literal(Vec<u8>),
    Slash,
    /// `?`
    Any,
    /// So many `*` in a row.
    Stars(usize),
    /// A range such as `{1..3}`: each of its words.
    Words(Vec<Vec<u8>>),
    Class(Class),
    Group(Group),
}

#[derive(Debug)]
pub(super) struct Group {
    /// The character before the parenthesis, or `{`.
    pub(super) kind: u8,
    pub(super) alternatives: Vec<Vec<Node>>,
    /// Whether there is a slash somewhere inside.
    pub(super) slash: bool,
    /// Whether there is a slash or a `**` somewhere inside.
    pub(super) wide: bool,
}

impl Group {
    fn new(kind: u8, alternatives: Vec<Vec<Node>>) -> Group {
        let (mut slash, mut wide) = (false, false);
        for node in alternatives.iter().flatten() {
            match node {
                Node::Slash => slash = true,
                Node::Stars(2) => wide = true,
                Node::Group(inner) => {
                    slash |= inner.slash;
                    wide |= inner.wide;
                }
                _ => {}
            }
        }
        Group { kind, alternatives, slash, wide: wide || slash }
    }
}

/// The tree of a pattern, without its leading `!` and `./`.
pub(super) fn parse(text: &[u8]) -> Result<Vec<Node>, GlobFault> {
    let parser = Parser::new(text);
    let mut sequences = parser.sequences(0, text.len(), None, 0)?;
    Ok(sequences.swap_remove(0))
}

struct Parser<'a> {
    text: &'a [u8],
    /// By the place of their `[`.
    classes: HashMap<usize, ParsedClass>,
    /// Where a group ends, by the place of its first character.
    ends: HashMap<usize, usize>,
}

impl<'a> Parser<'a> {
    /// Pairs what opens and what closes. A closing character takes the nearest of its kind and breaks open what is
    /// between.
    fn new(text: &'a [u8]) -> Parser<'a> {
        let (mut classes, mut ends) = (HashMap::new(), HashMap::new());
        // The place, unless it only stands for itself, and whether a brace opens there.
        let mut open: Vec<(Option<usize>, bool)> = Vec::new();
        let (mut braces, mut groups) = (0, 0);
        // Where a `[` found no end, those behind it find none either; without this, many of them would take long.
        let mut open_until = 0;
        let mut at = 0;
        while let Some(&character) = text.get(at) {
            match character {
                b'\\' => at += 1,
                b'[' if at >= open_until || named_at(text, at).is_some() => match parse_class(text, at) {
                    Err(given_up) => open_until = open_until.max(given_up),
                    Ok(parsed) => {
                        let end = parsed.end;
                        classes.insert(at, parsed);
                        at = end - 1;
                    }
                },
                b'{' => {
                    open.push((Some(at), true));
                    braces += 1;
                }
                _ if is_group_at(text, at) => {
                    open.push((Some(at), false));
                    groups += 1;
                    at += 1;
                }
                b'(' => {
                    // It stands for itself; its partner must not end a group around it.
                    open.push((None, false));
                    groups += 1;
                }
                b'}' | b')' if (if character == b'}' { braces } else { groups }) > 0 => {
                    while let Some((start, is_brace)) = open.pop() {
                        *(if is_brace { &mut braces } else { &mut groups }) -= 1;
                        if is_brace != (character == b'}') {
                            continue;
                        }
                        if let Some(start) = start {
                            ends.insert(start, at);
                        }
                        break;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        Parser { text, classes, ends }
    }

    /// What stands between two places, cut at the separators that are in no group inside.
    fn sequences(
        &self,
        from: usize,
        to: usize,
        separator: Option<u8>,
        depth: usize,
    ) -> Result<Vec<Vec<Node>>, GlobFault> {
        if depth > MAX_DEPTH {
            return Err(GlobFault::Depth);
        }
        let text = self.text;
        let mut sequence = Vec::new();
        let mut done = Vec::new();
        let mut at = from;
        while at < to {
            let character = text[at];
            let end = self.ends.get(&at).copied();
            if character == b'\\' && at + 1 < to {
                push_character(&mut sequence, text[at + 1]);
                at += 2;
            } else if let Some(ParsedClass { class, end, plain }) = self.classes.get(&at) {
                if *plain {
                    // As in picomatch, `[id]` is also the name of the file that is spelled so.
                    let spelled = Node::Literal(text[at..*end].to_vec());
                    sequence.push(Node::Group(Group::new(
                        b'@',
                        vec![vec![Node::Class(class.clone())], vec![spelled]],
                    )));
                } else {
                    sequence.push(Node::Class(class.clone()));
                }
                at = *end;
            } else if let Some(end) = end {
                if character == b'{' {
                    self.braces(&mut sequence, at, end, depth)?;
                } else {
                    let alternatives = self.sequences(at + 2, end, Some(b'|'), depth + 1)?;
                    sequence.push(Node::Group(Group::new(character, alternatives)));
                }
                at = end + 1;
            } else if character == b'*' {
                let start = at;
                while at < to && text[at] == b'*' && !self.ends.contains_key(&at) {
                    at += 1;
                }
                sequence.push(Node::Stars(at - start));
            } else if character == b'?' {
                sequence.push(Node::Any);
                at += 1;
            } else if Some(character) == separator {
                done.push(std::mem::take(&mut sequence));
                at += 1;
            } else {
                push_character(&mut sequence, character);
                at += 1;
            }
        }
        done.push(sequence);
        Ok(done)
    }

    fn braces(&self, sequence: &mut Vec<Node>, at: usize, end: usize, depth: usize) -> Result<(), GlobFault> {
        if let Some(words) = range(&self.text[at + 1..end])? {
            sequence.push(Node::Words(words));
            return Ok(());
        }
        let mut alternatives = self.sequences(at + 1, end, Some(b','), depth + 1)?;
        if alternatives.len() > 1 {
            sequence.push(Node::Group(Group::new(b'{', alternatives)));
            return Ok(());
        }
        // Braces without a comma stand for themselves.
        push_character(sequence, b'{');
        for node in alternatives.swap_remove(0) {
            match node {
                Node::Literal(text) => push_literal(sequence, &text),
                node => sequence.push(node),
            }
        }
        push_character(sequence, b'}');
        Ok(())
    }
}

fn push_literal(sequence: &mut Vec<Node>, text: &[u8]) {
    match sequence.last_mut() {
        Some(Node::Literal(last)) => last.extend_from_slice(text),
        _ => sequence.push(Node::Literal(text.to_vec())),
    }
}

fn push_character(sequence: &mut Vec<Node>, character: u8) {
    if character == b'/' {
        sequence.push(Node::Slash);
    } else {
        push_literal(sequence, &[character]);
    }
}

fn is_group_at(text: &[u8], at: usize) -> bool {
    text.get(at + 1) == Some(&b'(') && b"@?*+!".contains(&text[at])
}

/// The words of `1..3`, `01..10..2` or `a..e`; `None` for what is no range.
fn range(text: &[u8]) -> Result<Option<Vec<Vec<u8>>>, GlobFault> {
    if text.len() > LONGEST_RANGE {
        return Ok(None);
    }
    let Some((first, last, stride)) = split_range(text) else { return Ok(None) };
    let Some(stride) = number(stride) else { return Ok(None) };
    let letters = letter(first).zip(letter(last));
    let Some((from, to)) = letters.or_else(|| number(first).zip(number(last))) else { return Ok(None) };
    let step = stride.abs().max(1);
    let count = usize::try_from((to - from).abs() / step + 1).unwrap_or(usize::MAX);
    if count > MAX_ALTERNATIVES {
        return Err(GlobFault::Alternatives);
    }
    let width = if is_padded(first) || is_padded(last) { first.len().max(last.len()) } else { 0 };
    let step = if to >= from { step } else { -step };
    let values = std::iter::successors(Some(from), |value| Some(value + step)).take(count);
    let word = |value: i64| match u8::try_from(value) {
        Ok(letter) if letters.is_some() => vec![letter],
        _ => format!("{value:0width$}").into_bytes(),
    };
    Ok(Some(values.map(word).collect()))
}

/// The parts between the `..`; a stride that is not there is 1.
fn split_range(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let cut = |text: &[u8]| text.windows(2).position(|pair| pair == b"..");
    let first = cut(text)?;
    let rest = &text[first + 2..];
    let Some(second) = cut(rest) else { return Some((&text[..first], rest, b"1")) };
    let stride = &rest[second + 2..];
    cut(stride).is_none().then_some((&text[..first], &rest[..second], stride))
}

fn letter(text: &[u8]) -> Option<i64> {
    match text {
        [letter] if letter.is_ascii_alphabetic() => Some(i64::from(*letter)),
        _ => None,
    }
}

/// Integers that both engines count exactly.
fn number(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let decimal = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    if decimal { std::str::from_utf8(text).ok()?.parse().ok() } else { None }
}

/// Whether a number is written with zeros in front.
fn is_padded(text: &[u8]) -> bool {
    matches!(text.strip_prefix(b"-").unwrap_or(text), [b'0', digit, ..] if digit.is_ascii_digit())
}
