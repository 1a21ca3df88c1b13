//! A compiled pattern: the `regex` engine with the literals that ripgrep finds in a pattern, or, for look-around and
//! back-references, `fancy-regex` with a limit on its steps.

use fancy_regex::BytesMode;
use grep_matcher::{LineMatchKind, Matcher as _, NoError};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use regex_syntax::{ast, hir};

use crate::error::Error;

/// The compiled program of a pattern: the time of the slowest engine grows with it.
const MAX_PROGRAM_BYTES: usize = 10 << 20;
/// What each thread may keep of an automaton that is built while searching.
const MAX_AUTOMATON_BYTES: usize = 10 << 20;
/// How deeply groups may nest: the parser recurses.
const MAX_NESTING: u32 = 250;
/// The steps that one look for a match may take where there are look-arounds or back-references.
const MAX_BACKTRACKS: usize = 1_000_000;

/// Whether letters match in either case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    /// They do not.
    #[default]
    Sensitive,
    /// They do.
    Insensitive,
    /// They do unless the pattern has a capital in it.
    Smart,
}

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct PatternOptions {
    /// The alternatives.
    pub patterns: Vec<String>,
    /// They are plain text.
    pub fixed: bool,
    /// Whether letters match in either case.
    pub case: Case,
    /// A match must begin and end where a word may.
    pub word: bool,
    /// A match may reach over the end of a line.
    pub multiline: bool,
    /// With `multiline`, `.` matches the end of a line too.
    pub dot_all: bool,
    /// A CR before a LF belongs to the end of the line.
    pub crlf: bool,
}

/// Which engine finds the matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The `regex` crate: linear in the text.
    Regex,
    /// The `fancy-regex` crate: it backtracks.
    FancyRegex,
}

/// A compiled pattern. A copy for each thread keeps the threads out of each other's way.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    matcher: Matcher,
    pub(crate) multiline: bool,
    pub(crate) crlf: bool,
    /// It may ask for the borders of words.
    pub(crate) has_words: bool,
}

#[derive(Clone, Debug)]
enum Matcher {
    Regex(RegexMatcher),
    Fancy(Box<fancy_regex::Regex>),
}

/// The search of one text took more steps than it may.
#[derive(Debug)]
pub(crate) struct OutOfSteps;

/// Where a line may be that matches.
pub(crate) enum Candidate {
    /// It is the line around this offset.
    Line(usize),
    /// It may be the line around this offset.
    Perhaps(usize),
}

impl Pattern {
    /// # Errors
    /// [`Error::Pattern`] with what the engine says of the pattern.
    pub(crate) fn compile(options: &PatternOptions) -> Result<Pattern, Error> {
        let matcher = if options.fixed || !needs_backtracking(&options.patterns) {
            Matcher::Regex(compile_regex(options)?)
        } else {
            Matcher::Fancy(Box::new(compile_fancy(options)?))
        };
        let has_words = options.word
            || [r"\b", r"\B", r"\<", r"\>"]
                .iter()
                .any(|look| options.patterns.iter().any(|one| one.contains(look)));
        Ok(Pattern { matcher, multiline: options.multiline, crlf: options.crlf, has_words })
    }

    pub(crate) fn engine(&self) -> Engine {
        match self.matcher {
            Matcher::Regex(_) => Engine::Regex,
            Matcher::Fancy(_) => Engine::FancyRegex,
        }
    }

    /// Whether many lines can be searched at once by [`Pattern::candidate`].
    pub(crate) fn searches_lines_at_once(&self) -> bool {
        match &self.matcher {
            Matcher::Regex(regex) => regex.line_terminator().is_some(),
            Matcher::Fancy(_) => false,
        }
    }

    /// The first line in `lines` that may match.
    pub(crate) fn candidate(&self, lines: &[u8]) -> Option<Candidate> {
        let Matcher::Regex(regex) = &self.matcher else { return None };
        sure(regex.find_candidate_line(lines)).map(|found| match found {
            LineMatchKind::Confirmed(at) => Candidate::Line(at),
            LineMatchKind::Candidate(at) => Candidate::Perhaps(at),
        })
    }

    /// The first match in `text` that starts at `from` or behind.
    #[inline]
    pub(crate) fn find(&self, text: &[u8], from: usize) -> Result<Option<(usize, usize)>, OutOfSteps> {
        match &self.matcher {
            Matcher::Regex(regex) => {
                Ok(sure(regex.find_at(text, from)).map(|found| (found.start(), found.end())))
            }
            Matcher::Fancy(regex) => match regex.find_from_pos(text, from) {
                Ok(found) => Ok(found.map(|found| (found.start(), found.end()))),
                Err(_) => Err(OutOfSteps),
            },
        }
    }

