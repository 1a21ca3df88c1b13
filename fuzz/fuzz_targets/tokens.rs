//! Any text: the ids decode to it, the count is their number, and pretokens are the whole text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_tokens::{Encoding, count, decode, encode, pretokens};

fuzz_target!(|text: &str| {
    for encoding in Encoding::ALL {
        let ids = encode(text, encoding);
        assert_eq!(count(text, encoding), ids.len());
        assert_eq!(decode(&ids, encoding).expect("own ids"), text.as_bytes());
        assert_eq!(pretokens(text, encoding).collect::<String>(), text);
    }
});
