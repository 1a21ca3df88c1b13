//! What one name must look like. Names have no slash, and are in lower case where case does not count.

use std::collections::HashMap;
use std::sync::Arc;

use super::character::{character_bytes, character_value};
use super::expand::{Piece, Repeat, Words};

/// How names are compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison {
    /// Whether wildcards match names that start with a dot.
    pub(super) dot: bool,
    /// Whether names and literal text were put in lower case.
    pub(super) fold: bool,
}

/// A segment other than `**`.
pub(super) enum Matcher {
    Literal(Vec<u8>),
    /// `*`
    Every,
    /// Text and `*`.
    Prefix(Vec<u8>),
    /// `*` and text.
    Suffix(Vec<u8>),
    /// `*` and one of several texts.
    Suffixes(Words),
    Words(Words),
    /// No groups: it is enough to go back to the last star.
    Simple(Vec<Arc<Piece>>),
    Extended(Vec<Arc<Piece>>),
}

impl Matcher {
    pub(super) fn new(pieces: Vec<Arc<Piece>>) -> Matcher {
        let kinds: Vec<&Piece> = pieces.iter().map(|piece| &**piece).collect();
        match kinds[..] {
            [] => Matcher::Literal(Vec::new()),
            [Piece::Literal(text)] => Matcher::Literal(text.clone()),
            [Piece::Star] => Matcher::Every,
            [Piece::Words(words)] => Matcher::Words(Words::new(words.set.iter().cloned())),
            [Piece::Literal(text), Piece::Star] => Matcher::Prefix(text.clone()),
            [Piece::Star, Piece::Literal(text)] if is_aligned(text) => Matcher::Suffix(text.clone()),
            [Piece::Star, Piece::Literal(text), Piece::Words(words)] if is_aligned(text) => {
                Matcher::Suffixes(Words::new(words.set.iter().map(|word| [&text[..], word].concat())))
            }
            _ if kinds.iter().any(|piece| is_group(piece)) => Matcher::Extended(pieces),
            _ => Matcher::Simple(pieces),
        }
    }

    /// Whether the whole name is matched.
    pub(super) fn matches(&self, name: &[u8], comparison: Comparison) -> bool {
        match self {
            Matcher::Literal(text) => name == text,
            Matcher::Words(words) => words.set.contains(name),
            Matcher::Prefix(text) => name.starts_with(text),
            Matcher::Every => !name.is_empty() && !is_hidden(name, comparison),
            Matcher::Suffix(text) => name.ends_with(text) && !is_hidden(name, comparison),
            Matcher::Suffixes(words) => {
                let ends = |&length: &usize| {
                    name.len().checked_sub(length).is_some_and(|start| words.set.contains(&name[start..]))
                };
                words.lengths.iter().any(ends) && !is_hidden(name, comparison)
            }
            Matcher::Simple(pieces) => matches_simple(pieces, name, comparison),
            Matcher::Extended(pieces) => Extended::new(name, comparison).matches(pieces),
        }
    }
}

fn is_group(piece: &Piece) -> bool {
    matches!(piece, Piece::Words(_) | Piece::Choice { .. } | Piece::Repeat { .. })
}

/// Whether text starts where a character starts, so that the end of a name can be compared with it.
fn is_aligned(text: &[u8]) -> bool {
    text.first().is_some_and(|byte| byte & 0xc0 != 0x80)
}

/// Whether only a dot that is spelled out matches the first character: `.` and `..` are never meant by a wildcard.
pub(super) fn is_hidden(name: &[u8], comparison: Comparison) -> bool {
    name.first() == Some(&b'.') && (!comparison.dot || matches!(name, b"." | b".."))
}

fn matches_simple(pieces: &[Arc<Piece>], name: &[u8], comparison: Comparison) -> bool {
    if !matches!(&*pieces[0], Piece::Literal(_)) && is_hidden(name, comparison) {
        return false;
    }
    let (mut piece, mut at) = (0, 0);
    let mut star = None;
    loop {
        let taken = match pieces.get(piece).map(|piece| &**piece) {
            None if at == name.len() => return true,
            Some(Piece::Star) => {
                star = Some((piece, at));
                piece += 1;
                continue;
            }
            None => None,
            Some(here) => length_at(here, name, at, comparison),
        };
        if let Some(length) = taken {
            piece += 1;
            at += length;
            continue;
        }
        // The star takes one more character, and what is behind it is tried again.
        match star {
            Some((before, end)) if end < name.len() => {
                at = end + character_bytes(name, end);
                star = Some((before, at));
                piece = before + 1;
            }
            _ => return false,
        }
    }
}

/// How many bytes a piece of one length takes at a place; `None` where it does not match.
fn length_at(piece: &Piece, name: &[u8], at: usize, comparison: Comparison) -> Option<usize> {
    if let Piece::Literal(text) = piece {
        return name[at..].starts_with(text).then_some(text.len());
    }
    if at == name.len() {
        return None;
    }
    let length = character_bytes(name, at);
    let matched = match piece {
        Piece::Any => true,
        Piece::Class(class) => class.holds(character_value(name, at, length), comparison.fold),
        _ => false,
    };
    matched.then_some(length)
}

