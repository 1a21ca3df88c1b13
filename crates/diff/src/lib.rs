//! Compares texts as git does, writes and applies patches, merges three ways, and places the edits that models write.

mod closest;
pub mod conflicts;
pub mod edits;
mod error;
pub mod lines;
pub mod merge;
pub mod pieces;
pub mod script;
mod similarity;
pub mod text;
pub mod token;
pub mod unified;

pub use closest::{Closest, closest};
pub use error::Error;
pub use similarity::similarity;
