//! The table of cases that the JavaScript tests read too.

use serde_json::Value;
use tenon_tokens::{Encoding, count, decode, encode};

#[test]
fn ids_are_those_of_tiktoken() {
    let table: Value = serde_json::from_str(include_str!("../../../__test__/fixtures/tokens/ids.json")).unwrap();
    let cases = table["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let text = case["text"].as_str().unwrap();
        for encoding in Encoding::ALL {
            let expected: Vec<u32> = serde_json::from_value(case[encoding.name()].clone()).unwrap();
            assert_eq!(encode(text, encoding), expected, "{}: {text:?}", encoding.name());
            assert_eq!(count(text, encoding), expected.len());
            assert_eq!(decode(&expected, encoding).unwrap(), text.as_bytes());
        }
    }
}
