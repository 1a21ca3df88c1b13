//! What tests and benchmarks need to see of the crossing itself. Nothing public leads here.
#![expect(clippy::panic, reason = "two of the probes are there to panic")]

use crate::{error, work::Work};
use napi::bindgen_prelude::{AsyncTask, Int32Array, Uint8Array, Uint32Array};
use napi_derive::napi;
use tenon_files::grep::{Case, PatternOptions, find_from_each};

/// Does nothing: a call measures the bare crossing.
#[napi(catch_unwind)]
pub fn probe_crossing() {}

/// Panics, to show that the process survives it.
#[napi(catch_unwind)]
pub fn probe_panic() {
    panic!("a panic on request");
}

/// Panics on the thread pool.
#[napi(catch_unwind, ts_return_type = "Promise<undefined>")]
pub fn probe_panic_async() -> AsyncTask<Work<()>> {
    AsyncTask::new(Work::new(|| panic!("a panic on request")))
}

/// What `grep` looks for.
#[napi(object)]
pub struct ProbePattern {
    /// The alternatives.
    pub patterns: Vec<String>,
    /// They are plain text.
    pub fixed: bool,
    /// `sensitive`, `insensitive` or `smart`.
    pub letter_case: String,
    /// A match begins and ends where a word may.
    pub word: bool,
    /// A match may reach over the end of a line.
    pub multiline: bool,
    /// `.` matches the end of a line too.
    pub dot_all: bool,
    /// A CR before a LF belongs to the end of the line.
    pub crlf: bool,
}

/// Start and end of the first match from each of the places, in bytes; -1 and -1 where there is none.
#[napi(catch_unwind)]
pub fn probe_pattern(
    pattern: ProbePattern,
    text: Uint8Array,
    places: Uint32Array,
) -> napi::Result<Int32Array> {
    let options = PatternOptions {
        patterns: pattern.patterns,
        fixed: pattern.fixed,
        case: match pattern.letter_case.as_str() {
            "insensitive" => Case::Insensitive,
            "smart" => Case::Smart,
            _ => Case::Sensitive,
        },
        word: pattern.word,
        multiline: pattern.multiline,
        dot_all: pattern.dot_all,
        crlf: pattern.crlf,
    };
    let places: Vec<usize> = places.iter().map(|&place| place as usize).collect();
    let found = find_from_each(&options, &text, &places).map_err(error::files)?;
    let offset = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
    let flat = found.into_iter().flat_map(|span| match span {
        Some((start, end)) => [offset(start), offset(end)],
        None => [-1, -1],
    });
    Ok(flat.collect::<Vec<i32>>().into())
}
