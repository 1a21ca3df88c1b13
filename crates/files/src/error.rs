//! What ends a listing without a result.

use std::io;
use std::path::PathBuf;

use tenon_ignore::errno_name;

use crate::glob::GlobError;

/// Why there is no listing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The root could not be read.
    #[error("cannot {operation} '{}': {}", path.display(), errno_name(source))]
    Io {
        /// What was tried, such as `read directory`.
        operation: &'static str,
        /// The root as the caller gave it.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A pattern that the engine does not take; it says why.
    #[error("{0}")]
    Pattern(String),
    /// A pattern that asks for a Unicode property which the engine does not have; it says which.
    #[error("{0}")]
    Property(String),
    /// A pattern that is too large once it is compiled.
    #[error("the pattern is too large once it is compiled")]
    PatternSize,
    /// A pattern names the end of a line, where a match cannot reach over it.
    #[error("the pattern has a line feed in it: without `multiline` a match is inside of one line")]
    LineEnd,
    /// An encoding that has no such label.
    #[error("unknown encoding '{0}'")]
    Encoding(String),
    /// A glob pattern cannot be used.
    #[error(transparent)]
    Glob(#[from] GlobError),
    /// A query of a search among paths is too long.
    #[error("the query has more than {most} code units")]
    QueryTooLong {
        /// The most UTF-16 code units of a query.
        most: usize,
    },
    /// The caller cancelled the work.
    #[error("the operation was aborted")]
    Aborted,
}
