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
    /// A glob pattern cannot be used.
    #[error(transparent)]
    Glob(#[from] GlobError),
    /// The caller cancelled the work.
    #[error("the operation was aborted")]
    Aborted,
}
