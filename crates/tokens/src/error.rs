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
}
