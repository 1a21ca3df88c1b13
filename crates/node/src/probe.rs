//! What tests and benchmarks need to see of the crossing itself. Nothing public leads here.
#![expect(clippy::panic, reason = "two of the probes are there to panic")]

use crate::work::Work;
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

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
