//! Merges: the tables that the JavaScript tests read too, and random texts compared with `git merge-file`.
//!
//! `TENON_FUZZ_RUNS` sets the number of texts and `TENON_FUZZ_SEED` repeats a run; both are printed on failure.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tenon_diff::conflicts::{LineSpan, MarkedConflict, parse_conflicts};
use tenon_diff::merge::{Favor, LineRange, Merge, MergeOptions, Style, merge};
use tenon_diff::script::{Algorithm, DEFAULT_MAX_STEPS};

const OPTIONS: MergeOptions<'static> = MergeOptions {
    style: Style::Merge,
    favor: None,
    labels: [b"ours", b"base", b"theirs"],
    marker_size: 7,
    algorithm: Algorithm::Myers,
    max_steps: DEFAULT_MAX_STEPS,
};

fn table(text: &str) -> Vec<Value> {
    let table: Value = serde_json::from_str(text).expect("JSON");
    table["cases"].as_array().expect("a list").clone()
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().expect("a string")
}

#[test]
fn every_row_of_the_table_of_merges_holds() {
    let cases = table(include_str!("../../../__test__/fixtures/diff/merge.json"));
    assert!(cases.len() >= 60);
    for case in &cases {
        let asked = &case["options"];
        let label = |side| asked["labels"][side].as_str().unwrap_or(side);
        let options = MergeOptions {
            style: match asked["style"].as_str() {
                None | Some("merge") => Style::Merge,
                Some("diff3") => Style::Diff3,
                Some("zdiff3") => Style::Zdiff3,
                Some("union") => Style::Union,
                Some(other) => panic!("{other}"),
            },
            favor: asked["favor"]
                .as_str()
                .map(|side| if side == "ours" { Favor::Ours } else { Favor::Theirs }),
            labels: [label("ours"), label("base"), label("theirs")].map(str::as_bytes),
            marker_size: asked["markerSize"]
                .as_u64()
                .map_or(7, |size| usize::try_from(size).expect("a usize")),
            algorithm: match asked["algorithm"].as_str() {
                None => Algorithm::Myers,
                Some("histogram") => Algorithm::Histogram,
                Some("patience") => Algorithm::Patience,
                Some("minimal") => Algorithm::Minimal,
                Some(other) => panic!("{other}"),
            },
            max_steps: DEFAULT_MAX_STEPS,
        };
        let [base, ours, theirs] = ["base", "ours", "theirs"].map(|side| text(case, side).as_bytes());
        let merged = merge(base, ours, theirs, &options);
        let name = &case["name"];
        assert_eq!(String::from_utf8_lossy(&merged.text), text(case, "text"), "{name}");
        assert_eq!(Some(merged.clean), case["clean"].as_bool(), "{name}");
        let conflicts: Vec<Value> = merged
            .conflicts
            .iter()
            .map(|conflict| {
                let lines = |LineRange { start_line, line_count }| json!({"startLine": start_line, "lineCount": line_count});
                json!({
                    "startLine": conflict.start_line,
                    "endLine": conflict.end_line,
                    "ours": lines(conflict.ours),
                    "base": lines(conflict.base),
                    "theirs": lines(conflict.theirs),
                })
            })
            .collect();
        assert_eq!(Value::from(conflicts), case["conflicts"], "{name}");
    }
}

#[test]
fn every_row_of_the_table_of_conflicts_holds() {
    let cases = table(include_str!("../../../__test__/fixtures/diff/conflicts.json"));
    assert!(cases.len() >= 25);
    let lines = |LineSpan { start_line, end_line }| json!({"startLine": start_line, "endLine": end_line});
    let shape = |conflict: &MarkedConflict<'_>| {
        let MarkedConflict { lines: all, ours, base, theirs } = conflict;
        let label = |label| std::str::from_utf8(label).expect("UTF-8");
        let mut shape = json!({
            "startLine": all.start_line,
            "endLine": all.end_line,
            "ours": lines(ours.lines),
            "theirs": lines(theirs.lines),
            "labels": {"ours": label(ours.label), "theirs": label(theirs.label)},
        });
        if let Some(base) = base {
            shape["base"] = lines(base.lines);
            shape["labels"]["base"] = label(base.label).into();
        }
        shape
    };
    for case in &cases {
        let size = case["markerSize"].as_u64().map_or(7, |size| usize::try_from(size).expect("a usize"));
        match parse_conflicts(text(case, "text").as_bytes(), size) {
            Ok(conflicts) => {
                let conflicts: Vec<Value> = conflicts.iter().map(shape).collect();
                assert_eq!(Value::from(conflicts), case["conflicts"], "{}", case["name"]);
            }
            Err(error) => assert_eq!(error.to_string(), text(case, "error"), "{}", case["name"]),
        }
    }
}

