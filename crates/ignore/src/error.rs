//! What ends a question about a tree without an answer.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::errno::errno_name;

/// Why there is no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The root could not be read.
    Io {
        /// What was tried, such as `read directory`.
        operation: &'static str,
        /// The root as the caller gave it.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A path that is not below the root in plain words: absolute, with an empty name, `.` or `..` in it, or too long.
    Path,
    /// More patterns than a rule file may hold.
    TooManyRules {
        /// How many there may be.
        most: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { operation, path, source } => {
                write!(f, "cannot {operation} '{}': {}", path.display(), errno_name(source))
            }
            Error::Path => f.write_str("the path does not lead below the root"),
            Error::TooManyRules { most } => write!(f, "more than {most} rules"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
