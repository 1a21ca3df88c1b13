//! Characters of names: a character is a well-formed UTF-8 sequence, or a byte that is part of none.

/// How many bytes the character has that starts at `at`.
pub(super) fn character_bytes(text: &[u8], at: usize) -> usize {
    let first = text[at];
    // The second byte says whether the sequence is overlong, a surrogate or beyond U+10FFFF.
    let (length, second) = match first {
        0xc2..=0xdf => (2, 0x80..=0xbf),
        0xe0 => (3, 0xa0..=0xbf),
        0xed => (3, 0x80..=0x9f),
        0xe1..=0xef => (3, 0x80..=0xbf),
        0xf0 => (4, 0x90..=0xbf),
        0xf1..=0xf3 => (4, 0x80..=0xbf),
        0xf4 => (4, 0x80..=0x8f),
        _ => return 1,
    };
    match text.get(at + 1..at + length) {
        Some(rest) if second.contains(&rest[0]) && rest[1..].iter().all(|byte| byte & 0xc0 == 0x80) => length,
        _ => 1,
    }
}

/// The number of the character at `at` of so many bytes; a byte that is part of none counts as the lone surrogate that
/// shows it.
pub(super) fn character_value(text: &[u8], at: usize, length: usize) -> u32 {
    let first = u32::from(text[at]);
    if length == 1 {
        return if first < 0x80 { first } else { 0xdc00 + first };
    }
    let rest = &text[at + 1..at + length];
    rest.iter().fold(first & (0xff >> (length + 1)), |value, byte| value << 6 | u32::from(byte & 0x3f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_text_has_the_characters_that_the_standard_library_sees() {
        let mut character = [0; 4];
        for value in (0..=0x0010_ffff).step_by(7).filter_map(char::from_u32) {
            let text = value.encode_utf8(&mut character).as_bytes();
            let length = character_bytes(text, 0);
            assert_eq!(length, text.len());
            assert_eq!(character_value(text, 0, length), u32::from(value));
        }
    }

    #[test]
    fn what_is_not_well_formed_counts_by_bytes() {
        for text in [
            &b"\x80"[..],
            b"\xc3",
            b"\xc0\x80",
            b"\xe0\x80\x80",
            b"\xed\xa0\x80",
            b"\xe6\x96",
            b"\xf4\x90\x80\x80",
            b"\xf5\x80\x80\x80",
        ] {
            assert_eq!(character_bytes(text, 0), 1, "{text:x?}");
            assert_eq!(character_value(text, 0, 1), 0xdc00 + u32::from(text[0]));
        }
    }
}
