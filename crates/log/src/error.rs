use std::io;
use std::path::{Path, PathBuf};

use crate::lock::Owner;

/// What a log refuses, or what its disk did.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {operation} '{}': {source}", path.display())]
    Io {
        /// What was tried, such as `write`.
        operation: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A write or a sync failed earlier, so that what is on the disk is not known: open the log again.
    #[error("'{}' takes no more after a failed {operation}: {source}", path.display())]
    Poisoned {
        /// What failed first.
        operation: &'static str,
        /// The file that it failed for.
        path: PathBuf,
        /// What the operating system said then.
        source: io::Error,
    },
    /// Bytes that were synced once are not what was written.
    #[error("'{}' is damaged at byte {offset_bytes}: {reason}", path.display())]
    Corrupt {
        /// The damaged file.
        path: PathBuf,
        /// Where the bad record begins.
        offset_bytes: u64,
        /// The seq of the last event before the damage; none where no event is before it.
        last_good_seq: Option<u64>,
        /// The seq of the first good event after it; none where none was found.
        next_good_seq: Option<u64>,
        /// What is wrong.
        reason: &'static str,
    },
    /// Another writer has the log open.
    #[error("'{}' is open for writing{}", path.display(), owner.as_deref().map_or_else(String::new, Owner::words))]
    Locked {
        /// The log's directory.
        path: PathBuf,
        /// The writer, where it has named itself.
        owner: Option<Box<Owner>>,
    },
    /// An argument that cannot be.
    #[error("{0}")]
    InvalidArgument(String),
    /// A write to a log that was opened for reading.
    #[error("log is open for reading only")]
    ReadOnly,
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
    /// More than the format can hold, or than is taken at once.
    #[error("{what}: more than {most}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        most: u64,
    },
    /// A file of a later version of the format.
    #[error("'{}' has version {version} of the format; this is a reader of version 1", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The version it names.
        version: u32,
    },
    /// Another handle or process pruned what was being read.
    #[error("events {from} to {to} were pruned while they were read")]
    Pruned {
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
    },
    /// What zstd says of a dictionary or of data.
    #[error("cannot compress: {0}")]
    Compression(tenon_zstd::Error),
    /// The caller cancelled the work.
    #[error("the operation was aborted")]
    Aborted,
}

impl Error {
    /// Whether a file or directory is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// The same damage, before an event that is good and behind it, if none is known.
    pub(crate) fn before_good(mut self, seq: Option<u64>) -> Self {
        if let Self::Corrupt { next_good_seq, .. } = &mut self {
            *next_good_seq = next_good_seq.or(seq);
        }
        self
    }

    /// For `map_err`: what was tried, and with which file.
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { operation, path, source }
    }
}
