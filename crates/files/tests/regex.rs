//! The table that the JavaScript fallback's regular expressions are held to as well.

use serde_json::Value;
use tenon_files::grep::{Case, PatternOptions, find_from_each};

#[test]
fn the_matches_are_those_of_the_table() {
    let table: Value =
        serde_json::from_str(include_str!("../../../__test__/fixtures/files/regex.json")).expect("JSON");
    for case in table["cases"].as_array().expect("cases") {
        let options = options(case);
        let bytes: Vec<u8> =
            text(&case["bytes"]).chars().map(|c| u8::try_from(u32::from(c)).expect("bytes")).collect();
        let expected: Option<Vec<(usize, usize)>> = case["matches"].as_array().map(|spans| {
            let number = |value: &Value| usize::try_from(value.as_u64().expect("number")).expect("small");
            spans.iter().map(|span| (number(&span[0]), number(&span[1]))).collect()
        });
        assert_eq!(matches(&options, &bytes), expected, "{case}");
    }
}

fn options(case: &Value) -> PatternOptions {
    let flag = |name: &str| case[name] == Value::Bool(true);
    PatternOptions {
        patterns: case["patterns"].as_array().expect("patterns").iter().map(|p| text(p).to_owned()).collect(),
        fixed: flag("fixed"),
        case: match &case["ignoreCase"] {
            Value::Bool(true) => Case::Insensitive,
            Value::String(smart) if smart == "smart" => Case::Smart,
            _ => Case::Sensitive,
        },
        word: flag("word"),
        multiline: flag("multiline"),
        dot_all: flag("dotAll"),
        crlf: flag("crlf"),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// All matches; behind an empty one the search goes on at the next character. `None` for what is no pattern.
fn matches(options: &PatternOptions, bytes: &[u8]) -> Option<Vec<(usize, usize)>> {
    let mut found = Vec::new();
    let mut from = 0;
    while from <= bytes.len() {
        let Some((start, end)) = find_from_each(options, bytes, &[from]).ok()?[0] else { break };
        found.push((start, end));
        from = if end > start { end } else { end + character_length(&bytes[end..]) };
    }
    Some(found)
}

/// The bytes of the character at the start, or 1.
fn character_length(bytes: &[u8]) -> usize {
    (1..=4)
        .find(|&length| bytes.get(..length).is_some_and(|start| str::from_utf8(start).is_ok()))
        .unwrap_or(1)
}
