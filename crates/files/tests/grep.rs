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
