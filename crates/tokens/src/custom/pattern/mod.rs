//! The regular expressions that cut text into pretokens: a matcher with backtracking that is the same, step by step, as
//! `lib/tokens/custom/pattern.js`.
//!
//! What it takes: alternatives, groups, `(?i)`, classes with ranges, negation, nesting, `&&` and `--`, escapes,
//! `\p{…}` with general categories and the common scripts, repetitions that are greedy, lazy or possessive, atomic groups,
//! lookahead, lookbehind of one character, and anchors. A run of one class costs a step a character and no stack; the
//! steps of a text are bounded.

mod matcher;
mod parse;
mod program;
mod set;

pub use matcher::Matcher;
pub(crate) use set::CharSet;

use crate::custom::definition::DefinitionError;
use program::Program;
use std::sync::Arc;

/// The most characters of a pattern.
pub const MAX_PATTERN_CHARACTERS: usize = 1 << 14;

/// Whose rules a pattern is written for, where they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Syntax {
    /// The `regex` and `fancy-regex` crates, which tiktoken uses.
    Rust,
    /// Oniguruma, which Hugging Face's tokenizers use: `^` and `$` are also at lines' borders.
    Oniguruma,
}

/// A pattern that many vocabularies share, which a scanner may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WellKnown {
    /// GPT-2, r50k_base, p50k_base.
    Gpt2,
    /// GPT-4.
    Cl100k,
    /// GPT-4o.
    O200k,
}

impl WellKnown {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gpt2, Self::Cl100k, Self::O200k];

    /// The name by which a caller may give it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gpt2 => "gpt2",
            Self::Cl100k => "cl100k",
            Self::O200k => "o200k",
        }
    }

    /// tiktoken's expression.
    #[must_use]
    pub fn expression(self) -> &'static str {
        match self {
            Self::Gpt2 => r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s",
            Self::Cl100k => {
                r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
            }
            Self::O200k => {
                r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
            }
        }
    }

    /// The one whose matches an expression has.
    fn meant_by(expression: &str, syntax: Syntax) -> Option<Self> {
        const GPT2_OF_HUGGING_FACE: &str =
            r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
        if expression == GPT2_OF_HUGGING_FACE {
            return Some(Self::Gpt2);
        }
        // The expressions themselves mean something else to Oniguruma: `$`, and `{1,3}+`.
        Self::ALL.into_iter().find(|one| syntax == Syntax::Rust && one.expression() == expression)
    }
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: Arc<str>,
    well_known: Option<WellKnown>,
    program: Arc<Program>,
}

impl Pattern {
    /// Compiles a pattern, or the well-known one of that name. `place` is where it stands, such as `pattern`: errors begin
    /// with it, and positions are UTF-16 code units.
    ///
    /// # Errors
    /// `Invalid` for what is no pattern, `Unsupported` for what this matcher does not do, `Limit` for what is too large.
    pub fn new(pattern: &str, syntax: Syntax, place: &str) -> Result<Self, DefinitionError> {
        match WellKnown::ALL.into_iter().find(|one| one.name() == pattern) {
            Some(named) => Self::expression(named.expression(), Syntax::Rust, place),
            None => Self::expression(pattern, syntax, place),
        }
    }

    /// As [`new`](Self::new), without the names.
    pub(crate) fn expression(pattern: &str, syntax: Syntax, place: &str) -> Result<Self, DefinitionError> {
        let node = parse::parse(pattern, syntax, place)?;
        Self::of(pattern, WellKnown::meant_by(pattern, syntax), &node, place)
    }

    /// The pattern that matches a text as it is.
    ///
    /// # Errors
    /// `Limit` for a text of too many characters.
    pub fn literal(text: &str, place: &str) -> Result<Self, DefinitionError> {
        if text.chars().nth(MAX_PATTERN_CHARACTERS).is_some() {
            return Err(DefinitionError::limit(place, MAX_PATTERN_CHARACTERS as u64, "characters"));
        }
        Self::of(text, None, &parse::literal(text), place)
    }

    fn of(
        source: &str,
        well_known: Option<WellKnown>,
        node: &parse::Node,
        place: &str,
    ) -> Result<Self, DefinitionError> {
        Ok(Self { source: source.into(), well_known, program: Arc::new(program::compile(node, place)?) })
    }

    /// The expression.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The well-known pattern whose matches it has, if it is one of them.
    #[must_use]
    pub fn well_known(&self) -> Option<WellKnown> {
        self.well_known
    }

    /// The first match that starts at `from` or behind it: its start and its end in bytes. What is before `from` is
    /// seen by lookbehind and anchors. `from` is a character's border.
    ///
    /// # Errors
    /// `Limit` where the steps of the matcher are used up.
    pub fn find(
        &self,
        text: &str,
        from: usize,
        matcher: &mut Matcher,
    ) -> Result<Option<(usize, usize)>, DefinitionError> {
        matcher.find(&self.program, text, from)
    }

    /// Where the match that starts at `start` ends in bytes; nothing where none starts there. For a pattern that covers all
    /// text, this is the end of the piece.
    ///
    /// # Errors
    /// `Limit` where the steps of the matcher are used up.
    pub fn next_end(
        &self,
        text: &str,
        start: usize,
        matcher: &mut Matcher,
    ) -> Result<Option<usize>, DefinitionError> {
        matcher.match_at(&self.program, text, start)
    }

    /// All matches in order.
    ///
    /// # Errors
    /// `Limit` where the steps of the matcher are used up.
    pub fn matches(&self, text: &str, matcher: &mut Matcher) -> Result<Vec<(usize, usize)>, DefinitionError> {
        let mut cursor = Cursor::default();
        let mut found = Vec::new();
        while let Some(one) = cursor.next(self, text, matcher)? {
            found.push(one);
        }
        Ok(found)
    }
}

/// Goes from match to match. One that is empty is not counted where the one before it ends.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    from: usize,
    last_end: Option<usize>,
}

impl Cursor {
    pub(crate) fn next(
        &mut self,
        pattern: &Pattern,
        text: &str,
        matcher: &mut Matcher,
    ) -> Result<Option<(usize, usize)>, DefinitionError> {
        while let Some((start, end)) = pattern.find(text, self.from, matcher)? {
            if start == end && self.last_end == Some(end) {
                let Some(character) = text[self.from..].chars().next() else { break };
                self.from += character.len_utf8();
                continue;
            }
            (self.from, self.last_end) = (end, Some(end));
            return Ok(Some((start, end)));
        }
        Ok(None)
    }
}
