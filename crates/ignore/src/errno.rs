//! The symbolic names of I/O errors, as Node spells them.

use std::io;

/// The name Node gives the same failure, such as `ENOENT`: libuv's name for the number, or `E` and the number where
/// libuv has none, such as `E116` for a stale NFS handle on Linux; `EIO` when the error carries nothing to tell by.
pub fn errno_name(error: &io::Error) -> String {
    if let Some(code) = error.raw_os_error() {
        return match name_of_code(code) {
            Some(name) => name.to_owned(),
            // libuv keeps no number of Windows that it does not know.
            None if cfg!(windows) => "UNKNOWN".to_owned(),
            None => format!("E{code}"),
        };
    }
    use io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "ENOENT",
        ErrorKind::PermissionDenied if cfg!(windows) => "EPERM",
        ErrorKind::PermissionDenied => "EACCES",
        ErrorKind::AlreadyExists => "EEXIST",
        ErrorKind::NotADirectory => "ENOTDIR",
        ErrorKind::IsADirectory => "EISDIR",
        ErrorKind::DirectoryNotEmpty => "ENOTEMPTY",
        ErrorKind::InvalidInput | ErrorKind::InvalidFilename => "EINVAL",
        ErrorKind::ResourceBusy => "EBUSY",
        ErrorKind::ReadOnlyFilesystem => "EROFS",
        ErrorKind::StorageFull => "ENOSPC",
        ErrorKind::FileTooLarge => "EFBIG",
        ErrorKind::OutOfMemory => "ENOMEM",
        ErrorKind::TimedOut => "ETIMEDOUT",
        ErrorKind::Interrupted => "EINTR",
        ErrorKind::WouldBlock => "EAGAIN",
        _ => "EIO",
    }
    .to_owned()
}

/// libuv's name of an error number of this platform; the numbers below 35 are the same on every Unix, but for 11.
#[cfg(unix)]
fn name_of_code(code: i32) -> Option<&'static str> {
    Some(match code {
        1 => "EPERM",
        2 => "ENOENT",
        3 => "ESRCH",
        4 => "EINTR",
        5 => "EIO",
        6 => "ENXIO",
        7 => "E2BIG",
        9 => "EBADF",
        12 => "ENOMEM",
        13 => "EACCES",
        14 => "EFAULT",
        16 => "EBUSY",
        17 => "EEXIST",
        18 => "EXDEV",
        19 => "ENODEV",
        20 => "ENOTDIR",
        21 => "EISDIR",
        22 => "EINVAL",
        23 => "ENFILE",
        24 => "EMFILE",
        25 => "ENOTTY",
        26 => "ETXTBSY",
        27 => "EFBIG",
        28 => "ENOSPC",
        29 => "ESPIPE",
        30 => "EROFS",
        31 => "EMLINK",
        32 => "EPIPE",
        34 => "ERANGE",
        _ => return name_of_own_code(code),
    })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn name_of_own_code(code: i32) -> Option<&'static str> {
    Some(match code {
        11 => "EAGAIN",
        36 => "ENAMETOOLONG",
        38 => "ENOSYS",
        39 => "ENOTEMPTY",
        40 => "ELOOP",
        49 => "EUNATCH",
        61 => "ENODATA",
        64 => "ENONET",
        71 => "EPROTO",
        75 => "EOVERFLOW",
        84 => "EILSEQ",
        88 => "ENOTSOCK",
        89 => "EDESTADDRREQ",
        90 => "EMSGSIZE",
        91 => "EPROTOTYPE",
        92 => "ENOPROTOOPT",
        93 => "EPROTONOSUPPORT",
        94 => "ESOCKTNOSUPPORT",
        95 => "ENOTSUP",
        97 => "EAFNOSUPPORT",
        98 => "EADDRINUSE",
        99 => "EADDRNOTAVAIL",
        100 => "ENETDOWN",
        101 => "ENETUNREACH",
        103 => "ECONNABORTED",
        104 => "ECONNRESET",
        105 => "ENOBUFS",
        106 => "EISCONN",
        107 => "ENOTCONN",
        108 => "ESHUTDOWN",
        110 => "ETIMEDOUT",
        111 => "ECONNREFUSED",
        112 => "EHOSTDOWN",
        113 => "EHOSTUNREACH",
        114 => "EALREADY",
        121 => "EREMOTEIO",
        125 => "ECANCELED",
        _ => return None,
    })
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn name_of_own_code(code: i32) -> Option<&'static str> {
    Some(match code {
        35 => "EAGAIN",
        37 => "EALREADY",
        38 => "ENOTSOCK",
        39 => "EDESTADDRREQ",
        40 => "EMSGSIZE",
        41 => "EPROTOTYPE",
        42 => "ENOPROTOOPT",
        43 => "EPROTONOSUPPORT",
        44 => "ESOCKTNOSUPPORT",
        45 => "ENOTSUP",
        47 => "EAFNOSUPPORT",
        48 => "EADDRINUSE",
        49 => "EADDRNOTAVAIL",
        50 => "ENETDOWN",
        51 => "ENETUNREACH",
        53 => "ECONNABORTED",
        54 => "ECONNRESET",
        55 => "ENOBUFS",
        56 => "EISCONN",
        57 => "ENOTCONN",
        58 => "ESHUTDOWN",
        60 => "ETIMEDOUT",
        61 => "ECONNREFUSED",
        62 => "ELOOP",
        63 => "ENAMETOOLONG",
        64 => "EHOSTDOWN",
        65 => "EHOSTUNREACH",
        66 => "ENOTEMPTY",
        78 => "ENOSYS",
        79 => "EFTYPE",
        84 => "EOVERFLOW",
        // The other systems go their own ways from here.
        89 if cfg!(target_vendor = "apple") => "ECANCELED",
        92 if cfg!(target_vendor = "apple") => "EILSEQ",
        96 if cfg!(target_vendor = "apple") => "ENODATA",
        100 if cfg!(target_vendor = "apple") => "EPROTO",
        _ => return None,
    })
}

