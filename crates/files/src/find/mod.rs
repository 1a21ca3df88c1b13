//! Fuzzy finding among paths, as in fzf: a few characters of a path bring it up.
//!
//! # The query
//!
//! White space (U+0009 to U+000D and the space) cuts a query into terms; a backslash before a space makes the space a
//! part of the term. A path is found when every term matches it, in whatever order:
//!
//! | term | matches a path |
//! |---|---|
//! | `abc` | that has these characters in this order, with any others between them |
//! | `'abc` | that contains `abc` |
//! | `^abc` | that starts with `abc` |
//! | `abc$` | that ends with `abc` |
//! | `^abc$` | that is `abc` |
//! | `!abc`, `!'abc`, `!^abc`, `!abc$`, `!^abc$` | that does not contain, … |
//!
//! A term of which nothing is left without its signs counts for nothing; a lone `$` is a dollar sign. There is no `|`.
//! A query without a term that asks for something finds every path that it does not exclude, with the score 0.
//!
//! # Characters
//!
//! A character is a code point; a lone surrogate is one too. By [`Case::Smart`] a term with a capital is matched to the
//! case, and any other whatever the case. A capital is what these rules have a small letter for: ASCII, Latin-1, Latin
//! Extended-A but U+0130 and U+017F, Greek with its accents and final sigma, Cyrillic (U+0400 to U+052F), Latin Extended
//! Additional but U+1E96 to U+1E9F, and fullwidth Latin. No other characters are taken for each other, and accents count.
//!
//! Of a path of more than [`MAX_PATH_CHARACTERS`] characters, the last of them stand for the whole.
//!
//! # The score
//!
//! The scheme is that of fzf's second algorithm for paths (`src/algo/algo.go`), in a form that dynamic programming
//! maximises exactly. An *alignment* puts the characters of a term at ascending positions of the path. It scores
//!
//! - 16 for each character,
//! - for each gap of `g` characters between two of them −3 − (g − 1), but never less than −16,
//! - the *bonus* of the first character's position, twice,
//! - 16 if the first character is in the last name of the path (what is behind the last slash that is not its end),
//! - for each later character behind a gap, the bonus of its position,
//! - for each later character without a gap the bonus of its position, and at least 4; at least 8 if its run of
//!   characters without a gap, itself included, has a position with a bonus.
//!
//! The bonus of a position is 9 for a letter or digit that is the path's first character or behind a slash; 8 for one
//! behind another character that is neither; 8 for a character that is neither letter nor digit; 7 for a capital behind a small
//! letter and for a digit behind a letter; and 0 otherwise. Digits are ASCII, and all characters beyond ASCII are letters.
//!
//! A term scores what its best alignment does. Of several, that with the last character farthest to the right counts,
//! then with the last but one, and so on. (It differs from fzf's in that the gap has a limit instead of the score a floor, and in that
//! a run has two levels instead of the bonus of its first position: so the best is well-defined, and found.)
//!
//! With `typos`, a term of up to [`MAX_TYPO_CHARACTERS`] characters may leave out as many of its characters, and at
//! most a third of them: the rest is aligned, and each that is left out costs 16. A character that stands for another is left out, with a gap in its place.
//! Of several best alignments, those with fewer left out come first.
//!
//! Of the alignments of a term that is not fuzzy, only those without a gap count, in the place that the sign says. A
//! path scores the sum of its terms. Better scores come first, then shorter paths in UTF-16 code units, then the order
//! of the paths' bytes, then that in which they were given.
//!
//! # Cost
//!
//! A prepared [`PathSet`] has 64 bits for each path, which tell most of the others at a nanosecond each. What is left
//! is searched for the characters in their order, and only where they are, aligned: by the occurrences of the characters
//! alone, in some 100 ns for a path of 60 characters.

mod align;
mod fold;
mod paths;
mod query;
mod score;
mod search;
mod wtf8;

pub use paths::PathSet;
pub use query::{Case, MAX_QUERY_UNITS, MAX_TYPO_CHARACTERS, MAX_TYPOS, Query};
pub use search::{FindOptions, Found, MAX_PATH_CHARACTERS, find};
