//! The table of cases that the JavaScript tests read too, and patterns that would take others for ever.

use serde_json::Value;
use tenon_files::{Globs, PatternOptions};

fn table() -> Value {
    serde_json::from_str(include_str!("../../../__test__/fixtures/files/glob.json")).expect("JSON")
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().map(|text| text.as_str().expect("a string")).collect()
}

#[test]
fn every_row_of_the_table_holds() {
    let table = table();
    let cases = table["cases"].as_array().expect("a list");
    assert!(cases.len() >= 40);
    for case in cases {
        let options = PatternOptions {
            dot: case["dot"] == true,
            case_sensitive: case["ignoreCase"] != true,
            inside: false,
        };
        let globs = Globs::new(&texts(&case["patterns"]), &[] as &[&str], options).expect("patterns");
        for (list, taken) in [("takes", true), ("leaves", false)] {
            for path in texts(&case[list]) {
                let folder = path.strip_suffix('/');
                let result = globs.takes(folder.unwrap_or(path).as_bytes(), folder.is_some());
                assert_eq!(result, taken, "{}: {path}", case["name"]);
            }
        }
        for (list, entered) in [("enters", true), ("passes", false)] {
            for folder in texts(&case[list]) {
                assert_eq!(globs.enters(folder.as_bytes()), entered, "{}: {folder}", case["name"]);
            }
        }
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    for fault in table()["faults"].as_array().expect("a list") {
        let times = usize::try_from(fault["times"].as_u64().unwrap_or(1)).expect("a few");
        let close = fault["close"].as_str().unwrap_or_default().repeat(times);
        let pattern = fault["pattern"].as_str().expect("a string").repeat(times) + &close;
        let error = Globs::new(&["a", &pattern], &[] as &[&str], PatternOptions::default());
        let message = error.err().map(|error| error.to_string());
        assert_eq!(message.as_deref(), fault["message"].as_str(), "{}", fault["name"]);
    }
}

#[test]
fn every_pattern_is_answered_in_time() {
    let long = "a".repeat(255);
    let path = format!("{}/{long}", vec!["a"; 1900].join("/"));
    for pattern in [
        format!("{}b", "*a".repeat(100)),
        format!("{}b", "**/".repeat(20_000)),
        format!("{}b", "**/a/".repeat(10_000)),
        format!("{}b", "+(a|aa|*(a|b|+(a)))".repeat(20)),
        format!("{}!(a{}b", "+(".repeat(30), ")".repeat(31)),
        "{".repeat(60_000),
        "[".repeat(60_000),
        "[[:alpha:]".repeat(6_000),
        "@(".repeat(30_000),
        "[:[".repeat(20_000),
    ] {
        if let Ok(globs) = Globs::new(&[&pattern], &[] as &[&str], PatternOptions::default()) {
            assert!(!globs.takes(path.as_bytes(), false), "{}", &pattern[..20]);
            assert!(!globs.takes(long.as_bytes(), false), "{}", &pattern[..20]);
            std::hint::black_box(globs.enters(path.as_bytes()));
        }
    }
}
