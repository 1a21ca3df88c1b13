//! Reading a file whole, into memory that the next file uses again. Never mapped: a file that is cut off while it is
//! mapped ends the process.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

const FIRST_READ_BYTES: usize = 64 * 1024;
/// Memory of a larger file is given back.
const KEPT_BYTES: usize = 1 << 20;

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

    /// Reads the file at `path`. `follows`: where a link stands, the file it leads to.
    pub(crate) fn read(&mut self, path: &Path, follows: bool, max_bytes: usize) -> Outcome {
        self.length = 0;
        if self.bytes.len() > KEPT_BYTES {
            self.bytes = Vec::new();
        }
        let read = open(path, follows).and_then(|file| self.fill(file, max_bytes));
        read.unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Outcome::Gone,
            // ENXIO: a socket, or a device that is not there.
            _ if cfg!(unix) && error.raw_os_error() == Some(6) => Outcome::Special,
            _ => Outcome::Failed(error),
        })
    }

    fn fill(&mut self, mut file: File, max_bytes: usize) -> io::Result<Outcome> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(Outcome::Special);
        }
        let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
        if size > max_bytes {
            return Ok(Outcome::TooLarge);
        }
        // One byte more: a file that has grown shows it.
        if self.bytes.len() <= size {
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

/// Opens without waiting for the other end of a pipe, and not through a link that has taken the file's place.
fn open(path: &Path, follows: bool) -> io::Result<File> {
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
