//! Compares texts as git does, writes and applies patches, merges three ways, and places the edits that models write.

mod closest;
pub mod edits;
mod error;
mod similarity;
pub mod text;

pub use closest::{Closest, closest};
pub use error::Error;
pub use similarity::similarity;
