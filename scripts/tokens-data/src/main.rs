//! Writes `crates/tokens/data/`: the vocabularies of the `tiktoken-rs` crate (MIT), and the character classes and
//! properties of `regex-syntax` (Unicode 16, as in tiktoken), in the compact form both engines read.
//!
//! `cargo run --release -p tokens-data`

use base64::{Engine as _, engine::general_purpose::STANDARD};
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};
use sha2::{Digest, Sha256};
use std::{error::Error, fs, io::Write, path::Path, process::Command};

/// Name and SHA-256 of the `.tiktoken` file as published, from tiktoken's `openai_public.py`.
const VOCABULARIES: [(&str, &str); 3] = [
    ("o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
    ("cl100k_base", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"),
    // r50k_base and gpt2 are its first 50,256 tokens.
    ("p50k_base", "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069"),
];

/// The classes the pre-tokenisers tell apart; the number is the position, counted from 1. Zero is everything else.
const CLASSES: [&str; 7] =
    [r"[\r\n]", r"[\s--[\r\n]]", r"\p{N}", r"[\p{Lu}\p{Lt}]", r"\p{Ll}", r"[\p{Lm}\p{Lo}]", r"\p{M}"];

/// The general categories; the number is the position, counted from 1. What is in none is unassigned, or a surrogate,
/// which is no character.
const CATEGORIES: [&str; 28] = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf",
    "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Co",
];

/// The scripts that patterns may name; the number is the position, counted from 1.
const SCRIPTS: [&str; 24] = [
    "Arabic",
    "Armenian",
    "Bengali",
    "Bopomofo",
    "Cyrillic",
    "Devanagari",
    "Ethiopic",
    "Georgian",
    "Greek",
    "Gujarati",
    "Gurmukhi",
    "Han",
    "Hangul",
    "Hebrew",
    "Hiragana",
    "Katakana",
    "Khmer",
    "Lao",
    "Latin",
    "Myanmar",
    "Tamil",
    "Telugu",
    "Thai",
    "Tibetan",
];

/// White space, and what `\w` has besides letters, marks, digits, letter numbers and connectors.
const SETS: [&str; 2] = [r"\s", r"[\w--[\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}]]"];

fn main() -> Result<(), Box<dyn Error>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = here.join("../../crates/tokens/data");
    let assets = tiktoken_assets(here)?;
    for (name, checksum) in VOCABULARIES {
        let file = fs::read_to_string(Path::new(&assets).join(name).with_extension("tiktoken"))?;
        let actual: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(actual, checksum, "{name} is the published file");
        write(&data, name, "the vocabulary of tiktoken (MIT)", &vocabulary(&file)?)?;
    }
    let classes: Vec<String> = CLASSES.iter().map(ToString::to_string).collect();
    write(&data, "classes", "character classes, Unicode 16", &runs(&classes)?)?;
    write(&data, "properties", "character properties, Unicode 16", &properties()?)
}

fn tiktoken_assets(here: &Path) -> Result<String, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--manifest-path"])
        .arg(here.join("Cargo.toml"))
        .output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let manifest = metadata["packages"]
        .as_array()
        .and_then(|packages| packages.iter().find(|package| package["name"] == "tiktoken-rs"))
        .and_then(|package| package["manifest_path"].as_str())
        .ok_or("tiktoken-rs is not among the dependencies")?;
    Ok(manifest.replace("Cargo.toml", "assets"))
}

/// `count: u32`, a length byte for each token in rank order, all bytes in rank order. A rank that no token has gets the
/// length 0.
fn vocabulary(file: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut lengths = Vec::new();
    let mut bytes = Vec::new();
    for line in file.lines() {
        let (token, rank) = line.split_once(' ').ok_or("a line is a token and a rank")?;
        let rank: usize = rank.parse()?;
        assert!(rank >= lengths.len(), "ranks rise");
        lengths.resize(rank, 0);
        let token = STANDARD.decode(token)?;
        lengths.push(u8::try_from(token.len())?);
        bytes.extend(token);
    }
    let count = u32::try_from(lengths.len())?;
    Ok([count.to_le_bytes().as_slice(), &lengths, &bytes].concat())
}

