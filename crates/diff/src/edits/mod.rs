//! The edits that models write: read from their text, and put where they belong or refused.
//!
//! An edit is placed by the strictest [`Grade`] at which its old text is found. Where that is in two places it is refused,
//! and so is whatever would have to be guessed; the [`Report`] says why, and what is closest.

mod apply;
mod block;
mod grades;
mod locate;
mod names;
mod parse;
mod source;

pub use apply::apply;
pub use parse::{Edits, File, Format, Operation, ParsedEdit, parse};

/// An edit of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A text for another.
    Texts(Texts),
    /// Lines that are lost and gained between lines that are kept.
    Hunk(Hunk),
}

/// A text and what comes in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    /// What is there; empty only for a text that is to be created.
    pub old_text: Vec<u8>,
    /// What shall be there.
    pub new_text: Vec<u8>,
    /// Whether every place is meant, and not the only one.
    pub all: bool,
    /// Whether both are whole lines, so that the old text is never found inside a line.
    pub whole_lines: bool,
}

/// A hunk of a patch whose line numbers mean nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hunk {
    /// Each behind a space, `-` or `+`; an empty one is a line that is kept. One that begins with `\` says that the line
    /// before it has no line end.
    pub lines: Vec<Vec<u8>>,
    /// Lines that come before, from outside to inside.
    pub anchors: Vec<Vec<u8>>,
    /// Whether the last old line is the last of the text.
    pub at_end: bool,
    /// Whether it is the first hunk of its section, which is in no order with those before it.
    pub first: bool,
    /// The line that the hunk says it begins at, on which nothing depends.
    pub hint: Option<u64>,
}

/// How edits are applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The score from which on the fuzzy grade is accepted; none turns it off.
    pub fuzzy: Option<f64>,
    /// Whether the other edits are applied where one is refused.
    pub partial: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { fuzzy: Some(0.95), partial: false }
    }
}

/// How closely the old text and what is found are the same, in the order in which it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// They are the same, but for the ends of lines.
    Exact,
    /// So are their lines without the spaces and tabs at their ends.
    TrailingSpace,
    /// So are their lines once they are indented in one other way, in which what the edit writes is indented too.
    Indentation,
    /// So are they with punctuation and spaces beyond ASCII as their counterparts in it.
    UnicodePunctuation,
    /// Lines that the edit keeps may differ in the blanks between words and signs, in quotes, in commas and semicolons at
    /// their ends and in the blank lines between them.
    Fuzzy,
}

impl Grade {
    /// From the strictest to the loosest.
    pub const ALL: [Self; 5] =
        [Self::Exact, Self::TrailingSpace, Self::Indentation, Self::UnicodePunctuation, Self::Fuzzy];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::TrailingSpace => "trailing-space",
            Self::Indentation => "indentation",
            Self::UnicodePunctuation => "unicode-punctuation",
            Self::Fuzzy => "fuzzy",
        }
    }
}

/// Why an edit is not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The old text is not there at any grade.
    NotFound,
    /// Several places are as good as each other, or so nearly that it cannot be told which is meant.
    Ambiguous,
    /// The old text and the new one are the same.
    NoChange,
    /// The new text is there, and the old one is not, or is part of it.
    AlreadyApplied,
    /// What is found at the fuzzy grade has a lower score than the least.
    BelowScore,
    /// The old text has too few words to be found by anything but an exact match.
    TooShort,
    /// The old text is found where it begins or ends inside a word.
    InsideWord,
    /// What the edit writes cannot be indented as the file is, or in more than one way.
    Indentation,
    /// The old text is empty, and the text is not.
    EmptySearch,
    /// The lines of a hunk that are there have no content.
    NoContext,
    /// A hunk is found before the hunk that precedes it.
    OutOfOrder,
    /// A hunk that is at the end is found before the end alone.
    NotAtEnd,
    /// A hunk is found only where its anchors do not lead.
    OutsideAnchor,
    /// An anchor is not there.
    AnchorNotFound,
    /// The edit is too large to be placed by anything but an exact match.
    TooLarge,
    /// The edit could be applied, but another one could not.
    RolledBack,
}

impl Reason {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Ambiguous => "ambiguous",
            Self::NoChange => "no-change",
            Self::AlreadyApplied => "already-applied",
            Self::BelowScore => "below-score",
            Self::TooShort => "too-short",
            Self::InsideWord => "inside-word",
            Self::Indentation => "indentation",
            Self::EmptySearch => "empty-search",
            Self::NoContext => "no-context",
            Self::OutOfOrder => "out-of-order",
            Self::NotAtEnd => "not-at-end",
            Self::OutsideAnchor => "outside-anchor",
            Self::AnchorNotFound => "anchor-not-found",
            Self::TooLarge => "too-large",
            Self::RolledBack => "rolled-back",
        }
    }
}

/// What became of an edit. All lines are those of the text as it was given, from 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Whether it is in the text.
    pub applied: bool,
    /// The grade at which it was placed.
    pub matched_with: Option<Grade>,
    /// The first of the lines found; for one that only inserts, the line it comes after.
    pub line: Option<usize>,
    /// The last of them.
    pub end_line: Option<usize>,
    /// In how many places.
    pub count: Option<usize>,
    /// 1 but at the fuzzy grade.
    pub score: Option<f64>,
    /// Why it is not applied.
    pub reason: Option<Reason>,
    /// The lines of the places that are as good as each other, or that would be, at most 20.
    pub candidates: Option<Vec<usize>>,
    /// What is most like that which is not found, the best first, at most three.
    pub closest: Option<Vec<Near>>,
}

/// Lines that are like those that are not found.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// The first.
    pub start_line: usize,
    /// The last.
    pub end_line: usize,
    /// Their similarity.
    pub score: f64,
    /// The lines, at most 200 of them, with LF between them.
    pub text: Vec<u8>,
}

/// What applying edits makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The text; none where an edit is refused.
    pub text: Option<Vec<u8>>,
    /// One for each edit.
    pub edits: Vec<Report>,
}
