//! The symbolic names of I/O errors, as Node spells them.

use std::io;

/// The name Node gives the same failure, such as `ENOENT`; `EIO` when the error carries nothing to tell by.
pub fn errno_name(error: &io::Error) -> String {
    if let Some(name) = error.raw_os_error().and_then(name_of_code) {
        return name.to_owned();
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

/// The name of an error number of this platform; the numbers below 35 are the same on every Unix.
#[cfg(unix)]
fn name_of_code(code: i32) -> Option<&'static str> {
    let common = match code {
        1 => "EPERM",
        2 => "ENOENT",
        4 => "EINTR",
        5 => "EIO",
        6 => "ENXIO",
        9 => "EBADF",
        12 => "ENOMEM",
        13 => "EACCES",
        16 => "EBUSY",
        17 => "EEXIST",
        18 => "EXDEV",
        19 => "ENODEV",
        20 => "ENOTDIR",
        21 => "EISDIR",
        22 => "EINVAL",
        23 => "ENFILE",
        24 => "EMFILE",
        27 => "EFBIG",
        28 => "ENOSPC",
        30 => "EROFS",
        31 => "EMLINK",
        32 => "EPIPE",
        _ => return name_of_own_code(code),
    };
    Some(common)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn name_of_own_code(code: i32) -> Option<&'static str> {
    Some(match code {
        11 => "EAGAIN",
        36 => "ENAMETOOLONG",
        38 => "ENOSYS",
        39 => "ENOTEMPTY",
        40 => "ELOOP",
        75 => "EOVERFLOW",
        95 => "ENOTSUP",
        110 => "ETIMEDOUT",
        116 => "ESTALE",
        122 => "EDQUOT",
        _ => return None,
    })
}

#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn name_of_own_code(code: i32) -> Option<&'static str> {
    Some(match code {
        35 => "EAGAIN",
        45 => "ENOTSUP",
        60 => "ETIMEDOUT",
        62 => "ELOOP",
        63 => "ENAMETOOLONG",
        66 => "ENOTEMPTY",
        69 => "EDQUOT",
        70 => "ESTALE",
        78 => "ENOSYS",
        84 => "EOVERFLOW",
        _ => return None,
    })
}

/// libuv names the codes the standard library has no kind for.
#[cfg(windows)]
fn name_of_code(code: i32) -> Option<&'static str> {
    Some(match code {
        4 => "EMFILE",
        5 => "EPERM",
        32 | 33 => "EBUSY",
        123 | 267 => "ENOENT",
        206 => "ENAMETOOLONG",
        1921 => "ELOOP",
        _ => return None,
    })
}

#[cfg(not(any(unix, windows)))]
fn name_of_code(_code: i32) -> Option<&'static str> {
    None
}