    /// Whether there is a match in `text`.
    pub(crate) fn matches(&self, text: &[u8]) -> Result<bool, OutOfSteps> {
        match &self.matcher {
            Matcher::Regex(regex) => Ok(sure(regex.is_match(text))),
            Matcher::Fancy(regex) => regex.is_match(text).map_err(|_| OutOfSteps),
        }
    }
}

fn sure<T>(result: Result<T, NoError>) -> T {
    result.expect("the regex engine always has an answer")
}

/// Whether the patterns have what `regex` refuses and `fancy-regex` knows.
fn needs_backtracking(patterns: &[String]) -> bool {
    use ast::ErrorKind::{UnsupportedBackreference, UnsupportedLookAround};
    patterns.iter().any(|pattern| {
        let parsed = ast::parse::ParserBuilder::new().nest_limit(MAX_NESTING).build().parse(pattern);
        parsed.is_err_and(|error| matches!(error.kind(), UnsupportedBackreference | UnsupportedLookAround))
    })
}

fn compile_regex(options: &PatternOptions) -> Result<RegexMatcher, Error> {
    let mut builder = RegexMatcherBuilder::new();
    builder
        .multi_line(true)
        .unicode(true)
        .octal(false)
        .case_insensitive(options.case == Case::Insensitive)
        .case_smart(options.case == Case::Smart)
        .word(options.word)
        .fixed_strings(options.fixed)
        .nest_limit(MAX_NESTING)
        .size_limit(MAX_PROGRAM_BYTES)
        .dfa_size_limit(MAX_AUTOMATON_BYTES)
        .crlf(options.crlf);
    if options.multiline {
        builder.dot_matches_new_line(options.dot_all).line_terminator(None);
    } else if !options.crlf {
        builder.line_terminator(Some(b'\n'));
    }
    // Each by itself first: a group that one opens and another closes is no pattern.
    if !options.fixed {
        for pattern in &options.patterns {
            let mut parser = ast::parse::ParserBuilder::new();
            parser
                .nest_limit(MAX_NESTING)
                .build()
                .parse(pattern)
                .map_err(|error| Error::Pattern(error.to_string()))?;
        }
    }
    builder.build_many(&options.patterns).map_err(|error| match error.kind() {
        grep_regex::ErrorKind::NotAllowed(_) => Error::LineEnd,
        grep_regex::ErrorKind::Regex(_)
            if !options.fixed && options.patterns.iter().any(|one| lacks_property(one)) =>
        {
            Error::Property(error.to_string())
        }
        grep_regex::ErrorKind::Regex(message) if message.contains("size limit") => Error::PatternSize,
        _ => Error::Pattern(error.to_string()),
    })
}

/// Whether a pattern asks for a Unicode property that there is not.
fn lacks_property(pattern: &str) -> bool {
    use hir::ErrorKind::{UnicodePropertyNotFound, UnicodePropertyValueNotFound};
    let parsed =
        regex_syntax::ParserBuilder::new().utf8(false).nest_limit(MAX_NESTING).build().parse(pattern);
    matches!(
        parsed,
        Err(regex_syntax::Error::Translate(error))
            if matches!(error.kind(), UnicodePropertyNotFound | UnicodePropertyValueNotFound)
    )
}

fn compile_fancy(options: &PatternOptions) -> Result<fancy_regex::Regex, Error> {
    let names_line_end = |pattern: &String| {
        let unescaped = pattern.replace(r"\\", "");
        unescaped.contains('\n') || unescaped.contains(r"\n")
    };
    if !options.multiline && options.patterns.iter().any(names_line_end) {
        return Err(Error::LineEnd);
    }
    let alternatives =
        options.patterns.iter().map(|pattern| format!("(?:{pattern})")).collect::<Vec<_>>().join("|");
    let pattern = if options.word { format!(r"(?<!\w)(?:{alternatives})(?!\w)") } else { alternatives };
    let folds = match options.case {
        Case::Sensitive => false,
        Case::Insensitive => true,
        // Without a parse to go by, a capital behind a backslash (`\W`) does not count.
        Case::Smart => {
            let mut escaped = false;
            !options.patterns.iter().flat_map(|pattern| pattern.chars()).any(|character| {
                let counts = !escaped && character.is_uppercase();
                escaped = character == '\\' && !escaped;
                counts
            })
        }
    };
    fancy_regex::RegexBuilder::new(&pattern)
        .multi_line(true)
        .crlf(options.crlf)
        .case_insensitive(folds)
        .dot_matches_new_line(options.multiline && options.dot_all)
        .bytes_mode(BytesMode::UnicodeBytes)
        .backtrack_limit(MAX_BACKTRACKS)
        .delegate_size_limit(MAX_PROGRAM_BYTES)
        .delegate_dfa_size_limit(MAX_AUTOMATON_BYTES)
        .build()
        .map_err(|error| Error::Pattern(error.to_string()))
}
