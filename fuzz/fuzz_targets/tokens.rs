//! Any text: the ids decode to it, the count is their number, pretokens and parts are the whole text, and what was cut to
//! fit does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_tokens::{Encode as _, Encoding, Keep, Tokenizer, pretokens};

fuzz_target!(|text: &str| {
    for encoding in Encoding::ALL {
        let mut tokenizer = Tokenizer::new(encoding);
        let special: Vec<u32> = (0..).take(tokenizer.special_tokens().len()).collect();
        for allowed in [&[][..], &special] {
            let ids = tokenizer.encode(text, allowed);
            assert_eq!(tokenizer.count(text, allowed), ids.len());
            assert_eq!(tokenizer.decode(&ids, usize::MAX).expect("own ids"), text.as_bytes());
        }
        assert_eq!(pretokens(text, encoding).collect::<String>(), text);
        let cut = tokenizer.truncate(text, 7, Keep::Both, "…").expect("a built-in encoding");
        assert!(cut.tokens <= 7);
        if let Ok(parts) = tokenizer.split(text, 5, 2) {
            assert_eq!(parts.last().map_or(0, |part| part.end), text.len());
            assert!(parts.iter().all(|part| part.tokens <= 5));
        }
    }
});
