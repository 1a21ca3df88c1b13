//! Random rule files over random paths, compared with `git check-ignore`.
//!
//! `TENON_FUZZ_RUNS` sets the number of rule files and `TENON_FUZZ_SEED` repeats a run; both are printed on failure.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use tenon_ignore::{RuleFile, RuleStack};

const FOLDERS_A_BATCH: usize = 500;
const PATHS_A_FOLDER: usize = 30;

const NAMES: &[&[u8]] = &[
    b"a",
    b"b",
    b"ab",
    b"A",
    b"B",
    b"c",
    b"foo",
    b"Foo",
    b".",
    b"-",
    b"1",
    b" ",
    b"\t",
    b"\\",
    b"]",
    b"[",
    b"!",
    b"#",
    b"*",
    b"?",
    b"\xe9",
    b"\xc3\xa9",
    b".o",
    b".txt",
    b"\r",
    b"\n",
    b"{",
    b"^",
    b"~",
];
const PATTERNS: &[&[u8]] = &[
    b"*",
    b"*",
    b"**",
    b"***",
    b"?",
    b"/",
    b"/",
    b"/",
    b"/**/",
    b"**/",
    b"/**",
    b"/*/",
    b"\\",
    b"\\/",
    b"[",
    b"]",
    b"[a-c]",
    b"[!a]",
    b"[^b-]",
    b"[]a]",
    b"[!]]",
    b"[c-a]",
    b"[\\]]",
    b"[A]",
    b"[A-C]",
    b"[X-b]",
    b"[[:alpha:]]",
    b"[[:upper:]]",
    b"[[:space:]]",
    b"[[:punct:]x]",
    b"[[:bad:]]",
    b"[[:",
    b":]",
    b"[a/b]",
    b"[--0]",
    b"[\\a-c]",
    b"\\a",
    b"\\A",
    b"\\*",
    b"\\ ",
    b"\0",
    b"\xef\xbb\xbf",
];

/// `SplitMix64`: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).expect("below a usize")
    }

    fn name(&mut self) -> Vec<u8> {
        let pieces = if self.below(4) == 0 { NAMES } else { &NAMES[..9] };
        let name: Vec<u8> =
            (0..=self.below(3)).flat_map(|_| pieces[self.below(pieces.len())]).copied().collect();
        let taken = name == b"." || name == b".." || name.to_ascii_lowercase().starts_with(b".git");
        if taken { b"a".to_vec() } else { name }
    }

    fn path(&mut self) -> Vec<u8> {
        let names: Vec<Vec<u8>> = (0..=self.below(4)).map(|_| self.name()).collect();
        names.join(&b'/')
    }

    fn line(&mut self) -> Vec<u8> {
        loop {
            let mut line = Vec::new();
            for (chance, start) in [(5, b"!"), (6, b"/")] {
                if self.below(chance) == 0 {
                    line.extend_from_slice(start);
                }
            }
            for _ in 0..=self.below(5) {
                let pieces = if self.below(3) == 0 { NAMES } else { PATTERNS };
                line.extend_from_slice(pieces[self.below(pieces.len())]);
            }
            for (chance, end) in [(8, &b"/"[..]), (8, b"  "), (8, b"\r")] {
                if self.below(chance) == 0 {
                    line.extend_from_slice(end);
                }
            }
            if !is_quirk(&line) {
                return line;
            }
        }
    }

    fn rules(&mut self) -> Vec<u8> {
        let lines: Vec<Vec<u8>> = (0..=self.below(8)).map(|_| self.line()).collect();
        lines.join(&b'\n')
    }
}

/// Whether a line holds `**` behind a plain beginning in a pattern with a slash, as `foo**` and `/bar` together do: git
/// before 2.52 takes those stars for the pattern's start. The documented meaning is the one implemented.
fn is_quirk(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'\n').any(|line| {
        let plain = line.iter().take_while(|byte| !b"*?[\\\0".contains(byte)).count();
        line.contains(&b'/')
            && plain > 0
            && !b"/!".contains(&line[plain - 1])
            && line[plain..].starts_with(b"**")
    })
}

