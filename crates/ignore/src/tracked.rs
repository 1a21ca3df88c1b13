//! The paths in git's index, which no rule ignores.
//!
//! The format is `index-format` of git's documentation, versions 2 to 4. The bytes are not trusted: nothing is
//! allocated from a count they claim, and what does not parse is an error that says so.

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::read::{MAX_INDEX_BYTES, read_regular};

/// Prefix compression can make a small file expand without bound, whatever the entries are; real indexes stay far below
/// this.
const MAX_PATH_TOTAL_BYTES: usize = 256 * 1024 * 1024;
const MODE_TYPE: u32 = 0o170_000;
const MODE_GITLINK: u32 = 0o160_000;
const MODE_DIRECTORY: u32 = 0o040_000;
const FLAG_EXTENDED: u16 = 0x4000;

/// The tracked paths of a working tree, sorted; searched, never walked.
#[derive(Clone, Debug, Default)]
pub struct Tracked {
    names: Vec<u8>,
    /// Where each path lies in `names`, in the order of the paths' bytes.
    ranges: Vec<Range<usize>>,
    /// The paths of submodules, sorted.
    gitlinks: Vec<Box<[u8]>>,
    fold_case: bool,
}

impl Tracked {
    /// The paths in the index file at `path`; none when there is no such file. With `fold_case` they are found in
    /// either case, as under `core.ignoreCase`.
    ///
    /// # Errors
    /// Why the index cannot be used: an errno, `split index …` or `corrupt index: …`; `cancelled` soon after the flag
    /// of that name is set.
    pub fn read(
        path: &Path,
        hash_bytes: usize,
        fold_case: bool,
        cancelled: &AtomicBool,
    ) -> Result<Tracked, String> {
        match read_regular(path, MAX_INDEX_BYTES)? {
            Some(content) => Tracked::parse_unless(cancelled, &content, hash_bytes, fold_case),
            None => Ok(Tracked::default()),
        }
    }

    /// The paths in the bytes of an index whose object ids are `hash_bytes` long.
    ///
    /// # Errors
    /// As [`Tracked::read`].
    pub fn parse(index: &[u8], hash_bytes: usize, fold_case: bool) -> Result<Tracked, String> {
        Tracked::parse_unless(&AtomicBool::new(false), index, hash_bytes, fold_case)
    }

    fn parse_unless(
        cancelled: &AtomicBool,
        index: &[u8],
        hash_bytes: usize,
        fold_case: bool,
    ) -> Result<Tracked, String> {
        let mut tracked = Tracked { fold_case, ..Tracked::default() };
        tracked.fill(index, hash_bytes, cancelled).map_err(|fault| match fault {
            Fault::Cancelled => "cancelled".to_owned(),
            Fault::Split => "split index (link extension) is not supported".to_owned(),
            Fault::Version(version) => format!("corrupt index: unsupported version {version}"),
            Fault::Corrupt(what) => format!("corrupt index: {what}"),
        })?;
        if fold_case {
            tracked.names.make_ascii_lowercase();
            let names = &tracked.names;
            tracked.ranges.sort_by(|a, b| names[a.clone()].cmp(&names[b.clone()]));
            tracked.gitlinks.iter_mut().for_each(|path| path.make_ascii_lowercase());
            tracked.gitlinks.sort();
        }
        Ok(tracked)
    }

    fn fill(&mut self, index: &[u8], hash_bytes: usize, cancelled: &AtomicBool) -> Result<(), Fault> {
        let truncated = Fault::Corrupt("it ends too early");
        // The last bytes are a checksum, which git itself does not verify when it reads.
        let Some(end) = index.len().checked_sub(hash_bytes).filter(|&end| end >= 12) else {
            return Err(truncated);
        };
        let body = &index[..end];
        if &body[..4] != b"DIRC" {
            return Err(Fault::Corrupt("no DIRC signature"));
        }
        let version = read_u32(body, 4).ok_or(truncated)?;
        if !(2..=4).contains(&version) {
            return Err(Fault::Version(version));
        }
        let count = read_u32(body, 8).ok_or(truncated)?;
        let fixed = 42 + hash_bytes;
        let mut at = 12;
        let mut path: Vec<u8> = Vec::new();
        let mut last_stage = 0;
        let mut in_order = true;
        let mut total_bytes = 0;
        for entry in 0..count {
            if cancelled.load(Ordering::Relaxed) {
                return Err(Fault::Cancelled);
            }
            let mode = read_u32(body, at + 24).ok_or(truncated)?;
            let flags = read_u16(body, at + fixed - 2).ok_or(truncated)?;
            let mut name_at = at + fixed;
            if flags & FLAG_EXTENDED != 0 {
                if version < 3 {
                    return Err(Fault::Corrupt("extended flags in version 2"));
                }
                name_at += 2;
            }
            let kept = if version == 4 {
                let (strip, next) = read_varint(body, name_at).ok_or(truncated)?;
                name_at = next;
                path.len().checked_sub(strip).ok_or(Fault::Corrupt("a path shorter than nothing"))?
            } else {
                0
            };
            let name_bytes = body
                .get(name_at..)
                .and_then(|rest| rest.iter().position(|&byte| byte == 0))
                .ok_or(truncated)?;
            let name = &body[name_at..name_at + name_bytes];
            let stage = flags >> 12 & 3;
            if entry > 0 {
                let order = path[kept..].cmp(name);
                in_order &= order.is_lt() || order.is_eq() && last_stage < stage;
            }
            path.truncate(kept);
            path.extend_from_slice(name);
            last_stage = stage;
            total_bytes += path.len();
            if total_bytes > MAX_PATH_TOTAL_BYTES {
                return Err(Fault::Corrupt("its paths are too long"));
            }
            at = if version == 4 {
                name_at + name_bytes + 1
            } else {
                // One to eight NULs bring the entry to a multiple of eight bytes.
                at + ((name_at - at + name_bytes + 8) & !7)
            };
            match mode & MODE_TYPE {
                // A directory stands for the files a sparse checkout left out.
                MODE_DIRECTORY => {}
                MODE_GITLINK => self.gitlinks.push(path.as_slice().into()),
                _ => self.push(&path),
            }
        }
        extensions_are_known(body, at)?;
        if in_order { Ok(()) } else { Err(Fault::Corrupt("paths out of order")) }
    }

