//! Searching: the same result whatever the threads and steps, limits, and the end of a search.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tenon_files::Error;
use tenon_files::grep::{Batch, Grep, GrepOptions, SkipKind, StepLimits, Truncation};

const WHOLE: StepLimits = StepLimits { matches: usize::MAX, time: None };

fn options(pattern: &str) -> GrepOptions {
    let mut options = GrepOptions::default();
    options.pattern.patterns = vec![pattern.to_owned()];
    options
}

fn search(root: &Path, options: GrepOptions) -> Batch {
    let cancelled = AtomicBool::new(false);
    let mut grep = Grep::open(root, options, &cancelled).expect("a search");
    grep.step(WHOLE, &cancelled).expect("a result")
}

/// Path, line and text of each match.
fn lines(batch: &Batch) -> Vec<(String, u32, String)> {
    let mut lines = Vec::new();
    for file in &batch.files {
        let path = String::from_utf8_lossy(&file.path).into_owned();
        let mut numbers = &file.found.numbers[..];
        let mut text = file.found.text.as_str();
        while let [line, _, _, length, ranges, before, after, cut, rest @ ..] = numbers {
            assert_eq!((*before, *after, *cut), (0, 0, 0));
            let (shown, more) = text.split_at(*length as usize);
            lines.push((path.clone(), *line, shown.to_owned()));
            text = more;
            numbers = &rest[2 * *ranges as usize..];
        }
    }
    lines
}

fn many_files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for index in 0..300 {
        let below = folder.path().join(format!("d{}", index % 7));
        fs::create_dir_all(&below).expect("a folder");
        let content = "one\ntwo\n".repeat(index % 40);
        fs::write(below.join(format!("f{index}")), content).expect("a file");
    }
    fs::write(folder.path().join("long"), "two\n".repeat(50_000)).expect("a file");
    fs::write(folder.path().join("binary"), "two\n\0").expect("a file");
    folder
}

#[test]
fn threads_and_steps_make_no_difference() {
    let folder = many_files();
    let expected = search(folder.path(), GrepOptions { threads: 1, ..options("two") });
    let expected_lines = lines(&expected);
    assert_eq!(expected.summary.matches, expected_lines.len() as u64);
    assert!(expected_lines.is_sorted_by(|a, b| (&a.0, a.1) < (&b.0, b.1)));
    for threads in [2, 3, 8] {
        let found = search(folder.path(), GrepOptions { threads, ..options("two") });
        assert_eq!(found.summary, expected.summary);
        assert_eq!(lines(&found), expected_lines);

        let cancelled = AtomicBool::new(false);
        let mut grep = Grep::open(folder.path(), GrepOptions { threads, ..options("two") }, &cancelled)
            .expect("a search");
        let mut collected = Vec::new();
        loop {
            let limits = StepLimits { matches: 100, time: Some(Duration::from_millis(2)) };
            let batch = grep.step(limits, &cancelled).expect("a batch");
            collected.extend(lines(&batch));
            if batch.done {
                assert_eq!(batch.summary, expected.summary);
                break;
            }
        }
        assert_eq!(collected, expected_lines);
    }
}

#[test]
fn a_limit_keeps_the_first_matches() {
    let folder = many_files();
    let all = lines(&search(folder.path(), options("two")));
    for max_results in [0, 1, 57, 1000, all.len() - 1] {
        for threads in [1, 4] {
            let found = search(folder.path(), GrepOptions { max_results, threads, ..options("two") });
            assert_eq!(found.summary.truncation, Some(Truncation::MaxResults));
            assert_eq!(lines(&found), all[..max_results]);
        }
    }
    let found = search(folder.path(), GrepOptions { max_results: all.len(), ..options("two") });
    assert_eq!(found.summary.truncation, None);
    let found = search(folder.path(), GrepOptions { max_units: 31, ..options("two") });
    assert_eq!((found.summary.truncation, lines(&found)), (Some(Truncation::ResultSize), all[..10].to_vec()));
}

#[test]
fn a_buffer_stands_for_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a"), "saved").expect("a file");
    let overlay = BTreeMap::from([
        (b"a".to_vec(), Arc::from(&b"new"[..])),
        (b"b/c".to_vec(), Arc::from(&b"new too"[..])),
    ]);
    let found = search(folder.path(), GrepOptions { overlay, ..options("new") });
    assert_eq!(
        lines(&found),
        [("a".to_owned(), 1, "new".to_owned()), ("b/c".to_owned(), 1, "new too".to_owned())]
    );
}

