//! Tokenizers from files: against the tables that the JavaScript tests read too, and against `tiktoken-rs`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tenon_tokens::{
    AllowedSpecial, CustomTokenizer, Definition, Encoding, decode,
    pattern::{Pattern, Syntax},
};

mod hard;
use hard::{hard_text, random, runs};

fn table(json: &str) -> Value {
    serde_json::from_str(json).expect("the table is JSON")
}

#[test]
fn ids_are_those_of_hugging_face_tokenizers() {
    let table = table(include_str!("../../../__test__/fixtures/tokens/tokenizer-json.json"));
    let texts: Vec<&str> =
        table["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 15 && texts.len() > 50);
    for case in cases {
        let name = &case["name"];
        let definition = Definition::from_tokenizer_json(case["tokenizer"].to_string().as_bytes()).unwrap();
        let tokenizer = CustomTokenizer::new(definition).unwrap();
        for (text, ids) in texts.iter().zip(case["ids"].as_array().unwrap()) {
            let ids: Vec<Vec<u32>> = serde_json::from_value(ids.clone()).unwrap();
            let with = tokenizer.encode(text, AllowedSpecial::All).unwrap();
            assert_eq!(with, ids[0], "{name}: {text:?}");
            let without = tokenizer.encode(text, AllowedSpecial::None).unwrap();
            assert_eq!(&without, ids.last().unwrap(), "{name}, no special tokens: {text:?}");
        }
    }
}

/// Each vocabulary written back as a `.tiktoken` file.
fn tiktoken_file(encoding: Encoding) -> String {
    let mut lines: Vec<String> = (0..200_100)
        .filter_map(|id| Some((id, decode(&[id], encoding, 1000).ok()?)))
        .filter(|(_, bytes)| !bytes.starts_with(b"<|end") && !bytes.starts_with(b"<|fim_"))
        .map(|(id, bytes)| format!("{} {id}", STANDARD.encode(bytes)))
        .collect();
    fastrand::Rng::with_seed(1).shuffle(&mut lines);
    lines.join("\n")
}

#[test]
fn ids_are_those_of_tiktoken() {
    let (seed, mut random) = random(0x71c7);
    println!("seed {seed}");
    for (encoding, pattern, oracle, end) in [
        (Encoding::Cl100kBase, "cl100k", tiktoken_rs::cl100k_base().unwrap(), 100_257),
        (Encoding::O200kBase, "o200k", tiktoken_rs::o200k_base().unwrap(), 199_999),
    ] {
        let pattern = Pattern::new(pattern, Syntax::Rust, "pattern").unwrap();
        let special = [("<|endoftext|>", end)];
        let definition =
            Definition::from_tiktoken(tiktoken_file(encoding).as_bytes(), pattern, &special).unwrap();
        let tokenizer = CustomTokenizer::new(definition).unwrap();
        let check = |text: &str| {
            let ids = tokenizer.encode(text, AllowedSpecial::None).unwrap();
            assert_eq!(ids, oracle.encode_ordinary(text), "seed {seed}: {text:?}");
            assert_eq!(tokenizer.decode(&ids, usize::MAX).unwrap(), text.as_bytes());
        };
        check(include_str!("custom.rs"));
        check(include_str!("../src/pretoken.rs"));
        for unit in ["a", " ", "=", "文", "👨", "ab", "\n "] {
            check(&unit.repeat(2000));
        }
        for run in 0..runs(2_000) {
            check(&hard_text(&mut random, if run % 20 == 0 { 400 } else { 30 }));
        }
        let text = "a<|endoftext|>b<|endoftext|";
        let with: Vec<u32> = oracle.encode_with_special_tokens(text);
        assert_eq!(tokenizer.encode(text, AllowedSpecial::All).unwrap(), with);
        assert_eq!(tokenizer.decode(&with, 100).unwrap(), text.as_bytes());
        assert!(tokenizer.decode(&with, 10).is_err());
        assert_eq!(
            tokenizer.decode(&[0, 4_000_000], 10).unwrap_err().to_string(),
            "ids[1]: 4000000 is no token of the encoding"
        );
    }
}
