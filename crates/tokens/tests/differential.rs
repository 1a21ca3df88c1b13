//! Against `tiktoken-rs`, which compiles tiktoken's own regular expressions.

use tenon_tokens::{Encoding, Tokenizer, decode};
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
        assert_eq!(tokenizer.count(text), expected.len(), "{context}");
        assert_eq!(tokenizer.encode(text), expected, "{context}");
        assert_eq!(decode(&expected, *encoding, usize::MAX).expect("own ids"), text.as_bytes(), "{context}");
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
    for (encoding, unknown) in [(Encoding::O200kBase, 199_998), (Encoding::Cl100kBase, 100_256)] {
        let error = decode(&[0, unknown], encoding, 10).expect_err("a hole in the ids");
        assert_eq!(
            error.to_string(),
            format!("ids[1] is {unknown}, which {} does not have", encoding.name())
        );
        assert!(decode(&[u32::MAX], encoding, 10).is_err());
        assert_eq!(decode(&[unknown + 1], encoding, 13).expect("end of text"), b"<|endoftext|>");
        assert!(decode(&[unknown + 1], encoding, 12).is_err(), "one byte more than the limit");
    }
}