/// libuv's `uv_translate_sys_error`, without sockets.
#[cfg(windows)]
fn name_of_code(code: i32) -> Option<&'static str> {
    Some(match code {
        1 => "EISDIR",
        2 | 3 | 15 | 123 | 126 | 161 | 203 | 267 | 4392 => "ENOENT",
        4 => "EMFILE",
        5 | 1314 => "EPERM",
        6 | 1004 => "EBADF",
        8 | 14 => "ENOMEM",
        13 | 87 | 122 | 1464 => "EINVAL",
        17 => "EXDEV",
        19 => "EROFS",
        23 | 31 | 110 | 156 | 205 | 1101..=1104 | 1106 | 1111 | 1117 | 1166 => "EIO",
        32 | 33 | 231 => "EBUSY",
        39 | 82 | 112 | 277 | 1100 => "ENOSPC",
        50 => "ENOTSUP",
        64 => "ECONNRESET",
        80 | 183 => "EEXIST",
        109 => "EOF",
        111 | 206 => "ENAMETOOLONG",
        121 => "ETIMEDOUT",
        145 => "ENOTEMPTY",
        193 => "EFTYPE",
        208 => "E2BIG",
        230 | 232 | 233 => "EPIPE",
        740 | 998 | 1920 => "EACCES",
        995 => "ECANCELED",
        1113 => "ECHARSET",
        1225 => "ECONNREFUSED",
        1227 => "EADDRINUSE",
        1231 => "ENETUNREACH",
        1232 => "EHOSTUNREACH",
        1236 => "ECONNABORTED",
        1921 => "ELOOP",
        2250 => "ENOTCONN",
        _ => return None,
    })
}

#[cfg(not(any(unix, windows)))]
fn name_of_code(_code: i32) -> Option<&'static str> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_without_a_number_goes_by_its_kind() {
        assert_eq!(errno_name(&io::ErrorKind::NotADirectory.into()), "ENOTDIR");
        assert_eq!(errno_name(&io::Error::other("something")), "EIO");
    }

    /// The table is what Node answers; `__test__/parity/files.test.js` compares it with the fallback's.
    #[cfg(target_os = "linux")]
    #[test]
    fn every_number_has_the_name_node_gives_it() {
        let table = include_str!("../../../__test__/fixtures/ignore/errno-linux.json");
        let table: serde_json::Value = serde_json::from_str(table).expect("a table");
        for code in 1..=133 {
            let expected = table[code.to_string()].as_str().map_or(format!("E{code}"), str::to_owned);
            assert_eq!(errno_name(&io::Error::from_raw_os_error(code)), expected);
        }
    }
}