/// Runs of `(gap: varint, length: varint, number: u8)` in code point order; the number is the position of the class
/// that has them, counted from 1.
fn runs(classes: &[String]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut runs = Vec::new();
    for (index, pattern) in classes.iter().enumerate() {
        for (start, end) in ranges(pattern)? {
            runs.push((start, end + 1, u8::try_from(index + 1)?));
        }
    }
    runs.sort_unstable();
    let mut bytes = Vec::new();
    let mut at = 0;
    for (start, end, class) in runs {
        varint(&mut bytes, start - at);
        varint(&mut bytes, end - start);
        bytes.push(class);
        at = end;
    }
    Ok(bytes)
}

/// The first and the last code point of each range of a class.
fn ranges(pattern: &str) -> Result<Vec<(u32, u32)>, Box<dyn Error>> {
    let hir = regex_syntax::parse(pattern)?;
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            Ok(class.ranges().iter().map(|range| (range.start() as u32, range.end() as u32)).collect())
        }
        // A class of one character.
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0)?;
            Ok(text.chars().map(|character| (character as u32, character as u32)).collect())
        }
        _ => Err(format!("{pattern} is no class").into()),
    }
}

/// Four parts, each behind its length as a varint: runs of the categories, of the scripts, and of `SETS`; and the orbits
/// of simple case folding, `(gap of the first: varint, size: u8, gaps between the members: varint)`, in the order of
/// their first members.
fn properties() -> Result<Vec<u8>, Box<dyn Error>> {
    let named = |names: &[&str], key: &str| -> Vec<String> {
        names.iter().map(|name| format!(r"\p{{{key}={name}}}")).collect()
    };
    let categories = named(&CATEGORIES, "gc");
    let sets: Vec<String> = SETS.iter().map(ToString::to_string).collect();
    let mut bytes = Vec::new();
    for part in [runs(&categories)?, runs(&named(&SCRIPTS, "sc"))?, runs(&sets)?, orbits()?] {
        varint(&mut bytes, u32::try_from(part.len())?);
        bytes.extend(part);
    }
    Ok(bytes)
}

fn orbits() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut bytes = Vec::new();
    let mut last_first = 0;
    for character in '\0'..=char::MAX {
        let mut class = ClassUnicode::new([ClassUnicodeRange::new(character, character)]);
        class.try_case_fold_simple()?;
        let members: Vec<u32> =
            class.iter().flat_map(|range| range.start() as u32..=range.end() as u32).collect();
        if members.len() > 1 && members[0] == character as u32 {
            varint(&mut bytes, members[0] - last_first);
            bytes.push(u8::try_from(members.len())?);
            for pair in members.windows(2) {
                varint(&mut bytes, pair[1] - pair[0]);
            }
            last_first = members[0];
        }
    }
    Ok(bytes)
}

fn varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        let [low, ..] = value.to_le_bytes();
        bytes.push(low | 0x80);
        value >>= 7;
    }
    let [low, ..] = value.to_le_bytes();
    bytes.push(low);
}

#[expect(clippy::print_stderr, reason = "a command reports what it wrote")]
fn write(data: &Path, name: &str, what: &str, payload: &[u8]) -> Result<(), Box<dyn Error>> {
    let mut packed = Vec::new();
    brotli::CompressorWriter::new(&mut packed, 1 << 16, 11, 24).write_all(payload)?;
    let text = format!(
        "'use strict'\n\n// Generated by scripts/tokens-data: {what}.\nmodule.exports = '{}'\n",
        STANDARD.encode(&packed)
    );
    fs::write(data.join(name).with_extension("js"), &text)?;
    eprintln!("{name}: {} bytes, packed {}, as text {}", payload.len(), packed.len(), text.len());
    Ok(())
}
