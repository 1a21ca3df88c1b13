//! An event log on disk that a crash does not tear, and that says what was lost when something was.

pub mod checkpoint;
mod copy;
pub mod disk;
mod error;
mod fork;
pub mod layout;
pub mod lock;
mod prune;
pub mod record;
mod salvage;
pub mod scan;
mod verify;

pub use error::Error;