#[test]
fn random_rules_decide_as_in_git() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    let seed = number("TENON_FUZZ_SEED").unwrap_or(20_261_121);
    let runs = number("TENON_FUZZ_RUNS").map_or(400, |runs| usize::try_from(runs).expect("a usize"));
    let mut random = Random(seed);
    let mut pairs = 0;
    let mut decided = 0;
    for start in (0..runs).step_by(FOLDERS_A_BATCH) {
        let ignore_case = random.below(3) == 0;
        let batch = Batch::plant(&mut random, FOLDERS_A_BATCH.min(runs - start));
        for ((folder, path, is_directory), answer) in batch.asked.iter().zip(batch.ask_git(ignore_case)) {
            let rules = &batch.rules[*folder];
            let found = batch.decide(*folder, path, *is_directory, ignore_case);
            assert_eq!(
                found,
                answer,
                "seed {seed}, ignoreCase {ignore_case}: {:?} over {:?}",
                rules.escape_ascii().to_string(),
                path.escape_ascii().to_string()
            );
            pairs += rules.split(|&byte| byte == b'\n').count();
            decided += usize::from(answer.is_some());
        }
    }
    println!("{pairs} pairs of a pattern and a path, {decided} paths decided, seed {seed}");
}

/// Folders with a rule file each, in a repository made for them.
struct Batch {
    repository: tempfile::TempDir,
    rules: Vec<Vec<u8>>,
    /// The folder, the path from the repository's top, and whether it is a directory.
    asked: Vec<(usize, Vec<u8>, bool)>,
}

impl Batch {
    fn plant(random: &mut Random, folders: usize) -> Batch {
        let repository = tempfile::tempdir().expect("a folder");
        let git = isolated_git(repository.path()).args(["init", "-q"]).status().expect("git");
        assert!(git.success());
        let mut batch = Batch { repository, rules: Vec::new(), asked: Vec::new() };
        for folder in 0..folders {
            let top = format!("c{folder}/").into_bytes();
            let paths: Vec<Vec<u8>> = (0..PATHS_A_FOLDER).map(|_| [&*top, &random.path()].concat()).collect();
            let mut directories = BTreeSet::new();
            for path in &paths[..12] {
                fs::create_dir_all(batch.on_disk(path)).expect("a folder");
                let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
                directories.extend(slashes.map(|(slash, _)| path[..slash].to_vec()));
                directories.insert(path.clone());
            }
            let rules = random.rules();
            fs::create_dir_all(batch.on_disk(&top)).expect("a folder");
            fs::write(batch.on_disk(&[&*top, b".gitignore"].concat()), &rules).expect("a file");
            batch.rules.push(rules);
            batch.asked.extend(paths.into_iter().map(|path| {
                let is_directory = directories.contains(&path);
                (folder, path, is_directory)
            }));
        }
        batch
    }

    fn on_disk(&self, path: &[u8]) -> PathBuf {
        self.repository.path().join(OsStr::from_bytes(path))
    }

    /// The line that decides a path and whether it is negated: the first excluded parent's, else the path's own.
    fn decide(
        &self,
        folder: usize,
        path: &[u8],
        is_directory: bool,
        ignore_case: bool,
    ) -> Option<(usize, bool)> {
        let base = path.iter().position(|&byte| byte == b'/').expect("a folder") + 1;
        let file = RuleFile::parse(&self.rules[folder], ignore_case);
        let stack = RuleStack::default().with(file, PathBuf::new(), base);
        let parents = (base..path.len()).filter(|&at| path[at] == b'/').map(|slash| &path[..slash]);
        let excluded = parents.into_iter().find(|parent| stack.ignores(parent, true));
        let found = match excluded {
            Some(parent) => stack.verdict(parent, true),
            None => stack.verdict(path, is_directory),
        };
        found.map(|found| (found.rule.line(), found.rule.is_negated()))
    }

    fn ask_git(&self, ignore_case: bool) -> Vec<Option<(usize, bool)>> {
        let mut git = isolated_git(self.repository.path())
            .args(["-c", &format!("core.ignoreCase={ignore_case}"), "check-ignore"])
            .args(["-v", "-z", "--stdin", "--no-index", "-n"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git");
        let mut input = git.stdin.take().expect("a pipe");
        let output = thread::scope(|scope| {
            scope.spawn(move || {
                for (_, path, _) in &self.asked {
                    input.write_all(&[path, &b"\0"[..]].concat()).expect("git reads");
                }
            });
            git.wait_with_output().expect("git answers")
        });
        // 1 says that no path is decided by any rule; above that git failed.
        assert!(output.status.code().is_some_and(|code| code < 2));
        let fields: Vec<&[u8]> = output.stdout.split(|&byte| byte == 0).collect();
        let rows = fields.chunks_exact(4).zip(&self.asked).map(|(row, (_, path, _))| {
            assert_eq!(row[3], path);
            let line = std::str::from_utf8(row[1]).expect("digits").parse().ok()?;
            Some((line, row[2].starts_with(b"!")))
        });
        let rows: Vec<_> = rows.collect();
        assert_eq!(rows.len(), self.asked.len());
        rows
    }
}

/// git in a folder, without the machine's configuration.
fn isolated_git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("XDG_CONFIG_HOME", "/nonexistent");
    git
}
