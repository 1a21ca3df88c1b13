//! Random workloads on a disk that fails, tears and forgets, held to what the log owes.
//!
//! A log must open after every crash, hold every event acknowledged with `disk` and all before it, in order, without a gap,
//! each batch whole, and nothing that was never given to it; it must go on from there. `TENON_FUZZ_RUNS` sets the
//! number of workloads and `TENON_FUZZ_SEED` the first seed; a failure prints its seed and the operations that led to it.

#[cfg(test)]
mod damage;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod model;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod workload;

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use workload::{Counts, Workload};

const RUNS: u64 = 10_000;

fn from_environment(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().expect("a number"),
        Err(_) => default,
    }
}

#[test]
fn no_crash_and_no_fault_costs_an_acknowledged_event() {
    let runs = from_environment("TENON_FUZZ_RUNS", RUNS);
    let first = from_environment("TENON_FUZZ_SEED", 0);
    let next = AtomicU64::new(0);
    let failed = AtomicBool::new(false);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let counts = thread::scope(|scope| {
        let worker = || {
            let mut counts = Counts::default();
            loop {
                let run = next.fetch_add(1, Ordering::Relaxed);
                if run >= runs || failed.load(Ordering::Relaxed) {
                    return counts;
                }
                if run > 0 && run.is_multiple_of(20_000) {
                    println!("{run} workloads have begun");
                }
                let seed = first + run;
                let outcome =
                    panic::catch_unwind(AssertUnwindSafe(|| Workload::new(seed, false, &mut counts).run()));
                if outcome.is_err() {
                    failed.store(true, Ordering::Relaxed);
                    println!("TENON_FUZZ_SEED={seed} TENON_FUZZ_RUNS=1 repeats it");
                    // Once more, with what happened.
                    let traced = panic::catch_unwind(AssertUnwindSafe(|| {
                        Workload::new(seed, true, &mut counts).run();
                    }));
                    if let Err(payload) = traced {
                        panic::resume_unwind(payload);
                    }
                    panic!("seed {seed} fails only once");
                }
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let mut counts = Counts::default();
        for worker in workers {
            match worker.join() {
                Ok(more) => counts.add(&more),
                Err(payload) => panic::resume_unwind(payload),
            }
        }
        counts
    });
    println!("{runs} workloads from seed {first}: {counts:?}");
    if runs >= RUNS {
        counts.assert_everything_happened();
    }
}
