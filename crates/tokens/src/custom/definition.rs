//! What a vocabulary that is not built in consists of, and what can be wrong with it.

use crate::custom::pattern::Pattern;

/// A token's id is below this.
pub const MAX_ID: u32 = 1 << 31;
/// The most tokens of a vocabulary, and the most merges.
pub const MAX_TOKENS: usize = 1 << 22;
/// The most bytes of a token. The longest of o200k_base has 128.
pub const MAX_TOKEN_BYTES: usize = 4096;
/// The most bytes of an added token: where one almost matches, so many are looked at again for each character.
pub const MAX_ADDED_TOKEN_BYTES: usize = 256;
/// The most bytes of all added tokens.
pub const MAX_ADDED_BYTES: usize = 1 << 22;
/// The most bytes of a `.tiktoken` file or of a `tokenizer.json`. The largest known have some 35 million.
pub const MAX_FILE_BYTES: usize = 1 << 26;
/// The most steps of pretokenisation, and the most normalizers.
pub const MAX_STEPS: usize = 64;

/// A tokenizer as its file describes it. [`CustomTokenizer`](crate::CustomTokenizer) runs it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Definition {
    /// The vocabulary, by ascending id; ids may have holes.
    pub tokens: Vec<Token>,
    /// Which adjacent tokens become one, and in which order.
    pub merges: Merges,
    /// What is done to text before it is cut.
    pub normalizers: Vec<Normalizer>,
    /// What cuts text into pretokens, each step the pieces of the one before.
    pub steps: Vec<Step>,
    /// Texts that are a token before anything else is looked at.
    pub added: Vec<AddedToken>,
}

/// A token of the vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token {
    /// What it stands for.
    pub bytes: Vec<u8>,
    /// Its id.
    pub id: u32,
    /// Whether text can become it: some vocabularies have names that no bytes are written as.
    pub reachable: bool,
}

/// The rule that merges the bytes of a pretoken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Merges {
    /// A pretoken that is a token is that token; else the adjacent pair whose concatenation has the lowest id is merged
    /// first, the leftmost of equals. This is tiktoken's rule.
    ByRank,
    /// The adjacent pair that is first in a list is merged first, the leftmost of equals. This is the rule of Hugging
    /// Face's tokenizers.
    Listed {
        /// The pairs, the first merged first. Of a pair that is there twice, the last place counts.
        pairs: Vec<MergePair>,
        /// Whether a pretoken that is a token is that token, whatever the list says (`ignore_merges`).
        whole_first: bool,
    },
}

/// Two tokens and what they become, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergePair {
    /// The left token.
    pub left: u32,
    /// The right token.
    pub right: u32,
    /// The token of both.
    pub merged: u32,
}

/// A normalization form of Unicode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Normalizer {
    /// Canonical composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility composition.
    Nfkc,
    /// Compatibility decomposition.
    Nfkd,
}

/// A step of pretokenisation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Step {
    /// The matches of a pattern are the pieces. What is between them belongs to no piece and is lost: tiktoken's rule.
    Matches(Pattern),
    /// A pattern splits, and nothing is lost but what the behavior removes: the rule of Hugging Face's tokenizers.
    Split {
        /// What is looked for.
        pattern: Pattern,
        /// What becomes of the matches and of what is between them.
        behavior: Behavior,
        /// Whether matches and what is between them change places.
        invert: bool,
    },
    /// A piece that does not start with a space gets one.
    PrefixSpace,
}

/// What becomes of the matches of a pattern that splits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Behavior {
    /// They are lost.
    Removed,
    /// Each is a piece.
    Isolated,
    /// Each ends the piece before it.
    MergedWithPrevious,
    /// Each begins the piece behind it.
    MergedWithNext,
    /// Adjacent ones are one piece.
    Contiguous,
}

/// A text that is a token by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddedToken {
    /// The text.
    pub text: String,
    /// Its id.
    pub id: u32,
    /// Whether it is a control token: encoding finds it only where the caller allows it, decoding may leave it out.
    pub special: bool,
    /// Whether it is looked for in normalized text, itself normalized.
    pub normalized: bool,
    /// Whether it must not touch a word.
    pub single_word: bool,
    /// Whether it takes the white space before it.
    pub left_strip: bool,
    /// Whether it takes the white space behind it.
    pub right_strip: bool,
}

impl AddedToken {
    /// A special token that is looked for as it is.
    #[must_use]
    pub fn special(text: &str, id: u32) -> Self {
        Self {
            text: text.to_owned(),
            id,
            special: true,
            normalized: false,
            single_word: false,
            left_strip: false,
            right_strip: false,
        }
    }
}

/// What can be wrong with a definition, or with what it is given. `place` begins with the name of the argument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionError {
    /// It is not what it should be.
    #[error("{place}: {fault}")]
    Invalid {
        /// Where, such as `ranks, line 5`.
        place: String,
        /// What is wrong.
        fault: String,
    },
    /// It means something, but nothing that is implemented.
    #[error("{place}: {part} is not supported")]
    Unsupported {
        /// Where, such as `pattern, position 7`.
        place: String,
        /// What is not supported.
        part: String,
    },
    /// It is too large, or takes too long.
    #[error("{place}: more than {limit} {unit}")]
    Limit {
        /// Where, such as `ranks`.
        place: String,
        /// The most there may be.
        limit: u64,
        /// Of what.
        unit: &'static str,
    },
}

/// The kind of a [`DefinitionError`], which becomes the error's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DefinitionErrorKind {
    /// `ERR_INVALID_ARG`
    Invalid,
    /// `ERR_UNSUPPORTED`
    Unsupported,
    /// `ERR_LIMIT`
    Limit,
}

impl DefinitionError {
    pub(crate) fn invalid(place: impl Into<String>, fault: impl Into<String>) -> Self {
        Self::Invalid { place: place.into(), fault: fault.into() }
    }

    pub(crate) fn unsupported(place: impl Into<String>, part: impl Into<String>) -> Self {
        Self::Unsupported { place: place.into(), part: part.into() }
    }

    pub(crate) fn limit(place: impl Into<String>, limit: u64, unit: &'static str) -> Self {
        Self::Limit { place: place.into(), limit, unit }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> DefinitionErrorKind {
        match self {
            Self::Invalid { .. } => DefinitionErrorKind::Invalid,
            Self::Unsupported { .. } => DefinitionErrorKind::Unsupported,
            Self::Limit { .. } => DefinitionErrorKind::Limit,
        }
    }

    /// The name of the argument that is wrong, such as `pattern`.
    #[must_use]
    pub fn argument(&self) -> &str {
        let (Self::Invalid { place, .. } | Self::Unsupported { place, .. } | Self::Limit { place, .. }) =
            self;
        place.split([',', '[']).next().unwrap_or(place)
    }
}