    fn push(&mut self, path: &[u8]) {
        let start = self.names.len();
        self.names.extend_from_slice(path);
        self.ranges.push(start..start + path.len());
    }

    /// Whether `path`, relative to the top of the working tree, is tracked.
    pub fn contains(&self, path: &[u8]) -> bool {
        self.with_case(path, |path| {
            let at = self.first_not_below(path);
            self.ranges.get(at).is_some_and(|range| self.names[range.clone()] == *path)
        })
    }

    /// Whether a tracked path lies in the folder whose path, with its slash, is `folder`.
    pub fn contains_below(&self, folder: &[u8]) -> bool {
        self.with_case(folder, |folder| {
            let at = self.first_not_below(folder);
            self.ranges.get(at).is_some_and(|range| self.names[range.clone()].starts_with(folder))
        })
    }

    /// Whether `path` is a submodule.
    pub fn is_gitlink(&self, path: &[u8]) -> bool {
        !self.gitlinks.is_empty()
            && self.with_case(path, |path| self.gitlinks.binary_search_by(|link| (**link).cmp(path)).is_ok())
    }

    /// Whether a submodule lies in the folder whose path, with its slash, is `folder`.
    pub fn has_gitlink_below(&self, folder: &[u8]) -> bool {
        !self.gitlinks.is_empty()
            && self.with_case(folder, |folder| {
                let first = self.gitlinks.partition_point(|link| **link < *folder);
                self.gitlinks.get(first).is_some_and(|link| link.starts_with(folder))
            })
    }

    /// About how much memory the paths take.
    pub fn size_bytes(&self) -> usize {
        self.names.len() + size_of_val(self.ranges.as_slice()) + 64 * self.gitlinks.len()
    }

    /// Whether nothing is tracked.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.gitlinks.is_empty()
    }

    fn first_not_below(&self, path: &[u8]) -> usize {
        self.ranges.partition_point(|range| self.names[range.clone()] < *path)
    }

    fn with_case<T>(&self, path: &[u8], search: impl FnOnce(&[u8]) -> T) -> T {
        if self.fold_case { search(&path.to_ascii_lowercase()) } else { search(path) }
    }
}

#[derive(Clone, Copy)]
enum Fault {
    Cancelled,
    Split,
    Version(u32),
    Corrupt(&'static str),
}

/// Looks through the extensions for one that changes what the entries mean.
fn extensions_are_known(body: &[u8], mut at: usize) -> Result<(), Fault> {
    let truncated = Fault::Corrupt("it ends too early");
    while at < body.len() {
        let size = read_u32(body, at + 4).ok_or(truncated)?;
        let signature = &body[at..at + 4];
        let size = usize::try_from(size).map_err(|_| truncated)?;
        match signature {
            b"link" => return Err(Fault::Split),
            b"sdir" => {}
            // A capital says that a reader may ignore the extension.
            [first, ..] if first.is_ascii_uppercase() => {}
            _ => return Err(Fault::Corrupt("an unknown extension")),
        }
        at = at
            .checked_add(8)
            .and_then(|at| at.checked_add(size))
            .filter(|&at| at <= body.len())
            .ok_or(truncated)?;
    }
    Ok(())
}

fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes)
}

fn read_u16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_be_bytes)
}

/// The number of bytes to take off the previous path, and the position behind it: seven bits a byte, most significant
/// first, each continuation adding one so that no number has two spellings.
fn read_varint(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut value = 0u64;
    while value <= u64::from(u32::MAX) {
        let byte = *bytes.get(at)?;
        at += 1;
        value = value * 128 + u64::from(byte & 127);
        if byte & 128 == 0 {
            return Some((usize::try_from(value).ok()?, at));
        }
        value += 1;
    }
    None
}
