//! Any text: the ids decode to it, the count is their number, and pretokens are the whole text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_tokens::{Encoding, Tokenizer, decode, pretokens};

fuzz_target!(|text: &str| {
    for encoding in Encoding::ALL {
        let mut tokenizer = Tokenizer::new(encoding);
        let ids = tokenizer.encode(text);
        assert_eq!(tokenizer.count(text), ids.len());
        assert_eq!(decode(&ids, encoding, usize::MAX).expect("own ids"), text.as_bytes());
        assert_eq!(pretokens(text, encoding).collect::<String>(), text);
    }
});
