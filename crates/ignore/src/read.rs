//! Reading a file that should be there, or saying why it was not read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::errno::errno_name;

/// git takes 25 times as much, but a byte of rules can become fifty in memory; real files stay far below this.
pub(crate) const MAX_RULE_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// All files of one configuration together.
pub(crate) const MAX_CONFIG_BYTES: u64 = 4 * 1024 * 1024;
/// Some thirteen million paths.
pub(crate) const MAX_INDEX_BYTES: u64 = 1024 * 1024 * 1024;

/// What is set aside for a file's content before any of it is read.
const MAX_FIRST_READ_BYTES: usize = 1024 * 1024;

/// A file whose content should have counted but could not be used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The file.
    pub path: PathBuf,
    /// Why: the symbolic errno of a failed operation, or a sentence about the content.
    pub reason: String,
}

/// The content of a regular file, links followed; `None` when there is no such file.
///
/// # Errors
/// The reason it was not read: an errno, `not a regular file`, or `larger than … bytes`.
pub(crate) fn read_regular(path: &Path, max_bytes: u64) -> Result<Option<Vec<u8>>, String> {
    // The usual way to say "no file" in git's configuration; no other device is opened.
    if path == Path::new("/dev/null") {
        return Ok(None);
    }
    let metadata = match fs::metadata(path) {
        Err(error) if is_absence(&error) => return Ok(None),
        other => other.map_err(|error| errno_name(&error))?,
    };
    if !metadata.is_file() {
        return Err("not a regular file".to_owned());
    }
    if metadata.len() > max_bytes {
        return Err(format!("larger than {max_bytes} bytes"));
    }
    // One byte more than it claims: the end shows in the first read.
    let claimed = usize::try_from(metadata.len()).unwrap_or(0);
    let mut content = Vec::with_capacity(claimed.min(MAX_FIRST_READ_BYTES) + 1);
    let file = match open(path).and_then(|file| Ok((file.metadata()?.is_file(), file))) {
        Err(error) if is_absence(&error) => return Ok(None),
        Err(error) => return Err(errno_name(&error)),
        Ok((false, _)) => return Err("not a regular file".to_owned()),
        Ok((true, file)) => file,
    };
    match file.take(max_bytes + 1).read_to_end(&mut content) {
        Err(error) => Err(errno_name(&error)),
        Ok(_) if content.len() as u64 > max_bytes => Err(format!("larger than {max_bytes} bytes")),
        Ok(_) => Ok(Some(content)),
    }
}

/// Opens without waiting for the other end of a pipe that has taken the file's place.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options.open(path)
}

/// Whether the failure says that there is no such file.
pub(crate) fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
