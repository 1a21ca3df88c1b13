use crate::Encoding;

/// What can be wrong with the arguments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A token id that the encoding does not have.
    #[error("ids[{index}] is {id}, which {} does not have", .encoding.name())]
    UnknownId {
        /// The id.
        id: u32,
        /// Its position among the ids.
        index: usize,
        /// The encoding asked.
        encoding: Encoding,
    },
    /// The ids stand for more bytes than the caller takes.
    #[error("the ids stand for more than {limit_bytes} bytes")]
    TooLong {
        /// The most bytes allowed.
        limit_bytes: usize,
    },
}
