//! The fixture table of changes, which JavaScript reads too.

use serde_json::Value;
use tenon_diff::{
    lines::Options,
    pieces::{Unit, diff_pieces},
    script::Algorithm,
};

#[test]
fn changes_are_those_of_the_table() {
    let table: Value =
        serde_json::from_str(include_str!("../../../__test__/fixtures/diff/changes.json")).expect("JSON");
    let cases = table["cases"].as_array().expect("cases");
    assert!(cases.len() > 15);
    for case in cases {
        let unit = match case["unit"].as_str() {
            Some("lines") => Unit::Lines,
            Some("words") => Unit::Words,
            Some("chars") => Unit::Characters,
            _ => Unit::Sentences,
        };
        let [before, after] = ["a", "b"].map(|side| case[side].as_str().expect("a text").as_bytes());
        let options = Options { algorithm: Algorithm::Minimal, ..Options::default() };
        let diff = diff_pieces(before, after, unit, &options);
        let mut changes: Vec<(&str, usize, &[u8])> = Vec::new();
        let mut at = 0;
        for change in &diff.script.changes {
            changes.push((" ", change.after.start - at, diff.after.range(at..change.after.start)));
            changes.push(("-", change.before.len(), diff.before.range(change.before.clone())));
            changes.push(("+", change.after.len(), diff.after.range(change.after.clone())));
            at = change.after.end;
        }
        changes.push((" ", diff.after.len() - at, diff.after.range(at..diff.after.len())));
        changes.retain(|&(_, count, _)| count > 0);
        let expected: Vec<(&str, usize, &[u8])> = (case["changes"].as_array().expect("changes").iter())
            .map(|change| {
                let text = change[2].as_str().expect("a text").as_bytes();
                let count = change[1].as_u64().and_then(|count| usize::try_from(count).ok());
                (change[0].as_str().expect("a kind"), count.expect("a count"), text)
            })
            .collect();
        assert_eq!(changes, expected, "{case}");
    }
}