#[test]
fn a_merge_with_few_steps_is_coarse_and_keeps_what_only_one_side_changed() {
    let numbered = |changed: fn(usize) -> bool, mark: &str| -> Vec<u8> {
        let line = |at| if changed(at) { format!("{mark} {at}\n") } else { format!("{}\n", at % 7) };
        (0..400).map(line).collect::<String>().into_bytes()
    };
    let base = numbered(|_| false, "");
    let ours = numbered(|at| at % 10 == 3, "ours");
    let options = MergeOptions { max_steps: 10, ..OPTIONS };
    let merged = merge(&base, &ours, &base, &options);
    assert_eq!(merged, Merge { text: ours.clone(), clean: true, coarse: true, conflicts: Vec::new() });
    let theirs = numbered(|at| at % 10 == 8, "theirs");
    let merged = merge(&base, &ours, &theirs, &options);
    assert!(merged.coarse && !merged.clean);
    let exact = merge(&base, &ours, &theirs, &OPTIONS);
    assert!(!exact.coarse && exact.clean);
}

#[test]
fn the_conflicts_of_a_merge_are_those_read_from_its_text() {
    let mut random = Random::from_environment(0xd1ff);
    for _ in 0..2_000 {
        let [base, ours, theirs] = random.sides();
        for style in [Style::Merge, Style::Diff3, Style::Zdiff3] {
            let merged = merge(&base, &ours, &theirs, &MergeOptions { style, ..OPTIONS });
            let read = parse_conflicts(&merged.text, 7).expect("no marker is in the texts");
            let given = merged.conflicts.iter().map(|conflict| (conflict.start_line, conflict.end_line));
            assert!(
                given.eq(read.iter().map(|conflict| (conflict.lines.start_line, conflict.lines.end_line)))
            );
            for (given, read) in merged.conflicts.iter().zip(&read) {
                let count = |lines: LineSpan| lines.end_line + 1 - lines.start_line;
                assert_eq!(given.ours.line_count, count(read.ours.lines));
                assert_eq!(given.theirs.line_count, count(read.theirs.lines));
                assert!(read.base.is_none_or(|base| count(base.lines) == given.base.line_count));
                assert_eq!(read.base.is_some(), style != Style::Merge);
            }
        }
    }
}

#[test]
fn random_merges_are_as_in_git() {
    let mut random = Random::from_environment(20_261_125);
    let runs = from_environment("TENON_FUZZ_RUNS").unwrap_or(150);
    let folder = tempfile::tempdir().expect("a folder");
    let mut conflicts = 0;
    for run in 0..runs {
        let sides = random.sides();
        let labels =
            if random.numbers.u8(0..5) == 0 { ["", "b b", "\u{e9}"] } else { ["ours", "base", "theirs"] };
        let marker_size = if random.numbers.u8(0..5) == 0 { random.numbers.usize(1..12) } else { 7 };
        let (algorithm, algorithm_name) = [
            (Algorithm::Myers, "myers"),
            (Algorithm::Histogram, "histogram"),
            (Algorithm::Patience, "patience"),
            (Algorithm::Minimal, "minimal"),
        ][random.numbers.usize(..7).saturating_sub(3)];
        let labels = labels.map(str::as_bytes);
        let options = MergeOptions { labels, marker_size, algorithm, ..OPTIONS };
        for (name, side) in ["base", "ours", "theirs"].iter().zip(&sides) {
            fs::write(folder.path().join(name), side).expect("a file");
        }
        for (style, favor, arguments) in [
            (Style::Merge, None, [].as_slice()),
            (Style::Diff3, None, &["--diff3"]),
            (Style::Zdiff3, None, &["--zdiff3"]),
            (Style::Union, None, &["--union"]),
            (Style::Merge, Some(Favor::Ours), &["--ours"]),
            (Style::Merge, Some(Favor::Theirs), &["--theirs"]),
        ] {
            let options = MergeOptions { style, favor, ..options };
            let (expected, left) = ask_git(folder.path(), &options, algorithm_name, arguments);
            let [base, ours, theirs] = &sides;
            let merged = merge(base, ours, theirs, &options);
            let shown = || {
                let [base, ours, theirs] = sides.each_ref().map(|side| side.escape_ascii().to_string());
                format!("seed {}, run {run}, {options:?}:\n{base}\n{ours}\n{theirs}\n", random.seed)
            };
            assert_eq!(merged.text, expected, "{}", shown());
            assert_eq!(merged.clean, left == 0, "{}", shown());
            if !merged.clean {
                assert_eq!(merged.conflicts.len(), left, "{}", shown());
            }
            conflicts += left;
        }
    }
    println!("{runs} texts, {conflicts} conflicts, seed {}", random.seed);
}

