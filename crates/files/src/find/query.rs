//! What is asked for.

use super::fold::{Class, bit, class, fold};
use super::score::most;
use super::wtf8;
use crate::Error;

/// The most UTF-16 code units of a query.
pub const MAX_QUERY_UNITS: usize = 1024;
/// The most characters that a term may be asked to leave out.
pub const MAX_TYPOS: u32 = 4;
/// The most characters of a term of which some may be left out.
pub const MAX_TYPO_CHARACTERS: usize = 64;

/// Whether capitals are other characters than small letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    /// In terms that have a capital.
    #[default]
    Smart,
    /// Never.
    Ignore,
    /// Always.
    Respect,
}

/// A query, read: terms that must all match.
#[derive(Clone, Debug)]
pub struct Query {
    pub(super) terms: Vec<Term>,
    /// The bits that every path has that matches.
    pub(super) mask: u64,
}

impl Query {
    /// The query in a text, of whose fuzzy terms up to `typos` characters each may be missing; at most [`MAX_TYPOS`] are.
    ///
    /// # Errors
    /// [`Error::QueryTooLong`] for more than [`MAX_QUERY_UNITS`] code units.
    pub fn new(text: &str, case: Case, typos: u32) -> Result<Query, Error> {
        Query::from_utf16(text.encode_utf16(), case, typos)
    }

    /// As [`Query::new`], of a text in which surrogates may stand alone.
    ///
    /// # Errors
    /// As [`Query::new`].
    pub fn from_utf16(units: impl IntoIterator<Item = u16>, case: Case, typos: u32) -> Result<Query, Error> {
        let units: Vec<u16> = units.into_iter().take(MAX_QUERY_UNITS + 1).collect();
        if units.len() > MAX_QUERY_UNITS {
            return Err(Error::QueryTooLong { most: MAX_QUERY_UNITS });
        }
        let characters: Vec<u32> = wtf8::decode(&wtf8::from_utf16(units)).collect();
        let typos = typos.min(MAX_TYPOS) as usize;
        let terms: Vec<Term> =
            words(&characters).iter().filter_map(|word| Term::new(word, case, typos)).collect();
        let wanted = terms.iter().filter(|term| !term.negated && term.typos == 0);
        let mask = wanted.fold(0, |mask, term| mask | term.mask);
        Ok(Query { terms, mask })
    }
}

/// What white space separates, without the backslashes that take it in.
fn words(characters: &[u32]) -> Vec<Vec<u32>> {
    let mut words = Vec::new();
    let mut word = Vec::new();
    let mut rest = characters.iter().copied().peekable();
    while let Some(character) = rest.next() {
        match character {
            0x5C if rest.next_if_eq(&0x20).is_some() => word.push(0x20),
            0x09..=0x0D | 0x20 => words.push(std::mem::take(&mut word)),
            _ => word.push(character),
        }
    }
    words.push(word);
    words
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Fuzzy,
    Within,
    Start,
    End,
    Whole,
}

/// No character of a term is this one.
pub(super) const NO_ID: u16 = u16::MAX;

/// A part of a query.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub kind: Kind,
    pub negated: bool,
    pub any_case: bool,
    /// The most characters to leave out.
    pub typos: usize,
    /// Folded where the case does not count.
    pub characters: Vec<u32>,
    /// The bits of all characters.
    pub mask: u64,
    /// For each character of the term, which of the different ones it is.
    pub ids: Vec<u16>,
    /// How many different characters there are.
    pub different: usize,
    /// For each character of ASCII, which of the different ones it is.
    ascii_ids: [u16; 128],
    /// The same for others, in order.
    other_ids: Vec<(u32, u16)>,
    /// The most that an alignment scores.
    pub most: i32,
    /// The two bytes that stand for each character, where all are ASCII.
    pub bytes: Option<Vec<[u8; 2]>>,
}

impl Term {
    /// `None` where nothing is left to look for.
    fn new(word: &[u32], case: Case, typos: usize) -> Option<Term> {
        const EXCLAMATION: u32 = 0x21;
        const DOLLAR: u32 = 0x24;
        const QUOTE: u32 = 0x27;
        const CARET: u32 = 0x5E;
        let (negated, word) = match word {
            [EXCLAMATION, rest @ ..] => (true, rest),
            _ => (false, word),
        };
        let (at_end, word) = match word {
            [rest @ .., DOLLAR] if !rest.is_empty() => (true, rest),
            _ => (false, word),
        };
        let (kind, word) = match (word, at_end) {
            ([CARET, rest @ ..], false) => (Kind::Start, rest),
            ([CARET, rest @ ..], true) => (Kind::Whole, rest),
            ([QUOTE, rest @ ..], false) => (Kind::Within, rest),
            ([QUOTE, rest @ ..], true) => (Kind::End, rest),
            (_, true) => (Kind::End, word),
            (_, false) => (if negated { Kind::Within } else { Kind::Fuzzy }, word),
        };
        if word.is_empty() {
            return None;
        }
        let any_case = match case {
            Case::Smart => !word.iter().any(|&character| class(character) == Class::Capital),
            Case::Ignore => true,
            Case::Respect => false,
        };
        let characters: Vec<u32> =
            word.iter().map(|&character| if any_case { fold(character) } else { character }).collect();
        let typos = if kind == Kind::Fuzzy && characters.len() <= MAX_TYPO_CHARACTERS {
            typos.min(characters.len() / 3)
        } else {
            0
        };
        Some(Term { kind, negated, any_case, typos, ..Term::numbered(characters, any_case) })
    }

