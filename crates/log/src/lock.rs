//! Who writes: one process at a time.

use std::path::Path;

use crate::error::Error;

/// A writer, as it names itself to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The process id.
    pub pid: u32,
    /// What the system says of the process's start.
    pub start: Option<String>,
    /// The system's boot id.
    pub boot: Option<String>,
    /// The namespace of process ids.
    pub namespace: Option<String>,
    /// The host's name.
    pub host: String,
    /// `native` or `fallback`.
    pub engine: String,
    /// In milliseconds since 1970.
    pub opened_ms: u64,
}

impl Owner {
    pub(crate) fn words(&self) -> String {
        format!(" by process {} on {}", self.pid, self.host)
    }
}

pub(crate) struct Lock;

impl Lock {
    pub(crate) fn take(_directory: &Path, _owner: &Owner) -> Result<Self, Error> {
        Ok(Self)
    }
}
