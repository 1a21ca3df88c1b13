use super::{Masks, WINDOW_BYTES};

/// The masks, one comparison a byte; compilers turn the comparisons into vectors where there are any.
pub(crate) fn classify(bytes: &[u8; WINDOW_BYTES]) -> Masks {
    let mask = |is: fn(u8) -> bool| pack(&bytes.map(|byte| u8::from(is(byte))));
    Masks {
        upper: mask(|byte| byte.is_ascii_uppercase()),
        lower: mask(|byte| byte.is_ascii_lowercase()),
        digit: mask(|byte| byte.is_ascii_digit()),
        space: mask(|byte| byte == b' '),
        newline: mask(|byte| byte == b'\r' || byte == b'\n'),
        control_space: mask(|byte| (9..=13).contains(&byte)),
        apostrophe: mask(|byte| byte == b'\''),
        slash: mask(|byte| byte == b'/'),
        beyond_ascii: mask(|byte| !byte.is_ascii()),
    }
}

/// A bit for each of 64 bytes that are 0 or 1.
fn pack(flags: &[u8; WINDOW_BYTES]) -> u64 {
    let (words, _) = flags.as_chunks::<8>();
    let mut mask = 0;
    for (index, word) in words.iter().enumerate() {
        // The product gathers bit 0 of byte `i` at bit `56 + i`.
        let gathered = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= gathered << (8 * index);
    }
    mask
}
