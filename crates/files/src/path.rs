//! Paths as bytes inside the crate, as the platform has them at its border, as UTF-16 for JavaScript.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The path of what lies at `path` below `root`, for the operating system.
pub(crate) fn below(root: &Path, path: &[u8]) -> PathBuf {
    let path = without_slash(path);
    if path.is_empty() { root.to_owned() } else { root.join(&*os_str(path)) }
}

/// A path given as bytes: those of the operating system on Unix, WTF-8 on Windows.
pub fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(&*os_str(bytes))
}

#[cfg(unix)]
fn os_str(bytes: &[u8]) -> std::borrow::Cow<'_, OsStr> {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(bytes).into()
}

#[cfg(windows)]
fn os_str(bytes: &[u8]) -> std::borrow::Cow<'_, OsStr> {
    use std::os::windows::ffi::OsStringExt;
    match str::from_utf8(bytes) {
        Ok(text) => OsStr::new(text).into(),
        Err(_) => std::ffi::OsString::from_wide(&to_utf16(bytes)).into(),
    }
}

/// The path as UTF-16. A byte that is no UTF-8 becomes U+DC00 and the byte, a surrogate that is alone, so that the bytes
/// can be had back; on Windows, where names are UTF-16, surrogates that were alone are so again.
pub fn to_utf16(bytes: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let valid = match str::from_utf8(rest) {
            Ok(text) => text,
            Err(error) => str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
        };
        units.extend(valid.encode_utf16());
        rest = &rest[valid.len()..];
        rest = match *rest {
            #[cfg(windows)]
            [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, ..] => {
                units.push(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F));
                &rest[3..]
            }
            [byte, ..] => {
                units.push(0xDC00 + u16::from(byte));
                &rest[1..]
            }
            [] => rest,
        };
    }
    units
}

/// The bytes of a path of the operating system with `/` between its components.
pub(crate) fn slashed(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if cfg!(windows) {
        let bytes = bytes.strip_prefix(br"\\?\").unwrap_or(bytes);
        bytes.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect()
    } else {
        bytes.to_owned()
    }
}

/// A path as reports give it: relative to the root when it lies below, `.` for the root, `/` between its components.
pub(crate) fn shown(path: &Path, root: &Path) -> Vec<u8> {
    if path == root {
        return b".".to_vec();
    }
    let (path, root) = (slashed(path), slashed(root));
    // The root of a file system ends with its separator.
    let root = without_slash(&root);
    match path.strip_prefix(root).and_then(|rest| rest.strip_prefix(b"/")) {
        Some(below) => below.to_owned(),
        None => path,
    }
}

pub(crate) fn without_slash(path: &[u8]) -> &[u8] {
    path.strip_suffix(b"/").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_report_is_relative_to_the_root_where_it_lies_below() {
        for (path, root, expected) in [
            ("/tmp/x/bad", "/", "tmp/x/bad"),
            ("/tmp/x/bad", "/tmp/x", "bad"),
            ("/tmp/xy/bad", "/tmp/x", "/tmp/xy/bad"),
            ("/tmp/x", "/tmp/x", "."),
            ("/", "/", "."),
        ] {
            let given = shown(Path::new(path), Path::new(root));
            assert_eq!(given, expected.as_bytes(), "{path} below {root}");
        }
    }

    #[test]
    fn bytes_that_are_no_utf8_are_lone_surrogates() {
        for (bytes, expected) in [
            (&b"a"[..], &[0x61][..]),
            ("\u{e4}\u{1f600}".as_bytes(), &[0xE4, 0xD83D, 0xDE00]),
            (b"a\xffb\xc3", &[0x61, 0xDCFF, 0x62, 0xDCC3]),
            (b"\xf0\x9f\x98x", &[0xDCF0, 0xDC9F, 0xDC98, 0x78]),
            (b"\xc0\x80", &[0xDCC0, 0xDC80]),
        ] {
            assert_eq!(to_utf16(bytes), expected, "{bytes:x?}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_surrogate_in_utf8_is_three_bytes_that_are_none() {
        assert_eq!(to_utf16(b"\xed\xb2\x80"), [0xDCED, 0xDCB2, 0xDC80]);
    }
}
