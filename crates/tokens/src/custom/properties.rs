//! Properties of characters by name (Unicode 16), and simple case folding: what patterns are compiled with.

use crate::custom::pattern::CharSet;
use std::{collections::HashMap, sync::OnceLock};

/// As `scripts/tokens-data` writes it: four parts, each behind its length.
static PROPERTIES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/properties"));

/// The code points below this are the characters, and the surrogates, which no text has.
pub(crate) const CODE_POINTS: u32 = 0x11_0000;

/// The categories in the order of their numbers, counted from 1. A group is those that begin with its letter.
const CATEGORIES: [(&str, &str); 28] = [
    ("lu", "uppercaseletter"),
    ("ll", "lowercaseletter"),
    ("lt", "titlecaseletter"),
    ("lm", "modifierletter"),
    ("lo", "otherletter"),
    ("mn", "nonspacingmark"),
    ("mc", "spacingmark"),
    ("me", "enclosingmark"),
    ("nd", "decimalnumber"),
    ("nl", "letternumber"),
    ("no", "othernumber"),
    ("pc", "connectorpunctuation"),
    ("pd", "dashpunctuation"),
    ("ps", "openpunctuation"),
    ("pe", "closepunctuation"),
    ("pi", "initialpunctuation"),
    ("pf", "finalpunctuation"),
    ("po", "otherpunctuation"),
    ("sm", "mathsymbol"),
    ("sc", "currencysymbol"),
    ("sk", "modifiersymbol"),
    ("so", "othersymbol"),
    ("zs", "spaceseparator"),
    ("zl", "lineseparator"),
    ("zp", "paragraphseparator"),
    ("cc", "control"),
    ("cf", "format"),
    ("co", "privateuse"),
];
const UNASSIGNED: (&str, &str) = ("cn", "unassigned");
const GROUPS: [(&str, &str); 7] = [
    ("l", "letter"),
    ("m", "mark"),
    ("n", "number"),
    ("p", "punctuation"),
    ("s", "symbol"),
    ("z", "separator"),
    ("c", "other"),
];

/// The scripts in the order of their numbers, counted from 1, with the codes of ISO 15924.
const SCRIPTS: [(&str, &str); 24] = [
    ("arabic", "arab"),
    ("armenian", "armn"),
    ("bengali", "beng"),
    ("bopomofo", "bopo"),
    ("cyrillic", "cyrl"),
    ("devanagari", "deva"),
    ("ethiopic", "ethi"),
    ("georgian", "geor"),
    ("greek", "grek"),
    ("gujarati", "gujr"),
    ("gurmukhi", "guru"),
    ("han", "hani"),
    ("hangul", "hang"),
    ("hebrew", "hebr"),
    ("hiragana", "hira"),
    ("katakana", "kana"),
    ("khmer", "khmr"),
    ("lao", "laoo"),
    ("latin", "latn"),
    ("myanmar", "mymr"),
    ("tamil", "taml"),
    ("telugu", "telu"),
    ("thai", "thai"),
    ("tibetan", "tibt"),
];

const WHITE_SPACE: u8 = 1;
const OTHER_WORD: u8 = 2;

/// The characters of `\p{name}`, or nothing where the name is not known. Case, spaces, `_` and `-` do not matter.
pub(crate) fn property(name: &str) -> Option<CharSet> {
    let loose: String = name
        .chars()
        .filter(|character| !matches!(character, ' ' | '_' | '-'))
        .map(|character| character.to_ascii_lowercase())
        .collect();
    match loose.split_once('=') {
        None => category(&loose).or_else(|| script(&loose)).or_else(|| match loose.as_str() {
            "any" => Some(CharSet::of([(0, CODE_POINTS - 1)])),
            "ascii" => Some(CharSet::of([(0, 0x7f)])),
            "whitespace" | "wspace" | "space" => Some(white_space()),
            _ => None,
        }),
        Some(("gc" | "generalcategory", value)) => category(value),
        Some(("sc" | "script", value)) => script(value),
        Some(_) => None,
    }
}

/// `\s`
pub(crate) fn white_space() -> CharSet {
    runs(part(2), |number| number == WHITE_SPACE)
}

/// `\d`
pub(crate) fn digits() -> CharSet {
    categories(&["nd"])
}

/// `\w` of the `regex` crate.
pub(crate) fn word() -> CharSet {
    let mut set =
        categories(&["lu", "ll", "lt", "lm", "lo", "mn", "mc", "me", "nd", "nl", "pc"]).into_ranges();
    set.extend(runs(part(2), |number| number == OTHER_WORD).into_ranges());
    CharSet::of(set)
}

/// Whether `\w` of the `regex` crate has it.
pub(crate) fn is_word(code_point: u32) -> bool {
    static WORD: OnceLock<CharSet> = OnceLock::new();
    WORD.get_or_init(word).contains(code_point)
}

/// Whether a character is assigned in Unicode 16.
pub(crate) fn is_assigned(character: char) -> bool {
    static ASSIGNED: OnceLock<CharSet> = OnceLock::new();
    ASSIGNED.get_or_init(|| runs(part(0), |_| true)).contains(character as u32)
}

