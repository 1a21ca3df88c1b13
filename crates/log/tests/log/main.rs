//! The tests of the log's writer and readers.

mod behaviour;
mod damage;
mod format;
mod support;
