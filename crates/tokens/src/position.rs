//! Positions of a text in UTF-8, told in the units of the text it came from.

/// The positions in UTF-16 code units of byte positions that do not fall. One inside a character is that of the character.
#[must_use]
pub fn utf16_positions(text: &str, byte_positions: &[usize]) -> Vec<usize> {
    if text.is_ascii() {
        return byte_positions.to_vec();
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut units = 0;
    let mut at_character = 0;
    byte_positions
        .iter()
        .map(|&position| {
            while at < position {
                let (length, width) = match bytes[at] {
                    0..0x80 => (1, 1),
                    0x80..0xe0 => (2, 1),
                    0xe0..0xf0 => (3, 1),
                    _ => (4, 2),
                };
                at_character = units;
                at += length;
                units += width;
            }
            if at == position { units } else { at_character }
        })
        .collect()
}

/// The positions in `bytes` of positions that do not fall in the text that `String::from_utf8_lossy` makes of them. One
/// inside a replacement character is that of the bytes replaced.
#[must_use]
pub fn positions_before_replacement(bytes: &[u8], positions: &[usize]) -> Vec<usize> {
    const REPLACEMENT_BYTES: usize = char::REPLACEMENT_CHARACTER.len_utf8();
    let mut chunks = bytes.utf8_chunks().peekable();
    // Where the current chunk starts, in the text and in the bytes.
    let (mut in_text, mut in_bytes) = (0, 0);
    positions
        .iter()
        .map(|&position| {
            while let Some(chunk) = chunks.peek() {
                let replaced = if chunk.invalid().is_empty() { 0 } else { REPLACEMENT_BYTES };
                let valid = chunk.valid().len();
                if position < in_text + valid + replaced {
                    return in_bytes + (position - in_text).min(valid);
                }
                in_text += valid + replaced;
                in_bytes += valid + chunk.invalid().len();
                chunks.next();
            }
            in_bytes
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{positions_before_replacement, utf16_positions};

    #[test]
    fn positions_inside_a_character_are_its_own() {
        let text = "aé文👨b";
        let all: Vec<usize> = (0..=text.len()).collect();
        assert_eq!(utf16_positions(text, &all), [0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 5, 6]);
        assert_eq!(utf16_positions("abc", &[0, 3]), [0, 3]);
    }

    #[test]
    fn positions_behind_replaced_bytes_are_those_of_the_bytes() {
        let bytes = b"a\xffb\xe6\x96c";
        let text = String::from_utf8_lossy(bytes);
        let all: Vec<usize> = (0..=text.len()).collect();
        assert_eq!(positions_before_replacement(bytes, &all), [0, 1, 1, 1, 2, 3, 3, 3, 5, 6]);
    }
}
