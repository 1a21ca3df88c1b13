//! Where a pretoken ends: tiktoken's regular expressions as hand-written scanners.
//!
//! Each scanner follows its expression alternative by alternative; `tests/differential.rs` holds both to the
//! expressions themselves, and `lib/tokens/scan.js` is the same over UTF-16.

use crate::class::{LETTER, LOWER, MARK, NEWLINE, NUMBER, OTHER, SPACE, UPPER, class_at};

/// Given UTF-8 text and a border before its end, the end of the pretoken that starts there.
pub(crate) type Scanner = fn(&[u8], usize) -> usize;

/// A set of classes as bits.
type Set = u8;
const fn set(classes: &[u8]) -> Set {
    let mut bits = 0;
    let mut index = 0;
    while index < classes.len() {
        bits |= 1 << classes[index];
        index += 1;
    }
    bits
}

const LETTERS: Set = set(&[UPPER, LOWER, LETTER]);
const SPACES: Set = set(&[SPACE, NEWLINE]);
/// `[^\s\p{L}\p{N}]`
const SYMBOLS: Set = set(&[OTHER, MARK]);
/// `[^\r\n\p{L}\p{N}]`
const WORD_PREFIX: Set = set(&[OTHER, MARK, SPACE]);
/// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
const NOT_LOWER: Set = set(&[UPPER, LETTER, MARK]);
/// `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`
const NOT_UPPER: Set = set(&[LOWER, LETTER, MARK]);
const CASELESS: Set = set(&[LETTER, MARK]);

#[inline]
fn has(set: Set, class: u8) -> bool {
    set >> class & 1 == 1
}

/// The end of the run of `set` that starts at `at`; `at` itself where there is none.
#[inline]
fn run(text: &[u8], mut at: usize, set: Set) -> usize {
    while at < text.len() {
        let (class, length) = class_at(text, at);
        if !has(set, class) {
            break;
        }
        at += length;
    }
    at
}

/// ```text
/// '(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s
/// ```
pub(crate) fn cl100k(text: &[u8], start: usize) -> usize {
    if let Some(end) = contraction(text, start) {
        return end;
    }
    let (class, length) = class_at(text, start);
    let second = start + length;
    if has(LETTERS, class) {
        return run(text, second, LETTERS);
    }
    if has(WORD_PREFIX, class) {
        let end = run(text, second, LETTERS);
        if end > second {
            return end;
        }
    }
    match class {
        NUMBER => number(text, second),
        OTHER | MARK => run_of(text, run(text, second, SYMBOLS), b"\r\n"),
        _ => {
            if let Some(end) = spaced_symbols(text, start, b"\r\n") {
                return end;
            }
            let space = Space::scan(text, start);
            if space.end == text.len() { space.end } else { space.after_newline.unwrap_or(space.before_last) }
        }
    }
}

/// ```text
/// [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
/// |[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
/// |\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
/// ```
pub(crate) fn o200k(text: &[u8], start: usize) -> usize {
    let (class, length) = class_at(text, start);
    let second = start + length;
    // A letter cannot be the prefix; a mark can be either, and the expression prefers the prefix.
    let prefixed = has(WORD_PREFIX, class).then_some(second);
    let bare = (has(LETTERS, class) || class == MARK).then_some(start);
    let word = prefixed
        .and_then(|at| lower_word(text, at))
        .or_else(|| bare.and_then(|at| lower_word(text, at)))
        .or_else(|| prefixed.and_then(|at| upper_word(text, at)))
        .or_else(|| bare.and_then(|at| upper_word(text, at)));
    if let Some(end) = word {
        return contraction(text, end).unwrap_or(end);
    }
    match class {
        NUMBER => number(text, second),
        OTHER | MARK => run_of(text, run(text, second, SYMBOLS), b"\r\n/"),
        _ => {
            if let Some(end) = spaced_symbols(text, start, b"\r\n/") {
                return end;
            }
            let space = Space::scan(text, start);
            match space.after_newline {
                Some(end) => end,
                None if space.end == text.len() => space.end,
                None => space.before_last,
            }
        }
    }
}