#[test]
fn a_cancelled_search_is_over() {
    let folder = many_files();
    let cancelled = AtomicBool::new(false);
    let mut grep = Grep::open(folder.path(), options("two"), &cancelled).expect("a search");
    cancelled.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(matches!(grep.step(WHOLE, &cancelled), Err(Error::Aborted)));
}

#[test]
fn patterns_that_are_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = |pattern: &str| Grep::open(folder.path(), options(pattern), &AtomicBool::new(false)).err();
    assert!(matches!(open("("), Some(Error::Pattern(_))));
    assert!(matches!(open(r"a\nb"), Some(Error::LineEnd)));
    assert!(matches!(open(r"(?=a)\nb"), Some(Error::LineEnd)));
    assert!(matches!(open(r"(?:\pL{100}){100}"), Some(Error::PatternSize)));
    assert!(open(r"(?<=a)b").is_none());
}

#[test]
fn what_is_not_searched_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(".gitignore"), "*.log\n").expect("a file");
    fs::write(folder.path().join("a.log"), "two").expect("a file");
    fs::write(folder.path().join("b"), "two\0").expect("a file");
    fs::write(folder.path().join("c"), b"\xff").expect("a file");
    let skipped = search(folder.path(), options("two")).summary.skipped;
    let count = |kind| skipped.counts[kind as usize];
    assert_eq!([count(SkipKind::Ignored), count(SkipKind::Binary), count(SkipKind::NotUtf8)], [1, 1, 1]);
    let rule = skipped.samples[0].rule.as_ref().expect("a rule");
    assert_eq!(
        (rule.file.as_slice(), rule.line, rule.pattern.as_slice()),
        (&b".gitignore"[..], 1, &b"*.log"[..])
    );
    let matching = skipped.matching.expect("a second look");
    assert_eq!((matching.ignored, matching.hidden, matching.complete), (1, 0, true));
}

#[test]
fn steps_that_end_in_the_middle_of_files_and_walks_make_no_difference() {
    let folder = many_files();
    fs::write(folder.path().join("e"), "nothing\n".repeat(400_000) + "two\n").expect("a file");
    let base = || options("two");
    let multiline = || {
        let mut options = options(r"one\ntwo|two\n$");
        options.pattern.multiline = true;
        options
    };
    let cases: [(&str, &dyn Fn() -> GrepOptions); 6] = [
        ("plain", &base),
        ("context", &|| GrepOptions { before: 1, after: 2, ..base() }),
        ("invert", &|| GrepOptions { invert: true, max_per_file: 1000, ..base() }),
        ("max_per_file", &|| GrepOptions { max_per_file: 3, after: 1, ..base() }),
        ("multiline", &multiline),
        ("max_results", &|| GrepOptions { max_results: 20_000, ..base() }),
    ];
    for (name, options) in cases {
        let expected = search(folder.path(), options());
        let mut found = found_of(&expected);
        for threads in [1, 3] {
            let cancelled = AtomicBool::new(false);
            let mut grep = Grep::open(folder.path(), GrepOptions { threads, ..options() }, &cancelled)
                .expect("a search");
            let mut collected = Vec::new();
            let summary = loop {
                let limits = StepLimits { matches: usize::MAX, time: Some(Duration::from_micros(500)) };
                let batch = grep.step(limits, &cancelled).expect("a batch");
                collected.extend(found_of(&batch));
                if batch.done {
                    break batch.summary;
                }
            };
            assert_eq!(summary, expected.summary, "{name}, {threads} threads");
            assert_eq!(joined(&mut collected), joined(&mut found), "{name}, {threads} threads");
        }
    }
}

type Flat = (Vec<u8>, Vec<u32>, String);

fn found_of(batch: &Batch) -> Vec<Flat> {
    batch
        .files
        .iter()
        .map(|file| (file.path.clone(), file.found.numbers.clone(), file.found.text.clone()))
        .collect()
}

/// The parts of each file as one.
fn joined(parts: &mut Vec<Flat>) -> &[Flat] {
    parts.dedup_by(|part, whole| {
        let same = part.0 == whole.0;
        if same {
            whole.1.append(&mut part.1);
            whole.2.push_str(&part.2);
        }
        same
    });
    parts
}

#[test]
fn a_search_without_time_has_looked_at_nothing() {
    let folder = many_files();
    let found = search(folder.path(), GrepOptions { time_budget: Some(Duration::ZERO), ..options("two") });
    assert!(found.done);
    assert_eq!(found.summary.truncation, Some(Truncation::TimeBudget));
    assert_eq!((found.summary.files_searched, found.summary.matches), (0, 0));
}

