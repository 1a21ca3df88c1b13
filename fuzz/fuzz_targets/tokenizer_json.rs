//! Any bytes as a `tokenizer.json`, and any pattern; what loads encodes a text, and the same text behind another does not
//! fail either. Without normalizer, and with a pattern that loses nothing, the ids decode to the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tenon_tokens::{
    AllowedSpecial, CustomTokenizer, Definition,
    pattern::{Matcher, Pattern, Syntax},
};

const TEXT: &str = "Hello, we'LL  see\r\n\n 1234 ²Ⅷ 日本語 é e\u{301} 👨‍👩 <|x|> \u{85}\u{3000}ſK a\0";

fuzz_target!(|input: &[u8]| {
    load(input);
    let Ok(text) = std::str::from_utf8(input) else { return };
    for syntax in [Syntax::Rust, Syntax::Oniguruma] {
        if let Ok(pattern) = Pattern::new(text, syntax, "pattern") {
            let mut matcher = Matcher::new(TEXT.chars().count());
            if let Ok(matches) = pattern.matches(TEXT, &mut matcher) {
                assert!(matches.iter().all(|&(start, end)| TEXT.get(start..end).is_some()));
                assert!(matches.windows(2).all(|pair| pair[0].1 <= pair[1].0 && pair[0] != pair[1]));
            }
        }
    }
    // The parts that are read before the vocabulary is: in a tokenizer that is otherwise whole.
    for field in ["pre_tokenizer", "added_tokens", "normalizer"] {
        load(format!("{{\"model\":{},\"{field}\":{text},{}}}", model(), rest(field)).as_bytes());
    }
});

fn load(json: &[u8]) {
    let Ok(definition) = Definition::from_tokenizer_json(json) else { return };
    let Ok(tokenizer) = CustomTokenizer::new(definition) else { return };
    for allowed in [AllowedSpecial::All, AllowedSpecial::None] {
        if let Ok(ids) = tokenizer.encode(TEXT, allowed) {
            tokenizer.decode(&ids, usize::MAX).expect("own ids");
        }
    }
}

/// What the other fields are.
fn rest(field: &str) -> &'static str {
    if field == "pre_tokenizer" {
        "\"added_tokens\":null"
    } else {
        "\"pre_tokenizer\":{\"type\":\"ByteLevel\"}"
    }
}

/// A vocabulary of the bytes, with one merge.
fn model() -> String {
    let mut other = 0x100;
    let mut entries: Vec<String> = (0..=u8::MAX)
        .map(|byte| {
            let code_point = if matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..) {
                u32::from(byte)
            } else {
                other += 1;
                other - 1
            };
            format!("\"\\u{code_point:04x}\":{byte}")
        })
        .collect();
    entries.push("\"He\":256".to_owned());
    format!("{{\"type\":\"BPE\",\"vocab\":{{{}}},\"merges\":[\"H e\"]}}", entries.join(","))
}
