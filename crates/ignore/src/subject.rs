//! A path that rules are asked about, with what most rules can be told by.

use std::cell::OnceCell;

/// A path and what was found out about it once, for all rule files in force.
pub(crate) struct Subject<'a> {
    pub(crate) path: &'a [u8],
    /// Where the basename starts.
    name_at: usize,
    pub(crate) name_hash: u32,
    /// Of what stands behind the last dot of the basename.
    pub(crate) extension_hash: Option<u32>,
    pub(crate) name_signature: u64,
    path_signature: OnceCell<u64>,
    /// The first four bytes of the basename, and the last of the path.
    pub(crate) name_head: u32,
    pub(crate) tail: u32,
}

impl<'a> Subject<'a> {
    pub(crate) fn of(path: &'a [u8]) -> Subject<'a> {
        let mut name_at = path.len();
        let mut signature = 0;
        let mut extension_at = 0;
        while name_at > 0 {
            let byte = path[name_at - 1];
            if byte == b'/' {
                break;
            }
            signature = with_byte(signature, byte);
            if byte == b'.' && extension_at == 0 {
                extension_at = name_at;
            }
            name_at -= 1;
        }
        Subject {
            path,
            name_at,
            name_hash: hash_of(&path[name_at..]),
            extension_hash: (extension_at > 0).then(|| hash_of(&path[extension_at..])),
            name_signature: signature,
            path_signature: OnceCell::new(),
            name_head: first_word(&path[name_at..]),
            tail: last_word(path),
        }
    }

    /// The basename.
    pub(crate) fn name(&self) -> &'a [u8] {
        &self.path[self.name_at..]
    }

    /// The signature of the whole path.
    pub(crate) fn path_signature(&self) -> u64 {
        *self.path_signature.get_or_init(|| signature_of(self.path.iter().copied()))
    }
}

/// Which bytes occur, as bits: a text can only match when it has every bit of the pattern. Letters, digits and what
/// names have often get bits of their own, and the second dot has one.
pub(crate) fn signature_of(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0, with_byte)
}

fn with_byte(signature: u64, byte: u8) -> u64 {
    let bit = 1 << BITS[usize::from(byte)];
    // A dot that is not the first.
    signature | bit | (signature & bit & DOT) << 1
}

const DOT: u64 = 1 << 62;

/// The bit of each byte.
const BITS: [u8; 256] = bits();

#[expect(clippy::cast_possible_truncation, reason = "an index of 256 bytes")]
const fn bits() -> [u8; 256] {
    let mut bits = [0; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        bits[index] = match byte {
            b'a'..=b'z' => byte - b'a',
            b'0'..=b'9' => 26 + (byte - b'0'),
            b'A'..=b'Z' => 36 + (byte - b'A') % 13,
            b'-' => 49,
            b'_' => 50,
            b'/' => 51,
            b'.' => 62,
            _ => 52 + byte % 10,
        };
        index += 1;
    }
    bits
}

/// A hash of a short text. A collision costs a comparison, never a wrong answer.
pub(crate) fn hash_of(bytes: &[u8]) -> u32 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = (bytes.len() as u64).wrapping_mul(FACTOR);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR);
        hash ^= hash >> 29;
    }
    let rest = match bytes.last_chunk::<8>() {
        // Some bytes once more: that is quicker than those of the rest one by one.
        Some(word) => u64::from_le_bytes(*word),
        None => rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    hash = (hash ^ rest).wrapping_mul(FACTOR);
    u32::try_from(hash >> 32).expect("32 bits")
}

/// The first four bytes of a text as a number, the first lowest; zeros where it has fewer.
pub(crate) fn first_word(text: &[u8]) -> u32 {
    match text.first_chunk::<4>() {
        Some(word) => u32::from_le_bytes(*word),
        None => text.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte)),
    }
}

/// The last four bytes of a text as a number, the last highest; zeros where it has fewer.
pub(crate) fn last_word(text: &[u8]) -> u32 {
    match text.last_chunk::<4>() {
        Some(word) => u32::from_le_bytes(*word),
        None => text.iter().fold(0, |word, &byte| word >> 8 | u32::from(byte) << 24),
    }
}
