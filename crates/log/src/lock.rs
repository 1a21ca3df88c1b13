//! Who writes: one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::error::Error;
use crate::layout::FileName;

/// A file of a few lines is read whole; one that is longer is not the lock's.
const MAX_OWNER_BYTES: u64 = 64 << 10;
const NATIVE: &str = "native";

/// A writer, as it names itself to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The process id.
    pub pid: u32,
    /// What the system says of the process's start.
    pub start: Option<String>,
    /// The system's boot id.
    pub boot: Option<String>,
    /// The namespace of process ids.
    pub namespace: Option<String>,
    /// The host's name.
    pub host: String,
    /// `native` or `fallback`.
    pub engine: String,
    /// In milliseconds since 1970.
    pub opened_ms: u64,
}

impl Owner {
    /// This process, now, as a native writer.
    pub fn current() -> Self {
        let pid = std::process::id();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            pid,
            start: start_of(pid),
            boot: line("/proc/sys/kernel/random/boot_id"),
            namespace: namespace(),
            host: host(),
            engine: NATIVE.to_owned(),
            opened_ms: u64::try_from(since.as_millis()).unwrap_or(0),
        }
    }

    pub(crate) fn words(&self) -> String {
        format!(" by process {} on {}", self.pid, self.host)
    }

    fn to_json(&self) -> String {
        json!({
            "pid": self.pid,
            "start": self.start,
            "boot": self.boot,
            "namespace": self.namespace,
            "host": self.host,
            "engine": self.engine,
            "openedMs": self.opened_ms,
        })
        .to_string()
    }

    fn from_json(text: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(text).ok()?;
        let text = |name: &str| match value.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Some(Self {
            pid: u32::try_from(value.get("pid")?.as_u64()?).ok()?,
            start: text("start"),
            boot: text("boot"),
            namespace: text("namespace"),
            host: text("host")?,
            engine: text("engine")?,
            opened_ms: value.get("openedMs").and_then(Value::as_u64).unwrap_or(0),
        })
    }

    /// Whether the writer is gone, asked by a writer that holds the system's lock.
    fn is_dead(&self, us: &Self) -> bool {
        // Who boots with us locks with us, whatever host and namespace a container has.
        if self.engine == NATIVE && self.boot.is_some() && self.boot == us.boot {
            return true;
        }
        if self.host.to_lowercase() != us.host.to_lowercase() {
            return false;
        }
        if self.boot.is_some() && us.boot.is_some() && self.boot != us.boot {
            return true;
        }
        if self.namespace != us.namespace {
            return false;
        }
        if self.engine == NATIVE || !is_alive(self.pid) || has_ended(self.pid) {
            return true;
        }
        self.start.is_some() && start_of(self.pid).is_some_and(|start| Some(start) != self.start)
    }
}

/// The first line of one of the system's files.
fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().next().map(str::to_owned)
}

/// The start of a process, in ticks since the system's; only Linux says it in a file.
fn start_of(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name, in parentheses, may have anything in it. The start is field 22, the name field 2.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_ascii_whitespace().nth(19).map(str::to_owned)
}

/// Whether a process has ended, and its parent has not asked for its result yet.
fn has_ended(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, fields)| fields.trim_start().starts_with(['Z', 'X', 'x']))
}

fn namespace() -> Option<String> {
    fs::read_link("/proc/self/ns/pid").ok()?.to_str().map(str::to_owned)
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(unix)]
fn is_alive(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) else { return false };
    // A process of another user may not be asked, and lives.
    rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH)
}

/// Asking Windows takes a handle of the process; a fallback's writer counts as living until its file is removed.
#[cfg(not(unix))]
fn is_alive(_pid: u32) -> bool {
    true
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    /// Freed by the system when the process ends.
    _file: File,
    own: PathBuf,
}

impl Lock {
    pub(crate) fn take(directory: &Path, us: &Owner) -> Result<Self, Error> {
        let path = directory.join("LOCK");
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        let locked = |owner: Option<Owner>| Error::Locked {
            path: directory.to_path_buf(),
            owner: owner.map(Box::new),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut native = owners(directory)?;
                native.retain(|(_, _, owner)| owner.as_ref().is_some_and(|owner| owner.engine == NATIVE));
                return Err(locked(native.pop().and_then(|(_, _, owner)| owner)));
            }
            Err(TryLockError::Error(source)) => return Err(Error::io("lock", &path)(source)),
        }
        let before = owners(directory)?;
        if let Some(owner) = living(&before, us) {
            return Err(locked(Some(owner)));
        }
        let mut number = before.iter().map(|(number, _, _)| number + 1).max().unwrap_or(0);
        let own = loop {
            let own = directory.join(format!("LOCK.{number}"));
            match OpenOptions::new().write(true).create_new(true).open(&own) {
                Ok(mut file) => {
                    let written = file.write_all(us.to_json().as_bytes());
                    written.map_err(Error::io("write", &own))?;
                    break own;
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(Error::io("create", &own)(error)),
            }
        };
        let lock = Self { _file: file, own };
        let mut after = owners(directory)?;
        after.retain(|(_, path, _)| *path != lock.own);
        if let Some(owner) = living(&after, us) {
            // Dropping removes our own.
            return Err(locked(Some(owner)));
        }
        for (_, path, _) in after {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("remove", &path)(error));
                }
                _ => {}
            }
        }
        Ok(lock)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What stays is the name of a writer that is gone, which the next one finds out.
        let _ = fs::remove_file(&self.own);
    }
}

type Named = (u64, PathBuf, Option<Owner>);

/// The writers that name themselves, in the order of their numbers. One that cannot be read was written half.
fn owners(directory: &Path) -> Result<Vec<Named>, Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(Error::io("read", directory))? {
        let name = entry.map_err(Error::io("read", directory))?.file_name();
        let FileName::LockOwner(number) = FileName::parse(&name) else { continue };
        let path = directory.join(&name);
        match fs::metadata(&path) {
            Ok(about) if about.len() > MAX_OWNER_BYTES => found.push((number, path, None)),
            Ok(_) => match fs::read(&path) {
                Ok(text) => found.push((number, path, Owner::from_json(&text))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io("read", &path)(error)),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io("read", &path)(error)),
        }
    }
    found.sort_by_key(|(number, _, _)| *number);
    Ok(found)
}

fn living(owners: &[Named], us: &Owner) -> Option<Owner> {
    owners.iter().filter_map(|(_, _, owner)| owner.as_ref()).find(|owner| !owner.is_dead(us)).cloned()
}
