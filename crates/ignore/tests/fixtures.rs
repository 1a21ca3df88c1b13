//! The table of hard cases that the JavaScript tests read too.

use serde_json::Value;
use tenon_ignore::RuleFile;

/// A string of the table as bytes: each character is one.
fn bytes(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("a string");
    text.chars().map(|character| u8::try_from(u32::from(character)).expect("one byte")).collect()
}

#[test]
fn every_row_of_the_table_holds() {
    let table: Value =
        serde_json::from_str(include_str!("../../../__test__/fixtures/ignore/rules.json")).expect("JSON");
    let cases = table["cases"].as_array().expect("a list");
    assert!(cases.len() >= 80);
    for case in cases {
        let file = RuleFile::parse(&bytes(&case["rules"]), case["ignoreCase"] == true);
        for row in case["paths"].as_array().expect("a list") {
            let path = bytes(&row["path"]);
            let line = file.last_match(&path, row["directory"] == true).map(|rule| rule.line() as u64);
            assert_eq!(line, row["line"].as_u64(), "{}: {}", case["name"], row["path"]);
        }
    }
}
