//! The tests of the log's writer and readers.

#![expect(clippy::unwrap_used, reason = "functions beside the tests are tests too")]
#![expect(clippy::cast_possible_truncation, reason = "the logs of the tests are small")]

mod behaviour;
mod damage;
mod format;
mod support;
