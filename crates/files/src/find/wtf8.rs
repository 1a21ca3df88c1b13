//! Paths as bytes: UTF-8 in which a lone surrogate may stand too, in the three bytes that it would have (WTF-8). The
//! order of the bytes is then that of the code points.

use crate::to_utf16;

/// The code points of WTF-8.
pub(super) fn decode(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let mut rest = bytes.iter().map(|&byte| u32::from(byte));
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let (mut value, more) = match first {
            0..=0xBF => return Some(first),
            0xC0..=0xDF => (first & 0x1F, 1),
            0xE0..=0xEF => (first & 0x0F, 2),
            _ => (first & 0x07, 3),
        };
        for _ in 0..more {
            value = value << 6 | rest.next().unwrap_or(0) & 0x3F;
        }
        Some(value)
    })
}

/// Adds a code point.
pub(super) fn push(bytes: &mut Vec<u8>, character: u32) {
    match char::from_u32(character) {
        Some(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => {
            let [.., high, low] = character.to_be_bytes();
            bytes.extend([0xE0 | high >> 4, 0x80 | (high & 0x0F) << 2 | low >> 6, 0x80 | low & 0x3F]);
        }
    }
}

/// UTF-16 as WTF-8.
pub(super) fn from_utf16(units: impl IntoIterator<Item = u16>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for decoded in char::decode_utf16(units) {
        push(&mut bytes, decoded.map_or_else(|lone| u32::from(lone.unpaired_surrogate()), u32::from));
    }
    bytes
}

/// The bytes of names as WTF-8: what is not UTF-8 becomes the lone surrogates that JavaScript gets for it.
pub(super) fn from_names(bytes: Vec<u8>) -> Vec<u8> {
    if str::from_utf8(&bytes).is_ok() { bytes } else { from_utf16(to_utf16(&bytes)) }
}

/// WTF-8 as UTF-16.
pub(super) fn to_units(bytes: &[u8]) -> Vec<u32> {
    let mut units = Vec::with_capacity(bytes.len());
    for character in decode(bytes) {
        match char::from_u32(character) {
            Some(given) => units.extend(given.encode_utf16(&mut [0; 2]).iter().map(|&unit| u32::from(unit))),
            None => units.push(character),
        }
    }
    units
}

/// How many UTF-16 code units a code point has.
pub(super) fn units(character: u32) -> u32 {
    if character > 0xFFFF { 2 } else { 1 }
}

/// How many UTF-16 code units WTF-8 has.
pub(super) fn count_units(bytes: &[u8]) -> usize {
    bytes.iter().map(|&byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let units: Vec<u16> = vec![0x61, 0xE9, 0x20AC, 0xD83D, 0xDE00, 0xDC80, 0xD800, 0x62, 0xDFFF, 0xD83D];
        let bytes = from_utf16(units.clone());
        let characters = [0x61, 0xE9, 0x20AC, 0x1F600, 0xDC80, 0xD800, 0x62, 0xDFFF, 0xD83D];
        assert_eq!(decode(&bytes).collect::<Vec<_>>(), characters);
        assert_eq!(to_units(&bytes), units.iter().map(|&unit| u32::from(unit)).collect::<Vec<_>>());
        assert_eq!(count_units(&bytes), units.len());
        assert_eq!(characters.iter().map(|&it| super::units(it) as usize).sum::<usize>(), units.len());
    }

    #[test]
    fn bytes_that_are_no_text_become_lone_surrogates() {
        assert_eq!(from_names("aé".into()), "aé".as_bytes());
        let escaped = from_names(b"a\xFF/\x80".to_vec());
        assert_eq!(decode(&escaped).collect::<Vec<_>>(), [0x61, 0xDCFF, 0x2F, 0xDC80]);
    }
}
