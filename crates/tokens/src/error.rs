use crate::DefinitionError;

/// What can be wrong with the arguments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A token id that the encoding does not have.
    #[error("ids[{index}] is {id}, which {encoding} does not have")]
    UnknownId {
        /// The id.
        id: u32,
        /// Its position among the ids.
        index: usize,
        /// The name of the encoding asked.
        encoding: String,
    },
    /// The ids stand for more bytes than the caller takes.
    #[error("the ids stand for more than {limit_bytes} bytes")]
    TooLong {
        /// The most bytes allowed.
        limit_bytes: usize,
    },
    /// A character of the text has more tokens than a part may have.
    #[error("the character at byte {at} has more than {most} tokens")]
    TooFewTokens {
        /// The most tokens allowed.
        most: usize,
        /// Where the character starts.
        at: usize,
    },
    /// The tokens do not stand for the text itself, so there is no telling where they are in it.
    #[error("the encoding changes the text, so that its tokens have no place in it")]
    Unaligned,
    /// What a vocabulary that is not built in finds wrong.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
}
