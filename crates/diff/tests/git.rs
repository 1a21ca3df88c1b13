//! Patches against those of `git diff`, which is right by definition.

use fastrand::Rng;
use std::{fs, path::Path, process::Command};
use tenon_diff::{
    lines::{Options, Whitespace},
    script::Algorithm,
    unified::{PatchOptions, create_patch},
};

const ALGORITHMS: [(&str, Algorithm); 4] = [
    ("histogram", Algorithm::Histogram),
    ("myers", Algorithm::Myers),
    ("minimal", Algorithm::Minimal),
    ("patience", Algorithm::Patience),
];

const WHITESPACES: [(Option<&str>, Whitespace); 5] = [
    (None, Whitespace::Exact),
    (Some("--ignore-cr-at-eol"), Whitespace::IgnoreCarriageReturn),
    (Some("--ignore-space-at-eol"), Whitespace::IgnoreAtEnd),
    (Some("-b"), Whitespace::IgnoreChange),
    (Some("-w"), Whitespace::IgnoreAll),
];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// What git writes from the first hunk on.
fn git_hunks(folder: &Path, algorithm: &str, whitespace: Option<&str>, context: usize) -> Vec<u8> {
    let output = Command::new("git")
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", folder.join("none"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["diff", "--no-index", "--no-color", "--text", "--no-ext-diff"])
        .arg(format!("--diff-algorithm={algorithm}"))
        .arg(format!("--unified={context}"))
        .args(whitespace)
        .args(["before", "after"])
        .output()
        .expect("git runs");
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
    hunks(&output.stdout)
}

fn hunks(patch: &[u8]) -> Vec<u8> {
    patch.windows(4).position(|window| window == b"\n@@ ").map_or(Vec::new(), |at| patch[at..].to_vec())
}

fn random_text(random: &mut Rng, vocabulary: &[String], lines: usize) -> Vec<u8> {
    let lines: Vec<&str> =
        (0..random.usize(0..=lines)).map(|_| &*vocabulary[random.usize(0..vocabulary.len())]).collect();
    join(random, &lines)
}

fn join(random: &mut Rng, lines: &[&str]) -> Vec<u8> {
    let mut text = lines.concat().into_bytes();
    if random.u8(0..5) == 0 && text.last() == Some(&b'\n') {
        text.pop();
    }
    text
}

/// A text, and another that was made of it or has the same lines.
fn random_pair(random: &mut Rng) -> (Vec<u8>, Vec<u8>) {
    let symbols = [2, 3, 5, 20, 200][random.usize(0..5)];
    let indents = ["", "  ", "\t", "    ", " \t"];
    let ends = ["\n", "\n", "\n", "\r\n", " \n", "\t\r\n"];
    let vocabulary: Vec<String> = (0..symbols)
        .map(|index| {
            let body = ["", "}", "x", "x  y", "$f", &format!("name {index}"), "_\u{b}z"][random.usize(0..7)]
                .to_owned();
            [indents[random.usize(0..5)], &body, ends[random.usize(0..6)]].concat()
        })
        .collect();
    let length = [3, 10, 40, 150, 600][random.usize(0..5)];
    if random.u8(0..5) == 0 {
        return (random_text(random, &vocabulary, length), random_text(random, &vocabulary, length));
    }
    let before: Vec<&str> =
        (0..random.usize(0..=length)).map(|_| &*vocabulary[random.usize(0..vocabulary.len())]).collect();
    let mut after = before.clone();
    for _ in 0..random.usize(0..10) {
        let at = random.usize(0..=after.len());
        let end = (at + random.usize(0..12)).min(after.len());
        match random.u8(0..4) {
            0 => drop(after.drain(at..end)),
            1 => {
                let moved: Vec<&str> = after.drain(at..end).collect();
                let to = random.usize(0..=after.len());
                after.splice(to..to, moved);
            }
            2 => {
                let copied = after[at..end].to_vec();
                after.splice(at..at, copied);
            }
            _ => after.insert(at, &vocabulary[random.usize(0..vocabulary.len())]),
        }
    }
    (join(random, &before), join(random, &after))
}