#[test]
fn overlapping_places_hold_each_file_once() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("d/e")).expect("a folder");
    for name in ["d/!x", "d/a", "d/e/b", "z"] {
        fs::write(folder.path().join(name), "two").expect("a file");
    }
    // More than a file of rules may have.
    fs::write(folder.path().join("d/.gitignore"), "#".repeat(5 << 20)).expect("a file");
    fs::write(folder.path().join("d/e/c"), "two\0").expect("a file");
    let places = ["d/e", "", "d", "d/a"].map(|place| place.as_bytes().to_vec()).to_vec();
    let found = search(folder.path(), GrepOptions { places, ..options("two") });
    let paths: Vec<String> = lines(&found).into_iter().map(|(path, ..)| path).collect();
    assert_eq!(paths, ["d/!x", "d/a", "d/e/b", "z"]);
    let count = |kind| found.summary.skipped.counts[kind as usize];
    assert_eq!([count(SkipKind::Binary), count(SkipKind::Unreadable)], [1, 1]);
}

#[test]
fn what_a_file_has_beyond_its_limit_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a"), "two\n".repeat(3)).expect("a file");
    fs::write(folder.path().join("b"), "two\n".repeat(2)).expect("a file");
    for (max_per_file, limited) in [(1, 2), (2, 1), (3, 0)] {
        let found = search(folder.path(), GrepOptions { max_per_file, ..options("two") });
        assert_eq!(found.summary.files_limited, limited);
    }
}

#[test]
fn buffers_need_no_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a"), "two").expect("a file");
    let overlay = BTreeMap::from([&b"a/x"[..], b"new/b"].map(|path| (path.to_vec(), Arc::from(&b"two"[..]))));
    let found = |place: &str| {
        let options = GrepOptions {
            places: vec![place.as_bytes().to_vec()],
            overlay: overlay.clone(),
            ..options("two")
        };
        lines(&search(folder.path(), options)).into_iter().map(|(path, ..)| path).collect::<Vec<_>>()
    };
    assert_eq!(found(""), ["a", "a/x", "new/b"]);
    assert_eq!(found("a"), ["a", "a/x"]);
    assert_eq!(found("new"), ["new/b"]);
    let options = GrepOptions { places: vec![b"ne".to_vec()], overlay, ..options("two") };
    let opened = Grep::open(folder.path(), options, &AtomicBool::new(false));
    assert!(matches!(opened.err(), Some(Error::Io { .. })));
}

#[test]
fn utf16_that_is_ill_formed_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, units) in
        [("a", &[0xfeff, 0x74, 0xd800, 0x0a][..]), ("b", &[0xfeff, 0x74, 0xfffd]), ("c", &[0xfeff, 0x74])]
    {
        let mut bytes: Vec<u8> = units.iter().copied().flat_map(u16::to_le_bytes).collect();
        if name == "c" {
            bytes.push(0x74);
        }
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    let skipped = search(folder.path(), options("t")).summary.skipped;
    let paths: Vec<&[u8]> = skipped.samples.iter().map(|sample| &sample.path[..]).collect();
    assert_eq!(paths, [b"a", b"c"]);
    assert!(skipped.samples.iter().all(|sample| sample.kind == SkipKind::NotUtf8));
}

#[test]
#[cfg(unix)]
fn a_buffer_over_a_link_is_no_link() {
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink("nowhere", folder.path().join("link")).expect("a link");
    let count = |options| search(folder.path(), options).summary.skipped.counts[SkipKind::Symlink as usize];
    assert_eq!(count(options("two")), 1);
    let overlay = BTreeMap::from([(b"link".to_vec(), Arc::from(&b"two"[..]))]);
    assert_eq!(count(GrepOptions { overlay, ..options("two") }), 0);
}

#[test]
fn much_text_that_waits_for_its_turn_is_not_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    // Lines so long that their text is much before their number is.
    let line = "two ".repeat(2000) + "\n";
    for index in 0..24 {
        let content = if index % 4 == 0 { line.repeat(400) } else { line.repeat(40) };
        fs::write(folder.path().join(format!("f{index:02}")), content).expect("a file");
    }
    let expected = search(folder.path(), GrepOptions { threads: 1, ..options("two") });
    assert_eq!(expected.summary.matches, 6 * 400 + 18 * 40);
    for max_results in [usize::MAX, 1000] {
        let limited = || GrepOptions { max_results, ..options("two") };
        let expected = search(folder.path(), GrepOptions { threads: 1, ..limited() });
        let found = search(folder.path(), GrepOptions { threads: 4, ..limited() });
        assert_eq!(found.summary, expected.summary);
        assert_eq!(joined(&mut found_of(&found)), joined(&mut found_of(&expected)));
    }
}
