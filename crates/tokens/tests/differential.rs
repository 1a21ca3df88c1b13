//! Against `tiktoken-rs`, which compiles tiktoken's own regular expressions.

use std::{
    fs,
    path::{Path, PathBuf},
};
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

/// The seed, how many inputs are tried (as many as usual, unless `TENON_FUZZ_RUNS` says otherwise), and the numbers.
fn seeded(usual_seed: u64, usual_runs: usize) -> (u64, usize, fastrand::Rng) {
    let from_environment = |name| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seed = from_environment("TENON_FUZZ_SEED").unwrap_or(usual_seed);
    let runs = from_environment("TENON_FUZZ_RUNS")
        .map_or(usual_runs, |runs| usize::try_from(runs).expect("a number of runs"));
    (seed, runs, fastrand::Rng::with_seed(seed))
}

#[test]
fn random_text_of_hard_characters() {
    let (seed, runs, mut random) = seeded(0x7e17, 20_000);
    println!("seed {seed}, runs {runs}");
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
    let (seed, runs, mut random) = seeded(0xc0de, 5_000);
    println!("seed {seed}, runs {runs}");
    for mut pair in Pair::all() {
        for run in 0..runs {
            let text: String = (0..random.usize(0..40)).map(|_| random.char(..)).collect();
            pair.check(&text, &format!("seed {seed} run {run}"));
        }
    }
}

/// Bytes of any kind, as text: runs of U+FFFD beside what is text by chance.
#[test]
fn random_bytes() {
    let (seed, runs, mut random) = seeded(0xb17e5, 2_000);
    println!("seed {seed}, runs {runs}");
    for mut pair in Pair::all() {
        for run in 0..runs {
            let bytes: Vec<u8> = (0..random.usize(0..60))
                .map(|_| [random.u8(..), b' ', b'a', 0xf0, 0x9f, 0x80, 0xe6][random.usize(0..7)])
                .collect();
            pair.check(&String::from_utf8_lossy(&bytes), &format!("seed {seed} run {run}"));
        }
    }
}

/// What any ids stand for, whether or not a text has them in this order.
#[test]
fn random_ids() {
    let (seed, runs, mut random) = seeded(0x1d5, 2_000);
    println!("seed {seed}, runs {runs}");
    for Pair { encoding, tokenizer, oracle } in Pair::all() {
        let ids = match encoding {
            Encoding::O200kBase | Encoding::O200kHarmony => 199_998,
            Encoding::Cl100kBase => 100_256,
            _ => 50_256,
        };
        for run in 0..runs {
            let ids: Vec<u32> = (0..random.usize(0..20)).map(|_| random.u32(0..ids)).collect();
            let context = format!("seed {seed} run {run}, {}: {ids:?}", encoding.name());
            let expected = oracle.decode_bytes(&ids).expect("every id below the special ones is a token");
            assert_eq!(tokenizer.decode(&ids, usize::MAX).expect("as above"), expected, "{context}");
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

/// Every general category of Unicode but those of one character, U+2028 and U+2029.
const CATEGORIES: &[&str] = &[
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf",
    "Po", "Sm", "Sc", "Sk", "So", "Zs", "Cc", "Cf", "Co", "Cn",
];

/// The first and the last character of every category for every length that UTF-8 has for one.
fn characters_of_every_category() -> Vec<char> {
    let mut characters = Vec::new();
    for category in CATEGORIES {
        let hir = regex_syntax::Parser::new().parse(&format!(r"\p{{{category}}}")).expect("a category");
        let regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(class)) = hir.kind() else {
            unreachable!("a category of more than one character is a class");
        };
        let all: Vec<char> =
            class.iter().flat_map(|range| (range.start()..=range.end()).collect::<Vec<char>>()).collect();
        for length in 1..=4 {
            let mut of_length = all.iter().filter(|character| character.len_utf8() == length);
            characters.extend(of_length.next());
            characters.extend(of_length.next_back());
        }
    }
    characters
}

#[test]
fn pairs_of_all_categories() {
    let mut characters = characters_of_every_category();
    assert!(characters.len() > 100);
    // What the rules name: borders of lines, the slash, contractions with what folds to their letters.
    characters.extend("\r\n\t\u{85}\u{2028}\u{2029}\u{feff} /'’sSſtTdDmMlLvVrReE19\u{200d}".chars());
    // One encoding for each of the three rules that cut.
    for encoding in [Encoding::O200kBase, Encoding::Cl100kBase, Encoding::R50kBase] {
        let mut pair = Pair { encoding, tokenizer: Tokenizer::new(encoding), oracle: oracle(encoding) };
        for first in &characters {
            for second in &characters {
                pair.check(&format!("{first}{second}"), "pair");
                pair.check(&format!("x{first}{second}y{second}"), "pair in text");
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

/// Texts in many languages and programming languages, which the JavaScript tests read too.
fn fixtures(folder: &str) -> Vec<(PathBuf, String)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("..").join("__test__");
    let folder = tests.join("fixtures").join("tokens").join(folder);
    let entries = fs::read_dir(&folder).expect("the fixtures are beside the crates");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).expect("text"))).collect()
}

#[test]
fn real_text() {
    let languages = fixtures("languages");
    let sources = fixtures("sources");
    assert!(languages.len() >= 14 && sources.len() >= 10);
    assert!(sources.iter().any(|(_, text)| text.contains("\r\n")), "one of them has Windows' line ends");
    let (seed, runs, mut random) = seeded(0x7e47, 20);
    println!("seed {seed}, runs {runs}");
    for mut pair in Pair::all() {
        for (path, text) in languages.iter().chain(&sources) {
            let context = format!("seed {seed}, {}", path.display());
            pair.check(text, &context);
            // Cut anywhere between characters: words and white space end and begin otherwise.
            let borders: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            for _ in 0..runs {
                let start = random.usize(0..borders.len());
                let end = (start + random.usize(0..200)).min(borders.len() - 1);
                pair.check(&text[borders[start]..borders[end]], &context);
            }
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
    let (seed, runs, mut random) = seeded(0x5bec1a1, 2_000);
    println!("seed {seed}, runs {runs}");
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
        for run in 0..runs {
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
            let context = format!("seed {seed} run {run}, {}: {text:?}", encoding.name());
            assert_eq!(tokenizer.encode(&text, &allowed), expected, "{context}");
            assert_eq!(tokenizer.count(&text, &allowed), expected.len(), "{context}");
        }
    }
}
