//! Compares texts as git does, writes and applies patches, merges three ways, and places the edits that models write.

mod error;
pub mod patch;
pub mod text;

pub use error::Error;
