//! `files`: paths and options in, packed strings out. A module for each part of the feature.

pub mod find;
pub mod glob;
pub mod grep;
pub mod list;
pub mod walk;
