//! Counts, encodes and decodes the tokens of OpenAI's encodings; the ids are tiktoken's.
//!
//! ```
//! use tenon_tokens::{Encoding, count, decode, encode};
//!
//! let ids = encode("hello world", Encoding::O200kBase);
//! assert_eq!(ids, [24912, 2375]);
//! assert_eq!(count("hello world", Encoding::O200kBase), 2);
//! assert_eq!(decode(&ids, Encoding::O200kBase)?, b"hello world");
//! # Ok::<(), tenon_tokens::Error>(())
//! ```
//!
//! Text is cut into [pretokens](pretokens) by a hand-written scanner, and each pretoken is looked up whole or merged
//! pair by pair, lowest rank first. The vocabularies are laid out at build time and lie in the binary, about 4 MB for
//! `o200k_base` and 2 MB for `cl100k_base`; nothing is read or built at run time. Time is `O(n log n)` in the longest
//! pretoken and linear in the rest.
//!
//! Text that looks like a special token (`<|endoftext|>`) is ordinary text here. Use another crate for vocabularies
//! that are not OpenAI's.

mod class;
mod encoding;
mod error;
mod hash;
mod merge;
mod pretoken;
mod vocabulary;

pub use encoding::Encoding;
pub use error::Error;

use vocabulary::Vocabulary;

/// The number of tokens of `text`.
#[must_use]
pub fn count(text: &str, encoding: Encoding) -> usize {
    let vocabulary = encoding.vocabulary();
    let mut total = 0;
    let mut merger = merge::Merger::default();
    for piece in pretokens(text, encoding) {
        total += match vocabulary.rank(piece.as_bytes()) {
            Some(_) => 1,
            None => merger.count(piece.as_bytes(), vocabulary),
        };
    }
    total
}

/// The token ids of `text`.
#[must_use]
pub fn encode(text: &str, encoding: Encoding) -> Vec<u32> {
    let vocabulary = encoding.vocabulary();
    // Source text has three to four bytes a token.
    let mut ids = Vec::with_capacity(text.len() / 3);
    let mut merger = merge::Merger::default();
    for piece in pretokens(text, encoding) {
        match vocabulary.rank(piece.as_bytes()) {
            Some(rank) => ids.push(rank),
            None => merger.encode(piece.as_bytes(), vocabulary, &mut ids),
        }
    }
    ids
}

/// The bytes that `ids` stand for, special tokens included. They need not be UTF-8: a token may end inside a
/// character.
///
/// # Errors
/// [`Error::UnknownId`] for an id the encoding does not have.
pub fn decode(ids: &[u32], encoding: Encoding) -> Result<Vec<u8>, Error> {
    let vocabulary = encoding.vocabulary();
    let mut bytes = Vec::with_capacity(ids.len() * 4);
    for (index, &id) in ids.iter().enumerate() {
        let token = vocabulary.token(id).or_else(|| encoding.special(id));
        bytes.extend_from_slice(token.ok_or(Error::UnknownId { id, index, encoding })?);
    }
    Ok(bytes)
}

/// The pretokens of `text` in order: merges never cross their borders, and together they are the whole text.
pub fn pretokens(text: &str, encoding: Encoding) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let next_end = encoding.scanner();
    let mut start = 0;
    std::iter::from_fn(move || {
        if start == bytes.len() {
            return None;
        }
        let end = next_end(bytes, start);
        let piece = &text[start..end];
        start = end;
        Some(piece)
    })
}
