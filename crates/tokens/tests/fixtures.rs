//! The table of cases that the JavaScript tests read too.

use serde_json::Value;
use tenon_tokens::{Encode as _, Encoding, Tokenizer};

#[test]
fn ids_are_those_of_tiktoken() {
    let table: Value =
        serde_json::from_str(include_str!("../../../__test__/fixtures/tokens/ids.json")).unwrap();
    let cases = table["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for encoding in [Encoding::O200kBase, Encoding::Cl100kBase] {
        let mut tokenizer = Tokenizer::new(encoding);
        // The second time, everything is remembered.
        for case in cases.iter().chain(cases) {
            let text = case["text"].as_str().unwrap();
            let expected: Vec<u32> = serde_json::from_value(case[encoding.name()].clone()).unwrap();
            assert_eq!(tokenizer.encode(text, &[]), expected, "{}: {text:?}", encoding.name());
            assert_eq!(tokenizer.count(text, &[]), expected.len());
            assert_eq!(tokenizer.decode(&expected, usize::MAX).unwrap(), text.as_bytes());
        }
    }
}
