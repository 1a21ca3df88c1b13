//! Finding a repository from a folder, as git does: upwards to the first `.git`.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::config::path_from_bytes;
use crate::read::read_regular;

/// git's own limit for a `.git` file.
const MAX_GIT_FILE_BYTES: u64 = 1024 * 1024;

/// The folders of a repository with a working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    top: PathBuf,
    git_dir: PathBuf,
    common_dir: PathBuf,
}

impl Repository {
    /// The repository `start` lies in: `start` itself or the nearest parent with a valid `.git`. `start` is absolute
    /// and free of links. The inside of a `.git` folder belongs to no working tree.
    pub fn discover(start: &Path) -> Option<Repository> {
        if start.components().any(|part| matches!(part, Component::Normal(name) if name == ".git")) {
            return None;
        }
        start.ancestors().find_map(Repository::at)
    }

    /// The repository whose working tree starts at `folder`: there is a `.git` folder in it, or a `.git` file naming
    /// one, with a `HEAD`, `objects` and `refs`.
    pub fn at(folder: &Path) -> Option<Repository> {
        let dot_git = folder.join(".git");
        let metadata = fs::metadata(&dot_git).ok()?;
        let git_dir = if metadata.is_dir() { dot_git } else { named_by_file(folder, &dot_git)? };
        let common_dir = common_dir(&git_dir)?;
        let valid = has_valid_head(&git_dir)
            && fs::metadata(common_dir.join("objects")).is_ok_and(|metadata| metadata.is_dir())
            && fs::metadata(common_dir.join("refs")).is_ok_and(|metadata| metadata.is_dir());
        valid.then(|| Repository { top: folder.to_owned(), git_dir, common_dir })
    }

    /// The top of the working tree.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// `$GIT_DIR`: where this working tree's index is.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The branch that is checked out, as `HEAD` names it below `refs/heads/`; it need not have a commit yet.
    pub fn branch(&self) -> Option<Vec<u8>> {
        let head = self.git_dir.join("HEAD");
        if let Ok(target) = fs::read_link(&head) {
            return target.as_os_str().as_encoded_bytes().strip_prefix(b"refs/heads/").map(<[u8]>::to_vec);
        }
        let content = read_regular(&head, MAX_GIT_FILE_BYTES).ok()??;
        let name = content.strip_prefix(b"ref:")?.trim_ascii();
        name.strip_prefix(b"refs/heads/").map(<[u8]>::to_vec)
    }

    /// `$GIT_COMMON_DIR`: where the configuration and `info/exclude` are; a linked worktree shares its repository's.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }
}

/// The folder a `.git` file names by `gitdir: …`, relative to the folder the file is in.
fn named_by_file(folder: &Path, file: &Path) -> Option<PathBuf> {
    let content = read_regular(file, MAX_GIT_FILE_BYTES).ok()??;
    let target = trim_line_end(content.strip_prefix(b"gitdir: ")?);
    let target = folder.join(path_from_bytes(target).filter(|path| !path.as_os_str().is_empty())?);
    target.is_dir().then_some(target)
}

/// The folder `commondir` names, or the git folder itself.
fn common_dir(git_dir: &Path) -> Option<PathBuf> {
    match read_regular(&git_dir.join("commondir"), MAX_GIT_FILE_BYTES).ok()? {
        Some(content) => Some(git_dir.join(path_from_bytes(trim_line_end(&content))?)),
        None => Some(git_dir.to_owned()),
    }
}

/// Whether `HEAD` names a ref below `refs/` or holds an object id.
fn has_valid_head(git_dir: &Path) -> bool {
    let head = git_dir.join("HEAD");
    // An old way to say `ref: refs/…`; the branch need not exist yet, but `refs` alone is none.
    if let Ok(target) = fs::read_link(&head) {
        return target.as_os_str().as_encoded_bytes().starts_with(b"refs/");
    }
    let Ok(Some(content)) = read_regular(&head, MAX_GIT_FILE_BYTES) else { return false };
    match content.strip_prefix(b"ref:") {
        Some(name) => name.trim_ascii_start().starts_with(b"refs/"),
        None => content.len() >= 40 && content[..40].iter().all(u8::is_ascii_hexdigit),
    }
}

fn trim_line_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., b'\n' | b'\r'] = text {
        text = rest;
    }
    text
}
