//! What ends a listing or a search without a result.

use std::io;
use std::path::PathBuf;

use tenon_ignore::errno_name;

/// Why there is no result.
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
