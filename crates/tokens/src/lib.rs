//! Counts, encodes and decodes the tokens of OpenAI's encodings; the ids are tiktoken's.
//!
//! ```
//! use tenon_tokens::{Encoding, Tokenizer, decode};
//!
//! let mut tokenizer = Tokenizer::new(Encoding::O200kBase);
//! let ids = tokenizer.encode("hello world");
//! assert_eq!(ids, [24912, 2375]);
//! assert_eq!(tokenizer.count("hello world"), 2);
//! assert_eq!(decode(&ids, Encoding::O200kBase, 1 << 20)?, b"hello world");
//! # Ok::<(), tenon_tokens::Error>(())
//! ```
//!
//! Text is cut into [pretokens](pretokens) by a hand-written scanner, and each pretoken is remembered from before,
//! looked up whole, or merged pair by pair, lowest rank first. The vocabularies are laid out at build time and lie in the binary, about 4 MB for
//! `o200k_base` and 2 MB for `cl100k_base`; nothing is read or built at run time. Time is `O(n log n)` in the longest
//! pretoken and linear in the rest.
//!
//! Text that looks like a special token (`<|endoftext|>`) is ordinary text here. Use another crate for vocabularies
//! that are not OpenAI's.

mod added_tokens;
mod class;
mod custom;
mod definition;
mod encoding;
mod error;
mod hash;
mod memo;
mod merge;
mod pair_merge;
pub mod pattern;
mod pretoken;
mod properties;
mod tiktoken_file;
mod tokenizer;
mod tokenizer_json;
mod vocabulary;

pub use custom::{AllowedSpecial, CustomTokenizer};
pub use definition::{
    AddedToken, Behavior, Definition, DefinitionError, DefinitionErrorKind, MAX_ADDED_BYTES,
    MAX_ADDED_TOKEN_BYTES, MAX_FILE_BYTES, MAX_ID, MAX_STEPS, MAX_TOKEN_BYTES, MAX_TOKENS, MergePair, Merges,
    Normalizer, Step, Token,
};
pub use encoding::Encoding;
pub use error::Error;
pub use tiktoken_file::parse_tiktoken;
pub use tokenizer::Tokenizer;

use vocabulary::Vocabulary;

/// The bytes that `ids` stand for, special tokens included. They need not be UTF-8: a token may end inside a
/// character.
///
/// # Errors
/// [`Error::UnknownId`] for an id the encoding does not have; [`Error::TooLong`] for more than `limit_bytes`.
pub fn decode(ids: &[u32], encoding: Encoding, limit_bytes: usize) -> Result<Vec<u8>, Error> {
    let vocabulary = encoding.vocabulary();
    let mut bytes = Vec::with_capacity(ids.len().min(limit_bytes) * 4);
    for (index, &id) in ids.iter().enumerate() {
        let token = vocabulary.token(id).or_else(|| encoding.special(id));
        bytes.extend_from_slice(token.ok_or(Error::UnknownId { id, index, encoding })?);
        if bytes.len() > limit_bytes {
            return Err(Error::TooLong { limit_bytes });
        }
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