/// ```text
/// '(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s
/// ```
pub(crate) fn gpt2(text: &[u8], start: usize) -> usize {
    if text[start] == b'\''
        && let Some(end) = lower_contraction(text, start)
    {
        return end;
    }
    // Of the space and what follows it, the latter decides.
    let at = if text[start] == b' ' && start + 1 < text.len() { start + 1 } else { start };
    let (class, _) = class_at(text, at);
    for kind in [LETTERS, set(&[NUMBER]), SYMBOLS] {
        if has(kind, class) {
            return run(text, at, kind);
        }
    }
    let space = Space::scan(text, start);
    if space.end == text.len() { space.end } else { space.before_last }
}

/// As `contraction`, in lower case alone.
fn lower_contraction(text: &[u8], start: usize) -> Option<usize> {
    let end = contraction(text, start)?;
    text[start..end].iter().all(|byte| matches!(byte, b'\'' | b'a'..=b'z')).then_some(end)
}

/// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+` from `start`. The first run is greedy and gives back
/// only what it must: where no lower-case letter follows it, the match ends behind the last caseless character in it.
#[inline]
fn lower_word(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut behind_caseless = None;
    while at < text.len() {
        let (class, length) = class_at(text, at);
        if class == LOWER {
            return Some(run(text, at + length, NOT_UPPER));
        }
        if !has(NOT_LOWER, class) {
            break;
        }
        at += length;
        if has(CASELESS, class) {
            behind_caseless = Some(at);
        }
    }
    behind_caseless
}

/// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*` from `start`, where `lower_word` found nothing: so no
/// lower-case letter follows the run.
#[inline]
fn upper_word(text: &[u8], start: usize) -> Option<usize> {
    let end = run(text, start, NOT_LOWER);
    (end > start).then_some(end)
}

/// The end of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d` at `start`, in either case. U+017F folds to `s`.
#[inline]
pub(crate) fn contraction(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    if rest.first() != Some(&b'\'') {
        return None;
    }
    let lower = |index: usize| rest.get(index).map(u8::to_ascii_lowercase);
    let length = match (lower(1)?, lower(2)) {
        (b's' | b'd' | b'm' | b't', _) => 2,
        (b'l', Some(b'l')) | (b'v' | b'r', Some(b'e')) => 3,
        (0xc5, Some(0xbf)) => 3,
        _ => return None,
    };
    Some(start + length)
}

/// `\p{N}{1,3}` behind its first character.
#[inline]
fn number(text: &[u8], second: usize) -> usize {
    let mut end = second;
    for _ in 0..2 {
        if end == text.len() {
            break;
        }
        let (class, length) = class_at(text, end);
        if class != NUMBER {
            break;
        }
        end += length;
    }
    end
}

/// ` [^\s\p{L}\p{N}]+` at `start`, and what it may end with.
#[inline]
fn spaced_symbols(text: &[u8], start: usize, endings: &[u8]) -> Option<usize> {
    if text[start] != b' ' {
        return None;
    }
    let end = run(text, start + 1, SYMBOLS);
    (end > start + 1).then(|| run_of(text, end, endings))
}

#[inline]
fn run_of(text: &[u8], mut at: usize, bytes: &[u8]) -> usize {
    while at < text.len() && bytes.contains(&text[at]) {
        at += 1;
    }
    at
}

/// A run of white space and the places where the expressions may cut it.
struct Space {
    end: usize,
    /// Behind the last `\r` or `\n` of the run.
    after_newline: Option<usize>,
    /// Before the last character; the end where it is the only one: `\s+(?!\S)|\s` leaves one for what follows.
    before_last: usize,
}

impl Space {
    #[inline]
    fn scan(text: &[u8], start: usize) -> Self {
        let mut end = start;
        let mut last = start;
        let mut after_newline = None;
        while end < text.len() {
            let (class, length) = class_at(text, end);
            if !has(SPACES, class) {
                break;
            }
            last = end;
            end += length;
            if class == NEWLINE {
                after_newline = Some(end);
            }
        }
        Self { end, after_newline, before_last: if last > start { last } else { end } }
    }
}