fn category(name: &str) -> Option<CharSet> {
    let is = |(short, long): &(&str, &str)| *short == name || *long == name;
    let unassigned = || {
        let mut set = runs(part(0), |_| true);
        set.negate();
        set
    };
    if is(&UNASSIGNED) {
        return Some(unassigned());
    }
    if matches!(name, "lc" | "casedletter") {
        return Some(categories(&["lu", "ll", "lt"]));
    }
    if let Some(found) = CATEGORIES.iter().find(|one| is(one)) {
        return Some(categories(&[found.0]));
    }
    let (group, _) = GROUPS.iter().find(|one| is(one))?;
    let members: Vec<&str> =
        CATEGORIES.iter().map(|(short, _)| *short).filter(|short| short.starts_with(group)).collect();
    let mut set = categories(&members);
    if *group == "c" {
        set.union(&unassigned());
    }
    Some(set)
}

fn categories(short: &[&str]) -> CharSet {
    let wanted = CATEGORIES.map(|(name, _)| short.contains(&name));
    runs(part(0), |number| wanted[usize::from(number) - 1])
}

fn script(name: &str) -> Option<CharSet> {
    let index = SCRIPTS.iter().position(|(long, code)| *long == name || *code == name)?;
    Some(runs(part(1), |number| usize::from(number) == index + 1))
}

/// The characters that simple case folding holds equal to `code_point`, itself among them.
pub(crate) fn case_orbit(code_point: u32) -> Option<&'static [u32]> {
    let (orbits, members) = orbits();
    members.get(&code_point).map(|&orbit| orbits[orbit].as_slice())
}

/// All sets of more than one character that simple case folding holds equal.
pub(crate) fn case_orbits() -> &'static [Vec<u32>] {
    &orbits().0
}

type Orbits = (Vec<Vec<u32>>, HashMap<u32, usize>);

fn orbits() -> &'static Orbits {
    static ORBITS: OnceLock<Orbits> = OnceLock::new();
    ORBITS.get_or_init(|| {
        let mut rest = part(3);
        let mut orbits: Vec<Vec<u32>> = Vec::new();
        let mut members = HashMap::new();
        let mut first = 0;
        while !rest.is_empty() {
            first += varint(&mut rest);
            let mut orbit = vec![first];
            for _ in 1..byte(&mut rest) {
                orbit.push(orbit[orbit.len() - 1] + varint(&mut rest));
            }
            members.extend(orbit.iter().map(|&member| (member, orbits.len())));
            orbits.push(orbit);
        }
        (orbits, members)
    })
}

fn part(index: usize) -> &'static [u8] {
    let mut rest = PROPERTIES;
    for _ in 0..index {
        let length = varint(&mut rest) as usize;
        rest = &rest[length..];
    }
    let length = varint(&mut rest) as usize;
    &rest[..length]
}

/// The code points in runs of `(gap: varint, length: varint, number: u8)` whose number is wanted.
fn runs(mut rest: &[u8], wanted: impl Fn(u8) -> bool) -> CharSet {
    let mut ranges = Vec::new();
    let mut at = 0;
    while !rest.is_empty() {
        let start = at + varint(&mut rest);
        at = start + varint(&mut rest);
        if wanted(byte(&mut rest)) {
            ranges.push((start, at - 1));
        }
    }
    CharSet::of(ranges)
}

fn byte(rest: &mut &[u8]) -> u8 {
    let (byte, after) = rest.split_first().expect("the data is written whole");
    *rest = after;
    *byte
}

fn varint(rest: &mut &[u8]) -> u32 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = byte(rest);
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

    fn expected(pattern: &str) -> CharSet {
        let hir = regex_syntax::parse(pattern).unwrap();
        match hir.kind() {
            HirKind::Class(Class::Unicode(class)) => {
                CharSet::of(class.iter().map(|range| (range.start() as u32, range.end() as u32)))
            }
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).unwrap();
                CharSet::of(text.chars().map(|character| (character as u32, character as u32)))
            }
            other => panic!("{pattern} is no class: {other:?}"),
        }
    }

    /// Surrogates, which `regex-syntax` does not count as code points, put aside.
    fn characters(mut set: CharSet) -> CharSet {
        set.subtract(&CharSet::of([(0xd800, 0xdfff)]));
        set
    }

    #[test]
    fn properties_are_those_of_regex_syntax() {
        let names = CATEGORIES
            .iter()
            .chain(&GROUPS)
            .chain(&SCRIPTS)
            .chain(&[UNASSIGNED, ("LC", "Cased_Letter"), ("any", "ascii"), ("White_Space", "space")])
            .flat_map(|(short, long)| [*short, *long]);
        for name in names {
            let found = characters(property(name).unwrap());
            assert_eq!(found, characters(expected(&format!(r"\p{{{name}}}"))), "{name}");
        }
        for name in ["gc=Lu", "General_Category=Letter", "sc=Han", "Script=Greek"] {
            assert_eq!(property(name).unwrap(), expected(&format!(r"\p{{{name}}}")), "{name}");
        }
        assert_eq!(white_space(), expected(r"\s"));
        assert_eq!(digits(), expected(r"\d"));
        assert_eq!(word(), expected(r"\w"));
        assert_eq!(property("Klingon"), None);
        assert_eq!(property("gc=Han"), None);
        assert_eq!(property(""), None);
    }

    #[test]
    fn folding_is_that_of_regex_syntax() {
        for character in '\0'..=char::MAX {
            let mut class = ClassUnicode::new([ClassUnicodeRange::new(character, character)]);
            class.try_case_fold_simple().unwrap();
            let members: Vec<u32> =
                class.iter().flat_map(|range| range.start() as u32..=range.end() as u32).collect();
            let found = case_orbit(character as u32).unwrap_or(&[]);
            if members.len() == 1 {
                assert!(found.is_empty(), "U+{:04X}", character as u32);
            } else {
                assert_eq!(found, members, "U+{:04X}", character as u32);
            }
        }
    }
}
