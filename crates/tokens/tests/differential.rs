//! Against `tiktoken-rs`, which compiles tiktoken's own regular expressions.

use tenon_tokens::{Encode as _, Encoding, Tokenizer};
use tiktoken_rs::CoreBPE;

/// The characters where scanners go wrong: borders of classes, folding, white space that is not ASCII's, surrogate
/// pairs in UTF-16, joiners, and letters of every kind.
const ALPHABET: &[&str] = &[
    "a",
    "b",
    "S",
    "T",
    "L",
    "V",
    "R",
    "E",
    "s",
    "t",
    "l",
    "v",
    "r",
    "e",
    "d",
    "m",
    "'",
    "’",
    "1",
    "2",
    "9",
    "²",
    "Ⅷ",
    "٣",
    " ",
    "  ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{3000}",
    "\u{feff}",
    "\u{200d}",
    "\u{200b}",
    ".",
    "/",
    "!",
    "_",
    "-",
    "é",
    "ſ",
    "K",
    "İ",
    "ı",
    "ß",
    "Σ",
    "ς",
    "ǅ",
    "ʰ",
    "ª",
    "文",
    "字",
    "あ",
    "ア",
    "ー",
    "한",
    "ก",
    "ั",
    "ा",
    "न",
    "\u{301}",
    "\u{20e3}",
    "\u{fe0f}",
    "👨",
    "👩",
    "🏽",
    "𝒜",
    "𐐀",
    "𐐨",
    "𝟘",
    "\0",
    "<|",
    "|>",
    "endoftext",
    "\u{fffd}",
    "\u{10ffff}",
    "the",
    " the",
    "function",
    "    ",
];

#[expect(clippy::panic, reason = "an encoding without an oracle is a fault of this test")]
fn oracle(encoding: Encoding) -> CoreBPE {
    match encoding {
        Encoding::O200kBase => tiktoken_rs::o200k_base(),
        Encoding::Cl100kBase => tiktoken_rs::cl100k_base(),
        Encoding::O200kHarmony => tiktoken_rs::o200k_harmony(),
        Encoding::P50kBase => tiktoken_rs::p50k_base(),
        Encoding::P50kEdit => tiktoken_rs::p50k_edit(),
        Encoding::R50kBase | Encoding::Gpt2 => tiktoken_rs::r50k_base(),
        other => panic!("no oracle for {}", other.name()),
    }
    .expect("the oracle has its vocabularies inside")
}

/// An encoding, and a tokenizer that remembers what it met, beside the oracle.
struct Pair {
    encoding: Encoding,
    tokenizer: Tokenizer,
    oracle: CoreBPE,
}

impl Pair {
    fn all() -> impl Iterator<Item = Self> {
        let pair =
            |encoding| Self { encoding, tokenizer: Tokenizer::new(encoding), oracle: oracle(encoding) };
        Encoding::ALL.into_iter().map(pair)
    }

    fn check(&mut self, text: &str, context: &str) {
        let Self { encoding, tokenizer, oracle } = self;
        let expected: Vec<u32> = oracle.encode_ordinary(text);
        let context = format!("{context}, {}: {text:?}", encoding.name());
        assert_eq!(tokenizer.count(text, &[]), expected.len(), "{context}");
        assert_eq!(tokenizer.encode(text, &[]), expected, "{context}");
        assert_eq!(tokenizer.decode(&expected, usize::MAX).expect("own ids"), text.as_bytes(), "{context}");
    }
}