/// Whether each place of a name, from 0 to its length, is in a set.
type Places = Vec<bool>;

/// A name and the places in it that were reached. Groups are matched by sets of places, and each repeated group is
/// looked at once from each place: the time is polynomial whatever the pattern is.
struct Extended<'a> {
    name: &'a [u8],
    comparison: Comparison,
    hidden: bool,
    /// Where the alternatives of a group end, by group and place.
    known: HashMap<(usize, usize), Places>,
}

impl<'a> Extended<'a> {
    fn new(name: &'a [u8], comparison: Comparison) -> Extended<'a> {
        Extended { name, comparison, hidden: is_hidden(name, comparison), known: HashMap::new() }
    }

    fn matches(&mut self, pieces: &[Arc<Piece>]) -> bool {
        let start = self.place(0);
        self.sequence(pieces, start)[self.name.len()]
    }

    fn none(&self) -> Places {
        vec![false; self.name.len() + 1]
    }

    fn place(&self, at: usize) -> Places {
        let mut places = self.none();
        places[at] = true;
        places
    }

    /// Where pieces end that start at one of the places.
    fn sequence(&mut self, pieces: &[Arc<Piece>], starts: Places) -> Places {
        let mut places = starts;
        for piece in pieces {
            if !places.contains(&true) {
                break;
            }
            places = self.piece(piece, &places);
        }
        places
    }

    fn piece(&mut self, piece: &Piece, starts: &[bool]) -> Places {
        match piece {
            Piece::Choice { optional, alternatives } => {
                let mut ends = if *optional { starts.to_vec() } else { self.none() };
                for alternative in alternatives {
                    let reached = self.sequence(alternative, starts.to_vec());
                    add(&mut ends, &reached);
                }
                ends
            }
            Piece::Repeat { kind: Repeat::Except, alternatives, id } => {
                self.except(alternatives, *id, starts)
            }
            Piece::Repeat { kind, alternatives, id } => {
                let ends = if *kind == Repeat::Any { starts.to_vec() } else { self.none() };
                self.repeated(alternatives, *id, starts, ends)
            }
            Piece::Star => self.star(starts),
            Piece::Words(words) => {
                let mut ends = self.none();
                for start in (0..starts.len()).filter(|&at| starts[at]) {
                    for &length in &words.lengths {
                        let word = self.name.get(start..start + length);
                        if word.is_some_and(|word| words.set.contains(word)) {
                            ends[start + length] = true;
                        }
                    }
                }
                ends
            }
            piece => {
                let mut ends = self.none();
                for start in (0..starts.len()).filter(|&at| starts[at]) {
                    if !matches!(piece, Piece::Literal(_)) && self.is_barred(start) {
                        continue;
                    }
                    if let Some(length) = length_at(piece, self.name, start, self.comparison) {
                        ends[start + length] = true;
                    }
                }
                ends
            }
        }
    }

    /// Whether no wildcard may start here.
    fn is_barred(&self, at: usize) -> bool {
        at == 0 && self.hidden
    }

    fn star(&self, starts: &[bool]) -> Places {
        let mut ends = self.none();
        for at in 0..starts.len() {
            if !ends[at] && (!starts[at] || self.is_barred(at)) {
                continue;
            }
            ends[at] = true;
            if at < self.name.len() {
                ends[at + character_bytes(self.name, at)] = true;
            }
        }
        ends
    }

    /// Once or more, added to what is reached without.
    fn repeated(
        &mut self,
        alternatives: &[Vec<Arc<Piece>>],
        id: usize,
        starts: &[bool],
        mut ends: Places,
    ) -> Places {
        let mut waiting: Vec<usize> = (0..starts.len()).filter(|&at| starts[at]).collect();
        while let Some(start) = waiting.pop() {
            for (end, &reached) in self.once(alternatives, id, start).iter().enumerate() {
                if reached && !ends[end] {
                    ends[end] = true;
                    if !starts[end] {
                        waiting.push(end);
                    }
                }
            }
        }
        ends
    }

    /// Everything but what the alternatives match.
    fn except(&mut self, alternatives: &[Vec<Arc<Piece>>], id: usize, starts: &[bool]) -> Places {
        let name = self.name;
        let mut ends = self.none();
        for start in (0..starts.len()).filter(|&at| starts[at]) {
            let barred = self.is_barred(start);
            let excluded = self.once(alternatives, id, start);
            let mut end = start;
            loop {
                ends[end] |= !excluded[end];
                if barred || end == name.len() {
                    break;
                }
                end += character_bytes(name, end);
            }
        }
        ends
    }

    /// Where the alternatives of a group end that start at one place.
    fn once(&mut self, alternatives: &[Vec<Arc<Piece>>], id: usize, start: usize) -> &Places {
        let key = (id, start);
        if !self.known.contains_key(&key) {
            let mut ends = self.none();
            for alternative in alternatives {
                let reached = self.sequence(alternative, self.place(start));
                add(&mut ends, &reached);
            }
            self.known.insert(key, ends);
        }
        &self.known[&key]
    }
}

fn add(places: &mut [bool], more: &[bool]) {
    for (place, &reached) in places.iter_mut().zip(more) {
        *place |= reached;
    }
}
