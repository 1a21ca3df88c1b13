//! Counts, encodes and decodes the tokens of OpenAI's encodings; the ids are tiktoken's.
//!
//! ```
//! use tenon_tokens::{Encode as _, Encoding, Tokenizer};
//!
//! let mut tokenizer = Tokenizer::new(Encoding::O200kBase);
//! let ids = tokenizer.encode("hello world", &[]);
//! assert_eq!(ids, [24912, 2375]);
//! assert_eq!(tokenizer.count("hello world", &[]), 2);
//! assert_eq!(tokenizer.decode(&ids, 1 << 20)?, b"hello world");
//! # Ok::<(), tenon_tokens::Error>(())
//! ```
//!
//! Text is cut into [pretokens](pretokens), of ASCII 64 bytes at a time, and each pretoken is remembered from before,
//! looked up whole, or merged. The vocabularies are laid out at build time and lie in the binary, about 5 MB for
//! `o200k_base`, 2.5 MB for `cl100k_base` and 1.5 MB for the older ones; nothing is read or built at run time. Time is
//! linear in the text, whatever it is.
//!
//! Text that looks like a special token (`<|endoftext|>`) is ordinary text unless its id is allowed. Use another crate
//! for vocabularies that are not OpenAI's.

mod arch;
mod class;
mod custom;
mod encoding;
mod error;
mod fit;
#[expect(dead_code, reason = "what only the build script needs")]
mod layout;
mod memo;
mod merge;
mod position;
mod pretoken;
mod scan;
mod special;
mod tokenizer;
mod vocabulary;
mod window;

pub use custom::{
    AddedToken, Behavior, Definition, DefinitionError, DefinitionErrorKind, MAX_ADDED_BYTES,
    MAX_ADDED_TOKEN_BYTES, MAX_FILE_BYTES, MAX_ID, MAX_STEPS, MAX_TOKEN_BYTES, MAX_TOKENS, MergePair, Merges,
    Normalizer, Step, Token,
};
pub use custom::{AllowedSpecial, CustomTokenizer, parse_tiktoken, pattern};
pub use encoding::Encoding;
pub use error::Error;
pub use fit::{Encode, GrowingCount, Keep, Part, Truncation, Unit};
pub use position::{positions_before_replacement, utf16_positions};
pub use tokenizer::Tokenizer;

use pretoken::Pretokens;
use vocabulary::Vocabulary;

/// The pretokens of `text` in order: merges never cross their borders, and together they are the whole text.
pub fn pretokens(text: &str, encoding: Encoding) -> impl Iterator<Item = &str> {
    Pretokens::new(text.as_bytes(), encoding.cutter()).map(|(start, end)| &text[start..end])
}
