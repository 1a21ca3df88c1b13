//! Reading a file whole, into memory that the next file uses again. Never mapped: a file that is cut off while it is
//! mapped ends the process.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

const FIRST_READ_BYTES: usize = 64 * 1024;
/// A larger file is read into room that threads share: there is less of it.
pub(crate) const LARGE_BYTES: usize = 1 << 20;

/// What glibc never takes from its heap, where holes of many sizes would be left behind: memory that is not written to
/// costs nothing, and all of it goes back to the system.
const LARGE_ROOM_BYTES: usize = 33 << 20;

/// Room for the content of a file.
#[derive(Default)]
pub(crate) struct Room {
    bytes: Vec<u8>,
    length: usize,
}

/// What became of a file.
pub(crate) enum Outcome {
    Read,
    TooLarge,
    /// A pipe, a socket, a device or a folder stands there.
    Special,
    Gone,
    Failed(io::Error),
}

impl Room {
    pub(crate) fn content(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Reads a file that was opened and has about that size.
    pub(crate) fn fill(&mut self, file: File, size: usize, max_bytes: usize) -> Outcome {
        self.length = 0;
        self.try_fill(file, size, max_bytes).unwrap_or_else(failure)
    }

    fn try_fill(&mut self, mut file: File, size: usize, max_bytes: usize) -> io::Result<Outcome> {
        // One byte more: a file that has grown shows it.
        if self.bytes.len() <= size {
            if size > LARGE_BYTES && self.bytes.capacity() <= size {
                self.bytes = Vec::with_capacity((size + 1).max(LARGE_ROOM_BYTES));
            }
            self.bytes.resize((size + 1).max(FIRST_READ_BYTES), 0);
        }
        loop {
            if self.length == self.bytes.len() {
                self.bytes.resize(self.length * 2, 0);
            }
            match file.read(&mut self.bytes[self.length..]) {
                Ok(0) => return Ok(Outcome::Read),
                Ok(read) => self.length += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if self.length > max_bytes {
                self.length = 0;
                return Ok(Outcome::TooLarge);
            }
        }
    }
}

/// A regular file and its size, or what is not to be read; `follows`: where a link stands, the file it leads to.
pub(crate) fn open(path: &Path, follows: bool, max_bytes: usize) -> Result<(File, usize), Outcome> {
    let file = open_at_once(path, follows).map_err(failure)?;
    let metadata = file.metadata().map_err(failure)?;
    if !metadata.is_file() {
        return Err(Outcome::Special);
    }
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if size > max_bytes { Err(Outcome::TooLarge) } else { Ok((file, size)) }
}

fn failure(error: io::Error) -> Outcome {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Outcome::Gone,
        // ENXIO: a socket, or a device that is not there.
        _ if cfg!(unix) && error.raw_os_error() == Some(6) => Outcome::Special,
        _ => Outcome::Failed(error),
    }
}

/// Opens without waiting for the other end of a pipe, and not through a link that has taken the file's place.
fn open_at_once(path: &Path, follows: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | if follows { 0 } else { libc::O_NOFOLLOW });
    }
    #[cfg(not(unix))]
    let _ = follows;
    options.open(path)
}
