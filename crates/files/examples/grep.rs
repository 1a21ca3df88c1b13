//! Searches a tree and prints how long it took: `cargo run --release --example grep -- <root> <pattern> [max]`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use tenon_files::grep::{Grep, GrepOptions, StepLimits};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(root), Some(pattern)) = (arguments.next(), arguments.next()) else {
        eprintln!("grep <root> <pattern> [max]");
        return Ok(());
    };
    let max_results = arguments.next().map_or(Ok(usize::MAX), |max| max.parse())?;
    let cancelled = AtomicBool::new(false);
    for _ in 0..5 {
        let start = Instant::now();
        let mut options = GrepOptions { max_results, ..GrepOptions::default() };
        options.pattern.patterns = vec![pattern.clone()];
        let mut grep = Grep::open(&root, options, &cancelled)?;
        let batch = grep.step(StepLimits { matches: usize::MAX, time: None }, &cancelled)?;
        let summary = batch.summary;
        println!("{:?}: {} matches in {} files", start.elapsed(), summary.matches, summary.files_searched);
    }
    Ok(())
}
