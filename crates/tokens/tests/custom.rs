//! Tokenizers from files: against the tables that the JavaScript tests read too, and against `tiktoken-rs`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tenon_tokens::{
    AllowedSpecial, CustomTokenizer, Definition, DefinitionError, DefinitionErrorKind, Encode as _, Encoding,
    Tokenizer, parse_tiktoken,
    pattern::{Matcher, Pattern, Syntax},
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
    let built_in = Tokenizer::new(encoding);
    let mut lines: Vec<String> = (0..200_100)
        .filter_map(|id| Some((id, built_in.decode(&[id], 1000).ok()?)))
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

#[test]
fn matches_and_steps_are_those_of_the_table() {
    let table = table(include_str!("../../../__test__/fixtures/tokens/patterns.json"));
    let texts: Vec<String> = serde_json::from_value(table["texts"].clone()).unwrap();
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        let source = case["pattern"].as_str().unwrap();
        let pattern = Pattern::new(source, syntax(case), "pattern").unwrap();
        let matches: Vec<Vec<String>> = serde_json::from_value(case["matches"].clone()).unwrap();
        let steps: Vec<u64> = serde_json::from_value(case["steps"].clone()).unwrap();
        for (index, text) in texts.iter().enumerate() {
            let mut matcher = Matcher::new(text.chars().count());
            let found = pattern.matches(text, &mut matcher).unwrap();
            let found: Vec<&str> = found.into_iter().map(|(start, end)| &text[start..end]).collect();
            assert_eq!(found, matches[index], "{source} on {text:?}");
            assert_eq!(matcher.steps(), steps[index], "{source} on {text:?}");
            let first = pattern.find(text, 0, &mut matcher).unwrap();
            let end = first.map(|(start, _)| pattern.next_end(text, start, &mut matcher).unwrap());
            assert_eq!(end, first.map(|(_, end)| Some(end)), "{source} on {text:?}");
            if syntax(case) == Syntax::Rust {
                let oracle = fancy_regex::Regex::new(pattern.source()).unwrap();
                let expected: Vec<&str> = oracle.find_iter(text).map(|one| one.unwrap().as_str()).collect();
                assert_eq!(found, expected, "{source} on {text:?}");
            }
        }
    }
}

fn syntax(case: &Value) -> Syntax {
    if case["syntax"] == "rust" { Syntax::Rust } else { Syntax::Oniguruma }
}

#[test]
fn errors_are_those_of_the_table() {
    let errors = table(include_str!("../../../__test__/fixtures/tokens/definition-errors.json"));
    let tokenizers = table(include_str!("../../../__test__/fixtures/tokens/tokenizer-json.json"));
    let cases = |argument: &str| errors[argument].as_array().unwrap().clone();
    for case in cases("pattern") {
        let pattern = case["pattern"].as_str().unwrap();
        expect_error(&case, "pattern", Pattern::new(pattern, syntax(&case), "pattern").map(|_| ()));
    }
    for case in cases("ranks") {
        let ranks = case["ranks"].as_str().unwrap();
        expect_error(&case, "ranks", parse_tiktoken(ranks.as_bytes()).map(|_| ()));
    }
    let base = tokenizers["cases"].as_array().unwrap().iter().find(|case| case["name"] == "no cut").unwrap();
    for case in cases("tokenizerJson") {
        let json = case["json"].as_str().map_or_else(
            || {
                let mut json = base["tokenizer"].clone();
                if let Some(normalizer) = case.get("normalizer") {
                    json["normalizer"] = normalizer.clone();
                }
                *json.pointer_mut(case["pointer"].as_str().unwrap()).unwrap() = case["value"].clone();
                json.to_string()
            },
            str::to_owned,
        );
        let made = Definition::from_tokenizer_json(json.as_bytes()).and_then(CustomTokenizer::new);
        expect_error(&case, "tokenizerJson", made.map(|_| ()));
    }
}

fn expect_error(case: &Value, argument: &str, result: Result<(), DefinitionError>) {
    let (code, message) = match &result {
        Ok(()) => ("none", String::new()),
        Err(error) => {
            assert_eq!(error.argument(), argument);
            let code = match error.kind() {
                DefinitionErrorKind::Invalid => "ERR_INVALID_ARG",
                DefinitionErrorKind::Unsupported => "ERR_UNSUPPORTED",
                DefinitionErrorKind::Limit => "ERR_LIMIT",
                _ => "a kind that has no code",
            };
            (code, error.to_string())
        }
    };
    assert_eq!(case["error"], serde_json::json!([code, message]), "{case}");
}

#[test]
fn long_pieces_take_no_quadratic_time() {
    let tokenizers = table(include_str!("../../../__test__/fixtures/tokens/tokenizer-json.json"));
    let start = std::time::Instant::now();
    for case in tokenizers["cases"].as_array().unwrap() {
        let json = case["tokenizer"].to_string();
        let tokenizer =
            CustomTokenizer::new(Definition::from_tokenizer_json(json.as_bytes()).unwrap()).unwrap();
        for unit in ["a", " ", "e\u{301}", "文", "the ", "<|im_start|>"] {
            let text = unit.repeat(20_000);
            assert!(!tokenizer.encode(&text, AllowedSpecial::All).unwrap().is_empty() || unit == " ");
        }
    }
    println!("{:?}", start.elapsed());
}

#[test]
fn special_tokens_are_checked() {
    let ranks: String = (0..=u8::MAX).map(|byte| format!("{} {byte}\n", STANDARD.encode([byte]))).collect();
    for (special, message) in [
        ([("", 300), ("b", 301)], "special[0]: the text is empty"),
        ([("a", 300), ("a", 301)], "special[1]: the text is another token's too"),
        ([("a", 300), ("b", 300)], "special[1]: the id 300 is another token's too"),
        ([("a", 300), ("b", 7)], "special[1]: the id 7 is another token's too"),
        ([("a", 1 << 31), ("b", 7)], "special[0]: the id is not below 2147483648"),
    ] {
        let pattern = Pattern::new("o200k", Syntax::Rust, "pattern").unwrap();
        let error = Definition::from_tiktoken(ranks.as_bytes(), pattern, &special).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.argument(), "special");
    }
}

/// U+1ADE is a mark since Unicode 17: before that it is a character like any other, which marks do not pass.
#[test]
fn normalization_is_that_of_unicode_16() {
    let tokenizers = table(include_str!("../../../__test__/fixtures/tokens/tokenizer-json.json"));
    let case = tokenizers["cases"].as_array().unwrap().iter().find(|case| case["name"] == "no cut").unwrap();
    let mut json = case["tokenizer"].clone();
    json["normalizer"] = serde_json::json!({ "type": "NFC" });
    let definition = Definition::from_tokenizer_json(json.to_string().as_bytes()).unwrap();
    let tokenizer = CustomTokenizer::new(definition).unwrap();
    for (text, normal) in [
        ("a\u{1ade}\u{301}\u{323}", "a\u{1ade}\u{323}\u{301}"),
        ("e\u{301}\u{1ade}e\u{301}", "é\u{1ade}é"),
        ("\u{1ade}", "\u{1ade}"),
        ("a\u{301}\u{323}", "\u{1ea1}\u{301}"),
    ] {
        assert_eq!(tokenizer.pretokens(text, AllowedSpecial::None).unwrap(), [normal]);
    }
}
