//! How many verdicts a second: `cargo run --release -p tenon-ignore --example verdicts -- <rule file> <file of paths>`.
#![expect(clippy::print_stderr, reason = "an example is a program of its own and talks to a person")]

use std::env;
use std::error::Error;
use std::fs;
use std::time::Instant;

use tenon_ignore::{RuleFile, RuleStack};

fn main() -> Result<(), Box<dyn Error>> {
    let argument = |index: usize| env::args_os().nth(index).ok_or("a rule file and a file of paths");
    let rules = RuleFile::parse(&fs::read(argument(1)?)?, false);
    let count = rules.len();
    let stack = RuleStack::default().with(rules, ".gitignore".into(), 0);
    let paths = fs::read(argument(2)?)?;
    let paths: Vec<&[u8]> = paths.split(|&byte| byte == b'\n').filter(|path| !path.is_empty()).collect();
    for _ in 0..5 {
        let start = Instant::now();
        let ignored = paths.iter().filter(|path| stack.ignores(path, false)).count();
        let each = start.elapsed() / u32::try_from(paths.len())?;
        eprintln!("{count} rules, {} paths, {ignored} ignored: {each:?} a path", paths.len());
    }
    Ok(())
}