#[test]
fn hunks_are_gits() {
    let seed = number("TENON_FUZZ_SEED", fastrand::u64(..));
    println!("seed {seed}");
    let mut random = Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a folder");
    for run in 0..number("TENON_FUZZ_RUNS", 400) {
        let (before, after) = random_pair(&mut random);
        fs::write(folder.path().join("before"), &before).expect("a file");
        fs::write(folder.path().join("after"), &after).expect("a file");
        let (name, algorithm) = ALGORITHMS[random.usize(0..4)];
        let (flag, whitespace) = WHITESPACES[if random.bool() { 0 } else { random.usize(0..5) }];
        let context = [0, 1, 3, 3, 3, 10][random.usize(0..6)];
        let compare = Options { algorithm, whitespace, ..Options::default() };
        let options = PatchOptions { old_name: b"a", new_name: b"b", context, heading: true, compare };
        let patch = create_patch(&before, &after, &options);
        assert!(!patch.coarse);
        assert_eq!(
            String::from_utf8_lossy(&hunks(&patch.text)),
            String::from_utf8_lossy(&git_hunks(folder.path(), name, flag, context)),
            "seed {seed}, run {run}, {name} {flag:?} {context}:\n{:?}\n{:?}",
            String::from_utf8_lossy(&before),
            String::from_utf8_lossy(&after)
        );
    }
}

/// Large enough for the heuristics of the classic algorithm.
#[test]
fn hunks_of_large_texts_are_gits() {
    let seed = number("TENON_FUZZ_SEED", fastrand::u64(..));
    println!("seed {seed}");
    let mut random = Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a folder");
    for run in 0..number("TENON_FUZZ_RUNS", 400) / 40 {
        let symbols = [3, 300, 4000][random.usize(0..3)];
        let length = random.usize(1000..4000);
        let line = |random: &mut Rng| {
            format!("{}line {}\n", " ".repeat(random.usize(0..3)), random.usize(0..symbols))
        };
        let before: Vec<String> = (0..length).map(|_| line(&mut random)).collect();
        let mut after = before.clone();
        for _ in 0..random.usize(0..1500) {
            let at = random.usize(0..after.len());
            match random.u8(0..3) {
                0 => after[at] = line(&mut random),
                1 => drop(after.remove(at)),
                _ => after.insert(at, line(&mut random)),
            }
        }
        if random.u8(0..4) == 0 {
            random.shuffle(&mut after);
        }
        let (before, after) = (before.concat(), after.concat());
        fs::write(folder.path().join("before"), &before).expect("a file");
        fs::write(folder.path().join("after"), &after).expect("a file");
        let (name, algorithm) = ALGORITHMS[random.usize(0..4)];
        let compare = Options { algorithm, ..Options::default() };
        let options = PatchOptions { old_name: b"a", new_name: b"b", context: 3, heading: true, compare };
        let patch = create_patch(before.as_bytes(), after.as_bytes(), &options);
        assert!(!patch.coarse);
        assert!(
            hunks(&patch.text) == git_hunks(folder.path(), name, None, 3),
            "seed {seed}, run {run}, {name}"
        );
    }
}

#[test]
fn a_bound_makes_correct_changes_that_are_larger() {
    let mut random = Rng::with_seed(7);
    for _ in 0..300 {
        let (before, after) = random_pair(&mut random);
        let (_, algorithm) = ALGORITHMS[random.usize(0..4)];
        let max_steps = random.u64(1..400);
        let options = Options { algorithm, max_steps, ..Options::default() };
        let diff = tenon_diff::lines::diff_lines(&before, &after, &options);
        // What is not changed is common: the new text is made of the old one.
        let mut made = Vec::new();
        let mut at = 0;
        for change in &diff.script.changes {
            made.extend_from_slice(diff.before.range(at..change.before.start));
            made.extend_from_slice(diff.after.range(change.after.clone()));
            at = change.before.end;
        }
        made.extend_from_slice(diff.before.range(at..diff.before.len()));
        assert_eq!(made, after);
    }
    let lines = |range: std::ops::Range<u32>| range.map(|line| format!("{line}\n")).collect::<String>();
    let reversed: String = (0..3000u32).rev().map(|line| format!("{line}\n")).collect();
    let options = Options { algorithm: Algorithm::Minimal, max_steps: 10_000, ..Options::default() };
    let before = lines(0..3000);
    let diff = tenon_diff::lines::diff_lines(before.as_bytes(), reversed.as_bytes(), &options);
    assert!(diff.script.coarse);
}
