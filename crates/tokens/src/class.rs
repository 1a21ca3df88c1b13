//! What the pre-tokenisers need to know of a character: one of eight classes, from a table in two stages.

/// The classes as `data/classes.js` numbers them (Unicode 16).
pub(crate) const OTHER: u8 = 0;
/// `\r` and `\n`.
pub(crate) const NEWLINE: u8 = 1;
/// White space but for the newlines.
pub(crate) const SPACE: u8 = 2;
/// `\p{N}`.
pub(crate) const NUMBER: u8 = 3;
/// `\p{Lu}` and `\p{Lt}`.
pub(crate) const UPPER: u8 = 4;
/// `\p{Ll}`.
pub(crate) const LOWER: u8 = 5;
/// `\p{Lm}` and `\p{Lo}`: letters without case.
pub(crate) const LETTER: u8 = 6;
/// `\p{M}`.
pub(crate) const MARK: u8 = 7;

static STAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/classes.stage"));
static BLOCKS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/classes.blocks"));

/// The classes of ASCII: a load instead of two that depend on each other.
static ASCII: [u8; 128] = {
    let mut classes = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = BLOCKS[STAGE[0] as usize * 256 + byte];
        byte += 1;
    }
    classes
};

/// The class of the character at `at` and its length in bytes. `text` is UTF-8 and `at` a character's border before
/// its end.
#[inline(always)]
pub(crate) fn class_at(text: &[u8], at: usize) -> (u8, usize) {
    let first = text[at];
    if first < 0x80 {
        return (ASCII[usize::from(first)], 1);
    }
    let continuation = |offset: usize| u32::from(text[at + offset] & 0x3f);
    let first = u32::from(first);
    let (code_point, length) = if first < 0xe0 {
        ((first & 0x1f) << 6 | continuation(1), 2)
    } else if first < 0xf0 {
        ((first & 0x0f) << 12 | continuation(1) << 6 | continuation(2), 3)
    } else {
        ((first & 0x07) << 18 | continuation(1) << 12 | continuation(2) << 6 | continuation(3), 4)
    };
    let block = usize::from(STAGE[(code_point >> 8) as usize]);
    (BLOCKS[block * 256 + (code_point & 0xff) as usize], length)
}

#[cfg(test)]
mod tests {
    use super::class_at;

    /// `regex-syntax` is what tiktoken's regular expressions are compiled with.
    #[test]
    fn every_code_point_has_the_class_regex_syntax_gives_it() {
        let patterns =
            [r"[\r\n]", r"[\s--[\r\n]]", r"\p{N}", r"[\p{Lu}\p{Lt}]", r"\p{Ll}", r"[\p{Lm}\p{Lo}]", r"\p{M}"];
        let mut expected = vec![0u8; 0x11_0000];
        for (index, pattern) in patterns.iter().enumerate() {
            let hir = regex_syntax::parse(pattern).unwrap();
            let regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(class)) = hir.kind()
            else {
                panic!("{pattern} is a class");
            };
            for range in class.ranges() {
                expected[range.start() as usize..=range.end() as usize]
                    .fill(u8::try_from(index + 1).unwrap());
            }
        }
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            let found = class_at(text.as_bytes(), 0);
            assert_eq!(found, (expected[character as usize], text.len()), "U+{:04X}", character as u32);
        }
    }
}
