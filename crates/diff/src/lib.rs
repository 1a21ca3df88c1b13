//! Compares texts as git does, writes and applies patches, merges three ways, and places the edits that models write.

pub mod conflicts;
mod error;
pub mod lines;
pub mod merge;
pub mod patch;
pub mod pieces;
pub mod script;
pub mod text;
pub mod token;
pub mod unified;

pub use error::Error;
