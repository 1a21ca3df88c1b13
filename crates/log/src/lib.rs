//! An event log on disk that a crash does not tear, and that says what was lost when something was.

pub mod checkpoint;
pub mod disk;
mod error;
pub mod layout;
pub mod lock;
pub mod record;
pub mod scan;

pub use error::Error;