    /// The characters with their numbers; the rest is yet to be said.
    fn numbered(characters: Vec<u32>, any_case: bool) -> Term {
        let mut different = characters.clone();
        different.sort_unstable();
        different.dedup();
        let id =
            |character: u32| different.binary_search(&character).ok().and_then(|it| u16::try_from(it).ok());
        let ids = characters.iter().map(|&character| id(character).unwrap_or(NO_ID)).collect();
        let mut ascii_ids = [NO_ID; 128];
        for (character, slot) in (0_u32..).zip(&mut ascii_ids) {
            *slot = id(if any_case { fold(character) } else { character }).unwrap_or(NO_ID);
        }
        let others = different.iter().filter(|&&character| character > 0x7F);
        let other_ids = others.map(|&character| (character, id(character).unwrap_or(NO_ID))).collect();
        let both = |&character: &u32| {
            let byte = u8::try_from(character).ok().filter(u8::is_ascii)?;
            Some(if any_case { [byte, byte.to_ascii_uppercase()] } else { [byte, byte] })
        };
        Term {
            kind: Kind::Fuzzy,
            negated: false,
            any_case,
            typos: 0,
            mask: characters.iter().fold(0, |mask, &character| mask | bit(character)),
            ids,
            different: different.len(),
            ascii_ids,
            other_ids,
            most: most(&characters),
            bytes: characters.iter().map(both).collect(),
            characters,
        }
    }

    /// Which of the different characters of the term this one of a path is.
    pub(super) fn id(&self, character: u32) -> u16 {
        if let Some(&id) = self.ascii_ids.get(character as usize) {
            return id;
        }
        let character = if self.any_case { fold(character) } else { character };
        let found = self.other_ids.binary_search_by_key(&character, |&(other, _)| other);
        found.map_or(NO_ID, |at| self.other_ids[at].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &str) -> Vec<(Kind, bool, String)> {
        let query = Query::new(query, Case::Smart, 0).expect("a short query");
        let text = |term: &Term| term.characters.iter().filter_map(|&it| char::from_u32(it)).collect();
        query.terms.iter().map(|term| (term.kind, term.negated, text(term))).collect()
    }

    #[test]
    fn signs_say_what_a_term_is() {
        let term = |kind, negated, text: &str| vec![(kind, negated, text.to_owned())];
        for (query, expected) in [
            ("abc", term(Kind::Fuzzy, false, "abc")),
            ("'abc", term(Kind::Within, false, "abc")),
            ("^abc", term(Kind::Start, false, "abc")),
            ("abc$", term(Kind::End, false, "abc")),
            ("'abc$", term(Kind::End, false, "abc")),
            ("^abc$", term(Kind::Whole, false, "abc")),
            ("!abc", term(Kind::Within, true, "abc")),
            ("!'abc", term(Kind::Within, true, "abc")),
            ("!^abc", term(Kind::Start, true, "abc")),
            ("!abc$", term(Kind::End, true, "abc")),
            ("!!a", term(Kind::Within, true, "!a")),
            ("$", term(Kind::Fuzzy, false, "$")),
            ("a\\ b", term(Kind::Fuzzy, false, "a b")),
            ("a\\b", term(Kind::Fuzzy, false, "a\\b")),
            ("Abc", term(Kind::Fuzzy, false, "Abc")),
            ("\t ! ^ ' ^$ \n", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(shown(query), expected, "{query}");
        }
        assert_eq!(shown("a  b").len(), 2);
    }

    #[test]
    fn a_query_has_a_limit() {
        assert!(Query::new(&"a".repeat(MAX_QUERY_UNITS), Case::Smart, 9).is_ok());
        let error = Query::new(&"a".repeat(MAX_QUERY_UNITS + 1), Case::Smart, 0).expect_err("too long");
        assert_eq!(error.to_string(), "the query has more than 1024 code units");
    }
}
