//! Lists a folder as `git ls-files -co --exclude-standard` would: `cargo run --release --example list -- <folder>`.
//!
//! The paths go to the standard output, NUL behind each; what was skipped and the time go to the standard error.
#![expect(clippy::print_stderr, reason = "an example is a program of its own and talks to a person")]

use std::env;
use std::error::Error;
use std::io::{Write, stdout};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use tenon_files::{ListOptions, list};
use tenon_ignore::Environment;

fn main() -> Result<(), Box<dyn Error>> {
    let root = env::args_os().nth(1).unwrap_or_else(|| ".".into());
    let path = |name: &str| env::var_os(name).map(Into::into);
    let environment = Environment {
        home: path("HOME"),
        xdg_config_home: path("XDG_CONFIG_HOME"),
        git_config_global: path("GIT_CONFIG_GLOBAL"),
        git_config_system: path("GIT_CONFIG_SYSTEM"),
        git_config_nosystem: env::var("GIT_CONFIG_NOSYSTEM").ok(),
        ..Environment::default()
    };
    let number = |name: &str| env::var(name).ok().map(|value| value.parse()).transpose();
    let options = ListOptions {
        environment,
        threads: number("LIST_THREADS")?.unwrap_or(0),
        max_files: number("LIST_MAX_FILES")?.unwrap_or(usize::MAX),
        ..ListOptions::default()
    };
    let start = Instant::now();
    let listing = list(root, &options, &AtomicBool::new(false))?;
    let time = start.elapsed();
    let mut output = stdout().lock();
    for path in listing.paths() {
        output.write_all(path)?;
        output.write_all(b"\0")?;
    }
    for skipped in &listing.skipped {
        eprintln!("{}: {}", String::from_utf8_lossy(&skipped.path), skipped.reason);
    }
    eprintln!(
        "{} files in {time:?}{}",
        listing.count,
        if listing.truncated { ", and there are more" } else { "" }
    );
    Ok(())
}