/// The text that `git merge-file` writes, and how many conflicts it counts.
fn ask_git(
    folder: &Path,
    options: &MergeOptions<'_>,
    algorithm: &str,
    arguments: &[&str],
) -> (Vec<u8>, usize) {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("GIT_CEILING_DIRECTORIES", folder.parent().expect("a folder"))
        .args(["merge-file", "-p", "-q"])
        .arg(format!("--diff-algorithm={algorithm}"))
        .arg(format!("--marker-size={}", options.marker_size))
        .args(arguments);
    for label in options.labels {
        git.arg("-L").arg(std::str::from_utf8(label).expect("UTF-8"));
    }
    let output = git.args(["ours", "base", "theirs"]).output().expect("git");
    let left = output.status.code().and_then(|code| usize::try_from(code).ok()).expect("a status");
    assert!(left < 128, "{}", String::from_utf8_lossy(&output.stderr));
    (output.stdout, left)
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

/// Three texts of few different lines, two of them made of the first.
struct Random {
    seed: u64,
    numbers: fastrand::Rng,
}

impl Random {
    fn from_environment(usual_seed: u64) -> Self {
        let seed = from_environment("TENON_FUZZ_SEED").unwrap_or(usual_seed);
        Random { seed, numbers: fastrand::Rng::with_seed(seed) }
    }

    fn sides(&mut self) -> [Vec<u8>; 3] {
        let kinds = self.numbers.u8(1..8);
        let crlf = [0, 0, 0, 100, 100, 50][self.numbers.usize(..6)];
        let changes = [5, 10, 20, 40, 80][self.numbers.usize(..5)];
        let count =
            if self.numbers.u8(..10) == 0 { self.numbers.usize(..3) } else { self.numbers.usize(..30) };
        let base: Vec<Vec<u8>> = (0..count).map(|_| self.line(kinds, crlf)).collect();
        let ours = self.edit(&base, kinds, crlf, changes);
        let theirs = match self.numbers.u8(..3) {
            0 => self.edit(&ours, kinds, crlf, 15),
            _ => self.edit(&base, kinds, crlf, changes),
        };
        let without_end = self.numbers.u8(..3) == 0;
        [base, ours, theirs].map(|lines| {
            let mut text = lines.concat();
            if without_end && self.numbers.bool() && text.ends_with(b"\n") {
                text.pop();
                if text.ends_with(b"\r") {
                    text.pop();
                }
            }
            text
        })
    }

    fn line(&mut self, kinds: u8, crlf: u8) -> Vec<u8> {
        let mut line = match self.numbers.u8(..kinds + 3) {
            0 => Vec::new(),
            1 => b"}".to_vec(),
            2 if self.numbers.u8(..4) == 0 => b"\xe9\x01\xff".to_vec(),
            2 => b"\t{".to_vec(),
            kind => vec![b'a' + kind],
        };
        let end: &[u8] = if self.numbers.u8(..100) < crlf { b"\r\n" } else { b"\n" };
        line.extend_from_slice(end);
        line
    }

    fn edit(&mut self, lines: &[Vec<u8>], kinds: u8, crlf: u8, percent: u8) -> Vec<Vec<u8>> {
        let mut edited = Vec::new();
        let mut at = 0;
        while at <= lines.len() {
            if self.numbers.u8(..100) < percent {
                if self.numbers.bool() {
                    at += self.numbers.usize(1..4);
                }
                match self.numbers.u8(..3) {
                    0 => {}
                    1 => {
                        for _ in 0..self.numbers.usize(1..4) {
                            edited.push(self.line(kinds, crlf));
                        }
                    }
                    _ => {
                        let from = self.numbers.usize(..=lines.len());
                        edited.extend(lines.iter().skip(from).take(self.numbers.usize(1..5)).cloned());
                    }
                }
            }
            edited.extend(lines.get(at).cloned());
            at += 1;
        }
        edited
    }
}
