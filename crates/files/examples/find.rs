//! Finds paths on the standard input, one a line: `cargo run --release --example find -- <query> [typos] < paths`.
//!
//! The best go to the standard output with their scores; the times go to the standard error.
#![expect(clippy::print_stderr, reason = "an example is a program of its own and talks to a person")]

use std::env;
use std::error::Error;
use std::io::{Write, read_to_string, stdin, stdout};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use tenon_files::find::{Case, FindOptions, PathSet, Query, find};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let query = arguments.next().ok_or("a query is named first")?;
    let typos = arguments.next().map_or(Ok(0), |text| text.parse())?;
    let query = Query::new(&query, Case::Smart, typos)?;
    let text = read_to_string(stdin())?;
    let lines = text.trim_end_matches('\n');
    let start = Instant::now();
    let plain = PathSet::new(lines.replace('\n', "\0")).ok_or("too many paths")?;
    let packed = start.elapsed();
    let set = plain.clone().prepared();
    eprintln!("{} paths packed in {packed:?}, prepared in {:?}", set.len(), start.elapsed() - packed);
    for (name, set, threads) in [
        ("as given, 1 thread", &plain, 1),
        ("as given", &plain, 0),
        ("prepared, 1 thread", &set, 1),
        ("prepared", &set, 0),
    ] {
        let mut times = Vec::new();
        for _ in 0..15 {
            let start = Instant::now();
            find(&query, set, &FindOptions { threads, ..FindOptions::default() }, &AtomicBool::new(false))?;
            times.push(start.elapsed());
        }
        times.sort();
        eprintln!("{name}: {:?} (best {:?})", times[times.len() / 2], times[0]);
    }
    let mut output = stdout().lock();
    for found in find(&query, &set, &FindOptions { limit: 10, threads: 0 }, &AtomicBool::new(false))? {
        let path = String::from_utf8_lossy(set.path(found.index));
        writeln!(output, "{} {path} {:?}", found.score, found.positions)?;
    }
    Ok(())
}
