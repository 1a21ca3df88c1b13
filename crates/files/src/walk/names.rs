//! The names in a folder, as the system gives them.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::Kind;
use super::folder::check;
use crate::error::Error;

/// The names in a folder, one behind the other, with what they are. Kept from folder to folder for its memory.
#[derive(Default)]
pub(super) struct Names {
    pub(super) bytes: Vec<u8>,
    pub(super) entries: Vec<(usize, usize, Kind)>,
    /// There is an entry named `.git`, of any kind; it is not among the others.
    pub(super) git: bool,
    /// There is a regular file named `.gitignore`.
    pub(super) rules: bool,
    #[cfg(target_os = "linux")]
    buffer: Vec<u8>,
}

impl Names {
    /// Reads the names in a folder, with the kinds that the folder itself records where it does. Unless links are
    /// followed, a link that has taken the folder's place since it was seen is not (on Linux, where that can be said).
    ///
    /// # Errors
    /// [`Error::Aborted`] outside, what the system said inside.
    #[cfg(target_os = "linux")]
    pub(super) fn fill(
        &mut self,
        location: &Path,
        follows: bool,
        is_git: impl Fn(&[u8]) -> bool,
        cancelled: &AtomicBool,
    ) -> Result<io::Result<()>, Error> {
        use rustix::fs::{CWD, Mode, OFlags, RawDir, openat};
        /// As in glibc: a folder that fits takes two calls.
        const BUFFER_BYTES: usize = 32 * 1024;

        self.clear();
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.reserve(BUFFER_BYTES);
        let mut flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        flags.set(OFlags::NOFOLLOW, !follows);
        let folder = match openat(CWD, location, flags, Mode::empty()) {
            Ok(folder) => folder,
            Err(errno) => return Ok(Err(errno.into())),
        };
        let mut entries = RawDir::new(&folder, buffer.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            check(cancelled)?;
            let entry = match entry {
                Ok(entry) => entry,
                Err(errno) => return Ok(Err(errno.into())),
            };
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            match kind_in(&folder, name, entry.file_type()) {
                Ok(Some(kind)) => self.push(name.to_bytes(), kind, &is_git),
                Ok(None) => {}
                Err(errno) => return Ok(Err(errno.into())),
            }
        }
        self.buffer = buffer;
        Ok(Ok(()))
    }

    /// As above.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn fill(
        &mut self,
        location: &Path,
        _follows: bool,
        is_git: impl Fn(&[u8]) -> bool,
        cancelled: &AtomicBool,
    ) -> Result<io::Result<()>, Error> {
        self.clear();
        let entries = match fs::read_dir(location) {
            Ok(entries) => entries,
            Err(error) => return Ok(Err(error)),
        };
        for entry in entries {
            check(cancelled)?;
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return Ok(Err(error)),
            };
            let kind = match entry.file_type() {
                Ok(kind) => kind_of(kind),
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Ok(Err(error)),
            };
            self.push(entry.file_name().as_encoded_bytes(), kind, &is_git);
        }
        Ok(Ok(()))
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        (self.git, self.rules) = (false, false);
    }

    fn push(&mut self, name: &[u8], kind: Kind, is_git: impl Fn(&[u8]) -> bool) {
        if is_git(name) {
            self.git = true;
            return;
        }
        self.rules |= kind == Kind::File && name == b".gitignore";
        let start = self.bytes.len();
        self.bytes.extend_from_slice(name);
        self.entries.push((start, self.bytes.len(), kind));
    }

    pub(super) fn sort(&mut self) {
        let bytes = &self.bytes;
        self.entries.sort_unstable_by(|a, b| bytes[a.0..a.1].cmp(&bytes[b.0..b.1]));
    }
}

/// What a name in a folder is: as the folder records it, or where it does not (old XFS, NFS, FUSE), as the file says;
/// `None` when it is gone.
#[cfg(target_os = "linux")]
fn kind_in(
    folder: &impl std::os::fd::AsFd,
    name: &std::ffi::CStr,
    recorded: rustix::fs::FileType,
) -> rustix::io::Result<Option<Kind>> {
    use rustix::fs::{AtFlags, FileType, statat};
    let kind = match recorded {
        FileType::Unknown => match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => FileType::from_raw_mode(stat.st_mode),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(errno),
        },
        kind => kind,
    };
    Ok(Some(match kind {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Symlink,
        _ => Kind::Other,
    }))
}

pub(super) fn kind_of(kind: fs::FileType) -> Kind {
    if kind.is_file() {
        Kind::File
    } else if kind.is_dir() {
        Kind::Directory
    } else if kind.is_symlink() {
        Kind::Symlink
    } else {
        Kind::Other
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::fs::FileType;
    use std::os::unix::{fs::symlink, net::UnixListener};

    #[test]
    fn a_folder_that_does_not_record_kinds_is_asked_for_them() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        fs::create_dir(folder.path().join("folder")).unwrap();
        symlink("folder", folder.path().join("link")).unwrap();
        let _listener = UnixListener::bind(folder.path().join("socket")).unwrap();
        let open = fs::File::open(folder.path()).unwrap();
        for (name, expected) in [
            (c"file", Some(Kind::File)),
            (c"folder", Some(Kind::Directory)),
            (c"link", Some(Kind::Symlink)),
            (c"socket", Some(Kind::Other)),
            (c"gone", None),
        ] {
            assert_eq!(kind_in(&open, name, FileType::Unknown).unwrap(), expected, "{name:?}");
        }
        assert_eq!(kind_in(&open, c"gone", FileType::RegularFile).unwrap(), Some(Kind::File));
    }
}
