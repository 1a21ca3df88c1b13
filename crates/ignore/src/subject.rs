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
    folders_signature: OnceCell<u64>,
}

impl<'a> Subject<'a> {
    pub(crate) fn of(path: &'a [u8]) -> Subject<'a> {
        let name_at = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        let name = &path[name_at..];
        let mut signature = 0;
        let mut extension_at = 0;
        for (at, &byte) in name.iter().enumerate() {
            signature |= 1 << (byte & 63);
            if byte == b'.' {
                extension_at = at + 1;
            }
        }
        Subject {
            path,
            name_at,
            name_hash: hash_of(name),
            extension_hash: (extension_at > 0).then(|| hash_of(&name[extension_at..])),
            name_signature: signature,
            folders_signature: OnceCell::new(),
        }
    }

    /// The basename.
    pub(crate) fn name(&self) -> &'a [u8] {
        &self.path[self.name_at..]
    }

    /// The signature of all but the basename.
    pub(crate) fn folders_signature(&self) -> u64 {
        *self.folders_signature.get_or_init(|| signature_of(self.path[..self.name_at].iter().copied()))
    }
}

/// Which bytes occur, four of them to a bit: a text can only match when it has every bit of the pattern.
pub(crate) fn signature_of(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0, |signature, byte| signature | 1 << (byte & 63))
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
    let rest = rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
    hash = (hash ^ rest).wrapping_mul(FACTOR);
    u32::try_from(hash >> 32).expect("32 bits")
}
