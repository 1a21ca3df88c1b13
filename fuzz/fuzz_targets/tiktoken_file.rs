//! Any bytes as a `.tiktoken` file, alone and behind the 256 bytes that make one whole: tokens are sorted, and what loads
//! encodes a text to ids that decode to it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::{fmt::Write as _, sync::OnceLock};
use tenon_tokens::{
    AllowedSpecial, CustomTokenizer, Definition, parse_tiktoken,
    pattern::{Pattern, Syntax},
};

fuzz_target!(|file: &[u8]| {
    if let Ok(tokens) = parse_tiktoken(file) {
        assert!(tokens.windows(2).all(|pair| pair[0].id < pair[1].id));
    }
    let mut whole = Vec::from(every_byte());
    whole.extend_from_slice(file);
    // Compiled once: it takes longer than all the rest.
    static PATTERN: OnceLock<Pattern> = OnceLock::new();
    let pattern =
        PATTERN.get_or_init(|| Pattern::new("o200k", Syntax::Rust, "pattern").expect("a pattern in use"));
    let Ok(definition) = Definition::from_tiktoken(&whole, pattern.clone(), &[("<|end|>", 1 << 30)]) else {
        return;
    };
    let Ok(tokenizer) = CustomTokenizer::new(definition) else { return };
    let text = String::from_utf8_lossy(file);
    let ids = tokenizer.encode(&text, AllowedSpecial::All).expect("a small text");
    assert_eq!(tokenizer.decode(&ids, usize::MAX).expect("own ids"), text.as_bytes());
});

/// The lines of the 256 bytes, with ranks that fuzzed lines rarely have.
fn every_byte() -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut lines = String::new();
    for byte in 0..=u8::MAX {
        let (high, low) = (ALPHABET[usize::from(byte >> 2)], ALPHABET[usize::from(byte & 3) << 4]);
        writeln!(lines, "{}{}== {}", char::from(high), char::from(low), 1000 + u32::from(byte))
            .expect("a string takes all");
    }
    lines
}
