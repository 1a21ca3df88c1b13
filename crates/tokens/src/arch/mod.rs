//! The classes of 64 bytes as bit masks, by the instructions that every machine of an architecture has: SSE2 on x86-64,
//! NEON on AArch64, and plain code elsewhere. Wider vectors would save a twentieth of the time of a count.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod portable;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::classify;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) use portable::classify;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::classify;

/// How many bytes are classified at once: as many as a mask has bits.
pub(crate) const WINDOW_BYTES: usize = 64;

/// Which of 64 bytes are of a class: bit `i` for byte `i`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Masks {
    /// `A` to `Z`.
    pub(crate) upper: u64,
    /// `a` to `z`.
    pub(crate) lower: u64,
    /// `0` to `9`.
    pub(crate) digit: u64,
    /// The space alone.
    pub(crate) space: u64,
    /// `\r` and `\n`.
    pub(crate) newline: u64,
    /// Tab, line feed, vertical tab, form feed and carriage return.
    pub(crate) control_space: u64,
    /// `'`
    pub(crate) apostrophe: u64,
    /// `/`
    pub(crate) slash: u64,
    /// Bytes of characters beyond ASCII.
    pub(crate) beyond_ascii: u64,
}

#[cfg(test)]
mod tests {
    use super::{WINDOW_BYTES, classify, portable};

    #[test]
    fn every_byte_has_the_same_classes_in_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..WINDOW_BYTES {
                let mut bytes = [b'\x01'; WINDOW_BYTES];
                bytes[place] = byte;
                let masks = classify(&bytes);
                assert_eq!(masks, portable::classify(&bytes), "byte {byte:#04x} in place {place}");
                let one = |set: bool| u64::from(set) << place;
                assert_eq!(masks.upper, one(byte.is_ascii_uppercase()), "byte {byte:#04x} in place {place}");
                assert_eq!(masks.lower, one(byte.is_ascii_lowercase()));
                assert_eq!(masks.digit, one(byte.is_ascii_digit()));
                assert_eq!(masks.space, one(byte == b' '));
                assert_eq!(masks.newline, one(byte == b'\r' || byte == b'\n'));
                assert_eq!(masks.control_space, one((9..=13).contains(&byte)));
                assert_eq!(masks.apostrophe, one(byte == b'\''));
                assert_eq!(masks.slash, one(byte == b'/'));
                assert_eq!(masks.beyond_ascii, one(!byte.is_ascii()));
            }
        }
    }
}
