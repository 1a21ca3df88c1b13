/// Why a patch, or the edits of a model, could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What is written is no patch, or a patch that is cut short or contradicts itself.
    #[error("line {line}: {message}")]
    Invalid {
        /// The line of the patch, counted from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
}