#[test]
fn random_text_of_hard_characters() {
    let seed = std::env::var("TENON_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x7e17);
    let runs: usize =
        std::env::var("TENON_FUZZ_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(20_000);
    println!("seed {seed}, runs {runs}");
    let mut random = fastrand::Rng::with_seed(seed);
    for mut pair in Pair::all() {
        for run in 0..runs {
            let length = random.usize(0..24);
            let text: String = (0..length).map(|_| ALPHABET[random.usize(0..ALPHABET.len())]).collect();
            pair.check(&text, &format!("seed {seed} run {run}"));
        }
    }
}

#[test]
fn random_code_points() {
    let mut random = fastrand::Rng::with_seed(0xc0de);
    for mut pair in Pair::all() {
        for run in 0..5_000 {
            let text: String = (0..random.usize(0..40)).map(|_| random.char(..)).collect();
            pair.check(&text, &format!("run {run}"));
        }
    }
}

#[test]
fn pairs_of_hard_characters() {
    for mut pair in Pair::all() {
        for first in ALPHABET {
            for second in ALPHABET {
                pair.check(&format!("{first}{second}"), "pair");
                pair.check(&format!("x{first}{second} {first}"), "pair in text");
            }
        }
    }
}

/// Long pretokens take the heap's way, and must agree with the oracle's heap.
#[test]
fn long_pretokens() {
    let mut random = fastrand::Rng::with_seed(0x10f6);
    for mut pair in Pair::all() {
        for unit in ["a", " ", "\n", "=", "文", "é", "👨", "aB", "ab", "0", "\t ", "-="] {
            for length in [90, 96, 97, 100, 257, 3_000] {
                pair.check(&unit.repeat(length), "repeated");
            }
        }
        for run in 0..200 {
            let length = random.usize(90..2_000);
            let text: String = (0..length).map(|_| random.alphabetic()).collect();
            pair.check(&text, &format!("letters, run {run}"));
        }
    }
}

/// This crate's own source is real text too.
#[test]
fn source_text() {
    for mut pair in Pair::all() {
        for text in [
            include_str!("../src/pretoken.rs"),
            include_str!("../data/classes.js"),
            include_str!("differential.rs"),
        ] {
            pair.check(text, "source");
        }
    }
}

#[test]
fn unknown_ids_are_refused() {
    for (encoding, unknown) in [
        (Encoding::O200kBase, 199_998),
        (Encoding::Cl100kBase, 100_256),
        (Encoding::O200kHarmony, 201_088),
        (Encoding::P50kBase, 50_281),
        (Encoding::P50kEdit, 50_284),
        (Encoding::R50kBase, 50_257),
        (Encoding::Gpt2, 50_257),
    ] {
        let tokenizer = Tokenizer::new(encoding);
        let error = tokenizer.decode(&[0, unknown], 10).expect_err("no token has the id");
        assert_eq!(
            error.to_string(),
            format!("ids[1] is {unknown}, which {} does not have", encoding.name())
        );
        assert!(tokenizer.decode(&[u32::MAX], 10).is_err());
    }
    let tokenizer = Tokenizer::new(Encoding::O200kBase);
    assert_eq!(tokenizer.decode(&[199_999], 13).expect("end of text"), b"<|endoftext|>");
    assert!(tokenizer.decode(&[199_999], 12).is_err(), "one byte more than the limit");
}

/// The special tokens are tiktoken's, and so are the ids with any of them allowed.
#[test]
fn special_tokens() {
    let mut random = fastrand::Rng::with_seed(0x5bec1a1);
    for Pair { encoding, mut tokenizer, oracle } in Pair::all() {
        let special = tokenizer.special_tokens().to_vec();
        let theirs = oracle.special_tokens();
        assert!(theirs.iter().all(|text| special.iter().any(|(known, _)| known == text)));
        // This oracle leaves out what has the id of a reserved one in harmony.
        let special: Vec<_> =
            special.into_iter().filter(|(text, _)| theirs.contains(text.as_str())).collect();
        assert_eq!(special.len(), theirs.len(), "{}", encoding.name());
        for (text, id) in &special {
            assert_eq!(oracle.encode_with_special_tokens(text), [*id], "{}: {text}", encoding.name());
            let decoded = oracle.decode_bytes(&[*id]).expect("own id");
            // Two texts share one id in harmony; either is right.
            if *id != 200_018 {
                assert_eq!(tokenizer.decode(&[*id], 100).expect("own id"), decoded);
            }
        }
        for run in 0..2_000 {
            let mut parts = Vec::new();
            for _ in 0..random.usize(0..8) {
                parts.push(match random.usize(0..4) {
                    0 => special[random.usize(0..special.len())].0.clone(),
                    1 => "<|".to_owned(),
                    _ => ALPHABET[random.usize(0..ALPHABET.len())].to_owned(),
                });
            }
            let text = parts.concat();
            let allowed: Vec<usize> = (0..special.len()).filter(|_| random.bool()).collect();
            let texts = allowed.iter().map(|&position| special[position].0.as_str()).collect();
            let expected: Vec<u32> = oracle.encode_as(&text, &texts).expect("the oracle encodes any text").0;
            let all = tokenizer.special_tokens();
            let position = |at: usize| all.iter().position(|(text, _)| *text == special[at].0).expect("ours");
            let allowed: Vec<u32> =
                allowed.into_iter().map(|at| u32::try_from(position(at)).expect("few")).collect();
            let context = format!("{} run {run}: {text:?}", encoding.name());
            assert_eq!(tokenizer.encode(&text, &allowed), expected, "{context}");
            assert_eq!(tokenizer.count(&text, &allowed), expected.len(), "{context}");
        }
    }
}
